#define _GNU_SOURCE
#include "notes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

_Static_assert(sizeof(struct note) == 64, "a note divides a block");

static int notes = -1;
static bool are_kept;

void notes_open(int folder, const char *name) {
  notes = openat(folder, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  are_kept = notes >= 0;
  if (are_kept) return;
  // Where the tree is there to be read, nothing is changed that were lost.
  if (errno != EROFS) fprintf(stderr, "reproman-ids: %s: %m: new owners are not kept\n", name);
  notes = openat(folder, name, O_RDONLY | O_CLOEXEC);
}

bool notes_are_kept(void) { return are_kept; }

off_t notes_size(void) {
  struct stat status;
  return notes < 0 || fstat(notes, &status) != 0 || status.st_nlink == 0 ? -1 : status.st_size;
}

bool notes_read(off_t at, struct note *note) {
  return notes >= 0 && pread(notes, note, sizeof *note, at) == (ssize_t)sizeof *note;
}

bool notes_have(uint32_t kind) {
  struct note note;
  for (off_t at = 0; notes_read(at, &note); at += sizeof note)
    if (note.kind == kind) return true;
  return false;
}

int notes_add(const struct note *note) {
  if (!are_kept) return 0;
  // At once, so that those of others come before or after it as a whole.
  ssize_t written = write(notes, note, sizeof *note);
  return written == (ssize_t)sizeof *note ? 0 : written < 0 ? -errno : -ENOSPC;
}

bool notes_forget(void) { return ftruncate(notes, 0) == 0; }

bool notes_lock_alone(void) {
  if (flock(notes, LOCK_EX | LOCK_NB) == 0) return true;
  // A disk without locks knows of nobody else.
  if (errno != EWOULDBLOCK) return true;
  // flock(2): the lock that we had is lost by that.
  notes_lock();
  return false;
}

void notes_lock(void) {
  while (flock(notes, LOCK_SH) != 0 && errno == EINTR);
}

void notes_unlock(void) { flock(notes, LOCK_UN); }
