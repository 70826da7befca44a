// What is known of a tree's owners from one command to the next.
#pragma once
#include "table.h"

/** Reads what is known of a tree and what other commands in it do. Without a tree nothing is kept. */
void keeping_begin(const char *tree);
/** Reads what others wrote since. */
void keeping_catch_up(void);
void keeping_note(const struct owned *owned);
/**
 * Writes the file of owners anew; where others are in the tree, what was noted stays, too. Before that it waits a while
 * for those that are just leaving.
 */
void keeping_settle(bool waits);
