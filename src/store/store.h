/* The opened company: its database, its registry of entities, its one writer.
 * On SQLite every write function runs on one writer thread, grouped into
 * transactions (W1); on PostgreSQL on the caller's own connection (W3). */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/ctx.h"
#include "db/db.h"

struct registry;
struct mirror;
struct store;
struct hooks;  /* store/registry.h */
struct kept;   /* store/kept.h */
struct memo;   /* store/memo.h */
struct writer; /* store/writer.h */

enum store_mode {
    STORE_READ,  /* no writer, no lock: analytics, exports from a copy */
    STORE_WRITE, /* SQLite: takes <db>.lock, starts the writer thread */
};

/* Opens the database and checks its schema (ERR_CONFLICT with the command to
 * run when it is older or newer). Sets c->store, c->registry, c->zone, and
 * c->db to a reader (PostgreSQL: an ordinary) connection owned by the store
 * and used by the opening thread only. The layer above calls app_open, which
 * brings the hooks. */
enum err store_open(struct ctx *c, struct str url, enum store_mode mode,
                    const struct hooks *hooks, struct store **out) MUST_CHECK;
void store_close(struct store *s); /* finishes queued writes; NULL allowed */

struct db *store_db(const struct store *s);
/* Sales as columns, store/mirror.h. */
struct mirror *store_mirror(const struct store *s);
/* The registry in force, kept until the arena is reset. */
const struct registry *store_registry(struct store *s, struct arena *a);
/* Asks the database whether custom fields have changed and takes over what
 * there is now, as c->registry too. Outside transactions. */
enum err store_follow_registry(struct ctx *c) MUST_CHECK;
/* The zone in force; good until store_close, also after a change. */
const struct zone *store_zone(const struct store *s);
/* Takes over the setting company.zone when it was changed, here or by another
 * server: one small read, outside transactions. */
enum err store_reload_zone(struct ctx *c) MUST_CHECK;
/* The one writer; NULL on PostgreSQL and in STORE_READ. For store alone. */
struct writer *store_writer(const struct store *s);
/* True when all writes go through the one writer thread (SQLite). */
bool store_one_writer(const struct store *s);
/* Where commands reach the process that holds a SQLite company: "<file>.sock";
 * empty on PostgreSQL. */
struct str store_socket(struct arena *a, const struct store *s);
/* Tells them that it listens there, or no longer. */
void store_announce(struct ctx *c, struct store *s, bool listening);
/* A failed sync or commit made the store read-only until restart. */
bool store_read_only(const struct store *s);

/* Asks who runs the company to close it and to put this backup in its place;
 * the first one who asks is heard. by: his login. Any thread. */
void store_ask_restore(struct store *s, struct str backup, struct str by);
/* Has somebody asked? The texts live until store_close. */
bool store_restore_asked(const struct store *s, struct str *backup,
                         struct str *by);

/* Can the database be read, and written as far as we know? ERR_UNAVAILABLE or
 * what the database said. A full disk is remembered for five seconds after the
 * last write that met it, or until one has gone through. */
enum err store_ready(struct ctx *c) MUST_CHECK;

/* How long a slice of a job should have the one writer. */
#define STORE_SLICE_US 20000
/* Writes somebody waited for, so far: who writes in slices sees by it whether
 * others write beside him. 0 without a writer. */
uint64_t store_awaited(const struct store *s);

/* Of the one writer; zero without one. */
#define STORE_GROUP_SIZES 7 /* up to 1, 2, 4 … 64 writes */
struct store_figures {
    size_t queued;   /* writes waiting now */
    uint64_t groups; /* transactions committed since the start */
    uint64_t writes; /* writes in them */
    uint64_t sizes[STORE_GROUP_SIZES]; /* groups by their size */
    uint64_t slices;                   /* of jobs */
    uint64_t slow_slices; /* that took longer than STORE_SLICE_US */
    int64_t slowest_us;   /* of them */
};
void store_figures(struct store *s, struct store_figures *out);

/* 32 secret bytes of this company: signs cursors. */
const unsigned char *store_secret(const struct store *s);

/* Moves with each transaction of the one writer, before its writes are
 * answered: what was read at the same version is still so. 0 where others may
 * write without us knowing. */
uint64_t store_version(const struct store *s);
struct memo *store_memo(const struct store *s); /* store/memo.h */
struct kept *store_kept(const struct store *s); /* store/kept.h */
struct kept_ids;
struct kept_ids *store_kept_ids(const struct store *s); /* store/kept_ids.h */
/* The master key, store/key.h; NULL when there is none. */
const unsigned char *store_key(const struct store *s);

/* A write function: touches nothing but the transaction (c->db) and c->arena,
 * may be run twice. It sees its own writes; an error undoes them all. */
typedef enum err (*write_fn)(struct ctx *c, void *arg);

enum write_lane {
    LANE_INTERACTIVE, /* somebody waits */
    LANE_JOB,         /* imports, re-grading: one slice per group */
};

/* Runs fn in a transaction and returns once it is durable (or undone). */
enum err store_write(struct ctx *c, enum write_lane lane, write_fn fn,
                     void *arg) MUST_CHECK;

/* Within one: the engine itself has refused a statement, so nothing more can be
 * looked at. PostgreSQL repeats that error until the write is undone. */
bool store_write_refused(const struct ctx *c);

/* fn(arg) is called after each commit of this process, in the thread that
 * committed: it may only set a flag and wake somebody. One watcher; NULL ends
 * it. */
void store_watch(struct store *s, void (*fn)(void *arg), void *arg);

/* One queued write; memory belongs to the caller until done is called. */
struct write_job {
    struct ctx *c;
    write_fn fn;
    void *arg;
    enum write_lane lane;
    enum err result;
    /* Writer thread, after the commit (or its failure): first made, if there
     * is one, of all that were committed together, then done. */
    void (*made)(struct write_job *job);
    void (*done)(struct write_job *job);
    void *user;
    struct write_job *next;
};

/* Would a write that comes now probably wait longer than wait_us for the one
 * writer? False where there is none, and for wait_us 0. */
bool store_crowded(const struct store *s, int64_t wait_us);

/* SQLite only: queues the job and returns; ERR_BUSY when the queue is full,
 * ERR_UNAVAILABLE when the store is read-only. */
enum err store_write_async(struct store *s, struct write_job *job) MUST_CHECK;

#endif
