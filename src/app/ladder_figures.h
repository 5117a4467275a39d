/* The company's ladder in figures, for the actor's scope: who stands where, who
 * came how far, and how long it took. */
#ifndef APP_LADDER_FIGURES_H
#define APP_LADDER_FIGURES_H

#include "base/ctx.h"

/* The rungs that rules lead to, lowest first. */
enum rung {
    RUNG_SUSPECT,
    RUNG_PROSPECT,
    RUNG_FIRST,
    RUNG_REPEAT,
    RUNG_CLIENT,
    RUNG_ADVOCATE,
    RUNG_COUNT
};
struct str rung_name(enum rung r);

struct rung_figures {
    int64_t customers; /* stand there now */
    int64_t reached;   /* came to it or higher, ever */
    int64_t moved;     /* of those, came higher */
    /* Days from coming to it until coming higher. Over those that moved and
     * whose days are known: */
    int64_t dated;
    double moved_days; /* mean; NAN: none */
    /* Kaplan-Meier median, which counts those that wait; NAN: not reached. */
    double dwell_days;
};

struct option_count {
    struct str value;
    int64_t customers;
};

struct ladder_figures {
    int64_t customers; /* in scope */
    struct rung_figures rungs[RUNG_COUNT];
    /* In the model's order; no levels, no bonds for who may not read them. */
    struct option_count *relations, *stages, *levels, *bonds;
    size_t n_relations, n_stages, n_levels, n_bonds;
};

/* In c->arena. ERR_FORBIDDEN for who may not read sums of orders. */
enum err ladder_figures(struct ctx *c, struct ladder_figures *out) MUST_CHECK;

#endif
