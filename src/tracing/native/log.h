#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The log as `log-format.ts` describes it: lines are put together from these calls, in this order. */
void log_open(const char *path);
void log_event(const char *event, pid_t process);
void log_text(const char *key, const char *bytes);
void log_text_of(const char *key, const char *bytes, size_t length);
void log_texts(const char *key, const char *const *texts, size_t count);
/** Strings that lie one after the other, each with its zero. */
void log_strings(const char *key, const char *bytes, size_t size);
void log_number(const char *key, long long value);
void log_seconds(const char *key, double seconds);
void log_numbers_open(const char *key);
void log_numbers_add(long long value);
void log_numbers_close(void);
void log_true(const char *key);
void log_false(const char *key);
void log_end(void);

/** Hands what is buffered to the kernel. */
void log_flush(void);

/** A remark about a process for the reader of the trace. */
void log_note(pid_t process, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Writes the last line of the trace but keeps nothing open after it. */
void log_close(void);

/** True once nothing is recorded any more: the trace has ended or the log could not be written. */
extern bool tracing_is_over;

/** errno of the write that failed, 0: none. */
extern int log_failure;

extern long long log_lines;

/** Seconds since the log was opened. */
double log_clock(void);
