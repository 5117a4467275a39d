/* Lost customers found after each grading: an account for each, which a person
 * confirms; accounts whose customer has bought again are closed. */
#ifndef APP_LOSS_FIND_H
#define APP_LOSS_FIND_H

#include "base/ctx.h"

/* Accounts opened by one run at most, the dearest customers first; the others
 * come with the next ones: nobody confirms more in a day. */
#define LOSS_RUN_MAX 1000

struct loss_found {
    int64_t opened, returned;
};

/* In slices, each a write of its own; acts for the company, whoever asked.
 * ERR_CANCELLED between slices. */
enum err loss_find(struct ctx *c, struct loss_found *out) MUST_CHECK;

#endif
