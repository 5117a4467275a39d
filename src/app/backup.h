/* Backups of the company in one folder: each a file and a manifest beside it
 * (NAME.json) that tells when and how it was made, what it holds and whether
 * it could be read back. The folder is the list, not a table: a company put
 * back from last week's copy still knows yesterday's. */
#ifndef APP_BACKUP_H
#define APP_BACKUP_H

#include "app/job.h"
#include "base/json.h"

struct backup {
    struct str name;     /* of the file, "guanxi-20260321T030000Z-17.db" */
    struct str kind;     /* manual, scheduled, uploaded, safety */
    struct str engine;   /* sqlite, postgresql */
    struct str state;    /* verified, failed, unchecked: uploaded just now */
    struct str sha256;   /* hexadecimal */
    int64_t created_at;  /* UTC ms */
    int64_t verified_at; /* UTC ms of the last look into it */
    int64_t size, schema, rows, ms;
    struct str wrong; /* a line for each thing; empty when verified */
};

/* Newest first. A folder that is not there holds none. ERR_IO. */
struct backups {
    VEC(struct backup) v;
};
enum err backup_list(struct ctx *c, struct backups *out) MUST_CHECK;
void backup_to_json(struct ctx *c, struct jw *w, const struct backup *b);

/* One of them. ERR_NOT_FOUND, also for what is no name of a backup. */
enum err backup_find(struct ctx *c, struct str name,
                     struct backup *out) MUST_CHECK;
/* ERR_NOT_FOUND when there is neither file nor manifest. */
enum err backup_exists(struct ctx *c, struct str name) MUST_CHECK;
/* Its bytes, with an audit entry; the descriptor is the caller's. Calls
 * store_write. */
enum err backup_fetch(struct ctx *c, struct str name, int *fd_out) MUST_CHECK;
/* File and manifest, with an audit entry. Calls store_write. */
enum err backup_delete(struct ctx *c, struct str name) MUST_CHECK;

/* Takes a file somebody has brought along (fd, read from its beginning) into
 * the folder and makes a job that checks it. ERR_INVALID backup_no_such_file,
 * backup_other_engine. Calls store_write. */
enum err backup_take(struct ctx *c, int fd, int64_t *job_id_out) MUST_CHECK;
/* One more of the company as it is, before another takes its place. With
 * c->store open and nobody served. ERR_IO backup_bad. */
enum err backup_safety(struct ctx *c, struct str *name_out) MUST_CHECK;
/* Reads one to its end now and writes what was found into its manifest. */
enum err backup_look(struct ctx *c, struct str name,
                     struct backup *out) MUST_CHECK;
/* ERR_IO backup_bad when something was found wrong with it. */
enum err backup_good(struct ctx *c, const struct backup *b) MUST_CHECK;
/* {"name":…}: arguments of jobs, details of entries. */
struct str backup_name_json(struct ctx *c, struct str name);
/* The audit entry of what was done to one. Inside a write function. */
enum err backup_event(struct ctx *c, struct str action,
                      struct str name) MUST_CHECK;

/* Makes the job, or finds the one that waits. Inside a write function. */
enum err backup_request(struct ctx *c, int64_t *job_id_out) MUST_CHECK;
/* A job that reads a backup once more. Inside a write function. */
enum err backup_request_check(struct ctx *c, struct str name,
                              int64_t *job_id_out) MUST_CHECK;

/* When the next scheduled one is due, UTC ms; 0: none is wanted. */
enum err backup_next(struct ctx *c, int64_t *out) MUST_CHECK;
/* Plans it once it is due: once for all servers. Calls store_write. */
enum err backup_plan(struct ctx *c) MUST_CHECK;

/* Kinds backup and backup_check of app/job.h: makes, reads back, writes the
 * manifest, deletes scheduled ones that are no longer kept. */
enum err backup_job(struct ctx *c, struct job_run *run,
                    struct job_end *end) MUST_CHECK;
enum err backup_check_job(struct ctx *c, struct job_run *run,
                          struct job_end *end) MUST_CHECK;

/* --- backup_folder.c, for backup.c -------------------------------------- */

struct str backup_path(struct ctx *c, struct str name);
/* Its bytes; the descriptor is the caller's. */
enum err backup_open(struct ctx *c, struct str name, int *fd_out) MUST_CHECK;
enum err backup_unlink(struct ctx *c, struct str name) MUST_CHECK;
/* Copies a file into the folder. */
enum err backup_put(struct ctx *c, struct str name, int fd) MUST_CHECK;
/* A small file that appears whole, and one read back: NULL when there is
 * none. */
enum err backup_write_json(struct ctx *c, struct str name,
                           struct str json) MUST_CHECK;
enum err backup_read_json(struct ctx *c, struct str name,
                          json_t **out) MUST_CHECK;
/* Makes the folder when it is not there. */
enum err backup_make_folder(struct ctx *c) MUST_CHECK;
/* With the counts it is to be compared with. */
enum err backup_save(struct ctx *c, const struct backup *b,
                     const json_t *tables) MUST_CHECK;
/* Those counts of a manifest: {"customer":[rows, last]}. */
enum err backup_tables(struct ctx *c, struct str name, json_t **out) MUST_CHECK;
/* Deletes scheduled ones beyond the settings' number of days and weeks, and
 * scheduled ones that failed before the newest good one. */
enum err backup_prune(struct ctx *c) MUST_CHECK;

#endif
