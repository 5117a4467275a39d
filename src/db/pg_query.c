/* Statements of the PostgreSQL driver. Values are sent in binary, typed by
 * oid; results come whole and in text, so that queries can be nested on one
 * connection.
 * Owns: the results between start and finish.
 * Threads: the connection's.
 * Invariant: a statement is prepared once for each list of types its values
 * have had; NULL fits any type. */
#include "db/pg.h"

#include "base/die.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum oid {
    OID_ANY = 0,
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_OID = 26,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_INT8_ARRAY = 1016,
    OID_NUMERIC = 1700,
};

struct pg_stmt {
    struct cached cached; /* first */
    char name[16];
    int n;
    Oid types[];
};

#define PARAMS_ON_STACK 32

struct params {
    int n;
    Oid *types;
    const char **values;
    int *lengths, *formats;
    uint64_t *numbers; /* in network order */
    struct {
        Oid types[PARAMS_ON_STACK];
        const char *values[PARAMS_ON_STACK];
        int lengths[PARAMS_ON_STACK], formats[PARAMS_ON_STACK];
        uint64_t numbers[PARAMS_ON_STACK];
    } room;
};

void pg_drop(void *owner, struct cached *cached) {
    struct pg_conn *k = owner;
    struct pg_stmt *s = (struct pg_stmt *)cached;
    /* In a failed transaction the server would refuse: it keeps the statement
     * until the connection ends. */
    if (!k->lost && k->pq->transaction(k->h) != PQTRANS_INERROR) {
        char text[48];
        snprintf(text, sizeof text, "DEALLOCATE %s", s->name);
        k->pq->clear(k->pq->exec(k->h, text));
    }
    free(s);
}

/* --- values ------------------------------------------------------------- */

/* The wire form of int8[]: dimensions, null flag, type, length, lower bound,
 * then each element after its size. */
static struct str ids_wire(struct arena *a, struct val v) {
    size_t size = 20 + v.ids.n * 12;
    char *p = arena_alloc(a, size);
    uint32_t head[5] = {htobe32(v.ids.n == 0 ? 0 : 1), 0, htobe32(OID_INT8),
                        htobe32((uint32_t)v.ids.n), htobe32(1)};
    memcpy(p, head, sizeof head);
    uint32_t eight = htobe32(8);
    for (size_t i = 0; i < v.ids.n; i++) {
        uint64_t be = htobe64((uint64_t)v.ids.p[i]);
        memcpy(p + 20 + i * 12, &eight, 4);
        memcpy(p + 24 + i * 12, &be, 8);
    }
    return (struct str){p, v.ids.n == 0 ? 12 : size};
}

static void set(struct params *p, int i, Oid type, struct str bytes) {
    p->types[i] = type;
    p->values[i] = bytes.n == 0 ? "" : bytes.p; /* no pointer is NULL */
    p->lengths[i] = (int)bytes.n;
    p->formats[i] = 1;
}

static void set_number(struct params *p, int i, Oid type, const void *bits) {
    uint64_t host;
    memcpy(&host, bits, sizeof host);
    p->numbers[i] = htobe64(host);
    set(p, i, type, (struct str){(const char *)&p->numbers[i], 8});
}

static void set_val(struct arena *a, struct params *p, int i, struct val v) {
    switch (v.type) {
    case VAL_NULL:
        set(p, i, OID_ANY, S(""));
        p->values[i] = NULL;
        break;
    case VAL_I64:
        set_number(p, i, OID_INT8, &v.i);
        break;
    case VAL_F64:
        set_number(p, i, OID_FLOAT8, &v.f);
        break;
    case VAL_STR:
        set(p, i, OID_TEXT, v.s);
        break;
    case VAL_BLOB:
        set(p, i, OID_BYTEA, v.s);
        break;
    case VAL_IDS:
        set(p, i, OID_INT8_ARRAY, ids_wire(a, v));
        break;
    }
}

static enum err params_set(struct ctx *c, struct params *p, struct args args,
                           const struct sql *q) {
    if (args.n > 65535)
        return engine_fail(c, ERR_TOO_LARGE, NULL, S(""), S("too many values"),
                           q);
    p->n = (int)args.n;
    if (args.n <= PARAMS_ON_STACK) {
        p->types = p->room.types;
        p->values = p->room.values;
        p->lengths = p->room.lengths;
        p->formats = p->room.formats;
        p->numbers = p->room.numbers;
    } else {
        p->types = NEW_ARRAY(c->arena, Oid, args.n);
        p->values = NEW_ARRAY(c->arena, const char *, args.n);
        p->lengths = NEW_ARRAY(c->arena, int, args.n);
        p->formats = NEW_ARRAY(c->arena, int, args.n);
        p->numbers = NEW_ARRAY(c->arena, uint64_t, args.n);
    }
    for (int i = 0; i < p->n; i++) {
        const struct val *v = &args.v[i];
        if ((v->type == VAL_STR || v->type == VAL_BLOB) && v->s.n > INT32_MAX)
            return engine_fail(c, ERR_TOO_LARGE, NULL, S(""), S("value"), q);
        set_val(c->arena, p, i, *v);
    }
    return OK;
}

/* --- prepared statements ------------------------------------------------ */

static bool fits(const struct pg_stmt *s, const struct params *p) {
    if (s->n != p->n)
        return false;
    for (int i = 0; i < p->n; i++)
        if (p->types[i] != OID_ANY && p->types[i] != s->types[i])
            return false;
    return true;
}

static struct pg_stmt *find(struct pg_conn *k, const struct sql *q,
                            uint64_t hash, const struct params *p) {
    struct cached *s = NULL;
    while ((s = cache_find(&k->cache, q, hash, s)) != NULL) {
        if (!fits((struct pg_stmt *)s, p))
            continue;
        cache_touch(&k->cache, s);
        return (struct pg_stmt *)s;
    }
    return NULL;
}

static enum err prepare(struct ctx *c, struct pg_conn *k, const struct sql *q,
                        uint64_t hash, const struct params *p,
                        struct pg_stmt **out) {
    if (text_params(q->text) != (size_t)p->n)
        return engine_fail(c, ERR_INTERNAL, NULL, S(""),
                           S("wrong number of values"), q);
    char name[16];
    snprintf(name, sizeof name, "s%u", ++k->next_name);
    PGresult *res =
        k->pq->prepare(k->h, name, str_cstr(c->arena, q->text), p->n, p->types);
    if (k->pq->result_status(res) != PGRES_COMMAND_OK)
        return pg_fail(c, k, res, q);
    k->pq->clear(res);
    size_t types = (size_t)p->n * sizeof(Oid);
    struct pg_stmt *s = calloc(1, sizeof *s + types);
    if (s == NULL)
        die("out of memory");
    memcpy(s->name, name, sizeof name);
    s->n = p->n;
    if (types > 0)
        memcpy(s->types, p->types, types);
    cache_add(&k->cache, &s->cached, q, hash);
    *out = s;
    return OK;
}

/* After DDL a prepared statement may have other columns (0A000), or be gone
 * (26000, a pooler in between): forget it. */
static bool is_outdated(const struct pg_conn *k, const PGresult *res) {
    const char *state = pg_state(k, res);
    return strcmp(state, "26000") == 0 ||
           (strcmp(state, "0A000") == 0 &&
            str_find(str_of(k->pq->error_field(res, PG_DIAG_SOURCE_FUNCTION)),
                     S("RevalidateCachedQuery")) != SIZE_MAX);
}

static PGresult *execute(struct pg_conn *k, const struct pg_stmt *s,
                         const struct params *p) {
    int64_t from = k->budget_ms > 0 ? clock_us() : 0;
    PGresult *res = k->pq->exec_prepared(k->h, s->name, p->n, p->values,
                                         p->lengths, p->formats, 0);
    if (k->budget_ms > 0)
        k->spent_us += clock_us() - from;
    return res;
}

static enum err run(struct ctx *c, struct pg_conn *k, const struct sql *q,
                    const struct params *p, PGresult **out) {
    uint64_t hash = cache_hash(q);
    for (int attempt = 0;; attempt++) {
        struct pg_stmt *s = find(k, q, hash, p);
        if (s == NULL)
            TRY(prepare(c, k, q, hash, p, &s));
        PGresult *res = execute(k, s, p);
        ExecStatusType st = k->pq->result_status(res);
        if (st == PGRES_TUPLES_OK || st == PGRES_COMMAND_OK) {
            *out = res;
            return OK;
        }
        if (k->pq->status(k->h) == CONNECTION_BAD || !is_outdated(k, res))
            return pg_fail(c, k, res, q);
        cache_remove(&k->cache, &s->cached);
        if (k->base.tx != TX_NONE || attempt > 0) {
            k->pq->clear(res);
            k->last_error = ERR_RETRY;
            return engine_fail(c, ERR_RETRY, NULL, S(""),
                               S("the table has changed"), q);
        }
        k->pq->clear(res);
    }
}

static int64_t changed_rows(const struct pg_conn *k, PGresult *res) {
    struct str tag = str_of(k->pq->command(res));
    if (!str_starts(tag, S("INSERT")) && !str_starts(tag, S("UPDATE")) &&
        !str_starts(tag, S("DELETE")) && !str_starts(tag, S("MERGE")))
        return 0;
    return text_i64(str_of(k->pq->changed(res)));
}

enum err pg_start(struct rows *r, const struct sql *q, struct args args) {
    struct pg_conn *k = pg_of(r->conn);
    struct params p;
    TRY(params_set(r->c, &p, args, q));
    TRY(pg_ready(r->c, k));
    TRY(pg_apply_budget(r->c, k));
    PGresult *res = NULL;
    TRY(run(r->c, k, q, &p, &res));
    r->result = res;
    r->ncols = k->pq->columns(res);
    r->total = k->pq->rows(res);
    r->changed = changed_rows(k, res);
    return OK;
}

/* --- rows --------------------------------------------------------------- */

static int hex(char ch) {
    return ch <= '9' ? ch - '0' : ch - 'a' + 10;
}

/* "\x6162" to bytes in the arena. */
static struct str bytea(struct arena *a, struct str s) {
    if (s.n <= 2)
        return S("");
    size_t n = (s.n - 2) / 2;
    char *p = arena_alloc(a, n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(hex(s.p[2 + 2 * i]) << 4 | hex(s.p[3 + 2 * i]));
    return (struct str){p, n};
}

/* Sums of bigint are numeric: an integer when it is one and fits. */
static struct val numeric(struct str s) {
    bool whole = true;
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && !(i == 0 && s.p[i] == '-'))
            whole = false;
    int64_t v = text_i64(s); /* the ends of its range mean "too large" */
    if (whole && v != INT64_MAX && v != INT64_MIN)
        return val_i64(v);
    return val_f64(text_f64(s));
}

static struct val decode(struct arena *a, Oid type, struct str s) {
    switch (type) {
    case OID_BOOL:
        return val_i64(s.n > 0 && s.p[0] == 't');
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
        return val_i64(text_i64(s));
    case OID_FLOAT4:
    case OID_FLOAT8:
        return val_f64(text_f64(s));
    case OID_NUMERIC:
        return numeric(s);
    case OID_BYTEA:
        return val_blob(bytea(a, s));
    default:
        return val_str(s);
    }
}

enum err pg_step(struct rows *r, bool *more) {
    const struct pg_conn *k = pg_of(r->conn);
    const PGresult *res = r->result;
    *more = r->at < r->total;
    if (!*more)
        return OK;
    int row = r->at++;
    for (int i = 0; i < r->ncells; i++) {
        if (k->pq->is_null(res, row, i)) {
            r->cells[i] = V_NULL;
            continue;
        }
        struct str s = {k->pq->value(res, row, i),
                        (size_t)k->pq->length(res, row, i)};
        r->cells[i] = decode(r->c->arena, k->pq->type(res, i), s);
    }
    return OK;
}

void pg_finish(struct rows *r) {
    pg_of(r->conn)->pq->clear(r->result);
    r->result = NULL;
}
