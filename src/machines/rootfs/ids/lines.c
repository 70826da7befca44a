#define _GNU_SOURCE
#include "lines.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void read_line(int tree, char *line);
static char *read_text(char *from, char *bytes, size_t size);
static void write_folder(FILE *out, int folder, char *path, size_t length, uint64_t device);
static void write_one(FILE *out, const char *path, size_t length, const struct owned *owned);

void lines_read(const char *tree, const char *file) {
  FILE *in = fopen(file, "re");
  int folder = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
  char *line = NULL;
  size_t room = 0;
  if (in && folder >= 0)
    while (getline(&line, &room, in) > 0) read_line(folder, line);
  free(line);
  if (in) fclose(in);
  if (folder >= 0) close(folder);
}

static void read_line(int tree, char *line) {
  char path[PATH_MAX];
  unsigned uid, gid;
  int read = 0;
  if (strncmp(line, "[\"", 2) != 0) return;
  char *rest = read_text(line + 2, path, sizeof path);
  if (!rest || sscanf(rest, ",%u,%u%n", &uid, &gid, &read) != 2) return;
  const char *inside = path + strspn(path, "/");
  struct statx status;
  if (statx(tree, *inside ? inside : ".", AT_SYMLINK_NOFOLLOW, identity_mask(), &status) != 0) return;
  struct owned *owned = table_set(identity_of(&status), uid, gid);
  rest += read;
  char *end = strrchr(rest, ']');
  if (rest[0] == ',' && end) owned->capability = strndup(rest + 1, (size_t)(end - rest - 1));
}

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

bool lines_write(const char *tree, const char *file, uint64_t device) {
  char part[PATH_MAX + 64], path[PATH_MAX] = "/";
  snprintf(part, sizeof part, "%s.%d.part", file, (int)getpid());
  int folder = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  FILE *out = fopen(part, "we");
  if (!out) {
    close(folder);
    return false;
  }
  struct statx status;
  if (statx(folder, "", AT_EMPTY_PATH, identity_mask(), &status) == 0) {
    struct owned *owned = table_find(&status);
    if (owned) write_one(out, path, 1, owned);
  }
  write_folder(out, folder, path, 0, device);
  bool whole = fflush(out) == 0 && !ferror(out);
  whole = fclose(out) == 0 && whole && rename(part, file) == 0;
  if (!whole) unlink(part);
  return whole;
}

/** Closes the folder. `path` is its own, without a slash at its end. */
static void write_folder(FILE *out, int folder, char *path, size_t length, uint64_t device) {
  DIR *entries = fdopendir(folder);
  if (!entries) {
    close(folder);
    return;
  }
  for (struct dirent *entry; (entry = readdir(entries));) {
    const char *name = entry->d_name;
    size_t end = length + 1 + strlen(name);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || end >= PATH_MAX) continue;
    path[length] = '/';
    strcpy(path + length + 1, name);
    struct statx status;
    bool is_known = table_has_inode(entry->d_ino);
    if (!is_known && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, identity_mask(), &status) != 0) continue;
    if (makedev(status.stx_dev_major, status.stx_dev_minor) != device) continue;
    struct owned *owned = is_known ? table_find(&status) : NULL;
    if (owned) write_one(out, path, end, owned);
    if (!S_ISDIR(status.stx_mode)) continue;
    int inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner >= 0) write_folder(out, inner, path, end, device);
  }
  closedir(entries);
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
