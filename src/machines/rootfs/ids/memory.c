#define _GNU_SOURCE
#include "memory.h"

#include <string.h>
#include <sys/uio.h>

enum { PAGE = 4096 };

bool read_bytes(pid_t pid, uint64_t address, void *bytes, size_t size) {
  struct iovec here = {bytes, size}, there = {(void *)(uintptr_t)address, size};
  return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

bool write_bytes(pid_t pid, uint64_t address, const void *bytes, size_t size) {
  struct iovec here = {(void *)bytes, size}, there = {(void *)(uintptr_t)address, size};
  return process_vm_writev(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

bool read_text(pid_t pid, uint64_t address, char *text, size_t size) {
  for (size_t done = 0; done < size;) {
    // What comes after the end of a page may not be there.
    size_t part = PAGE - (address + done) % PAGE;
    if (part > size - done) part = size - done;
    if (!read_bytes(pid, address + done, text + done, part)) return false;
    if (memchr(text + done, 0, part)) return true;
    done += part;
  }
  return false;
}
