/* Contacts through their scope. Owns nothing. */
#include "store/contact_rows.h"

#include "base/zone.h"
#include "store/scope.h"

enum err contacts_between(struct ctx *c, int32_t from, int32_t until,
                          void (*fn)(void *arg, int64_t customer, int32_t day),
                          void *arg) {
    const struct entity *e = registry_find(c->registry, S("interaction"))->e;
    struct scope s;
    struct sqlb b;
    struct rows *r;
    TRY(scope_make(c, e, ACT_READ, &s));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.customer_id, t.happened_at FROM interaction t JOIN"
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
        fn(arg, row_i64(r, 0), zone_day(c->zone, row_i64(r, 1)));
    }
}
