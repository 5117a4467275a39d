/* SQL of figures. Owns nothing. */
#include "store/figures.h"

#include "base/json.h"
#include "db/db.h"

SQL(Q_JOBS, "SELECT COUNT(*) FROM job WHERE state = $1");
SQL(Q_SESSIONS, "SELECT COUNT(*) FROM session WHERE expires_at > $1");
SQL(Q_CUSTOMERS, "SELECT COUNT(*) FROM customer WHERE deleted_at IS NULL");
SQL(Q_CHECKED, "SELECT result, finished_at FROM job WHERE kind = 'check'"
               " AND state = 'done' ORDER BY id DESC LIMIT 1");

static enum err jobs(struct ctx *c, struct str state, int64_t *out) {
    return db_i64(c, &Q_JOBS, ARGS(V(state)), 0, out);
}

static enum err read_check(struct ctx *c, struct figures *out) {
    struct rows *r;
    json_t *j;
    TRY(db_one(c, &Q_CHECKED, NO_ARGS, &r, &out->checked));
    if (!out->checked)
        return OK;
    out->checked_at = row_i64(r, 1);
    TRY(json_read(c, row_str(r, 0), &j));
    out->drift = json_integer_value(json_object_get(j, "statistics"));
    return OK;
}

enum err figures_read(struct ctx *c, struct figures *out) {
    *out = (struct figures){0};
    TRY(db_size(c, &out->database_bytes, &out->log_bytes));
    TRY(jobs(c, S("queued"), &out->queued));
    TRY(jobs(c, S("running"), &out->running));
    TRY(jobs(c, S("failed"), &out->failed));
    TRY(db_i64(c, &Q_SESSIONS, ARGS(V(c->now_ms)), 0, &out->sessions));
    TRY(db_i64(c, &Q_CUSTOMERS, NO_ARGS, 0, &out->customers));
    return read_check(c, out);
}
