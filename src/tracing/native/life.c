// Beginnings and ends: of processes, and of the trace.
#define _GNU_SOURCE
#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "front.h"
#include "log.h"
#include "options.h"
#include "place.h"
#include "rights.h"
#include "tell.h"

pid_t root_pid;
int root_code;
volatile sig_atomic_t end_is_asked;

static bool root_has_ended;
static double root_ended_at;

static void tell_process(struct thread *thread, pid_t parent);
static void tell_exit(const struct process *process, bool exited, int status, const struct rusage *usage);
static void tell_io(pid_t pid);
static void add_running(struct process *process);

void root_begins(pid_t pid, const char *layer) {
  struct utsname system;
  char started[40];
  time_t now = time(NULL);
  uname(&system);
  strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));

  log_event("begin", 0);
  log_number("format", 1);
  log_text("tracer", TRACER_NAME);
  log_text("layer", layer);
  (options.exact ? log_true : log_false)("exact");
  log_text("kernel", system.release);
  log_text("machine", system.machine);
  log_text("started", started);
  log_number("root", pid);
  if (options.attach) log_true("attached");
  log_end();

  root_pid = pid;
  struct thread *thread = thread_add(pid, process_add(pid));
  rights_update(thread->process);
  tell_process(thread, 0);
  log_flush();
}

void child_begins(struct thread *parent, pid_t tid, uint64_t flags) {
  struct process *process = parent->process;
  if (flags & CLONE_THREAD) {
    thread_add(tid, process);
    if (!(flags & CLONE_FS)) process->shares_folder = true;  // its threads do not have the same one
    return;
  }
  struct process *child = process_add(tid);
  struct thread *thread = thread_add(tid, child);
  if (process->rights || (flags & CLONE_NEWUSER)) rights_update(child);
  child->shares_folder = flags & CLONE_FS;
  if (child->shares_folder) process->shares_folder = true;
  if (!(flags & (CLONE_NEWNS | CLONE_NEWUSER))) {
    child->foreign_root = process->foreign_root;
    child->foreign_decided = process->foreign_decided;
  }
  if (!process->shares_folder && process->folder && process->folder_epoch == names_epoch) {
    child->folder = strdup(process->folder);
    child->folder_epoch = names_epoch;
  }
  tell_process(thread, process->pid);
}

static void tell_process(struct thread *thread, pid_t parent) {
  log_event("process", thread->process->pid);
  if (parent) log_number("parent", parent);
  log_seconds("time", log_clock());
  log_text("cwd", working_folder(thread));
  log_end();
}

void thread_ended(pid_t tid, bool exited, int status, const struct rusage *usage) {
  struct thread *thread = thread_find(tid);
  bool leader = thread && thread->process->pid == tid;
  if (leader && !tracing_is_over) tell_exit(thread->process, exited, status, usage);
  if (thread) thread_remove(thread);
  if (tid == root_pid) {
    root_has_ended = true;
    root_ended_at = log_clock();
    root_code = exited ? status : 128 + status;
  }
  int reaped;
  waitpid(tid, &reaped, __WALL | WNOHANG);
  if (leader && !tracing_is_over) log_flush();
}

static void tell_exit(const struct process *process, bool exited, int status, const struct rusage *usage) {
  log_event("exit", process->pid);
  log_seconds("time", log_clock());
  if (exited) {
    log_number("code", status);
  } else {
    char text[16];
    signal_name(status, text);
    log_text("signal", text);
  }
  log_seconds("user", (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec / 1e6);
  log_seconds("system", (double)usage->ru_stime.tv_sec + (double)usage->ru_stime.tv_usec / 1e6);
  log_number("peak", usage->ru_maxrss * 1024ll);
  tell_io(process->pid);
  log_number("switches", usage->ru_nvcsw + usage->ru_nivcsw);
  log_end();
}

/** The first two lines of /proc/PID/io: bytes that calls have read and written. */
static void tell_io(pid_t pid) {
  char path[32], text[512];
  snprintf(path, sizeof path, "/proc/%d/io", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length < 0 ? 0 : length] = 0;

  long long count_read, count_written;
  if (sscanf(text, "rchar: %lld wchar: %lld", &count_read, &count_written) != 2) return;
  log_number("read", count_read);
  log_number("written", count_written);
}

bool trace_end_is_due(void) {
  if (options.attach && end_is_asked) return true;
  if (!root_has_ended) return false;
  if (end_is_asked || options.wait == 0) return true;
  return options.wait != WAIT_FOR_ALL && log_clock() - root_ended_at >= options.wait;
}

void trace_end(void) {
  if (!tracing_is_over) {
    double time = log_clock();
    long long lines = log_lines;
    log_event("end", 0);
    log_seconds("time", time);
    log_number("events", lines);
    log_numbers_open("running");
    each_process(add_running);
    log_numbers_close();
    log_end();
    log_close();
  }
  if (root_has_ended || options.attach) front_release(log_failure ? EXIT_OWN_FAILURE : root_code);
}

static void add_running(struct process *process) {
  log_numbers_add(process->pid);
}
