/* Recomputes the chain from the entries' content. Owns nothing; rows live in
 * an arena of their own that is reset after each seal. */
#include "store/audit_verify.h"

#include "base/buf.h"
#include "db/db.h"
#include "store/audit_hash.h"
#include "store/audit_seal.h"

#include <stdlib.h>

#define LATE_MS 60000 /* an entry may be this old before it must be sealed */

SQL(Q_SEAL, "SELECT seq, at, entries, ids, max_id, last_xid, last_id, hash"
            " FROM audit_seal WHERE seq > $1 ORDER BY seq LIMIT 1");
#define ENTRY                                                                  \
    "SELECT id, hash, at, user_id, action, entity, record_id, rev, changes,"   \
    " request_id, peer FROM audit_entry WHERE id >= $1 AND id <= $2"           \
    " ORDER BY id LIMIT 1000"
SQL(Q_ENTRIES, ENTRY);
SQL(Q_STRAYS, "SELECT id FROM audit_entry WHERE id > $1 AND id < $2"
              " AND at < $3 ORDER BY id LIMIT 1");
SQL(Q_COUNT, "SELECT COUNT(*) FROM audit_entry WHERE id <= $1");

struct range {
    int64_t from, to;
};

struct walk {
    struct ctx *c;          /* the caller's: the report */
    struct ctx own;         /* rows of one seal */
    struct audit_seal last; /* in c */
    struct audit_report *report;
    VEC(struct range) ranges; /* sealed ids, in c */
};

static void broken(struct walk *w, const char *fmt, long long a, long long b) {
    if (w->report->broken.n == 0) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        w->report->broken = str_fmt(w->c->arena, fmt, a, b);
#pragma GCC diagnostic pop
    }
}

static bool is_whole(const struct walk *w) {
    return w->report->broken.n == 0;
}

/* --- one entry ---------------------------------------------------------- */

static struct val cell_text(const struct rows *r, int col) {
    return row_is_null(r, col) ? V_NULL : V(row_str(r, col));
}

static struct val cell_number(const struct rows *r, int col) {
    return row_is_null(r, col) ? V_NULL : V(row_i64(r, col));
}

/* The hash its content gives; false when it carries another one. */
static bool check_entry(struct walk *w, const struct rows *r,
                        struct str *hash) {
    struct str carried = row_blob(r, 1);
    struct audit_row a = {
        .at = row_i64(r, 2),
        .user_id = cell_number(r, 3),
        .action = cell_text(r, 4),
        .entity = cell_text(r, 5),
        .record_id = cell_number(r, 6),
        .rev = cell_number(r, 7),
        .changes = cell_text(r, 8),
        .request_id = cell_text(r, 9),
        .peer = cell_text(r, 10),
    };
    *hash = audit_hash(&w->own, &a, carried.n);
    if (str_eq(*hash, carried))
        return true;
    broken(w, "entry %lld was changed", (long long)row_i64(r, 0), 0);
    return false;
}

/* Entries from … to, each there and as it was; into the sum. */
static enum err check_range(struct walk *w, struct range range,
                            struct seal_sum *sum) {
    int64_t next = range.from;
    while (next <= range.to && is_whole(w)) {
        struct rows *r;
        bool more = true;
        int64_t first = next;
        TRY(db_query(&w->own, &Q_ENTRIES, ARGS(V(next), V(range.to)), &r));
        while (is_whole(w)) {
            struct str hash;
            TRY(rows_next(r, &more));
            if (!more)
                break;
            if (row_i64(r, 0) != next)
                broken(w, "entry %lld is missing", (long long)next, 0);
            else if (check_entry(w, r, &hash))
                seal_sum_entry(sum, next, hash);
            next++;
        }
        rows_end(r);
        if (next == first && is_whole(w))
            broken(w, "entry %lld is missing", (long long)next, 0);
    }
    return OK;
}

/* --- one seal ----------------------------------------------------------- */

static bool number(struct str *s, int64_t *out) {
    size_t n = 0;
    int64_t v = 0;
    while (n < s->n && n < 16 && s->p[n] >= '0' && s->p[n] <= '9')
        v = v * 10 + (s->p[n++] - '0');
    *s = str_sub(*s, n, s->n);
    *out = v;
    return n > 0;
}

static bool read_range(struct str part, struct range *out) {
    if (!number(&part, &out->from))
        return false;
    out->to = out->from;
    if (part.n > 0 && part.p[0] == '-') {
        part = str_sub(part, 1, part.n);
        if (!number(&part, &out->to))
            return false;
    }
    return part.n == 0 && out->to >= out->from;
}

static enum err check_seal(struct walk *w, const struct audit_seal *s) {
    struct seal_sum sum;
    struct str rest = s->ids, part;
    int64_t n = 0;
    if (s->seq != w->last.seq + 1) {
        broken(w, "seal %lld is missing", (long long)w->last.seq + 1, 0);
        return OK;
    }
    seal_sum_begin(&sum, w->last.hash, s);
    while (is_whole(w) && str_cut(&rest, ',', &part)) {
        struct range range;
        if (!read_range(part, &range)) {
            broken(w, "seal %lld was changed", (long long)s->seq, 0);
            return OK;
        }
        TRY(check_range(w, range, &sum));
        *VEC_PUSH(w->c->arena, &w->ranges) = range;
        n += range.to - range.from + 1;
    }
    struct str hash = seal_sum_end(&w->own, &sum);
    if (n != s->entries || !str_eq(hash, s->hash))
        broken(w, "seal %lld (up to entry %lld) does not fit its entries",
               (long long)s->seq, (long long)s->last_id);
    w->report->seals++;
    w->report->sealed += n;
    return OK;
}

/* The seal behind `last`; *found false at the end. */
static enum err next_seal(struct walk *w, struct audit_seal *s, bool *found) {
    struct rows *r;
    TRY(db_one(&w->own, &Q_SEAL, ARGS(V(w->last.seq)), &r, found));
    if (!*found)
        return OK;
    *s = (struct audit_seal){
        .seq = row_i64(r, 0),
        .at = row_i64(r, 1),
        .entries = row_i64(r, 2),
        .ids = row_str(r, 3),
        .max_id = row_i64(r, 4),
        .last_xid = row_i64(r, 5),
        .last_id = row_i64(r, 6),
        .hash = row_str(r, 7),
    };
    rows_end(r);
    return OK;
}

static enum err check_seals(struct walk *w) {
    for (;;) {
        struct audit_seal s;
        bool found;
        TRY(next_seal(w, &s, &found));
        if (!found || !is_whole(w))
            return OK;
        TRY(check_seal(w, &s));
        w->last = s;
        w->last.hash = str_dup(w->c->arena, s.hash);
        w->last.ids = (struct str){0};
        arena_reset(w->own.arena);
        w->own.problems.p = NULL;
        w->own.problems.n = w->own.problems.cap = 0;
    }
}

/* --- what no seal covers ------------------------------------------------- */

static int by_start(const void *a, const void *b) {
    const struct range *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* An old entry between sealed ones that is in no seal was put there later. */
static enum err check_strays(struct walk *w) {
    int64_t there, at = INT64_MIN;
    TRY(db_i64(w->c, &Q_COUNT, ARGS(V(w->last.max_id)), 0, &there));
    if (there == w->report->sealed)
        return OK;
    qsort(w->ranges.p, w->ranges.n, sizeof *w->ranges.p, by_start);
    for (size_t i = 0; i < w->ranges.n && is_whole(w); i++) {
        int64_t stray = 0;
        if (w->ranges.p[i].from > at + 1)
            TRY(db_i64(
                w->c, &Q_STRAYS,
                ARGS(V(at), V(w->ranges.p[i].from), V(w->c->now_ms - LATE_MS)),
                0, &stray));
        if (stray != 0)
            broken(w, "entry %lld is in no seal", (long long)stray, 0);
        at = w->ranges.p[i].to;
    }
    return OK;
}

/* Newer ones: each against its own hash. */
static enum err check_rest(struct walk *w) {
    int64_t from = w->last.max_id + 1;
    for (bool any = true; any && is_whole(w);) {
        struct rows *r;
        bool more;
        any = false;
        TRY(db_query(&w->own, &Q_ENTRIES, ARGS(V(from), V(INT64_MAX)), &r));
        while (is_whole(w)) {
            struct str hash;
            TRY(rows_next(r, &more));
            if (!more)
                break;
            any = true;
            from = row_i64(r, 0) + 1;
            w->report->unsealed++;
            check_entry(w, r, &hash);
        }
        rows_end(r);
        arena_reset(w->own.arena);
    }
    return OK;
}

/* Seals made while the walk went on are walked too: the head read first may be
 * older than the last seal, so it is read again when it does not fit. */
static enum err check_head(struct walk *w) {
    enum seal_head head;
    TRY(seal_head(w->c, &w->last, &head));
    for (int i = 0; i < 5 && head != SEAL_HEAD_GOOD && is_whole(w); i++) {
        TRY(check_seals(w));
        TRY(seal_head(w->c, &w->last, &head));
    }
    if (head != SEAL_HEAD_GOOD && is_whole(w)) {
        w->report->head_only = true;
        broken(w,
               "the signed head is not that of seal %lld: the end of the chain "
               "was cut off, or the master key is another one",
               (long long)w->last.seq, 0);
    }
    return OK;
}

enum err audit_verify(struct ctx *c, struct audit_report *out) {
    struct arena *arena = arena_new();
    struct walk w = {.c = c, .own = *c, .report = out};
    w.own.arena = arena;
    *out = (struct audit_report){0};
    enum err e = check_seals(&w);
    if (e == OK && is_whole(&w))
        e = check_head(&w);
    if (e == OK && is_whole(&w))
        e = check_strays(&w);
    if (e == OK && is_whole(&w))
        e = check_rest(&w);
    if (e != OK)
        fail_keep(&w.own, c->arena);
    arena_free(arena);
    return e;
}
