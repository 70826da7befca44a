#define _GNU_SOURCE
#include "interpreters.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// As many interpreters in a row as the kernel allows, fs/exec.c.
#define MOST_INTERPRETERS 5

struct loader {
  struct loader *next;
  dev_t device;
  ino_t inode;
  struct timespec changed;
  char *path;  // NULL: a static program
};

static struct loader *known[256];

static struct loader *find_loader(const struct stat *program);
static char *mapped_besides(pid_t pid, const char *executed);
static bool interpreter_of(const char *script, char *interpreter);

void executed_read(const struct thread *thread, const struct place *program, struct executed *executed) {
  char link[32];
  snprintf(link, sizeof link, "/proc/%d/exe", thread->process->pid);
  executed->is_there = stat(link, &executed->status) == 0;
  // Its name is dear to ask for.
  bool as_named = executed->is_there && !program->error && program->real[0] && !thread->process->foreign_root &&
                  executed->status.st_ino == program->status.st_ino && executed->status.st_dev == program->status.st_dev;
  if (as_named) {
    strcpy(executed->path, program->real);
  } else {
    proc_link(executed->path, "%s", link);
  }
}

size_t opened_by_kernel(struct thread *thread, const struct place *program, const struct executed *executed,
                        const char *opened[OPENED_MOST]) {
  static struct place interpreters[MOST_INTERPRETERS];
  size_t count = 0;
  const char *reached = program->real[0] ? program->real : executed->path;

  for (int depth = 0; depth < MOST_INTERPRETERS && strcmp(reached, executed->path) != 0; depth++) {
    struct place *next = &interpreters[depth];
    *next = (struct place){.descriptor = AT_FDCWD};
    if (!interpreter_of(reached, next->path)) break;
    if (next->path[0] != '/') strcpy(next->base, working_folder(thread));
    place_look(thread, next, true);
    if (!next->real[0]) break;
    reached = opened[count++] = next->real;
  }
  // An interpreter that the kernel was told of in another way, binfmt_misc.
  if (strcmp(reached, executed->path) != 0 && executed->path[0]) opened[count++] = executed->path;
  if (!executed->is_there) return count;

  // Remembered for each program: its maps are the dearest thing about a short process.
  struct loader *loader = find_loader(&executed->status);
  if (!loader) {
    const struct stat *status = &executed->status;
    struct loader **bucket = &known[status->st_ino % 256];
    loader = malloc(sizeof *loader);
    if (!loader) abort();
    char *path = mapped_besides(thread->process->pid, executed->path);
    *loader = (struct loader){*bucket, status->st_dev, status->st_ino, status->st_ctim, path};
    *bucket = loader;
  }
  if (loader->path) opened[count++] = loader->path;
  return count;
}

bool opened_is_program(const struct place *place) {
  return place_is_file(place) && find_loader(&place->status);
}

static struct loader *find_loader(const struct stat *program) {
  struct loader *loader = known[program->st_ino % 256];
  while (loader && (loader->inode != program->st_ino || loader->device != program->st_dev ||
                    loader->changed.tv_sec != program->st_ctim.tv_sec ||
                    loader->changed.tv_nsec != program->st_ctim.tv_nsec)) {
    loader = loader->next;
  }
  return loader;
}

/** A program that has not run yet has mapped itself and its loader. */
static char *mapped_besides(pid_t pid, const char *executed) {
  char name[32], *line = NULL, *found = NULL;
  size_t room = 0;
  snprintf(name, sizeof name, "/proc/%d/maps", pid);
  FILE *maps = fopen(name, "re");
  while (maps && !found && getline(&line, &room, maps) > 0) {
    char *path = strchr(line, '/');
    if (!path) continue;
    path[strcspn(path, "\n")] = 0;
    if (strcmp(path, executed) != 0) found = strdup(path);
  }
  free(line);
  if (maps) fclose(maps);
  return found;
}

/** The program in the first line of a script. */
static bool interpreter_of(const char *script, char *interpreter) {
  char line[256];
  int file = open(script, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOATIME);
  if (file < 0) file = open(script, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  ssize_t length = read(file, line, sizeof line - 1);
  close(file);
  if (length < 3 || line[0] != '#' || line[1] != '!') return false;
  line[length] = 0;

  char *start = line + 2 + strspn(line + 2, " \t");
  start[strcspn(start, " \t\n")] = 0;
  strcpy(interpreter, start);
  return start[0] != 0;
}
