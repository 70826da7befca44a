// Two mount namespaces meet in the file systems they both have mounted. /proc/PID/mountinfo (proc(5)) says for each
// mount its id, its device, which folder of that file system it shows, and where.
#define _GNU_SOURCE
#include "mounts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mount {
  unsigned long long id;
  char device[32], root[PATH_MAX], point[PATH_MAX];
};

static unsigned long long mount_of(int file);
static bool find_by_id(pid_t pid, unsigned long long id, struct mount *found);
static bool find_that_shows(const char *device, const char *path, struct mount *found);
static bool read_mount(FILE *list, struct mount *mount);
static void unescape(char *text);
static const char *below(const char *path, const char *folder);

bool mounts_translate(pid_t pid, int file, char *path) {
  static struct mount inner, outer;
  if (!find_by_id(pid, mount_of(file), &inner)) return false;

  const char *rest = below(path, inner.point);
  char within[PATH_MAX];
  if (!rest || snprintf(within, PATH_MAX, "%s%s", strcmp(inner.root, "/") ? inner.root : "", rest) >= PATH_MAX) {
    return false;
  }
  if (!find_that_shows(inner.device, within, &outer)) return false;
  const char *outer_rest = below(within, outer.root);
  const char *point = strcmp(outer.point, "/") ? outer.point : "";
  if (snprintf(path, PATH_MAX, "%s%s", point, outer_rest) >= PATH_MAX) return false;
  if (path[0] == 0) strcpy(path, "/");
  return true;
}

/** The id of the mount that a file was opened through; 0 is none. */
static unsigned long long mount_of(int file) {
  char name[48], line[128];
  unsigned long long id = 0;
  snprintf(name, sizeof name, "/proc/self/fdinfo/%d", file);
  FILE *information = fopen(name, "re");
  while (information && id == 0 && fgets(line, sizeof line, information)) sscanf(line, "mnt_id: %llu", &id);
  if (information) fclose(information);
  return id;
}

static bool find_by_id(pid_t pid, unsigned long long id, struct mount *found) {
  char name[48];
  snprintf(name, sizeof name, "/proc/%d/mountinfo", pid);
  FILE *list = fopen(name, "re");
  bool hit = false;
  while (list && !hit && read_mount(list, found)) hit = found->id == id;
  if (list) fclose(list);
  return hit;
}

/** Of the tracer's own mounts of a device the one that shows most of the way to a path. */
static bool find_that_shows(const char *device, const char *path, struct mount *found) {
  static struct mount mount;
  FILE *list = fopen("/proc/self/mountinfo", "re");
  size_t best = 0;
  while (list && read_mount(list, &mount)) {
    size_t length = strlen(mount.root);
    if (length < best || strcmp(mount.device, device) != 0 || !below(path, mount.root)) continue;
    best = length;
    *found = mount;
  }
  if (list) fclose(list);
  return best > 0;
}

static bool read_mount(FILE *list, struct mount *mount) {
  static char *line;
  static size_t room;
  while (getline(&line, &room, list) > 0) {
    int fields = sscanf(line, "%llu %*u %31s %4095s %4095s", &mount->id, mount->device, mount->root, mount->point);
    if (fields != 4) continue;
    unescape(mount->root);
    unescape(mount->point);
    return true;
  }
  return false;
}

/** Blanks and the like are written as a backslash and three octal digits. */
static void unescape(char *text) {
  char *to = text;
  for (const char *from = text; *from; to++) {
    unsigned byte;
    if (*from == '\\' && sscanf(from + 1, "%3o", &byte) == 1) {
      *to = (char)byte;
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = 0;
}

/** What is left of a path below a folder, "" or from a slash on; NULL if it is not there. */
static const char *below(const char *path, const char *folder) {
  size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
  if (strncmp(path, folder, length) != 0) return NULL;
  const char *rest = path + length;
  if (*rest == '/') return rest[1] || length ? rest : "";
  return *rest == 0 ? rest : NULL;
}
