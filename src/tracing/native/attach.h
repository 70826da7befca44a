#pragma once
#include <sys/types.h>

/** Begins to follow a process, its threads and what it has started, and tells what they have open and mapped. */
void attach_begin(pid_t pid);
