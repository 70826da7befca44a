#pragma once
#include <linux/filter.h>
#include <stdbool.h>

/**
 * Makes the seccomp filter that stops the calls of the tables. Calls that only look get a user notification where
 * `notify` is set, all others a ptrace stop.
 */
struct sock_fprog filter_make(bool notify);
