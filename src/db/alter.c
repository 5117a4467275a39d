/* DDL beside running work. An ALTER that waits for a long read makes every
 * later reader of the table wait behind it (measured: seconds), so it gives up
 * quickly and comes back.
 * Owns: nothing. Threads: the connection's.
 * Invariant: no lock is left behind by a script that failed. */
#include "db/driver.h"

#include "base/time.h"

#include <time.h>

#define PAUSE_MS 150

SQL(Q_LOCK, "SELECT pg_try_advisory_lock(4713204)");
SQL(Q_UNLOCK, "SELECT pg_advisory_unlock(4713204)");

static bool is_pg(const struct ctx *c) {
    return c->db->drv == &pg_driver;
}

static void nap(void) {
    struct timespec t = {0, PAUSE_MS * 1000000};
    nanosleep(&t, NULL);
}

static enum err alter_once(struct ctx *c, struct str script) {
    TRY(db_begin(c));
    enum err e = db_script(c, S("SET LOCAL lock_timeout = '200ms'"));
    if (e == OK)
        e = db_script(c, script);
    if (e == OK)
        return db_commit(c);
    db_rollback(c);
    return e;
}

enum err db_alter(struct ctx *c, struct str script, int patience_ms) {
    if (script.n == 0)
        return OK;
    if (!is_pg(c)) {
        db_flush_statements(c->db);
        return db_script(c, script);
    }
    int64_t until = clock_monotonic_ms() + patience_ms;
    for (;;) {
        enum err e = alter_once(c, script);
        if ((e != ERR_BUSY && e != ERR_RETRY) || clock_monotonic_ms() >= until)
            return e == ERR_RETRY ? ERR_BUSY : e;
        fail_clear(c);
        nap();
    }
}

enum err db_alter_beside(struct ctx *c, struct str statement) {
    if (!is_pg(c))
        return db_alter(c, statement, 0);
    db_budget(c, 120000);
    enum err e = db_script(c, statement);
    db_budget(c, 0);
    if (e == ERR_TOO_BROAD) {
        fail_clear(c);
        e = fail(c, ERR_BUSY, "", "busy");
    }
    return e;
}

enum err db_alter_begin(struct ctx *c, bool *got) {
    int64_t n = 1;
    if (is_pg(c))
        TRY(db_i64(c, &Q_LOCK, NO_ARGS, 0, &n));
    *got = n != 0;
    return OK;
}

/* A connection that is lost has lost the lock too. */
void db_alter_end(struct ctx *c) {
    int64_t n;
    if (is_pg(c) && db_i64(c, &Q_UNLOCK, NO_ARGS, 0, &n) != OK)
        fail_clear(c);
}
