#pragma once

/** Tries in a child what tracing needs and prints one line of JSON about it; returns the exit code. */
int probe(void);
