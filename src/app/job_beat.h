/* What goes on beside a job at work: its lease is kept, also while it saves
 * nothing for long (a check of a whole database, one large statement), and
 * whoever wants it to end is heard within a second whatever it does. */
#ifndef APP_JOB_BEAT_H
#define APP_JOB_BEAT_H

#include "app/job.h"
#include "base/log.h"

#include <pthread.h>

struct job_beat {
    struct store *store;
    const struct registry *registry;
    struct job_run *run;            /* asked and work.stop are set here */
    struct job job;                 /* id and attempt */
    struct db_conn *conn;           /* NULL until it is first needed */
    struct db_interrupt *interrupt; /* of the job's connection; may be NULL */
    const char *step;               /* as last saved */
    int64_t beat_ms;                /* monotonic, of the last beat */
    enum err failed;                /* of the last look; OK: it went well */
    struct log log;
    pthread_t thread;
    pthread_mutex_t lock; /* stop */
    pthread_cond_t wake;
    bool stop, running;
};

/* Starts a thread that looks every JOB_LOOK_MS whether the job is to end, and
 * beats every JOB_BEAT_MS, also while it ends, until job_beat_stop. The structs
 * are the caller's and stay where they are. */
void job_beat_start(struct ctx *c, struct job_run *run, struct job_beat *b);
void job_beat_stop(struct job_beat *b);

#endif
