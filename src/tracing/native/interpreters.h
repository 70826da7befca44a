#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "place.h"

#define OPENED_MOST 16

/** The file that a process runs: of a script its interpreter. */
struct executed {
  char path[PATH_MAX];
  struct stat status;
  bool is_there;
};

void executed_read(const struct thread *thread, const struct place *program, struct executed *executed);

/**
 * What the kernel opened to start a program, but the named file itself: the interpreters of a script, and the loader.
 * The texts hold until the next call.
 */
size_t opened_by_kernel(struct thread *thread, const struct place *program, const struct executed *executed,
                        const char *opened[OPENED_MOST]);

/** Whether a file has been executed before, and not as a script. */
bool opened_is_program(const struct place *place);
