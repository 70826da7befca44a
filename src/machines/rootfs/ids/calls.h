#pragma once

#include <stddef.h>
#include "ids.h"

struct table { uint32_t architecture; const struct call *calls; };

/** Of this kind of machine, and of 32-bit programs on it; without an end where there are none. */
extern const struct call native_calls[], compat_calls[];
extern const struct table tables[];
enum { TABLES = 2, NO_CALL = -1 };

const struct call *call_numbered(uint32_t architecture, int number);

