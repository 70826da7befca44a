#pragma once
#include "place.h"

/** Whether a thread's paths start from another root than the tracer's: after chroot, or in another mount namespace. */
bool outside_is_elsewhere(struct thread *thread);

/** place_look for such a thread; `real` is where the tracer finds it, empty where nothing outside leads there. */
void outside_look(struct thread *thread, struct place *place, bool follow);

/** The name of a file that a thread has open, as the tracer finds it; empty where nothing outside leads there. */
void outside_file_name(struct thread *thread, long file, char *real);

/**
 * Names of a process's own descriptors and of itself in /proc: its namespace has another number for it, so they are
 * looked up where the tracer has them. False for all other paths.
 */
bool outside_own_text(const struct thread *thread, const char *path, char *text);
