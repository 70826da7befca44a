#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>

#include "call.h"

// The low and the high half of an argument (both instruction sets are little endian).
#define LOW(argument) ((unsigned)offsetof(struct seccomp_data, args[(argument) - 1]))
#define HIGH(argument) (LOW(argument) + 4)
#define LOAD(offset) emit(BPF_LD | BPF_W | BPF_ABS, (offset), 0, 0)
#define RETURN(action) emit(BPF_RET | BPF_K, (action), 0, 0)
#define UNLESS_EQUAL(value, skip) emit(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define IF_ANY_BIT(bits, then, otherwise) emit(BPF_JMP | BPF_JSET | BPF_K, (bits), (then), (otherwise))

#define X32_BIT 0x40000000u

static struct sock_filter program[1024];
static unsigned short length;

static unsigned emit(unsigned short code, unsigned operand, unsigned char then, unsigned char otherwise);
static void emit_table(const struct call_table *table, unsigned look);
static void emit_call(const struct call *call, unsigned look);

struct sock_fprog filter_make(bool notify) {
  unsigned look = notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_TRACE;
  length = 0;
  LOAD(offsetof(struct seccomp_data, arch));
  emit_table(&native_table, look);
  emit_table(&compat_table, look);
  RETURN(SECCOMP_RET_ALLOW);
  return (struct sock_fprog){length, program};
}

/** One instruction set: it is skipped as a whole where another one calls. */
static void emit_table(const struct call_table *table, unsigned look) {
  if (table->count == 0) return;

  emit(BPF_JMP | BPF_JEQ | BPF_K, table->audit_arch, 1, 0);
  unsigned skip = emit(BPF_JMP | BPF_JA, 0, 0, 0);  // patched below: conditional jumps do not reach that far

  LOAD(offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
  if (table == &native_table) {
    emit(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    RETURN(SECCOMP_RET_ERRNO | ENOSYS);
  }
#endif
  for (unsigned number = 0; number < table->count; number++) {
    const struct call *call = &table->calls[number];
    if (call->kind == CALL_NONE || call->kind >= FIRST_UNFILTERED) continue;
    unsigned test = UNLESS_EQUAL(number, 0);
    emit_call(call, look);
    program[test].jf = (unsigned char)(length - test - 1);
  }
  RETURN(SECCOMP_RET_ALLOW);
  program[skip].k = length - skip - 1;
}

/** What becomes of one call; every way through it returns. */
static void emit_call(const struct call *call, unsigned look) {
  switch (call->kind) {
    case CALL_OPEN:
      if (!call->flags) break;
      LOAD(LOW(call->flags));
      IF_ANY_BIT(O_PATH, 1, 0);
      IF_ANY_BIT(O_ACCMODE | O_CREAT | O_TRUNC, 1, 0);
      RETURN(look);
      RETURN(SECCOMP_RET_TRACE);
      return;

    case CALL_RANDOM:
      // glibc's malloc draws eight bytes without waiting in every process; nothing depends on them.
      LOAD(LOW(2));
      UNLESS_EQUAL(8, 3);
      LOAD(LOW(3));
      UNLESS_EQUAL(GRND_NONBLOCK, 1);
      RETURN(SECCOMP_RET_ALLOW);
      RETURN(look);
      return;

    case CALL_CONNECT:
      if (call->descriptor || call->message) break;
      LOAD(LOW(call->path));
      UNLESS_EQUAL(0, 3);
      LOAD(HIGH(call->path));
      UNLESS_EQUAL(0, 1);
      RETURN(SECCOMP_RET_ALLOW);  // sendto on a connected socket
      break;

    default:
      if (call->kind <= LAST_LOOK) {
        RETURN(look);
        return;
      }
  }
  RETURN(SECCOMP_RET_TRACE);
}

static unsigned emit(unsigned short code, unsigned operand, unsigned char then, unsigned char otherwise) {
  program[length] = (struct sock_filter){code, then, otherwise, operand};
  return length++;
}
