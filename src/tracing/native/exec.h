#pragma once
#include "tracee.h"

/** Tells that a process runs another program now, as seen at its first stop there. */
void exec_done(struct thread *thread);
