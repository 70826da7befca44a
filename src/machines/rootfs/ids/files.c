// Calls that ask whose a file is, and that give it to somebody.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers.h"
#include "keeping.h"
#include "memory.h"
#include "people.h"
#include "places.h"

enum { LOOKING = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC };
static const uint32_t same = (uint32_t)-1;

/** stat64 of a 32-bit program: arch/x86/include/uapi/asm/stat.h. */
struct __attribute__((packed)) stat_of_compat {
  uint64_t dev; uint32_t gap, short_ino, mode, nlink, uid, gid; uint64_t rdev; uint32_t other_gap;
  int64_t size; uint32_t blksize; uint64_t blocks; uint32_t times[6]; uint64_t ino;
};

static struct answer tell(const struct request *request, const struct place *place, int flags,
                          const struct owned *owned);
static struct answer give(const struct request *request, int file, uint32_t uid, uint32_t gid);
static bool may_give(const struct person *person, const struct owned *now, uint32_t uid, uint32_t gid);
static void compat_of(const struct stat *status, struct stat_of_compat *compat);

struct answer do_stat(const struct request *request) {
  static struct place place;
  int flags = request->call->fixed | (request->call->flags < 0 ? 0 : argument_at(request, request->call->flags));
  if (table_count() == 0 || !place_of(request, &place)) return go_on;
  struct answer answer = go_on;
  struct statx status;
  bool is_named = place.path[0] || place.is_own || (flags & AT_EMPTY_PATH);
  if (is_named && !(flags & ~LOOKING) &&
      statx(place.folder, place.path, flags | AT_EMPTY_PATH, identity_mask(), &status) == 0) {
    struct owned *owned = table_find(&status);
    if (owned) answer = tell(request, &place, flags | AT_EMPTY_PATH, owned);
  }
  place_leave(&place);
  return answer;
}

static struct answer tell(const struct request *request, const struct place *place, int flags,
                          const struct owned *owned) {
  union { struct stat plain; struct statx more; struct stat_of_compat compat; } status;
  uint64_t to = request->arguments[request->call->data];
  size_t size;
  if (request->call->kind == STATX) {
    // Before its buffer come the flags, and what is asked for.
    if (statx(place->folder, place->path, flags, (unsigned)request->arguments[3], &status.more) != 0) return go_on;
    status.more.stx_uid = owned->uid;
    status.more.stx_gid = owned->gid;
    size = sizeof status.more;
  } else {
    struct stat plain;
    int known = flags & (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH);
    if (fstatat(place->folder, place->path, &plain, known) != 0) return go_on;
    plain.st_uid = owned->uid;
    plain.st_gid = owned->gid;
    if (request->is_compat) compat_of(&plain, &status.compat);
    else status.plain = plain;
    size = request->is_compat ? sizeof status.compat : sizeof status.plain;
  }
  return result_of(write_bytes(request->pid, to, &status, size) ? 0 : -EFAULT);
}

struct answer do_chown(const struct request *request) {
  static struct place place;
  const struct call *call = request->call;
  int flags = call->fixed | (call->flags < 0 ? 0 : argument_at(request, call->flags));
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return result_of(-EINVAL);
  if (!place_of(request, &place)) return go_on;
  int nofollow = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
  int file = place.path[0] ? openat(place.folder, place.path, O_PATH | O_CLOEXEC | nofollow)
    : place.is_own || (flags & AT_EMPTY_PATH) ? dup(place.folder) : -1;
  place_leave(&place);
  if (file < 0) return go_on;
  struct answer answer = give(request, file, id_at(request, call->data), id_at(request, call->data + 1));
  close(file);
  return answer;
}

/** The kernel does to the file what it does to one that changes hands, as far as it can, and says whether one may. */
static struct answer give(const struct request *request, int file, uint32_t uid, uint32_t gid) {
  struct statx status;
  if (statx(file, "", AT_EMPTY_PATH, identity_mask(), &status) != 0) return result_of(-errno);
  const struct owned *now = table_find(&status);
  if (!may_give(person_of(request->pid), now, uid, gid)) return result_of(-EPERM);
  if (fchownat(file, "", uid == same ? same : 0, gid == same ? same : 0, AT_EMPTY_PATH) != 0) {
    // A device of the host's, a terminal or a pipe: nothing that is kept.
    return result_of(S_ISREG(status.stx_mode) || S_ISDIR(status.stx_mode) || S_ISLNK(status.stx_mode) ? -errno : 0);
  }
  uint32_t owner = uid != same ? uid : now ? now->uid : 0, group = gid != same ? gid : now ? now->gid : 0;
  return result_of(now || owner != 0 || group != 0 ? keeping_set(identity_of(&status), owner, group) : 0);
}

/** chown(2): root all, others give what is theirs to groups that they are in. */
static bool may_give(const struct person *person, const struct owned *now, uint32_t uid, uint32_t gid) {
  if (has_right(person, CHOWNS)) return true;
  uint32_t owner = now ? now->uid : 0, group = now ? now->gid : 0;
  if (uid == same && gid == same) return true;
  if (owner != person->fsuid || (uid != same && uid != owner)) return false;
  return gid == same || gid == group || is_in_group(person, gid);
}

static void compat_of(const struct stat *status, struct stat_of_compat *compat) {
  *compat = (struct stat_of_compat){
    .dev = status->st_dev, .short_ino = (uint32_t)status->st_ino, .mode = status->st_mode,
    .nlink = (uint32_t)status->st_nlink, .uid = status->st_uid, .gid = status->st_gid, .rdev = status->st_rdev,
    .size = status->st_size, .blksize = (uint32_t)status->st_blksize, .blocks = (uint64_t)status->st_blocks,
    .times = {(uint32_t)status->st_atim.tv_sec, (uint32_t)status->st_atim.tv_nsec, (uint32_t)status->st_mtim.tv_sec,
              (uint32_t)status->st_mtim.tv_nsec, (uint32_t)status->st_ctim.tv_sec, (uint32_t)status->st_ctim.tv_nsec},
    .ino = status->st_ino,
  };
}
