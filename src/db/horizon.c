/* Which transactions have ended. Owns nothing. */
#include "db/db.h"

SQL(Q_LOW, "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint");
SQL(Q_HIGH, "SELECT (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint");

enum err db_horizon(struct ctx *c, int64_t *low, int64_t *high) {
    *low = *high = INT64_MAX;
    if (!str_eqc(str_of(db_engine(db_of(c->db))), "postgresql"))
        return OK;
    TRY(db_i64(c, &Q_LOW, NO_ARGS, 0, low));
    return db_i64(c, &Q_HIGH, NO_ARGS, 0, high);
}
