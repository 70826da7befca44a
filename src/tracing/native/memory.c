#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES_AT_ONCE 64

// Where the kernel's own limits end: arguments and environment together.
#define MOST_TEXTS (1u << 20)
#define LONGEST_TEXT (128u << 10)

static size_t read_by_file(pid_t tid, uint64_t address, void *into, size_t size);
static bool append_text(pid_t tid, uint64_t address, char **bytes, size_t *used, size_t *room);

size_t memory_read(pid_t tid, uint64_t address, void *into, size_t size) {
  size_t done = 0;
  errno = 0;
  while (done < size) {
    // In pieces that end at page ends: the kernel copies a piece as a whole or not at all.
    struct iovec local = {(char *)into + done, 0}, remote[PAGES_AT_ONCE];
    unsigned long pieces = 0;
    while (pieces < PAGES_AT_ONCE && done + local.iov_len < size) {
      uint64_t at = address + done + local.iov_len;
      size_t piece = PAGE - at % PAGE, left = size - done - local.iov_len;
      if (piece > left) piece = left;
      remote[pieces++] = (struct iovec){(void *)(uintptr_t)at, piece};
      local.iov_len += piece;
    }
    ssize_t count = process_vm_readv(tid, &local, 1, remote, pieces, 0);
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
      return done + read_by_file(tid, address + done, (char *)into + done, size - done);
    }
    if (count <= 0) break;
    done += (size_t)count;
    if ((size_t)count < local.iov_len) break;
  }
  return done;
}

bool memory_read_text(pid_t tid, uint64_t address, char *into, size_t size) {
  // Most names are short: the rest of their page, but not more than this, is read first.
  size_t done = 0, piece = PAGE - address % PAGE;
  if (piece > 256) piece = 256;
  while (done < size) {
    if (piece > size - done) piece = size - done;
    size_t count = memory_read(tid, address + done, into + done, piece);
    if (memchr(into + done, 0, count)) return true;
    if (count == 0) return false;
    done += count;
    piece = PAGE;
  }
  return false;
}

struct texts *memory_read_texts(pid_t tid, uint64_t address, unsigned pointer_size) {
  size_t count = 0, used = 0, room = 0;
  size_t *offsets = NULL;
  char *bytes = NULL;
  bool whole = false;

  for (uint64_t pointers[64]; address && !whole && count < MOST_TEXTS;) {
    size_t most = pointer_size == 8 ? 64 : 128;
    size_t have = memory_read(tid, address, pointers, most * pointer_size) / pointer_size;
    if (have == 0) break;
    offsets = realloc(offsets, (count + have) * sizeof *offsets);
    if (!offsets) abort();
    for (size_t index = 0; index < have && !whole; index++) {
      uint64_t pointer = pointer_size == 8 ? pointers[index] : ((const uint32_t *)pointers)[index];
      offsets[count] = used;
      whole = pointer == 0;
      if (!whole && !append_text(tid, pointer, &bytes, &used, &room)) goto cut;
      count += !whole;
    }
    address += have * pointer_size;
  }
cut:;
  struct texts *texts = NULL;
  if (whole) {
    texts = malloc(sizeof *texts + count * sizeof *texts->items + used);
    if (!texts) abort();
    char *copy = (char *)(texts->items + count);
    if (used) memcpy(copy, bytes, used);
    texts->count = count;
    for (size_t index = 0; index < count; index++) texts->items[index] = copy + offsets[index];
  }
  free(offsets);
  free(bytes);
  return texts;
}

static bool append_text(pid_t tid, uint64_t address, char **bytes, size_t *used, size_t *room) {
  for (size_t size = PAGE;; size = LONGEST_TEXT + 1) {
    if (*room < *used + size) {
      *room = *used + size + *used / 2;
      *bytes = realloc(*bytes, *room);
      if (!*bytes) abort();
    }
    if (memory_read_text(tid, address, *bytes + *used, size)) {
      *used += strlen(*bytes + *used) + 1;
      return true;
    }
    if (size > PAGE) return false;
  }
}

/** Where process_vm_readv is forbidden, as in some containers. */
static size_t read_by_file(pid_t tid, uint64_t address, void *into, size_t size) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/mem", tid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = pread(file, into, size, (off_t)address);
  close(file);
  return count < 0 ? 0 : (size_t)count;
}
