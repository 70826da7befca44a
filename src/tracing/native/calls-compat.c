// The calls of 32-bit programs on x86-64. They go by the same names as the native ones, hence a file of their own.
// 32-bit ARM programs are not decoded: `exec` notes them.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>

#include "call.h"

#if defined __x86_64__

#include <asm/unistd_32.h>

#define CALL(called, means, ...) [__NR_##called] = {.name = #called, .kind = means, __VA_ARGS__},
static const struct call calls[] = {
#include "calls.inc"
};

const struct call_table compat_table = {AUDIT_ARCH_I386, calls, sizeof calls / sizeof *calls, 4};

#else

const struct call_table compat_table = {0, 0, 0, 4};

#endif
