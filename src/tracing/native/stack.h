#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** What the kernel put on the stack of a program that is about to start. */
struct stack {
  bool whole;         // everything below could be read
  uint32_t arch;
  unsigned uid, effective_uid;
  char *environment;  // NAME=VALUE strings one after the other; NULL: none
  size_t environment_size;
};

void stack_read(pid_t tid, struct stack *stack);
void stack_free(struct stack *stack);
