/* Statements of grading. */
#include "store/grades.h"

#include "base/zone.h"
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
                       V(n->customers), V(n->sales), V(n->tiers), V(c->now_ms),
                       user, n->fitted.n > 0 ? V(n->fitted) : V_NULL),
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

enum err grades_ruler_of(struct ctx *c, int64_t run_id, struct str *cutoffs,
                         bool *found) {
    int64_t same;
    return ruler(c, &Q_RULER_OF, ARGS(V(run_id)), &same, cutoffs, found);
}

SQL(Q_GET, "SELECT grade, abc_class, r_score, f_score, m_score, sales,"
           " sales_rank, share_before, graded_run_id, coalesce(border_gap,"
           " -1) FROM customer_stats WHERE id = $1");

enum err grades_get(struct ctx *c, int64_t customer_id, struct grade_row *out,
                    bool *found) {
    struct rows *r;
    *out = (struct grade_row){.customer_id = customer_id};
    TRY(db_one(c, &Q_GET, ARGS(V(customer_id)), &r, found));
    if (*found) {
        out->grade = row_str(r, 0);
        out->abc = row_str(r, 1);
        out->r = (int)row_i64(r, 2);
        out->f = (int)row_i64(r, 3);
        out->m = (int)row_i64(r, 4);
        out->sales = row_i64(r, 5);
        out->rank = row_i64(r, 6);
        out->share_before = row_i64(r, 7);
        out->run_id = row_i64(r, 8);
        out->gap = row_i64(r, 9);
    }
    rows_end(r);
    return OK;
}

/* t is the customer, s its statistics, $1 today. */
#define IN_FORCE                                                               \
    "CASE WHEN t.grade_override IS NOT NULL AND (t.grade_override_until IS"    \
    " NULL OR t.grade_override_until >= $1) THEN CASE WHEN t.credit_score = 1" \
    " THEN 'small' ELSE t.grade_override END ELSE s.grade END"

SQL(Q_EFFECTIVE,
    "UPDATE customer_stats SET effective_grade = (SELECT " IN_FORCE
    " FROM customer t JOIN customer_stats s ON s.id = t.id WHERE t.id = $2)"
    " WHERE id = $2");
SQL(Q_STALE, "SELECT t.id FROM customer t JOIN customer_stats s ON s.id = t.id"
             " WHERE t.deleted_at IS NULL AND coalesce(s.effective_grade, '')"
             " <> coalesce(" IN_FORCE ", '') ORDER BY t.id");

enum err grades_effective(struct ctx *c, int64_t customer_id, int32_t today) {
    return db_exec(c, &Q_EFFECTIVE, ARGS(V(today), V(customer_id)), NULL);
}

SQL(Q_PUT, "UPDATE customer_stats SET grade = $2, abc_class = $3,"
           " r_score = $4, f_score = $5, m_score = $6, sales_rank = $7,"
           " share_before = $8, graded_run_id = $9, border_gap = $10"
           " WHERE id = $1");
SQL(Q_HISTORY,
    "INSERT INTO grade_history (customer_id, run_id, as_of, grade,"
    " previous_grade, abc_class, r_score, f_score, m_score, sales,"
    " sales_rank, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
    " $12)");

static struct val or_null(struct str s) {
    return s.n == 0 ? V_NULL : V(s);
}

static struct val number(int64_t v) {
    return v == 0 ? V_NULL : V(v);
}

enum err grades_put(struct ctx *c, const struct grade_row *g, bool *changed) {
    struct grade_row old;
    bool found;
    TRY(grades_get(c, g->customer_id, &old, &found));
    *changed =
        found && (!str_eq(old.grade, g->grade) || !str_eq(old.abc, g->abc) ||
                  old.r != g->r || old.f != g->f || old.m != g->m);
    /* who never bought belongs to no run */
    bool nothing = g->grade.n == 0 && old.grade.n == 0;
    bool same = old.rank == g->rank && old.run_id == g->run_id &&
                old.share_before == g->share_before && old.gap == g->gap;
    if (!found || (!*changed && (nothing || same)))
        return OK;
    TRY(db_exec(c, &Q_PUT,
                ARGS(V(g->customer_id), or_null(g->grade), or_null(g->abc),
                     number(g->r), number(g->f), number(g->m), number(g->rank),
                     g->rank > 0 ? V(g->share_before) : V_NULL, V(g->run_id),
                     g->gap >= 0 ? V(g->gap) : V_NULL),
                NULL));
    if (!*changed)
        return OK;
    TRY(grades_effective(c, g->customer_id, zone_day(c->zone, c->now_ms)));
    return db_exec(c, &Q_HISTORY,
                   ARGS(V(g->customer_id), V(g->run_id), V(g->as_of),
                        or_null(g->grade), or_null(old.grade), or_null(g->abc),
                        number(g->r), number(g->f), number(g->m), V(g->sales),
                        number(g->rank), V(c->now_ms)),
                   NULL);
}

SQL(Q_BEHIND, "SELECT id FROM customer_stats WHERE grade IS NOT NULL AND"
              " graded_run_id <> $1 ORDER BY id");

static enum err ids_of(struct ctx *c, const struct sql *q, struct args args,
                       int64_t **ids, size_t *n) {
    struct rows *r;
    VEC(int64_t) v = {0};
    TRY(db_query(c, q, args, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = row_i64(r, 0);
    }
    *ids = v.p;
    *n = v.n;
    return OK;
}

enum err grades_behind(struct ctx *c, int64_t run_id, int64_t **ids,
                       size_t *n) {
    return ids_of(c, &Q_BEHIND, ARGS(V(run_id)), ids, n);
}

enum err grades_stale(struct ctx *c, int32_t today, int64_t **ids, size_t *n) {
    return ids_of(c, &Q_STALE, ARGS(V(today)), ids, n);
}

SQL(Q_ORDERS, "SELECT id, number, ordered_on, sales FROM \"order\" WHERE"
              " customer_id = $1 AND deleted_at IS NULL AND kind = 'sale' AND"
              " status NOT IN ('draft', 'cancelled') AND sales > 0"
              " ORDER BY ordered_on, id");

enum err grades_orders(struct ctx *c, int64_t customer_id,
                       struct grade_order **out, size_t *n) {
    struct rows *r;
    VEC(struct grade_order) v = {0};
    TRY(db_query(c, &Q_ORDERS, ARGS(V(customer_id)), &r));
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
    *out = v.p;
    *n = v.n;
    return OK;
}
