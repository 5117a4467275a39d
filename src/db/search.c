/* The search index: token lists, one table an entity.
 * SQLite: contentless FTS5 without positions; a deletion has to name the
 * tokens that were stored. PostgreSQL: an array with a GIN index, over
 * TOKEN_PG_WORDS.
 * Owns: nothing. Threads: the connection's.
 * Invariant: a stored token is one FTS5 term: no white space, no quotes, no
 * capitals; both engines match the same bytes. */
#include "db/bulk.h"
#include "db/pg.h"
#include "db/sqlite.h"

#include "base/token.h"

#include <string.h>

/* On PostgreSQL the newest are looked for among so many ids first, then among
 * at most so many times more; where they lie so thick there that reading all
 * of them takes long, among fewer. */
#define SPAN_FIRST 4096
#define SPAN_GROWS 64
#define SPAN_SHRINKS 8
#define THICK (SPAN_FIRST + 1)
#define BLOCKS_MAX 16 /* of ids that a statement names */

/* One byte of a token as it is stored: what would end a term in FTS5 becomes
 * "_". base/token.h makes no such bytes; a caller that does gets the same
 * matches on both engines all the same. */
static char token_byte(char ch) {
    if ((unsigned char)ch >= 'a' && ch != '\x7f')
        return ch; /* nearly all: small letters, "{|}~" and what is no ASCII */
    if (ch >= 'A' && ch <= 'Z')
        return (char)(ch + 32);
    bool ends = ch == '"' || ch == '\'' || ch == '`' || ch == '\x7f' ||
                (ch >= 0 && ch <= ' ');
    return ends ? '_' : ch;
}

static void put_clean(char *to, struct str t) {
    for (size_t j = 0; j < t.n; j++)
        to[j] = token_byte(t.p[j]);
}

/* Tokens ready to be stored or matched, in the arena. */
static struct str *clean(struct arena *a, const struct str *t, size_t n) {
    struct str *out = NEW_ARRAY(a, struct str, n);
    for (size_t i = 0; i < n; i++) {
        char *p = arena_alloc(a, t[i].n);
        put_clean(p, t[i]);
        out[i] = (struct str){p, t[i].n};
    }
    return out;
}

static void search_table(struct sqlb *b, struct str entity) {
    sqlb_ident(b, str_cat(b->c->arena, S("search_"), entity));
}

static size_t put(char *p, size_t at, struct str s) {
    if (s.n > 0)
        memcpy(p + at, s.p, s.n);
    return at + s.n;
}

/* Tokens with something between and around each. */
static struct str join(struct arena *a, const struct str *t, size_t n,
                       struct str quote, struct str between) {
    size_t max = 1, at = 0;
    for (size_t i = 0; i < n; i++)
        max += t[i].n + 2 * quote.n + between.n;
    char *p = arena_alloc(a, max);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            at = put(p, at, between);
        at = put(p, at, quote);
        put_clean(p + at, t[i]);
        at = put(p, at + t[i].n, quote);
    }
    return (struct str){p, at};
}

static enum err fts_delete(struct ctx *c, struct str entity, int64_t id,
                           struct str tokens) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    search_table(&b, entity);
    SQLB(&b, " (");
    search_table(&b, entity);
    SQLB(&b, ", rowid, tokens) VALUES ('delete', ");
    sqlb_value(&b, V(id));
    SQLB(&b, ", ");
    sqlb_value(&b, V(tokens));
    SQLB(&b, ")");
    return sqlb_exec(&b, NULL);
}

static enum err fts_insert(struct ctx *c, struct str entity, int64_t id,
                           struct str tokens) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    search_table(&b, entity);
    SQLB(&b, " (rowid, tokens) VALUES (");
    sqlb_value(&b, V(id));
    SQLB(&b, ", ");
    sqlb_value(&b, V(tokens));
    SQLB(&b, ")");
    return sqlb_exec(&b, NULL);
}

static enum err pg_put(struct ctx *c, struct str entity, int64_t id,
                       const struct str *tokens, size_t n) {
    struct sqlb b;
    sqlb_init(&b, c);
    tokens = clean(c->arena, tokens, n);
    if (n == 0) {
        SQLB(&b, "DELETE FROM ");
        search_table(&b, entity);
        SQLB(&b, " WHERE id = ");
        sqlb_value(&b, V(id));
        return sqlb_exec(&b, NULL);
    }
    SQLB(&b, "INSERT INTO ");
    search_table(&b, entity);
    SQLB(&b, " (id, tokens) VALUES (");
    sqlb_value(&b, V(id));
    SQLB(&b, ", ");
    sqlb_value(&b, V(strs_text(c->arena, tokens, n, true)));
    SQLB(&b, "::text[]) ON CONFLICT (id) DO UPDATE SET"
             " tokens = excluded.tokens");
    return sqlb_exec(&b, NULL);
}

enum err db_search_put(struct ctx *c, struct str entity, int64_t id,
                       const struct str *old_tokens, size_t n_old,
                       const struct str *tokens, size_t n) {
    struct str space = S(" "), none = S("");
    if (c->db->drv == &pg_driver)
        return pg_put(c, entity, id, tokens, n);
    struct str was = join(c->arena, old_tokens, n_old, none, space);
    struct str now = join(c->arena, tokens, n, none, space);
    if (n_old > 0)
        TRY(fts_delete(c, entity, id, was));
    if (n > 0)
        TRY(fts_insert(c, entity, id, now));
    return sq_search_wrote(c, entity, was.n + now.n);
}

/* Rows of one statement on PostgreSQL: fewer round trips. */
#define ROWS_TOGETHER 32

static enum err pg_add(struct ctx *c, struct str entity,
                       const struct db_search_row *rows, size_t n) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    search_table(&b, entity);
    SQLB(&b, " (id, tokens) VALUES ");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            SQLB(&b, ", ");
        SQLB(&b, "(");
        sqlb_value(&b, V(rows[i].id));
        SQLB(&b, ", ");
        sqlb_value(&b, V(rows[i].stored));
        SQLB(&b, "::text[])");
    }
    return sqlb_exec(&b, NULL);
}

enum err db_search_add(struct ctx *c, struct str entity,
                       const struct db_search_row *rows, size_t n) {
    struct sqlb b;
    struct sql q = {NULL, {0}};
    bool pg = c->db->drv == &pg_driver;
    for (size_t i = 0; pg && i < n; i += ROWS_TOGETHER) {
        size_t some = n - i < ROWS_TOGETHER ? n - i : ROWS_TOGETHER;
        TRY(pg_add(c, entity, rows + i, some));
    }
    if (pg)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    search_table(&b, entity);
    SQLB(&b, " (rowid, tokens) VALUES ($1, $2)");
    q.text = buf_view(&b.text);
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        TRY(db_exec(c, &q, ARGS(V(rows[i].id), V(rows[i].stored)), NULL));
        bytes += rows[i].stored.n;
    }
    return sq_search_wrote(c, entity, bytes);
}

enum err db_search_empty(struct ctx *c, struct str entity) {
    struct sqlb b;
    sqlb_init(&b, c);
    if (c->db->drv == &pg_driver) {
        SQLB(&b, "DELETE FROM ");
        search_table(&b, entity);
        return sqlb_exec(&b, NULL);
    }
    SQLB(&b, "INSERT INTO ");
    search_table(&b, entity);
    SQLB(&b, " (");
    search_table(&b, entity);
    SQLB(&b, ") VALUES ('delete-all')");
    return sqlb_exec(&b, NULL);
}

/* --- tidying -------------------------------------------------------------- */

/* Only who owns an index may: another role leaves it to autovacuum. */
static enum err pg_clean(struct ctx *c, struct str entity) {
    struct sqlb b;
    int64_t pages;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT CAST(coalesce(sum(gin_clean_pending_list(i.indexrelid)),"
             " 0) AS bigint) FROM pg_index i JOIN pg_class x ON x.oid ="
             " i.indexrelid JOIN pg_am a ON a.oid = x.relam WHERE a.amname ="
             " 'gin' AND pg_has_role(x.relowner, 'USAGE') AND i.indrelid = ");
    sqlb_value(&b, V(str_cat(c->arena, S("search_"), entity)));
    SQLB(&b, "::text::regclass");
    return sqlb_i64(&b, 0, &pages);
}

enum err db_search_merge(struct ctx *c, struct str entity, int64_t pages,
                         bool *more) {
    *more = false;
    return c->db->drv == &pg_driver ? pg_clean(c, entity)
                                    : sq_search_merge(c, entity, pages, more);
}

enum err db_search_settle(struct ctx *c) {
    return c->db->drv == &sqlite_driver ? sq_search_settle(c) : OK;
}

struct str db_search_stored(struct arena *a, const struct db *d,
                            const struct str *tokens, size_t n) {
    if (d->drv == &pg_driver)
        return strs_text(a, clean(a, tokens, n), n, true);
    return join(a, tokens, n, S(""), S(" "));
}

void db_search_columns(struct ctx *c, struct strs *out) {
    *out = (struct strs){0};
    *VEC_PUSH(c->arena, &out->v) =
        c->db->drv == &pg_driver ? S("id") : S("rowid");
    *VEC_PUSH(c->arena, &out->v) = S("tokens");
}

void db_search_match(struct sqlb *b, struct str entity, struct str alias,
                     const struct str *tokens, size_t n) {
    struct arena *a = b->c->arena;
    if (n == 0) {
        SQLB(b, "1 = 1"); /* all of no tokens */
        return;
    }
    sqlb_column(b, alias, S("id"));
    if (b->c->db->drv == &pg_driver) {
        SQLB(b, " IN (SELECT id FROM ");
        search_table(b, entity);
        SQLB(b, " WHERE " TOKEN_PG_WORDS " @> ");
        sqlb_value(b, V(strs_text(a, clean(a, tokens, n), n, true)));
        SQLB(b, "::text[])");
        return;
    }
    SQLB(b, " IN (SELECT rowid FROM ");
    search_table(b, entity);
    SQLB(b, " WHERE ");
    search_table(b, entity);
    SQLB(b, " MATCH ");
    sqlb_value(b, V(join(a, tokens, n, S("\""), S(" AND "))));
    SQLB(b, ")");
}

/* (a AND b) OR (c AND d) for FTS5. */
static struct str fts_any(struct arena *a, const struct tokens *lists,
                          size_t n) {
    struct buf out;
    buf_init(&out, a, 1024 * 1024);
    for (size_t i = 0; i < n; i++) {
        buf_cstr(&out, i == 0 ? "(" : " OR (");
        buf_str(&out, join(a, lists[i].p, lists[i].n, S("\""), S(" AND ")));
        buf_byte(&out, ')');
    }
    return buf_view(&out);
}

/* --- the newest with a token ---------------------------------------------- */

static enum err append_ids(struct sqlb *b, struct db_found *found) {
    struct rows *r;
    TRY(sqlb_query(b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        *VEC_PUSH(b->c->arena, &found->ids) = row_i64(r, 0);
    }
}

/* Ids that are looked among at once. */
struct span {
    int64_t from, to;
    struct str blocks; /* as an array; empty: need not be named */
};

static const struct tokens *clean_all(struct arena *a,
                                      const struct tokens *lists, size_t n) {
    struct tokens *out = NEW_ARRAY(a, struct tokens, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct tokens){clean(a, lists[i].p, lists[i].n), lists[i].n};
    return out;
}

static enum err fts_newest(struct ctx *c, struct str entity,
                           const struct tokens *lists, size_t n, int64_t from,
                           int64_t to, size_t most, struct db_found *found) {
    struct sqlb b;
    bool done;
    TRY(sq_postings(c, entity, clean_all(c->arena, lists, n), n, from, to, most,
                    found, &done));
    if (done)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT rowid FROM ");
    search_table(&b, entity);
    SQLB(&b, " WHERE rowid >= ");
    sqlb_value(&b, V(from));
    SQLB(&b, " AND rowid < ");
    sqlb_value(&b, V(to));
    SQLB(&b, " AND (");
    search_table(&b, entity);
    SQLB(&b, " MATCH ");
    sqlb_value(&b, V(fts_any(c->arena, lists, n)));
    SQLB(&b, ") ORDER BY rowid DESC LIMIT ");
    sqlb_value(&b, V((int64_t)(most - found->ids.n)));
    return append_ids(&b, found);
}

/* Names the blocks of ids that the span lies in, of the smallest size of which
 * there are few, and begins the span with the first of them: rows of a block
 * that is not wanted whole are read in vain. */
static void name_blocks(struct arena *a, struct span *s) {
    static const struct {
        char letter;
        int bits;
    } sizes[] = {{'A', 12}, {'B', 16}, {'C', 20}};
    struct str names[BLOCKS_MAX];
    for (size_t k = 0; k < COUNT_OF(sizes) && s->blocks.n == 0; k++) {
        int64_t first = s->from >> sizes[k].bits;
        int64_t last = (s->to - 1) >> sizes[k].bits;
        if (last - first >= BLOCKS_MAX)
            continue;
        size_t n = 0;
        for (int64_t at = first; at <= last; at++)
            names[n++] = str_fmt(a, "%c%lld", sizes[k].letter, (long long)at);
        s->blocks = strs_text(a, names, n, true);
        if (s->to - s->from > SPAN_FIRST)
            s->from = first << sizes[k].bits;
    }
}

/* Up to THICK rows of the span, in no order, as "WHERE …". The sum keeps the
 * engine from walking the primary key instead, past very many rows. */
static void span_where(struct sqlb *b, const struct tokens *lists, size_t n,
                       const struct span *s) {
    struct arena *a = b->c->arena;
    SQLB(b, " WHERE id + 0 >= ");
    sqlb_value(b, V(s->from));
    SQLB(b, " AND id + 0 < ");
    sqlb_value(b, V(s->to));
    SQLB(b, " AND (");
    for (size_t i = 0; i < n; i++) {
        struct str all =
            strs_text(a, clean(a, lists[i].p, lists[i].n), lists[i].n, true);
        if (i > 0)
            SQLB(b, " OR ");
        SQLB(b, "(" TOKEN_PG_WORDS " @> ");
        sqlb_value(b, V(all));
        SQLB(b, "::text[]");
        if (s->blocks.n > 0) {
            SQLB(b, " AND " TOKEN_PG_WORDS " && ");
            sqlb_value(b, V(s->blocks));
            SQLB(b, "::text[]");
        }
        SQLB(b, ")");
    }
    SQLB(b, ") LIMIT ");
    sqlb_value(b, V(THICK));
}

/* The newest of the span; *thick: too many to tell which they are. */
static enum err pg_span(struct ctx *c, struct str entity,
                        const struct tokens *lists, size_t n,
                        const struct span *s, size_t most,
                        struct db_found *found, bool *thick) {
    struct sqlb b;
    size_t kept = found->ids.n;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT m.id FROM (SELECT id FROM ");
    search_table(&b, entity);
    span_where(&b, lists, n, s);
    SQLB(&b, ") m ORDER BY m.id DESC");
    TRY(append_ids(&b, found));
    *thick = found->ids.n - kept == THICK;
    if (*thick)
        found->ids.n = kept;
    if (found->ids.n > most)
        found->ids.n = most;
    return OK;
}

/* Among so many ids further down the missing ones are expected: as thick as
 * they were found so far. */
static int64_t next_width(const struct db_found *found, size_t most) {
    int64_t missing = (int64_t)(most - found->ids.n);
    if (found->among == 0)
        return SPAN_FIRST;
    int64_t least = found->among * 2, longest = found->among * SPAN_GROWS;
    int64_t guess = missing * found->among / ((int64_t)found->ids.n + 1);
    return guess < least ? least : guess > longest ? longest : guess;
}

static enum err pg_newest(struct ctx *c, struct str entity,
                          const struct tokens *lists, size_t n, int64_t from,
                          int64_t to, size_t most, struct db_found *found) {
    int64_t widest = to, thick_from = to;
    while (to > from && found->ids.n < most) {
        bool thick;
        int64_t width = next_width(found, most);
        if (width > widest)
            width = widest > SPAN_FIRST ? widest : SPAN_FIRST;
        struct span s = {.from = to - width, .to = to};
        if (s.from < from)
            s.from = from;
        bool most_of_all = s.from <= 0 && to > found->among;
        if (!most_of_all)
            name_blocks(c->arena, &s);
        if (s.from < from)
            s.from = from;
        TRY(pg_span(c, entity, lists, n, &s, most, found, &thick));
        if (thick) {
            thick_from = thick_from < to ? thick_from : s.from;
            widest = (to - s.from) / SPAN_SHRINKS;
            continue;
        }
        if (s.from <= thick_from)
            widest = thick_from = s.from;
        found->among += to - s.from;
        to = s.from;
    }
    return OK;
}

enum err db_search_newest(struct ctx *c, struct str entity,
                          const struct tokens *lists, size_t n, int64_t from,
                          int64_t to, size_t most, struct db_found *found) {
    return (c->db->drv == &pg_driver ? pg_newest : fts_newest)(
        c, entity, lists, n, from, to, most, found);
}

bool db_search_walks(const struct db_conn *conn) {
    return conn->drv != &pg_driver;
}

struct str db_search_ddl(struct arena *a, const char *engine,
                         struct str entity) {
    if (str_eqc(S("sqlite"), engine))
        return str_fmt(
            a,
            "CREATE VIRTUAL TABLE search_" STR_FMT " USING fts5(tokens,"
            " content='', detail=none,\n"
            "  tokenize='ascii tokenchars ''!#$%%&()*+,-./:;<=>?@[\\]^_{|}~''"
            "');\n",
            STR_ARG(entity));
    return str_fmt(a,
                   "CREATE TABLE search_" STR_FMT " (\n"
                   "  id BIGINT PRIMARY KEY,\n"
                   "  tokens TEXT[] COLLATE \"C\" NOT NULL\n"
                   ");\n"
                   "CREATE INDEX search_" STR_FMT "_tokens ON search_" STR_FMT
                   " USING gin (" TOKEN_PG_WORDS ");\n",
                   STR_ARG(entity), STR_ARG(entity), STR_ARG(entity));
}
