#define _GNU_SOURCE
#include "table.h"

#include <string.h>
#include <sys/sysmacros.h>

static struct owned **slots;
static size_t size, count;

/** A capability of a file that is not known else; there are few. */
static struct aside { struct aside *next; struct identity file; char *capability; } *aside;

static size_t slot_of(uint64_t inode);
static struct owned *find(uint64_t device, uint64_t inode);
static void grow(void);
static void put_aside(struct identity file, char *capability);
static uint64_t changed(const struct statx *status);

unsigned identity_mask(void) { return STATX_TYPE | STATX_MODE | STATX_INO | STATX_NLINK | STATX_CTIME | STATX_BTIME; }

struct identity identity_of(const struct statx *status) {
  uint64_t born = status->stx_mask & STATX_BTIME
    ? (uint64_t)status->stx_btime.tv_sec * 1000000000 + status->stx_btime.tv_nsec : 0;
  return (struct identity){makedev(status->stx_dev_major, status->stx_dev_minor), status->stx_ino, born};
}

struct owned *table_find(const struct statx *status) {
  if (count == 0) return NULL;
  struct identity file = identity_of(status);
  struct owned *owned = find(file.device, file.inode);
  if (!owned || owned->file.born != file.born) return NULL;
  return owned->doomed && owned->doomed != changed(status) ? NULL : owned;
}

bool table_has_inode(uint64_t inode) {
  if (size == 0) return false;
  for (size_t at = slot_of(inode); slots[at]; at = (at + 1) % size)
    if (slots[at]->file.inode == inode) return true;
  return false;
}

struct owned *table_set(struct identity file, uint32_t uid, uint32_t gid) {
  struct owned *owned = find(file.device, file.inode);
  if (!owned) {
    if ((count + 1) * 2 > size) grow();
    owned = calloc(1, sizeof *owned);
    if (!owned) give_up("no memory");
    size_t at = slot_of(file.inode);
    while (slots[at]) at = (at + 1) % size;
    slots[at] = owned;
    count++;
  }
  // As the kernel does when an owner changes.
  free(owned->capability);
  *owned = (struct owned){file, uid, gid, NULL, 0};
  return owned;
}

void table_doom(const struct statx *status) {
  struct owned *owned = table_find(status);
  if (owned && (status->stx_nlink < 2 || S_ISDIR(status->stx_mode))) owned->doomed = changed(status);
}

size_t table_count(void) { return count; }

void table_each(void (*visit)(const struct owned *owned)) {
  for (size_t at = 0; at < size; at++)
    if (slots[at]) visit(slots[at]);
}

void table_begin_again(void) {
  struct owned **old = slots;
  size_t many = size;
  slots = NULL;
  size = count = 0;
  for (size_t at = 0; at < many; at++) {
    if (!old[at]) continue;
    if (old[at]->capability) put_aside(old[at]->file, old[at]->capability);
    free(old[at]);
  }
  free(old);
}

static void put_aside(struct identity file, char *capability) {
  free(table_take_capability(file));
  struct aside *one = malloc(sizeof *one);
  if (!one) give_up("no memory");
  *one = (struct aside){aside, file, capability};
  aside = one;
}

char *table_take_capability(struct identity file) {
  struct owned *owned = find(file.device, file.inode);
  if (owned && owned->capability && owned->file.born == file.born) {
    char *capability = owned->capability;
    owned->capability = NULL;
    return capability;
  }
  for (struct aside **at = &aside; *at; at = &(*at)->next) {
    struct aside *one = *at;
    if (memcmp(&one->file, &file, sizeof file) != 0) continue;
    char *capability = one->capability;
    *at = one->next;
    free(one);
    return capability;
  }
  return NULL;
}

static size_t slot_of(uint64_t inode) { return (inode * 0x9E3779B97F4A7C15u >> 20) % size; }

static struct owned *find(uint64_t device, uint64_t inode) {
  if (size == 0) return NULL;
  for (size_t at = slot_of(inode); slots[at]; at = (at + 1) % size)
    if (slots[at]->file.inode == inode && slots[at]->file.device == device) return slots[at];
  return NULL;
}

static void grow(void) {
  struct owned **old = slots;
  size_t many = size;
  size = many ? many * 2 : 1024;
  slots = calloc(size, sizeof *slots);
  if (!slots) give_up("no memory");
  for (size_t each = 0; each < many; each++) {
    if (!old[each]) continue;
    size_t at = slot_of(old[each]->file.inode);
    while (slots[at]) at = (at + 1) % size;
    slots[at] = old[each];
  }
  free(old);
}

static uint64_t changed(const struct statx *status) {
  return (uint64_t)status->stx_ctime.tv_sec * 1000000000 + status->stx_ctime.tv_nsec + 1;
}
