#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Reads up to `size` bytes of a traced program's memory; returns how many could be read from the start on. */
size_t memory_read(pid_t tid, uint64_t address, void *into, size_t size);

/** Reads a string of less than `size` bytes; false where memory or room ends before it. */
bool memory_read_text(pid_t tid, uint64_t address, char *into, size_t size);

/** A list of strings, as argv is one; freed in one piece by free(). */
struct texts {
  size_t count;
  const char *items[];
};

/** Reads a list of strings that ends with a null pointer; NULL where memory ends before it. */
struct texts *memory_read_texts(pid_t tid, uint64_t address, unsigned pointer_size);
