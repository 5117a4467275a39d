/* What the ladder of relations is derived from, and what was derived. Days
 * since 1970, 0: none. */
#ifndef STORE_LADDER_H
#define STORE_LADDER_H

#include "store/feed.h"

/* What stands in customer_stats. */
struct ladder_state {
    struct str rung, relation, stage; /* option values */
    int32_t rung_since, stage_since;
    int32_t first_contact, second_order, client_on, advocate_on;
    int64_t recent, referrals, referrals_bought;
};

struct ladder_day {
    int32_t day;
    int64_t orders;
};

/* The facts about one customer. */
struct ladder_facts {
    int64_t id, owner_id, referred_by; /* 0: none */
    struct str roles;                  /* ",end_customer,agent," */
    bool needs;                        /* something is known that he wants */
    int64_t contacts, first_contact_ms;
    int64_t asked;           /* live orders in any state */
    struct ladder_day *days; /* with orders that count as sales, rising */
    size_t n_days;
    int64_t referrals, referrals_bought;
    int32_t referral_day; /* first purchase of somebody referred */
    int32_t ended_on;     /* by hand, or with a loss account dissolved */
    struct ladder_state stored;
};

/* Holds the customers' statistics until the transaction ends, in the order of
 * their ids. */
enum err ladder_lock(struct ctx *c, const int64_t *customers,
                     size_t n) MUST_CHECK;

/* Live customers with ids from `first` to `last`, by id; in c->arena. */
enum err ladder_read(struct ctx *c, int64_t first, int64_t last,
                     struct ladder_facts **out, size_t *n) MUST_CHECK;
/* The same of some ids. */
enum err ladder_read_of(struct ctx *c, const int64_t *ids, size_t n_ids,
                        struct ladder_facts **out, size_t *n) MUST_CHECK;
/* The greatest customer id; 0: there are none. */
enum err ladder_last_id(struct ctx *c, int64_t *out) MUST_CHECK;

/* What may have moved customers since an instant. */
struct ladder_since {
    struct feed_place place; /* changes behind it */
    int32_t day, today;      /* days that have come: behind day, to today */
    int64_t day_ms;          /* the instant day ends */
    int64_t spans[3];        /* days after a sale on which something changes */
};
/* Live or not, rising; those who referred them too. In c->arena. */
enum err ladder_changed(struct ctx *c, const struct ladder_since *s,
                        int64_t **ids, size_t *n) MUST_CHECK;
/* Has an import run since, or does one? */
enum err ladder_imported(struct ctx *c, int64_t at_ms, bool *out) MUST_CHECK;

/* A customer stands elsewhere. */
struct ladder_change {
    const struct ladder_facts *facts; /* with what was stored */
    struct ladder_state now;
    int32_t moved_on; /* day of a row of the history; 0: none */
};
enum err ladder_put(struct ctx *c, const struct ladder_change *p,
                    size_t n) MUST_CHECK;

/* Would `referrer` be brought by somebody whom `customer_id` brought? */
enum err ladder_is_circle(struct ctx *c, int64_t customer_id, int64_t referrer,
                          bool *out) MUST_CHECK;

/* The plan of a stage, level or bond; *found false: there is none, or it is in
 * the bin. */
struct lifecycle_plan {
    int64_t id, due_days;
    bool active;
    struct str strategy, tasks; /* tasks: one a line, app/lifecycle.h */
};
enum err lifecycle_plan_of(struct ctx *c, struct str stage,
                           struct lifecycle_plan *out, bool *found) MUST_CHECK;
/* Was there ever one for it, in the bin or not? */
enum err lifecycle_plan_known(struct ctx *c, struct str stage,
                              bool *out) MUST_CHECK;
/* Has the customer a task of the plan with this title still to be done? */
enum err lifecycle_task_open(struct ctx *c, int64_t plan_id,
                             int64_t customer_id, struct str title,
                             bool *out) MUST_CHECK;

#endif
