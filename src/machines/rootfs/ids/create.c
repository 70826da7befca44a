// Calls that make a file: it is whose the process is, or of the group of a folder that says so. Only where that is not
// root is it made here, in the process's stead, so that nobody sees it as root's.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "handlers.h"
#include "keeping.h"
#include "memory.h"
#include "people.h"
#include "places.h"
#include "supervise.h"

struct making { int parent; const char *name; int flags; mode_t mode; uint32_t uid, gid; };

static bool what_is_made(const struct request *request, struct making *making);
static struct answer make_in(const struct request *request, struct place *place, struct making *making);
static struct answer make(const struct request *request, const struct making *making);
static struct answer open_new(const struct request *request, const struct making *making);
static struct answer hand_over(const struct request *request, int file, int flags);
static int note_new(int folder, const char *name, int flags, const struct making *making);
static void unmake(const struct request *request, const struct making *making);

struct answer do_create(const struct request *request) {
  static struct place place;
  struct making making = {.parent = -1};
  if (!what_is_made(request, &making) || !place_of(request, &place)) return go_on;
  struct answer answer = make_in(request, &place, &making);
  if (making.parent >= 0) close(making.parent);
  place_leave(&place);
  return answer;
}

/** False where nothing can be. */
static bool what_is_made(const struct request *request, struct making *making) {
  const struct call *call = request->call;
  if (call->kind == SYMLINK) return true;
  if (call->kind == OPEN_HOW) {
    struct open_how how;
    if (!read_bytes(request->pid, request->arguments[call->data], &how, sizeof how) || how.resolve != 0) return false;
    making->flags = (int)how.flags;
    making->mode = (mode_t)how.mode;
  } else {
    making->flags = call->fixed | (call->flags < 0 ? 0 : argument_at(request, call->flags));
    making->mode = (mode_t)request->arguments[call->data];
  }
  if (call->kind != OPEN && call->kind != OPEN_HOW) return true;
  bool may_make = (making->flags & O_CREAT) || (making->flags & O_TMPFILE) == O_TMPFILE;
  return may_make && !(making->flags & O_PATH);
}

static struct answer make_in(const struct request *request, struct place *place, struct making *making) {
  struct statx status;
  bool opens = request->call->kind == OPEN || request->call->kind == OPEN_HOW;
  size_t length = strlen(place->path);
  if (length == 0) return go_on;
  if (opens && (making->flags & O_TMPFILE) == O_TMPFILE) {
    making->parent = openat(place->folder, place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  } else {
    if (request->call->kind != MKDIR && place->path[length - 1] == '/') return go_on;
    making->name = place_split(place, &making->parent);
  }
  if (making->parent < 0) return go_on;
  if (statx(making->parent, "", AT_EMPTY_PATH, identity_mask(), &status) != 0) return go_on;
  const struct person *person = person_of(request->pid);
  const struct owned *folder = status.stx_mode & S_ISGID ? table_find(&status) : NULL;
  making->uid = person->fsuid;
  making->gid = !(status.stx_mode & S_ISGID) ? person->fsgid : folder ? folder->gid : 0;
  if (making->uid == 0 && making->gid == 0) return go_on;
  if (opens && making->name && fstatat(making->parent, making->name, &(struct stat){0}, AT_SYMLINK_NOFOLLOW) == 0)
    return go_on;
  umask(umask_of(request->pid));
  return make(request, making);
}

static struct answer make(const struct request *request, const struct making *making) {
  const struct call *call = request->call;
  char target[PATH_MAX];
  int failed;
  switch (call->kind) {
    case MKDIR: failed = mkdirat(making->parent, making->name, making->mode); break;
    case MKNOD: {
      dev_t device = (dev_t)request->arguments[call->data + 1];
      failed = mknodat(making->parent, making->name, making->mode, device);
      break;
    }
    case SYMLINK:
      if (!read_text(request->pid, request->arguments[call->data], target, sizeof target)) return go_on;
      failed = symlinkat(target, making->parent, making->name);
      break;
    default: return open_new(request, making);
  }
  if (failed) return result_of(-errno);
  failed = note_new(making->parent, making->name, AT_SYMLINK_NOFOLLOW, making);
  if (!send_answer(request->listener, request->id, result_of(failed)) || failed) unmake(request, making);
  return answered;
}

static struct answer open_new(const struct request *request, const struct making *making) {
  int flags = making->flags | O_CLOEXEC | O_NOCTTY, only = making->name ? O_EXCL : 0;
  int file = openat(making->parent, making->name ? making->name : ".", flags | only, making->mode & 07777);
  if (file < 0) return errno == EEXIST ? go_on : result_of(-errno);
  int failed = note_new(file, "", AT_EMPTY_PATH, making);
  struct answer answer = failed ? result_of(failed) : hand_over(request, file, making->flags);
  if (answer.what == RESULT && answer.value < 0) unmake(request, making);
  close(file);
  return answer;
}

static struct answer hand_over(const struct request *request, int file, int flags) {
  struct seccomp_notif_addfd give = {
    .id = request->id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (uint32_t)file,
    .newfd_flags = flags & O_CLOEXEC ? O_CLOEXEC : 0,
  };
  if (ioctl(request->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give) >= 0) return answered;
  if (errno != EINVAL) return result_of(-errno);
  // Before Linux 5.14 it takes two steps.
  give.flags = 0;
  int number = ioctl(request->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
  if (number >= 0 && send_answer(request->listener, request->id, result_of(number))) return answered;
  return result_of(number < 0 ? -errno : -ENOENT);
}

/** 0, or an error below that. */
static int note_new(int folder, const char *name, int flags, const struct making *making) {
  struct statx status;
  if (statx(folder, name, flags, identity_mask(), &status) != 0) return 0;
  return keeping_set(identity_of(&status), making->uid, making->gid);
}

/** What nobody was told of: a call that a signal broke off comes again, and is to find nothing there. */
static void unmake(const struct request *request, const struct making *making) {
  struct statx status;
  if (!making->name) return;
  bool is_known = statx(making->parent, making->name, AT_SYMLINK_NOFOLLOW, identity_mask(), &status) == 0;
  unlinkat(making->parent, making->name, request->call->kind == MKDIR ? AT_REMOVEDIR : 0);
  // Another may get its number.
  if (is_known && table_find(&status)) keeping_set(identity_of(&status), 0, 0);
}
