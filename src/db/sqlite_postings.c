/* Short lists of SQLite's search index, read as FTS5 keeps them. Asked for all
 * records with two tokens, FTS5 goes from entry to entry of both lists, a call
 * through some layers each; here a list is unpacked whole. Long lists are left
 * to FTS5, which need not read all of one to tell its newest, and so is
 * whatever is not as expected.
 *
 * An index is some segments, newer ones before older ones. The leaves of a
 * segment are pages of terms in their order, each with its list of rising ids,
 * which may go on over the next pages. Zero bytes behind an id say that the
 * record no longer has the term, or, two of them, that it has it anew. The
 * format (fts5_index.c of SQLite, version 4) is part of each file, so later
 * versions of SQLite must read it.
 *
 * Owns: nothing. Threads: the connection's. Invariant: the statement that read
 * the structure stays open as long as pages are read, so all are of one
 * moment. */
#include "db/sqlite.h"

#include "base/token.h"

#include <string.h>

#define VERSION 4
#define LEAF_HEAD 4      /* bytes: where the first id is, where the terms end */
#define TERM_PREFIX "0"  /* of the terms of the index itself */
#define SEGMENT_SHIFT 37 /* of a segment's number in the id of its pages */
#define SEGMENTS_MAX 64
#define PAGES_MAX 12 /* of a list */

struct segment {
    int64_t id, first, last; /* and its leaves */
    struct str only;         /* its page, if it has but one, once it is read */
};

struct index {
    struct ctx *c;
    struct str data, idx; /* its tables: pages, and the terms they begin with */
    struct rows *structure; /* open: see above */
    struct segment segments[SEGMENTS_MAX];
    size_t n;
    bool odd; /* long, or not as expected: FTS5 is to be asked */
};

/* An id and whether the record has the term, as twice the id plus one or not:
 * so they are in the order of the ids. */
struct entries {
    VEC(int64_t) v;
};

static int64_t entry_of(int64_t id, bool stands) {
    return id * 2 + stands;
}

static int64_t entry_id(int64_t entry) {
    return entry / 2;
}

static bool entry_stands(int64_t entry) {
    return entry % 2 != 0;
}

/* The next number of a page; false: it ends before. */
static bool varint(struct str s, size_t *at, uint64_t *out) {
    uint64_t v = 0;
    for (int i = 0; i < 9 && *at < s.n; i++) {
        unsigned char byte = (unsigned char)s.p[(*at)++];
        if (i == 8) {
            *out = v << 8 | byte;
            return true;
        }
        v = v << 7 | (byte & 0x7F);
        if (byte < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

static bool number(struct str s, size_t *at, int64_t *out) {
    uint64_t v;
    if (!varint(s, at, &v) || v > INT32_MAX)
        return false;
    *out = (int64_t)v;
    return true;
}

/* --- segments ------------------------------------------------------------- */

/* The segments of a level stand older before newer, levels newer before older.
 */
static bool read_level(struct index *x, struct str s, size_t *at) {
    int64_t merging, n;
    if (!number(s, at, &merging) || !number(s, at, &n) ||
        n > (int64_t)(SEGMENTS_MAX - x->n))
        return false;
    for (int64_t i = n; i-- > 0;) {
        struct segment *g = &x->segments[x->n + (size_t)i];
        if (!number(s, at, &g->id) || !number(s, at, &g->first) ||
            !number(s, at, &g->last))
            return false;
    }
    x->n += (size_t)n;
    return true;
}

static bool read_segments(struct index *x, struct str s) {
    size_t at = 4; /* a cookie */
    int64_t levels, segments;
    uint64_t written;
    if (!number(s, &at, &levels) || !number(s, &at, &segments) ||
        !varint(s, &at, &written))
        return false;
    for (int64_t i = 0; i < levels; i++)
        if (!read_level(x, s, &at))
            return false;
    return (int64_t)x->n == segments;
}

static enum err open_index(struct index *x, struct str entity) {
    struct str table = str_cat(x->c->arena, S("search_"), entity);
    struct sqlb b;
    bool found;
    x->data = str_cat(x->c->arena, table, S("_data"));
    x->idx = str_cat(x->c->arena, table, S("_idx"));
    sqlb_init(&b, x->c);
    SQLB(&b, "SELECT d.block, v.v FROM ");
    sqlb_ident(&b, x->data);
    SQLB(&b, " d, ");
    sqlb_ident(&b, str_cat(x->c->arena, table, S("_config")));
    SQLB(&b, " v WHERE d.id = 10 AND v.k = 'version'");
    TRY(sqlb_query(&b, &x->structure));
    TRY(rows_next(x->structure, &found));
    x->odd = !found || row_i64(x->structure, 1) != VERSION ||
             !read_segments(x, row_view(x->structure, 0));
    return OK;
}

/* --- pages ---------------------------------------------------------------- */

/* The page that has the term if any has it; *more: a list that begins there
 * goes on over several others. */
static enum err find_page(struct index *x, const struct segment *g,
                          struct str term, int64_t *page, bool *more) {
    struct sqlb b;
    int64_t packed;
    *page = g->first;
    *more = false;
    if (g->first == g->last)
        return OK;
    sqlb_init(&b, x->c);
    SQLB(&b, "SELECT pgno FROM ");
    sqlb_ident(&b, x->idx);
    SQLB(&b, " WHERE segid = ");
    sqlb_value(&b, V(g->id));
    SQLB(&b, " AND term <= ");
    sqlb_value(&b, val_blob(term));
    SQLB(&b, " ORDER BY term DESC LIMIT 1");
    TRY(sqlb_i64(&b, 0, &packed));
    if (packed >> 1 >= g->first) {
        *page = packed >> 1;
        *more = (packed & 1) != 0;
    }
    return OK;
}

static enum err read_block(struct index *x, const struct segment *g,
                           int64_t page, struct str *out) {
    struct sqlb b;
    struct rows *r;
    bool found;
    sqlb_init(&b, x->c);
    SQLB(&b, "SELECT block FROM ");
    sqlb_ident(&b, x->data);
    SQLB(&b, " WHERE id = ");
    sqlb_value(&b, V((g->id << SEGMENT_SHIFT) + page));
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, &found));
    *out = found ? row_blob(r, 0) : S("");
    rows_end(r);
    return OK;
}

/* *terms: where the ids end and the list of the terms' places begins. */
static enum err read_page(struct index *x, struct segment *g, int64_t page,
                          struct str *out, size_t *terms) {
    *out = g->only;
    if (out->n == 0)
        TRY(read_block(x, g, page, out));
    if (g->first == g->last)
        g->only = *out;
    *terms = 0;
    if (out->n >= LEAF_HEAD)
        *terms =
            (size_t)(unsigned char)out->p[2] << 8 | (unsigned char)out->p[3];
    x->odd |= *terms < LEAF_HEAD || *terms > out->n;
    return OK;
}

/* Where a term's ids are on its page, [from, to). */
struct place {
    size_t from, to;
    bool last; /* no term follows, so they may go on behind it */
};

/* Breaks off a look at a page. */
static bool is_odd(struct index *x) {
    x->odd = true;
    return false;
}

/* False: the term isn't there, or the page is odd. */
static bool find_term(struct index *x, struct str page, size_t terms,
                      struct str term, struct place *out) {
    char text[UINT8_MAX];
    int64_t at = 0, step, kept = 0, more, n = 0;
    size_t next = terms;
    for (bool first = true; next < page.n; first = false) {
        if (!number(page, &next, &step))
            return is_odd(x);
        at += step;
        size_t k = (size_t)at;
        if ((!first && !number(page, &k, &kept)) || !number(page, &k, &more) ||
            kept > n || kept + more > (int64_t)sizeof text ||
            k + (size_t)more > terms)
            return is_odd(x);
        n = kept + more;
        memcpy(text + kept, page.p + k, (size_t)more);
        int order = str_cmp((struct str){text, (size_t)n}, term);
        if (order > 0)
            break;
        if (order < 0)
            continue;
        size_t peek = next;
        out->from = k + (size_t)more;
        out->last = next >= page.n;
        step = 0;
        if (!out->last && !number(page, &peek, &step))
            return is_odd(x);
        out->to = out->last ? terms : (size_t)(at + step);
        return true;
    }
    return false;
}

/* --- lists ---------------------------------------------------------------- */

/* Appends what stands at [at, to) of the page; id is the one before. */
static void unpack(struct index *x, struct str page, size_t at, size_t to,
                   int64_t *id, struct entries *out) {
    struct str s = str_sub(page, 0, to);
    while (at < s.n) {
        uint64_t step;
        if (!varint(s, &at, &step) || step > INT64_MAX / 4) {
            x->odd = true;
            return;
        }
        *id += (int64_t)step;
        int zeros = 0;
        for (; zeros < 2 && at < s.n && s.p[at] == '\0'; at++)
            zeros++;
        *VEC_PUSH(x->c->arena, &out->v) = entry_of(*id, zeros != 1);
    }
}

/* The rest of a list, on the pages behind its first. */
static enum err unpack_rest(struct index *x, struct segment *g, int64_t page,
                            struct entries *out) {
    for (int n = 1; page <= g->last && !x->odd; page++, n++) {
        struct str s;
        size_t terms, next;
        int64_t id = 0, to;
        TRY(read_page(x, g, page, &s, &terms));
        x->odd |= n == PAGES_MAX;
        next = terms;
        bool ends = next < s.n;
        if (x->odd || (ends && !number(s, &next, &to))) {
            x->odd = true;
            return OK;
        }
        unpack(x, s, LEAF_HEAD, ends ? (size_t)to : terms, &id, out);
        if (ends)
            return OK;
    }
    return OK;
}

static enum err read_segment(struct index *x, struct segment *g,
                             struct str term, struct entries *out) {
    struct str s;
    struct place place;
    size_t terms;
    int64_t page, id = 0;
    bool more;
    TRY(find_page(x, g, term, &page, &more));
    TRY(read_page(x, g, page, &s, &terms));
    if (x->odd || !find_term(x, s, terms, term, &place))
        return OK;
    x->odd |= place.last && more;
    if (x->odd)
        return OK;
    unpack(x, s, place.from, place.to, &id, out);
    return place.last ? unpack_rest(x, g, page + 1, out) : OK;
}

/* Both together; of an id that both have, what the newer says. */
static struct entries overlay(struct arena *a, const struct entries *newer,
                              const struct entries *older) {
    struct entries out = {0};
    size_t i = 0, k = 0;
    while (i < newer->v.n || k < older->v.n) {
        bool take = k == older->v.n ||
                    (i < newer->v.n &&
                     entry_id(newer->v.p[i]) <= entry_id(older->v.p[k]));
        if (take && k < older->v.n &&
            entry_id(newer->v.p[i]) == entry_id(older->v.p[k]))
            k++;
        *VEC_PUSH(a, &out.v) = take ? newer->v.p[i++] : older->v.p[k++];
    }
    return out;
}

/* The records that have the token. */
static enum err read_list(struct index *x, struct str token,
                          struct entries *out) {
    struct str term = str_cat(x->c->arena, S(TERM_PREFIX), token);
    *out = (struct entries){0};
    for (size_t i = 0; i < x->n && !x->odd; i++) {
        struct entries one = {0};
        if (x->segments[i].last == 0)
            continue; /* all of it has gone into a larger one */
        TRY(read_segment(x, &x->segments[i], term, &one));
        if (out->v.n == 0)
            *out = one;
        else if (one.v.n > 0)
            *out = overlay(x->c->arena, out, &one);
    }
    size_t kept = 0;
    for (size_t i = 0; i < out->v.n; i++)
        if (entry_stands(out->v.p[i]))
            out->v.p[kept++] = out->v.p[i];
    out->v.n = kept;
    return OK;
}

/* Keeps in a what b has, too. */
static void intersect(struct entries *a, const struct entries *b) {
    size_t n = 0;
    for (size_t i = 0, k = 0; i < a->v.n && k < b->v.n;) {
        int64_t x = a->v.p[i], y = b->v.p[k];
        if (x == y)
            a->v.p[n++] = x;
        i += x <= y;
        k += y <= x;
    }
    a->v.n = n;
}

/* --- records -------------------------------------------------------------- */

static enum err with_all(struct index *x, const struct tokens *t,
                         struct entries *out) {
    *out = (struct entries){0};
    for (size_t i = 0; i < t->n && !x->odd; i++) {
        struct entries one;
        TRY(read_list(x, t->p[i], i == 0 ? out : &one));
        if (i > 0)
            intersect(out, &one);
        if (out->v.n == 0)
            return OK;
    }
    return OK;
}

static enum err with_any(struct index *x, const struct tokens *lists, size_t n,
                         struct entries *out) {
    for (size_t i = 0; i < n && !x->odd; i++) {
        struct entries one;
        TRY(with_all(x, &lists[i], &one));
        *out = i == 0 ? one : overlay(x->c->arena, out, &one);
    }
    return OK;
}

enum err sq_postings(struct ctx *c, struct str entity,
                     const struct tokens *lists, size_t n, int64_t from,
                     int64_t to, size_t most, struct db_found *found,
                     bool *done) {
    struct index x = {.c = c};
    struct entries all = {0};
    *done = false;
    if (c->db->role == DB_WRITER)
        return OK; /* its own writes may not be in the tables yet */
    TRY(open_index(&x, entity));
    enum err e = x.odd ? OK : with_any(&x, lists, n, &all);
    rows_end(x.structure);
    *done = !x.odd;
    if (e != OK || x.odd)
        return e;
    for (size_t i = all.v.n; i-- > 0 && found->ids.n < most;) {
        int64_t id = entry_id(all.v.p[i]);
        if (id >= from && id < to)
            *VEC_PUSH(c->arena, &found->ids) = id;
    }
    return OK;
}
