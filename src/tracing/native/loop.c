// The ptrace side: one stop after the other, as waitid reports them.
#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "exec.h"
#include "life.h"
#include "log.h"
#include "names.h"
#include "notify.h"
#include "options.h"
#include "progress.h"
#include "stops.h"
#include "tracee.h"
#include "turns.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)

static void stopped(pid_t tid, int status);
static void call_stopped(struct thread *thread);
static void child_made(pid_t parent_tid, struct thread *parent);
static void program_started(struct thread *thread, bool alone);
static void resume(pid_t tid, const struct thread *thread, int signal);
static void let_go(pid_t tid, int signal);
static void child_let_go(pid_t parent);
static void interrupt(struct thread *thread);
static unsigned long event_message(pid_t tid);

static bool detaching;

void loop_run(void) {
  for (;;) {
    // A stop is left unread (WNOWAIT): resuming the thread takes it back. An end is looked at before it is reaped,
    // while /proc still has the process.
    siginfo_t info = {0};
    struct rusage usage;
    long waited = syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL, &usage);
    int error = errno;
    notes_lock();
    interrupt_grant();
    if (waited < 0 && error == ECHILD) break;
    if (waited == 0 && (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED)) {
      thread_ended(info.si_pid, info.si_code == CLD_EXITED, info.si_status, &usage);
    } else if (waited == 0) {
      stopped(info.si_pid, info.si_status);
    }
    progress_tell();
    if (trace_end_is_due()) trace_end();
    if (options.attach && tracing_is_over && !detaching) {
      detaching = true;
      each_thread(interrupt);
    }
    notes_unlock();
  }
  notes_unlock();
}

/** `status` is the signal in the low byte and the event above it. */
static void stopped(pid_t tid, int status) {
  struct thread *thread = thread_find(tid);
  int signal = status & 0xff, event = status >> 8;
  bool is_plain_signal = event == 0 && signal != SYSCALL_STOP;
  if (detaching) {
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) child_let_go(tid);
    let_go(tid, is_plain_signal ? signal : 0);
    return;
  }
  if (!thread && !tracing_is_over) {
    // A child that is faster than its parent's event: it is held, and read away, until that names it.
    early_add(tid);
    waitpid(tid, &status, __WALL | WNOHANG);
    return;
  }

  if (signal == SYSCALL_STOP || event == PTRACE_EVENT_SECCOMP) {
    if (!tracing_is_over) call_stopped(thread);
    resume(tid, thread, 0);
  } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
    child_made(tid, thread);
    resume(tid, thread, 0);
  } else if (event == PTRACE_EVENT_EXEC) {
    // Of a thread that has taken its leader's id the kernel lets nobody touch this stop who has not read it.
    bool alone = thread && thread->process->threads == 1;
    if (!alone) waitpid(tid, &status, __WALL | WNOHANG);
    if (!tracing_is_over) program_started(thread, alone);
    resume(tid, thread_find(tid), 0);
  } else if (event == PTRACE_EVENT_STOP) {
    interrupt_over(thread);
    if (signal == SIGTRAP) {
      resume(tid, thread, 0);
    } else {
      // Stopped by job control: it stays so until it is continued, and is not to be resumed.
      ptrace(PTRACE_LISTEN, tid, 0, 0);
    }
  } else if (event == 0) {
    notify_repair_restart(tid);
    resume(tid, thread, signal);
  } else {
    resume(tid, thread, 0);
  }
}

static void call_stopped(struct thread *thread) {
  struct stop stop;
  if (!stop_read(thread->tid, &stop)) return;
  if (stop.kind == STOP_EXIT) {
    if (thread->pending) call_leave(thread, (long)stop.exit.result);
    return;
  }
  const struct call_table *table = table_for(stop.arch);
  struct entry entry = {.call = table ? call_numbered(table, stop.entry.number) : NULL};
  // A thread that stops at every call for an answer's sake comes here once more for those that the filter stops.
  bool for_names = stop.kind == STOP_ENTRY && !options.attach;
  if (for_names) names_count(thread);
  if (!entry.call || (for_names && entry.call->kind < FIRST_UNFILTERED)) return;
  entry.pointer_size = table->pointer_size;
  for (int index = 0; index < 6; index++) entry.arguments[index] = stop.entry.arguments[index];
  if (call_enter(thread, &entry, AT_EXIT) == REFUSE) stop_refuse_call(thread->tid);
}

static void child_made(pid_t parent_tid, struct thread *parent) {
  pid_t tid = (pid_t)event_message(parent_tid);
  if (tid == 0) return;
  if (!tracing_is_over) child_begins(parent, tid, stop_clone_flags(parent_tid));
  if (early_take(tid)) resume(tid, thread_find(tid), 0);
}

static void program_started(struct thread *thread, bool alone) {
  // Whichever thread called exec, it has the process's id now and the others are gone.
  pid_t former = alone ? thread->tid : (pid_t)event_message(thread->tid);
  exec_done(process_keep_only(thread->process, former));
}

/** Calls whose end is awaited stop once more there; a process that was attached to has no filter and stops at each. */
static void resume(pid_t tid, const struct thread *thread, int signal) {
  bool awaits = thread && !tracing_is_over && (thread->pending || names_awaited(thread));
  bool calls = options.attach || awaits;
  if (ptrace(calls ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, signal) == 0) return;
  // It was killed, or is no longer where it stopped: a stop that is left unread would be told again for ever.
  siginfo_t info;
  waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL);
  ptrace(calls ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, signal);
}

static void let_go(pid_t tid, int signal) {
  int status;
  waitpid(tid, &status, __WALL | WNOHANG);  // after an exec by a thread the stop must be read first
  struct thread *thread = thread_find(tid);
  if (ptrace(PTRACE_DETACH, tid, 0, signal) == 0 && thread) thread_remove(thread);
}

/** A child that was faster than this event is held, and stops no more. */
static void child_let_go(pid_t parent) {
  pid_t child = (pid_t)event_message(parent);
  if (early_take(child)) let_go(child, 0);
}

/** Makes a thread stop, so that it can be detached. */
static void interrupt(struct thread *thread) {
  ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0);
}

static unsigned long event_message(pid_t tid) {
  unsigned long message = 0;
  ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
  return message;
}
