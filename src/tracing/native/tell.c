#define _GNU_SOURCE
#include "tell.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "log.h"

bool tell_is_new(struct process *process, const char *what) {
  return set_add(&process->told, fingerprint(fingerprint_start(), what, strlen(what)));
}

bool tell_is_new_look(struct process *process, uint64_t what, const struct place *place, int error) {
  uint64_t print = fingerprint(fingerprint_start() + what, place->path, strlen(place->path));
  print = fingerprint(print, place->base, strlen(place->base));
  // Another file under the same name is news.
  uint64_t outcome[3] = {(uint64_t)error};
  if (!error && !place->error) {
    outcome[1] = place->status.st_dev;
    outcome[2] = place->status.st_ino;
  }
  return set_add(&process->told, fingerprint(print, outcome, sizeof outcome));
}

void tell_place(const struct thread *thread, const char *event, const struct place *place, int error) {
  log_event(event, thread->process->pid);
  log_text("path", place->path);
  if (place->path[0] != '/') log_text("base", place->base);

  char text[PATH_MAX];
  bool same = place->real[0] && place_join(thread, place, text) && strcmp(text, place->real) == 0;
  bool nowhere = !place->real[0] && thread->process->foreign_root;
  if (nowhere || (place->real[0] && !same)) log_text("real", place->real);
  tell_error(error);
}

void tell_error(int error) {
  if (error) log_text("errno", error_name(error));
}
