#pragma once
#include "pending.h"

enum verdict {
  LET_GO,    // nothing more is needed of this call
  ASK,       // its result is asked at its exit
  REFUSE,    // it must not happen: ENOSYS
};

/** Takes note of a call at its entry. Without `can_ask` the result of a look is what the tracer sees itself. */
enum verdict call_enter(struct thread *thread, const struct entry *entry, bool can_ask);

/** Takes note of how a call ended that was asked for: zero or more, or minus an errno. */
void call_leave(struct thread *thread, long result);

// The kinds of calls, each in a file of its own.
enum verdict look_enter(struct thread *thread, const struct entry *entry, bool can_ask);
enum verdict open_look(struct thread *thread, const struct entry *entry, unsigned long long flags, bool can_ask);
void look_leave(struct thread *thread, long result);
enum verdict change_enter(struct thread *thread, const struct entry *entry);
void change_leave(struct thread *thread, long result);
enum verdict socket_enter(struct thread *thread, const struct entry *entry);
void socket_leave(struct thread *thread, long result);
enum verdict exec_enter(struct thread *thread, const struct entry *entry);
void exec_failed(struct thread *thread, long result);
