#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options options = {
    .hash_limit = 1ull << 30,
    .wait = WAIT_FOR_ALL,
    .progress = -1,
};

static const char usage[] =
    "usage: reproman-tracer --log FILE [--layer auto|ptrace|notify] [--exact] [--kept DIR] [--keep-limit BYTES]\n"
    "         [--hash-limit BYTES] [--wait all|none|SECONDS] [--progress FD] [-E NAME[=VALUE]]...\n"
    "         -- COMMAND [ARGUMENT...]   or   --pid PID\n"
    "       reproman-tracer --probe | --version\n";

static uint64_t number(const char *option, const char *text);
static double patience(const char *text);
static enum layer layer_named(const char *name);

void read_options(int argc, char **argv) {
  enum { LOG = 1000, LAYER, EXACT, KEPT, KEEP_LIMIT, HASH_LIMIT, WAIT, PROGRESS, PID, PROBE, VERSION };
  static const struct option names[] = {
      {"log", required_argument, 0, LOG},
      {"layer", required_argument, 0, LAYER},
      {"exact", no_argument, 0, EXACT},
      {"kept", required_argument, 0, KEPT},
      {"keep-limit", required_argument, 0, KEEP_LIMIT},
      {"hash-limit", required_argument, 0, HASH_LIMIT},
      {"wait", required_argument, 0, WAIT},
      {"progress", required_argument, 0, PROGRESS},
      {"pid", required_argument, 0, PID},
      {"probe", no_argument, 0, PROBE},
      {"version", no_argument, 0, VERSION},
      {0, 0, 0, 0},
  };
  size_t changes = 0;
  options.environment_changes = calloc((size_t)argc, sizeof *options.environment_changes);

  // The `+` ends the options at the command's name: what follows belongs to the command.
  for (int option; (option = getopt_long(argc, argv, "+E:", names, NULL)) != -1;) {
    switch (option) {
      case LOG: options.log = optarg; break;
      case LAYER: options.layer = layer_named(optarg); break;
      case EXACT: options.exact = true; break;
      case KEPT: options.kept = optarg; break;
      case KEEP_LIMIT: options.keep_limit = number("--keep-limit", optarg); break;
      case HASH_LIMIT: options.hash_limit = number("--hash-limit", optarg); break;
      case WAIT: options.wait = patience(optarg); break;
      case PROGRESS: options.progress = (int)number("--progress", optarg); break;
      case PID: options.attach = (pid_t)number("--pid", optarg); break;
      case PROBE: options.probe = true; break;
      case VERSION: puts(TRACER_NAME); exit(0);
      case 'E': options.environment_changes[changes++] = optarg; break;
      default: fputs(usage, stderr); exit(EXIT_OWN_FAILURE);
    }
  }
  options.command = argv + optind;
  if (options.probe) return;

  bool command = options.command[0] != NULL;
  if (!options.log || command == (options.attach != 0)) {
    fputs(usage, stderr);
    exit(EXIT_OWN_FAILURE);
  }
}

_Noreturn void give_up(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("reproman-tracer: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(EXIT_OWN_FAILURE);
}

static uint64_t number(const char *option, const char *text) {
  char *end;
  unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end) give_up("%s takes a number, not \"%s\"", option, text);
  return value;
}

static double patience(const char *text) {
  if (strcmp(text, "all") == 0) return WAIT_FOR_ALL;
  if (strcmp(text, "none") == 0) return 0;
  char *end;
  double seconds = strtod(text, &end);
  if (end == text || *end || !(seconds >= 0)) give_up("--wait takes all, none or seconds, not \"%s\"", text);
  return seconds;
}

static enum layer layer_named(const char *name) {
  if (strcmp(name, "auto") == 0) return LAYER_AUTO;
  if (strcmp(name, "ptrace") == 0) return LAYER_PTRACE;
  if (strcmp(name, "notify") == 0) return LAYER_NOTIFY;
  give_up("--layer takes auto, ptrace or notify, not \"%s\"", name);
}
