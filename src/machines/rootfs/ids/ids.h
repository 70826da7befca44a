// What the parts of the program share: calls that were notified, and what is answered.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

enum kind {
  GET_UID, GET_EUID, GET_GID, GET_EGID, GET_RESUID, GET_RESGID, GET_GROUPS,
  SET_UID, SET_GID, SET_REUID, SET_REGID, SET_RESUID, SET_RESGID, SET_FSUID, SET_FSGID, SET_GROUPS,
  GET_RIGHTS, SET_RIGHTS, CONTROL, EXEC, STAT, STATX, CHOWN, OPEN, OPEN_HOW, MKDIR, MKNOD, SYMLINK, REMOVE,
  MOUNT, CONFIGURE, REFUSE,
};

/** A call's arguments by their positions, -1 for those that it does not have. */
struct call {
  int number;
  enum kind kind;
  int folder;  // the descriptor of a folder, or of the file itself where there is no path
  int path;
  int data;    // where the answer goes, or the first of what is asked for
  int flags;   // AT_*, O_*
  int fixed;   // flags that the call has by its name
  bool is_short;  // ids of 16 bits
};

struct request {
  pid_t pid;
  const struct call *call;
  uint64_t arguments[6];
  uint64_t id;
  int listener;
  bool is_compat;
};

/** Let the kernel do the call itself, say nothing for it was answered, or give a value or an error below zero. */
enum { GO_ON, ANSWERED, RESULT };
struct answer { int what; int64_t value; };
#define go_on ((struct answer){GO_ON, 0})
#define answered ((struct answer){ANSWERED, 0})
#define result_of(number) ((struct answer){RESULT, (number)})

typedef struct answer handler(const struct request *request);

/** Ends the program with a message. */
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static inline int argument_at(const struct request *request, int at) {
  return at < 0 ? -1 : (int)request->arguments[at];
}

/** An id among the arguments; all ones where none is meant. */
static inline uint32_t id_at(const struct request *request, int at) {
  uint32_t id = (uint32_t)request->arguments[at];
  return !request->call->is_short ? id : (uint16_t)id == (uint16_t)-1 ? (uint32_t)-1 : (uint16_t)id;
}
