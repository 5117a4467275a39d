/* A list of write jobs. Owns nothing. Threads: the caller's lock. Invariant:
 * *last is where the next one goes. */
#include "store/write_queue.h"

void queue_init(struct write_queue *q) {
    *q = (struct write_queue){.last = &q->first};
}

void queue_put(struct write_queue *q, struct write_job *job) {
    job->next = NULL;
    *q->last = job;
    q->last = &job->next;
    q->n++;
}

void queue_push(struct write_queue *q, struct write_job *job) {
    job->next = q->first;
    if (q->first == NULL)
        q->last = &job->next;
    q->first = job;
    q->n++;
}

struct write_job *queue_take(struct write_queue *q) {
    struct write_job *job = q->first;
    if (job == NULL)
        return NULL;
    q->first = job->next;
    if (q->first == NULL)
        q->last = &q->first;
    q->n--;
    return job;
}
