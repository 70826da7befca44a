// Follows a command and everything that it starts, and writes what they do with files to a log (log-format.ts).
#include <stdlib.h>
#include <unistd.h>

#include "attach.h"
#include "front.h"
#include "life.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "options.h"
#include "probe.h"
#include "progress.h"
#include "start.h"

static void begin_command(const sigset_t *mask);

int main(int argc, char **argv) {
  read_options(argc, argv);
  if (options.probe) return probe();

  progress_prepare();
  log_open(options.log);
  sigset_t mask = front_split();
  if (options.attach) {
    attach_begin(options.attach);
    front_detach();
  } else {
    begin_command(&mask);
  }
  loop_run();
  trace_end();
  return 0;
}

static void begin_command(const sigset_t *mask) {
  bool notify = options.layer != LAYER_PTRACE && !options.exact && notify_is_worth_it();
  if (options.layer == LAYER_NOTIFY && !notify) {
    give_up("the notify layer needs Linux 6.6 on x86-64, and is none for --exact: use --layer auto or ptrace");
  }
  struct started started = start_command(mask, notify);
  root_begins(started.pid, started.listener >= 0 ? "notify" : "ptrace");
  front_detach();
  if (started.listener >= 0) notify_start(started.listener);
  start_go(&started);
  close(started.channel);
}
