#define _GNU_SOURCE
#include "stops.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "memory.h"

#define GET_SYSCALL_INFO 0x420e

// What the kernel leaves in the result register for itself, include/linux/errno.h.
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513

/** The numbers of the calls that say in flags what a child shares; fork and vfork share nothing that counts here. */
struct clone_calls {
  uint64_t clone, clone3;
};

static uint64_t clone_flags(pid_t tid, uint64_t number, uint64_t argument, const struct clone_calls *calls);

bool stop_read(pid_t tid, struct stop *stop) {
  *stop = (struct stop){0};
  return ptrace(GET_SYSCALL_INFO, tid, sizeof *stop, stop) > 0;
}

static uint64_t clone_flags(pid_t tid, uint64_t number, uint64_t argument, const struct clone_calls *calls) {
  uint64_t flags = 0;
  if (number == calls->clone) return argument;
  if (number == calls->clone3) memory_read(tid, argument, &flags, sizeof flags);
  return flags;
}

#if defined __x86_64__

#define REGISTER(name) ((void *)offsetof(struct user_regs_struct, name))

#define IS_NATIVE(registers) ((registers).cs == 0x33)  // the segment of 64-bit code

long stop_result(pid_t tid) {
  return (int)ptrace(PTRACE_PEEKUSER, tid, REGISTER(rax), 0);
}

void stop_call_again(pid_t tid) {
  ptrace(PTRACE_POKEUSER, tid, REGISTER(rax), (long)-ERESTARTNOINTR);
}

uint64_t stop_clone_flags(pid_t tid) {
  static const struct clone_calls native = {SYS_clone, SYS_clone3}, compat = {120, 435};  // asm/unistd_32.h
  struct user_regs_struct now;
  if (ptrace(PTRACE_GETREGS, tid, 0, &now) != 0) return 0;
  return IS_NATIVE(now) ? clone_flags(tid, now.orig_rax, now.rdi, &native)
                        : clone_flags(tid, now.orig_rax, (uint32_t)now.rbx, &compat);
}

void stop_refuse_call(pid_t tid) {
  ptrace(PTRACE_POKEUSER, tid, REGISTER(orig_rax), -1l);
  ptrace(PTRACE_POKEUSER, tid, REGISTER(rax), (long)-ENOSYS);
}

void stop_repair_restart(pid_t tid, call_test *may_wait) {
  struct user_regs_struct now;
  if (ptrace(PTRACE_GETREGS, tid, 0, &now) != 0 || (int)now.orig_rax < 0 || (int)now.rax != -ERESTARTSYS) return;

  bool native = IS_NATIVE(now);
  uint64_t arguments[6] = {now.rdi, now.rsi, now.rdx, now.r10, now.r8, now.r9};
  if (!native) {
    uint64_t compat[6] = {now.rbx, now.rcx, now.rdx, now.rsi, now.rdi, now.rbp};
    for (int index = 0; index < 6; index++) arguments[index] = (uint32_t)compat[index];
  }
  if (may_wait(tid, native ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_I386, now.orig_rax, arguments)) return;
  stop_call_again(tid);
}

#elif defined __aarch64__

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

static bool read_registers(pid_t tid, struct user_regs_struct *all) {
  struct iovec registers = {all, sizeof *all};
  return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &registers) == 0;
}

uint64_t stop_clone_flags(pid_t tid) {
  static const struct clone_calls calls = {SYS_clone, SYS_clone3};
  struct user_regs_struct now;
  return read_registers(tid, &now) ? clone_flags(tid, now.regs[8], now.regs[0], &calls) : 0;
}

void stop_refuse_call(pid_t tid) {
  int number = -1;
  struct user_regs_struct all;
  struct iovec call = {&number, sizeof number}, registers = {&all, sizeof all};
  ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &call);
  if (!read_registers(tid, &all)) return;
  all.regs[0] = (unsigned long)-ENOSYS;
  ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &registers);
}

// arm64 has set the registers back before the tracer sees the signal: notifications are not used there, and nothing is
// interrupted or made to begin anew.
long stop_result(pid_t tid) {
  (void)tid;
  return -ENOSYS;
}

void stop_call_again(pid_t tid) {
  (void)tid;
}

void stop_repair_restart(pid_t tid, call_test *may_wait) {
  (void)tid;
  (void)may_wait;
}

#endif
