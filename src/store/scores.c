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

int score_grade_of(struct str name) {
    return number_of(grades, COUNT_OF(grades), name);
}

/* --- reading -------------------------------------------------------------- */

#define STATE                                                                  \
    "SELECT " SCORE_COLUMNS " FROM customer_stats s JOIN customer t ON"        \
    " t.id = s.id WHERE s.id "

static int grade_at(const struct rows *r, int col) {
    return score_grade_of(row_view(r, col));
}

static void read_figures(const struct rows *r, struct customer_figures *f) {
    f->sales = row_i64(r, 2);
    f->orders = row_i64(r, 3);
    f->last_day = (int32_t)row_i64(r, 4);
    for (int k = 0; k < STANDING_COUNT; k++)
        f->standing[k] = (int)row_i64(r, 5 + k);
}

void score_row(const struct rows *r, struct score_state *s) {
    *s = (struct score_state){.id = row_i64(r, 0),
                              .live = row_i64(r, 1) == 0,
                              .by_hand = grade_at(r, 9),
                              .by_hand_until = (int32_t)row_i64(r, 10),
                              .by_hand_reason = row_str(r, 19)};
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
        .gap = row_i64(r, 17),
        .by_hand = row_i64(r, 18) != 0};
}

SQL(Q_ONE, STATE "= $1");

enum err scores_one(struct ctx *c, int64_t id, struct score_state *out,
                    bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_ONE, ARGS(V(id)), &r, found));
    *out = (struct score_state){.id = id};
    if (*found)
        score_row(r, out);
    return OK;
}

/* --- values --------------------------------------------------------------- */

static struct val name_or_null(const char *name) {
    return name == NULL ? V_NULL : V(name);
}

struct val score_grade_value(int grade) {
    return name_or_null(grades[grade]);
}

struct val score_class_value(int abc) {
    return name_or_null(classes[abc]);
}

struct val score_band_value(int band) {
    return band == 0 ? V_NULL : V(band);
}

struct val score_gap_value(int64_t gap) {
    return gap < 0 ? V_NULL : V(gap);
}

/* --- history -------------------------------------------------------------- */

static const struct str history[] = {S_INIT("run_id"),
                                     S_INIT("as_of"),
                                     S_INIT("customer_id"),
                                     S_INIT("grade"),
                                     S_INIT("previous_grade"),
                                     S_INIT("abc_class"),
                                     S_INIT("r_score"),
                                     S_INIT("f_score"),
                                     S_INIT("m_score"),
                                     S_INIT("sales"),
                                     S_INIT("sales_rank"),
                                     S_INIT("at"),
                                     S_INIT("effective_grade"),
                                     S_INIT("previous_effective_grade"),
                                     S_INIT("source"),
                                     S_INIT("reason"),
                                     S_INIT("until")};
#define HISTORY COUNT_OF(history)

SQL(Q_NOTE,
    "INSERT INTO grade_history (run_id, as_of, customer_id, grade,"
    " previous_grade, abc_class, r_score, f_score, m_score, sales, sales_rank,"
    " at, effective_grade, previous_effective_grade, source, reason, until)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
    " $16, $17)");

/* Nobody's next score depends on it: a row waits for those of its group. */
static const struct db_later noted = {&Q_NOTE, S_INIT("grade_history"), history,
                                      HISTORY};

static const char *const source_names[] = {[SCORE_COMPUTED] = "computed",
                                           [SCORE_BY_HAND] = "by_hand",
                                           [SCORE_LIFTED] = "lifted",
                                           [SCORE_EXPIRED] = "expired"};

static void history_row(const struct ctx *c, const struct score_change *p,
                        int64_t run_id, struct val *out) {
    int64_t sales = p->was->figures.orders > 0 ? p->was->figures.sales : 0;
    bool set = p->source == SCORE_BY_HAND;
    *out++ = run_id == 0 ? V_NULL : V(run_id);
    *out++ = V(p->as_of);
    *out++ = V(p->was->id);
    *out++ = score_grade_value(p->now.grade);
    *out++ = score_grade_value(p->was->now.grade);
    *out++ = score_class_value(p->now.abc);
    *out++ = score_band_value(p->now.r);
    *out++ = score_band_value(p->now.f);
    *out++ = score_band_value(p->now.m);
    *out++ = V(sales);
    *out++ = p->rank == 0 ? V_NULL : V(p->rank);
    *out++ = V(c->now_ms);
    *out++ = score_grade_value(p->now.effective);
    *out++ = score_grade_value(p->was->now.effective);
    *out++ = V(source_names[p->source]);
    *out++ = set && p->was->by_hand_reason.n > 0 ? V(p->was->by_hand_reason)
                                                 : V_NULL;
    *out = set && p->was->by_hand_until != INT32_MAX ? V(p->was->by_hand_until)
                                                     : V_NULL;
}

enum err scores_note(struct ctx *c, const struct score_change *p,
                     int64_t run_id) {
    struct val v[HISTORY];
    history_row(c, p, run_id, v);
    return db_insert_later(c, &noted, (struct args){v, HISTORY});
}

enum err scores_note_all(struct ctx *c, const struct score_change *p, size_t n,
                         int64_t run_id) {
    struct sheet s = {.table = S("grade_history"), .rows = n};
    if (n == 0)
        return OK;
    for (size_t k = 0; k < HISTORY; k++)
        *VEC_PUSH(c->arena, &s.columns) = history[k];
    s.cells = NEW_ARRAY(c->arena, struct val, n * HISTORY);
    for (size_t i = 0; i < n; i++)
        history_row(c, &p[i], run_id, s.cells + i * HISTORY);
    return sheet_insert(c, &s);
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
    "'cost_entry' UNION ALL SELECT i.customer_id FROM change_log l JOIN"
    " interaction i ON i.id = l.record_id" BEHIND
    "'interaction' UNION ALL SELECT l.record_id FROM change_log l" BEHIND
    "'customer') k WHERE k.id IS NOT NULL ORDER BY k.id");

enum err scores_touched(struct ctx *c, struct feed_place after, int64_t **ids,
                        size_t *n) {
    struct rows *r;
    TRY(db_query(c, &Q_TOUCHED, ARGS(V(after.xid), V(after.seq)), &r));
    return rows_ids(r, ids, n);
}
