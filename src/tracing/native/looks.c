// Calls that change nothing: open for reading, stat, access, readlink.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/param.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "log.h"
#include "opens.h"
#include "options.h"
#include "races.h"
#include "rights.h"
#include "tell.h"

/** A look at a place, and what it comes to. */
struct look {
  const struct call *call;
  unsigned long long flags;
  int error;
  uint64_t content;  // where the program wants what is in a link
  size_t length;     // of what it got; 0 where the kernel was not asked
};

static bool is_fstat(const struct thread *thread, const struct entry *entry, unsigned long long flags);
static enum verdict open_enter(struct thread *thread, const struct entry *entry, const struct open_how *how,
                               enum asking asking);
static enum verdict decide(struct thread *thread, const struct place *place, const struct look *look,
                           enum asking asking);
static bool may_wait(const struct place *place, const struct look *look);
static void tell(struct thread *thread, const struct place *place, const struct look *look);
static void tell_link(struct thread *thread, const struct place *place, const struct look *look);
static bool follows(const struct call *call, unsigned long long flags);
static int access_error(const struct thread *thread, struct place *place, int mode);

enum verdict look_enter(struct thread *thread, const struct entry *entry, enum asking asking) {
  static struct place place;  // large, and one call is looked at at a time
  const struct call *call = entry->call;
  unsigned long long flags = argument(entry, call->flags) | call->fixed;

  if (call->kind == CALL_OPEN || call->kind == CALL_OPEN_HOW) {
    struct open_how how = {.flags = flags};
    bool given = call->kind == CALL_OPEN_HOW;
    if (given && memory_read(thread->tid, argument(entry, 3), &how, sizeof how) < sizeof how) return LET_GO;
    return open_only_looks(how.flags) ? open_enter(thread, entry, &how, asking) : change_enter(thread, entry);
  }

  if (is_fstat(thread, entry, flags) || !place_of_call(thread, entry, &place)) return LET_GO;
  unsigned long long at_flags = call->kind == CALL_ACCESS ? argument(entry, call->at_flags) : flags;
  bool empty_names_descriptor = call->kind != CALL_ACCESS && call->kind != CALL_READLINK;
  if (place.path[0] == 0 && (empty_names_descriptor ? !(at_flags & AT_EMPTY_PATH) : !call->directory)) {
    place.error = ENOENT;
    place.sure = true;
  } else {
    place_look(thread, &place, follows(call, at_flags));
  }

  struct look look = {call, at_flags, place.error, argument(entry, call->path2), 0};
  if (call->kind == CALL_ACCESS) look.error = access_error(thread, &place, (int)flags);
  if (call->kind == CALL_READLINK && !look.error && !S_ISLNK(place.status.st_mode)) look.error = EINVAL;
  return decide(thread, &place, &look, asking);
}

/** As C libraries make it: an open file is known from its open. */
static bool is_fstat(const struct thread *thread, const struct entry *entry, unsigned long long flags) {
  const struct call *call = entry->call;
  if (call->kind != CALL_STAT || !(flags & AT_EMPTY_PATH)) return false;
  if (descriptor_argument(entry, call->directory) == AT_FDCWD) return false;
  uint64_t address = argument(entry, call->path);
  char first = 0;
  return address == 0 || (memory_read(thread->tid, address, &first, 1) == 1 && first == 0);
}

static enum verdict open_enter(struct thread *thread, const struct entry *entry, const struct open_how *how,
                               enum asking asking) {
  static struct place place;
  if (!place_of_call(thread, entry, &place)) return LET_GO;
  if (place.path[0] == 0) {
    place.error = ENOENT;
    place.sure = true;
  } else {
    place_look(thread, &place, !(how->flags & O_NOFOLLOW));
  }
  struct look look = {entry->call, how->flags, open_error(thread, &place, how->flags), 0, 0};
  if (how->resolve || race_is_on(thread, &place)) place.sure = false;
  return decide(thread, &place, &look, asking);
}

void look_leave(struct thread *thread, long result) {
  struct pending *pending = thread->pending;
  struct look look = {pending->call, pending->flags, result < 0 ? (int)-result : 0, pending->content, 0};
  if (look.call->kind == CALL_READLINK && !look.error) look.length = (size_t)result;
  bool opens = look.call->kind == CALL_OPEN || look.call->kind == CALL_OPEN_HOW;
  if (opens && !look.error) {
    open_came_out(thread, &pending->at, result);
    race_settle(thread, &pending->at, result);
  }
  tell(thread, &pending->at, &look);
}

/** The tracer's own look decides where it is as good as the kernel's. */
static enum verdict decide(struct thread *thread, const struct place *place, const struct look *look,
                           enum asking asking) {
  bool knows = place->sure && !options.exact;
  if (knows || asking == NOT_AT_ALL || (asking == BY_INTERRUPT && may_wait(place, look))) {
    tell(thread, place, look);
    return LET_GO;
  }
  struct pending *pending = pending_start(thread, look->call);
  pending->looks = true;
  pending->at = *place;
  pending->flags = look->flags;
  pending->content = look->content;
  return ASK;
}

/** The open of a FIFO waits for its other end, and one that is broken off has let that go already. */
static bool may_wait(const struct place *place, const struct look *look) {
  return look->call->kind == CALL_OPEN && place->error == 0 && S_ISFIFO(place->status.st_mode);
}

static void tell(struct thread *thread, const struct place *place, const struct look *look) {
  enum kind kind = look->call->kind == CALL_OPEN_HOW ? CALL_OPEN : look->call->kind;
  if (kind == CALL_READLINK) {
    tell_link(thread, place, look);
    return;
  }
  bool follow = follows(look->call, look->flags);
  uint64_t what = kind == CALL_OPEN ? look->flags << 8 : kind == CALL_STAT ? (uint64_t)follow << 8 : 0;
  if (!tell_is_new_look(thread->process, what | kind, place, look->error)) return;
  if (kind == CALL_OPEN) {
    tell_open(thread, place, look->flags, look->error, false);
    return;
  }
  tell_place(thread, kind == CALL_STAT ? "stat" : "access", place, look->error);
  if (kind == CALL_STAT && !follow) log_false("follow");
  log_end();
}

/** A link in /proc is the same file whatever it leads to, so that is part of the news. */
static void tell_link(struct thread *thread, const struct place *place, const struct look *look) {
  char target[PATH_MAX];
  size_t length = memory_read(thread->tid, look->content, target, MIN(look->length, PATH_MAX));
  uint64_t what = fingerprint(CALL_READLINK, target, length);
  if (!tell_is_new_look(thread->process, what, place, look->error)) return;

  ssize_t found = length || look->error ? (ssize_t)length : readlink(place->real, target, PATH_MAX);
  tell_place(thread, "readlink", place, look->error);
  if (found > 0) log_text_of("target", target, (size_t)found);
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
