// Runs a command as root of many ids where there is one: whose files are is kept beside them, and told to who asks.
//
//   reproman-ids run [--tree TREE] -- COMMAND...
//   reproman-ids settle TREE
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "filter.h"
#include "keeping.h"
#include "places.h"
#include "supervise.h"

enum { OWN_FAILURE = 125 };
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static void run(const char *tree, char **command);
static void check_kernel(void);
static void stay_beside(const char *tree, int line);
static int install(bool watches_removals);
static bool tells_births(const char *folder);
static void send_descriptor(int line, int descriptor);
static int receive_descriptor(int line);

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "settle") == 0) {
    keeping_begin(words[2]);
    if (keeping_settle(true)) return 0;
    give_up("%s.owners is not written anew: %m", words[2]);
  }
  int at = 2;
  const char *tree = NULL;
  if (count > 4 && strcmp(words[2], "--tree") == 0) {
    tree = words[3];
    at = 4;
  }
  if (count < at + 2 || strcmp(words[1], "run") != 0 || strcmp(words[at], "--") != 0)
    give_up("usage: reproman-ids run [--tree TREE] -- COMMAND..., or reproman-ids settle TREE");
  run(tree, words + at + 1);
}

/** The command takes our place; who answers it stays beside it, and is nobody's child that could wait for it. */
static void run(const char *tree, char **command) {
  int line[2];
  char ready;
  check_kernel();
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) != 0) give_up("socketpair: %s", strerror(errno));
  pid_t between = fork();
  if (between < 0) give_up("fork: %s", strerror(errno));
  if (between == 0) {
    close(line[0]);
    pid_t beside = fork();
    if (beside == 0) stay_beside(tree, line[1]);
    _exit(beside < 0 ? OWN_FAILURE : 0);
  }
  close(line[1]);
  while (waitpid(between, NULL, 0) < 0 && errno == EINTR);
  if (read(line[0], &ready, 1) != 1) _exit(OWN_FAILURE);
  // A system is built in a temporary folder first, by some.
  const char *temporary = getenv("TMPDIR");
  int listener = install(!(tells_births(temporary ? temporary : "/tmp") && (!tree || tells_births(tree))));
  send_descriptor(line[0], listener);
  close(listener);
  if (read(line[0], &ready, 1) != 1) _exit(OWN_FAILURE);
  execvp(command[0], command);
  fprintf(stderr, "reproman-ids: %s: %s\n", command[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

/** Older ones install the filter all the same, and then cannot be answered, or not be left. */
static void check_kernel(void) {
  struct utsname system;
  int major, minor;
  uname(&system);
  if (sscanf(system.release, "%d.%d", &major, &minor) == 2 && (major < 5 || (major == 5 && minor < 9)))
    give_up("Linux 5.9 or newer is needed, and this is %s", system.release);
}

static void stay_beside(const char *tree, int line) {
  setsid();
  // Nothing that ends the command ends it before.
  for (int number = 1; number < 32; number++)
    if (number != SIGCHLD && number != SIGSEGV && number != SIGBUS && number != SIGABRT) signal(number, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, 0);
  if (tree) keeping_begin(tree);
  places_begin();
  if (write(line, "", 1) != 1) _exit(OWN_FAILURE);
  int listener = receive_descriptor(line);
  if (listener < 0) _exit(OWN_FAILURE);
  // Who waits for the command's output waits for the end of all that have it open.
  int nothing = open("/dev/null", O_RDWR);
  for (int number = 0; number < 3; number++) dup2(nothing, number);
  if (nothing > 2) close(nothing);
  if (write(line, "", 1) != 1) _exit(OWN_FAILURE);
  close(line);
  supervise(listener);
  keeping_settle(false);
  _exit(0);
}

static int install(bool watches_removals) {
  struct sock_fprog program = filter_program(watches_removals);
  // Before Linux 5.16 a filter slows all of its processes down otherwise: prctl(2), PR_SPEC_STORE_BYPASS.
  unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  unsigned more = flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;  // Linux 5.19
  int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, more, &program);
  if (listener < 0 && errno == EINVAL)
    listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (listener < 0) give_up("the kernel notifies of no calls: %s", strerror(errno));
  return listener;
}

static bool tells_births(const char *folder) {
  struct statx status;
  return statx(AT_FDCWD, folder, 0, STATX_BTIME, &status) == 0 && (status.stx_mask & STATX_BTIME);
}

static void send_descriptor(int line, int descriptor) {
  char room[CMSG_SPACE(sizeof descriptor)] = {0};
  struct iovec data = {"", 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  if (sendmsg(line, &message, 0) < 0) give_up("sendmsg: %s", strerror(errno));
}

static int receive_descriptor(int line) {
  char room[CMSG_SPACE(sizeof(int))] = {0}, byte;
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (recvmsg(line, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  int descriptor = -1;
  if (header) memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

void give_up(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("reproman-ids: ", stderr);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  exit(OWN_FAILURE);
}
