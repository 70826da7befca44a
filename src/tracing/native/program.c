#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"

static void change_environment(void);
static const char *find_in_path(const char *name, int *error);

struct program program_find(void) {
  change_environment();
  struct program program = {options.command[0], environ, 0};
  if (!strchr(program.path, '/')) program.path = find_in_path(program.path, &program.error);
  return program;
}

_Noreturn void program_run(const struct program *program) {
  int error = program->error;
  if (!error) {
    execve(program->path, options.command, program->environment);
    error = errno;
  }
  fprintf(stderr, "reproman-tracer: cannot run %s: %s\n", options.command[0], strerror(error));
  _exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

static void change_environment(void) {
  for (char **change = options.environment_changes; *change; change++) {
    if (strchr(*change, '=')) {
      putenv(*change);
    } else {
      unsetenv(*change);
    }
  }
}

/** As execvp does it: the first that can be executed, and EACCES where there are only others. */
static const char *find_in_path(const char *name, int *error) {
  static char found[PATH_MAX];
  const char *path = getenv("PATH");
  if (!path) path = "/usr/local/bin:/usr/bin:/bin";
  *error = ENOENT;
  for (const char *at = path;; at++) {
    int length = (int)strcspn(at, ":");
    const char *here = length ? "" : ".";
    struct stat status;
    int size = snprintf(found, sizeof found, "%s%.*s/%s", here, length, at, name);
    if (size < (int)sizeof found && stat(found, &status) == 0 && S_ISREG(status.st_mode)) {
      if (access(found, X_OK) == 0) {
        *error = 0;
        return found;
      }
      *error = EACCES;
    }
    at += length;
    if (!*at) return name;
  }
}
