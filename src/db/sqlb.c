/* Built statements: literals, identifiers of the model, bound values.
 * Owns: nothing; text and values are in the context's arena.
 * Threads: the context's.
 * Invariant: $1 … $n in the text are args[0] … args[n-1]. */
#include "db/driver.h"

#include "base/die.h"

/* Larger than any statement the filter language can make; more is a 413. */
#define MAX_TEXT (256 * 1024)
#define MAX_VALUES 32000

void sqlb_init(struct sqlb *b, struct ctx *c) {
    *b = (struct sqlb){.c = c};
    buf_init(&b->text, c->arena, MAX_TEXT);
}

void sqlb_literal(struct sqlb *b, struct str lit) {
    buf_str(&b->text, lit);
}

static void check_ident(struct str name) {
    if (name.n == 0)
        die("an empty SQL identifier");
    for (size_t i = 0; i < name.n; i++) {
        char ch = name.p[i];
        if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9') && ch != '_')
            die("SQL identifier \"" STR_FMT "\"", STR_ARG(name));
    }
}

void sqlb_ident(struct sqlb *b, struct str name) {
    check_ident(name);
    buf_byte(&b->text, '"');
    buf_str(&b->text, name);
    buf_byte(&b->text, '"');
}

void sqlb_column(struct sqlb *b, struct str alias, struct str name) {
    check_ident(alias);
    buf_str(&b->text, alias);
    buf_byte(&b->text, '.');
    sqlb_ident(b, name);
}

static void placeholder(struct sqlb *b, struct val v) {
    *VEC_PUSH(b->c->arena, &b->args) = v;
    buf_byte(&b->text, '$');
    buf_i64(&b->text, (int64_t)b->args.n);
}

void sqlb_value(struct sqlb *b, struct val v) {
    placeholder(b, v);
}

static bool is_pg(const struct sqlb *b) {
    return b->c->db->drv == &pg_driver;
}

void sqlb_in_ids(struct sqlb *b, const int64_t *ids, size_t n) {
    SQLB(b, " ");
    if (is_pg(b)) {
        SQLB(b, "= ANY(");
        placeholder(b, val_ids(ids, n));
        SQLB(b, ")");
        return;
    }
    SQLB(b, "IN (SELECT id FROM db_ids(");
    placeholder(b, val_ids(ids, n));
    SQLB(b, "))");
}

/* A string in double quotes; JSON and PostgreSQL's arrays agree on \" and \\.
 * Control characters are JSON's business alone, an array takes them as they
 * are. */
static void quote(struct buf *out, struct str s, bool pg) {
    buf_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch == '"' || ch == '\\')
            buf_byte(out, '\\');
        if (ch < 0x20 && !pg)
            buf_fmt(out, "\\u%04x", ch);
        else
            buf_byte(out, (char)ch);
    }
    buf_byte(out, '"');
}

struct str strs_text(struct arena *a, const struct str *v, size_t n, bool pg) {
    size_t max = 2;
    for (size_t i = 0; i < n; i++)
        max += v[i].n * 6 + 3;
    struct buf out;
    buf_init(&out, a, max + 1);
    buf_byte(&out, pg ? '{' : '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_byte(&out, ',');
        quote(&out, v[i], pg);
    }
    buf_byte(&out, pg ? '}' : ']');
    return buf_view(&out);
}

void sqlb_in_strs(struct sqlb *b, const struct str *v, size_t n) {
    struct val list = V(strs_text(b->c->arena, v, n, is_pg(b)));
    SQLB(b, " ");
    if (is_pg(b)) {
        SQLB(b, "= ANY(");
        placeholder(b, list);
        SQLB(b, "::text[])");
        return;
    }
    SQLB(b, "IN (SELECT value FROM json_each(");
    placeholder(b, list);
    SQLB(b, "))");
}

/* The next parameter in s from *i on: text before it up to *at, its number,
 * and *i behind it. False when there is none: *at is the end. Within '…' and
 * "…" nothing is a parameter. */
static bool next_param(struct str s, size_t *i, size_t *at, size_t *number) {
    char quoted = '\0';
    for (*at = *i; *at < s.n; ++*at) {
        char ch = s.p[*at];
        if (quoted == '\0' && ch == '$')
            break;
        if (quoted == '\0' && (ch == '\'' || ch == '"'))
            quoted = ch;
        else if (quoted == ch)
            quoted = '\0';
    }
    if (*at == s.n)
        return false;
    *number = 0;
    for (*i = *at + 1; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i)
        *number = *number * 10 + (size_t)(s.p[*i] - '0');
    return true;
}

size_t text_params(struct str s) {
    size_t i = 0, at, number, highest = 0;
    while (next_param(s, &i, &at, &number))
        if (number > highest)
            highest = number;
    return highest;
}

void sqlb_contains(struct sqlb *b, struct str alias, struct str column,
                   struct str needle) {
    sqlb_literal(b, is_pg(b) ? S("strpos(") : S("instr("));
    sqlb_column(b, alias, column);
    SQLB(b, ", ");
    sqlb_value(b, V(needle));
    SQLB(b, ") > 0");
}

void sqlb_hold(struct sqlb *b, struct str alias) {
    if (!is_pg(b))
        return;
    check_ident(alias);
    SQLB(b, " FOR UPDATE OF ");
    buf_str(&b->text, alias);
}

void sqlb_append(struct sqlb *b, const struct sqlb *b2) {
    struct str s = buf_view(&b2->text);
    size_t i = 0, from = 0, at, number, offset = b->args.n;
    while (next_param(s, &i, &at, &number)) {
        buf_str(&b->text, str_sub(s, from, at));
        buf_byte(&b->text, '$');
        buf_i64(&b->text, (int64_t)(number + offset));
        from = i;
    }
    buf_str(&b->text, str_sub(s, from, s.n));
    if (!buf_ok(&b2->text))
        b->text.overflow = true;
    for (size_t k = 0; k < b2->args.n; k++)
        *VEC_PUSH(b->c->arena, &b->args) = b2->args.p[k];
}

/* --- running ------------------------------------------------------------ */

static enum err built(struct sqlb *b, struct sql *q, struct args *args) {
    if (!buf_ok(&b->text) || b->args.n > MAX_VALUES)
        return fail(b->c, ERR_TOO_LARGE, "", "query_too_large");
    *q = (struct sql){NULL, buf_view(&b->text)};
    *args = (struct args){b->args.p, b->args.n};
    return OK;
}

enum err sqlb_exec(struct sqlb *b, int64_t *changed_out) {
    struct sql q;
    struct args args;
    TRY(built(b, &q, &args));
    return db_exec(b->c, &q, args, changed_out);
}

enum err sqlb_query(struct sqlb *b, struct rows **out) {
    struct sql q;
    struct args args;
    TRY(built(b, &q, &args));
    return db_query(b->c, &q, args, out);
}

enum err sqlb_i64(struct sqlb *b, int64_t fallback, int64_t *out) {
    struct sql q;
    struct args args;
    TRY(built(b, &q, &args));
    return db_i64(b->c, &q, args, fallback, out);
}
