#define _GNU_SOURCE
#include <fcntl.h>
#ifdef __x86_64__
#include <asm/unistd_32.h>
#endif

#include "calls.h"

#define SHORT true
const struct call compat_calls[] = {
#ifdef __x86_64__
#include "calls.inc"
#else
  {NO_CALL, CONTROL, -1, -1, -1, -1, 0, false}
#endif
};
