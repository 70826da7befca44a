#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "folders.h"
#include "outside.h"
#include "place.h"
#include "rights.h"

// As many links in a row as the kernel follows.
#define MOST_LINKS 40

static void look_along(struct thread *thread, struct place *place, char *text, bool follow);
static void look_at_descriptor(const struct thread *thread, struct place *place);
static void look_from_folder(const struct thread *thread, struct place *place, bool follow);
static bool next_link(struct place *place, char *text);
static bool is_below_proc(const char *text);

void place_look(struct thread *thread, struct place *place, bool follow) {
  char text[PATH_MAX];
  if (place->error) {
    place->sure = true;  // the descriptor that it starts from is none
    return;
  }
  rights_take(thread->process);
  if (place->path[0] == 0 && place->descriptor != AT_FDCWD) {
    look_at_descriptor(thread, place);
  } else if (outside_is_elsewhere(thread)) {
    if (outside_own_text(thread, place->path, text)) {
      look_along(thread, place, text, follow);
    } else {
      outside_look(thread, place, follow);
    }
  } else if (place->path[0] != '/' && place->base[0] != '/') {
    place->sure = false;
  } else if (!place_join(thread, place, text)) {
    look_from_folder(thread, place, follow);
  } else {
    look_along(thread, place, text, follow);
  }
  if (rights_are_unsure(thread->process)) place->sure = false;
  rights_return(thread->process);
}

/** The kernel resolves the folder, once for all names in it; the last name and links there are looked at one by one. */
static void look_along(struct thread *thread, struct place *place, char *text, bool follow) {
  place->sure = !is_below_proc(text);
  for (int links = 0; links <= MOST_LINKS; links++) {
    char *name = strrchr(text, '/') + 1;
    bool folder_itself = name[0] == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    char saved = 0;
    if (!folder_itself) {
      saved = *name;
      *name = 0;
    }
    place->error = folder_real(thread->process->pid, text, place->real);
    if (!folder_itself) *name = saved;
    if (is_below_proc(place->real)) place->sure = false;
    if (place->error) {
      place->real[0] = 0;
      return;
    }
    if (!folder_itself) {
      size_t length = strlen(place->real), more = strlen(name);
      if (length == 1) length = 0;  // the root ends with its slash
      if (length + 1 + more >= sizeof place->real) {
        place->error = ENAMETOOLONG;
        place->real[0] = 0;
        return;
      }
      place->real[length] = '/';
      memcpy(place->real + length + 1, name, more + 1);
    }
    if (lstat(place->real, &place->status) != 0) {
      place->error = errno;
      return;
    }
    if (!follow || !S_ISLNK(place->status.st_mode)) return;
    if (!next_link(place, text)) return;
    if (strncmp(text, "/proc/self", 10) == 0 && (text[10] == '/' || text[10] == 0)) {
      struct place self;
      strcpy(self.path, text);
      place_join(thread, &self, text);
      place->sure = false;
    }
  }
  place->error = ELOOP;
  place->real[0] = 0;
}

/** Puts into `text` where the link at `real` points; false where that was the end of the way. */
static bool next_link(struct place *place, char *text) {
  char target[PATH_MAX];
  ssize_t length = readlink(place->real, target, sizeof target - 1);
  if (length <= 0) {
    place->error = length < 0 ? errno : ENOENT;
    return false;
  }
  target[length] = 0;

  // The links of /proc/PID lead to open files themselves, whatever their text says.
  if (is_below_proc(place->real) && strcmp(place->real, "/proc/mounts") != 0 && strcmp(place->real, "/proc/net") != 0) {
    place->error = stat(place->real, &place->status) == 0 ? 0 : errno;
    strcpy(place->real, target[0] == '/' ? target : "");
    return false;
  }
  char *end = strrchr(place->real, '/') + 1;
  int joined = target[0] == '/' ? snprintf(text, PATH_MAX, "%s", target)
                                : snprintf(text, PATH_MAX, "%.*s%s", (int)(end - place->real), place->real, target);
  if (joined < PATH_MAX) return true;
  place->error = ENAMETOOLONG;
  place->real[0] = 0;
  return false;
}

static void look_at_descriptor(const struct thread *thread, struct place *place) {
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/fd/%d", thread->tid, place->descriptor);
  place->error = stat(link, &place->status) == 0 ? 0 : errno == ENOENT ? EBADF : errno;
  if (place->base[0] == '/') strcpy(place->real, place->base);
}

/** Where the whole path is longer than a path may be. */
static void look_from_folder(const struct thread *thread, struct place *place, bool follow) {
  char link[64];
  if (place->descriptor == AT_FDCWD) {
    snprintf(link, sizeof link, "/proc/%d/cwd", thread->tid);
  } else {
    snprintf(link, sizeof link, "/proc/%d/fd/%d", thread->tid, place->descriptor);
  }
  int folder = open(link, O_PATH | O_CLOEXEC);
  int looked = fstatat(folder, place->path, &place->status, follow ? 0 : AT_SYMLINK_NOFOLLOW);
  place->error = looked == 0 ? 0 : errno;
  place->sure = folder >= 0;
  if (folder >= 0) close(folder);
}

static bool is_below_proc(const char *text) {
  return strncmp(text, "/proc/", 6) == 0 || strcmp(text, "/proc") == 0;
}
