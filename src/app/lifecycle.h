/* Plans of the lifecycle's stages (R49): a strategy in words and tasks, one a
 * line, made when a customer comes into the stage; those of the last stage are
 * the closing checklist. */
#ifndef APP_LIFECYCLE_H
#define APP_LIFECYCLE_H

#include "store/ladder.h"

/* The defaults of stages that never had a plan. Inside a write function. */
enum err lifecycle_seed(struct ctx *c) MUST_CHECK;

/* Makes the tasks of the plan of `stage` for a customer, if the plan is active:
 * those he has not still to be done. They are the owner's. Inside a write
 * function; acts for the company, whoever asked. */
enum err lifecycle_enter(struct ctx *c, const struct ladder_facts *f,
                         struct str stage) MUST_CHECK;

#endif
