#define _GNU_SOURCE
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "options.h"
#include "progress.h"

// Signals that are the command's business: who runs the foreground hands them to it, or the terminal does.
static const int passed_by[] = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP,  SIGUSR1, SIGUSR2,
                                SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
static const int end_requests[] = {SIGINT, SIGTERM, SIGHUP};

#define EACH(item, list) (size_t item = 0; item < sizeof list / sizeof *list; item++)

static int outcome[2];
static pid_t tracer;

_Noreturn static void wait_for_tracer(void);
static void ask_for_end(int signal);
static void note_end_request(int signal);
static void tick(int signal);
static void let_go_of_streams(int last);

sigset_t front_split(void) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  if (pipe2(outcome, O_CLOEXEC) != 0) give_up("no pipe: %s", strerror(errno));

  pid_t front = getpid();
  tracer = fork();
  if (tracer < 0) give_up("cannot start a process: %s", strerror(errno));
  if (tracer > 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    wait_for_tracer();
  }
  close(outcome[0]);
  // Without its foreground the tracer ends, and with it everything that it traces.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != front) _exit(EXIT_OWN_FAILURE);
  return before;
}

void front_detach(void) {
  setsid();
  let_go_of_streams(STDOUT_FILENO);
  for EACH (index, passed_by) signal(passed_by[index], SIG_IGN);
  struct sigaction request = {.sa_handler = note_end_request}, ticks = {.sa_handler = tick};
  sigaction(SIGTERM, &request, NULL);
  sigaction(SIGALRM, &ticks, NULL);
  if (options.progress >= 0 || options.wait > 0) {
    struct itimerval often = {{0, 100000}, {0, 100000}};
    setitimer(ITIMER_REAL, &often, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

void front_release(int code) {
  if (outcome[1] < 0) return;
  // What is left of the command may outlive the foreground.
  prctl(PR_SET_PDEATHSIG, 0);
  setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
  let_go_of_streams(STDERR_FILENO);
  progress_close();
  if (chdir("/") != 0 || write(outcome[1], &code, sizeof code) < 0) errno = 0;
  close(outcome[1]);
  outcome[1] = -1;
}

_Noreturn static void wait_for_tracer(void) {
  close(outcome[1]);
  for EACH (index, passed_by) signal(passed_by[index], SIG_IGN);
  for EACH (index, end_requests) signal(end_requests[index], ask_for_end);
  let_go_of_streams(STDOUT_FILENO);

  int code, status;
  ssize_t count;
  while ((count = read(outcome[0], &code, sizeof code)) < 0 && errno == EINTR) continue;
  if (count == sizeof code) _exit(code);
  // The tracer has said why, or was killed.
  while (waitpid(tracer, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  _exit(EXIT_OWN_FAILURE);
}

static void ask_for_end(int signal) {
  (void)signal;
  kill(tracer, SIGTERM);
}

static void note_end_request(int signal) {
  (void)signal;
  end_is_asked = 1;
}

/** Only interrupts the waiting of the loop, so that it looks at the clock. */
static void tick(int signal) {
  (void)signal;
}

static void let_go_of_streams(int last) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = 0; nothing >= 0 && stream <= last; stream++) dup2(nothing, stream);
  if (nothing > last) close(nothing);
}
