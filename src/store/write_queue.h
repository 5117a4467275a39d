/* Write jobs in the order they came. Not locked; jobs are the caller's. */
#ifndef STORE_WRITE_QUEUE_H
#define STORE_WRITE_QUEUE_H

#include "store/store.h"

struct write_queue {
    struct write_job *first, **last;
    size_t n;
};

void queue_init(struct write_queue *q);
/* At the end. */
void queue_put(struct write_queue *q, struct write_job *job);
/* In front: what was taken and had no turn. */
void queue_push(struct write_queue *q, struct write_job *job);
/* The first; NULL: there is none. */
struct write_job *queue_take(struct write_queue *q);

#endif
