/* Long work as rows of `job` (DESIGN O3). A job runs under a lease: `attempt`
 * is its fencing token, so whoever lost the lease can no longer write for it.
 *
 *     queued ──claim──▶ running ──▶ done | failed | cancelled
 *        ▲                 │
 *        └── lease over, ──┘
 *            server stopped
 *
 * All functions use c->db; the writing ones run in a write function. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include "base/ctx.h"

#define JOB_LEASE_MS 30000
#define JOB_BEAT_MS 10000
/* A job whose runner died so often is not tried again. */
#define JOB_ATTEMPTS 5
/* Each retry by hand begins a series of its own: the attempt of a job only ever
 * goes up, so that no earlier runner can be taken for a later one. */
#define JOB_SERIES 1000

struct job {
    int64_t id, owner_id; /* owner 0: the console */
    struct str kind, state;
    struct str args, cursor, result; /* JSON; the last two may be empty */
    struct str error;
    struct str message;  /* where it is: the name of a step; may be empty */
    int64_t done, total; /* total 0: unknown */
    bool cancel;
    int64_t attempt, file_id;
    int64_t created_at, started_at, finished_at; /* UTC ms; 0: not yet */
};

struct job_new {
    struct str kind;
    struct str args;   /* JSON object */
    struct str cursor; /* JSON: goes on where another job stopped; or empty */
    int64_t owner_id;
};
enum err job_create(struct ctx *c, const struct job_new *n,
                    int64_t *id_out) MUST_CHECK;

/* The same once for (schedule, planned_at): several servers may plan it, one
 * row comes of it. */
enum err job_plan(struct ctx *c, const struct job_new *n, struct str schedule,
                  int64_t planned_at) MUST_CHECK;

/* A job of the kind that has not begun; 0 when there is none. */
enum err job_queued(struct ctx *c, struct str kind, int64_t *id_out) MUST_CHECK;

enum err job_find(struct ctx *c, int64_t id, struct job *out,
                  bool *found) MUST_CHECK;

/* Those that wait, run, or have ended since an instant; the newest 200. */
enum err job_active(struct ctx *c, int64_t ended_since, struct job **out,
                    size_t *n_out) MUST_CHECK;

/* A failed or cancelled job goes back into the queue and goes on where its
 * cursor is. ERR_CONFLICT job_not_over. */
enum err job_retry(struct ctx *c, int64_t id) MUST_CHECK;

/* Is there one to claim? A cheap read. */
enum err job_waiting(struct ctx *c, bool *out) MUST_CHECK;

/* Takes the oldest job that waits or whose lease is over (id != 0: that one
 * only). Several runners may try at once: one gets it. */
enum err job_claim(struct ctx *c, int64_t id, struct str holder,
                   struct job *out, bool *found) MUST_CHECK;

/* Progress and a longer lease, in the transaction of the work done. cursor
 * empty: stays. *cancel_out: somebody wants it stopped. ERR_CONFLICT
 * "job_lost" when another attempt has it: everything is to be undone. */
struct job_step {
    int64_t done, total;
    struct str cursor;
    struct str step; /* where it is, as a name: "ladder"; empty: stays */
};
enum err job_save(struct ctx *c, const struct job *j, const struct job_step *s,
                  bool *cancel_out) MUST_CHECK;

/* Has somebody asked for its end? *ours_out false: another attempt has it, or
 * it is over. A small read. */
enum err job_look(struct ctx *c, const struct job *j, bool *cancel_out,
                  bool *ours_out) MUST_CHECK;

/* A longer lease, and where it is (empty: stays). OK also when the job is no
 * longer ours. */
enum err job_extend(struct ctx *c, const struct job *j,
                    struct str step) MUST_CHECK;

struct job_end {
    struct str state; /* done, failed, cancelled */
    struct str result, error;
    int64_t file_id;
    int64_t total; /* all of it, and done; 0: as was last saved */
};
enum err job_finish(struct ctx *c, const struct job *j,
                    const struct job_end *e) MUST_CHECK;

/* Back into the queue: the server stops. */
enum err job_release(struct ctx *c, const struct job *j) MUST_CHECK;

/* Only the process with the one writer may say that nobody else runs any. */
enum err job_release_all(struct ctx *c) MUST_CHECK;

/* Asks for its end; its runner ends it. ERR_CONFLICT job_over. */
enum err job_cancel(struct ctx *c, int64_t id) MUST_CHECK;

#endif
