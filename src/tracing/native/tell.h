#pragma once
#include "place.h"

/** Whether something has not been told of a process yet; from now on it has. */
bool tell_is_new(struct process *process, const char *what);

/** The same for a path looked at: `what` are the kind and flags of the look, `error` its outcome. */
bool tell_is_new_look(struct process *process, uint64_t what, const struct place *place, int error);

/** Starts the line of an event about a path: everything that such lines have in common. */
void tell_place(const struct thread *thread, const char *event, const struct place *place, int error);

/** The errno of the event under way, nothing for 0. */
void tell_error(int error);

/** ENOENT for 2, and so on. */
const char *error_name(int error);

/** SIGTERM for 15, and so on. */
void signal_name(int signal, char text[16]);
