#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** What of a struct msghdr matters here, sendmsg(2). */
struct message {
  uint64_t address;
  uint32_t address_size;
  uint64_t buffer;  // the first one
};

/** Reads the message with this index from a list of struct mmsghdr; a struct msghdr is the first of them. */
bool message_read(pid_t tid, uint64_t list, size_t index, unsigned pointer_size, struct message *message);
