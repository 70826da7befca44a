// mount(2), fsconfig(2): a file system of an owner that the kernel does not know here is root's.
#define _GNU_SOURCE
#include <string.h>

#include "handlers.h"
#include "memory.h"

enum { MOST = 4096, SET_STRING = 1 };

static bool names_owner(const char *option);

/** Before the kernel reads the options they are written anew in the process, without the owner: they get shorter. */
struct answer before_mount(const struct request *request) {
  static char options[MOST], kept[MOST];
  uint64_t address = request->arguments[request->call->data];
  char type[16];
  if (address == 0 || !read_text(request->pid, request->arguments[2], type, sizeof type)) return go_on;
  if (strcmp(type, "devpts") != 0 && strcmp(type, "tmpfs") != 0) return go_on;
  if (!read_text(request->pid, address, options, sizeof options)) return go_on;
  kept[0] = 0;
  for (char *rest = options, *option; (option = strsep(&rest, ","));) {
    if (names_owner(option)) continue;
    if (kept[0]) strcat(kept, ",");
    strcat(kept, option);
  }
  write_bytes(request->pid, address, kept, strlen(kept) + 1);
  return go_on;
}

struct answer before_configuring(const struct request *request) {
  char name[8];
  if (request->arguments[1] != SET_STRING) return go_on;
  if (!read_text(request->pid, request->arguments[2], name, sizeof name)) return go_on;
  return strcmp(name, "gid") == 0 || strcmp(name, "uid") == 0 ? result_of(0) : go_on;
}

static bool names_owner(const char *option) {
  return (strncmp(option, "gid=", 4) == 0 || strncmp(option, "uid=", 4) == 0) && strcmp(option + 4, "0") != 0;
}
