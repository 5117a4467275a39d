/* When everybody is graded anew: on demand, after the rules changed, and each
 * night. A request is a job; one that has not begun serves them all. */
#ifndef APP_GRADE_REQUEST_H
#define APP_GRADE_REQUEST_H

#include "base/ctx.h"

/* Inside a write function. The job that will grade, queued by now. */
enum err grade_request(struct ctx *c, int64_t *job_id_out) MUST_CHECK;

/* Queues the run of the night when it is due: at the setting night.time, once
 * a day, when there are sales. Calls store_write. */
enum err grade_plan(struct ctx *c) MUST_CHECK;

#endif
