#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACER_NAME "reproman-tracer 1"

enum layer { LAYER_AUTO, LAYER_PTRACE, LAYER_NOTIFY };

#define WAIT_FOR_ALL (-1)

struct options {
  const char *log;
  enum layer layer;
  bool exact;           // every result is asked at the exit of its call
  const char *kept;     // folder for copies of files that the run is about to change
  uint64_t keep_limit;  // bytes; a larger file is not copied
  uint64_t hash_limit;  // bytes; a larger file is not hashed
  double wait;          // seconds for what the command leaves behind, WAIT_FOR_ALL
  int progress;         // descriptor, -1: none
  pid_t attach;         // process to follow, 0: start `command`
  bool probe;
  char **environment_changes;  // of the command: NAME=VALUE sets, NAME removes; ends with NULL
  char **command;
};

extern struct options options;

/** Reads the command line into `options`; ends the program on --version and on what it cannot read. */
void read_options(int argc, char **argv);

/** Writes one line to stderr and ends the program with the code of a failure of its own. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define EXIT_OWN_FAILURE 125
#define EXIT_CANNOT_EXECUTE 126
#define EXIT_NOT_FOUND 127
