/* The newest grading as whoever scores one customer needs it: the ruler and the
 * models, parsed once a grading. */
#ifndef APP_RULING_H
#define APP_RULING_H

#include "app/lifetime.h"

struct ruling {
    bool graded; /* false: nobody was graded yet, all else is empty */
    struct ruler ruler;
    int32_t as_of; /* of the models */
    struct clv_models models;
    struct churn_models churn;
};

/* The newest finished run's. */
enum err ruling_now(struct ctx *c, struct ruling *out) MUST_CHECK;

#endif
