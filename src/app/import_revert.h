/* Taking a whole import back: chunk by chunk, the newest first, from what the
 * audit of each chunk tells (app/import_undo.h).
 *
 *     done, failed, cancelled ──revert──▶ reverting ──▶ reverted
 *                     done ◀── stopped in the middle ──┘
 *
 * Records it made go into the bin. Records it changed get back what they held
 * before, field by field. What somebody has changed since stays as it is and is
 * told (DESIGN D5), one JSON object a line in the import's kept file:
 *     {"entity":"customers","id":5,"title":"…","reason":"changed",
 *      "fields":{"phone":[before, imported, now]}}
 * reason: changed  edited since
 *         used     other records hang on it by now
 *         gone     a changed record is no longer there
 *         taken    another record has the old value by now
 *         forbidden  out of the actor's rights
 * A revert that was stopped goes on behind its last whole chunk. */
#ifndef APP_IMPORT_REVERT_H
#define APP_IMPORT_REVERT_H

#include "app/job.h"

/* Makes the job. Inside a write function. ERR_CONFLICT import_not_run,
 * import_running, import_reverted; ERR_FORBIDDEN without the right to delete
 * what the file holds. */
enum err import_revert_start(struct ctx *c, int64_t id,
                             int64_t *job_id_out) MUST_CHECK;

/* Kind import_revert of app/job.h. */
enum err import_revert_job(struct ctx *c, struct job_run *run,
                           struct job_end *end) MUST_CHECK;
enum err import_revert_ended(struct ctx *c, const struct job *j,
                             const struct job_end *end) MUST_CHECK;

#endif
