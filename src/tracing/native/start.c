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

static const char ended_early[] = "the command's process ended before it began";

_Noreturn static void become_command(int channel, const sigset_t *mask, bool notify, pid_t parent);
static bool scope_forbids(void);
static int install_filter(bool notify, int *listener);
static int install(unsigned flags, struct sock_fprog *filter);
static void send_answer(int channel, int error, int listener);
static bool receive_answer(int channel, int *error, int *listener);

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
  if (ptrace(PTRACE_SEIZE, child, 0, TRACE_OPTIONS | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) != 0) {
    give_up("cannot trace: %s", ptrace_refusal(errno));
  }
  start_go(&started);
  // The child's answer is the first call that its filter stops; without a filter it ends.
  int status, error;
  if (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status)) ptrace(PTRACE_CONT, child, 0, 0);
  if (!receive_answer(started.channel, &error, &started.listener)) give_up("%s", ended_early);
  if (error) give_up("cannot install a seccomp filter: %s", strerror(error));
  return started;
}

void start_go(struct started *started) {
  if (write(started->channel, "", 1) != 1) give_up("%s", ended_early);
}

const char *ptrace_refusal(int error) {
  static char text[160];
  char line[128], other[32] = "";
  int tracer = 0;
  FILE *status = fopen("/proc/self/status", "re");
  while (status && fgets(line, sizeof line, status)) sscanf(line, "TracerPid: %d", &tracer);
  if (status) fclose(status);
  if (tracer == 0) return scope_forbids() ? "kernel.yama.ptrace_scope forbids it on this machine" : strerror(error);

  snprintf(line, sizeof line, "/proc/%d/comm", tracer);
  FILE *name = fopen(line, "re");
  if (name && fgets(other, sizeof other, name)) other[strcspn(other, "\n")] = 0;
  if (name) fclose(name);
  snprintf(text, sizeof text, "%s, process %d, traces this already, and only one tracer at a time can", other, tracer);
  return text;
}

/** Yama lets a parent trace its children up to scope 1; 2 asks for CAP_SYS_PTRACE, 3 for a restart of the machine. */
static bool scope_forbids(void) {
  int scope = 0;
  FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
  if (file && fscanf(file, "%d", &scope) != 1) scope = 0;
  if (file) fclose(file);
  return scope >= 2;
}

_Noreturn static void become_command(int channel, const sigset_t *mask, bool notify, pid_t parent) {
  char byte;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent || read(channel, &byte, 1) != 1) _exit(EXIT_OWN_FAILURE);
  prctl(PR_SET_PDEATHSIG, 0);  // from here on the tracer's end ends this process

  struct program program = program_find();
  int listener = -1;
  int error = install_filter(notify, &listener);
  send_answer(channel, error, listener);
  if (error || read(channel, &byte, 1) != 1) _exit(EXIT_OWN_FAILURE);

  sigprocmask(SIG_SETMASK, mask, NULL);
  program_run(&program);
}

/** Returns an errno; `listener` stays as it is where the filter notifies nobody. */
static int install_filter(bool notify, int *listener) {
  if (notify) {
    struct sock_fprog filter = filter_make(true);
    int installed = install(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &filter);
    if (installed >= 0) {
      *listener = installed;
      return 0;
    }
    // Somebody listens already, as in some containers.
    if (options.layer == LAYER_NOTIFY) return errno;
  }
  struct sock_fprog filter = filter_make(false);
  return install(0, &filter) < 0 ? errno : 0;
}

static int install(unsigned flags, struct sock_fprog *filter) {
  flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
  if (result >= 0 || errno != EACCES) return result;
  // Only root may filter programs that could gain rights; others promise first that they will not.
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
}

static void send_answer(int channel, int error, int listener) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec content = {&error, sizeof error};
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

static bool receive_answer(int channel, int *error, int *listener) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec content = {error, sizeof *error};
  struct msghdr message = {
      .msg_iov = &content,
      .msg_iovlen = 1,
      .msg_control = &control,
      .msg_controllen = sizeof control,
  };
  if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != sizeof *error) return false;
  if (message.msg_controllen >= CMSG_LEN(sizeof *listener) && control.header.cmsg_type == SCM_RIGHTS) {
    memcpy(listener, CMSG_DATA(&control.header), sizeof *listener);
  }
  return true;
}
