/* What a buy-till-you-die model knows of a customer, and many customers put
 * together into cells of equal histories, so that a fit reads each history
 * once. Time is in weeks. x, t_x and T as Fader, Hardie, Lee 2005a define them.
 */
#ifndef ANALYTICS_HISTORY_H
#define ANALYTICS_HISTORY_H

#include "base/arena.h"

#define HISTORY_DAYS 7.0 /* days of the unit of time */

struct history {
    int64_t x;  /* repeat purchases: purchase days less the first, >= 0 */
    double t_x; /* from the first to the last purchase, 0 when x is 0 */
    double T;   /* from the first purchase to the end, >= t_x */
};

struct history_cell {
    uint32_t x_at;         /* place in xs */
    uint32_t t_x_at, T_at; /* places in times */
    double n;              /* customers */
};

struct history_cells {
    struct history_cell *p; /* by x, t_x, T, so that sums don't depend on the
                               order of customers */
    size_t n;
    double *xs; /* distinct x, rising */
    size_t n_xs;
    double *xs_n;  /* customers with that x */
    double *times; /* distinct t_x and T, rising */
    size_t n_times;
    uint32_t *of;                 /* cell of each customer */
    int64_t customers, repeaters; /* those with x > 0 */
};

/* Groups n histories (n < 2^31). All in arena a. */
void history_group(struct arena *a, const struct history *all, size_t n,
                   struct history_cells *out);

/* The same customers with times rounded to `steps` parts of the longest one:
 * fewer cells, near enough for a fit to begin with. `of` is not set. */
void history_coarse(struct arena *a, const struct history_cells *fine,
                    int steps, struct history_cells *out);

/* The history of cell i. */
struct history history_of(const struct history_cells *c, size_t i);

#endif
