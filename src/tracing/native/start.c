#define _GNU_SOURCE
#include "start.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "options.h"
#include "program.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

// What goes over the channel: the parent's two permissions, and the child's answer between them.
struct answer {
  int error;
  bool notify;
};

_Noreturn static void become_command(int channel, const sigset_t *mask, bool notify, pid_t parent);
static struct answer install_filter(bool notify, int *listener);
static int install(unsigned flags, struct sock_fprog *filter);
static void send_answer(int channel, struct answer answer, int listener);
static bool receive_answer(int channel, struct answer *answer, int *listener);

struct started start_command(const sigset_t *mask, bool notify) {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) give_up("no socket pair: %s", strerror(errno));

  pid_t parent = getpid(), child = fork();
  if (child < 0) give_up("cannot start a process: %s", strerror(errno));
  if (child == 0) {
    close(channel[0]);  // else the child would wait for itself when the tracer fails
    become_command(channel[1], mask, notify, parent);
  }
  close(channel[1]);

  struct started started = {child, channel[0], -1};
  struct answer answer;
  if (ptrace(PTRACE_SEIZE, child, 0, TRACE_OPTIONS | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) != 0) {
    give_up("cannot trace: %s", ptrace_refusal(errno));
  }
  start_go(&started);
  if (!receive_answer(started.channel, &answer, &started.listener)) give_up("the command's process ended before it began");
  if (answer.error) give_up("cannot install a seccomp filter: %s", strerror(answer.error));
  return started;
}

void start_go(struct started *started) {
  if (write(started->channel, "", 1) != 1) give_up("the command's process ended before it began");
}

const char *ptrace_refusal(int error) {
  static char text[160];
  char line[128], other[32] = "";
  int tracer = 0;
  FILE *status = fopen("/proc/self/status", "re");
  while (status && fgets(line, sizeof line, status)) sscanf(line, "TracerPid: %d", &tracer);
  if (status) fclose(status);
  if (tracer == 0) return strerror(error);

  snprintf(line, sizeof line, "/proc/%d/comm", tracer);
  FILE *name = fopen(line, "re");
  if (name && fgets(other, sizeof other, name)) other[strcspn(other, "\n")] = 0;
  if (name) fclose(name);
  snprintf(text, sizeof text, "%s, process %d, traces this already, and only one tracer at a time can", other, tracer);
  return text;
}

_Noreturn static void become_command(int channel, const sigset_t *mask, bool notify, pid_t parent) {
  char byte;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent || read(channel, &byte, 1) != 1) _exit(EXIT_OWN_FAILURE);
  prctl(PR_SET_PDEATHSIG, 0);  // from here on the tracer's end ends this process

  struct program program = program_find();
  int listener = -1;
  struct answer answer = install_filter(notify, &listener);
  send_answer(channel, answer, listener);
  if (answer.error || read(channel, &byte, 1) != 1) _exit(EXIT_OWN_FAILURE);

  sigprocmask(SIG_SETMASK, mask, NULL);
  program_run(&program);
}

static struct answer install_filter(bool notify, int *listener) {
  struct answer answer = {0, notify};
  if (notify) {
    struct sock_fprog filter = filter_make(true, options.exact);
    int installed = install(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &filter);
    if (installed >= 0) {
      *listener = installed;
      return answer;
    }
    // Somebody listens already, as in some containers; or the kernel is too old.
    answer.notify = false;
    if (options.layer == LAYER_NOTIFY) {
      answer.error = errno;
      return answer;
    }
  }
  struct sock_fprog filter = filter_make(false, options.exact);
  if (install(0, &filter) < 0) answer.error = errno;
  return answer;
}

static int install(unsigned flags, struct sock_fprog *filter) {
  flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
  if (result >= 0 || errno != EACCES) return result;
  // Only root may filter programs that could gain rights; others promise first that they will not.
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
}

static void send_answer(int channel, struct answer answer, int listener) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec content = {&answer, sizeof answer};
  struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};
  if (listener >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_len = CMSG_LEN(sizeof listener);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
  }
  sendmsg(channel, &message, MSG_NOSIGNAL);
}

static bool receive_answer(int channel, struct answer *answer, int *listener) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec content = {answer, sizeof *answer};
  struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != sizeof *answer) return false;
  if (message.msg_controllen >= CMSG_LEN(sizeof *listener) && control.header.cmsg_type == SCM_RIGHTS) {
    memcpy(listener, CMSG_DATA(&control.header), sizeof *listener);
  }
  return true;
}
