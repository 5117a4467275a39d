/* Putting a company back from a copy, and what of that copy must not live on.
 */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include "db/db.h"

/* Makes the SQLite file at path from a copy: beside it first, read to its end,
 * then in its place, with the log of the file that was there gone. What is
 * wrong with the copy is appended to wrong, a line each, and nothing is
 * changed then. The caller holds the lock of path and nobody has it open.
 * Errors: those of backup_make_from. */
enum err restore_file(struct ctx *c, struct str path, struct str copy,
                      db_progress progress, void *arg,
                      struct buf *wrong) MUST_CHECK;

/* The same for a company at url, of either engine, that is not open in this
 * process: SQLite takes its lock (ERR_BUSY), of PostgreSQL see db_swap_dump. A
 * copy that is not good is ERR_IO backup_bad. */
enum err restore_company(struct ctx *c, struct str url,
                         struct str copy) MUST_CHECK;

/* In the company that was put back, before anybody uses it: ends all sessions,
 * calls off jobs that made, read or restored backups and mails that waited,
 * and forgets the secret under which cursors and the mirror's file were made.
 * Inside a write function; open the store anew afterwards. */
enum err restore_settle(struct ctx *c) MUST_CHECK;

#endif
