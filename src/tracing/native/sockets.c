// connect, bind, and messages sent to an address.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "calls.h"
#include "log.h"
#include "messages.h"
#include "names.h"
#include "tell.h"

// Numbers of socketcall(2), through which 32-bit programs may do all of these.
enum { SOCKETCALL_BIND = 2, SOCKETCALL_CONNECT = 3, SOCKETCALL_SENDTO = 11 };

/** What a call does with which socket. */
struct act {
  bool binds;
  int descriptor;
  uint64_t address, size;
};

static void tell(struct thread *thread, const char *address, int error);
static bool unpack_socketcall(struct thread *thread, const struct entry *entry, struct act *act);
static bool unpack_message(struct thread *thread, uint64_t messages, size_t index, unsigned pointer_size,
                           struct act *act);
static bool format_address(struct thread *thread, uint64_t address, uint64_t size, char *text, size_t room);

enum verdict socket_enter(struct thread *thread, const struct entry *entry) {
  const struct call *call = entry->call;
  struct act act = {
      .binds = call->kind == CALL_BIND,
      .descriptor = descriptor_argument(entry, 1),
      .address = argument(entry, call->path),
      .size = argument(entry, call->flags),
  };
  uint64_t messages = argument(entry, call->message);
  if (call->descriptor && !unpack_socketcall(thread, entry, &act)) return LET_GO;
  if (call->message && !unpack_message(thread, messages, 0, entry->pointer_size, &act)) return LET_GO;

  struct pending *pending = pending_start(thread, call);
  pending->flags = act.binds;
  pending->at.descriptor = act.descriptor;
  pending->messages = messages;
  pending->pointer_size = entry->pointer_size;
  if (format_address(thread, act.address, act.size, pending->address, sizeof pending->address)) return ASK;
  pending_drop(thread);
  return LET_GO;
}

void socket_leave(struct thread *thread, long result) {
  struct pending *pending = thread->pending;
  tell(thread, pending->address, result < 0 ? (int)-result : 0);

  // Of a list of messages each may go elsewhere; the result says how many went.
  struct act act;
  for (long sent = 1; pending->call->messages && sent < result; sent++) {
    if (!unpack_message(thread, pending->messages, (size_t)sent, pending->pointer_size, &act)) continue;
    if (!format_address(thread, act.address, act.size, pending->address, sizeof pending->address)) continue;
    tell(thread, pending->address, 0);
  }
}

static void tell(struct thread *thread, const char *address, int error) {
  const struct pending *pending = thread->pending;
  bool binds = pending->flags;
  if (!binds && (error == 0 || error == EINPROGRESS)) names_asked(thread, pending->at.descriptor, address);

  char news[sizeof pending->address + 32];
  snprintf(news, sizeof news, "%d %d %s", error, binds, address);
  if (!tell_is_new(thread->process, news)) return;

  log_event(binds ? "bind" : "connect", thread->process->pid);
  log_text("address", address);
  tell_error(error);
  log_end();
}

static bool unpack_socketcall(struct thread *thread, const struct entry *entry, struct act *act) {
  uint32_t arguments[6] = {0};
  uint64_t number = argument(entry, 1);
  size_t wanted = number == SOCKETCALL_SENDTO ? 6 : 3;
  if (number != SOCKETCALL_BIND && number != SOCKETCALL_CONNECT && number != SOCKETCALL_SENDTO) return false;
  if (memory_read(thread->tid, argument(entry, 2), arguments, wanted * 4) < wanted * 4) return false;

  act->binds = number == SOCKETCALL_BIND;
  act->descriptor = (int)arguments[0];
  act->address = arguments[number == SOCKETCALL_SENDTO ? 4 : 1];
  act->size = arguments[number == SOCKETCALL_SENDTO ? 5 : 2];
  return true;
}

/** False where the message has no address of its own: it goes where its socket is connected to. */
static bool unpack_message(struct thread *thread, uint64_t messages, size_t index, unsigned pointer_size,
                           struct act *act) {
  struct message message;
  if (!message_read(thread->tid, messages, index, pointer_size, &message) || !message.address) return false;
  act->address = message.address;
  act->size = message.address_size;
  return true;
}

static bool format_address(struct thread *thread, uint64_t address, uint64_t size, char *text, size_t room) {
  union {
    struct sockaddr any;
    struct sockaddr_in inet;
    struct sockaddr_in6 inet6;
    struct sockaddr_un local;
  } socket = {0};
  char host[INET6_ADDRSTRLEN];
  if (size > sizeof socket) size = sizeof socket;
  if (!address || size < sizeof socket.any.sa_family) return false;
  if (memory_read(thread->tid, address, &socket, size) < size) return false;

  switch (socket.any.sa_family) {
    case AF_INET:
      inet_ntop(AF_INET, &socket.inet.sin_addr, host, sizeof host);
      snprintf(text, room, "inet %s:%u", host, ntohs(socket.inet.sin_port));
      return true;
    case AF_INET6:
      inet_ntop(AF_INET6, &socket.inet6.sin6_addr, host, sizeof host);
      snprintf(text, room, "inet6 [%s]:%u", host, ntohs(socket.inet6.sin6_port));
      return true;
    case AF_UNIX: {
      const char *path = socket.local.sun_path;
      int length = (int)(size - offsetof(struct sockaddr_un, sun_path));
      if (length <= 0) return false;
      if (path[0] == 0) {
        snprintf(text, room, "unix @%.*s", length - 1, path + 1);
      } else {
        snprintf(text, room, "unix %.*s", length, path);
      }
      return true;
    }
    default: return false;
  }
}
