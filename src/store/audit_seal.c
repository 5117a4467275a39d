/* Making seals. Owns nothing. What a round has read is settled: no transaction
 * still open can add an entry in front of it. Of several servers one has the
 * lock; who comes after it finds the number taken and starts again behind it.
 */
#include "store/audit_seal.h"

#include "base/hash.h"
#include "db/db.h"
#include "store/key.h"
#include "store/setting.h"

#include <assert.h>
#include <sodium.h>

#define IDS_MAX (64 * 1024)
#define HEAD "audit.head"

#define COLUMNS                                                                \
    "SELECT seq, at, entries, ids, max_id, last_xid, last_id, hash"            \
    " FROM audit_seal"
SQL(Q_LAST, COLUMNS " ORDER BY seq DESC LIMIT 1");
SQL(Q_NEXT, "SELECT id, xid, hash FROM audit_entry"
            " WHERE id > $1 AND xid < $2 AND (xid > $3 OR (xid = $3"
            " AND id > $4)) ORDER BY xid, id LIMIT 2000");
SQL(Q_PUT, "INSERT INTO audit_seal (seq, at, entries, ids, max_id, last_xid,"
           " last_id, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
           " ON CONFLICT (seq) DO NOTHING");
SQL(Q_STATE, "SELECT COUNT(*), COALESCE(SUM(entries), 0) FROM audit_seal");
SQL(Q_ENTRIES, "SELECT COUNT(*) FROM audit_entry");

static void read_row(const struct rows *r, struct audit_seal *out) {
    *out = (struct audit_seal){
        .seq = row_i64(r, 0),
        .at = row_i64(r, 1),
        .entries = row_i64(r, 2),
        .ids = row_str(r, 3),
        .max_id = row_i64(r, 4),
        .last_xid = row_i64(r, 5),
        .last_id = row_i64(r, 6),
        .hash = row_str(r, 7),
    };
}

enum err seal_last(struct ctx *c, struct audit_seal *out) {
    struct rows *r;
    bool found;
    *out = (struct audit_seal){0};
    TRY(db_one(c, &Q_LAST, NO_ARGS, &r, &found));
    if (found) {
        read_row(r, out);
        rows_end(r);
    }
    return OK;
}

/* --- the hash ----------------------------------------------------------- */

static crypto_generichash_state *state_of(struct seal_sum *s) {
    static_assert(sizeof(crypto_generichash_state) + 64 <= sizeof s->state,
                  "room for the state");
    uintptr_t p = ((uintptr_t)s->state + 63) & ~(uintptr_t)63;
    return (crypto_generichash_state *)p;
}

static void add(struct seal_sum *s, struct str text) {
    crypto_generichash_update(state_of(s), (const unsigned char *)text.p,
                              text.n);
}

static void add_number(struct seal_sum *s, int64_t n) {
    char text[32];
    int len = snprintf(text, sizeof text, "%lld\n", (long long)n);
    add(s, (struct str){text, (size_t)len});
}

void seal_sum_begin(struct seal_sum *s, struct str before,
                    const struct audit_seal *seal) {
    crypto_generichash_init(state_of(s), NULL, 0, crypto_generichash_BYTES);
    add(s, before);
    add_number(s, seal->seq);
    add_number(s, seal->at);
    add_number(s, seal->entries);
    add_number(s, seal->max_id);
    add(s, seal->ids);
    add(s, S("\n"));
}

void seal_sum_entry(struct seal_sum *s, int64_t id, struct str hash) {
    add_number(s, id);
    add_number(s, (int64_t)hash.n);
    add(s, hash);
}

struct str seal_sum_end(struct ctx *c, struct seal_sum *s) {
    unsigned char sum[crypto_generichash_BYTES];
    crypto_generichash_final(state_of(s), sum, sizeof sum);
    return hex_text(c->arena, (struct str){(char *)sum, sizeof sum});
}

/* --- the next seal ------------------------------------------------------- */

struct entry {
    int64_t id, xid;
    struct str hash;
};

/* Where to go on. SQLite writes in order of ids; so does, as far as this is
 * concerned, a PostgreSQL that a copy of another cluster was restored to, whose
 * numbers of transactions mean nothing here. */
static enum err read_entries(struct ctx *c, const struct audit_seal *last,
                             struct seal_place *p, struct entry *out,
                             size_t *n) {
    struct rows *r;
    int64_t low, high, floor = p->floor, xid = last->last_xid,
                       id = last->last_id;
    bool more;
    TRY(db_horizon(c, &low, &high));
    if (low == INT64_MAX || xid >= low) {
        floor = last->max_id;
        xid = -1;
        id = 0;
    }
    *n = 0;
    TRY(db_query(c, &Q_NEXT, ARGS(V(floor), V(low), V(xid), V(id)), &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        out[(*n)++] =
            (struct entry){row_i64(r, 0), row_i64(r, 1), row_blob(r, 2)};
    }
    /* Entries up to mark_id belong to transactions below mark_high; once those
     * have ended nothing comes in below any more. One mark more lies between,
     * because an id is taken a moment before its transaction has a number. */
    if (low >= p->before_high) {
        p->floor = p->before_id;
        p->before_id = p->mark_id;
        p->before_high = p->mark_high;
        p->mark_id = last->max_id;
        p->mark_high = high;
    }
    return OK;
}

/* "5-7,3,9": runs in the order the entries have. */
static struct str ids_text(struct ctx *c, const struct entry *e, size_t n) {
    struct buf b;
    buf_init(&b, c->arena, IDS_MAX);
    for (size_t i = 0; i < n;) {
        size_t k = i + 1;
        while (k < n && e[k].id == e[k - 1].id + 1)
            k++;
        buf_fmt(&b, "%s%lld", i == 0 ? "" : ",", (long long)e[i].id);
        if (k - i > 1)
            buf_fmt(&b, "-%lld", (long long)e[k - 1].id);
        i = k;
    }
    return buf_view(&b);
}

enum err seal_next(struct ctx *c, const struct audit_seal *last,
                   struct seal_place *place, struct audit_seal *out) {
    struct entry *e = NEW_ARRAY(c->arena, struct entry, SEAL_ENTRIES_MAX);
    struct seal_sum sum;
    size_t n;
    TRY(read_entries(c, last, place, e, &n));
    *out = (struct audit_seal){.seq = last->seq + 1,
                               .at = c->now_ms,
                               .entries = (int64_t)n,
                               .max_id = last->max_id,
                               .ids = ids_text(c, e, n)};
    if (n == 0)
        return OK;
    out->last_xid = e[n - 1].xid;
    out->last_id = e[n - 1].id;
    for (size_t i = 0; i < n; i++)
        if (e[i].id > out->max_id)
            out->max_id = e[i].id;
    seal_sum_begin(&sum, last->hash, out);
    for (size_t i = 0; i < n; i++)
        seal_sum_entry(&sum, e[i].id, e[i].hash);
    out->hash = seal_sum_end(c, &sum);
    return OK;
}

/* --- the head ----------------------------------------------------------- */

static struct str head_text(struct ctx *c, const struct audit_seal *s) {
    struct str text =
        str_fmt(c->arena, "%lld " STR_FMT, (long long)s->seq, STR_ARG(s->hash));
    struct str mac = key_mac(c, S("audit head"), text);
    return str_fmt(c->arena, STR_FMT " " STR_FMT, STR_ARG(text), STR_ARG(mac));
}

enum err seal_head(struct ctx *c, const struct audit_seal *last,
                   enum seal_head *out) {
    struct str stored, want = head_text(c, last);
    bool found;
    TRY(setting_find(c, S(HEAD), &stored, &found));
    bool good = found ? hash_same(stored, want) : last->seq == 0;
    /* Without the key its signature can't be checked, the rest can. */
    if (found && !good && str_ends(want, S(" ")))
        good = str_starts(stored, want);
    *out = good ? SEAL_HEAD_GOOD : SEAL_HEAD_WRONG;
    return OK;
}

enum err seal_put(struct ctx *c, const struct audit_seal *last,
                  const struct audit_seal *next, bool *done) {
    int64_t changed;
    enum seal_head head;
    TRY(db_try_key(c, S("audit seal"), done));
    if (!*done)
        return OK;
    TRY(seal_head(c, last, &head));
    TRY(db_exec(c, &Q_PUT,
                ARGS(V(next->seq), V(next->at), V(next->entries), V(next->ids),
                     V(next->max_id), V(next->last_xid), V(next->last_id),
                     V(next->hash)),
                &changed));
    *done = changed == 1;
    if (!*done || head != SEAL_HEAD_GOOD)
        return OK;
    return setting_save(c, S(HEAD), head_text(c, next));
}

enum err seal_trust(struct ctx *c) {
    struct audit_seal last;
    TRY(seal_last(c, &last));
    return last.seq == 0 ? OK : setting_save(c, S(HEAD), head_text(c, &last));
}

enum err seal_state(struct ctx *c, struct seal_state *out) {
    struct audit_seal last;
    struct rows *r;
    bool found;
    int64_t entries;
    TRY(seal_last(c, &last));
    TRY(db_one(c, &Q_STATE, NO_ARGS, &r, &found));
    *out = (struct seal_state){.seals = row_i64(r, 0),
                               .sealed = row_i64(r, 1),
                               .at = last.at,
                               .hash = last.hash};
    rows_end(r);
    TRY(db_i64(c, &Q_ENTRIES, NO_ARGS, 0, &entries));
    out->unsealed = entries - out->sealed;
    return OK;
}
