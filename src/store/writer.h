/* The one writer of a SQLite company (DESIGN W1, W2, C1): a thread that takes
 * whatever is queued, at most 64 write functions, runs each in a savepoint of
 * one transaction, commits, and only then tells them. It alone checkpoints. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/store.h"

struct writer;

enum err writer_start(struct ctx *c, struct db *d,
                      struct writer **out) MUST_CHECK;
/* Runs what is queued, ends the thread. */
void writer_stop(struct writer *w);

enum err writer_put(struct writer *w, struct write_job *job) MUST_CHECK;

/* A commit or sync failed: nothing is acknowledged any more (W2). */
bool writer_broken(const struct writer *w);

/* What it has to do and what it has done. */
void writer_figures(struct writer *w, struct store_figures *out);

#endif
