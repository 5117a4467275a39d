/* The search index: token lists, one table an entity.
 * SQLite: contentless FTS5 without positions; a deletion has to name the
 * tokens that were stored. PostgreSQL: an array with a GIN index.
 * Owns: nothing. Threads: the connection's.
 * Invariant: a stored token is one FTS5 term: no white space, no quotes, no
 * capitals; both engines match the same bytes. */
#include "db/bulk.h"
#include "db/driver.h"

#include "base/token.h"

#include <string.h>

/* One byte of a token as it is stored: what would end a term in FTS5 becomes
 * "_". base/token.h makes no such bytes; a caller that does gets the same
 * matches on both engines all the same. */
static char token_byte(char ch) {
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
    if (n_old > 0)
        TRY(fts_delete(c, entity, id,
                       join(c->arena, old_tokens, n_old, none, space)));
    if (n > 0)
        TRY(fts_insert(c, entity, id, join(c->arena, tokens, n, none, space)));
    return OK;
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
    for (size_t i = 0; i < n; i++)
        TRY(db_exec(c, &q, ARGS(V(rows[i].id), V(rows[i].stored)), NULL));
    return OK;
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
        SQLB(b, " WHERE tokens @> ");
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

void db_search_newest(struct sqlb *b, struct str entity,
                      const struct tokens *lists, size_t n, int64_t from,
                      int64_t to, int64_t most) {
    struct arena *a = b->c->arena;
    bool pg = b->c->db->drv == &pg_driver;
    if (pg)
        SQLB(b, "SELECT id FROM ");
    else
        SQLB(b, "SELECT rowid FROM ");
    search_table(b, entity);
    if (pg)
        SQLB(b, " WHERE id >= ");
    else
        SQLB(b, " WHERE rowid >= ");
    sqlb_value(b, V(from));
    if (pg)
        SQLB(b, " AND id < ");
    else
        SQLB(b, " AND rowid < ");
    sqlb_value(b, V(to));
    SQLB(b, " AND (");
    for (size_t i = 0; pg && i < n; i++) {
        struct str all =
            strs_text(a, clean(a, lists[i].p, lists[i].n), lists[i].n, true);
        if (i > 0)
            SQLB(b, " OR ");
        SQLB(b, "tokens @> ");
        sqlb_value(b, V(all));
        SQLB(b, "::text[]");
    }
    if (!pg) {
        search_table(b, entity);
        SQLB(b, " MATCH ");
        sqlb_value(b, V(fts_any(a, lists, n)));
    }
    if (pg)
        SQLB(b, ") ORDER BY id DESC LIMIT ");
    else
        SQLB(b, ") ORDER BY rowid DESC LIMIT ");
    sqlb_value(b, V(most));
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
                   " USING gin (tokens);\n",
                   STR_ARG(entity), STR_ARG(entity), STR_ARG(entity));
}
