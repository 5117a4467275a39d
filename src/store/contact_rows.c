/* Contacts and their costs through their scopes. Owns nothing. */
#include "store/contact_rows.h"

#include "base/zone.h"
#include "store/scope.h"
#include "store/sight.h"
#include "store/stats.h"

enum err contacts_between(struct ctx *c, int32_t from, int32_t until,
                          void (*fn)(void *arg, const struct contact_row *r),
                          void *arg) {
    const struct entity *e = registry_find(c->registry, S("interaction"))->e;
    struct scope s;
    struct sqlb b;
    struct rows *r;
    TRY(scope_make(c, e, ACT_READ, &s));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.id, t.customer_id, t.happened_at FROM interaction t JOIN"
             " customer k ON k.id = t.customer_id WHERE t.deleted_at IS NULL"
             " AND k.deleted_at IS NULL AND t.happened_at >= ");
    sqlb_value(&b, V(zone_instant(c->zone, from, 0)));
    SQLB(&b, " AND t.happened_at < ");
    sqlb_value(&b, V(zone_instant(c->zone, until, 0)));
    SQLB(&b, " AND ");
    scope_where(c, &b, &s, S("t"));
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        struct contact_row row = {.interaction = row_i64(r, 0),
                                  .customer = row_i64(r, 1),
                                  .day = zone_day(c->zone, row_i64(r, 2))};
        fn(arg, &row);
    }
}

static bool costs_seen(const struct ctx *c, const struct entity_info *i) {
    const struct field *f = info_field(i, S("base_amount"));
    return actor_level(c, i->e, ACT_READ) != LEVEL_NONE &&
           sight_field(c, i, f) && sight_of(c, i, f) >= SEE_LISTED;
}

enum err costs_between(struct ctx *c, int32_t from, int32_t until,
                       void (*fn)(void *arg, const struct contact_row *r),
                       void *arg, bool *seen) {
    const struct entity_info *i = registry_find(c->registry, S("cost_entry"));
    struct scope s;
    struct sqlb b;
    struct rows *r;
    int64_t unit;
    *seen = costs_seen(c, i);
    if (!*seen)
        return OK;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(stats_minor(c, &unit));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT coalesce(t.interaction_id, 0), t.customer_id,"
             " t.incurred_on, t.kind, t.base_amount FROM cost_entry t JOIN"
             " customer k ON k.id = t.customer_id WHERE t.deleted_at IS NULL"
             " AND k.deleted_at IS NULL AND t.incurred_on >= ");
    sqlb_value(&b, V(from));
    SQLB(&b, " AND t.incurred_on < ");
    sqlb_value(&b, V(until));
    SQLB(&b, " AND ");
    scope_where(c, &b, &s, S("t"));
    SQLB(&b, " ORDER BY 1, t.id");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        struct contact_row row = {.interaction = row_i64(r, 0),
                                  .customer = row_i64(r, 1),
                                  .day = (int32_t)row_i64(r, 2),
                                  .kind = row_view(r, 3)};
        if (__builtin_mul_overflow(row_i64(r, 4), unit, &row.amount))
            return fail(c, ERR_INVALID, "", "amount_overflow");
        fn(arg, &row);
    }
}
