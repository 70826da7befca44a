#include "set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t *slot_for(const struct set *set, uint64_t value);
static void grow(struct set *set);
static uint64_t mix(uint64_t left, uint64_t right);

bool set_add(struct set *set, uint64_t value) {
  if (set->count * 4 >= set->capacity * 3) grow(set);
  value |= value == 0;  // zero marks a free slot
  uint64_t *slot = slot_for(set, value);
  if (*slot == value) return false;
  *slot = value;
  set->count++;
  return true;
}

bool set_has(const struct set *set, uint64_t value) {
  value |= value == 0;
  return set->capacity > 0 && *slot_for(set, value) == value;
}

void set_free(struct set *set) {
  free(set->slots);
  *set = (struct set){0};
}

uint64_t fingerprint(uint64_t before, const void *bytes, size_t length) {
  const unsigned char *at = bytes;
  uint64_t state = before ^ (length * 0x9e3779b97f4a7c15ull);
  for (; length >= 8; at += 8, length -= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    state = mix(state ^ 0xa0761d6478bd642full, word ^ 0xe7037ed1a0b428dbull);
  }
  uint64_t rest = 0;
  memcpy(&rest, at, length);
  return mix(state ^ 0x8ebc6af09c88c6e3ull, rest ^ 0x589965cc75374cc3ull);
}

uint64_t fingerprint_start(void) {
  static uint64_t start;
  while (start == 0) {
    if (getrandom(&start, sizeof start, GRND_NONBLOCK) != sizeof start) start = 0x2d358dccaa6c78a5ull;
  }
  return start;
}

static uint64_t *slot_for(const struct set *set, uint64_t value) {
  size_t index = value & (set->capacity - 1);
  while (set->slots[index] && set->slots[index] != value) index = (index + 1) & (set->capacity - 1);
  return &set->slots[index];
}

static void grow(struct set *set) {
  struct set larger = {.capacity = set->capacity ? set->capacity * 2 : 64, .count = set->count};
  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (!larger.slots) abort();
  for (size_t index = 0; index < set->capacity; index++) {
    if (set->slots[index]) *slot_for(&larger, set->slots[index]) = set->slots[index];
  }
  free(set->slots);
  *set = larger;
}

/** Both halves of a 128-bit product folded together, as wyhash does it. */
static uint64_t mix(uint64_t left, uint64_t right) {
  __extension__ unsigned __int128 product = (unsigned __int128)left * right;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}
