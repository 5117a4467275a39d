/* Running jobs: rows of `job` (store/job.h) worked off by threads of the
 * server, or at once by a command. A job acts with the rights of its owner. */
#ifndef APP_JOB_H
#define APP_JOB_H

#include "base/json.h"
#include "base/long_work.h"
#include "store/job.h"
#include "store/store.h"

/* One job being worked on. */
struct job_run {
    struct job job;        /* as claimed */
    struct long_work work; /* c->work points here */
    atomic_bool asked;     /* to stop, by somebody who cancelled the job */
    /* Set by the runner's owner (server stop, Ctrl-C); may be NULL. */
    const atomic_bool *stop;
    bool stop_cancels; /* a stop cancels the job instead of queueing it */
    /* Told about progress; may be NULL. */
    void (*watch)(void *arg, const struct job_step *s);
    void *arg;
    /* Counts that stand while steps are told that count something else; NULL:
     * those of the step are shown. */
    const struct job_step *counts;
    _Atomic(const char *) step; /* as last told, saved soon; NULL: none */
    int64_t saved_ms;           /* monotonic, of the last save */
};

/* Work of one kind. Fills *end (result, file_id); an error makes the job
 * failed, ERR_CANCELLED cancelled or queued again. */
typedef enum err (*job_fn)(struct ctx *c, struct job_run *run,
                           struct job_end *end);
/* Inside the write that ends the job, whatever became of it. */
typedef enum err (*job_ended_fn)(struct ctx *c, const struct job *j,
                                 const struct job_end *end);

/* Inside the write function of a chunk: saves progress and cursor with it. */
enum err job_chunk(struct ctx *c, struct job_run *run,
                   const struct job_step *s) MUST_CHECK;
/* Behind a chunk that was committed: tells who watches, looks whether to stop.
 * ERR_CANCELLED then. */
enum err job_chunk_done(struct ctx *c, struct job_run *run,
                        const struct job_step *s) MUST_CHECK;
/* For work without chunks of its own: saves progress about once a second.
 * Calls store_write. ERR_CANCELLED, or an error of the write. */
enum err job_tick(struct ctx *c, struct job_run *run,
                  const struct job_step *s) MUST_CHECK;

/* Works off run->job, which the caller has claimed, in this thread. The row
 * tells the outcome. */
enum err job_run_now(struct ctx *c, struct job_run *run) MUST_CHECK;

/* GET /jobs/{id}. */
void job_to_json(struct ctx *c, struct jw *w, const struct job *j);

/* One job the actor may see: his own, an administrator all. ERR_NOT_FOUND. */
enum err job_read(struct ctx *c, int64_t id, struct job *out) MUST_CHECK;

/* Tries a failed or cancelled one again. Inside a write function. ERR_CONFLICT
 * job_no_retry for imports, which go on by POST /imports/{id}/run. */
enum err job_again(struct ctx *c, int64_t id) MUST_CHECK;

/* --- threads ------------------------------------------------------------ */

struct jobs;
/* Starts n runner threads on an open store. Owned by the caller. */
struct jobs *jobs_start(struct store *s, int n);
/* Looks at once whether there is work. Any thread. */
void jobs_wake(struct jobs *j);
/* Lets chunks under way end, queues their jobs again; NULL allowed. */
void jobs_stop(struct jobs *j);

#endif
