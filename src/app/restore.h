/* Putting a backup in the place of the company, from within: a job checks the
 * backup and asks the process to stop serving (store_ask_restore); whoever runs
 * the server (cli/serve_restore.c) then calls the rest with nobody served.
 *
 *     job: check ─▶ asked ─▶ safety backup ─▶ replaced ─▶ settled ─▶ served
 *                               │ failed         │ failed     │ failed
 *                               ▼                ▼            ▼
 *                        served as it was   as it was   safety backup back
 *
 * What became of the last one lies beside the backups as restore.json. */
#ifndef APP_RESTORE_H
#define APP_RESTORE_H

#include "app/job.h"
#include "base/json.h"

struct restored {
    struct str name, by; /* the backup; login of who asked */
    struct str safety;   /* the backup made before; empty: none */
    struct str error;    /* empty: done */
};

/* Makes the job. Inside a write function. ERR_NOT_FOUND; ERR_INVALID
 * backup_other_engine. */
enum err restore_request(struct ctx *c, struct str name,
                         int64_t *job_id_out) MUST_CHECK;
/* Kind restore of app/job.h. */
enum err restore_job(struct ctx *c, struct job_run *run,
                     struct job_end *end) MUST_CHECK;

/* In the company that was put back, before it is served: see restore_settle,
 * and the audit entry. Calls store_write; open the store anew after it. */
enum err restore_finish(struct ctx *c, const struct restored *r) MUST_CHECK;
/* Writes restore.json; with c->store open. */
enum err restore_tell(struct ctx *c, const struct restored *r) MUST_CHECK;
/* The last one as JSON, or null. */
enum err restore_last(struct ctx *c, struct jw *w) MUST_CHECK;

#endif
