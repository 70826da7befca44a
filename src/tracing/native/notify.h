#pragma once
#include <stdbool.h>
#include <sys/types.h>

/** Whether user notifications are a gain here: x86-64 and a kernel that wakes the tracer on the caller's processor. */
bool notify_is_worth_it(void);

/** Starts the thread that answers notifications. */
void notify_start(int listener);

/** At a signal-delivery stop: makes a look that the signal broke off start again. */
void notify_repair_restart(pid_t tid);
