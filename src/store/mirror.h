/* A copy of all sales as columns in memory (DESIGN V4): what figures of the
 * whole company are computed from without asking the database for each order.
 * A cache: per process, made when it is first asked for, kept up by the change
 * log, kept in <db>.cols between runs (SQLite), made anew after a gap. Never
 * needed to start or to be right.
 *
 * Holds what the whole company sold: whoever may not see all must not be shown
 * what is computed from it without going through a scope first. */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include "db/db.h"
#include "store/feed.h"
#include "store/stats.h"

struct mirror;

/* Empty. Owned by the store. */
struct mirror *mirror_new(void);
/* Writes <db>.cols when the columns have changed since it was read; path empty:
 * nothing is written. */
void mirror_free(struct mirror *m, struct str path);

/* A customer about whom more is to be known than his sales. */
struct mirror_person {
    int64_t id;
    uint8_t standing[STANDING_COUNT]; /* typed scores 1…5; 0: unknown */
    bool gone;                        /* in the bin */
    bool by_hand;                     /* a grade was set by hand */
    uint8_t pad[2];                   /* 0: the bytes are hashed */
};

/* The columns, one row an order, orders rising; rows with sales <= 0 do not
 * count. Read-only, good until mirror_close. */
struct mirror_view {
    struct mirror *mirror;
    const int64_t *order, *customer;
    const int32_t *day;   /* since 1970 */
    const int64_t *sales; /* 10^-6 of the base currency */
    size_t n;
    const struct mirror_person *people; /* by id; the others are plain */
    size_t n_people;
    struct feed_place place; /* everything up to here is in it */
};

/* Brings the mirror of c->store up to date and lends it; nobody changes it
 * until mirror_close. Waits for others who bring it up, but under a budget not
 * while they make it: ERR_BUSY mirror_making. Who is hasty is not lent it at
 * all, ERR_TOO_BROAD: to make it may take seconds, to read it tenths. */
enum err mirror_open(struct ctx *c, struct mirror_view *out) MUST_CHECK;
void mirror_close(struct mirror_view *v);

/* Rows that differ from what the database says: 0, or the mirror is broken.
 * Reads every order. */
enum err mirror_check(struct ctx *c, int64_t *wrong) MUST_CHECK;

#endif
