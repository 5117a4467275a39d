/* Imports: a file of customers, contacts, products or orders, read into the
 * company's records by a job.
 *
 *     new ──dry_run──▶ dry_running ──▶ checked      (failed, cancelled: new)
 *     new, checked ──run──▶ running ──▶ done | failed | cancelled
 *     failed, cancelled ──run──▶ running            (goes on where it stopped)
 *     done, failed, cancelled ──revert──▶ …         (app/import_revert.h)
 *
 * A change of the mapping or an option leads from checked back to new. Once
 * rows have been read in (running and after) neither can be changed.
 *
 * Files of orders have one order line a row. Rows belong to the order of their
 * number, wherever they stand. Each row counts as exactly one of these, the
 * first that applies (analytics/transactions.h):
 *     no_customer_lines  no customer: set aside, not imported
 *     error_lines        not readable: set aside with column and reason
 *     duplicate_lines    the order was there before this import (option skip)
 *     cancelled_lines    the number begins with the cancel prefix: the order is
 *                        of kind return, its lines are kept, never sales
 *     return_lines       quantity 0 or less: line of kind return
 *     free_lines         price 0: line of kind free
 *     adjustment_lines   price below 0: line of kind free
 *     sale_lines         all others
 * The customer is found by (source, external id), then by customer number,
 * then, without an id column, by name; a new one belongs to the importing
 * user. The day of an order is the one written in its first row. */
#ifndef APP_IMPORT_H
#define APP_IMPORT_H

#include "app/import_options.h"
#include "app/job.h"

#define IMPORT_FILE_MAX 524288000 /* bytes */

struct import {
    int64_t id, file_id, error_file_id, job_id, kept_file_id, revert_job_id;
    bool whole;      /* its cells may be shown: the caller's own, or no field of
                        theirs is masked for him */
    bool kept_shown; /* the list a revert kept may be shown: the caller took
                        the import back, or sees everything of its entity */
    struct str entity, filename, format, encoding, delimiter, state;
    bool compressed;
    struct targets targets;
    struct columns columns;
    struct import_options options;
    struct str report, reverted; /* JSON or empty */
};

struct import_new {
    struct str entity; /* plural */
    struct str filename;
    int fd; /* the file, borrowed, read from offset 0 */
};

/* Stores the file, looks into it, guesses mapping and options. Calls
 * store_write. ERR_FORBIDDEN, ERR_INVALID import_entity, import_no_rows, and
 * the errors of base/table.h. */
enum err import_create(struct ctx *c, const struct import_new *n,
                       int64_t *id_out) MUST_CHECK;

struct record;
/* From its row, without a question of rights. Lives in c->arena. */
enum err import_of_record(struct ctx *c, const struct record *r,
                          struct import *out) MUST_CHECK;

/* ERR_NOT_FOUND when the actor may not see it. Lives in c->arena. */
enum err import_load(struct ctx *c, int64_t id, struct import *out) MUST_CHECK;

/* GET /imports/{id}. */
enum err import_to_json(struct ctx *c, struct jw *w,
                        const struct import *im) MUST_CHECK;

/* {"mapping":{…},"options":{…}}, both may be absent. Inside a write function.
 * ERR_CONFLICT import_locked. */
enum err import_change(struct ctx *c, int64_t id, json_t *body) MUST_CHECK;

/* Makes the job. Inside a write function. ERR_INVALID when columns or the
 * exchange rate are missing, ERR_FORBIDDEN without the rights to create what
 * the file holds, ERR_CONFLICT import_running, import_done. */
enum err import_start(struct ctx *c, int64_t id, bool dry,
                      int64_t *job_id_out) MUST_CHECK;

/* Kinds import_dry and import_run of app/job.h. */
enum err import_job(struct ctx *c, struct job_run *run,
                    struct job_end *end) MUST_CHECK;
enum err import_job_ended(struct ctx *c, const struct job *j,
                          const struct job_end *end) MUST_CHECK;

#endif
