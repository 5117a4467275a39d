/* The one statement behind the figures of the ladder. Owns nothing. */
#include "store/ladder_figures.h"

#include "store/registry.h"
#include "store/scope.h"
#include "store/sight.h"

/* The days are told as sums only, but to those who may read them one by one:
 * dwell in a rung is made of them. */
static enum err may(struct ctx *c, const struct entity_info *i) {
    static const struct str days[] = {
        S_INIT("first_order_on"), S_INIT("second_order_on"),
        S_INIT("client_on"), S_INIT("first_contact_on")};
    TRY(sight_sums(c));
    for (size_t k = 0; k < COUNT_OF(days); k++)
        if (!sight_field(c, i, info_field(i, days[k])))
            return fail(c, ERR_FORBIDDEN, "", "forbidden");
    return OK;
}

enum err ladder_paths(struct ctx *c, ladder_path_fn fn, void *arg) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope s;
    struct sqlb b;
    struct rows *r;
    TRY(may(c, i));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.ladder_rung, s.relation_class, s.lifecycle_stage,"
             " t.created_at, s.first_contact_on, s.first_order_on,"
             " s.second_order_on, s.client_on, s.advocate_on, t.relation_level,"
             " t.bonds FROM"
             " customer_stats s JOIN customer t ON t.id = s.id WHERE"
             " t.deleted_at IS NULL AND ");
    scope_where(c, &b, &s, S("t"));
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        struct ladder_path p = {.rung = row_view(r, 0),
                                .relation = row_view(r, 1),
                                .stage = row_view(r, 2),
                                .created_ms = row_i64(r, 3),
                                .contact = (int32_t)row_i64(r, 4),
                                .first_order = (int32_t)row_i64(r, 5),
                                .second_order = (int32_t)row_i64(r, 6),
                                .client = (int32_t)row_i64(r, 7),
                                .advocate = (int32_t)row_i64(r, 8),
                                .level = row_view(r, 9),
                                .bonds = row_view(r, 10)};
        fn(arg, &p);
    }
}
