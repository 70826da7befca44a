#define _GNU_SOURCE
#include "rights.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "place.h"

// As many supplementary groups as are modelled; the kernel allows 65,536, nobody has them.
#define MOST_GROUPS 256

struct rights {
  bool elsewhere;  // in another user namespace than the tracer
  uid_t user;
  gid_t group;
  size_t count;
  gid_t groups[MOST_GROUPS];
};

static struct rights *read_rights(pid_t pid);
static bool is_elsewhere(pid_t pid);

void rights_update(struct process *process) {
  rights_free(process->rights);
  process->rights = NULL;

  struct rights *rights = read_rights(process->pid);
  if (!rights) return;
  rights->elsewhere = is_elsewhere(process->pid);
  if (rights_own_user(rights->user) && !rights->elsewhere) {
    free(rights);
  } else {
    process->rights = rights;
  }
}

bool rights_own_user(uid_t user) {
  static uid_t own = (uid_t)-1;
  if (own == (uid_t)-1) own = geteuid();
  return user == own;
}

bool rights_are_unsure(const struct process *process) {
  return process->rights && process->rights->elsewhere;
}

void rights_take(const struct process *process) {
  const struct rights *rights = process->rights;
  if (!rights || !rights_own_user(0)) return;
  // By the kernel's own calls: those of the C library would change all threads. Leaving user 0 takes the capabilities
  // that pass over file modes away, coming back returns them.
  syscall(SYS_setgroups, rights->count, rights->groups);
  syscall(SYS_setfsgid, rights->group);
  syscall(SYS_setfsuid, rights->user);
}

void rights_return(const struct process *process) {
  if (!process->rights || !rights_own_user(0)) return;
  syscall(SYS_setfsuid, 0);
  syscall(SYS_setfsgid, getegid());
}

void rights_free(struct rights *rights) {
  free(rights);
}

static bool is_elsewhere(pid_t pid) {
  char own[PATH_MAX], other[PATH_MAX];
  return proc_link(own, "/proc/self/ns/user") && proc_link(other, "/proc/%d/ns/user", pid) && strcmp(own, other) != 0;
}

/** The ids that count for files, from /proc/PID/status: the last of four. */
static struct rights *read_rights(pid_t pid) {
  char path[32], text[8192];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return NULL;
  text[length] = 0;

  const char *users = strstr(text, "\nUid:"), *groups = strstr(text, "\nGid:"), *more = strstr(text, "\nGroups:");
  struct rights *rights = calloc(1, sizeof *rights);
  if (!rights || !users || !groups || !more || sscanf(users + 5, "%*u %*u %*u %u", &rights->user) != 1 ||
      sscanf(groups + 5, "%*u %*u %*u %u", &rights->group) != 1) {
    free(rights);
    return NULL;
  }

  char *end;
  for (const char *at = more + 8; rights->count < MOST_GROUPS; at = end) {
    while (*at == ' ' || *at == '\t') at++;
    if (*at < '0' || *at > '9') break;
    rights->groups[rights->count++] = (gid_t)strtoul(at, &end, 10);
  }
  return rights;
}
