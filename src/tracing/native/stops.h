#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// PTRACE_GET_SYSCALL_INFO (Linux 5.3), ptrace(2). C libraries name its parts differently, hence a copy.
enum { STOP_NONE, STOP_ENTRY, STOP_EXIT, STOP_SECCOMP };

struct stop {
  uint8_t kind;
  uint8_t padding[3];
  uint32_t arch;
  uint64_t instruction, stack;
  union {
    struct {
      uint64_t number, arguments[6];
    } entry;  // of STOP_ENTRY and STOP_SECCOMP
    struct {
      int64_t result;
      uint8_t is_error;
    } exit;
  };
};

/** What a stopped thread is about to do or has done; false if it is gone. */
bool stop_read(pid_t tid, struct stop *stop);

/** What the call has returned behind which a thread was interrupted. */
long stop_result(pid_t tid);

/** Lets that call begin anew, as if it had not been interrupted. */
void stop_call_again(pid_t tid);

/** The CLONE_ flags of the call by which a thread has made a child, at the event of that. */
uint64_t stop_clone_flags(pid_t tid);

/** Makes the call that a thread is about to do fail with ENOSYS. */
void stop_refuse_call(pid_t tid);

/**
 * At a signal: a look that the signal interrupted while it waited for the tracer's word would return EINTR, which it
 * never does untraced. Such a call is made to start again; those for which `may_wait` holds are left alone.
 */
typedef bool call_test(pid_t tid, uint32_t arch, uint64_t number, const uint64_t *arguments);
void stop_repair_restart(pid_t tid, call_test *may_wait);
