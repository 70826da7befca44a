#define _GNU_SOURCE
#include "supervise.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "calls.h"
#include "handlers.h"
#include "keeping.h"

// Linux 6.6; C libraries' headers may be older.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1ul << 0)
#endif

static struct answer answer_to(int listener, const struct seccomp_notif *notified);
static handler *handler_of(enum kind kind);

void supervise(int listener) {
  // A younger kernel may have more to say than this structure holds.
  static union { struct seccomp_notif notif; char room[1024]; } request;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  struct pollfd state = {.fd = listener, .events = POLLIN};
  for (;;) {
    // Older kernels would wait for ever in the next call where nobody is left.
    if (poll(&state, 1, -1) < 0 && errno != EINTR) return;
    if (!(state.revents & POLLIN)) {
      if (state.revents & (POLLHUP | POLLERR)) return;
      continue;
    }
    memset(&request, 0, sizeof request);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request.notif) != 0) {
      // Broken off before it was received.
      if (errno == EINTR || errno == ENOENT) continue;
      return;
    }
    struct answer answer = answer_to(listener, &request.notif);
    if (answer.what != ANSWERED) send_answer(listener, request.notif.id, answer);
  }
}

bool send_answer(int listener, uint64_t id, struct answer answer) {
  // A younger kernel may take more than this structure holds.
  static union { struct seccomp_notif_resp resp; char room[1024]; } response;
  memset(&response, 0, sizeof response);
  response.resp.id = id;
  if (answer.what == GO_ON) response.resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  else if (answer.value < 0) response.resp.error = (int)answer.value;
  else response.resp.val = answer.value;
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response.resp) == 0) return true;
  // What cannot let the kernel go on must not leave the process without an answer.
  if (errno == EINVAL && answer.what == GO_ON) return send_answer(listener, id, result_of(-ENOSYS));
  return errno != ENOENT;
}

static struct answer answer_to(int listener, const struct seccomp_notif *notified) {
  const struct call *call = call_numbered(notified->data.arch, notified->data.nr);
  if (!call) return go_on;
  struct request request = {
    .pid = (pid_t)notified->pid, .call = call, .id = notified->id, .listener = listener,
    .is_compat = notified->data.arch == AUDIT_ARCH_I386,
  };
  memcpy(request.arguments, notified->data.args, sizeof request.arguments);
  keeping_catch_up();
  return handler_of(call->kind)(&request);
}

const struct call *call_numbered(uint32_t architecture, int number) {
  for (int table = 0; table < TABLES; table++) {
    if (tables[table].architecture != architecture) continue;
    for (const struct call *call = tables[table].calls; call->number != NO_CALL; call++)
      if (call->number == number) return call;
  }
  return NULL;
}

static struct answer refuse(const struct request *request) {
  (void)request;
  return result_of(-ENOSYS);
}

static handler *handler_of(enum kind kind) {
  switch (kind) {
    case STAT: case STATX: return do_stat;
    case CHOWN: return do_chown;
    case EXEC: return before_exec;
    case REMOVE: return before_remove;
    case GET_RIGHTS: return get_rights;
    case SET_RIGHTS: return set_rights;
    case CONTROL: return control;
    case REFUSE: return refuse;
    case MOUNT: return before_mount;
    case CONFIGURE: return before_configuring;
    case OPEN: case OPEN_HOW: case MKDIR: case MKNOD: case SYMLINK: return do_create;
    default: return kind <= GET_GROUPS ? get_ids : set_ids;
  }
}
