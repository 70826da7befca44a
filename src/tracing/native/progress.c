#include "progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "options.h"
#include "tracee.h"

#define SECONDS_BETWEEN 0.5

long long progress_files;

void progress_prepare(void) {
  if (options.progress >= 0 && fcntl(options.progress, F_SETFD, FD_CLOEXEC) != 0) {
    give_up("--progress %d is not an open descriptor", options.progress);
  }
}

void progress_tell(void) {
  static double told;
  if (options.progress < 0) return;
  double now = log_clock();
  if (now - told < SECONDS_BETWEEN) return;
  told = now;
  dprintf(options.progress, "%lld %zu\n", progress_files, processes_seen);
}

void progress_close(void) {
  if (options.progress >= 0) close(options.progress);
  options.progress = -1;
}
