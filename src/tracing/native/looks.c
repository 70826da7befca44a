// Calls that change nothing: open for reading, stat, access, readlink.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "log.h"
#include "opens.h"
#include "options.h"
#include "rights.h"
#include "tell.h"

static enum verdict decide(struct thread *thread, const struct entry *entry, struct place *place,
                           unsigned long long flags, int error, bool can_ask);
static void tell(struct thread *thread, const struct call *call, const struct place *place, unsigned long long flags,
                 int error);
static bool follows(const struct call *call, unsigned long long flags);
static int access_error(const struct thread *thread, struct place *place, int mode);

enum verdict look_enter(struct thread *thread, const struct entry *entry, bool can_ask) {
  static struct place place;  // large, and one call is looked at at a time
  const struct call *call = entry->call;
  unsigned long long flags = argument(entry, call->flags) | call->fixed;

  if (call->kind == CALL_OPEN_HOW) {
    struct open_how how;
    if (memory_read(thread->tid, argument(entry, 3), &how, sizeof how) < sizeof how) return LET_GO;
    if (!open_only_looks(how.flags)) return change_enter(thread, entry);
    return open_look(thread, entry, how.flags, how.resolve == 0);
  }
  if (call->kind == CALL_OPEN) {
    return open_only_looks(flags) ? open_look(thread, entry, flags, can_ask) : change_enter(thread, entry);
  }

  if (!place_of_call(thread, entry, &place)) return LET_GO;
  unsigned long long at_flags = call->kind == CALL_ACCESS ? argument(entry, call->at_flags) : flags;
  bool empty_names_descriptor = call->kind != CALL_ACCESS && call->kind != CALL_READLINK;
  if (place.path[0] == 0 && (empty_names_descriptor ? !(at_flags & AT_EMPTY_PATH) : !call->directory)) {
    place.error = ENOENT;
    place.sure = true;
  } else if (place.path[0] == 0 && place.descriptor != AT_FDCWD && call->kind == CALL_STAT) {
    return LET_GO;  // fstat by another name: an open file is known from its open
  } else {
    place_look(thread, &place, follows(call, at_flags));
  }

  int error = place.error;
  if (call->kind == CALL_ACCESS) error = access_error(thread, &place, (int)flags);
  if (call->kind == CALL_READLINK && !error && !S_ISLNK(place.status.st_mode)) error = EINVAL;
  return decide(thread, entry, &place, at_flags, error, can_ask);
}

enum verdict open_look(struct thread *thread, const struct entry *entry, unsigned long long flags, bool can_ask) {
  static struct place place;
  if (!place_of_call(thread, entry, &place)) return LET_GO;
  if (place.path[0] == 0) {
    place.error = ENOENT;
    place.sure = true;
  } else {
    place_look(thread, &place, !(flags & O_NOFOLLOW));
  }
  int error = open_error(thread, &place, flags);
  return decide(thread, entry, &place, flags, error, can_ask);
}

void look_leave(struct thread *thread, long result) {
  struct pending *pending = thread->pending;
  int error = result < 0 ? (int)-result : 0;
  if (!error && pending->call->kind == CALL_OPEN && !pending->at.real[0] && !thread->process->foreign_root) {
    proc_link(pending->at.real, "/proc/%d/fd/%ld", thread->tid, result);
  }
  tell(thread, pending->call, &pending->at, pending->flags, error);
}

/** The tracer's own look decides where it is as good as the kernel's. */
static enum verdict decide(struct thread *thread, const struct entry *entry, struct place *place,
                           unsigned long long flags, int error, bool can_ask) {
  if (can_ask && (options.exact || !place->sure)) {
    struct pending *pending = pending_start(thread, entry->call);
    pending->looks = true;
    pending->at = *place;
    pending->flags = flags;
    return ASK;
  }
  tell(thread, entry->call, place, flags, error);
  return LET_GO;
}

static void tell(struct thread *thread, const struct call *call, const struct place *place, unsigned long long flags,
                 int error) {
  enum kind kind = call->kind == CALL_OPEN_HOW ? CALL_OPEN : call->kind;
  bool follow = follows(call, flags);
  uint64_t what = kind == CALL_OPEN ? flags << 8 : kind == CALL_STAT ? (uint64_t)follow << 8 : 0;
  if (!tell_is_new_look(thread->process, what | kind, place, error)) return;

  switch (kind) {
    case CALL_OPEN: tell_open(thread, place, flags, error, false); return;
    case CALL_STAT:
      tell_place(thread, "stat", place, error);
      if (!follow) log_false("follow");
      break;
    case CALL_ACCESS: tell_place(thread, "access", place, error); break;
    default: {
      tell_place(thread, "readlink", place, error);
      char target[PATH_MAX];
      ssize_t length = error ? -1 : readlink(place->real, target, sizeof target);
      if (length >= 0) log_text_of("target", target, (size_t)length);
    }
  }
  log_end();
}

static bool follows(const struct call *call, unsigned long long flags) {
  if (call->kind == CALL_READLINK) return false;
  return !((flags | call->fixed) & AT_SYMLINK_NOFOLLOW);
}

static int access_error(const struct thread *thread, struct place *place, int mode) {
  if (place->error || mode == F_OK || !place->real[0]) return place->error;
  rights_take(thread->process);
  // The rights that count for this thread are its effective ones, hence the flag whatever the call says.
  int error = syscall(SYS_faccessat2, AT_FDCWD, place->real, mode, AT_EACCESS) == 0 ? 0 : errno;
  rights_return(thread->process);
  if (error == ENOSYS) place->sure = false;
  return error;
}
