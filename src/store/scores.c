/* Statements of scores. Owns nothing. Invariant: only columns that differ are
 * named, because each of them costs an index entry: on SQLite row by row in
 * order of ids, on PostgreSQL, where a row is written whole, all in one. */
#include "store/scores.h"

#include "store/sheet.h"
#include "store/store.h"

static const char *const grades[] = {NULL, "vip", "main", "ordinary", "small"};
static const char *const classes[] = {NULL, "a", "b", "c"};

const char *score_grade_name(int grade) {
    return grades[grade];
}

const char *score_class_name(int abc) {
    return classes[abc];
}

static int number_of(const char *const *names, size_t n, struct str s) {
    for (size_t i = 1; s.n > 0 && i < n; i++)
        if (str_eqc(s, names[i]))
            return (int)i;
    return 0;
}

/* --- reading -------------------------------------------------------------- */

#define STATE                                                                  \
    "SELECT s.id, coalesce(t.deleted_at, 0), s.sales, s.orders,"               \
    " s.last_order_on, t.credit_score, t.influence_score, t.prospects_score,"  \
    " t.loyalty_score, t.grade_override, coalesce(t.grade_override_until,"     \
    " 2147483647), s.grade, s.effective_grade, s.abc_class, s.r_score,"        \
    " s.f_score, s.m_score, coalesce(s.border_gap, -1) FROM customer_stats s"  \
    " JOIN customer t ON t.id = s.id WHERE s.id "

static int grade_at(const struct rows *r, int col) {
    return number_of(grades, COUNT_OF(grades), row_view(r, col));
}

static void read_figures(const struct rows *r, struct customer_figures *f) {
    f->sales = row_i64(r, 2);
    f->orders = row_i64(r, 3);
    f->last_day = (int32_t)row_i64(r, 4);
    for (int k = 0; k < STANDING_COUNT; k++)
        f->standing[k] = (int)row_i64(r, 5 + k);
}

static void read_state(const struct rows *r, struct score_state *s) {
    *s = (struct score_state){.id = row_i64(r, 0),
                              .live = row_i64(r, 1) == 0,
                              .by_hand = grade_at(r, 9),
                              .by_hand_until = (int32_t)row_i64(r, 10)};
    s->figures.id = s->id;
    if (s->live)
        read_figures(r, &s->figures);
    s->now = (struct score_set){
        .grade = grade_at(r, 11),
        .effective = grade_at(r, 12),
        .abc = number_of(classes, COUNT_OF(classes), row_view(r, 13)),
        .r = (int)row_i64(r, 14),
        .f = (int)row_i64(r, 15),
        .m = (int)row_i64(r, 16),
        .gap = row_i64(r, 17)};
}

static enum err read_states(struct ctx *c, struct rows *r,
                            struct score_state **out, size_t *n_out) {
    VEC(struct score_state) v = {0};
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        read_state(r, VEC_PUSH(c->arena, &v));
    }
    *out = v.p;
    *n_out = v.n;
    return OK;
}

SQL(Q_ONE, STATE "= $1");
SQL(Q_ONE_HELD, STATE "= $1 FOR UPDATE OF s"); /* where others write too */

enum err scores_of(struct ctx *c, const int64_t *ids, size_t n,
                   struct score_state **out, size_t *n_out) {
    struct sqlb b;
    struct rows *r;
    if (n == 1) {
        bool alone = store_one_writer(c->store);
        TRY(db_query(c, alone ? &Q_ONE : &Q_ONE_HELD, ARGS(V(ids[0])), &r));
        return read_states(c, r, out, n_out);
    }
    sqlb_init(&b, c);
    SQLB(&b, STATE);
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " ORDER BY s.id");
    sqlb_hold(&b, S("s"));
    TRY(sqlb_query(&b, &r));
    return read_states(c, r, out, n_out);
}

enum err scores_one(struct ctx *c, int64_t id, struct score_state *out,
                    bool *found) {
    struct score_state *s;
    struct rows *r;
    size_t n;
    TRY(db_query(c, &Q_ONE, ARGS(V(id)), &r));
    TRY(read_states(c, r, &s, &n));
    *found = n > 0;
    *out = n > 0 ? s[0] : (struct score_state){.id = id};
    return OK;
}

enum err scores_behind(struct ctx *c, int64_t after, size_t n,
                       struct score_state **out, size_t *n_out) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, STATE "> ");
    sqlb_value(&b, V(after));
    SQLB(&b, " ORDER BY s.id LIMIT ");
    sqlb_value(&b, V((int64_t)n));
    sqlb_hold(&b, S("s"));
    TRY(sqlb_query(&b, &r));
    return read_states(c, r, out, n_out);
}

/* --- writing, row by row
 * -------------------------------------------------------------------- */

SQL(Q_GRADE, "UPDATE customer_stats SET grade = $2 WHERE id = $1");
SQL(Q_EFFECTIVE, "UPDATE customer_stats SET effective_grade = $2 WHERE id ="
                 " $1");
SQL(Q_CLASS, "UPDATE customer_stats SET abc_class = $2 WHERE id = $1");
SQL(Q_R, "UPDATE customer_stats SET r_score = $2 WHERE id = $1");
SQL(Q_F, "UPDATE customer_stats SET f_score = $2 WHERE id = $1");
SQL(Q_M, "UPDATE customer_stats SET m_score = $2 WHERE id = $1");
SQL(Q_GAP, "UPDATE customer_stats SET border_gap = $2 WHERE id = $1");
SQL(Q_ALL, "UPDATE customer_stats SET grade = $2, effective_grade = $3,"
           " abc_class = $4, r_score = $5, f_score = $6, m_score = $7,"
           " border_gap = $8 WHERE id = $1");

static struct val name_or_null(const char *name) {
    return name == NULL ? V_NULL : V(name);
}

static struct val score_or_null(int v) {
    return v == 0 ? V_NULL : V(v);
}

#define COLUMNS 7 /* in the order of Q_ALL */

static void values_of(const struct score_set *s, struct val out[COLUMNS]) {
    out[0] = name_or_null(grades[s->grade]);
    out[1] = name_or_null(grades[s->effective]);
    out[2] = name_or_null(classes[s->abc]);
    out[3] = score_or_null(s->r);
    out[4] = score_or_null(s->f);
    out[5] = score_or_null(s->m);
    out[6] = s->gap < 0 ? V_NULL : V(s->gap);
}

static int differing(const struct score_set *a, const struct score_set *b,
                     bool out[COLUMNS]) {
    int n = 0;
    out[0] = a->grade != b->grade;
    out[1] = a->effective != b->effective;
    out[2] = a->abc != b->abc;
    out[3] = a->r != b->r;
    out[4] = a->f != b->f;
    out[5] = a->m != b->m;
    out[6] = a->gap != b->gap;
    for (int k = 0; k < COLUMNS; k++)
        n += out[k];
    return n;
}

#define FEW 3 /* from here on all columns together cost less */

static enum err write_row(struct ctx *c, const struct score_change *p) {
    static const struct sql *const one[COLUMNS] = {
        &Q_GRADE, &Q_EFFECTIVE, &Q_CLASS, &Q_R, &Q_F, &Q_M, &Q_GAP};
    struct val v[COLUMNS], id = V(p->was->id);
    bool other[COLUMNS];
    int n = differing(&p->was->now, &p->now, other);
    values_of(&p->now, v);
    if (n > FEW)
        return db_exec(c, &Q_ALL,
                       ARGS(id, v[0], v[1], v[2], v[3], v[4], v[5], v[6]),
                       NULL);
    for (int k = 0; k < COLUMNS; k++)
        if (other[k])
            TRY(db_exec(c, one[k], ARGS(id, v[k]), NULL));
    return OK;
}

/* --- writing, all at once
 * ------------------------------------------------------------------- */

/* The id, then those of Q_ALL. */
static void numbers_of(const struct score_change *p, int64_t *columns,
                       size_t step) {
    const struct score_set *s = &p->now;
    columns[0 * step] = p->was->id;
    columns[1 * step] = s->grade;
    columns[2 * step] = s->effective;
    columns[3 * step] = s->abc;
    columns[4 * step] = s->r;
    columns[5 * step] = s->f;
    columns[6 * step] = s->m;
    columns[7 * step] = s->gap;
}

static enum err write_together(struct ctx *c, const struct score_change *p,
                               size_t n) {
    int64_t *columns = NEW_ARRAY(c->arena, int64_t, (COLUMNS + 1) * n);
    struct sqlb b;
    for (size_t i = 0; i < n; i++)
        numbers_of(&p[i], columns + i, n);
    sqlb_init(&b, c);
    SQLB(&b, "UPDATE customer_stats s SET grade ="
             " (ARRAY['vip', 'main', 'ordinary', 'small'])[v.grade::int],"
             " effective_grade ="
             " (ARRAY['vip', 'main', 'ordinary', 'small'])[v.effective::int],"
             " abc_class = (ARRAY['a', 'b', 'c'])[v.abc::int],"
             " r_score = nullif(v.r, 0), f_score = nullif(v.f, 0),"
             " m_score = nullif(v.m, 0), border_gap = nullif(v.gap, -1)"
             " FROM unnest(");
    for (size_t k = 0; k <= COLUMNS; k++) {
        if (k > 0)
            SQLB(&b, ", ");
        sqlb_value(&b, val_ids(columns + k * n, n));
        SQLB(&b, "::bigint[]");
    }
    SQLB(&b, ") AS v (id, grade, effective, abc, r, f, m, gap)"
             " WHERE s.id = v.id");
    return sqlb_exec(&b, NULL);
}

/* --- history -------------------------------------------------------------- */

static void history_row(const struct ctx *c, const struct score_change *p,
                        struct val *out) {
    int64_t sales = p->was->figures.orders > 0 ? p->was->figures.sales : 0;
    *out++ = V(p->was->id);
    *out++ = name_or_null(grades[p->now.grade]);
    *out++ = name_or_null(grades[p->was->now.grade]);
    *out++ = name_or_null(classes[p->now.abc]);
    *out++ = score_or_null(p->now.r);
    *out++ = score_or_null(p->now.f);
    *out++ = score_or_null(p->now.m);
    *out++ = V(sales);
    *out++ = p->rank == 0 ? V_NULL : V(p->rank);
    *out = V(c->now_ms);
}

static enum err write_history(struct ctx *c, const struct score_change *p,
                              size_t n, int64_t run_id, int32_t as_of) {
    static const struct str names[] = {
        S_INIT("run_id"),  S_INIT("as_of"),          S_INIT("customer_id"),
        S_INIT("grade"),   S_INIT("previous_grade"), S_INIT("abc_class"),
        S_INIT("r_score"), S_INIT("f_score"),        S_INIT("m_score"),
        S_INIT("sales"),   S_INIT("sales_rank"),     S_INIT("at")};
    struct sheet s = {.table = S("grade_history")};
    for (size_t k = 0; k < COUNT_OF(names); k++)
        *VEC_PUSH(c->arena, &s.columns) = names[k];
    s.cells = NEW_ARRAY(c->arena, struct val, n * COUNT_OF(names) + 1);
    for (size_t i = 0; i < n; i++) {
        if (!p[i].moved)
            continue;
        struct val *at = s.cells + s.rows++ * COUNT_OF(names);
        at[0] = V(run_id);
        at[1] = V(as_of);
        history_row(c, &p[i], at + 2);
    }
    return s.rows > 0 ? sheet_insert(c, &s) : OK;
}

enum err scores_write(struct ctx *c, const struct score_change *p, size_t n,
                      int64_t run_id, int32_t as_of) {
    if (n == 0)
        return OK;
    if (!store_one_writer(c->store))
        TRY(write_together(c, p, n));
    for (size_t i = 0; i < n && store_one_writer(c->store); i++)
        TRY(write_row(c, &p[i]));
    return write_history(c, p, n, run_id, as_of);
}

/* --- whom changes touch --------------------------------------------------- */

#define BEHIND " WHERE (l.xid, l.id) > ($1, $2) AND l.entity = "
SQL(Q_TOUCHED,
    "SELECT DISTINCT k.id FROM (SELECT o.customer_id AS id FROM change_log l"
    " JOIN \"order\" o ON o.id = l.record_id" BEHIND "'order'"
    " UNION ALL SELECT o.customer_id FROM change_log l JOIN order_line x ON"
    " x.id = l.record_id JOIN \"order\" o ON o.id = x.order_id" BEHIND
    "'order_line' UNION ALL SELECT e.customer_id FROM change_log l JOIN"
    " cost_entry e ON e.id = l.record_id" BEHIND
    "'cost_entry' UNION ALL SELECT l.record_id FROM change_log l" BEHIND
    "'customer') k WHERE k.id IS NOT NULL ORDER BY k.id");

enum err scores_touched(struct ctx *c, struct feed_place after, int64_t **ids,
                        size_t *n) {
    struct rows *r;
    VEC(int64_t) v = {0};
    TRY(db_query(c, &Q_TOUCHED, ARGS(V(after.xid), V(after.seq)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = row_i64(r, 0);
    }
    *ids = v.p;
    *n = v.n;
    return OK;
}
