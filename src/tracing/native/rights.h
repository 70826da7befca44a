#pragma once
#include <stdbool.h>
#include <sys/types.h>

struct process;

/**
 * Finds out whether a process has another user than the tracer, so that the tracer's own looks at files can be made
 * with that user's rights.
 */
void rights_update(struct process *process);

/** Whether it is the tracer's own. */
bool rights_own_user(uid_t user);

/** Whether what it may do cannot be told from its ids: capabilities count in its own user namespace only. */
bool rights_are_unsure(const struct process *process);

/** Makes the looks of this thread those of the process's user, until rights_return. */
void rights_take(const struct process *process);
void rights_return(const struct process *process);

struct rights;
void rights_free(struct rights *rights);
