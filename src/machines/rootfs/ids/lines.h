// The file of owners: ["/path",uid,gid] or ["/path",uid,gid,"capability"] a line, the path's bytes as Latin-1.
#pragma once
#include "table.h"

/** Looks up the paths in the tree; what is not there any more is left out. False where not all could be looked up. */
bool lines_read(int parent, const char *tree, const char *file);
/** Of all in the tree that is not root's. False where it is not whole. */
bool lines_write(int parent, const char *tree, const char *file, uint64_t device);
