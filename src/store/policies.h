/* Policies by grade as rows, and whom they are about. */
#ifndef STORE_POLICIES_H
#define STORE_POLICIES_H

#include "db/db.h"

struct policy {
    int64_t id;
    struct str grade;               /* "vip" … */
    int64_t contact_days;           /* 0: none */
    int64_t discount_max;           /* 10^-2 %; -1: no ceiling */
    struct str approval;            /* "nobody", "manager", "admin" */
    int64_t team_id;                /* 0: none */
    int64_t upgrade_gap;            /* 10^-2 % of the next grade's border */
    int64_t upgrade_open, cut_open; /* plans at a time; 0: none */
    int64_t plan_days;
    struct str plan; /* in words; may be empty */
    /* Of policy_of_customer: the drop decision by which a lower service tier
     * holds (0: none), and the grade in force. */
    int64_t lowered_by;
    struct str in_force;
};

/* The policies that act, the best grade first; in c->arena. */
enum err policies_active(struct ctx *c, struct policy **out,
                         size_t *n) MUST_CHECK;
/* The one a customer is served by on a day: that of the grade in force, or,
 * where a drop decision lowers the service tier, of the next lower grade. */
enum err policy_of_customer(struct ctx *c, int64_t customer_id, int32_t day,
                            struct policy *out, bool *found) MUST_CHECK;
/* By its id, acting or not; *found false: none, or in the bin. */
enum err policy_find(struct ctx *c, int64_t id, struct policy *out,
                     bool *active, bool *found) MUST_CHECK;
/* Was there ever one for the grade, in the bin or not? */
enum err policy_known(struct ctx *c, struct str grade, bool *out) MUST_CHECK;

/* Ids of a span. */
struct id_span {
    int64_t from, to;
};
#define ALL_IDS ((struct id_span){0, INT64_MAX})

struct policy_due {
    int64_t customer_id, owner_id; /* owner 0: none */
    int64_t sales;                 /* 10^-6 */
    int64_t since_ms; /* last contact, or the day the file was opened */
};
/* Live customers served as the grade is (see policy_of_customer), but for those
 * who were sent away, not contacted since an instant, without an open
 * task of any policy and without one that ended since. By id. */
enum err policy_due(struct ctx *c, struct str grade, int64_t before_ms,
                    struct id_span ids, struct policy_due **out,
                    size_t *n) MUST_CHECK;
/* Those served so that nobody owns. */
enum err policy_pool(struct ctx *c, struct str grade, struct id_span ids,
                     struct policy_due **out, size_t *n) MUST_CHECK;

/* Customers to plan for, with what speaks for it. */
struct policy_candidate {
    int64_t customer_id, owner_id; /* owner 0: none */
    int64_t gap;                   /* 10^-2 %; upgrades */
    int64_t potential;             /* 10^-6 */
    int64_t cost;                  /* 10^-6; cost cutting */
};
/* What is asked: those of the grade, but for those who were sent away, without
 * such a plan open and without one
 * that ended since an instant, the best first, at most limit. */
struct policy_quest {
    struct str grade;
    int64_t gap; /* at most; upgrades */
    int64_t since_ms;
    int64_t limit;
};
/* To be raised: of high potential, and close to the next grade; those with the
 * highest potential first; nobody whose service tier was lowered. */
enum err policy_upgrades(struct ctx *c, const struct policy_quest *q,
                         struct policy_candidate **out, size_t *n) MUST_CHECK;
/* To be served for less: of low value and low potential, with a cost to serve;
 * the dearest first. */
enum err policy_cuts(struct ctx *c, const struct policy_quest *q,
                     struct policy_candidate **out, size_t *n) MUST_CHECK;
/* Open tasks of a policy's action ("upgrade", "cut_cost"). */
enum err policy_plans_open(struct ctx *c, int64_t policy_id, struct str action,
                           int64_t *out) MUST_CHECK;

/* Open tasks that the program gave owners, which policy.tasks_per_owner limits:
 * those by which policies have somebody get in touch, and those of strategies.
 * Of each owner that has any, by owner (0: none). */
struct policy_room {
    int64_t owner_id, open;
};
enum err policy_open(struct ctx *c, struct policy_room **out,
                     size_t *n) MUST_CHECK;
/* Those of one. */
enum err policy_open_of(struct ctx *c, int64_t owner_id,
                        int64_t *out) MUST_CHECK;
/* Until the transaction ends nobody else makes any. */
enum err policy_alone(struct ctx *c) MUST_CHECK;

/* Active members of a team and how many customers of the grade each owns. */
struct policy_member {
    int64_t user_id, customers;
};
enum err policy_members(struct ctx *c, int64_t team_id, struct str grade,
                        struct policy_member **out, size_t *n) MUST_CHECK;

#endif
