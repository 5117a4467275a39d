/* Keeps the lease of a job while it works on something that saves nothing for
 * long: a check of a whole database, one large statement. */
#ifndef APP_JOB_BEAT_H
#define APP_JOB_BEAT_H

#include "app/job.h"

#include <pthread.h>

struct job_beat {
    struct store *store;
    const struct registry *registry;
    struct job job; /* id and attempt */
    pthread_t thread;
    pthread_mutex_t lock; /* stop */
    pthread_cond_t wake;
    bool stop, running;
};

/* Starts a thread that beats every JOB_BEAT_MS until job_beat_stop. The struct
 * is the caller's and stays where it is. */
void job_beat_start(struct ctx *c, const struct job *j, struct job_beat *b);
void job_beat_stop(struct job_beat *b);

#endif
