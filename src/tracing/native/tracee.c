#include "tracee.h"

#include <stdlib.h>

#include "pending.h"
#include "rights.h"

#define BUCKETS 4096

unsigned names_epoch;
size_t processes_alive, processes_seen;

static struct thread *threads[BUCKETS];
static struct process *processes[BUCKETS];

static struct early {
  struct early *next;
  pid_t tid;
} *early;

static void process_remove(struct process *process);

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (!memory) abort();
  return memory;
}

struct thread *thread_find(pid_t tid) {
  struct thread *thread = threads[tid % BUCKETS];
  while (thread && thread->tid != tid) thread = thread->next;
  return thread;
}

struct thread *thread_add(pid_t tid, struct process *process) {
  struct thread *thread = allocate(sizeof *thread);
  thread->tid = tid;
  thread->process = process;
  thread->next = threads[tid % BUCKETS];
  threads[tid % BUCKETS] = thread;
  process->threads++;
  return thread;
}

void thread_remove(struct thread *thread) {
  struct thread **link = &threads[thread->tid % BUCKETS];
  while (*link != thread) link = &(*link)->next;
  *link = thread->next;
  pending_drop(thread);
  if (--thread->process->threads == 0) process_remove(thread->process);
  free(thread);
}

struct process *process_add(pid_t pid) {
  struct process *process = allocate(sizeof *process);
  process->pid = pid;
  process->next = processes[pid % BUCKETS];
  processes[pid % BUCKETS] = process;
  processes_alive++;
  processes_seen++;
  return process;
}

struct thread *process_keep_only(struct process *process, pid_t former_tid) {
  struct thread *caller = thread_find(former_tid);
  struct pending *pending = caller ? caller->pending : NULL;
  if (caller) caller->pending = NULL;

  struct thread *leader = thread_find(process->pid);
  if (!leader) leader = thread_add(process->pid, process);
  pending_drop(leader);
  leader->pending = pending;

  for (size_t bucket = 0; process->threads > 1 && bucket < BUCKETS; bucket++) {
    for (struct thread *thread = threads[bucket], *next; thread; thread = next) {
      next = thread->next;
      if (thread->process == process && thread != leader) thread_remove(thread);
    }
  }
  return leader;
}

void each_process(void (*visit)(struct process *)) {
  for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
    for (struct process *process = processes[bucket]; process; process = process->next) visit(process);
  }
}

void each_thread(void (*visit)(struct thread *)) {
  for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
    for (struct thread *thread = threads[bucket], *next; thread; thread = next) {
      next = thread->next;
      visit(thread);
    }
  }
}

void early_add(pid_t tid) {
  struct early *child = allocate(sizeof *child);
  *child = (struct early){early, tid};
  early = child;
}

bool early_take(pid_t tid) {
  for (struct early **link = &early; *link; link = &(*link)->next) {
    struct early *child = *link;
    if (child->tid != tid) continue;
    *link = child->next;
    free(child);
    return true;
  }
  return false;
}

static void process_remove(struct process *process) {
  struct process **link = &processes[process->pid % BUCKETS];
  while (*link != process) link = &(*link)->next;
  *link = process->next;
  set_free(&process->told);
  rights_free(process->rights);
  free(process->folder);
  free(process);
  processes_alive--;
}
