#pragma once
#include <stdbool.h>
#include <sys/types.h>

/**
 * The real path of a folder named by an absolute text, as the kernel says it; returns an errno. Most looks of a program
 * go to few folders, so answers are remembered until `names_epoch` moves.
 */
int folder_real(pid_t process, const char *text, char *real);

/** /proc/self is another folder for the tracer: a path that it met there is put right. True if it was one. */
bool folder_of_caller(pid_t process, char *real);
