#pragma once
#include "place.h"

/** The error that an open for reading will meet where a look at its path went well. */
int open_error(const struct thread *thread, struct place *place, unsigned long long flags);

/** The `open` event. */
void tell_open(const struct thread *thread, const struct place *place, unsigned long long flags, int error,
               bool created);
