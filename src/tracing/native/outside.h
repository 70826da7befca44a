#pragma once
#include "place.h"

/** Whether a thread's paths start from another root than the tracer's: after chroot, or in a mount namespace of its own. */
bool outside_is_elsewhere(struct thread *thread);

/** place_look for such a thread; `real` is where the tracer finds it, empty where nothing outside leads there. */
void outside_look(struct thread *thread, struct place *place, bool follow);
