#define _GNU_SOURCE
#include "before.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "log.h"
#include "options.h"
#include "sha256.h"

// Files, by device and inode, of which nothing more is to be known: made by the run or taken down already. An inode
// that is used again after its file was removed belongs to a file that was not there before the run either.
static struct set settled;

static const char *take_down(const struct place *place, char *hash);
static bool keep_copy(int file, const char *hash);
static uint64_t identity(const struct stat *status);

void before_change(const struct process *process, const struct place *place) {
  if (!place_is_file(place) || !set_add(&settled, identity(&place->status))) return;

  char hash[SHA256_TEXT];
  const char *unknown = take_down(place, hash);
  const char *path = place->real[0] ? place->real : place->path[0] ? place->path : place->base;
  log_event("before", process->pid);
  log_text("path", path);
  log_number("size", place->status.st_size);
  log_number("mode", place->status.st_mode & 07777);
  log_number("uid", place->status.st_uid);
  log_number("gid", place->status.st_gid);
  log_seconds("mtime", (double)place->status.st_mtim.tv_sec + (double)place->status.st_mtim.tv_nsec / 1e9);
  if (unknown) {
    log_text("unknown", unknown);
  } else {
    log_text("sha256", hash);
  }
  bool wanted = options.kept && !unknown && (uint64_t)place->status.st_size <= options.keep_limit;
  int file = wanted ? open(place->real, O_RDONLY | O_CLOEXEC | O_NOATIME) : -1;
  if (file < 0 && wanted) file = open(place->real, O_RDONLY | O_CLOEXEC);
  if (file >= 0 && keep_copy(file, hash)) log_text("kept", hash);
  if (file >= 0) close(file);
  log_end();
}

void before_made(const struct stat *status) {
  if (S_ISREG(status->st_mode)) set_add(&settled, identity(status));
}

/** Hashes a file; returns why that cannot be, NULL when it was. */
static const char *take_down(const struct place *place, char *hash) {
  if ((uint64_t)place->status.st_size > options.hash_limit) return "larger than the limit for hashing";
  if (!place->real[0]) return "its real path is not known";

  int file = open(place->real, O_RDONLY | O_CLOEXEC | O_NOATIME | O_NONBLOCK);
  if (file < 0) file = open(place->real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return strerror(errno);
  struct stat status;
  bool same = fstat(file, &status) == 0 && identity(&status) == identity(&place->status);
  bool hashed = same && sha256_of_file(file, hash);
  close(file);
  return hashed ? NULL : same ? "it could not be read" : "another file was put in its place";
}

/** A copy named by its hash; one that shares the blocks where the file system can do that. */
static bool keep_copy(int file, const char *hash) {
  char path[PATH_MAX], part[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/%s", options.kept, hash) >= (int)sizeof path) return false;
  if (access(path, F_OK) == 0) return true;
  if (snprintf(part, sizeof part, "%s/%s.part", options.kept, hash) >= (int)sizeof part) return false;

  int copy = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (copy < 0) return false;
  bool whole = ioctl(copy, FICLONE, file) == 0;
  if (!whole) {
    static char buffer[256 * 1024];
    ssize_t count;
    while ((count = read(file, buffer, sizeof buffer)) > 0 && write(copy, buffer, (size_t)count) == count) continue;
    whole = count == 0;
  }
  close(copy);
  if (whole && rename(part, path) == 0) return true;
  unlink(part);
  return false;
}

static uint64_t identity(const struct stat *status) {
  uint64_t both[2] = {status->st_dev, status->st_ino};
  return fingerprint(fingerprint_start(), both, sizeof both);
}
