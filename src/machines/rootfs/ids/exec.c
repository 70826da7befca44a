// What a program is started as, and what goes with a name that is removed.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers.h"
#include "people.h"
#include "places.h"
#include "table.h"

static bool is_script(const struct place *place);
static bool goes(const struct place *place, const struct statx *status);

/** execve(2): as whom a set-uid program runs, and that the saved ids are the effective ones. */
struct answer before_exec(const struct request *request) {
  static struct place place;
  struct person person = *person_of(request->pid);
  struct statx status;
  if (!place_of(request, &place)) return go_on;
  if (statx(place.folder, place.path, AT_EMPTY_PATH, identity_mask(), &status) == 0 && S_ISREG(status.stx_mode)) {
    bool sets_group = (status.stx_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    if (((status.stx_mode & S_ISUID) || sets_group) && !is_script(&place)) {
      const struct owned *owned = table_find(&status);
      if (status.stx_mode & S_ISUID) person.euid = owned ? owned->uid : 0;
      if (sets_group) person.egid = owned ? owned->gid : 0;
    }
    person.suid = person.fsuid = person.euid;
    person.sgid = person.fsgid = person.egid;
    person.keeps = false;
    person.permitted = person.effective = person.euid == 0 ? all_rights : 0;
    if (memcmp(&person, person_of(request->pid), sizeof person) != 0) become(request->pid, &person);
  }
  place_leave(&place);
  return go_on;
}

static bool is_script(const struct place *place) {
  char start[2] = "";
  int there = place->path[0] ? openat(place->folder, place->path, O_RDONLY | O_CLOEXEC) : -1;
  bool is = there >= 0 && read(there, start, 2) == 2 && start[0] == '#' && start[1] == '!';
  if (there >= 0) close(there);
  return is;
}

/** Where files do not say when they were born, another may get the number of one that goes: it is not taken for it. */
struct answer before_remove(const struct request *request) {
  static struct place place;
  struct statx status;
  if (table_count() == 0 || !place_of(request, &place)) return go_on;
  if (place.path[0] && statx(place.folder, place.path, AT_SYMLINK_NOFOLLOW, identity_mask(), &status) == 0 &&
      !(status.stx_mask & STATX_BTIME) && table_find(&status) && goes(&place, &status)) table_doom(&status);
  place_leave(&place);
  return go_on;
}

/** A folder does not that has something in it. */
static bool goes(const struct place *place, const struct statx *status) {
  if (!S_ISDIR(status->stx_mode)) return true;
  int folder = openat(place->folder, place->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *entries = folder < 0 ? NULL : fdopendir(folder);
  if (!entries) {
    if (folder >= 0) close(folder);
    return true;
  }
  bool is_empty = true;
  for (struct dirent *entry; is_empty && (entry = readdir(entries));)
    is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
  closedir(entries);
  return is_empty;
}
