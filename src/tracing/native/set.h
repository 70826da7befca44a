#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A set of 64-bit fingerprints. Zeroed memory is an empty set. */
struct set {
  uint64_t *slots;
  size_t capacity, count;
};

/** Adds a value and tells whether it is new. */
bool set_add(struct set *set, uint64_t value);
bool set_has(const struct set *set, uint64_t value);
void set_free(struct set *set);

/** Continues a fingerprint over some bytes. */
uint64_t fingerprint(uint64_t before, const void *bytes, size_t length);

/** Where fingerprints start: another number in each run, so that nobody can prepare two names that look the same. */
uint64_t fingerprint_start(void);
