/* Cursors: the current row's cells, their conversion, and the clean-up that
 * ends what is open when an arena is reset.
 * Owns: nothing; rows and scopes live in the caller's arena.
 * Threads: those of the connection.
 * Invariant: an open cursor is in the list of exactly one scope; a scope with
 * nothing open is off its connection, so that the arena may be reset by
 * another thread. */
#include "db/driver.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Takes s off its connection: its clean-up at arena reset does nothing. */
static void scope_detach(struct scope *s) {
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        s->conn->scopes = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    s->conn = NULL;
}

/* Takes s off its connection when it holds nothing any more. */
static void scope_idle(struct scope *s) {
    if (s->conn != NULL && s->open == NULL)
        scope_detach(s);
}

static void scope_close(struct scope *s) {
    while (s->open != NULL)
        rows_end(s->open);
    scope_idle(s);
}

/* Runs at arena reset. */
static void scope_end(void *arg) {
    struct scope *s = arg;
    if (s->conn != NULL)
        scope_close(s);
}

void db_detach(struct ctx *c) {
    if (c->db == NULL)
        return;
    for (struct scope *s = c->db->scopes; s != NULL; s = s->next) {
        if (s->arena != c->arena)
            continue;
        scope_close(s);
        return;
    }
}

struct scope *scope_of(struct ctx *c, struct db_conn *conn) {
    for (struct scope *s = conn->scopes; s != NULL; s = s->next)
        if (s->arena == c->arena)
            return s;
    struct scope *s = NEW(c->arena, struct scope);
    s->conn = conn;
    s->arena = c->arena;
    s->next = conn->scopes;
    if (s->next != NULL)
        s->next->prev = s;
    conn->scopes = s;
    arena_defer(c->arena, scope_end, s);
    return s;
}

void scopes_detach(struct db_conn *conn) {
    while (conn->scopes != NULL)
        scope_close(conn->scopes);
}

void rows_end(struct rows *r) {
    if (!r->open)
        return;
    r->open = false;
    r->has_row = false;
    r->conn->drv->finish(r);
    struct scope *s = r->scope;
    if (s == NULL)
        return;
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        s->open = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;
    r->scope = NULL;
    scope_idle(s);
}

int rows_columns(const struct rows *r) {
    return r->ncols;
}

static struct val cell(const struct rows *r, int col) {
    if (!r->has_row || col < 0 || col >= r->ncells)
        return V_NULL;
    return r->cells[col];
}

struct val row_cell(const struct rows *r, int col) {
    return cell(r, col);
}

bool row_is_null(const struct rows *r, int col) {
    return cell(r, col).type == VAL_NULL;
}

int64_t text_i64(struct str s) {
    size_t i = 0;
    while (i < s.n && (s.p[i] == ' ' || (s.p[i] >= '\t' && s.p[i] <= '\r')))
        i++;
    bool negative = i < s.n && s.p[i] == '-';
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
        i++;
    int64_t v = 0;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
        int digit = s.p[i] - '0';
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, digit, &v))
            return negative ? INT64_MIN : INT64_MAX;
    }
    if (negative)
        return v;
    return v == INT64_MIN ? INT64_MAX : -v;
}

double text_f64(struct str s) {
    char tmp[400];
    size_t n = s.n < sizeof tmp - 1 ? s.n : sizeof tmp - 1;
    if (n > 0)
        memcpy(tmp, s.p, n);
    tmp[n] = '\0';
    return strtod(tmp, NULL);
}

static int64_t f64_to_i64(double f) {
    if (!(f > -9223372036854775808.0)) /* also NaN */
        return f != f ? 0 : INT64_MIN;
    return f < 9223372036854775808.0 ? (int64_t)f : INT64_MAX;
}

int64_t row_i64(const struct rows *r, int col) {
    struct val v = cell(r, col);
    switch (v.type) {
    case VAL_I64:
        return v.i;
    case VAL_F64:
        return f64_to_i64(v.f);
    case VAL_STR:
    case VAL_BLOB:
        return text_i64(v.s);
    default:
        return 0;
    }
}

double row_f64(const struct rows *r, int col) {
    struct val v = cell(r, col);
    switch (v.type) {
    case VAL_I64:
        return (double)v.i;
    case VAL_F64:
        return v.f;
    case VAL_STR:
    case VAL_BLOB:
        return text_f64(v.s);
    default:
        return 0;
    }
}

static struct str f64_text(struct arena *a, double f) {
    char tmp[64];
    sqlite3_snprintf((int)sizeof tmp, tmp, "%!.15g", f);
    return str_dup(a, str_of(tmp));
}

struct str row_view(const struct rows *r, int col) {
    struct val v = cell(r, col);
    switch (v.type) {
    case VAL_STR:
    case VAL_BLOB:
        return v.s;
    case VAL_I64:
        return str_fmt(r->c->arena, "%lld", (long long)v.i);
    case VAL_F64:
        return f64_text(r->c->arena, v.f);
    default:
        return S("");
    }
}

struct str row_str(const struct rows *r, int col) {
    struct val v = cell(r, col);
    /* A row that is not open is a copy in the arena already. */
    if (r->open && (v.type == VAL_STR || v.type == VAL_BLOB))
        return str_dup(r->c->arena, v.s);
    return row_view(r, col);
}

struct str row_blob(const struct rows *r, int col) {
    return row_str(r, col);
}

enum err rows_ids(struct rows *r, int64_t **out, size_t *n) {
    VEC(int64_t) ids = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(r->c->arena, &ids) = row_i64(r, 0);
    }
    *out = ids.p;
    *n = ids.n;
    return OK;
}

enum err rows_ids_into(struct rows *r, int64_t *out, size_t most, size_t *n) {
    for (*n = 0;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        if (*n == most)
            break;
        out[(*n)++] = row_i64(r, 0);
    }
    rows_end(r);
    return OK;
}
