#pragma once

/** The command as it will be executed. */
struct program {
  const char *path;
  char **environment;
  int error;  // why there is no such program
};

/** Finds the command in PATH and prepares its environment, before any of it is traced. */
struct program program_find(void);

/** Executes it, or says why not and ends with 126 or 127. */
_Noreturn void program_run(const struct program *program);
