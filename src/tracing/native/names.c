// Names that are looked up: the answers of name services, as they are. Reading is stopped at nowhere else: only the
// threads of a process that has asked such a service stop at each of their calls, until it closes the socket.
#include "names.h"

#include <string.h>

#include "log.h"
#include "messages.h"

// A process that leaves its socket open is not slowed down for longer than this.
#define CALLS_TO_ANSWER 1000

static const int no_sockets[NAME_SOCKETS];

static bool is_name_service(const char *address);
static int *socket_of(struct process *process, int descriptor);

void names_asked(struct thread *thread, int descriptor, const char *address) {
  struct process *process = thread->process;
  if (!is_name_service(address)) return;
  int *at = socket_of(process, descriptor);
  if (!at) at = socket_of(process, -1);
  if (at) *at = descriptor + 1;
  process->calls_to_answer = CALLS_TO_ANSWER;
}

bool names_awaited(const struct thread *thread) {
  return thread->process->calls_to_answer > 0;
}

void names_count(struct thread *thread) {
  struct process *process = thread->process;
  if (process->calls_to_answer > 0 && --process->calls_to_answer == 0) {
    memcpy(process->name_sockets, no_sockets, sizeof no_sockets);
  }
}

/** DNS, and systemd-resolved as its module of the C library asks it. */
static bool is_name_service(const char *address) {
  const char *port = strrchr(address, ':');
  bool dns = strncmp(address, "inet", 4) == 0 && port && strcmp(port, ":53") == 0;
  return dns || strcmp(address, "unix /run/systemd/resolve/io.systemd.Resolve") == 0;
}

/** Where it is kept; of -1 a free place. NULL if there is none. */
static int *socket_of(struct process *process, int descriptor) {
  for (size_t at = 0; at < NAME_SOCKETS; at++) {
    if (process->name_sockets[at] == descriptor + 1) return &process->name_sockets[at];
  }
  return NULL;
}

enum verdict names_enter(struct thread *thread, const struct entry *entry) {
  const struct call *call = entry->call;
  struct process *process = thread->process;
  int *socket = names_awaited(thread) ? socket_of(process, descriptor_argument(entry, 1)) : NULL;
  if (!socket) return LET_GO;
  if (call->kind == CALL_CLOSE) {
    *socket = 0;
    if (memcmp(process->name_sockets, no_sockets, sizeof no_sockets) == 0) process->calls_to_answer = 0;
    return LET_GO;
  }
  uint64_t buffer = argument(entry, call->path);
  struct message message;
  if (call->message) {
    if (!message_read(thread->tid, argument(entry, call->message), 0, entry->pointer_size, &message)) return LET_GO;
    buffer = message.buffer;
  }
  pending_start(thread, call)->flags = buffer;
  return ASK;
}

void names_leave(struct thread *thread, long result) {
  static unsigned char answer[4096];
  if (result <= 0) return;
  size_t length = (size_t)result < sizeof answer ? (size_t)result : sizeof answer;
  if (memory_read(thread->tid, thread->pending->flags, answer, length) < length) return;
  log_event("answer", thread->process->pid);
  log_text_of("data", (const char *)answer, length);
  log_end();
}
