// Threads share a working directory, and one may change it while another uses a relative name.
#define _GNU_SOURCE
#include "races.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static bool is_shared(const struct process *process);
static bool starts_from_folder(const struct thread *thread, const struct place *place);

void race_begins(struct process *process) {
  if (is_shared(process)) process->roams = true;
}

bool race_is_on(const struct thread *thread, const struct place *place) {
  const struct process *process = thread->process;
  return (process->roams || process->shares_folder) && starts_from_folder(thread, place);
}

void race_settle(const struct thread *thread, struct place *place, long file) {
  char real[PATH_MAX];
  if (!is_shared(thread->process) || !starts_from_folder(thread, place)) return;
  if (!proc_link(real, "/proc/%d/fd/%ld", thread->tid, file) || real[0] != '/') return;
  size_t length = strlen(real), name = strlen(place->path);
  if (length > name + 1 && real[length - name - 1] == '/' && strcmp(real + length - name, place->path) == 0) {
    snprintf(place->base, sizeof place->base, "%.*s", (int)(length - name - 1), real);
  }
  strcpy(place->real, real);
}

static bool is_shared(const struct process *process) {
  return process->threads > 1 || process->shares_folder;
}

static bool starts_from_folder(const struct thread *thread, const struct place *place) {
  return place->path[0] != '/' && place->descriptor == AT_FDCWD && !thread->process->foreign_root;
}
