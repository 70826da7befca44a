// TREE.owners.since: what was changed since TREE.owners was written, by inodes, as it happened.
#pragma once
#include "table.h"

/** A file's owner; of one that was there before the command began, which keeps its capability; all such were noted. */
enum { GIVEN = 0x6e6f7465, FORMER, WHOLE };

/** Of a size that divides a block's, so that a disk that becomes full has none in part, and all others are in place. */
struct note { struct identity file; uint32_t uid, gid, kind, unused[7]; };

/** Where it cannot be written, what is there is read all the same. */
void notes_open(int folder, const char *name);
bool notes_are_kept(void);
/** -1 where it is not there, or not there any more. */
off_t notes_size(void);
/** The one there; false behind the last. */
bool notes_read(off_t at, struct note *note);
bool notes_have(uint32_t kind);
/** 0, or an error below that. */
int notes_add(const struct note *note);
bool notes_forget(void);

/** Whether nobody else is in the tree, nor comes as long as we stay. False leaves the lock that says that we are. */
bool notes_lock_alone(void);
void notes_lock(void);
void notes_unlock(void);
