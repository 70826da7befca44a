// The stops of the native tracer and nothing else: the same filter, the same calls stopped at, and each let go at once.
// What a command takes under this is what no tracer with these stops can be faster than. Its signals may break calls off.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/tracing/native/filter.h"

// Linux 6.6; headers may be older.
#define SET_FLAGS SECCOMP_IOW(4, __u64)
#define SYNC_WAKE_UP (1ul << 0)
#define WAIT_KILLABLE (1ul << 5)
#define SYSCALL_STOP (SIGTRAP | 0x80)

static int *listener;

static void *answer(void *unused) {
  static union { struct seccomp_notif notif; char room[1024]; } request;
  struct pollfd state = {.fd = *listener};
  (void)unused;
  for (;;) {
    memset(&request, 0, sizeof request);
    if (ioctl(*listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) {
      if (poll(&state, 1, 0) == 1 && (state.revents & POLLHUP)) return NULL;
      continue;
    }
    struct seccomp_notif_resp go = {.id = request.notif.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(*listener, SECCOMP_IOCTL_NOTIF_SEND, &go);
  }
}

static int command(void *argv) {
  struct sock_fprog filter = filter_make(true);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW | WAIT_KILLABLE;
  *listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  raise(SIGSTOP);
  execvp(*(char **)argv, argv);
  _exit(127);
}

static void go_on(pid_t tid, int status) {
  int event = status >> 16, signal = WSTOPSIG(status);
  if (event == PTRACE_EVENT_SECCOMP) {
    ptrace(PTRACE_SYSCALL, tid, 0, 0);  // and once more at the call's end
  } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
    ptrace(PTRACE_LISTEN, tid, 0, 0);
  } else {
    ptrace(PTRACE_CONT, tid, 0, event || signal == SYSCALL_STOP ? 0 : signal);
  }
}

int main(int argc, char **argv) {
  static char stack[1 << 16];
  if (argc < 2) return 2;
  listener = mmap(NULL, sizeof *listener, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  // With its descriptors in common until it executes, its listener is ours too.
  pid_t child = clone(command, stack + sizeof stack, CLONE_FILES | SIGCHLD, argv + 1);
  int status, code = 1;
  waitpid(child, &status, WUNTRACED);
  if (*listener < 0 || ioctl(*listener, SET_FLAGS, SYNC_WAKE_UP) != 0) return 125;
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                 PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, child, 0, options) != 0) return 125;
  pthread_t thread;
  pthread_create(&thread, NULL, answer, NULL);
  kill(child, SIGCONT);
  for (pid_t tid; (tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
    if (WIFSTOPPED(status)) go_on(tid, status);
    if (tid == child && WIFEXITED(status)) code = WEXITSTATUS(status);
  }
  return code;
}
