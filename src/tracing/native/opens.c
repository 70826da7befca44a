#define _GNU_SOURCE
#include "opens.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "outside.h"
#include "progress.h"
#include "rights.h"
#include "tell.h"

static const char *type_of(const struct place *place);

int open_error(const struct thread *thread, struct place *place, unsigned long long flags) {
  if (place->error) return place->error;
  mode_t mode = place->status.st_mode;
  if ((flags & O_DIRECTORY) && !S_ISDIR(mode)) return ENOTDIR;
  if (S_ISLNK(mode)) return flags & O_PATH ? 0 : ELOOP;
  if (flags & O_PATH) return 0;
  if (S_ISSOCK(mode)) return ENXIO;
  if (!S_ISREG(mode) && !S_ISDIR(mode)) place->sure = false;  // what opening a device does only the device knows

  bool all_may_read = (mode & 0444) == 0444;
  if (all_may_read || !place->real[0]) return 0;
  rights_take(thread->process);
  int error = syscall(SYS_faccessat2, AT_FDCWD, place->real, R_OK, AT_EACCESS) == 0 ? 0 : errno;
  rights_return(thread->process);
  if (error == ENOSYS) place->sure = false;
  return error;
}

void open_came_out(struct thread *thread, struct place *place, long file) {
  if (!place->real[0] || outside_is_elsewhere(thread)) outside_file_name(thread, file, place->real);
}

void tell_open(const struct thread *thread, const struct place *place, unsigned long long flags, int error,
               bool created) {
  char text[16], *at = text;
  bool temporary = (flags & O_TMPFILE) == O_TMPFILE;
  if (!(flags & O_PATH) && (flags & O_ACCMODE) != O_WRONLY) *at++ = 'r';
  if (!(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY) *at++ = 'w';
  if (flags & O_CREAT) *at++ = 'c';
  if (flags & O_EXCL) *at++ = 'x';
  if (flags & O_TRUNC) *at++ = 't';
  if (flags & O_APPEND) *at++ = 'a';
  if ((flags & O_DIRECTORY) && !temporary) *at++ = 'd';
  if (flags & O_NOFOLLOW) *at++ = 'n';
  if (flags & O_PATH) *at++ = 'p';
  if (temporary) *at++ = 'm';
  *at = 0;

  if (!error) progress_files++;
  tell_place(thread, "open", place, error);
  log_text("flags", text);
  if (created) log_true("created");
  if (!error && !place->error && !created && type_of(place)) log_text("type", type_of(place));
  log_end();
}

static const char *type_of(const struct place *place) {
  switch (place->status.st_mode & S_IFMT) {
    case S_IFDIR: return "directory";
    case S_IFCHR:
    case S_IFBLK: return "device";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    default: return NULL;
  }
}
