#pragma once
#include <signal.h>

/**
 * Splits the program in two: the caller goes on as the tracer, in the background; the foreground process waits for it,
 * ends with the command's code, and can do so while the tracer stays behind. Returns the signal mask of before.
 */
sigset_t front_split(void);

/** From the tracer once the command is running: it holds nothing of the terminal and the command's streams any more. */
void front_detach(void);

/** From the tracer: the foreground ends with this code. Later calls do nothing. */
void front_release(int code);
