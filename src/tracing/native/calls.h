#pragma once
#include "pending.h"

enum verdict {
  LET_GO,    // nothing more is needed of this call
  ASK,       // its result is asked at its exit
  REFUSE,    // it must not happen: ENOSYS
};

/** How the kernel can be asked for the result of a look. */
enum asking {
  NOT_AT_ALL,     // it is what the tracer sees itself
  BY_INTERRUPT,   // the thread is stopped right behind the call; not one that may wait in it for others
  AT_EXIT,
};

/** Takes note of a call at its entry. */
enum verdict call_enter(struct thread *thread, const struct entry *entry, enum asking asking);

/** Takes note of how a call ended that was asked for: zero or more, or minus an errno. */
void call_leave(struct thread *thread, long result);

/** Whether the kernel will start the call again, so that its result is none. */
bool call_begins_anew(long result);

// The kinds of calls, each in a file of its own.
enum verdict look_enter(struct thread *thread, const struct entry *entry, enum asking asking);
void look_leave(struct thread *thread, long result);
enum verdict change_enter(struct thread *thread, const struct entry *entry);
void change_leave(struct thread *thread, long result);
enum verdict socket_enter(struct thread *thread, const struct entry *entry);
void socket_leave(struct thread *thread, long result);
enum verdict exec_enter(struct thread *thread, const struct entry *entry);
void exec_failed(struct thread *thread, long result);
