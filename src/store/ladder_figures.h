/* Where customers stand on the ladder and when they came to its rungs, through
 * the scope of the actor. */
#ifndef STORE_LADDER_FIGURES_H
#define STORE_LADDER_FIGURES_H

#include "db/db.h"

struct ladder_path {
    struct str rung, relation, stage;
    struct str level, bonds; /* bonds: ",financial,social," */
    int64_t created_ms;
    /* Days, 0: not yet. */
    int32_t contact, first_order, second_order, client, advocate;
};
typedef void (*ladder_path_fn)(void *arg, const struct ladder_path *p);

/* Calls fn for every live customer in scope; the texts of p are valid in the
 * call only. ERR_FORBIDDEN for who may not read sums of orders. */
enum err ladder_paths(struct ctx *c, ladder_path_fn fn, void *arg) MUST_CHECK;

#endif
