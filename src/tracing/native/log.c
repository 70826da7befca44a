#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "options.h"

bool tracing_is_over;
int log_failure;
long long log_lines;

static int descriptor = -1;
static char buffer[64 * 1024];
static size_t filled;
static bool first_in_list;
static struct timespec opened_at;

static void put(const char *bytes, size_t length);
static void put_number(long long value, int digits);
static void put_key(const char *key);
static void put_quoted(const char *bytes, size_t length);

void log_open(const char *path) {
  descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) give_up("cannot write the log %s: %s", path, strerror(errno));
  clock_gettime(CLOCK_MONOTONIC, &opened_at);
}

double log_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - opened_at.tv_sec) + (double)(now.tv_nsec - opened_at.tv_nsec) / 1e9;
}

void log_event(const char *event, pid_t process) {
  put("{\"event\":\"", 10);
  put(event, strlen(event));
  put("\"", 1);
  if (process > 0) log_number("p", process);
}

void log_text(const char *key, const char *bytes) {
  log_text_of(key, bytes, strlen(bytes));
}

void log_text_of(const char *key, const char *bytes, size_t length) {
  put_key(key);
  put_quoted(bytes, length);
}

void log_texts(const char *key, const char *const *texts, size_t count) {
  put_key(key);
  put("[", 1);
  for (size_t index = 0; index < count; index++) {
    if (index > 0) put(",", 1);
    put_quoted(texts[index], strlen(texts[index]));
  }
  put("]", 1);
}

void log_strings(const char *key, const char *bytes, size_t size) {
  put_key(key);
  put("[", 1);
  for (const char *at = bytes; at < bytes + size;) {
    size_t length = strnlen(at, (size_t)(bytes + size - at));
    if (at > bytes) put(",", 1);
    put_quoted(at, length);
    at += length + 1;
  }
  put("]", 1);
}

void log_number(const char *key, long long value) {
  put_key(key);
  put_number(value, 1);
}

void log_seconds(const char *key, double seconds) {
  long long microseconds = (long long)(seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5));
  put_key(key);
  if (microseconds < 0) put("-", 1);
  if (microseconds < 0) microseconds = -microseconds;
  put_number(microseconds / 1000000, 1);
  put(".", 1);
  put_number(microseconds % 1000000, 6);
}

void log_numbers_open(const char *key) {
  put_key(key);
  put("[", 1);
  first_in_list = true;
}

void log_numbers_add(long long value) {
  if (!first_in_list) put(",", 1);
  put_number(value, 1);
  first_in_list = false;
}

void log_numbers_close(void) {
  put("]", 1);
}

void log_true(const char *key) {
  put_key(key);
  put("true", 4);
}

void log_false(const char *key) {
  put_key(key);
  put("false", 5);
}

void log_end(void) {
  put("}\n", 2);
  log_lines++;
}

void log_note(pid_t process, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  log_event("note", process);
  log_text("text", text);
  log_end();
}

void log_flush(void) {
  for (size_t written = 0; written < filled && !log_failure;) {
    ssize_t count = write(descriptor, buffer + written, filled - written);
    if (count >= 0) {
      written += (size_t)count;
    } else if (errno != EINTR) {
      // The program goes on unharmed: from here on its stops are let go, and nothing is recorded.
      log_failure = errno;
      tracing_is_over = true;
      fprintf(stderr, "reproman-tracer: the trace ends here, its log %s cannot be written: %s\n", options.log,
              strerror(log_failure));
      close(descriptor);
    }
  }
  filled = 0;
}

void log_close(void) {
  log_flush();
  close(descriptor);
  descriptor = -1;
  tracing_is_over = true;
}

static void put(const char *bytes, size_t length) {
  while (length > 0) {
    if (filled == sizeof buffer) log_flush();
    size_t room = sizeof buffer - filled;
    size_t part = length < room ? length : room;
    memcpy(buffer + filled, bytes, part);
    filled += part;
    bytes += part;
    length -= part;
  }
}

/** With zeros in front where it has fewer digits. */
static void put_number(long long value, int digits) {
  char text[24], *at = text + sizeof text;
  unsigned long long rest = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
  for (; rest > 0 || digits > 0; rest /= 10, digits--) *--at = (char)('0' + rest % 10);
  if (value < 0) *--at = '-';
  put(at, (size_t)(text + sizeof text - at));
}

static void put_key(const char *key) {
  put(",\"", 2);
  put(key, strlen(key));
  put("\":", 2);
}

static void put_quoted(const char *bytes, size_t length) {
  put("\"", 1);
  for (size_t start = 0, end = 0; end <= length; end++) {
    unsigned char byte = end < length ? (unsigned char)bytes[end] : 0;
    if (end < length && byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') continue;

    put(bytes + start, end - start);
    start = end + 1;
    if (end == length) break;

    char escape[8];
    int escaped = byte == '"' || byte == '\\' ? snprintf(escape, sizeof escape, "\\%c", byte)
                                              : snprintf(escape, sizeof escape, "\\u%04x", byte);
    put(escape, (size_t)escaped);
  }
  put("\"", 1);
}
