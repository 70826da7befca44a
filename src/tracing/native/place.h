#pragma once
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "tracee.h"

/** A path as a call names it, and what the tracer sees there one instant before the call. */
struct place {
  char path[PATH_MAX];  // as given; empty: the descriptor `base` itself
  char base[PATH_MAX];  // folder that a relative path starts from; empty: none
  char real[PATH_MAX];  // where it leads, seen from outside; empty: not known
  int descriptor;       // that `base` was, AT_FDCWD: the working directory
  int error;            // what a look at it meets; 0: something is there
  bool sure;            // the call will meet the same
  struct stat status;   // of what is there
};

/** Reads a path from a traced program's memory; false where it has none there (the call will fail by itself). */
bool place_read(const struct thread *thread, int directory, uint64_t address, struct place *place);

/** A descriptor in place of a path. */
void place_descriptor(const struct thread *thread, int descriptor, struct place *place);

/** Goes where the path leads; `follow` says whether a link at its end is followed. */
void place_look(struct thread *thread, struct place *place, bool follow);

/** The path and its base in one; false where they are too long for that. */
bool place_join(const struct thread *thread, const struct place *place, char *text);

/** Whether something is there and it is a regular file. */
bool place_is_file(const struct place *place);

/** The working directory of a thread, seen from outside; "" if it cannot be said. */
const char *working_folder(struct thread *thread);
void working_folder_changed(struct process *process);

/** Where a link in /proc points; false if there is none. */
bool proc_link(char *into, const char *format, ...) __attribute__((format(printf, 2, 3)));
