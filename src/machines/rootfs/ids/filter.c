// Which calls are notified: seccomp(2).
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "calls.h"
#include "filter.h"

enum { MOST = 1024 };

static struct sock_filter steps[MOST];
static unsigned short count;

static void add_call(const struct call *call);
static void add(unsigned short code, uint32_t value, uint8_t if_true, uint8_t if_false);
static void load_argument(int at);

struct sock_fprog filter_program(bool watches_removals) {
  count = 0;
  for (int table = 0; table < TABLES; table++) {
    if (tables[table].calls[0].number == NO_CALL) continue;
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, tables[table].architecture, 1, 0);
    unsigned short jump = count;
    add(BPF_JMP | BPF_JA, 0, 0, 0);
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    for (const struct call *call = tables[table].calls; call->number != NO_CALL; call++)
      if (call->kind != REMOVE || watches_removals) add_call(call);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    steps[jump].k = (uint32_t)(count - jump - 1);
  }
  add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  return (struct sock_fprog){count, steps};
}

static void add_call(const struct call *call) {
  static const uint32_t controls[] = {
    PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_SET_KEEPCAPS, PR_GET_KEEPCAPS,
  };
  unsigned short test = count;
  add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call->number, 0, 0);
  if (call->kind == OPEN && call->flags >= 0) {
    load_argument(call->flags);
    add(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | (O_TMPFILE & ~O_DIRECTORY), 1, 0);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  }
  if (call->kind == CONTROL) {
    load_argument(0);
    for (uint8_t at = 0; at < 5; at++) add(BPF_JMP | BPF_JEQ | BPF_K, controls[at], (uint8_t)(5 - at), 0);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  }
  add(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF, 0, 0);
  steps[test].jf = (uint8_t)(count - test - 1);
}

static void add(unsigned short code, uint32_t value, uint8_t if_true, uint8_t if_false) {
  if (count == MOST) give_up("the filter is too long");
  steps[count++] = (struct sock_filter){code, if_true, if_false, value};
}

/** The lower half of it, on machines that have that first. */
static void load_argument(int at) {
  add(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)at), 0, 0);
}
