#pragma once
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/** A command that has been started: it waits for `start_go` before it executes. */
struct started {
  pid_t pid;
  int channel;   // to talk with it until then
  int listener;  // where its notifications come in, -1 in the ptrace layer
};

/** Starts the command, traced and filtered, with the signal mask that this program was given. */
struct started start_command(const sigset_t *mask, bool notify);
void start_go(struct started *started);

/** Options of ptrace for everything that a command starts. */
#define TRACE_OPTIONS                                                                                            \
  (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

/** Why ptrace is refused, as far as it can be said. */
const char *ptrace_refusal(int error);
