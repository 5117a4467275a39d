/* Log lines: JSON for machines, short text on a terminal. One line is one
 * write, so lines of several threads do not mix. Never log secrets. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/val.h"

enum log_level {
    LEVEL_DEBUG,
    LEVEL_INFO,
    LEVEL_WARN,
    LEVEL_ERROR,
    LEVEL_OFF, /* as a minimum: nothing is written */
};

struct log_queue; /* base/log_queue.h */

/* Where lines go. A value: made by log_init or by hand, then only read. */
struct log {
    int fd;
    enum log_level min; /* lower levels are dropped */
    bool text;          /* terminal form instead of JSON */
    /* Lines below LEVEL_WARN go through it; NULL: at once as well. */
    struct log_queue *queue;
};

struct log_pair {
    const char *key;
    struct val v;
};

/* To stderr, as text when stderr is a terminal; from the level in the
 * environment variable GUANXI_LOG up, else from LEVEL_INFO. */
void log_init(struct log *l);

/* "debug", "info", "warn", "error", "off" → level; false for anything else. */
bool log_level_parse(struct str name, enum log_level *out) MUST_CHECK;

/* {"ts":"…","level":"info","msg":"…","key":value,…}. What is longer than 8 KiB
 * loses its pairs. l NULL logs nothing. */
void log_write(const struct log *l, enum log_level level, const char *msg,
               const struct log_pair *pairs, size_t n);

/* LOG(l, LEVEL_INFO, "started", {"port", V(8080)}, {"db", V(url)}); */
#define LOG(l, level, ...) LOG_((l), (level), __VA_ARGS__, {NULL, V_NULL})
#define LOG_(l, level, msg, ...)                                               \
    log_write((l), (level), (msg), (const struct log_pair[]){__VA_ARGS__},     \
              COUNT_OF(((const struct log_pair[]){__VA_ARGS__})))

#endif
