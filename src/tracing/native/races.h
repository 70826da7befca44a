#pragma once
#include "place.h"

/** A thread is about to change the working directory. */
void race_begins(struct process *process);

/** Whether another thread may change the folder that a name starts from, between the look at it and the call. */
bool race_is_on(const struct thread *thread, const struct place *place);

/** The open file itself says where it is, and by that which folder its name started from. */
void race_settle(const struct thread *thread, struct place *place, long file);
