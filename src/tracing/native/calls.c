#define _GNU_SOURCE
#include "calls.h"

#include <sys/ptrace.h>

#include "log.h"
#include "rights.h"
#include "tell.h"

static enum verdict enter(struct thread *thread, const struct entry *entry, bool can_ask);
static void note_tracing(struct process *process, uint64_t request);

enum verdict call_enter(struct thread *thread, const struct entry *entry, bool can_ask) {
  enum verdict verdict = enter(thread, entry, can_ask);
  if (verdict != ASK) pending_drop(thread);
  return verdict;
}

static enum verdict enter(struct thread *thread, const struct entry *entry, bool can_ask) {
  switch (entry->call->kind) {
    case CALL_OPEN:
    case CALL_OPEN_HOW:
    case CALL_STAT:
    case CALL_ACCESS:
    case CALL_READLINK: return look_enter(thread, entry, can_ask);

    case CALL_RANDOM:
      if (!thread->process->told_random) {
        log_event("random", thread->process->pid);
        log_end();
      }
      thread->process->told_random = true;
      return LET_GO;

    case CALL_EXEC: return exec_enter(thread, entry);

    case CALL_CONNECT:
    case CALL_BIND: return socket_enter(thread, entry);

    case CALL_TRACE: note_tracing(thread->process, argument(entry, 1)); return LET_GO;

    case CALL_URING:
      // What is done through such a ring passes by seccomp and ptrace; programs fall back to plain calls.
      if (tell_is_new(thread->process, "io_uring")) {
        log_note(thread->process->pid, "io_uring was refused with ENOSYS: what goes through it cannot be traced");
      }
      return REFUSE;

    default: return change_enter(thread, entry);
  }
}

void call_leave(struct thread *thread, long result) {
  // The kernel starts such a call again, and then it is entered again.
  bool restarted = result <= -512 && result >= -516;
  if (!restarted) {
    switch (thread->pending->call->kind) {
      case CALL_EXEC: exec_failed(thread, result); break;
      case CALL_CONNECT:
      case CALL_BIND: socket_leave(thread, result); break;
      case CALL_IDENTITY: rights_update(thread->process); break;
      default:
        if (thread->pending->looks) {
          look_leave(thread, result);
        } else {
          change_leave(thread, result);
        }
    }
  }
  pending_drop(thread);
}

static void note_tracing(struct process *process, uint64_t request) {
  bool begins = request == PTRACE_TRACEME || request == PTRACE_ATTACH || request == PTRACE_SEIZE;
  if (begins && tell_is_new(process, "ptrace")) {
    log_note(process->pid, "it asks to trace a program (ptrace), which only one tracer can at a time: this one does");
  }
}
