/* Who passes tests of customers. Owns nothing; the store keeps the lists.
 * Invariant: a list is its asker's alone, under the rights he had; rights to
 * ask are checked for each page, and its rows by their scope. */
#include "store/customer_find.h"

#include "base/hash.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/feed.h"
#include "store/grades.h"
#include "store/kept_ids.h"
#include "store/store.h"

#define HASTY_MAX 2000 /* more are not copied where others wait for it */
#define FRESH_US 10000000

/* What is told to whom. */
static struct str asked(struct ctx *c, const struct customer_terms *t) {
    const struct actor *a = c->actor;
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    buf_fmt(&b, "%lld.%lld.%lld.%lld.%u ", (long long)a->user_id,
            (long long)a->token_id, (long long)a->role_id,
            (long long)a->team_id, a->view);
    customer_terms_print(&b, t);
    return buf_view(&b);
}

/* What was written last and graded last, and the day. */
static enum err now(struct ctx *c, uint64_t *out) {
    struct feed_place place;
    int64_t behind, run_id, begun_ms;
    bool graded;
    TRY(feed_end(c, &place));
    TRY(feed_behind(c, place, &behind));
    TRY(grades_last(c, &run_id, &begun_ms, &graded));
    struct str text = str_fmt(
        c->arena, "%lld.%lld.%lld %lld.%lld %d", (long long)place.xid,
        (long long)place.seq, (long long)behind,
        (long long)(graded ? run_id : 0), (long long)(graded ? begun_ms : 0),
        zone_day(c->zone, c->now_ms));
    *out = str_hash(text) >> 12; /* 52 bits: exact in JSON */
    return OK;
}

static enum err returned(struct ctx *c, const struct customer_terms *t,
                         int64_t **ids, size_t *n) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    customer_terms_returned(&b, t);
    TRY(sqlb_query(&b, &r));
    TRY(rows_ids(r, ids, n));
    if (*n == 0)
        *ids = NEW(c->arena, int64_t);
    return OK;
}

/* Who may see few has them tested one by one: that is the shorter way. */
static enum err is_wanted(struct ctx *c, const struct query *q, bool *out) {
    struct scope s;
    *out = q->who.named.n > 0;
    if (*out || !q->who.returned)
        return OK;
    TRY(scope_make(c, q->info->e, ACT_READ, &s));
    *out = scope_is_all(c, &s);
    return OK;
}

enum err customer_find(struct ctx *c, struct query *q, uint64_t as_of) {
    struct kept_ids *kept = store_kept_ids(c->store);
    struct customer_terms *t = &q->who;
    size_t most = c->hasty ? HASTY_MAX : KEPT_IDS_MAX;
    int64_t *ids = NULL;
    bool wanted;
    if (t->ids != NULL)
        return OK;
    TRY(is_wanted(c, q, &wanted));
    if (!wanted)
        return OK;
    struct ids_key key = {asked(c, t), as_of};
    bool found = as_of != 0 && kept_ids_get(kept, &key, INT64_MAX, most,
                                            c->arena, &ids, &t->n_ids);
    if (!found) {
        TRY(now(c, &key.as_of));
        found =
            kept_ids_get(kept, &key, FRESH_US, most, c->arena, &ids, &t->n_ids);
    }
    if (!found && c->hasty)
        return ERR_TOO_BROAD;
    customer_terms_budget(c);
    if (!found) {
        TRY(t->named.n > 0
                ? c->registry->who(c, t->named, t->value, &ids, &t->n_ids)
                : returned(c, t, &ids, &t->n_ids));
        kept_ids_put(kept, &key, ids, t->n_ids);
    }
    t->ids = ids != NULL ? ids : NEW(c->arena, int64_t);
    t->as_of = key.as_of;
    return OK;
}
