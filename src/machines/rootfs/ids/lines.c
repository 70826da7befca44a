#define _GNU_SOURCE
#include "lines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool read_line(int tree, char *line);
static bool is_no_more(void);
static char *read_text(char *from, char *bytes, size_t size);
static void allow_depth(void);
static bool write_folder(FILE *out, int folder, char *path, size_t length, uint64_t device);
static void write_one(FILE *out, const char *path, size_t length, const struct owned *owned);

bool lines_read(int parent, const char *tree, const char *file) {
  int text = openat(parent, file, O_RDONLY | O_CLOEXEC);
  if (text < 0) return errno == ENOENT;
  int folder = openat(parent, tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
  FILE *in = fdopen(text, "r");
  char *line = NULL;
  size_t room = 0;
  bool is_read = in && (folder >= 0 || errno == ENOENT);
  while (in && folder >= 0 && getline(&line, &room, in) > 0) is_read = read_line(folder, line) && is_read;
  if (in && ferror(in)) is_read = false;
  free(line);
  if (in) fclose(in);
  else close(text);
  if (folder >= 0) close(folder);
  return is_read;
}

static bool read_line(int tree, char *line) {
  char path[PATH_MAX];
  unsigned uid, gid;
  int read = 0;
  if (strncmp(line, "[\"", 2) != 0) return true;
  char *rest = read_text(line + 2, path, sizeof path);
  if (!rest || sscanf(rest, ",%u,%u%n", &uid, &gid, &read) != 2) return true;
  const char *inside = path + strspn(path, "/");
  struct statx status;
  if (statx(tree, *inside ? inside : ".", AT_SYMLINK_NOFOLLOW, identity_mask(), &status) != 0) return is_no_more();
  struct owned *owned = table_set(identity_of(&status), uid, gid);
  rest += read;
  char *end = strrchr(rest, ']');
  if (rest[0] == ',' && end) owned->capability = strndup(rest + 1, (size_t)(end - rest - 1));
  return true;
}

/** Or is nothing that we could have noted. */
static bool is_no_more(void) { return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES; }

/** Up to the closing quote; gives what comes after it. RFC 8259, of what JSON.stringify writes for such text. */
static char *read_text(char *from, char *bytes, size_t size) {
  size_t length = 0;
  for (; *from && *from != '"' && length + 1 < size; from++) {
    unsigned char byte = (unsigned char)*from;
    unsigned code;
    if (byte == '\\' && from[1] == 'u' && sscanf(from + 2, "%4x", &code) == 1) {
      byte = (unsigned char)code;
      from += 5;
    } else if (byte == '\\') {
      from++;
      const char *short_ones = "b\bf\fn\nr\rt\t", *found = strchr(short_ones, *from);
      byte = (unsigned char)(found && *from > ' ' ? found[1] : *from);
    } else if (byte >= 0x80) {
      from++;
      byte = (unsigned char)((byte & 3) << 6 | (*from & 0x3f));
    }
    bytes[length++] = (char)byte;
  }
  bytes[length] = 0;
  return *from == '"' ? from + 1 : NULL;
}

bool lines_write(int parent, const char *tree, const char *file, uint64_t device) {
  char path[PATH_MAX] = "/";
  allow_depth();
  int folder = openat(parent, tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  int text = openat(parent, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  FILE *out = text < 0 ? NULL : fdopen(text, "w");
  if (!out) {
    close(folder);
    if (text >= 0) close(text);
    return false;
  }
  struct statx status;
  bool is_whole = statx(folder, "", AT_EMPTY_PATH, identity_mask(), &status) == 0;
  struct owned *owned = is_whole ? table_find(&status) : NULL;
  if (owned) write_one(out, path, 1, owned);
  is_whole = write_folder(out, folder, path, 0, device) && is_whole;
  is_whole = fflush(out) == 0 && !ferror(out) && is_whole;
  return fclose(out) == 0 && is_whole;
}

/** Each folder on the way to a file is open. */
static void allow_depth(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/** Closes the folder. `path` is its own, without a slash at its end. */
static bool write_folder(FILE *out, int folder, char *path, size_t length, uint64_t device) {
  DIR *entries = fdopendir(folder);
  if (!entries) {
    close(folder);
    return false;
  }
  bool is_whole = true;
  errno = 0;
  for (struct dirent *entry; (entry = readdir(entries)); errno = 0) {
    const char *name = entry->d_name;
    size_t end = length + 1 + strlen(name);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || end >= PATH_MAX) continue;
    path[length] = '/';
    strcpy(path + length + 1, name);
    struct statx status;
    bool is_known = table_has_inode(entry->d_ino);
    if (!is_known && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, identity_mask(), &status) != 0) {
      is_whole = is_no_more() && is_whole;
      continue;
    }
    if (makedev(status.stx_dev_major, status.stx_dev_minor) != device) continue;
    struct owned *owned = is_known ? table_find(&status) : NULL;
    if (owned) write_one(out, path, end, owned);
    if (!S_ISDIR(status.stx_mode)) continue;
    int inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    is_whole = (inner >= 0 ? write_folder(out, inner, path, end, device) : is_no_more()) && is_whole;
  }
  is_whole = errno == 0 && is_whole;
  closedir(entries);
  return is_whole;
}

static void write_one(FILE *out, const char *path, size_t length, const struct owned *owned) {
  if (owned->uid == 0 && owned->gid == 0 && !owned->capability) return;
  fputs("[\"", out);
  for (size_t at = 0; at < length; at++) {
    unsigned char byte = (unsigned char)path[at];
    if (byte < ' ' || byte == '"' || byte == '\\') fprintf(out, "\\u%04x", byte);
    else if (byte < 0x80) fputc(byte, out);
    else fprintf(out, "%c%c", 0xc0 | byte >> 6, 0x80 | (byte & 0x3f));
  }
  fprintf(out, "\",%u,%u", owned->uid, owned->gid);
  if (owned->capability) fprintf(out, ",%s", owned->capability);
  fputs("]\n", out);
}
