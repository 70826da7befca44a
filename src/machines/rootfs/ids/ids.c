// Calls that ask or change who a process is: credentials(7).
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "handlers.h"
#include "memory.h"
#include "people.h"

static const uint32_t same = (uint32_t)-1;

static struct answer three(const struct request *request, const uint32_t *ids);
static struct answer groups_of(const struct request *request, const struct person *person);
static struct answer set_groups(const struct request *request, struct person *person);
static bool may(const uint32_t *has, int count, uint32_t id);
static void lose_rights(struct person *person, const struct person *before);
static int set_one(bool is_able, uint32_t *ids, uint32_t id);
static int set_two(bool is_able, uint32_t *ids, uint32_t real, uint32_t effective);
static int set_three(bool is_able, uint32_t *ids, const uint32_t *wanted);

struct answer get_ids(const struct request *request) {
  const struct person *person = person_of(request->pid);
  switch (request->call->kind) {
    case GET_UID: return result_of(person->uid);
    case GET_EUID: return result_of(person->euid);
    case GET_GID: return result_of(person->gid);
    case GET_EGID: return result_of(person->egid);
    case GET_RESUID: return three(request, &person->uid);
    case GET_RESGID: return three(request, &person->gid);
    default: return groups_of(request, person);
  }
}

struct answer set_ids(const struct request *request) {
  struct person person = *person_of(request->pid);
  enum kind kind = request->call->kind;
  if (kind == SET_GROUPS) return set_groups(request, &person);
  bool is_group = kind == SET_GID || kind == SET_REGID || kind == SET_RESGID || kind == SET_FSGID;
  // Real, effective, saved, of files.
  uint32_t *ids = is_group ? &person.gid : &person.uid;
  uint32_t wanted[] = {id_at(request, 0), id_at(request, 1), id_at(request, 2)};
  bool is_able = has_right(&person, is_group ? SETS_GIDS : SETS_UIDS);
  const struct person before = person;
  int error = 0;
  switch (kind) {
    case SET_UID: case SET_GID: error = set_one(is_able, ids, wanted[0]); break;
    case SET_REUID: case SET_REGID: error = set_two(is_able, ids, wanted[0], wanted[1]); break;
    case SET_RESUID: case SET_RESGID: error = set_three(is_able, ids, wanted); break;
    default: {
      uint32_t last = ids[3];
      if (wanted[0] != same && (is_able || may(ids, 4, wanted[0]))) ids[3] = wanted[0];
      become(request->pid, &person);
      return result_of(last);
    }
  }
  lose_rights(&person, &before);
  if (error == 0) become(request->pid, &person);
  return result_of(-error);
}

/** capabilities(7): what a change of user ids does to them. */
static void lose_rights(struct person *person, const struct person *before) {
  bool was = before->uid == 0 || before->euid == 0 || before->suid == 0;
  bool is = person->uid == 0 || person->euid == 0 || person->suid == 0;
  if (was && !is && !person->keeps) person->permitted = 0;
  if (before->euid == 0 && person->euid != 0) person->effective = 0;
  if (before->euid != 0 && person->euid == 0) person->effective = person->permitted;
  person->effective &= person->permitted;
}

static int set_one(bool is_able, uint32_t *ids, uint32_t id) {
  if (id == same) return EINVAL;
  if (is_able) ids[0] = ids[2] = id;
  else if (id != ids[0] && id != ids[2]) return EPERM;
  ids[1] = ids[3] = id;
  return 0;
}

static int set_two(bool is_able, uint32_t *ids, uint32_t real, uint32_t effective) {
  uint32_t before[] = {ids[0], ids[1], ids[2]};
  if (!is_able) {
    if (real != same && !may(before, 2, real)) return EPERM;
    if (effective != same && !may(before, 3, effective)) return EPERM;
  }
  if (real != same) ids[0] = real;
  if (effective != same) ids[1] = effective;
  if (real != same || (effective != same && effective != before[0])) ids[2] = ids[1];
  ids[3] = ids[1];
  return 0;
}

static int set_three(bool is_able, uint32_t *ids, const uint32_t *wanted) {
  uint32_t before[] = {ids[0], ids[1], ids[2]};
  for (int at = 0; at < 3; at++)
    if (!is_able && wanted[at] != same && !may(before, 3, wanted[at])) return EPERM;
  for (int at = 0; at < 3; at++)
    if (wanted[at] != same) ids[at] = wanted[at];
  ids[3] = ids[1];
  return 0;
}

static bool may(const uint32_t *has, int count, uint32_t id) {
  for (int at = 0; at < count; at++)
    if (has[at] == id) return true;
  return false;
}

static struct answer three(const struct request *request, const uint32_t *ids) {
  for (int at = 0; at < 3; at++) {
    uint16_t little = (uint16_t)ids[at];
    bool is_short = request->call->is_short;
    const void *bytes = is_short ? (const void *)&little : &ids[at];
    if (!write_bytes(request->pid, request->arguments[at], bytes, is_short ? 2 : 4)) return result_of(-EFAULT);
  }
  return result_of(0);
}

static struct answer groups_of(const struct request *request, const struct person *person) {
  int room = (int)request->arguments[0];
  if (room < 0) return result_of(-EINVAL);
  if (room == 0) return result_of(person->count);
  if (room < person->count) return result_of(-EINVAL);
  for (int at = 0; at < person->count; at++) {
    uint16_t little = (uint16_t)person->groups[at];
    size_t size = request->call->is_short ? 2 : 4;
    const void *bytes = size == 2 ? (const void *)&little : &person->groups[at];
    if (!write_bytes(request->pid, request->arguments[1] + at * size, bytes, size)) return result_of(-EFAULT);
  }
  return result_of(person->count);
}

static struct answer set_groups(const struct request *request, struct person *person) {
  size_t many = (size_t)request->arguments[0];
  if (!has_right(person, SETS_GIDS)) return result_of(-EPERM);
  if (many > MOST_GROUPS) return result_of(-EINVAL);
  memset(person->groups, 0, sizeof person->groups);
  size_t size = request->call->is_short ? 2 : 4;
  for (size_t at = 0; at < many; at++)
    if (!read_bytes(request->pid, request->arguments[1] + at * size, &person->groups[at], size))
      return result_of(-EFAULT);
  person->count = (int)many;
  become(request->pid, person);
  return result_of(0);
}
