/* Statements of grading. */
#include "store/grades.h"

#include "store/actor.h"

SQL(Q_BEGIN,
    "INSERT INTO grade_run (as_of, cutoffs, settings, customers, sales, tiers,"
    " changed, started_at, user_id, fitted) VALUES ($1, $2, $3, $4, $5, $6, 0,"
    " $7, $8, $9) RETURNING id");
SQL(Q_FINISH,
    "UPDATE grade_run SET changed = $2, finished_at = $3 WHERE id = $1");
SQL(Q_RULER, "SELECT id, cutoffs FROM grade_run WHERE finished_at IS NOT NULL"
             " ORDER BY id DESC LIMIT 1");
SQL(Q_RULER_OF, "SELECT id, cutoffs FROM grade_run WHERE id = $1");

enum err grades_begin(struct ctx *c, const struct grade_new *n,
                      int64_t *run_id) {
    struct val user = c->actor != NULL && c->actor->user_id != 0
                          ? V(c->actor->user_id)
                          : V_NULL;
    return db_i64(c, &Q_BEGIN,
                  ARGS(V(n->as_of), V(n->cutoffs), V(n->settings),
                       V(n->customers), V(n->sales), V(n->tiers),
                       V(n->began_ms), user,
                       n->fitted.n > 0 ? V(n->fitted) : V_NULL),
                  0, run_id);
}

enum err grades_finish(struct ctx *c, int64_t run_id, int64_t changed) {
    return db_exec(c, &Q_FINISH, ARGS(V(run_id), V(changed), V(c->now_ms)),
                   NULL);
}

static enum err ruler(struct ctx *c, const struct sql *q, struct args args,
                      int64_t *run_id, struct str *cutoffs, bool *found) {
    struct rows *r;
    TRY(db_one(c, q, args, &r, found));
    if (*found) {
        *run_id = row_i64(r, 0);
        *cutoffs = row_str(r, 1);
    }
    rows_end(r);
    return OK;
}

enum err grades_ruler(struct ctx *c, int64_t *run_id, struct str *cutoffs,
                      bool *found) {
    return ruler(c, &Q_RULER, NO_ARGS, run_id, cutoffs, found);
}

SQL(Q_LAST, "SELECT id, started_at FROM grade_run WHERE finished_at IS NOT"
            " NULL ORDER BY id DESC LIMIT 1");

enum err grades_last(struct ctx *c, int64_t *run_id, int64_t *begun_ms,
                     bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_LAST, NO_ARGS, &r, found));
    if (*found) {
        *run_id = row_i64(r, 0);
        *begun_ms = row_i64(r, 1);
    }
    rows_end(r);
    return OK;
}

/* Both by an index. */
SQL(Q_WANTED,
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM customer_stats WHERE last_order_on"
    " IS NOT NULL) OR EXISTS (SELECT 1 FROM customer_stats WHERE"
    " effective_grade IS NOT NULL) THEN 1 ELSE 0 END");

enum err grades_wanted(struct ctx *c, bool *out) {
    int64_t any;
    TRY(db_i64(c, &Q_WANTED, NO_ARGS, 0, &any));
    *out = any != 0;
    return OK;
}

enum err grades_ruler_of(struct ctx *c, int64_t run_id, struct str *cutoffs,
                         bool *found) {
    int64_t same;
    return ruler(c, &Q_RULER_OF, ARGS(V(run_id)), &same, cutoffs, found);
}

#define DAY_MS 86400000

SQL(Q_OTHERS,
    "SELECT count(*) FROM grade_run o JOIN grade_run g ON g.id = $1 WHERE"
    " o.id <> g.id AND ((o.finished_at IS NULL AND (o.id > g.id OR"
    " o.started_at > g.started_at - $2)) OR (o.id < g.id AND o.finished_at >="
    " g.started_at))");

enum err grades_alone(struct ctx *c, int64_t run_id, bool *out) {
    int64_t others;
    TRY(db_i64(c, &Q_OTHERS, ARGS(V(run_id), V(DAY_MS)), 0, &others));
    *out = others == 0;
    return OK;
}

SQL(Q_BROKEN, "SELECT max(id) FROM grade_run WHERE id > $1 AND finished_at IS"
              " NULL");

enum err grades_broken(struct ctx *c, int64_t run_id, int64_t *run_id_out,
                       bool *out) {
    TRY(db_i64(c, &Q_BROKEN, ARGS(V(run_id)), 0, run_id_out));
    *out = *run_id_out > 0;
    return OK;
}

SQL(Q_ORDERS, "SELECT id, number, ordered_on, sales FROM \"order\" WHERE"
              " customer_id = $1 AND deleted_at IS NULL AND kind = 'sale' AND"
              " status NOT IN ('draft', 'cancelled') AND sales > 0"
              " ORDER BY ordered_on DESC, id DESC LIMIT $2");

static void turn_round(struct grade_order *v, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        struct grade_order o = v[i];
        v[i] = v[n - 1 - i];
        v[n - 1 - i] = o;
    }
}

enum err grades_orders(struct ctx *c, int64_t customer_id, int64_t most,
                       struct grade_order **out, size_t *n) {
    struct rows *r;
    VEC(struct grade_order) v = {0};
    TRY(db_query(c, &Q_ORDERS, ARGS(V(customer_id), V(most)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct grade_order){.id = row_i64(r, 0),
                                 .number = row_str(r, 1),
                                 .day = (int32_t)row_i64(r, 2),
                                 .sales = row_i64(r, 3)};
    }
    turn_round(v.p, v.n);
    *out = v.p;
    *n = v.n;
    return OK;
}

SQL(Q_DAYS, "SELECT day, orders, sales FROM customer_day WHERE customer_id = $1"
            " AND orders > 0 ORDER BY day");

enum err grades_days(struct ctx *c, int64_t customer_id, struct grade_day **out,
                     size_t *n) {
    struct rows *r;
    VEC(struct grade_day) v = {0};
    TRY(db_query(c, &Q_DAYS, ARGS(V(customer_id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = (struct grade_day){
            (int32_t)row_i64(r, 0), row_i64(r, 1), row_i64(r, 2)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}
