// connect, bind, and datagrams sent to an address.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "calls.h"
#include "log.h"
#include "tell.h"

// Numbers of socketcall(2), through which 32-bit programs may do all of these.
enum { SOCKETCALL_BIND = 2, SOCKETCALL_CONNECT = 3, SOCKETCALL_SENDTO = 11 };

static bool unpack_socketcall(struct thread *thread, const struct entry *entry, uint64_t *address, uint64_t *size,
                              bool *binds);
static bool format_address(struct thread *thread, uint64_t address, uint64_t size, char *text, size_t room);

enum verdict socket_enter(struct thread *thread, const struct entry *entry) {
  const struct call *call = entry->call;
  uint64_t address = argument(entry, call->path), size = argument(entry, call->flags);
  bool binds = call->kind == CALL_BIND;
  if (call->descriptor && !unpack_socketcall(thread, entry, &address, &size, &binds)) return LET_GO;

  struct pending *pending = pending_start(thread, call);
  pending->flags = binds;
  if (format_address(thread, address, size, pending->address, sizeof pending->address)) return ASK;
  pending_drop(thread);
  return LET_GO;
}

void socket_leave(struct thread *thread, long result) {
  const struct pending *pending = thread->pending;
  int error = result < 0 ? (int)-result : 0;
  char news[sizeof pending->address + 32];
  snprintf(news, sizeof news, "%d %llu %s", error, pending->flags, pending->address);
  if (!tell_is_new(thread->process, news)) return;

  log_event(pending->flags ? "bind" : "connect", thread->process->pid);
  log_text("address", pending->address);
  tell_error(error);
  log_end();
}

static bool unpack_socketcall(struct thread *thread, const struct entry *entry, uint64_t *address, uint64_t *size,
                              bool *binds) {
  uint32_t arguments[6] = {0};
  uint64_t number = argument(entry, 1);
  size_t wanted = number == SOCKETCALL_SENDTO ? 6 : 3;
  if (number != SOCKETCALL_BIND && number != SOCKETCALL_CONNECT && number != SOCKETCALL_SENDTO) return false;
  if (memory_read(thread->tid, argument(entry, 2), arguments, wanted * 4) < wanted * 4) return false;

  *address = arguments[number == SOCKETCALL_SENDTO ? 4 : 1];
  *size = arguments[number == SOCKETCALL_SENDTO ? 5 : 2];
  *binds = number == SOCKETCALL_BIND;
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
