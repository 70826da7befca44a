// Who a process is goes with it through fork and exec in the soft limit of RLIMIT_RTTIME, which is of processes with a
// real-time policy alone and so large here that it is none: getrlimit(2). It counts the people that there were.
#define _GNU_SOURCE
#include "people.h"

#include <string.h>
#include <sys/resource.h>

enum { FIRST = 1 };
static const rlim_t offset = (rlim_t)1 << 60;

static struct person **people;
static size_t count;

static const struct person root = {.permitted = 0x1ffffffffff, .effective = 0x1ffffffffff};

const struct person *person_of(pid_t pid) {
  struct rlimit limit;
  if (count == 0 || prlimit(pid, RLIMIT_RTTIME, NULL, &limit) != 0) return &root;
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur < offset + FIRST) return &root;
  size_t at = limit.rlim_cur - offset - FIRST;
  return at < count ? people[at] : &root;
}

void become(pid_t pid, const struct person *person) {
  size_t at = 0;
  while (at < count && memcmp(people[at], person, sizeof *person) != 0) at++;
  if (at == count) {
    people = realloc(people, (count + 1) * sizeof *people);
    struct person *copy = people ? malloc(sizeof *copy) : NULL;
    if (!copy) give_up("no memory");
    *copy = *person;
    people[count++] = copy;
  }
  struct rlimit limit;
  if (prlimit(pid, RLIMIT_RTTIME, NULL, &limit) != 0) return;
  limit.rlim_cur = offset + FIRST + at;
  prlimit(pid, RLIMIT_RTTIME, &limit, NULL);
}

bool has_right(const struct person *person, int right) { return person->effective >> right & 1; }

bool is_in_group(const struct person *person, uint32_t gid) {
  if (person->fsgid == gid) return true;
  for (int at = 0; at < person->count; at++)
    if (person->groups[at] == gid) return true;
  return false;
}
