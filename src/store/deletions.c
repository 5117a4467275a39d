/* What went into the bin together, for choosing in it. Owns nothing; the
 * connection's thread. */
#include "base/json.h"
#include "store/purge.h"
#include "store/user.h"

SQL(Q_REVERTS, "SELECT args, cursor FROM job WHERE kind = 'import_revert'"
               " AND cursor IS NOT NULL ORDER BY id DESC LIMIT 500");
SQL(Q_IMPORT, "SELECT filename FROM import WHERE id = $1");

struct groups {
    VEC(struct deletion) v;
};

static struct deletion *of_number(struct ctx *c, struct groups *g,
                                  int64_t number) {
    for (size_t i = 0; i < g->v.n; i++)
        if (g->v.p[i].number == number)
            return &g->v.p[i];
    struct deletion *d = VEC_PUSH(c->arena, &g->v);
    *d = (struct deletion){.number = number};
    return d;
}

static enum err add_entity(struct ctx *c, const struct entity *e, size_t most,
                           struct groups *g) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT \"deleted_with\", max(\"deleted_at\"),"
             " max(\"updated_by\"), count(*) FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE \"deleted_at\" IS NOT NULL GROUP BY \"deleted_with\""
             " ORDER BY 2 DESC LIMIT ");
    sqlb_value(&b, V((int64_t)most));
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        struct deletion *d = of_number(c, g, row_i64(r, 0));
        d->at = row_i64(r, 1) > d->at ? row_i64(r, 1) : d->at;
        d->by = row_i64(r, 2);
        d->records += row_i64(r, 3);
    }
}

static int later(const void *a, const void *b) {
    const struct deletion *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? 1 : -1)
                          : (x->number < y->number) - (x->number > y->number);
}

struct revert {
    int64_t number, import_id;
};

/* Text that cannot be read tells nothing, and is no reason to tell of nothing
 * else. */
static int64_t number_in(struct str text, const char *key) {
    json_t *o = json_loadb(text.n > 0 ? text.p : "", text.n, 0, NULL);
    int64_t number = json_integer_value(json_object_get(o, key));
    json_decref(o);
    return number;
}

static enum err reverts(struct ctx *c, struct revert *out, size_t *n) {
    struct rows *r;
    *n = 0;
    TRY(db_query(c, &Q_REVERTS, NO_ARGS, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        out[*n] = (struct revert){number_in(row_str(r, 1), "operation"),
                                  number_in(row_str(r, 0), "import_id")};
        *n += out[*n].number != 0;
    }
}

static enum err name(struct ctx *c, struct deletion *d, const struct revert *of,
                     size_t n) {
    struct rows *r;
    struct user u;
    bool found;
    TRY(user_by_id(c, d->by, &u, &found));
    if (found)
        d->by_name = u.name;
    for (size_t i = 0; i < n; i++)
        if (of[i].number == d->number)
            d->import_id = of[i].import_id;
    if (d->import_id == 0)
        return OK;
    TRY(db_one(c, &Q_IMPORT, ARGS(V(d->import_id)), &r, &found));
    if (found)
        d->import_name = row_str(r, 0);
    rows_end(r);
    return OK;
}

enum err deletions(struct ctx *c, size_t most, struct deletion **out,
                   size_t *n_out) {
    struct revert *of = NEW_ARRAY(c->arena, struct revert, 500);
    struct groups g = {0};
    size_t n;
    for (size_t k = 0; k < c->registry->model->n; k++)
        if (purge_takes(c, &c->registry->info[k]))
            TRY(add_entity(c, c->registry->info[k].e, most, &g));
    if (g.v.n > 1)
        qsort(g.v.p, g.v.n, sizeof *g.v.p, later);
    *n_out = g.v.n < most ? g.v.n : most;
    *out = g.v.p;
    TRY(reverts(c, of, &n));
    for (size_t k = 0; k < *n_out; k++)
        TRY(name(c, &g.v.p[k], of, n));
    return OK;
}
