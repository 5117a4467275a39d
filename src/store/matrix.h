/* Rows of the value matrix: what it is judged by, the groups of similar
 * customers, the newest run's cut-offs, and the scores. */
#ifndef STORE_MATRIX_H
#define STORE_MATRIX_H

#include "db/db.h"
#include "store/policies.h"

/* Of one live customer with sales. Amounts 10^-6 of the base currency. */
struct matrix_facts {
    int64_t id;
    struct str kind, industry, scale, city; /* empty: unknown */
    int64_t wallet;                         /* -1: unknown */
    int prospects;                          /* 1…5; 0: unknown */
    int64_t current;                        /* sales since from_day */
    int64_t expected;                       /* clv_12m; -1: unknown */
    int64_t sales, orders;                  /* of all time */
    int32_t last_day;
};

/* All of a span, by id; in c->arena. */
enum err matrix_facts_of(struct ctx *c, int32_t from_day, struct id_span ids,
                         struct matrix_facts **out, size_t *n) MUST_CHECK;
/* *found false: gone, or never bought. */
enum err matrix_facts_one(struct ctx *c, int32_t from_day, int64_t customer_id,
                          struct matrix_facts *out, bool *found) MUST_CHECK;

struct matrix_run {
    int64_t id;
    int32_t as_of, from_day;
    int64_t customers;
    int64_t current_cut, potential_cut; /* 10^-6 */
    int64_t buyers;    /* whose products cross-selling was counted over */
    struct str groups; /* model of analytics/groups.h, JSON; empty: none */
};

/* What customers like these buy in a year. */
struct matrix_group {
    struct str key;
    int64_t customers, reference; /* 10^-6 */
};

/* A new run in place of the last one, with its groups. */
enum err matrix_begin(struct ctx *c, const struct matrix_run *run,
                      const struct matrix_group *groups, size_t n) MUST_CHECK;
enum err matrix_newest(struct ctx *c, struct matrix_run *out,
                       bool *found) MUST_CHECK;
/* *found false when the run has no group of that key. */
enum err matrix_group_of(struct ctx *c, struct str key,
                         struct matrix_group *out, bool *found) MUST_CHECK;

/* As stored; INT64_MIN is empty. */
struct matrix_score {
    int64_t current, potential; /* 10^-6 */
    struct str type;            /* empty: none */
    int64_t share;              /* 10^-2 % */
    int group;                  /* from 1; 0: none */
};
#define MATRIX_NONE INT64_MIN

/* Writes what differs of n customers. */
enum err matrix_put(struct ctx *c, const int64_t *customers,
                    const struct matrix_score *scores, size_t n) MUST_CHECK;
/* Takes the scores of those without sales away. */
enum err matrix_clear(struct ctx *c) MUST_CHECK;

#endif
