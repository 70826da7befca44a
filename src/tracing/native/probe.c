#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "notify.h"
#include "start.h"

static int try_ptrace(void);
static int try_filter(bool notify);
static int install(bool notify);

int probe(void) {
  int ptrace_error = try_ptrace(), filter_error = try_filter(false);
  int notify_error = notify_is_worth_it() ? try_filter(true) : 0;
  bool ptrace_works = !ptrace_error && !filter_error;
  bool notify_works = ptrace_works && notify_is_worth_it() && !notify_error;

  const char *separator = "";
  const char *words[] = {"false", "true"};
  printf("{\"ptrace\":%s,\"notify\":%s,\"reasons\":[", words[ptrace_works], words[notify_works]);
  if (ptrace_error) printf("\"ptrace: %s\"", ptrace_refusal(ptrace_error)), separator = ",";
  if (filter_error) printf("%s\"seccomp filter: %s\"", separator, strerror(filter_error)), separator = ",";
  if (!notify_is_worth_it()) printf("%s\"notifications: they need Linux 6.6 on x86-64\"", separator), separator = ",";
  if (notify_error) printf("%s\"notifications: %s\"", separator, strerror(notify_error));
  printf("]}\n");
  return 0;
}

static int try_ptrace(void) {
  pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  int error = ptrace(PTRACE_SEIZE, child, 0, TRACE_OPTIONS | PTRACE_O_TRACESECCOMP) == 0 ? 0 : errno;
  kill(child, SIGKILL);
  while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) continue;
  return error;
}

static int try_filter(bool notify) {
  pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) _exit(install(notify) >= 0 ? 0 : errno);
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static int install(bool notify) {
  struct sock_fprog filter = filter_make(notify);
  unsigned flags = notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}
