#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Strings one after the other, each with its zero. */
struct strings {
  const char *bytes;  // NULL: none
  size_t size;
};

/** What the kernel put on the stack of a program that is about to start. */
struct stack {
  bool whole;  // everything below could be read
  uint32_t arch;
  unsigned uid, effective_uid;
  struct strings arguments;    // of a script other ones than it was called with
  struct strings environment;  // NAME=VALUE
  char *memory;
};

void stack_read(pid_t tid, struct stack *stack);
void stack_free(struct stack *stack);
