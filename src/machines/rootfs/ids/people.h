// Who a process is taken for.
#pragma once
#include "ids.h"

enum { MOST_GROUPS = 256 };

/** Of capabilities(7), those that decide here. */
enum { CHOWNS = 0, SETS_GIDS = 6, SETS_UIDS = 7 };
static const uint64_t all_rights = 0x1ffffffffff;

struct person {
  uint32_t uid, euid, suid, fsuid;
  uint32_t gid, egid, sgid, fsgid;
  uint64_t permitted, effective, inheritable;
  bool keeps;  // what is permitted, when it is root no more
  int count;
  uint32_t groups[MOST_GROUPS];
};

const struct person *person_of(pid_t pid);
void become(pid_t pid, const struct person *person);
bool has_right(const struct person *person, int right);
bool is_in_group(const struct person *person, uint32_t gid);
