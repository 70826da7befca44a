#pragma once
#include "tracee.h"

/** Held by whoever takes notes: the loop, and the thread that answers notifications. */
void notes_lock(void);
void notes_unlock(void);

/**
 * From the second thread, which holds the notes: has a traced thread interrupted that is about to go on with a call, so
 * that it stops right behind that. Only the loop may do it.
 */
void interrupt_ask(pid_t tid);

/** From the loop's thread: once; does what has been asked; takes the result of the call once the thread stands. */
void interrupts_begin(void);
void interrupt_grant(void);
void interrupt_over(struct thread *thread);
