// Calls that change files, names, or what names mean: their results are asked at their exit.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "before.h"
#include "calls.h"
#include "log.h"
#include "opens.h"
#include "races.h"
#include "rights.h"
#include "tell.h"

static bool read_places(struct thread *thread, const struct entry *entry, struct pending *pending);
static bool follows(const struct pending *pending);
static void look_before(struct thread *thread, struct pending *pending);
static void roots_changed(struct process *process, bool of_others_too);
static void forget_root(struct process *process);
static void opened(struct thread *thread, struct pending *pending, long result);
static void tell_names(struct thread *thread, const struct pending *pending, const char *event, int error);
static void tell_mount(struct thread *thread, const struct pending *pending, int error);
static bool moves_folders(const struct place *place);

enum verdict change_enter(struct thread *thread, const struct entry *entry) {
  const struct call *call = entry->call;
  struct pending *pending = pending_start(thread, call);
  pending->flags = argument(entry, call->flags) | call->fixed;

  if (call->kind == CALL_IDENTITY) return ASK;
  if (call->kind == CALL_NAMESPACE) {
    pending->flags = argument(entry, strcmp(call->name, "setns") == 0 ? 2 : 1);
    return ASK;
  }
  if (call->kind == CALL_MOUNT) {
    unsigned target = strcmp(call->name, "mount") == 0 ? 2 : strcmp(call->name, "move_mount") == 0 ? 4 : 1;
    return place_read(thread, AT_FDCWD, argument(entry, target), &pending->at) ? ASK : LET_GO;
  }
  if (call->kind == CALL_OPEN_HOW) {
    struct open_how { uint64_t flags, mode, resolve; } how;
    if (memory_read(thread->tid, argument(entry, 3), &how, sizeof how) < sizeof how) return LET_GO;
    pending->flags = how.flags;
  }
  if (call->kind == CALL_CHDIR) race_begins(thread->process);
  if (!read_places(thread, entry, pending)) return LET_GO;
  look_before(thread, pending);
  return ASK;
}

/** Both ends as the call names them; false where its arguments are no paths, so that it will fail. */
static bool read_places(struct thread *thread, const struct entry *entry, struct pending *pending) {
  const struct call *call = entry->call;
  if (call->descriptor) {
    place_descriptor(thread, descriptor_argument(entry, call->descriptor), &pending->at);
    return true;
  }
  if (!place_of_call(thread, entry, &pending->at)) return false;
  if (!call->path2) return true;
  if (call->kind == CALL_SYMLINK) {
    return memory_read_text(thread->tid, argument(entry, call->path2), pending->to.path, sizeof pending->to.path);
  }
  int directory = descriptor_argument(entry, call->directory2);
  return place_read(thread, directory, argument(entry, call->path2), &pending->to);
}

static void look_before(struct thread *thread, struct pending *pending) {
  enum kind kind = pending->call->kind;
  place_look(thread, &pending->at, follows(pending));
  bool two_names = kind == CALL_RENAME || kind == CALL_LINK;
  if (two_names) place_look(thread, &pending->to, false);

  bool writes = (pending->flags & O_ACCMODE) != O_RDONLY || (pending->flags & O_TRUNC);
  bool opens_new = (pending->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  bool open_kind = kind == CALL_OPEN || kind == CALL_OPEN_HOW;
  bool keeps_target = kind == CALL_RENAME && (pending->flags & RENAME_NOREPLACE);
  if (kind == CALL_TRUNCATE || kind == CALL_UNLINK || (open_kind && writes && !opens_new) ||
      (kind == CALL_RENAME && !(keeps_target && pending->to.error == 0))) {
    before_change(thread->process, &pending->at);
  }
  if (kind == CALL_RENAME && !keeps_target) before_change(thread->process, &pending->to);
}

static bool follows(const struct pending *pending) {
  switch (pending->call->kind) {
    case CALL_OPEN:
    case CALL_OPEN_HOW:
      return !(pending->flags & O_NOFOLLOW) && (pending->flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
    case CALL_LINK: return pending->flags & AT_SYMLINK_FOLLOW;
    case CALL_TRUNCATE:
    case CALL_CHDIR:
    case CALL_CHROOT: return true;
    case CALL_ATTRIBUTES: return !(pending->flags & AT_SYMLINK_NOFOLLOW);
    default: return false;
  }
}

void change_leave(struct thread *thread, long result) {
  struct pending *pending = thread->pending;
  struct process *process = thread->process;
  struct place *at = &pending->at;
  int error = result < 0 ? (int)-result : 0;

  switch (pending->call->kind) {
    case CALL_OPEN:
    case CALL_OPEN_HOW: opened(thread, pending, result); return;

    case CALL_CHDIR:
      if (!error) {
        working_folder_changed(process);
        strcpy(at->real, working_folder(thread));
      }
      tell_place(thread, "chdir", at, error);
      break;

    case CALL_CHROOT:
      tell_place(thread, "chroot", at, error);
      if (!error) roots_changed(process, process->shares_folder);
      break;

    case CALL_MOUNT:
      tell_mount(thread, pending, error);
      if (!error) roots_changed(process, true);
      break;

    case CALL_NAMESPACE:
      tell_mount(thread, pending, error);
      if (!error) roots_changed(process, false);
      if (!error) rights_update(process);
      if (!error && (pending->flags & CLONE_FS)) process->shares_folder = true;
      break;

    case CALL_MKDIR: tell_place(thread, "mkdir", at, error); break;

    case CALL_MKNOD:
      tell_place(thread, "mknod", at, error);
      if (!error && at->real[0] && lstat(at->real, &at->status) == 0) before_made(&at->status);
      break;

    case CALL_SYMLINK:
      tell_place(thread, "symlink", at, error);
      log_text("target", pending->to.path);
      break;

    case CALL_LINK: tell_names(thread, pending, "link", error); break;

    case CALL_RENAME:
      tell_names(thread, pending, "rename", error);
      if (pending->flags & RENAME_EXCHANGE) log_true("exchange");
      if (!error && pending->to.error == 0 && !(pending->flags & RENAME_EXCHANGE)) log_true("replaced");
      if (!error && (moves_folders(at) || moves_folders(&pending->to))) names_epoch++;
      break;

    case CALL_UNLINK:
      tell_place(thread, "unlink", at, error);
      if (pending->flags & AT_REMOVEDIR) log_true("directory");
      if (!error && moves_folders(at)) names_epoch++;
      break;

    case CALL_TRUNCATE: tell_place(thread, "truncate", at, error); break;

    default:
      tell_place(thread, "attributes", at, error);
      log_text("what", pending->call->what);
  }
  log_end();
}

static void opened(struct thread *thread, struct pending *pending, long result) {
  struct place *at = &pending->at;
  bool temporary = (pending->flags & O_TMPFILE) == O_TMPFILE;
  bool created = result >= 0 && ((at->error == ENOENT && (pending->flags & O_CREAT)) || temporary);
  if (created) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%ld", thread->tid, result);
    if (stat(link, &at->status) == 0) before_made(&at->status);
  }
  if (temporary) at->real[0] = 0;
  if (result >= 0) {
    open_came_out(thread, at, result);
    race_settle(thread, at, result);
  }
  tell_open(thread, at, pending->flags, result < 0 ? (int)-result : 0, created);
}

static void tell_names(struct thread *thread, const struct pending *pending, const char *event, int error) {
  tell_place(thread, event, &pending->at, error);
  log_text("toPath", pending->to.path);
  if (pending->to.path[0] != '/') log_text("toBase", pending->to.base);

  char text[PATH_MAX];
  const char *real = pending->to.real;
  if (real[0] && !(place_join(thread, &pending->to, text) && strcmp(text, real) == 0)) log_text("toReal", real);
}

static void tell_mount(struct thread *thread, const struct pending *pending, int error) {
  static const struct { unsigned flag; const char *name; } namespaces[] = {
      {CLONE_NEWNS, " mount"}, {CLONE_NEWUSER, " user"}, {CLONE_NEWPID, " pid"},  {CLONE_NEWNET, " net"},
      {CLONE_NEWIPC, " ipc"},  {CLONE_NEWUTS, " uts"},   {CLONE_FS, " folder"},
  };
  char what[PATH_MAX + 64];
  int length = snprintf(what, sizeof what, "%s", pending->call->what);
  if (pending->call->kind == CALL_MOUNT) {
    snprintf(what + length, sizeof what - (size_t)length, " %s", pending->at.path);
  } else {
    for (size_t index = 0; index < sizeof namespaces / sizeof *namespaces; index++) {
      if (pending->flags & namespaces[index].flag) strcat(what, namespaces[index].name);
    }
  }
  log_event("mount", thread->process->pid);
  log_text("what", what);
  tell_error(error);
}

static void roots_changed(struct process *process, bool of_others_too) {
  if (of_others_too) {
    each_process(forget_root);
  } else {
    forget_root(process);
  }
  names_epoch++;
}

static void forget_root(struct process *process) {
  process->foreign_decided = false;
}

static bool moves_folders(const struct place *place) {
  return place->error == 0 && !S_ISREG(place->status.st_mode);
}
