// The start of programs: execve and execveat, and what the kernel opens for them by itself.
#define _GNU_SOURCE
#include "exec.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "interpreters.h"
#include "log.h"
#include "options.h"
#include "rights.h"
#include "stack.h"
#include "stops.h"
#include "tell.h"

static void tell_failure(struct thread *thread, const struct place *place, int error);
static void tell_environment(const struct strings *variables, char id[17]);
static void note_unusual(struct process *process, const struct stack *stack, const struct place *program);

enum verdict exec_enter(struct thread *thread, const struct entry *entry) {
  const struct call *call = entry->call;
  struct pending *pending = pending_start(thread, call);
  uint64_t flags = argument(entry, call->flags);
  if (!place_of_call(thread, entry, &pending->at)) return LET_GO;
  place_look(thread, &pending->at, !(flags & AT_SYMLINK_NOFOLLOW));

  // The search of a PATH fails many times before it succeeds.
  if (pending->at.error && pending->at.sure && !options.exact) {
    tell_failure(thread, &pending->at, pending->at.error);
    pending_drop(thread);
    return LET_GO;
  }
  // Of a script the kernel writes other arguments to the new stack, so they are read here.
  if (!opened_is_program(&pending->at)) {
    pending->argv = memory_read_texts(thread->tid, argument(entry, call->path2), entry->pointer_size);
  }
  return ASK;
}

void exec_failed(struct thread *thread, long result) {
  tell_failure(thread, &thread->pending->at, (int)-result);
}

static void tell_failure(struct thread *thread, const struct place *place, int error) {
  if (!tell_is_new_look(thread->process, CALL_EXEC, place, error)) return;
  tell_place(thread, "exec", place, error);
  log_seconds("time", log_clock());
  log_end();
}

void exec_done(struct thread *thread) {
  static struct place unseen;
  struct process *process = thread->process;
  struct pending *pending = thread->pending;
  struct place *program = pending ? &pending->at : &unseen;
  struct executed executed;
  executed_read(thread, program, &executed);
  if (!pending) strcpy(unseen.path, executed.path);

  struct stack stack;
  stack_read(thread->tid, &stack);
  char environment[17] = "";
  if (stack.whole) tell_environment(&stack.environment, environment);

  const char *opened[OPENED_MOST];
  size_t count = opened_by_kernel(thread, program, &executed, opened);

  set_free(&process->told);  // another program: what it uses is told anew
  tell_place(thread, "exec", program, 0);
  log_seconds("time", log_clock());
  if (pending && pending->argv) {
    log_texts("argv", pending->argv->items, pending->argv->count);
  } else if (pending && stack.whole) {
    log_strings("argv", stack.arguments.bytes, stack.arguments.size);
  }
  if (environment[0]) log_text("environment", environment);
  log_text("cwd", working_folder(thread));
  if (stack.whole) log_number("uid", stack.uid);
  if (count) log_texts("opened", opened, count);
  log_end();

  note_unusual(process, &stack, program);
  if (stack.whole && (!rights_own_user(stack.effective_uid) || process->rights)) rights_update(process);
  stack_free(&stack);
  pending_drop(thread);
}

/** Each environment is written once and then named by its hash. */
static void tell_environment(const struct strings *variables, char id[17]) {
  static struct set told;
  if (variables->size == 0) return;
  uint64_t print = fingerprint(fingerprint_start(), variables->bytes, variables->size);
  snprintf(id, 17, "%016llx", (unsigned long long)print);
  if (!set_add(&told, print)) return;
  log_event("environment", 0);
  log_text("id", id);
  log_strings("variables", variables->bytes, variables->size);
  log_end();
}

static void note_unusual(struct process *process, const struct stack *stack, const struct place *program) {
  if (!table_for(stack->arch)) {
    log_note(process->pid, "it is a program of an instruction set whose calls this tracer does not decode");
  }
  bool takes_rights = program->error == 0 && S_ISREG(program->status.st_mode) && (program->status.st_mode & S_ISUID);
  if (takes_rights && stack->whole && stack->effective_uid != program->status.st_uid) {
    log_note(process->pid, "its program is setuid, which a traced program does not get from an ordinary user's tracer");
  }
}
