/* The nightly recount: are statistics and team trees what a count from scratch
 * gives? Its outcome is a figure for monitoring (DESIGN V3: drift must be 0).
 */
#ifndef APP_NIGHTLY_H
#define APP_NIGHTLY_H

#include "app/job.h"

/* Plans the night's recount once it is due, once for all servers of a
 * company; none for a company without sales. Calls store_write. */
enum err nightly_plan(struct ctx *c) MUST_CHECK;

/* Kind check of app/job.h: result {"statistics":n,"teams":n}. */
enum err nightly_job(struct ctx *c, struct job_run *run,
                     struct job_end *end) MUST_CHECK;

#endif
