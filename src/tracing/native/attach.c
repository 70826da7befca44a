#define _GNU_SOURCE
#include "attach.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "life.h"
#include "log.h"
#include "opens.h"
#include "options.h"
#include "start.h"
#include "tell.h"

static bool seize_threads(pid_t pid, struct process *process);
static void follow_children(struct process *process);
static uint64_t clone_flags(pid_t parent, pid_t child);
static void tell_program(struct thread *thread);
static void tell_open_files(struct thread *thread);
static void tell_mapped(struct thread *thread);

// Threads are seized while they run: none of them stops before its next call.
static bool seize(pid_t tid) {
  if (ptrace(PTRACE_SEIZE, tid, 0, TRACE_OPTIONS) != 0) return false;
  return ptrace(PTRACE_INTERRUPT, tid, 0, 0) == 0;
}

void attach_begin(pid_t pid) {
  if (!seize(pid)) give_up("cannot attach to process %d: %s", pid, strerror(errno));
  root_begins(pid, "ptrace");
  struct thread *thread = thread_find(pid);
  seize_threads(pid, thread->process);
  tell_program(thread);
  follow_children(thread->process);
  log_note(pid, "it ran already when the trace began: what it did before is not recorded");
  log_flush();
}

/** Until a pass over the list finds no new one, as threads may start others meanwhile. */
static bool seize_threads(pid_t pid, struct process *process) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  for (bool found = true; found;) {
    found = false;
    DIR *list = opendir(path);
    if (!list) return false;
    for (struct dirent *entry; (entry = readdir(list));) {
      pid_t tid = atoi(entry->d_name);
      if (tid <= 0 || thread_find(tid) || !seize(tid)) continue;
      thread_add(tid, process);
      found = true;
    }
    closedir(list);
  }
  return true;
}

static void follow_children(struct process *process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", process->pid);
  DIR *list = opendir(path);
  for (struct dirent *entry; list && (entry = readdir(list));) {
    if (atoi(entry->d_name) <= 0) continue;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", process->pid, atoi(entry->d_name));
    FILE *children = fopen(path, "re");
    for (int pid; children && fscanf(children, "%d", &pid) == 1;) {
      if (thread_find(pid) || !seize(pid)) continue;
      child_begins(thread_find(process->pid), pid, clone_flags(process->pid, pid));
      struct thread *child = thread_find(pid);
      seize_threads(pid, child->process);
      tell_program(child);
      follow_children(child->process);
    }
    if (children) fclose(children);
  }
  if (list) closedir(list);
}

/** As far as they can be told afterwards; where they cannot, as if all was new. */
static uint64_t clone_flags(pid_t parent, pid_t child) {
  bool shares_folder = syscall(SYS_kcmp, parent, child, KCMP_FS, 0, 0) == 0;
  return CLONE_NEWNS | CLONE_NEWUSER | (shares_folder ? CLONE_FS : 0);
}

/** What a process is at the moment, told as if it began with it. */
static void tell_program(struct thread *thread) {
  static struct place program;
  pid_t pid = thread->process->pid;
  program = (struct place){.descriptor = AT_FDCWD};
  proc_link(program.path, "/proc/%d/exe", pid);

  char path[32];
  static char line[128 << 10];
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? 0 : read(file, line, sizeof line - 1);
  if (file >= 0) close(file);
  line[length < 0 ? 0 : length] = 0;
  const char *arguments[1024];
  size_t count = 0;
  for (const char *at = line; at < line + length && count < 1024; at += strlen(at) + 1) arguments[count++] = at;

  tell_place(thread, "exec", &program, 0);
  log_seconds("time", log_clock());
  log_texts("argv", arguments, count);
  log_text("cwd", working_folder(thread));
  log_end();
  tell_open_files(thread);
  tell_mapped(thread);
}

static void tell_open_files(struct thread *thread) {
  static struct place place;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd", thread->process->pid);
  DIR *list = opendir(path);
  for (struct dirent *entry; list && (entry = readdir(list));) {
    int descriptor = atoi(entry->d_name);
    if (entry->d_name[0] == '.') continue;
    place_descriptor(thread, descriptor, &place);
    if (place.base[0] != '/') continue;
    strcpy(place.path, place.base);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", thread->process->pid, descriptor);
    place.error = stat(path, &place.status) == 0 ? 0 : errno;

    unsigned long long flags = 0;
    char line[128];
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", thread->process->pid, descriptor);
    FILE *information = fopen(path, "re");
    while (information && fgets(line, sizeof line, information)) sscanf(line, "flags: %llo", &flags);
    if (information) fclose(information);
    tell_open(thread, &place, flags, 0, false);
  }
  if (list) closedir(list);
}

static void tell_mapped(struct thread *thread) {
  static struct place place;
  char path[32], *line = NULL;
  size_t room = 0;
  snprintf(path, sizeof path, "/proc/%d/maps", thread->process->pid);
  FILE *maps = fopen(path, "re");
  while (maps && getline(&line, &room, maps) > 0) {
    char *name = strchr(line, '/');
    if (!name || strlen(name) >= sizeof place.path) continue;
    name[strcspn(name, "\n")] = 0;
    place = (struct place){.descriptor = AT_FDCWD};
    strcpy(place.path, name);
    place.error = stat(name, &place.status) == 0 ? 0 : errno;
    if (!place.error && tell_is_new_look(thread->process, 0, &place, 0)) tell_open(thread, &place, O_RDONLY, 0, false);
  }
  free(line);
  if (maps) fclose(maps);
}
