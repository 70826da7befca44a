// Whose files are: by device and inode, for as long as that is the same file.
#pragma once
#include <sys/stat.h>
#include "ids.h"

struct statx;

/** What tells a file from one that gets its number later: when it was born, where that is known. */
struct identity { uint64_t device, inode, born; };

struct owned {
  struct identity file;
  uint32_t uid, gid;
  char *capability;  // as the file of owners has it, in quotes
  uint64_t doomed;   // when it was last changed before it was removed; 0 if it was not
};

struct identity identity_of(const struct statx *status);
unsigned identity_mask(void);

/** NULL where it is root's. */
struct owned *table_find(const struct statx *status);
/** Whether any of that number is there, whatever it is. */
bool table_has_inode(uint64_t inode);
struct owned *table_set(struct identity file, uint32_t uid, uint32_t gid);
void table_doom(const struct statx *status);
size_t table_count(void);
void table_each(void (*visit)(const struct owned *owned));
/** Knows nothing any more but the capabilities of files, which can be taken. */
void table_begin_again(void);
/** It is the caller's now. */
char *table_take_capability(struct identity file);
