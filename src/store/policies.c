/* Statements of policies. Owns nothing. */
#include "store/policies.h"

#include "base/zone.h"
#include "store/drops.h"
#include "store/due_rows.h"
#include "store/scores.h"

#include <stdlib.h>

#define POLICY                                                                 \
    "p.id, p.grade, coalesce(p.contact_days, 0), coalesce(p.discount_max, "    \
    "-1),"                                                                     \
    " p.approval, coalesce(p.team_id, 0), p.upgrade_gap, p.upgrade_open,"      \
    " p.cut_open, p.plan_days, p.plan"

SQL(Q_ACTIVE, "SELECT " POLICY " FROM grade_policy p WHERE p.active = 1 AND"
              " p.deleted_at IS NULL");
/* The decision that lowers the service tier of s on the day $2. */
#define LOWERED_BY                                                             \
    "(SELECT max(d.id) FROM drop_decision d WHERE " DROP_HOLDS("service_tier", \
                                                               "$2") ")"
SQL(Q_OF,
    "SELECT " POLICY ", coalesce(x.decision, 0), x.grade FROM (SELECT"
    " s.effective_grade AS grade, " LOWERED_BY " AS decision FROM"
    " customer_stats s WHERE s.id = $1) x JOIN grade_policy p ON p.grade ="
    " CASE WHEN x.decision IS NULL THEN x.grade WHEN x.grade = 'vip' THEN"
    " 'main' WHEN x.grade = 'main' THEN 'ordinary' WHEN x.grade = 'ordinary'"
    " THEN 'small' ELSE x.grade END AND p.deleted_at IS NULL AND p.active = 1");
SQL(Q_ONE, "SELECT " POLICY ", p.active FROM grade_policy p WHERE p.id = $1 AND"
           " p.deleted_at IS NULL");
SQL(Q_KNOWN, "SELECT count(*) FROM grade_policy WHERE grade = $1");

static struct policy policy_row(const struct rows *r) {
    return (struct policy){.id = row_i64(r, 0),
                           .grade = row_str(r, 1),
                           .contact_days = row_i64(r, 2),
                           .discount_max = row_i64(r, 3),
                           .approval = row_str(r, 4),
                           .team_id = row_i64(r, 5),
                           .upgrade_gap = row_i64(r, 6),
                           .upgrade_open = row_i64(r, 7),
                           .cut_open = row_i64(r, 8),
                           .plan_days = row_i64(r, 9),
                           .plan = row_str(r, 10)};
}

/* The best grade first. */
static int by_grade(const void *x, const void *y) {
    const struct policy *a = x, *b = y;
    int order = score_grade_of(a->grade) - score_grade_of(b->grade);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

enum err policies_active(struct ctx *c, struct policy **out, size_t *n) {
    struct rows *r;
    VEC(struct policy) v = {0};
    TRY(db_query(c, &Q_ACTIVE, NO_ARGS, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = policy_row(r);
    }
    if (v.n > 0)
        qsort(v.p, v.n, sizeof *v.p, by_grade);
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err policy_of_customer(struct ctx *c, int64_t customer_id, int32_t day,
                            struct policy *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_OF, ARGS(V(customer_id), V(day)), &r, found));
    if (*found) {
        *out = policy_row(r);
        out->lowered_by = row_i64(r, 11);
        out->in_force = row_str(r, 12);
    }
    rows_end(r);
    return OK;
}

enum err policy_find(struct ctx *c, int64_t id, struct policy *out,
                     bool *active, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_ONE, ARGS(V(id)), &r, found));
    if (*found) {
        *out = policy_row(r);
        *active = row_i64(r, 11) != 0;
    }
    rows_end(r);
    return OK;
}

enum err policy_known(struct ctx *c, struct str grade, bool *out) {
    int64_t n;
    TRY(db_i64(c, &Q_KNOWN, ARGS(V(grade)), 0, &n));
    *out = n > 0;
    return OK;
}

/* Of a decision in force today, which is $5. */
#define HELD(measure)                                                          \
    "EXISTS (SELECT 1 FROM drop_decision d WHERE " DROP_HOLDS(measure, "$5") ")"
#define LOWERED HELD("service_tier")

/* Served as grade $1 is: of it, or of the one above it, $4, and lowered. The
 * lowest stays what it is. */
#define SERVED                                                                 \
    "s.effective_grade IN ($1, $4) AND ((s.effective_grade = $1 AND ($1 ="     \
    " 'small' OR NOT " LOWERED ")) OR (s.effective_grade = $4 AND " LOWERED    \
    "))"

#define WHO                                                                    \
    "SELECT t.id, coalesce(t.owner_id, 0), s.sales,"                           \
    " coalesce(s.last_contact_at, t.created_at) FROM customer_stats s"         \
    " JOIN customer t ON t.id = s.id WHERE " SERVED " AND NOT " HELD(          \
        "exit") " AND t.deleted_at IS NULL AND t.id BETWEEN $2 AND $3"

SQL(Q_DUE,
    WHO " AND coalesce(s.last_contact_at, t.created_at) < $6 AND NOT EXISTS"
        " (SELECT 1 FROM task k WHERE k.customer_id = t.id AND k.policy_id IS"
        " NOT NULL AND coalesce(k.policy_action, 'contact') IN ('contact',"
        " 'owner') AND ((k.deleted_at IS NULL AND k.done = 0) OR"
        " coalesce(k.deleted_at, k.updated_at) >= $6)) ORDER BY t.id");
SQL(Q_POOL, WHO " AND t.owner_id IS NULL ORDER BY t.id");
SQL(Q_MEMBERS,
    "SELECT u.id, (SELECT count(*) FROM customer t JOIN customer_stats s ON"
    " s.id = t.id WHERE t.owner_id = u.id AND t.deleted_at IS NULL AND"
    " s.effective_grade = $2) FROM \"user\" u WHERE u.team_id = $1 AND"
    " u.active = 1 AND u.deleted_at IS NULL ORDER BY u.id");

/* The next better grade; empty for the best. */
static struct str grade_above(struct str grade) {
    int n = score_grade_of(grade);
    return n > 1 ? str_of(score_grade_name(n - 1)) : S("");
}

static struct val today(const struct ctx *c) {
    return V(zone_day(c->zone, c->now_ms));
}

enum err policy_due(struct ctx *c, struct str grade, int64_t before_ms,
                    struct id_span ids, struct policy_due **out, size_t *n) {
    return due_rows(c, &Q_DUE,
                    ARGS(V(grade), V(ids.from), V(ids.to),
                         V(grade_above(grade)), today(c), V(before_ms)),
                    out, n);
}

enum err policy_pool(struct ctx *c, struct str grade, struct id_span ids,
                     struct policy_due **out, size_t *n) {
    return due_rows(
        c, &Q_POOL,
        ARGS(V(grade), V(ids.from), V(ids.to), V(grade_above(grade)), today(c)),
        out, n);
}

/* One count for all who make tasks: what an owner has to do is one heap. */
#define OPEN                                                                   \
    " FROM task WHERE (lifecycle_plan_id IS NOT NULL OR (policy_id IS NOT"     \
    " NULL AND coalesce(policy_action, 'contact') IN ('contact', 'owner')))"   \
    " AND done = 0 AND deleted_at IS NULL"
SQL(Q_ROOM, "SELECT coalesce(owner_id, 0), count(*)" OPEN
            " GROUP BY owner_id ORDER BY 1");
SQL(Q_ROOM_OF, "SELECT count(*)" OPEN " AND owner_id = $1");
SQL(Q_ROOM_POOL, "SELECT count(*)" OPEN " AND owner_id IS NULL");

enum err policy_open(struct ctx *c, struct policy_room **out, size_t *n) {
    return room_rows(c, &Q_ROOM, out, n);
}

enum err policy_open_of(struct ctx *c, int64_t owner_id, int64_t *out) {
    return owner_id == 0 ? db_i64(c, &Q_ROOM_POOL, NO_ARGS, 0, out)
                         : db_i64(c, &Q_ROOM_OF, ARGS(V(owner_id)), 0, out);
}

enum err policy_alone(struct ctx *c) {
    return db_lock_key(c, S("policy_tasks"));
}

enum err policy_members(struct ctx *c, int64_t team_id, struct str grade,
                        struct policy_member **out, size_t *n) {
    struct rows *r;
    VEC(struct policy_member) v = {0};
    TRY(db_query(c, &Q_MEMBERS, ARGS(V(team_id), V(grade)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct policy_member){row_i64(r, 0), row_i64(r, 1)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

/* --- plans ---------------------------------------------------------------- */

#define CANDIDATES                                                             \
    "SELECT t.id, coalesce(t.owner_id, 0), coalesce(s.border_gap, 0),"         \
    " coalesce(s.potential, 0), coalesce(s.cost_to_serve, 0) FROM"             \
    " customer_stats s JOIN customer t ON t.id = s.id WHERE"                   \
    " s.effective_grade = $1 AND t.deleted_at IS NULL AND NOT " HELD("exit")
#define WITHOUT(action)                                                        \
    " AND NOT EXISTS (SELECT 1 FROM task k WHERE k.customer_id = t.id AND"     \
    " k.policy_action = '" action "' AND ((k.deleted_at IS NULL AND k.done ="  \
    " 0) OR coalesce(k.deleted_at, k.updated_at) >= $3))"

SQL(Q_UPGRADES,
    CANDIDATES " AND s.border_gap <= $2 AND s.matrix_type IN ('improve',"
               " 'vip') AND NOT " LOWERED WITHOUT(
                   "upgrade") " ORDER BY s.potential DESC, t.id LIMIT $4");
SQL(Q_CUTS, CANDIDATES
    " AND s.matrix_type = 'abandon' AND s.cost_to_serve >"
    " $2" WITHOUT("cut_cost") " ORDER BY s.cost_to_serve DESC, t.id LIMIT $4");
SQL(Q_OPEN, "SELECT count(*) FROM task WHERE policy_id = $1 AND policy_action"
            " = $2 AND done = 0 AND deleted_at IS NULL");

static enum err candidates(struct ctx *c, const struct sql *sql,
                           const struct policy_quest *q, int64_t bound,
                           struct policy_candidate **out, size_t *n) {
    struct rows *r;
    VEC(struct policy_candidate) v = {0};
    struct args args =
        ARGS(V(q->grade), V(bound), V(q->since_ms), V(q->limit), today(c));
    TRY(db_query(c, sql, args, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = (struct policy_candidate){
            row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3),
            row_i64(r, 4)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err policy_upgrades(struct ctx *c, const struct policy_quest *q,
                         struct policy_candidate **out, size_t *n) {
    return candidates(c, &Q_UPGRADES, q, q->gap, out, n);
}

enum err policy_cuts(struct ctx *c, const struct policy_quest *q,
                     struct policy_candidate **out, size_t *n) {
    return candidates(c, &Q_CUTS, q, 0, out, n);
}

enum err policy_plans_open(struct ctx *c, int64_t policy_id, struct str action,
                           int64_t *out) {
    return db_i64(c, &Q_OPEN, ARGS(V(policy_id), V(action)), 0, out);
}
