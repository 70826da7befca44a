#pragma once
#include <stddef.h>

#include "place.h"

#define OPENED_MOST 16

/**
 * What the kernel opened to start a program, but the named file itself: the interpreters of a script, and the loader.
 * The texts hold until the next call.
 */
size_t opened_by_kernel(struct thread *thread, const struct place *program, const char *executed,
                        const char *opened[OPENED_MOST]);
