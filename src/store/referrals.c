/* Referrals, one query a generation. Owns nothing. Invariant: a ring of
 * referrals ends where somebody comes a second time. */
#include "store/referrals.h"

struct found {
    VEC(struct referral) v;
};

static bool is_known(const struct found *f, int64_t root, int64_t id) {
    if (id == root)
        return true;
    for (size_t i = 0; i < f->v.n; i++)
        if (f->v.p[i].id == id)
            return true;
    return false;
}

/* Those brought by one of ids. */
static enum err brought(struct ctx *c, int64_t root, const int64_t *ids,
                        size_t n, int generation, struct found *out) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.id, CASE WHEN s.risk_band = 'lost' THEN 1 ELSE 0 END,"
             " s.sales, coalesce(s.first_order_on, 0),"
             " coalesce(s.last_order_on, 0) FROM customer t JOIN"
             " customer_stats s ON s.id = t.id WHERE t.deleted_at IS NULL AND"
             " t.referred_by_id");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " ORDER BY t.id");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        if (is_known(out, root, row_i64(r, 0)))
            continue;
        *VEC_PUSH(c->arena, &out->v) =
            (struct referral){.id = row_i64(r, 0),
                              .generation = generation,
                              .lost = row_i64(r, 1) != 0,
                              .sales = row_i64(r, 2),
                              .first_day = (int32_t)row_i64(r, 3),
                              .last_day = (int32_t)row_i64(r, 4)};
    }
}

enum err referrals_of(struct ctx *c, int64_t customer_id, struct referral **out,
                      size_t *n) {
    struct found f = {0};
    size_t from = 0;
    TRY(brought(c, customer_id, &customer_id, 1, 1, &f));
    for (int g = 2; g <= REFERRAL_GENERATIONS && from < f.v.n; g++) {
        size_t end = f.v.n;
        int64_t *ids = NEW_ARRAY(c->arena, int64_t, end - from);
        for (size_t i = from; i < end; i++)
            ids[i - from] = f.v.p[i].id;
        TRY(brought(c, customer_id, ids, end - from, g, &f));
        from = end;
    }
    *out = f.v.p;
    *n = f.v.n;
    return OK;
}
