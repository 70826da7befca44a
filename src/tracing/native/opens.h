#pragma once
#include "place.h"

/** The error that an open for reading will meet where a look at its path went well. */
int open_error(const struct thread *thread, struct place *place, unsigned long long flags);

/** Puts down where a file is that has been opened, if a look at the path could not say it for sure. */
void open_came_out(struct thread *thread, struct place *place, long file);

/** The `open` event. */
void tell_open(const struct thread *thread, const struct place *place, unsigned long long flags, int error,
               bool created);
