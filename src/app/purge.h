/* Each night: what has been in the bin for longer than the setting
 * bin.keep_days goes for good (store/purge.h). */
#ifndef APP_PURGE_H
#define APP_PURGE_H

#include "app/job.h"

/* Before which instant what went into the bin goes; 0: nothing ever goes. */
enum err purge_before(struct ctx *c, int64_t *out) MUST_CHECK;

/* Plans it once a night for all servers. Calls store_write. */
enum err purge_plan(struct ctx *c) MUST_CHECK;
/* Kind bin_purge of app/job.h; result {"gone":n}. */
enum err purge_job(struct ctx *c, struct job_run *run,
                   struct job_end *end) MUST_CHECK;

#endif
