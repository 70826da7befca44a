#pragma once
#include <linux/filter.h>
#include <stdbool.h>

/** Removals are needed where files do not say when they were born. */
struct sock_fprog filter_program(bool watches_removals);
