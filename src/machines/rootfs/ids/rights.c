// Capabilities of a process: capget(2). Those that it has for the kernel stay, for it needs them to do as told here.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "handlers.h"
#include "memory.h"
#include "people.h"

static bool is_understood(const struct request *request, int *parts);

struct answer get_rights(const struct request *request) {
  const struct person *person = person_of(request->pid);
  int parts;
  if (!is_understood(request, &parts) || person->permitted == all_rights) return go_on;
  struct __user_cap_data_struct data[2];
  for (int part = 0; part < 2; part++) {
    data[part].effective = (uint32_t)(person->effective >> 32 * part);
    data[part].permitted = (uint32_t)(person->permitted >> 32 * part);
    data[part].inheritable = (uint32_t)(person->inheritable >> 32 * part);
  }
  bool is_told = write_bytes(request->pid, request->arguments[1], data, sizeof *data * (size_t)parts);
  return result_of(is_told ? 0 : -EFAULT);
}

struct answer set_rights(const struct request *request) {
  struct person person = *person_of(request->pid);
  struct __user_cap_data_struct data[2] = {0};
  int parts;
  if (!is_understood(request, &parts)) return go_on;
  if (!read_bytes(request->pid, request->arguments[1], data, sizeof *data * (size_t)parts)) return result_of(-EFAULT);
  uint64_t permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
  uint64_t effective = data[0].effective | (uint64_t)data[1].effective << 32;
  if ((permitted & ~person.permitted & all_rights) || (effective & ~permitted & all_rights)) return result_of(-EPERM);
  person.permitted = permitted & all_rights;
  person.effective = effective & all_rights;
  person.inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
  become(request->pid, &person);
  return result_of(0);
}

struct answer control(const struct request *request) {
  struct person person = *person_of(request->pid);
  if (request->arguments[0] == PR_GET_KEEPCAPS) return result_of(person.keeps);
  if (request->arguments[0] == PR_SET_KEEPCAPS) {
    person.keeps = request->arguments[1] != 0;
    become(request->pid, &person);
  }
  return result_of(0);
}

/** In another version the kernel is to say which it knows. Who is named by a number is the process itself. */
static bool is_understood(const struct request *request, int *parts) {
  struct __user_cap_header_struct header;
  if (request->arguments[1] == 0) return false;
  if (!read_bytes(request->pid, request->arguments[0], &header, sizeof header)) return false;
  *parts = header.version == _LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
  return *parts == 1 || header.version == _LINUX_CAPABILITY_VERSION_2 ||
         header.version == _LINUX_CAPABILITY_VERSION_3;
}
