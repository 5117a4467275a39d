/* Packing ranks. Owns nothing. A row holds whole groups of equal
 * contributions, each as: how much less than the group before, how many, and,
 * where there are several, their ids as differences; all as base-128 numbers,
 * low digits first. Invariant: no contribution is in two rows, so the row with
 * the least top not below a contribution is the one to look in. */
#include "store/ranks.h"

#define PER_ROW 128
#define NUMBER_BYTES 10

SQL(Q_PUT, "INSERT INTO rank_page (run_id, top, customers, contribution,"
           " groups) VALUES ($1, $2, $3, $4, $5)");
SQL(Q_FIND, "SELECT customers, contribution, groups, top FROM rank_page"
            " WHERE run_id = $1 AND top >= $2 ORDER BY top LIMIT 1");
SQL(Q_ANY, "SELECT count(*) FROM (SELECT 1 FROM rank_page WHERE run_id = $1"
           " LIMIT 1) k");
SQL(Q_FORGET, "DELETE FROM rank_page WHERE run_id < $1");

static void put_number(struct buf *b, int64_t v) {
    uint64_t u = (uint64_t)v;
    for (; u >= 128; u >>= 7)
        buf_byte(b, (char)(u | 128));
    buf_byte(b, (char)u);
}

static bool get_number(struct str s, size_t *at, int64_t *out) {
    uint64_t u = 0;
    for (int shift = 0; *at < s.n && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)s.p[(*at)++];
        u |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = (int64_t)u;
            return true;
        }
    }
    return false;
}

static size_t group_end(const struct ranked *r, size_t n, size_t from) {
    size_t to = from + 1;
    while (to < n && r[to].contribution == r[from].contribution)
        to++;
    return to;
}

static void put_group(struct buf *b, const struct ranked *r, size_t n,
                      int64_t above) {
    put_number(b, above - r[0].contribution);
    put_number(b, (int64_t)n);
    for (size_t i = 0; n > 1 && i < n; i++)
        put_number(b, i == 0 ? r[0].id : r[i].id - r[i - 1].id);
}

enum err ranks_put(struct ctx *c, int64_t run_id, const struct ranked *r,
                   size_t n) {
    struct arena *row = arena_new();
    int64_t sum = 0;
    enum err e = OK;
    for (size_t from = 0, to; e == OK && from < n; from = to) {
        struct buf b;
        int64_t above = r[from].contribution, part = 0;
        for (to = group_end(r, n, from);
             to < n && group_end(r, n, to) - from <= PER_ROW;)
            to = group_end(r, n, to);
        buf_init(&b, row, (to - from) * 3 * NUMBER_BYTES);
        for (size_t i = from, end; i < to; i = end) {
            end = group_end(r, n, i);
            put_group(&b, r + i, end - i, above);
            above = r[i].contribution;
            part += above * (int64_t)(end - i);
        }
        e = db_exec(c, &Q_PUT,
                    ARGS(V(run_id), V(r[from].contribution), V((int64_t)from),
                         V(sum), V(val_blob(buf_view(&b)))),
                    NULL);
        sum += part;
        arena_reset(row);
    }
    arena_free(row);
    return e;
}

/* Goes down the groups of one row. */
static bool descend(struct str groups, int64_t top, struct ranked who,
                    struct rank *p) {
    int64_t at_value = top, less, n, id = 0, more;
    for (size_t at = 0; at < groups.n;) {
        if (!get_number(groups, &at, &less) || !get_number(groups, &at, &n))
            return false;
        at_value -= less;
        if (at_value < who.contribution)
            return true;
        for (int64_t i = 0; n > 1 && i < n; i++) {
            if (!get_number(groups, &at, &more))
                return false;
            id = i == 0 ? more : id + more;
            if (at_value == who.contribution && id >= who.id)
                return true;
            p->rank++;
            p->before += at_value;
        }
        if (n == 1 && at_value == who.contribution)
            return true;
        p->rank += n == 1;
        p->before += n == 1 ? at_value : 0;
    }
    return true;
}

enum err ranks_find(struct ctx *c, int64_t run_id, struct ranked who,
                    struct rank *out, bool *found) {
    struct rows *r;
    int64_t any;
    bool row;
    *out = (struct rank){1, 0};
    TRY(db_one(c, &Q_FIND, ARGS(V(run_id), V(who.contribution)), &r, &row));
    if (!row) {
        TRY(db_i64(c, &Q_ANY, ARGS(V(run_id)), 0, &any));
        *found = any > 0;
        return OK;
    }
    *out = (struct rank){row_i64(r, 0) + 1, row_i64(r, 1)};
    *found = descend(row_blob(r, 2), row_i64(r, 3), who, out);
    rows_end(r);
    return *found ? OK : fail(c, ERR_INTERNAL, "", "bad_ruler");
}

enum err ranks_forget(struct ctx *c, int64_t run_id) {
    return db_exec(c, &Q_FORGET, ARGS(V(run_id)), NULL);
}
