#pragma once
#include "place.h"

/**
 * Takes down what a regular file holds just before a call may change or remove it, once for each file and never for one
 * that the run itself has made.
 */
void before_change(const struct process *process, const struct place *place);

/** A file that the run has made: it costs nothing more, whatever becomes of it. */
void before_made(const struct stat *status);
