#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a system call means to the trace. Those up to LAST_LOOK change nothing. */
enum kind {
  CALL_NONE,
  CALL_OPEN,
  CALL_STAT,
  CALL_ACCESS,
  CALL_READLINK,
  CALL_RANDOM,
  LAST_LOOK = CALL_RANDOM,
  CALL_OPEN_HOW,
  CALL_EXEC,
  CALL_CHDIR,
  CALL_CHROOT,
  CALL_MKDIR,
  CALL_MKNOD,
  CALL_SYMLINK,
  CALL_LINK,
  CALL_RENAME,
  CALL_UNLINK,
  CALL_TRUNCATE,
  CALL_ATTRIBUTES,
  CALL_CONNECT,
  CALL_BIND,
  CALL_MOUNT,
  CALL_NAMESPACE,
  CALL_IDENTITY,
  CALL_TRACE,
  CALL_URING,
  FIRST_UNFILTERED,  // from here on no filter stops: only a thread that stops at every call comes there
  CALL_RECEIVE = FIRST_UNFILTERED,
  CALL_CLOSE,
};

/** One system call: which of its arguments (counted from 1, as the manual does; 0: none) mean what. */
struct call {
  const char *name;
  enum kind kind;
  uint8_t directory, path;      // where it looks
  uint8_t directory2, path2;    // the other end of a link or a rename; content of a link
  uint8_t flags;                // open or AT_ flags; of access its mode
  uint8_t at_flags;             // AT_ flags where `flags` holds something else
  uint8_t descriptor;           // an open file in place of a path
  uint8_t message, messages;    // a struct msghdr; a list of struct mmsghdr
  unsigned fixed;               // flags that the name of the call implies
  const char *what;             // the attribute or mount action, for the log
};

/** The calls of one instruction set, by number. */
struct call_table {
  uint32_t audit_arch;
  const struct call *calls;
  size_t count;
  unsigned pointer_size;
};

extern const struct call_table native_table;

/** The 32-bit calls that this machine's kernel runs too; no calls where there are none. */
extern const struct call_table compat_table;

/** The table for an audit architecture, NULL where there is none. */
const struct call_table *table_for(uint32_t audit_arch);

/** The call with this number, NULL if the trace does not care for it. */
const struct call *call_numbered(const struct call_table *table, uint64_t number);

/** Whether flags of open say that nothing can change by it. */
bool open_only_looks(uint64_t flags);
