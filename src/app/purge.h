/* Each night: what has been in the bin for longer than the setting
 * bin.keep_days goes for good (store/purge.h); and on demand, what an
 * administrator chose. */
#ifndef APP_PURGE_H
#define APP_PURGE_H

#include "app/job.h"
#include "base/json.h"

/* Before which instant what went into the bin goes; 0: nothing ever goes. */
enum err purge_before(struct ctx *c, int64_t *out) MUST_CHECK;

/* Plans it once a night for all servers. Calls store_write. */
enum err purge_plan(struct ctx *c) MUST_CHECK;
/* Makes the job that empties the bin, or what is chosen of it: {"objects":[…],
 * "ids":[…] of one
 * object,"deleted_with":n,"deleted_by":n,"from":day,"to":day}, all may be
 * absent. For administrators. Inside a write function. ERR_INVALID. */
enum err purge_request(struct ctx *c, const json_t *chosen,
                       int64_t *job_id_out) MUST_CHECK;
/* Kind bin_purge of app/job.h; result {"gone":n}, of chosen ones also "kept":
 * those that other records need. */
enum err purge_job(struct ctx *c, struct job_run *run,
                   struct job_end *end) MUST_CHECK;

#endif
