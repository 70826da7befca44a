#pragma once
#include <stdbool.h>
#include <sys/types.h>

/**
 * Turns the path of an open file as another mount namespace has it into the one that leads there from outside; false
 * where none does, as into a file system that only that namespace has mounted.
 */
bool mounts_translate(pid_t pid, int file, char *path);
