// The initial stack, as the System V ABI lays it out: argc, argv, 0, environment, 0, pairs of the auxiliary vector, and
// above them the strings: arguments, environment, name of the program.
#include "stack.h"

#include <elf.h>
#include <stdlib.h>

#include "call.h"
#include "memory.h"
#include "stops.h"

#define USUAL_SIZE (16u << 10)
#define MOST_SIZE (16u << 20)  // more than the kernel allows

struct words {
  const void *at;
  size_t count;
  bool wide;
};

/** Where the strings are in the program's memory. */
struct ends {
  uint64_t arguments, environment, end;
};

static bool read_words(const struct words *words, struct stack *stack, struct ends *ends);
static uint64_t word(const struct words *words, size_t index);

void stack_read(pid_t tid, struct stack *stack) {
  *stack = (struct stack){0};
  struct stop stop;
  if (!stop_read(tid, &stop)) return;
  stack->arch = stop.arch;
  const struct call_table *table = table_for(stop.arch);
  unsigned width = table ? table->pointer_size : 8;

  // What is read ends with the stack itself.
  for (size_t size = USUAL_SIZE; !stack->whole && size <= MOST_SIZE; size *= 8) {
    free(stack->memory);
    stack->memory = malloc(size);
    if (!stack->memory) abort();
    size_t have = memory_read(tid, stop.stack, stack->memory, size);
    struct words words = {stack->memory, have / width, width == 8};
    struct ends ends = {0};
    bool inside = read_words(&words, stack, &ends) && ends.end >= stop.stack && ends.end - stop.stack <= have;
    if (inside && ends.arguments >= stop.stack && ends.arguments <= ends.environment && ends.environment <= ends.end) {
      const char *arguments = stack->memory + (ends.arguments - stop.stack);
      const char *environment = stack->memory + (ends.environment - stop.stack);
      stack->arguments = (struct strings){arguments, ends.environment - ends.arguments};
      stack->environment = (struct strings){environment, ends.end - ends.environment};
      stack->whole = true;
    }
    if (have < size) break;
  }
}

void stack_free(struct stack *stack) {
  free(stack->memory);
}

/** False where the words end before the auxiliary vector does. */
static bool read_words(const struct words *words, struct stack *stack, struct ends *ends) {
  size_t count = word(words, 0), at = 1 + count + 1;
  uint64_t environment = word(words, at);
  while (at < words->count && word(words, at) != 0) at++;
  for (at++; at + 1 < words->count; at += 2) {
    uint64_t value = word(words, at + 1);
    switch (word(words, at)) {
      case AT_NULL:
        ends->environment = environment ? environment : ends->end;
        ends->arguments = count ? word(words, 1) : ends->environment;
        return true;
      case AT_UID: stack->uid = (unsigned)value; break;
      case AT_EUID: stack->effective_uid = (unsigned)value; break;
      case AT_EXECFN: ends->end = value; break;
      default: break;
    }
  }
  return false;
}

static uint64_t word(const struct words *words, size_t index) {
  if (index >= words->count) return 0;
  return words->wide ? ((const uint64_t *)words->at)[index] : ((const uint32_t *)words->at)[index];
}
