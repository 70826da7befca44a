// The file of owners: ["/path",uid,gid] or ["/path",uid,gid,"capability"] a line, the path's bytes as Latin-1.
#pragma once
#include "table.h"

/** Looks up the paths in the tree; what is not there any more is left out. */
void lines_read(const char *tree, const char *file);
/** Whole or not at all: of all in the tree that is not root's. */
bool lines_write(const char *tree, const char *file, uint64_t device);
