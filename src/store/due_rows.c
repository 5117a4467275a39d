/* Rows of whom tasks are due for. Owns nothing. */
#include "store/due_rows.h"

enum err due_rows(struct ctx *c, const struct sql *q, struct args args,
                  struct policy_due **out, size_t *n) {
    struct rows *r;
    VEC(struct policy_due) v = {0};
    TRY(db_query(c, q, args, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct policy_due){.customer_id = row_i64(r, 0),
                                .owner_id = row_i64(r, 1),
                                .sales = row_i64(r, 2),
                                .since_ms = row_i64(r, 3)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err room_rows(struct ctx *c, const struct sql *q, struct policy_room **out,
                   size_t *n) {
    struct rows *r;
    VEC(struct policy_room) v = {0};
    TRY(db_query(c, q, NO_ARGS, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct policy_room){row_i64(r, 0), row_i64(r, 1)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}
