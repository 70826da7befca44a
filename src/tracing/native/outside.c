#define _GNU_SOURCE
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "folders.h"
#include "mounts.h"

static bool has_proc(const struct thread *thread, const char *name);
static bool same_mounts(pid_t pid);
static void inner_text(const struct thread *thread, const struct place *place, char *text);
static bool name_from_outside(const struct thread *thread, int file, char *real);

bool outside_is_elsewhere(struct thread *thread) {
  struct process *process = thread->process;
  if (!process->foreign_decided) {
    char root[PATH_MAX];
    bool readable = proc_link(root, "/proc/%d/root", process->pid);
    process->foreign_root = readable && (strcmp(root, "/") != 0 || !same_mounts(process->pid));
    process->foreign_decided = true;
  }
  return process->foreign_root;
}

void outside_look(struct thread *thread, struct place *place, bool follow) {
  char root_link[64], text[PATH_MAX];
  snprintf(root_link, sizeof root_link, "/proc/%d/root", thread->tid);
  inner_text(thread, place, text);
  place->sure = false;

  int root = open(root_link, O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct open_how how = {.flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW), .resolve = RESOLVE_IN_ROOT};
  int file = (int)syscall(SYS_openat2, root, text, &how, sizeof how);
  place->error = file < 0 ? errno : fstat(file, &place->status) == 0 ? 0 : errno;
  if (file >= 0) {
    name_from_outside(thread, file, place->real);
    close(file);
  } else if (place->error == ENOENT) {
    // A name that is free yet: its folder tells where it will be.
    char *name = strrchr(text, '/');
    char *last = name ? name + 1 : text;
    char saved = *last;
    *last = 0;
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    file = (int)syscall(SYS_openat2, root, name ? text : ".", &how, sizeof how);
    *last = saved;
    if (file >= 0) {
      size_t length = name_from_outside(thread, file, place->real) ? strlen(place->real) : PATH_MAX;
      if (length == 1) length = 0;
      if (length + strlen(last) + 2 > PATH_MAX) {
        place->real[0] = 0;
      } else {
        place->real[length] = '/';
        strcpy(place->real + length + 1, last);
      }
      close(file);
    }
  }
  if (root >= 0) close(root);
}

void outside_file_name(struct thread *thread, long file, char *real) {
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/fd/%ld", thread->tid, file);
  if (!outside_is_elsewhere(thread)) {
    proc_link(real, "%s", link);
    return;
  }
  real[0] = 0;
  int held = open(link, O_PATH | O_CLOEXEC);
  if (held < 0) return;
  name_from_outside(thread, held, real);
  close(held);
}

bool outside_own_text(const struct thread *thread, const char *path, char *text) {
  static const struct {
    const char *name, *own;
  } names[] = {
      {"/proc/self", ""},     {"/proc/thread-self", ""}, {"/dev/fd", "/fd"},
      {"/dev/stdin", "/fd/0"}, {"/dev/stdout", "/fd/1"},  {"/dev/stderr", "/fd/2"},
  };
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    size_t length = strlen(names[index].name);
    if (strncmp(path, names[index].name, length) != 0 || (path[length] != '/' && path[length] != 0)) continue;
    if (!has_proc(thread, names[index].name)) return false;
    return snprintf(text, PATH_MAX, "/proc/%d%s%s", thread->tid, names[index].own, path + length) < PATH_MAX;
  }
  return false;
}

/** Whether the thread's own root has a /proc, and the name that stands for a part of it. */
static bool has_proc(const struct thread *thread, const char *name) {
  char path[64];
  struct statfs system;
  struct stat status;
  snprintf(path, sizeof path, "/proc/%d/root/proc", thread->tid);
  if (statfs(path, &system) != 0 || system.f_type != PROC_SUPER_MAGIC) return false;
  if (strncmp(name, "/proc/", 6) == 0) return true;
  snprintf(path, sizeof path, "/proc/%d/root%s", thread->tid, name);
  return lstat(path, &status) == 0;
}

static bool same_mounts(pid_t pid) {
  static char own[PATH_MAX];
  char other[PATH_MAX];
  if (!own[0]) proc_link(own, "/proc/self/ns/mnt");
  return !proc_link(other, "/proc/%d/ns/mnt", pid) || strcmp(own, other) == 0;
}

/** The path as the thread's own root has it. */
static void inner_text(const struct thread *thread, const struct place *place, char *text) {
  char root[PATH_MAX];
  if (place->path[0] == '/' || !proc_link(root, "/proc/%d/root", thread->tid)) {
    strcpy(text, place->path);
    return;
  }
  const char *base = place->base;
  size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
  if (strncmp(base, root, length) == 0) base += length;
  if (snprintf(text, PATH_MAX, "%s/%s", base, place->path) >= PATH_MAX) text[0] = 0;
}

static bool name_from_outside(const struct thread *thread, int file, char *real) {
  real[0] = 0;
  if (!proc_link(real, "/proc/self/fd/%d", file)) return false;
  if (!same_mounts(thread->process->pid) && !mounts_translate(thread->process->pid, file, real)) real[0] = 0;
  folder_of_caller(thread->process->pid, real);
  return real[0] != 0;
}
