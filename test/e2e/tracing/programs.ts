/** Small C programs, one for each way of touching files that is easily missed. */
export const programs = {
  threads: String.raw`
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *work(void *arg) {
  char name[64];
  for (int i = 0; i < 50; i++) {
    snprintf(name, sizeof name, "thread-%ld-%d", (long)arg, i);
    close(open(name, O_CREAT | O_EXCL | O_WRONLY, 0644));
  }
  return 0;
}
int main(void) {
  pthread_t t[8];
  for (long i = 0; i < 8; i++) pthread_create(&t[i], 0, work, (void *)i);
  for (int i = 0; i < 8; i++) pthread_join(t[i], 0);
}`,
  execFromThread: String.raw`
#include <pthread.h>
#include <unistd.h>
static void *work(void *arg) { execl("/bin/cat", "cat", "from-thread", (char *)0); return 0; }
int main(void) { pthread_t t; pthread_create(&t, 0, work, 0); pthread_join(t, 0); return 9; }`,
  directories: String.raw`
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  mkdir("sub", 0755);
  int sub = open("sub", O_RDONLY | O_DIRECTORY);
  struct open_how how = {.flags = O_CREAT | O_RDWR | O_EXCL, .mode = 0600};
  int made = syscall(SYS_openat2, sub, "by-openat2", &how, sizeof how);
  renameat2(sub, "by-openat2", sub, "renamed", RENAME_NOREPLACE);
  fchdir(sub);
  close(open("after-fchdir", O_CREAT | O_EXCL | O_WRONLY, 0644));
  symlinkat("renamed", sub, "link");
  linkat(sub, "renamed", sub, "second", 0);
  close(openat(sub, "link", O_RDONLY));
  close(openat(sub, "../sub/renamed", O_RDONLY));
  int path = open("renamed", O_PATH);
  struct stat s;
  fstatat(path, "", &s, AT_EMPTY_PATH);
  int nameless = open(".", O_TMPFILE | O_RDWR, 0600);
  char self[64];
  snprintf(self, sizeof self, "/proc/self/fd/%d", nameless);
  linkat(AT_FDCWD, self, AT_FDCWD, "named", AT_SYMLINK_FOLLOW);
  unlinkat(sub, "second", 0);
  if (vfork() == 0) { chdir("/"); execl("/bin/sh", "sh", "-c", "exit 3", (char *)0); _exit(9); }
  int status;
  wait(&status);
  fchmod(made, 0640);
  return WEXITSTATUS(status);
}`,
  statically: String.raw`
#include <fcntl.h>
#include <unistd.h>
int main(void) { close(open("read-statically", O_RDONLY)); return 0; }`,
} as const;
