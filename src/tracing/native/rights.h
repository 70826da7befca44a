#pragma once
#include <sys/types.h>

struct process;

/**
 * Finds out whether a process has another user than the tracer, so that the tracer's own looks at files can be made
 * with that user's rights.
 */
void rights_update(struct process *process);

/** Makes the looks of this thread those of the process's user, until rights_return. */
void rights_take(const struct process *process);
void rights_return(const struct process *process);

struct rights;
void rights_free(struct rights *rights);
