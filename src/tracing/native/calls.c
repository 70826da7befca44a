#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <sys/ptrace.h>

#include "log.h"
#include "names.h"
#include "options.h"
#include "rights.h"
#include "tell.h"

static enum verdict enter(struct thread *thread, const struct entry *entry, enum asking asking);
static bool begins_tracing(uint64_t request);
static void note_refusal(struct process *process);

static const char uring_refused[] = "io_uring was refused with ENOSYS: what goes through it cannot be traced";
static const char uring_unseen[] = "it uses io_uring: what goes through that cannot be traced";

enum verdict call_enter(struct thread *thread, const struct entry *entry, enum asking asking) {
  enum verdict verdict = enter(thread, entry, asking);
  if (verdict != ASK) pending_drop(thread);
  return verdict;
}

static enum verdict enter(struct thread *thread, const struct entry *entry, enum asking asking) {
  switch (entry->call->kind) {
    case CALL_OPEN:
    case CALL_OPEN_HOW:
    case CALL_STAT:
    case CALL_ACCESS:
    case CALL_READLINK: return look_enter(thread, entry, asking);

    case CALL_RANDOM:
      if (tell_is_new(thread->process, "random")) {
        log_event("random", thread->process->pid);
        log_end();
      }
      return LET_GO;

    case CALL_EXEC: return exec_enter(thread, entry);

    case CALL_CONNECT:
    case CALL_BIND: return socket_enter(thread, entry);

    case CALL_TRACE:
      if (!begins_tracing(argument(entry, 1))) return LET_GO;
      pending_start(thread, entry->call);
      return ASK;

    case CALL_URING:
      // What is done through such a ring passes by seccomp and ptrace; programs fall back to plain calls. One that was
      // attached to may have its ring already.
      if (tell_is_new(thread->process, "io_uring")) {
        log_note(thread->process->pid, "%s", options.attach ? uring_unseen : uring_refused);
      }
      return options.attach ? LET_GO : REFUSE;

    case CALL_RECEIVE:
    case CALL_CLOSE: return names_enter(thread, entry);

    default: return change_enter(thread, entry);
  }
}

void call_leave(struct thread *thread, long result) {
  if (!call_begins_anew(result)) {
    switch (thread->pending->call->kind) {
      case CALL_EXEC: exec_failed(thread, result); break;
      case CALL_CONNECT:
      case CALL_BIND: socket_leave(thread, result); break;
      case CALL_RECEIVE: names_leave(thread, result); break;
      case CALL_TRACE:
        if (result == -EPERM) note_refusal(thread->process);
        break;
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

bool call_begins_anew(long result) {
  return result <= -512 && result >= -516;  // include/linux/errno.h
}

static bool begins_tracing(uint64_t request) {
  return request == PTRACE_TRACEME || request == PTRACE_ATTACH || request == PTRACE_SEIZE;
}

static void note_refusal(struct process *process) {
  if (!tell_is_new(process, "ptrace")) return;
  log_note(process->pid, "it was refused to trace (ptrace gave EPERM): only one can at a time, and this trace does");
}
