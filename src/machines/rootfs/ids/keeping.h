// What is known of a tree's owners from one command to the next.
#pragma once
#include "table.h"

/** Reads what is known of a tree and what other commands in it do. Without a tree nothing is kept. */
void keeping_begin(const char *tree);
/** Reads what others wrote since. */
void keeping_catch_up(void);
/** 0, or an error below that where it cannot be kept: then it is not known either. */
int keeping_set(struct identity file, uint32_t uid, uint32_t gid);
/**
 * Writes the file of owners anew; where others are in the tree, what was noted stays, too. Before that it waits a while
 * for those that are just leaving. False where it is not written; nothing is lost then. A tree that was deleted has
 * nothing to be written.
 */
bool keeping_settle(bool waits);
