// Beside TREE lie TREE.owners, a JSON array a line by paths, and TREE.owners.since: what was changed since that was
// written, by inodes, as it happened. A command that is killed loses no owner, and those at work at once read one
// another's.
#define _GNU_SOURCE
#include "keeping.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lines.h"
#include "notes.h"

/** All names are within the folder that the tree is in: our root and working folder change. */
static int parent = -1;
static char tree[PATH_MAX], owners[PATH_MAX + 16];
static struct identity identity;  // of the tree; its inode is 0 where it is not there yet
static struct identity read_from;  // the file of owners, likewise
static off_t read_until;
static uint64_t device;
static int formers_failed;
static bool is_read;

static bool begin_within(void);
static void find_tree(const char *folder);
static bool find_identity(const char *name, struct identity *found);
static bool read_all(void);
static void take_notes(void);
static void note_formers(void);
static void note_former(const struct owned *owned);
static int add_note(struct identity file, uint32_t uid, uint32_t gid, uint32_t kind);
static bool write_down(bool alone);
static bool read_rest(void);
static bool is_same_tree(void);
static void remove_parts(void);

void keeping_begin(const char *folder) {
  char since[PATH_MAX + 32];
  find_tree(folder);
  snprintf(owners, sizeof owners, "%s.owners", tree);
  snprintf(since, sizeof since, "%s.since", owners);
  if (!*tree) strcpy(tree, ".");
  device = find_identity(tree, &identity) || find_identity(".", &identity) ? identity.device : 0;
  if (!find_identity(tree, &identity)) identity.inode = 0;
  notes_open(parent, since);
  for (int tries = 0; !begin_within() && tries < 100; tries++) {
    notes_unlock();
    usleep(10000);
  }
}

/** False where others may not know what we do: they have just written all down, or begin as we do. */
static bool begin_within(void) {
  // As long as somebody is here, nobody forgets the notes.
  bool alone = notes_lock_alone();
  if (read_all() && alone) note_formers();
  // Who had the lock alone lets go of it for a moment here: somebody else may have written all down.
  notes_lock();
  if (!notes_are_kept()) return true;
  return notes_size() >= read_until && (alone || table_count() == 0 || notes_have(WHOLE));
}

static void find_tree(const char *folder) {
  char path[PATH_MAX];
  if (strlen(folder) >= sizeof path) give_up("%s: the name is too long", folder);
  strcpy(path, folder);
  char *slash = strrchr(path, '/');
  strcpy(tree, slash ? slash + 1 : path);
  if (slash) slash[slash == path] = 0;
  parent = open(slash ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) give_up("%s: %m", folder);
}

static bool find_identity(const char *name, struct identity *found) {
  struct statx status;
  if (statx(parent, name, 0, identity_mask(), &status) != 0) return false;
  *found = identity_of(&status);
  return true;
}

void keeping_catch_up(void) {
  off_t size = notes_size();
  if (size >= read_until + (off_t)sizeof(struct note)) take_notes();
  else if (size >= 0 && size < read_until) read_all();
}

/** From the start. False where not all could be read. */
static bool read_all(void) {
  table_begin_again();
  if (!find_identity(owners, &read_from)) read_from.inode = 0;
  is_read = lines_read(parent, tree, owners);
  // Those paths may have become others' since: all that they said was noted then, but for capabilities.
  if (notes_have(WHOLE)) table_begin_again();
  read_until = 0;
  take_notes();
  return is_read;
}

static void take_notes(void) {
  for (struct note note; notes_read(read_until, &note); read_until += sizeof note) {
    if (note.kind != GIVEN && note.kind != FORMER) continue;
    // A device may have another number since the machine was started; that of a tree is written as 0.
    if (note.file.device == 0) note.file.device = device;
    char *capability = note.kind == FORMER ? table_take_capability(note.file) : NULL;
    table_set(note.file, note.uid, note.gid)->capability = capability;
  }
}

/** So that a file is known by its inode wherever it is moved, also where the command is killed. */
static void note_formers(void) {
  if (table_count() == 0 || notes_have(WHOLE)) return;
  formers_failed = 0;
  table_each(note_former);
  if (formers_failed == 0) formers_failed = add_note((struct identity){0}, 0, 0, WHOLE);
  read_until = notes_size();
}

static void note_former(const struct owned *owned) {
  if (formers_failed == 0) formers_failed = add_note(owned->file, owned->uid, owned->gid, FORMER);
}

int keeping_set(struct identity file, uint32_t uid, uint32_t gid) {
  // Where there are none, all are noted.
  int failed = table_count() == 0 && notes_size() == 0 ? add_note((struct identity){0}, 0, 0, WHOLE) : 0;
  if (failed == 0) failed = add_note(file, uid, gid, GIVEN);
  // It is read again with those of others, and changes nothing.
  if (failed == 0) table_set(file, uid, gid);
  return failed;
}

static int add_note(struct identity file, uint32_t uid, uint32_t gid, uint32_t kind) {
  if (parent >= 0 && file.device == device) file.device = 0;
  return notes_add(&(struct note){.file = file, .uid = uid, .gid = gid, .kind = kind});
}

bool keeping_settle(bool waits) {
  if (parent < 0) return true;
  if (!notes_are_kept()) return false;
  // The last that was taken over of a process.
  umask(022);
  bool alone = notes_lock_alone();
  for (int tries = 0; waits && !alone && tries < 100; tries++) {
    // Without a lock, for who leaves now may wait, too; all is read anew then.
    notes_unlock();
    usleep(10000);
    alone = notes_lock_alone();
  }
  bool is_written = write_down(alone);
  notes_unlock();
  return is_written;
}

static bool write_down(bool alone) {
  char part[PATH_MAX + 64];
  if (!is_same_tree()) return true;
  if (!read_rest()) return false;
  if (notes_size() == 0 && table_count() == 0) return true;
  if (alone) remove_parts();
  snprintf(part, sizeof part, "%s.%d.part", owners, (int)getpid());
  bool is_whole = lines_write(parent, tree, part, device);
  // Asked again, for it took a while.
  bool is_gone = !is_same_tree();
  if (!is_whole || is_gone || renameat(parent, part, parent, owners) != 0) {
    int error = errno;
    unlinkat(parent, part, 0);
    errno = error;
    return is_gone;
  }
  // A disk without locks says of everybody that he is alone: what came meanwhile stays.
  if (alone && notes_size() < read_until + (off_t)sizeof(struct note) && notes_forget()) read_until = 0;
  return true;
}

/** What we read first is right as long as nobody else wrote all down. */
static bool read_rest(void) {
  struct identity now;
  if (!find_identity(owners, &now)) now.inode = 0;
  bool is_same = now.inode == 0 ? read_from.inode == 0
    : now.born != 0 && memcmp(&now, &read_from, sizeof now) == 0;
  if (!is_read || !is_same || notes_size() < read_until) return read_all();
  take_notes();
  return true;
}

/** Not one that was made in its place after that had been deleted, with what lay beside it. */
static bool is_same_tree(void) {
  struct identity now;
  if (notes_size() < 0) return false;
  if (identity.inode == 0) return true;
  return find_identity(tree, &now) && memcmp(&now, &identity, sizeof now) == 0;
}

/** Of who was killed while all was written down. */
static void remove_parts(void) {
  int folder = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = folder < 0 ? NULL : fdopendir(folder);
  size_t length = strlen(owners);
  if (!entries) {
    if (folder >= 0) close(folder);
    return;
  }
  for (struct dirent *entry; (entry = readdir(entries));) {
    if (strncmp(entry->d_name, owners, length) != 0 || entry->d_name[length] != '.') continue;
    const char *rest = entry->d_name + length;
    size_t digits = strspn(rest + 1, "0123456789");
    if (digits > 0 && strcmp(rest + 1 + digits, ".part") == 0) unlinkat(parent, entry->d_name, 0);
  }
  closedir(entries);
}
