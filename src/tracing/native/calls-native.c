// The calls of the machine's own instruction set. Its numbers come from the C library's <sys/syscall.h>.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "call.h"

#if defined __x86_64__
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "reproman-tracer is for x86-64 and arm64"
#endif

#define CALL(called, means, ...) [__NR_##called] = {.name = #called, .kind = means, __VA_ARGS__},
static const struct call calls[] = {
#include "calls.inc"
};

const struct call_table native_table = {NATIVE_ARCH, calls, sizeof calls / sizeof *calls, 8};

const struct call_table *table_for(uint32_t audit_arch) {
  if (audit_arch == native_table.audit_arch) return &native_table;
  return audit_arch == compat_table.audit_arch ? &compat_table : NULL;
}

const struct call *call_numbered(const struct call_table *table, uint64_t number) {
  return number < table->count && table->calls[number].kind != CALL_NONE ? &table->calls[number] : NULL;
}

bool open_only_looks(uint64_t flags) {
  // O_TMPFILE shares a bit with O_DIRECTORY, but opens for writing always.
  return (flags & O_PATH) || ((flags & O_ACCMODE) == O_RDONLY && !(flags & (O_CREAT | O_TRUNC)));
}
