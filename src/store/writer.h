/* The one writer of a SQLite company (DESIGN W1, W2, C1): a thread that takes
 * whatever is queued, at most 64 write functions, runs them in one transaction
 * (store/write_group.h), commits, and only then tells them. Its log is copied
 * beside it (store/checkpointer.h). */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

/* Who is told of commits: see store_watch. */
struct store_watcher {
    pthread_mutex_t lock;
    void (*fn)(void *arg);
    void *arg;
    _Atomic int64_t full_us; /* monotonic; no room since; 0: there is */
};
void watcher_tell(struct store_watcher *w);

/* Says that the disk is full, or that a commit has gone through again. */
void watcher_full(struct store_watcher *w, bool full);

struct writer;

/* The watcher is borrowed until writer_stop. */
enum err writer_start(struct ctx *c, struct db *d, struct store_watcher *told,
                      struct writer **out) MUST_CHECK;
/* Runs what is queued, ends the thread. */
void writer_stop(struct writer *w);

enum err writer_put(struct writer *w, struct write_job *job) MUST_CHECK;

/* A copy of the database, made on the writer's connection between groups. */
struct writer_copy {
    struct ctx *c; /* of the one who waits; c->db is a reader of his */
    struct str path;
    /* Called by the one who waits, some times a second; may write through
     * the store, but not with c->db. False stops it. May be NULL. */
    db_progress progress;
    void *arg;
    /* Writer thread, with that reader: the copy is whole and no group has run
     * since. */
    enum err (*pinned)(struct ctx *c);
    struct str part; /* out: see db_backup_part */
};
/* Returns when it is done; writes go on meanwhile. ERR_BUSY: there is one
 * already. */
enum err writer_copy(struct writer *w, struct writer_copy *copy) MUST_CHECK;

/* A commit or sync failed: nothing is acknowledged any more (W2). */
bool writer_broken(const struct writer *w);

/* See store_version. */
uint64_t writer_version(const struct writer *w);

/* See store_awaited. */
uint64_t writer_awaited(const struct writer *w);

/* Would a write that comes now probably wait longer than wait_us for its
 * commit? Never with few before it. */
bool writer_crowded(struct writer *w, int64_t wait_us);

/* What it has to do and what it has done. */
void writer_figures(struct writer *w, struct store_figures *out);

#endif
