#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "calls.h"

#define SHORT false
const struct call native_calls[] = {
#include "calls.inc"
};

const struct table tables[TABLES] = {
#if defined(__x86_64__)
  {AUDIT_ARCH_X86_64, native_calls}, {AUDIT_ARCH_I386, compat_calls},
#elif defined(__aarch64__)
  {AUDIT_ARCH_AARCH64, native_calls}, {0, compat_calls},
#else
#error "only for x86_64 and aarch64"
#endif
};
