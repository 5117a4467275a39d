/* Reading, marking and purging the change log. Owns nothing; any thread.
 * Invariant: a row behind a place that was handed out is either still there or
 * below the mark in setting "feed.purged", which is written by the transaction
 * that deletes. */
#include "store/feed.h"

#include "base/hash.h"
#include "base/json.h"
#include "store/actor.h"
#include "store/setting.h"
#include "store/store.h"

#include <sodium.h>

#define PURGE_ROWS 5000
#define PURGED S("feed.purged")

bool feed_before(struct feed_place a, struct feed_place b) {
    return a.xid != b.xid ? a.xid < b.xid : a.seq < b.seq;
}

/* --- reading ------------------------------------------------------------- */

/* "xid seq"; nothing has been purged: 0 0. */
static enum err purged(struct ctx *c, struct feed_place *out) {
    struct str text;
    bool found;
    *out = (struct feed_place){0};
    TRY(setting_find(c, PURGED, &text, &found));
    if (!found)
        return OK;
    int64_t *part = &out->xid;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ')
            part = &out->seq;
        else
            *part = *part * 10 + (text.p[i] - '0');
    }
    return OK;
}

enum err feed_check(struct ctx *c, struct feed_place after) {
    struct feed_place mark;
    TRY(purged(c, &mark));
    if (feed_before(after, mark))
        return failv(c, ERR_GONE, S("since"), "feed_too_old",
                     ARGS(V(FEED_KEPT_DAYS)));
    return OK;
}

enum err feed_end(struct ctx *c, struct feed_place *out) {
    struct sqlb b;
    struct rows *r;
    bool more;
    TRY(purged(c, out));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT l.xid, l.id FROM change_log l WHERE ");
    sqlb_settled(&b, S("l"), S("xid"));
    SQLB(&b, " ORDER BY l.xid DESC, l.id DESC LIMIT 1");
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, &more));
    if (!more)
        return OK;
    struct feed_place last = {row_i64(r, 0), row_i64(r, 1)};
    rows_end(r);
    if (feed_before(*out, last))
        *out = last;
    return OK;
}

static void read_row(const struct ctx *c, const struct rows *r,
                     struct feed_row *out) {
    *out = (struct feed_row){
        .place = {row_i64(r, 0), row_i64(r, 1)},
        .info = registry_find(c->registry, row_str(r, 2)),
        .record_id = row_i64(r, 3),
        .rev = row_i64(r, 4),
        .op = row_str(r, 5),
        .owner_before = row_is_null(r, 6) ? V_NULL : V(row_i64(r, 6)),
        .owner_after = row_is_null(r, 7) ? V_NULL : V(row_i64(r, 7)),
        .at = row_i64(r, 8),
    };
}

static enum err read_rows(struct ctx *c, struct feed_place after, bool settled,
                          size_t limit, struct feed_row **out, size_t *n_out) {
    struct sqlb b;
    struct rows *r;
    struct feed_row *rows = NEW_ARRAY(c->arena, struct feed_row, limit);
    size_t n = 0;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT l.xid, l.id, l.entity, l.record_id, l.rev, l.op,"
             " l.owner_before, l.owner_after, l.at FROM change_log l"
             " WHERE (l.xid, l.id) > (");
    sqlb_value(&b, V(after.xid));
    SQLB(&b, ", ");
    sqlb_value(&b, V(after.seq));
    SQLB(&b, ")");
    if (settled) {
        SQLB(&b, " AND ");
        sqlb_settled(&b, S("l"), S("xid"));
    }
    SQLB(&b, " ORDER BY l.xid, l.id LIMIT ");
    sqlb_value(&b, V((int64_t)limit));
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        read_row(c, r, &rows[n++]);
    }
    *out = rows;
    *n_out = n;
    return OK;
}

enum err feed_read(struct ctx *c, struct feed_place after, size_t limit,
                   struct feed_row **out, size_t *n_out) {
    return read_rows(c, after, true, limit, out, n_out);
}

enum err feed_committed(struct ctx *c, struct feed_place after, size_t limit,
                        struct feed_row **out, size_t *n_out) {
    return read_rows(c, after, false, limit, out, n_out);
}

SQL(Q_BEHIND, "SELECT count(*) FROM change_log WHERE (xid, id) > ($1, $2)");

enum err feed_behind(struct ctx *c, struct feed_place place, int64_t *out) {
    return db_i64(c, &Q_BEHIND, ARGS(V(place.xid), V(place.seq)), 0, out);
}

/* --- purging ------------------------------------------------------------- */

#define OLDEST                                                                 \
    "SELECT id FROM change_log WHERE at < $1 ORDER BY at, id LIMIT $2"
SQL(Q_LAST_OLD, "SELECT xid, id FROM change_log WHERE id IN (" OLDEST ")"
                " ORDER BY xid DESC, id DESC LIMIT 1");
SQL(Q_PURGE, "DELETE FROM change_log WHERE id IN (" OLDEST ")");

enum err feed_purge(struct ctx *c, int64_t before) {
    struct feed_place mark;
    struct rows *r;
    bool any;
    TRY(db_lock_key(c, PURGED));
    TRY(db_one(c, &Q_LAST_OLD, ARGS(V(before), V(PURGE_ROWS)), &r, &any));
    if (!any)
        return OK;
    struct feed_place last = {row_i64(r, 0), row_i64(r, 1)};
    TRY(purged(c, &mark));
    if (feed_before(mark, last))
        TRY(setting_save(c, PURGED,
                         str_fmt(c->arena, "%lld %lld", (long long)last.xid,
                                 (long long)last.seq)));
    return db_exec(c, &Q_PURGE, ARGS(V(before), V(PURGE_ROWS)), NULL);
}

/* --- cursors ------------------------------------------------------------- */

static void add_bytes(struct buf *b, const void *p, size_t n) {
    buf_str(b, (struct str){p, n});
}

/* Fingerprint of what the actor may see: entities, owners, pool, clearance. 52
 * bits are exact in JSON. */
static int64_t view_of(struct ctx *c) {
    const struct actor *a = c->actor;
    struct buf b;
    buf_init(&b, c->arena, 16 * 1024 * 1024);
    buf_fmt(&b, "%lld|%d|%d|%d|", (long long)a->user_id, a->pool, a->clearance,
            a->screened);
    for (size_t i = 0; i < c->registry->model->n; i++)
        buf_i64(&b, (int64_t)actor_level(c, c->registry->info[i].e, ACT_READ));
    add_bytes(&b, a->team_users, a->n_team_users * sizeof *a->team_users);
    add_bytes(&b, a->tree_users, a->n_tree_users * sizeof *a->tree_users);
    add_bytes(&b, a->teams, a->n_teams * sizeof *a->teams);
    return (int64_t)(str_hash(buf_view(&b)) >> 12);
}

static void sign(struct ctx *c, struct str payload,
                 unsigned char out[crypto_shorthash_BYTES]) {
    struct str text = str_cat(c->arena, S("feed"), payload);
    crypto_shorthash(out, (const unsigned char *)text.p, text.n,
                     store_secret(c->store));
}

struct str feed_cursor(struct ctx *c, struct feed_place p) {
    unsigned char sum[crypto_shorthash_BYTES];
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 256);
    jw_init(&w, &b);
    jw_array(&w);
    jw_i64(&w, view_of(c));
    jw_i64(&w, p.xid);
    jw_i64(&w, p.seq);
    jw_array_end(&w);
    sign(c, buf_view(&b), sum);
    buf_str(&b, (struct str){(char *)sum, sizeof sum});
    return base64url_text(c->arena, buf_view(&b));
}

enum err feed_cursor_parse(struct ctx *c, struct str text,
                           struct feed_place *out) {
    unsigned char sum[crypto_shorthash_BYTES];
    struct str raw;
    json_t *j;
    if (!base64url_parse(c->arena, text, &raw) || raw.n <= sizeof sum)
        return fail(c, ERR_MALFORMED, "since", "bad_cursor");
    struct str payload = str_sub(raw, 0, raw.n - sizeof sum);
    sign(c, payload, sum);
    if (sodium_memcmp(sum, raw.p + payload.n, sizeof sum) != 0)
        return fail(c, ERR_MALFORMED, "since", "bad_cursor");
    TRY(json_read(c, payload, &j)); /* ours: it was signed */
    if (json_integer_value(json_array_get(j, 0)) != view_of(c))
        return fail(c, ERR_GONE, "since", "feed_rights_changed");
    *out = (struct feed_place){json_integer_value(json_array_get(j, 1)),
                               json_integer_value(json_array_get(j, 2))};
    return OK;
}
