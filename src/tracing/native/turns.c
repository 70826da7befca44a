// How the two threads of the tracer share their work. ptrace(2) serves none but the thread that began the trace.
#define _GNU_SOURCE
#include "turns.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <time.h>

#include "calls.h"
#include "log.h"
#include "stops.h"

#define MOMENT 1000000  // nanoseconds

static pthread_mutex_t notes = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t granted = PTHREAD_COND_INITIALIZER;
static pthread_t loop;
static pid_t wanted;

void notes_lock(void) {
  pthread_mutex_lock(&notes);
}

void notes_unlock(void) {
  pthread_mutex_unlock(&notes);
}

void interrupts_begin(void) {
  loop = pthread_self();
}

void interrupt_ask(pid_t tid) {
  wanted = tid;
  while (wanted) {
    // The signal ends the loop's waiting. It may come just before that begins: then it is sent again.
    pthread_kill(loop, SIGALRM);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += MOMENT;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    pthread_cond_timedwait(&granted, &notes, &soon);
  }
}

void interrupt_grant(void) {
  if (!wanted) return;
  struct thread *thread = thread_find(wanted);
  wanted = 0;
  pthread_cond_signal(&granted);
  if (!thread) return;
  thread->interrupted = ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0) == 0;
  if (!thread->interrupted) pending_drop(thread);
}

void interrupt_over(struct thread *thread) {
  if (!thread || !thread->interrupted) return;
  thread->interrupted = false;
  if (!thread->pending || tracing_is_over) return;

  long result = stop_result(thread->tid);
  // Only a signal gives this, and there may be none: the interruption looks like one.
  if (result == -EINTR) stop_call_again(thread->tid);
  thread->begins_anew = result == -EINTR || call_begins_anew(result);
  if (thread->begins_anew) {
    pending_drop(thread);
  } else {
    call_leave(thread, result);
  }
}
