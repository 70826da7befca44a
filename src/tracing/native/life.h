#pragma once
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "tracee.h"

/** The process that the trace is about, and how it ended: its code, or 128 + signal. */
extern pid_t root_pid;
extern int root_code;

/** Set by a signal: wait no longer for what the command left behind, or detach. */
extern volatile sig_atomic_t end_is_asked;

/** The first process, a new thread or process, the end of one. */
void root_begins(pid_t pid, const char *layer);
/** `flags` are the CLONE_ ones. */
void child_begins(struct thread *parent, pid_t tid, uint64_t flags);
void thread_ended(pid_t tid, bool exited, int status, const struct rusage *usage);

/** Whether the trace is to end although something may still run. */
bool trace_end_is_due(void);

/** Writes the end of the trace and lets the foreground go; what still runs goes on unrecorded. */
void trace_end(void);
