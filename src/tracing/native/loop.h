#pragma once
/** Follows everything that is traced until nothing is left, or until it is asked to let go of what was attached to. */
void loop_run(void);
