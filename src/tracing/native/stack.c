// The initial stack, as the System V ABI lays it out: argc, argv, 0, environment, 0, pairs of the auxiliary vector, and
// above them the strings: arguments, environment, name of the program.
#include "stack.h"

#include <elf.h>
#include <stdlib.h>

#include "call.h"
#include "memory.h"
#include "stops.h"

#define MOST_POINTERS_SIZE (8u << 20)

struct words {
  const void *at;
  size_t count;
  bool wide;
};

static bool read_words(const struct words *words, struct stack *stack, uint64_t *environment, uint64_t *end);
static uint64_t word(const struct words *words, size_t index);

void stack_read(pid_t tid, struct stack *stack) {
  *stack = (struct stack){0};
  struct stop stop;
  if (!stop_read(tid, &stop)) return;
  stack->arch = stop.arch;
  const struct call_table *table = table_for(stop.arch);
  unsigned width = table ? table->pointer_size : 8;

  uint64_t first = 0, end = 0;
  char *memory = NULL;
  for (size_t size = 4096; !stack->whole && size <= MOST_POINTERS_SIZE; size *= 4) {
    free(memory);
    memory = malloc(size);
    if (!memory) abort();
    size_t have = memory_read(tid, stop.stack, memory, size);
    struct words words = {memory, have / width, width == 8};
    stack->whole = read_words(&words, stack, &first, &end);
    if (have < size) break;
  }
  free(memory);
  if (!stack->whole || first == 0 || end <= first || end - first > MOST_POINTERS_SIZE) return;

  stack->environment = malloc(end - first + 1);
  if (!stack->environment) abort();
  stack->environment_size = memory_read(tid, first, stack->environment, end - first);
  stack->environment[stack->environment_size] = 0;
}

void stack_free(struct stack *stack) {
  free(stack->environment);
}

/** False where the words end before the auxiliary vector does. */
static bool read_words(const struct words *words, struct stack *stack, uint64_t *environment, uint64_t *end) {
  size_t at = 1 + word(words, 0) + 1;
  *environment = word(words, at);
  while (at < words->count && word(words, at) != 0) at++;
  for (at++; at + 1 < words->count; at += 2) {
    uint64_t value = word(words, at + 1);
    switch (word(words, at)) {
      case AT_NULL: return true;
      case AT_UID: stack->uid = (unsigned)value; break;
      case AT_EUID: stack->effective_uid = (unsigned)value; break;
      case AT_EXECFN: *end = value; break;
      default: break;
    }
  }
  return false;
}

static uint64_t word(const struct words *words, size_t index) {
  if (index >= words->count) return 0;
  return words->wide ? ((const uint64_t *)words->at)[index] : ((const uint32_t *)words->at)[index];
}
