#define _GNU_SOURCE
#include "folders.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "place.h"
#include "set.h"

#define BUCKETS 2048
#define MOST_REMEMBERED 16384

struct folder {
  struct folder *next;
  uint64_t name;
  char *real;   // behind the text in the same memory
  char text[];
};

static struct folder *buckets[BUCKETS];
static size_t remembered;
static unsigned epoch;

static struct folder *find(const char *text, uint64_t name);
static void remember(const char *text, uint64_t name, const char *real);
static void forget_all(void);

int folder_real(pid_t process, const char *text, char *real) {
  if (epoch != names_epoch || options.exact || remembered > MOST_REMEMBERED) forget_all();

  uint64_t name = fingerprint(fingerprint_start(), text, strlen(text));
  struct folder *known = find(text, name);
  if (known) {
    strcpy(real, known->real);
    return 0;
  }
  int folder = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return errno;
  bool named = proc_link(real, "/proc/self/fd/%d", folder);
  close(folder);
  if (!named) return ENAMETOOLONG;
  if (!folder_of_caller(process, real)) remember(text, name, real);
  return 0;
}

bool folder_of_caller(pid_t process, char *real) {
  char own[32], rest[PATH_MAX];
  size_t length = (size_t)snprintf(own, sizeof own, "/proc/%d", getpid());
  if (strncmp(real, own, length) != 0 || (real[length] != '/' && real[length] != 0)) return false;
  strcpy(rest, real + length);
  snprintf(real, PATH_MAX, "/proc/%d%.*s", process, PATH_MAX - 32, rest);
  return true;
}

static struct folder *find(const char *text, uint64_t name) {
  struct folder *folder = buckets[name % BUCKETS];
  while (folder && (folder->name != name || strcmp(folder->text, text) != 0)) folder = folder->next;
  return folder;
}

static void remember(const char *text, uint64_t name, const char *real) {
  size_t length = strlen(text) + 1;
  struct folder *folder = malloc(sizeof *folder + length + strlen(real) + 1);
  if (!folder) abort();
  *folder = (struct folder){buckets[name % BUCKETS], name, folder->text + length};
  strcpy(folder->text, text);
  strcpy(folder->real, real);
  buckets[name % BUCKETS] = folder;
  remembered++;
}

static void forget_all(void) {
  for (size_t bucket = 0; remembered > 0 && bucket < BUCKETS; bucket++) {
    while (buckets[bucket]) {
      struct folder *folder = buckets[bucket];
      buckets[bucket] = folder->next;
      free(folder);
    }
  }
  remembered = 0;
  epoch = names_epoch;
}
