/* Statements of strategies and whom they wait for. Owns nothing. */
#include "store/strategies.h"

#include "store/due_rows.h"

SQL(Q_STRATEGY, "SELECT id, due_days, active, strategy, tasks, stage FROM"
                " lifecycle_plan WHERE id = $1 AND deleted_at IS NULL");

static struct str field_of(struct ctx *c, struct str stage) {
    static const struct str fields[] = {
        S_INIT("lifecycle_stage"), S_INIT("relation_level"), S_INIT("bonds")};
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    for (size_t k = 0; k < COUNT_OF(fields); k++)
        if (field_option(info_field(i, fields[k]), stage) != NULL)
            return fields[k];
    return S("");
}

enum err strategy_find(struct ctx *c, int64_t plan_id, struct strategy *out,
                       bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_STRATEGY, ARGS(V(plan_id)), &r, found));
    if (*found) {
        out->plan = (struct lifecycle_plan){.id = row_i64(r, 0),
                                            .due_days = row_i64(r, 1),
                                            .active = row_i64(r, 2) != 0,
                                            .strategy = row_str(r, 3),
                                            .tasks = row_str(r, 4)};
        out->value = row_str(r, 5);
        out->field = field_of(c, out->value);
    }
    rows_end(r);
    return OK;
}

#define THERE(where)                                                           \
    "SELECT t.id, coalesce(t.owner_id, 0), coalesce(s.sales, 0), 0 FROM"       \
    " customer t JOIN customer_stats s ON s.id = t.id WHERE " where            \
    " AND t.deleted_at IS NULL AND t.id BETWEEN $2 AND $3 AND NOT EXISTS"      \
    " (SELECT 1 FROM task k WHERE k.customer_id = t.id AND"                    \
    " k.lifecycle_plan_id = $4) ORDER BY s.sales DESC, t.id"

SQL(Q_STAGE, THERE("s.lifecycle_stage = $1"));
SQL(Q_LEVEL, THERE("t.relation_level = $1"));
SQL(Q_BOND, THERE("t.bonds LIKE $1"));

enum err strategy_without(struct ctx *c, const struct strategy *s,
                          struct id_span ids, struct policy_due **out,
                          size_t *n) {
    const struct sql *q = str_eqc(s->field, "lifecycle_stage")  ? &Q_STAGE
                          : str_eqc(s->field, "relation_level") ? &Q_LEVEL
                                                                : &Q_BOND;
    struct str value = s->value;
    if (q == &Q_BOND) /* a set is kept as ",financial,social," */
        value = str_fmt(c->arena, "%%," STR_FMT ",%%", STR_ARG(value));
    return due_rows(c, q, ARGS(V(value), V(ids.from), V(ids.to), V(s->plan.id)),
                    out, n);
}
