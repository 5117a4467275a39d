/* Competing risks by age: of deals (or contracts) that are still open at some
 * age, how many are won, and how many lost, on the next day. Discrete hazards
 * as in Prentice et al. 1978 and Tutz and Schmid 2016. A share of all deals
 * that were ever won overstates: it forgets those that stay open for ever. */
#ifndef ANALYTICS_HAZARD_H
#define ANALYTICS_HAZARD_H

#include "base/arena.h"

enum spell_end { SPELL_OPEN, SPELL_WON, SPELL_LOST };

/* Days since 1970. Open ones are seen until the day they are asked about. */
struct spell {
    int32_t first, last;
    enum spell_end end; /* on day `last` */
};

#define HAZARD_BAND 7       /* days to each side that count as one age */
#define HAZARD_EXPOSURE 200 /* days at risk that a band widens to have */

struct hazard {
    double *won, *lost; /* of each age: chance of it on that day */
    size_t n;           /* ages; older ones count as the oldest */
};

/* From the days seen in [from, until). Each age takes what happened within
 * HAZARD_BAND days of it, or more where fewer than HAZARD_EXPOSURE days were
 * seen. In arena a; n is 0 when no day was seen. */
void hazard_estimate(struct arena *a, const struct spell *all, size_t n,
                     int32_t from, int32_t until, struct hazard *out);

struct hazard_chance {
    double won, lost; /* the rest is still open then */
};

/* Of one that is `age` days old and open: what has happened after `days`. */
struct hazard_chance hazard_chance(const struct hazard *h, int32_t age,
                                   int32_t days);

/* How much more than chance the wins of blocks of `block` days before `until`
 * vary about what the hazards expect: standard deviation of their ratio without
 * the part that counting explains. Wins at ages the hazards don't know are left
 * out of both. 0 with fewer than three blocks. */
double hazard_spread(struct arena *scratch, const struct hazard *h,
                     const struct spell *all, size_t n, int32_t until,
                     int32_t block);

#endif
