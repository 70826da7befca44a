// Beside TREE lie TREE.owners, a JSON array a line by paths, and TREE.owners.since: what was changed since that was
// written, by inodes, as it happened. A command that is killed loses nothing, and those at work at once read one
// another's.
#define _GNU_SOURCE
#include "keeping.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lines.h"

/** What was there before the command begins keeps its capability. */
struct note { struct identity file; uint32_t uid, gid, keeps; };

static char tree[PATH_MAX], owners[PATH_MAX + 16], since[PATH_MAX + 32];
static int notes = -1;
static off_t read_until;
static uint64_t device;

static uint64_t device_of_tree(void);
static void open_notes(void);
static void note_former(const struct owned *owned);
static void take_note(const struct owned *owned, bool keeps);

void keeping_begin(const char *folder) {
  if (strlen(folder) >= sizeof tree) give_up("%s: the name is too long", folder);
  strcpy(tree, folder);
  snprintf(owners, sizeof owners, "%s.owners", tree);
  snprintf(since, sizeof since, "%s.owners.since", tree);
  device = device_of_tree();
  open_notes();
  // Who is alone writes down what is there, so that a file is known by its inode wherever it is moved, also where the
  // command is killed. As long as somebody is here, nobody forgets the notes.
  bool alone = flock(notes, LOCK_EX | LOCK_NB) == 0;
  if (!alone) flock(notes, LOCK_SH);
  lines_read(tree, owners);
  keeping_catch_up();
  if (alone && read_until == 0) table_each(note_former);
  if (alone) flock(notes, LOCK_SH);
}

static void note_former(const struct owned *owned) { take_note(owned, true); }

void keeping_catch_up(void) {
  struct stat status;
  if (notes < 0 || fstat(notes, &status) != 0 || status.st_size < read_until + (off_t)sizeof(struct note)) return;
  struct note note;
  while (pread(notes, &note, sizeof note, read_until) == (ssize_t)sizeof note) {
    read_until += sizeof note;
    // A device may have another number since the machine was started; that of a tree is written as 0.
    if (note.file.device == 0) note.file.device = device;
    char *capability = note.keeps ? table_take_capability(note.file) : NULL;
    table_set(note.file, note.uid, note.gid)->capability = capability;
  }
}

void keeping_note(const struct owned *owned) { take_note(owned, false); }

static void take_note(const struct owned *owned, bool keeps) {
  if (notes < 0) return;
  struct note note = {owned->file, owned->uid, owned->gid, keeps};
  if (note.file.device == device) note.file.device = 0;
  // At once, so that those of others come before or after it as a whole. Ours is read again, and changes nothing.
  if (write(notes, &note, sizeof note) != (ssize_t)sizeof note) fprintf(stderr, "reproman-ids: %s: %m\n", since);
}

void keeping_settle(bool waits) {
  if (notes < 0) return;
  bool alone = flock(notes, LOCK_EX | LOCK_NB) == 0;
  for (int tries = 0; waits && !alone && tries < 100; tries++) {
    usleep(10000);
    alone = flock(notes, LOCK_EX | LOCK_NB) == 0;
  }
  if (!alone) flock(notes, LOCK_SH);
  keeping_catch_up();
  struct stat status;
  if (fstat(notes, &status) != 0 || (status.st_size == 0 && table_count() == 0)) return;
  if (lines_write(tree, owners, device) && alone && ftruncate(notes, 0) == 0) read_until = 0;
  flock(notes, LOCK_UN);
}

/** Of the folder that it is to be in, where it is not there yet. */
static uint64_t device_of_tree(void) {
  struct stat status;
  char parent[PATH_MAX];
  strcpy(parent, tree);
  if (stat(tree, &status) != 0 && stat(dirname(parent), &status) != 0) give_up("%s: %m", tree);
  return status.st_dev;
}

/** Where no descriptor of a command can be. */
static void open_notes(void) {
  int file = open(since, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) give_up("%s: %s", since, strerror(errno));
  notes = file;
}
