#pragma once
#include "calls.h"

/** A thread has reached `address` by a socket: if a name service is there, what it answers is told. */
void names_asked(struct thread *thread, int descriptor, const char *address);

/** Whether an answer may come, so that a thread has to stop at each of its calls. */
bool names_awaited(const struct thread *thread);

/** It has stopped at one. */
void names_count(struct thread *thread);

/** A call at which nothing but that makes a thread stop: it reads from some descriptor, or closes it. */
enum verdict names_enter(struct thread *thread, const struct entry *entry);
void names_leave(struct thread *thread, long result);
