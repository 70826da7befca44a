#include "messages.h"

#include <string.h>

#include "memory.h"

static uint64_t pointer(const unsigned char *at, unsigned size);

bool message_read(pid_t tid, uint64_t list, size_t index, unsigned pointer_size, struct message *message) {
  // struct msghdr begins with the address, its size and the vector of buffers, each of the size of a pointer;
  // struct mmsghdr adds a length, and is as large as eight of them.
  unsigned char header[3 * 8], vector[8];
  uint64_t at = list + index * 8 * pointer_size;
  if (memory_read(tid, at, header, 3 * pointer_size) < 3 * pointer_size) return false;
  *message = (struct message){.address = pointer(header, pointer_size)};
  memcpy(&message->address_size, header + pointer_size, sizeof message->address_size);
  uint64_t buffers = pointer(header + 2 * pointer_size, pointer_size);
  if (memory_read(tid, buffers, vector, pointer_size) == pointer_size) message->buffer = pointer(vector, pointer_size);
  return true;
}

static uint64_t pointer(const unsigned char *at, unsigned size) {
  uint64_t value = 0;
  memcpy(&value, at, size);  // both instruction sets are little endian
  return value;
}
