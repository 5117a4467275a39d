/* <db>.lock: held by the one process that may write a SQLite file (DESIGN O1).
 * The file tells who holds it: process id and the path of its socket. */
#ifndef DB_LOCK_H
#define DB_LOCK_H

#include "base/ctx.h"

struct db_lock;

struct db_lock_holder {
    int64_t pid;       /* 0 when it could not be read */
    struct str socket; /* empty when it has none */
};

/* Takes the lock of a database file without waiting. socket is where other
 * commands reach this process, may be empty. ERR_BUSY (code db_locked; args:
 * pid, socket, path) when another holds it: then holder_out (may be NULL) tells
 * who, in c's arena. ERR_UNAVAILABLE (db_unreachable) when the file can't be
 * made. The lock ends with db_lock_release or the process. */
enum err db_lock_acquire(struct ctx *c, struct str db_path, struct str socket,
                         struct db_lock **out,
                         struct db_lock_holder *holder_out) MUST_CHECK;
/* Tells those who find it held where to reach the holder; empty: nowhere. */
void db_lock_tell(struct ctx *c, struct db_lock *l, struct str socket);
void db_lock_release(struct db_lock *l); /* NULL allowed */

#endif
