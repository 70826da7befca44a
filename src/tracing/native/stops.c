#define _GNU_SOURCE
#include "stops.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#define GET_SYSCALL_INFO 0x420e

// What the kernel leaves in the result register for itself, include/linux/errno.h.
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513

bool stop_read(pid_t tid, struct stop *stop) {
  *stop = (struct stop){0};
  return ptrace(GET_SYSCALL_INFO, tid, sizeof *stop, stop) > 0;
}

#if defined __x86_64__

#define REGISTER(name) ((void *)offsetof(struct user_regs_struct, name))

void stop_refuse_call(pid_t tid) {
  ptrace(PTRACE_POKEUSER, tid, REGISTER(orig_rax), -1l);
  ptrace(PTRACE_POKEUSER, tid, REGISTER(rax), (long)-ENOSYS);
}

void stop_repair_restart(pid_t tid, call_test *may_wait) {
  struct user_regs_struct now;
  if (ptrace(PTRACE_GETREGS, tid, 0, &now) != 0 || (int)now.orig_rax < 0 || (int)now.rax != -ERESTARTSYS) return;

  bool native = now.cs == 0x33;  // the segment of 64-bit code
  uint64_t arguments[6] = {now.rdi, now.rsi, now.rdx, now.r10, now.r8, now.r9};
  if (!native) {
    uint64_t compat[6] = {now.rbx, now.rcx, now.rdx, now.rsi, now.rdi, now.rbp};
    for (int index = 0; index < 6; index++) arguments[index] = (uint32_t)compat[index];
  }
  if (may_wait(tid, native ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_I386, now.orig_rax, arguments)) return;
  ptrace(PTRACE_POKEUSER, tid, REGISTER(rax), (long)-ERESTARTNOINTR);
}

#elif defined __aarch64__

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

void stop_refuse_call(pid_t tid) {
  int number = -1;
  struct user_regs_struct all;
  struct iovec call = {&number, sizeof number}, registers = {&all, sizeof all};
  ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &call);
  ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &registers);
  all.regs[0] = (unsigned long)-ENOSYS;
  ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &registers);
}

/** arm64 has set the registers back before the tracer sees the signal: notifications are not used there. */
void stop_repair_restart(pid_t tid, call_test *may_wait) {
  (void)tid;
  (void)may_wait;
}

#endif
