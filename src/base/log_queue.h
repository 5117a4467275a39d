/* Lines that may wait a moment, so that those of one busy moment are written
 * together: a write wakes whoever reads the log, which costs more than to
 * answer a small request. */
#ifndef BASE_LOG_QUEUE_H
#define BASE_LOG_QUEUE_H

#include "base/str.h"

struct log_queue;

/* A line that comes alone is written at once, others within so long. */
#define LOG_QUEUE_MS 20

/* Has a thread. fd is borrowed. */
struct log_queue *log_queue_start(int fd);
/* Writes what is left. NULL allowed. */
void log_queue_stop(struct log_queue *q);

/* Any thread; copies the line, its line break included. */
void log_queue_put(struct log_queue *q, struct str line);
/* Writes what is waiting: before a line that may not wait. */
void log_queue_flush(struct log_queue *q);

#endif
