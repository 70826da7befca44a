// The second layer: calls that only look are answered by seccomp user notifications (seccomp_unotify(2)), which cost
// one change of context each way, where a ptrace stop costs several.
#define _GNU_SOURCE
#include "notify.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "calls.h"
#include "log.h"
#include "options.h"
#include "stops.h"
#include "turns.h"

// Linux 6.6; C libraries' headers may be older.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1ul << 0)
#endif

static int listener = -1;

static void *answer_all(void *unused);
static bool nobody_is_left(void);
static void take_note(const struct seccomp_notif *request);
static call_test opens_what_waits;

bool notify_is_worth_it(void) {
#ifdef __x86_64__
  struct utsname system;
  int major, minor;
  uname(&system);
  return sscanf(system.release, "%d.%d", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 6));
#else
  return false;
#endif
}

void notify_start(int from) {
  listener = from;
  interrupts_begin();
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);

  pthread_t thread;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // signals are the loop's
  int error = pthread_create(&thread, NULL, answer_all, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) give_up("cannot start a thread: %s", strerror(error));
  pthread_detach(thread);
}

static void *answer_all(void *unused) {
  (void)unused;
  // A younger kernel may have more to say than these structures hold.
  static union { struct seccomp_notif notif; char room[1024]; } request;
  static union { struct seccomp_notif_resp resp; char room[1024]; } response;
  for (;;) {
    memset(&request, 0, sizeof request);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request.notif) != 0) {
      // Broken off before it was received; or nobody is left whom the filter stops, and then it would say so for ever.
      if (errno == EINTR || (errno == ENOENT && !nobody_is_left())) continue;
      return NULL;
    }
    if (!tracing_is_over) take_note(&request.notif);
    memset(&response, 0, sizeof response);
    response.resp.id = request.notif.id;
    response.resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    // Fails where the call was broken off meanwhile; it will come again.
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response.resp);
  }
}

static bool nobody_is_left(void) {
  struct pollfd state = {.fd = listener};
  return poll(&state, 1, 0) == 1 && (state.revents & POLLHUP);
}

static void take_note(const struct seccomp_notif *request) {
  const struct call_table *table = table_for(request->data.arch);
  struct entry entry = {.call = table ? call_numbered(table, (uint64_t)request->data.nr) : NULL};
  if (!entry.call) return;
  entry.pointer_size = table->pointer_size;
  for (int index = 0; index < 6; index++) entry.arguments[index] = request->data.args[index];

  notes_lock();
  struct thread *thread = thread_find((pid_t)request->pid);
  if (thread && !tracing_is_over) {
    // What an interruption broke off is not asked for once more.
    enum asking asking = thread->begins_anew ? NOT_AT_ALL : BY_INTERRUPT;
    thread->begins_anew = false;
    if (call_enter(thread, &entry, asking) == ASK) interrupt_ask((pid_t)request->pid);
  }
  notes_unlock();
}

void notify_repair_restart(pid_t tid) {
  if (listener >= 0) stop_repair_restart(tid, opens_what_waits);
}

/** Whether a call may truly be interrupted: it opens a FIFO or a device, or it is none that is notified. */
static bool opens_what_waits(pid_t tid, uint32_t arch, uint64_t number, const uint64_t *arguments) {
  static struct place place;
  const struct call_table *table = table_for(arch);
  const struct call *call = table ? call_numbered(table, number) : NULL;
  if (!call || call->kind > LAST_LOOK || call->kind == CALL_RANDOM) return true;
  if (call->kind != CALL_OPEN) return false;

  struct entry entry = {.call = call, .pointer_size = table->pointer_size};
  memcpy(entry.arguments, arguments, sizeof entry.arguments);
  struct thread *thread = thread_find(tid);
  if (!thread || !open_only_looks(argument(&entry, call->flags) | call->fixed)) return true;
  if (!place_of_call(thread, &entry, &place)) return false;
  place_look(thread, &place, true);
  return place.error == 0 && !S_ISREG(place.status.st_mode) && !S_ISDIR(place.status.st_mode);
}
