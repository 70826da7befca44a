#define _GNU_SOURCE
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "memory.h"
#include "tell.h"

static void strip_deleted(const char *link, char *text, size_t length);
static void note_forbidden_memory(struct process *process, int error);

bool proc_link(char *into, const char *format, ...) {
  char path[64];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(path, sizeof path, format, arguments);
  va_end(arguments);
  ssize_t length = readlink(path, into, PATH_MAX - 1);
  into[length < 0 ? 0 : length] = 0;
  if (length > 0) strip_deleted(path, into, (size_t)length);
  return length >= 0;
}

/** The kernel puts a word behind the name of what has been removed. */
static void strip_deleted(const char *link, char *text, size_t length) {
  static const char word[] = " (deleted)";
  size_t name = length - (sizeof word - 1);
  struct stat status;
  if (length < sizeof word || strcmp(text + name, word) != 0) return;
  if (stat(link, &status) == 0 && status.st_nlink == 0) text[name] = 0;
}

const char *working_folder(struct thread *thread) {
  struct process *process = thread->process;
  if (process->folder && process->folder_epoch == names_epoch && !process->shares_folder) return process->folder;

  char text[PATH_MAX];
  proc_link(text, "/proc/%d/cwd", thread->tid);
  free(process->folder);
  process->folder = strdup(text);
  process->folder_epoch = names_epoch;
  return process->folder;
}

void working_folder_changed(struct process *process) {
  free(process->folder);
  process->folder = NULL;
}

bool place_read(const struct thread *thread, int directory, uint64_t address, struct place *place) {
  place->base[0] = place->real[0] = 0;
  place->descriptor = directory;
  place->error = 0;
  place->sure = false;
  if (!memory_read_text(thread->tid, address, place->path, sizeof place->path)) {
    note_forbidden_memory(thread->process, errno);
    return false;
  }
  if (place->path[0] == '/') return true;

  if (directory == AT_FDCWD) {
    strcpy(place->base, working_folder((struct thread *)thread));
  } else {
    bool open = proc_link(place->base, "/proc/%d/fd/%d", thread->tid, directory);
    if (!open && errno == ENOENT) place->error = EBADF;
  }
  return true;
}

static void note_forbidden_memory(struct process *process, int error) {
  bool forbidden = error == EPERM || error == EACCES;
  if (!forbidden || !tell_is_new(process, "forbidden memory")) return;
  log_note(process->pid, "it lets nobody see its memory (not dumpable): what it opens is not recorded");
}

void place_descriptor(const struct thread *thread, int descriptor, struct place *place) {
  place->path[0] = place->real[0] = 0;
  place->descriptor = descriptor;
  place->error = 0;
  place->sure = false;
  proc_link(place->base, "/proc/%d/fd/%d", thread->tid, descriptor);
}

bool place_join(const struct thread *thread, const struct place *place, char *text) {
  const char *path = place->path;
  if (path[0] != '/') {
    size_t base = strlen(place->base), length = strlen(path);
    bool slash = length > 0 && strcmp(place->base, "/") != 0;
    if (base + slash + length >= PATH_MAX) return false;
    memcpy(text, place->base, base);
    if (slash) text[base++] = '/';
    memcpy(text + base, path, length + 1);
    return true;
  }
  // The tracer's own /proc/self is another one.
  if (strncmp(path, "/proc/self", 10) == 0 && (path[10] == '/' || path[10] == 0)) {
    return snprintf(text, PATH_MAX, "/proc/%d%s", thread->process->pid, path + 10) < PATH_MAX;
  }
  if (strncmp(path, "/proc/thread-self", 17) == 0 && (path[17] == '/' || path[17] == 0)) {
    return snprintf(text, PATH_MAX, "/proc/%d/task/%d%s", thread->process->pid, thread->tid, path + 17) < PATH_MAX;
  }
  strcpy(text, path);
  return true;
}

bool place_is_file(const struct place *place) {
  return place->error == 0 && S_ISREG(place->status.st_mode);
}
