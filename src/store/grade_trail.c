/* Grade history through its scope. Owns nothing. */
#include "store/grade_trail.h"

#include "store/sight.h"

enum err grade_trail(struct ctx *c, struct grade_step **out, size_t *n) {
    const struct entity_info *i =
        registry_find(c->registry, S("grade_history"));
    struct scope s;
    struct sqlb b;
    struct rows *r;
    VEC(struct grade_step) v = {0};
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(sight_need(c, i, info_field(i, S("effective_grade")), "unknown_field"));
    sqlb_init(&b, c);
    SQLB(&b,
         "SELECT t.customer_id, t.at, t.effective_grade FROM grade_history t"
         " JOIN customer k ON k.id = t.customer_id WHERE k.deleted_at IS NULL"
         " AND ");
    scope_where(c, &b, &s, S("t"));
    SQLB(&b, " ORDER BY t.customer_id, t.id");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct grade_step){row_i64(r, 0), row_i64(r, 1), row_str(r, 2)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}
