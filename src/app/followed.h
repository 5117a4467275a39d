/* How far a step behind a grading has followed the company, so that the next
 * one looks only at what has changed since. Kept from
 * value.fit_weekly_from customers on; smaller companies are looked at whole. */
#ifndef APP_FOLLOWED_H
#define APP_FOLLOWED_H

#include "store/feed.h"

struct followed {
    struct str basis; /* what the step went by: another one begins anew */
    int32_t day;      /* company's day */
    int64_t at_ms;    /* UTC, when it began */
    struct feed_place place; /* changes up to here are followed */
};

/* Is a company of so many customers large? */
enum err followed_large(struct ctx *c, int64_t customers, bool *out) MUST_CHECK;

/* Where things stand now, to be taken before the step reads anything. */
enum err followed_now(struct ctx *c, struct str basis,
                      struct followed *out) MUST_CHECK;

/* What the step left last time. *found false: nothing, by another basis, or
 * the changes since have been thrown away. */
enum err followed_read(struct ctx *c, struct str step, struct str basis,
                       struct followed *out, bool *found) MUST_CHECK;

/* Behind a step that went to its end. Calls store_write. */
enum err followed_save(struct ctx *c, struct str step,
                       const struct followed *f) MUST_CHECK;

#endif
