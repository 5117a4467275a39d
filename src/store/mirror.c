/* Keeps the columns up to date. Owns them and one lock: whoever brings them up
 * to date holds it alone, whoever reads them shares it. Invariants: the columns
 * hold what the orders were at `place` or later, and each order changed behind
 * `place` is read again before the columns are lent; a gap in the change log
 * makes them anew. */
#include "store/mirror_rows.h"
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 5000
#define SUFFIX ".cols"

struct mirror {
    struct arena *arena; /* of this alone */
    pthread_rwlock_t lock;
    struct mirror_rows rows;
    struct feed_place place;
    bool filled;
    bool changed; /* since the file was read or written */
    unsigned char secret[32];
    int64_t check; /* of the row at place */
};

struct mirror *mirror_new(void) {
    struct arena *a = arena_new();
    struct mirror *m = NEW(a, struct mirror);
    m->arena = a;
    pthread_rwlock_init(&m->lock, NULL);
    return m;
}

static struct str file_of(struct arena *a, struct str db_file) {
    return db_file.n == 0 ? S("")
                          : str_fmt(a, STR_FMT SUFFIX, STR_ARG(db_file));
}

void mirror_free(struct mirror *m, struct str path) {
    if (m == NULL)
        return;
    if (m->filled && m->changed) {
        struct arena *a = arena_new();
        struct mirror_mark mark = {m->place, m->check};
        mirror_file_write(file_of(a, path), m->secret, &m->rows, &mark);
        arena_free(a);
    }
    mirror_rows_clear(&m->rows);
    pthread_rwlock_destroy(&m->lock);
    arena_free(m->arena);
}

/* --- reading the database ------------------------------------------------- */

#define SALE                                                                   \
    "kind = 'sale' AND status NOT IN ('draft', 'cancelled') AND sales > 0 AND" \
    " deleted_at IS NULL AND customer_id IS NOT NULL"

SQL(Q_COUNT, "SELECT count(*) FROM \"order\" WHERE " SALE);
SQL(Q_ALL,
    "SELECT id, customer_id, ordered_on, sales FROM \"order\" WHERE " SALE
    " ORDER BY id");
SQL(Q_ONE,
    "SELECT id, customer_id, ordered_on, sales FROM \"order\" WHERE " SALE
    " AND id = $1");
SQL(Q_LINE, "SELECT order_id FROM order_line WHERE id = $1");
/* Fits one row of the change log, not another in its place. */
SQL(Q_CHECK, "SELECT at + record_id FROM change_log WHERE id = $1");

static struct mirror_row row_of(const struct rows *r) {
    return (struct mirror_row){.order = row_i64(r, 0),
                               .customer = row_i64(r, 1),
                               .day = (int32_t)row_i64(r, 2),
                               .sales = row_i64(r, 3)};
}

static enum err each_sale(struct ctx *c, void (*fn)(void *, struct mirror_row),
                          void *arg) {
    struct rows *r;
    TRY(db_query(c, &Q_ALL, NO_ARGS, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        fn(arg, row_of(r));
    }
}

static void append(void *arg, struct mirror_row row) {
    mirror_rows_append(arg, &row);
}

/* The place first: what is written while the orders are read is read again. */
static enum err fill(struct ctx *c, struct mirror *m) {
    int64_t n;
    struct feed_place end;
    mirror_rows_clear(&m->rows);
    m->filled = false;
    TRY(feed_end(c, &end));
    TRY(db_i64(c, &Q_COUNT, NO_ARGS, 0, &n));
    mirror_rows_reserve(&m->rows, (size_t)n);
    TRY(each_sale(c, append, &m->rows));
    m->place = end;
    m->filled = m->changed = true;
    return OK;
}

static enum err read_order(struct ctx *c, struct mirror *m, int64_t id) {
    struct mirror_row row = {.order = id};
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_ONE, ARGS(V(id)), &r, &found));
    if (found)
        row = row_of(r);
    rows_end(r);
    mirror_rows_put(&m->rows, &row);
    m->changed = true;
    return OK;
}

/* --- following the change log --------------------------------------------- */

static int rising(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

/* The order a change is about; 0: about none. */
static enum err order_of(struct ctx *c, const struct feed_row *row,
                         int64_t *out) {
    *out = 0;
    if (row->info == NULL)
        return OK;
    if (str_eqc(row->info->e->name, "order"))
        *out = row->record_id;
    else if (str_eqc(row->info->e->name, "order_line"))
        return db_i64(c, &Q_LINE, ARGS(V(row->record_id)), 0, out);
    return OK;
}

static enum err apply(struct ctx *c, struct mirror *m,
                      const struct feed_row *rows, size_t n) {
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        TRY(order_of(c, &rows[i], &ids[k]));
        k += ids[k] != 0;
    }
    qsort(ids, k, sizeof *ids, rising);
    for (size_t i = 0; i < k; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            TRY(read_order(c, m, ids[i]));
    return OK;
}

/* Each batch in memory of its own. */
static enum err follow(struct ctx *c, struct mirror *m) {
    struct arena *outer = c->arena, *batch = arena_new();
    size_t n = BATCH;
    enum err e = OK;
    while (e == OK && n == BATCH) {
        struct feed_row *rows;
        arena_reset(batch);
        c->arena = batch;
        e = feed_read(c, m->place, BATCH, &rows, &n);
        if (e == OK)
            e = apply(c, m, rows, n);
        if (e == OK && n > 0)
            m->place = rows[n - 1].place;
        c->arena = outer;
        if (e != OK)
            fail_keep(c, outer);
    }
    arena_free(batch);
    return e;
}

/* Is the place one of this database's own past? Else it is made anew. */
static enum err is_known(struct ctx *c, const struct mirror *m, bool *out) {
    int64_t now;
    enum err e = feed_check(c, m->place);
    *out = false;
    if (e == ERR_GONE) {
        fail_clear(c);
        return OK;
    }
    TRY(e);
    TRY(db_i64(c, &Q_CHECK, ARGS(V(m->place.seq)), 0, &now));
    *out = now == m->check;
    return OK;
}

static enum err read_file(struct ctx *c, struct mirror *m) {
    struct mirror_mark mark;
    memcpy(m->secret, store_secret(c->store), sizeof m->secret);
    struct str path = file_of(c->arena, db_path(store_db(c->store)));
    m->filled = mirror_file_read(path, m->secret, &m->rows, &mark);
    m->changed = false;
    if (m->filled) {
        m->place = mark.place;
        m->check = mark.check;
    }
    return OK;
}

static enum err bring_up(struct ctx *c, struct mirror *m) {
    bool known = false;
    if (!m->filled)
        TRY(read_file(c, m));
    if (m->filled)
        TRY(is_known(c, m, &known));
    if (!known)
        TRY(fill(c, m));
    TRY(follow(c, m));
    return db_i64(c, &Q_CHECK, ARGS(V(m->place.seq)), 0, &m->check);
}

/* --- lending -------------------------------------------------------------- */

enum err mirror_open(struct ctx *c, struct mirror_view *out) {
    struct mirror *m = store_mirror(c->store);
    for (;;) {
        pthread_rwlock_wrlock(&m->lock);
        enum err e = bring_up(c, m);
        if (e != OK)
            m->filled = false; /* half applied: not shown to anybody */
        pthread_rwlock_unlock(&m->lock);
        if (e != OK)
            return e;
        pthread_rwlock_rdlock(&m->lock);
        if (m->filled)
            break;
        pthread_rwlock_unlock(&m->lock); /* another has failed in between */
    }
    *out = (struct mirror_view){.mirror = m,
                                .order = m->rows.order,
                                .customer = m->rows.customer,
                                .day = m->rows.day,
                                .sales = m->rows.sales,
                                .n = m->rows.n,
                                .place = m->place};
    return OK;
}

void mirror_close(struct mirror_view *v) {
    pthread_rwlock_unlock(&v->mirror->lock);
}

struct comparing {
    const struct mirror_view *v;
    size_t at;
    int64_t wrong;
};

static void compare(void *arg, struct mirror_row row) {
    struct comparing *k = arg;
    const struct mirror_view *v = k->v;
    for (; k->at < v->n && v->order[k->at] < row.order; k->at++)
        k->wrong += v->sales[k->at] > 0;
    if (k->at < v->n && v->order[k->at] == row.order) {
        k->wrong += v->customer[k->at] != row.customer ||
                    v->day[k->at] != row.day || v->sales[k->at] != row.sales;
        k->at++;
    } else {
        k->wrong++;
    }
}

enum err mirror_check(struct ctx *c, int64_t *wrong) {
    struct mirror_view v;
    TRY(mirror_open(c, &v));
    struct comparing k = {.v = &v};
    enum err e = each_sale(c, compare, &k);
    for (; k.at < v.n; k.at++)
        k.wrong += v.sales[k.at] > 0;
    mirror_close(&v);
    *wrong = k.wrong;
    return e;
}
