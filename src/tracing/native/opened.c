#define _GNU_SOURCE
#include "opened.h"

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

static const char *loader_of(pid_t pid, const char *executed);
static bool is_of(const struct loader *loader, const struct stat *program);
static char *mapped_besides(pid_t pid, const char *executed);
static bool interpreter_of(const char *script, char *interpreter);

size_t opened_by_kernel(struct thread *thread, const struct place *program, const char *executed,
                        const char *opened[OPENED_MOST]) {
  static struct place interpreters[MOST_INTERPRETERS];
  size_t count = 0;
  const char *reached = program->real[0] ? program->real : executed;

  for (int depth = 0; depth < MOST_INTERPRETERS && strcmp(reached, executed) != 0; depth++) {
    struct place *next = &interpreters[depth];
    *next = (struct place){.descriptor = AT_FDCWD};
    if (!interpreter_of(reached, next->path)) break;
    if (next->path[0] != '/') strcpy(next->base, working_folder(thread));
    place_look(thread, next, true);
    if (!next->real[0]) break;
    reached = opened[count++] = next->real;
  }
  // An interpreter that the kernel was told of in another way, binfmt_misc.
  if (strcmp(reached, executed) != 0 && executed[0]) opened[count++] = executed;

  const char *loader = loader_of(thread->process->pid, executed);
  if (loader) opened[count++] = loader;
  return count;
}

/** Remembered for each program: its maps are the dearest thing about a short process. */
static const char *loader_of(pid_t pid, const char *executed) {
  static struct loader *known[256];
  char link[32];
  struct stat status;
  snprintf(link, sizeof link, "/proc/%d/exe", pid);
  if (stat(link, &status) != 0) return NULL;

  struct loader **bucket = &known[status.st_ino % 256], *loader = *bucket;
  while (loader && !is_of(loader, &status)) loader = loader->next;
  if (!loader) {
    loader = malloc(sizeof *loader);
    if (!loader) abort();
    *loader = (struct loader){*bucket, status.st_dev, status.st_ino, status.st_ctim, mapped_besides(pid, executed)};
    *bucket = loader;
  }
  return loader->path;
}

static bool is_of(const struct loader *loader, const struct stat *program) {
  return loader->inode == program->st_ino && loader->device == program->st_dev &&
         loader->changed.tv_sec == program->st_ctim.tv_sec && loader->changed.tv_nsec == program->st_ctim.tv_nsec;
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
