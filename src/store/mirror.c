/* Keeps the columns up to date. Owns them and one lock: whoever brings them up
 * to date holds it alone, whoever reads them shares it; while they are made
 * anew nobody waits for it who is waited for. Invariants: the columns hold what
 * the orders were at `place` or later, and each order changed behind `place` is
 * read again before the columns are lent (where an older transaction is open,
 * the first AHEAD_BATCHES * BATCH changes); a gap in the change log makes them
 * anew. */
#include "store/mirror_rows.h"

#include "base/time.h"
#include "store/store.h"
#include "store/taken.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 5000
/* Rows that are not settled are listed again each time the columns are asked
 * for, so not without end: more of them wait until they are. */
#define AHEAD_BATCHES 20
#define SUFFIX ".cols"
#define LOOK_NS 20000000
/* How long a request waits: until the making is so old, or others at work have
 * had the lock so long. */
#define MAKING_US 1000000
#define WAIT_US 2000000

struct mirror {
    struct arena *arena; /* of this alone */
    pthread_rwlock_t lock;
    _Atomic int64_t making_us; /* made anew since, monotonic; 0: it is not */
    struct mirror_rows rows;
    struct mirror_people people;
    struct feed_place place;
    struct taken taken;
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
        mirror_file_write(file_of(a, path), m->secret, &m->rows, &m->people,
                          &mark);
        arena_free(a);
    }
    mirror_rows_clear(&m->rows);
    mirror_people_clear(&m->people);
    taken_clear(&m->taken);
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

/* Customers that are not plain (mirror_person_plain). */
#define PERSON                                                                 \
    "SELECT id, coalesce(deleted_at, 0), CASE WHEN grade_override IS NULL "    \
    "THEN"                                                                     \
    " 0 ELSE 1 END, credit_score, influence_score, prospects_score,"           \
    " loyalty_score FROM customer WHERE "
SQL(Q_PEOPLE,
    PERSON "deleted_at IS NOT NULL OR grade_override IS NOT NULL OR"
           " credit_score IS NOT NULL OR influence_score IS NOT NULL OR"
           " prospects_score IS NOT NULL OR loyalty_score IS NOT NULL"
           " ORDER BY id");
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

static struct mirror_person person_of(const struct rows *r) {
    struct mirror_person p;
    memset(&p, 0, sizeof p);
    p.id = row_i64(r, 0);
    p.gone = row_i64(r, 1) != 0;
    p.by_hand = row_i64(r, 2) != 0;
    for (int k = 0; k < STANDING_COUNT; k++)
        p.standing[k] = (uint8_t)row_i64(r, 3 + k);
    return p;
}

static enum err take_people(struct rows *r, struct mirror *m) {
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        struct mirror_person p = person_of(r);
        mirror_people_put(&m->people, &p);
    }
}

/* The place first: what is written while the orders are read is read again. */
static enum err fill(struct ctx *c, struct mirror *m) {
    int64_t n;
    struct feed_place end;
    mirror_rows_clear(&m->rows);
    mirror_people_clear(&m->people);
    m->filled = false;
    TRY(feed_end(c, &end));
    TRY(db_i64(c, &Q_COUNT, NO_ARGS, 0, &n));
    mirror_rows_reserve(&m->rows, (size_t)n);
    TRY(each_sale(c, append, &m->rows));
    struct rows *people;
    TRY(db_query(c, &Q_PEOPLE, NO_ARGS, &people));
    TRY(take_people(people, m));
    m->place = end;
    m->filled = m->changed = true;
    return OK;
}

/* Those of the orders that are no sale any more come without a row. */
static enum err read_orders(struct ctx *c, struct mirror *m, const int64_t *ids,
                            size_t n) {
    struct sqlb b;
    struct rows *r;
    size_t at = 0;
    bool more = n > 0;
    if (n == 0)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b,
         "SELECT id, customer_id, ordered_on, sales FROM \"order\" WHERE " SALE
         " AND id");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " ORDER BY id");
    TRY(sqlb_query(&b, &r));
    m->changed = true;
    for (;;) {
        TRY(rows_next(r, &more));
        struct mirror_row row = {.order = INT64_MAX};
        if (more)
            row = row_of(r);
        for (; at < n && ids[at] < row.order; at++)
            mirror_rows_put(&m->rows, &(struct mirror_row){.order = ids[at]});
        if (!more)
            return OK;
        mirror_rows_put(&m->rows, &row);
        at++;
    }
}

static enum err read_people(struct ctx *c, struct mirror *m, const int64_t *ids,
                            size_t n) {
    struct sqlb b;
    struct rows *r;
    if (n == 0)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, PERSON "id");
    sqlb_in_ids(&b, ids, n);
    TRY(sqlb_query(&b, &r));
    m->changed = true;
    return take_people(r, m);
}

/* --- following the change log --------------------------------------------- */

static int rising(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

/* Numbers, once each and rising. */
static size_t distinct(int64_t *ids, size_t n) {
    size_t k = 0;
    if (n > 1)
        qsort(ids, n, sizeof *ids, rising);
    for (size_t i = 0; i < n; i++)
        if (k == 0 || ids[i] != ids[k - 1])
            ids[k++] = ids[i];
    return k;
}

static size_t ids_about(struct ctx *c, const struct feed_row *rows, size_t n,
                        const char *entity, int64_t **out) {
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (rows[i].info != NULL && str_eqc(rows[i].info->e->name, entity))
            ids[k++] = rows[i].record_id;
    *out = ids;
    return distinct(ids, k);
}

static enum err orders_of_lines(struct ctx *c, const int64_t *lines, size_t n,
                                int64_t **out, size_t *n_out) {
    struct sqlb b;
    struct rows *r;
    *out = NULL;
    *n_out = 0;
    if (n == 0)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT order_id FROM order_line WHERE id");
    sqlb_in_ids(&b, lines, n);
    TRY(sqlb_query(&b, &r));
    TRY(rows_ids(r, out, n_out));
    *n_out = distinct(*out, *n_out);
    return OK;
}

static enum err apply(struct ctx *c, struct mirror *m,
                      const struct feed_row *rows, size_t n) {
    int64_t *ids, *of_lines;
    size_t k = ids_about(c, rows, n, "order_line", &ids), n_lines;
    TRY(orders_of_lines(c, ids, k, &of_lines, &n_lines));
    TRY(read_orders(c, m, of_lines, n_lines));
    k = ids_about(c, rows, n, "order", &ids);
    TRY(read_orders(c, m, ids, k));
    k = ids_about(c, rows, n, "customer", &ids);
    return read_people(c, m, ids, k);
}

/* Settled rows, a batch at a time in memory of its own. */
static enum err follow_settled(struct ctx *c, struct mirror *m) {
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

/* Rows that are committed, but not settled: each is taken over once. */
static enum err follow_batch(struct ctx *c, struct mirror *m,
                             struct feed_place *at, struct taken *next,
                             size_t *n) {
    struct feed_row *rows;
    TRY(feed_committed(c, *at, BATCH, &rows, n));
    if (*n > 0)
        *at = rows[*n - 1].place;
    return apply(c, m, rows, taken_fresh(&m->taken, rows, *n, next));
}

static enum err follow_committed(struct ctx *c, struct mirror *m) {
    struct arena *outer = c->arena, *batch = arena_new();
    struct feed_place at = m->place;
    struct taken next = {0};
    size_t n = BATCH;
    enum err e = OK;
    for (int i = 0; e == OK && n == BATCH && i < AHEAD_BATCHES; i++) {
        arena_reset(batch);
        c->arena = batch;
        e = follow_batch(c, m, &at, &next, &n);
        c->arena = outer;
        if (e != OK)
            fail_keep(c, outer);
    }
    arena_free(batch);
    taken_replace(&m->taken, &next);
    return e;
}

/* Who has just been answered that an order is saved finds it in the figures,
 * whatever else is open in the database server: a backup is for hours. */
static enum err follow(struct ctx *c, struct mirror *m) {
    TRY(follow_settled(c, m));
    return follow_committed(c, m);
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
    m->filled = mirror_file_read(path, m->secret, &m->rows, &m->people, &mark);
    m->changed = false;
    if (m->filled) {
        m->place = mark.place;
        m->check = mark.check;
    }
    return OK;
}

/* Out of its file or of the database. */
static enum err read_whole(struct ctx *c, struct mirror *m) {
    bool known = false;
    taken_clear(&m->taken);
    if (!m->filled) {
        TRY(read_file(c, m));
        if (m->filled)
            TRY(is_known(c, m, &known));
    }
    return known ? OK : fill(c, m);
}

static enum err catch_up(struct ctx *c, struct mirror *m) {
    bool known = false;
    if (m->filled)
        TRY(is_known(c, m, &known));
    if (!known)
        TRY(read_whole(c, m));
    TRY(follow(c, m));
    return db_i64(c, &Q_CHECK, ARGS(V(m->place.seq)), 0, &m->check);
}

/* For everybody: the budget of who came first does not end it, or on a large
 * company, or after a large import, nobody ever had it. */
static enum err bring_up(struct ctx *c, struct mirror *m) {
    int budget = db_budget_lift(c);
    atomic_store(&m->making_us, clock_monotonic_us());
    enum err e = catch_up(c, m);
    atomic_store(&m->making_us, 0);
    db_budget(c, budget);
    return e;
}

/* --- lending -------------------------------------------------------------- */

static bool is_long(const struct mirror *m, int64_t begun_us) {
    int64_t now = clock_monotonic_us(), since = atomic_load(&m->making_us);
    return now - begun_us > WAIT_US || (since != 0 && now - since > MAKING_US);
}

/* The lock, alone. A job waits for it; who has somebody waiting for an answer
 * would keep a thread from others for as long as the columns are made. */
static enum err enter(struct ctx *c, struct mirror *m) {
    int64_t begun = clock_monotonic_us();
    if (!db_has_budget(c)) {
        pthread_rwlock_wrlock(&m->lock);
        return OK;
    }
    do {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_rwlock_timedwrlock(&m->lock, &until) == 0)
            return OK;
    } while (!is_long(m, begun));
    return fail(c, ERR_BUSY, "", "mirror_making");
}

enum err mirror_open(struct ctx *c, struct mirror_view *out) {
    struct mirror *m = store_mirror(c->store);
    if (c->hasty)
        return ERR_TOO_BROAD;
    for (;;) {
        TRY(enter(c, m));
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
                                .people = m->people.p,
                                .n_people = m->people.n,
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
