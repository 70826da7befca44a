// The memory of a process that waits for its answer.
#pragma once
#include <stddef.h>
#include "ids.h"

/** False where it is not the process's, or has no end. */
bool read_text(pid_t pid, uint64_t address, char *text, size_t size);
bool read_bytes(pid_t pid, uint64_t address, void *bytes, size_t size);
bool write_bytes(pid_t pid, uint64_t address, const void *bytes, size_t size);
