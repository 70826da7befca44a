#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "set.h"

struct pending;
struct rights;

/** Of one process, as many at a time are looked at. */
#define NAME_SOCKETS 4

/** A process that is traced: what all its threads share. */
struct process {
  struct process *next;
  pid_t pid;
  int threads;
  struct set told;         // what the log says already of it and some path
  char *folder;            // its working directory, NULL: ask
  unsigned folder_epoch;   // `names_epoch` at which `folder` was asked for
  bool shares_folder;      // the working directory may change behind its back
  bool roams;              // one of several threads has changed it
  bool foreign_root;       // other root or mount namespace than the tracer
  bool foreign_decided;
  int name_sockets[NAME_SOCKETS];  // to services that were asked for names: descriptors plus 1, 0: none
  unsigned calls_to_answer;
  struct rights *rights;   // NULL: those of the tracer
};

/** A thread, or the only one of a process. */
struct thread {
  struct thread *next;
  pid_t tid;
  struct process *process;
  struct pending *pending;  // a call whose end will be looked at
  bool interrupted;         // it is to stop right behind that call
  bool begins_anew;         // that call was interrupted before it had a result
};

/** Grows when paths may have got another meaning: a folder or a link was moved, removed or mounted over. */
extern unsigned names_epoch;

extern size_t processes_alive, processes_seen;

struct thread *thread_find(pid_t tid);
struct thread *thread_add(pid_t tid, struct process *process);

/** Forgets a thread, and its process if it was the last one. */
void thread_remove(struct thread *thread);

struct process *process_add(pid_t pid);

/** After an exec: whatever other threads there were are gone, and `thread` has the process's own id. */
struct thread *process_keep_only(struct process *process, pid_t former_tid);

void each_process(void (*visit)(struct process *));
void each_thread(void (*visit)(struct thread *));

/** A child that stopped before its parent's event named it. */
void early_add(pid_t tid);
bool early_take(pid_t tid);
