#define _GNU_SOURCE
#include "pending.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// They are large, and there are no more of them at a time than threads.
static struct pending *spare;

static bool means_descriptor_without_path(const struct entry *entry);

struct pending *pending_start(struct thread *thread, const struct call *call) {
  pending_drop(thread);
  struct pending *pending = spare ? spare : malloc(sizeof *pending);
  if (!pending) abort();
  if (pending == spare) spare = pending->next;
  // The places are large and are filled by those who use them.
  pending->call = call;
  pending->flags = 0;
  pending->at.path[0] = pending->at.base[0] = pending->at.real[0] = 0;
  pending->to.path[0] = pending->to.base[0] = pending->to.real[0] = 0;
  pending->at.error = pending->to.error = 0;
  pending->looks = false;
  pending->address[0] = 0;
  pending->argv = NULL;
  thread->pending = pending;
  return pending;
}

void pending_drop(struct thread *thread) {
  struct pending *pending = thread->pending;
  if (!pending) return;
  free(pending->argv);
  pending->next = spare;
  spare = pending;
  thread->pending = NULL;
}

uint64_t argument(const struct entry *entry, unsigned number) {
  return number ? entry->arguments[number - 1] : 0;
}

int descriptor_argument(const struct entry *entry, unsigned number) {
  return number ? (int)entry->arguments[number - 1] : AT_FDCWD;
}

bool place_of_call(const struct thread *thread, const struct entry *entry, struct place *place) {
  const struct call *call = entry->call;
  int directory = descriptor_argument(entry, call->directory);
  uint64_t address = argument(entry, call->path);
  if (address == 0 && call->directory && means_descriptor_without_path(entry)) {
    place_descriptor(thread, directory, place);
    return true;
  }
  return place_read(thread, directory, address, place);
}

/** utimensat(2), and since Linux 6.11 the calls with AT_EMPTY_PATH. */
static bool means_descriptor_without_path(const struct entry *entry) {
  const struct call *call = entry->call;
  bool sets_times = call->kind == CALL_ATTRIBUTES && strcmp(call->what, "times") == 0;
  return sets_times || (call->kind == CALL_STAT && (argument(entry, call->flags) & AT_EMPTY_PATH));
}
