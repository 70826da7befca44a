#pragma once
#include <stdint.h>

#include "call.h"
#include "memory.h"
#include "place.h"

/** A system call as it stands at its entry. */
struct entry {
  const struct call *call;
  uint64_t arguments[6];
  unsigned pointer_size;
};

/** A call whose end the tracer waits for, and what was seen at its entry. */
struct pending {
  struct pending *next;  // of those that are free
  const struct call *call;
  unsigned long long flags;
  struct place at, to;
  bool looks;             // it changes nothing
  uint64_t content;       // where a readlink puts what it finds
  char address[160];      // of a socket, or what a mount does
  unsigned pointer_size;  // of the program, where its structures are read at the exit too
  uint64_t messages;
  struct texts *argv;
};

struct pending *pending_start(struct thread *thread, const struct call *call);
void pending_drop(struct thread *thread);

/** An argument by its number from 1 on; 0 for number 0. */
uint64_t argument(const struct entry *entry, unsigned number);

/** Reads the place that a call is about; false where its argument is no path, so that it will fail by itself. */
bool place_of_call(const struct thread *thread, const struct entry *entry, struct place *place);

/** A descriptor among the arguments; AT_FDCWD for number 0. */
int descriptor_argument(const struct entry *entry, unsigned number);
