/* Exports: a list the actor may export, as a file made by a job. */
#ifndef APP_EXPORT_H
#define APP_EXPORT_H

#include "app/job.h"
#include "base/json.h"

/* POST /exports: {"entity","format":"csv"|"xlsx"|"json","filter","q","sort",
 * "fields"}. Checks all of it and the right, makes the job. Inside a write
 * function. ERR_INVALID, ERR_FORBIDDEN. */
enum err export_start(struct ctx *c, json_t *body,
                      int64_t *job_id_out) MUST_CHECK;

/* The same at once, into fd: without a job, and without the audit entry, which
 * the caller writes in a write function. Reads with c->db. */
enum err export_to_file(struct ctx *c, json_t *body, int fd,
                        int64_t *rows_out) MUST_CHECK;
enum err export_audit(struct ctx *c, json_t *body, int64_t rows) MUST_CHECK;

/* Kind export of app/job.h. */
enum err export_job(struct ctx *c, struct job_run *run,
                    struct job_end *end) MUST_CHECK;

#endif
