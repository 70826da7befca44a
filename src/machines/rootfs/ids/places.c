#define _GNU_SOURCE
#include "places.h"

#include <fcntl.h>
#include <string.h>
#include <sched.h>
#include <unistd.h>

#include "memory.h"

static int processes = -1;

static int open_of(pid_t pid, const char *what, int number);
static bool follows(const struct request *request);
static int own_descriptor(const char *path);

/** Before the root is another's: it becomes that of each process which asks. */
void places_begin(void) {
  processes = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (processes < 0) give_up("/proc: %m");
}

bool place_of(const struct request *request, struct place *place) {
  const struct call *call = request->call;
  int descriptor = call->folder < 0 ? AT_FDCWD : argument_at(request, call->folder);
  *place = (struct place){.folder = AT_FDCWD};
  if (call->path >= 0 && request->arguments[call->path] != 0 &&
      !read_text(request->pid, request->arguments[call->path], place->path, sizeof place->path)) return false;
  int own = follows(request) ? own_descriptor(place->path) : -1;
  if (own >= 0) {
    descriptor = own;
    place->is_own = true;
    place->path[0] = 0;
  }
  if (place->path[0]) {
    int root = open_of(request->pid, "root", -1);
    bool is_there = root >= 0 && fchdir(root) == 0 && chroot(".") == 0;
    if (root >= 0) close(root);
    if (!is_there) return false;
    if (place->path[0] == '/') return true;
  }
  int folder = descriptor == AT_FDCWD ? open_of(request->pid, "cwd", -1) : open_of(request->pid, "fd", descriptor);
  if (folder < 0) return false;
  place->folder = folder;
  place->is_open = true;
  return true;
}

const char *place_split(struct place *place, int *parent) {
  char *path = place->path;
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') path[--length] = 0;
  char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return NULL;
  if (slash) *slash = 0;
  const char *folder = !slash ? "." : slash == path ? "/" : path;
  *parent = openat(place->folder, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return *parent < 0 ? NULL : name;
}

void place_leave(struct place *place) {
  if (place->is_open) close(place->folder);
  place->is_open = false;
}

/** proc(5): the kernel tells it of the process alone. */
unsigned umask_of(pid_t pid) {
  char name[64], text[512];
  snprintf(name, sizeof name, "%d/status", (int)pid);
  int file = openat(processes, name, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  if (length < 0) return 022;
  text[length] = 0;
  const char *line = strstr(text, "\nUmask:");
  return line ? (unsigned)strtoul(line + 7, NULL, 8) : 022;
}

static int open_of(pid_t pid, const char *what, int number) {
  char name[64];
  int length = snprintf(name, sizeof name, "%d/%s", (int)pid, what);
  if (number >= 0) snprintf(name + length, sizeof name - (size_t)length, "/%d", number);
  return openat(processes, name, O_PATH | O_CLOEXEC);
}

/** Whether the call is of what a link at the end of its path leads to. */
static bool follows(const struct request *request) {
  const struct call *call = request->call;
  switch (call->kind) {
    case MKDIR: case MKNOD: case SYMLINK: case REMOVE: return false;
    case STAT: case STATX: case CHOWN:
      return !((call->fixed | (call->flags < 0 ? 0 : argument_at(request, call->flags))) & AT_SYMLINK_NOFOLLOW);
    default: return true;
  }
}

/** Of /proc/self/fd/N, as C libraries name what they have open; self would be us. */
static int own_descriptor(const char *path) {
  static const char *const folders[] = {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"};
  static const char *const links[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
  for (int number = 0; number < 3; number++)
    if (strcmp(path, links[number]) == 0) return number;
  for (size_t at = 0; at < sizeof folders / sizeof *folders; at++) {
    size_t length = strlen(folders[at]);
    char *end;
    if (strncmp(path, folders[at], length) != 0 || path[length] < '0' || path[length] > '9') continue;
    long number = strtol(path + length, &end, 10);
    if (!*end) return (int)number;
  }
  return -1;
}
