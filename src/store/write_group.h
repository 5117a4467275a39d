/* The members of one transaction of the one writer, run in turn. */
#ifndef STORE_WRITE_GROUP_H
#define STORE_WRITE_GROUP_H

#include "store/store.h"

#include <stdatomic.h>

/* A group ends after so long even when more are waiting: all its members wait
 * for the commit. */
#define WRITE_GROUP_US 25000

/* Slices of jobs that were run. */
struct slice_figures {
    _Atomic uint64_t n, slow;
    _Atomic int64_t slowest_us;
};

struct write_group {
    struct write_job **jobs; /* a slice of a job stands first */
    size_t n;                /* out: those there was time for */
    atomic_size_t *waiting;  /* told: those that have not been run */
    struct slice_figures *slices;
    int *wary;      /* kept between groups, 0 at first */
    enum err cause; /* out: why the transaction is lost */
};

/* Runs them in c's open transaction; c->db is the writer's connection. Each has
 * its result, and one that failed has changed nothing. False: the transaction
 * is lost, or has to be given up. */
bool write_group_run(struct ctx *c, struct write_group *g);

#endif
