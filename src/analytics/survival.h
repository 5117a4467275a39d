/* How long customers stay: the Kaplan-Meier estimate with Greenwood's standard
 * error and log-log bands (Kaplan and Meier 1958; Kalbfleisch and Prentice). */
#ifndef ANALYTICS_SURVIVAL_H
#define ANALYTICS_SURVIVAL_H

#include "base/arena.h"

/* One customer: seen for `time` (any unit, >= 0), then lost, or still there
 * when it was last looked. */
struct stay {
    double time;
    bool lost;
};

/* One distinct time at which somebody was lost. */
struct survival_row {
    double time;
    int64_t at_risk; /* there just before */
    int64_t lost;
    double survival;  /* share still there after it */
    double error;     /* standard error; 0 where nobody is left */
    double low, high; /* 95 %; NAN where nobody is left */
};

struct survival {
    struct survival_row *rows; /* times rising */
    size_t n;
    int64_t customers, lost;
    double median; /* first time with survival <= ½; NAN: not reached */
};

/* Those lost at a time count as at risk then, those last seen at it too. All in
 * arena a. */
void survival_estimate(struct arena *a, const struct stay *all, size_t n,
                       struct survival *out);

#endif
