// Files as a process names them.
#pragma once
#include <limits.h>
#include "ids.h"

struct place {
  int folder;             // what the path begins at; AT_FDCWD where that is our own folder now
  bool is_open;           // `folder` is to be closed
  bool is_own;            // it is named by its descriptor
  char path[PATH_MAX];    // empty for the folder itself
};

void places_begin(void);
/** Makes our root that of the process. False where the kernel is to say what is wrong. */
bool place_of(const struct request *request, struct place *place);
/** Its folder, and the last part of its name within `place->path`; NULL where it has none of its own. */
const char *place_split(struct place *place, int *parent);
void place_leave(struct place *place);
unsigned umask_of(pid_t pid);
