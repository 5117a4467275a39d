/* Conformance of the drivers: values, rows, cursors, errors. The same checks
 * run on every engine. */
#include "test_db.h"

#include <math.h>

SQL(Q_PUT, "INSERT INTO vals (id, i, f, s, b) VALUES ($1, $2, $3, $4, $5)");
SQL(Q_GET, "SELECT i, f, s, b FROM vals WHERE id = $1");
SQL(Q_BACKWARDS, "SELECT CAST($2 AS BIGINT), CAST($1 AS BIGINT)");
SQL(Q_TWICE, "SELECT CAST($1 AS BIGINT) + CAST($1 AS BIGINT)");
SQL(Q_ALL, "SELECT id, s FROM vals ORDER BY id");
SQL(Q_DELETE, "DELETE FROM vals");
SQL(Q_COUNT, "SELECT count(*) FROM vals");
SQL(Q_BOOL, "SELECT 1 = 1, 1 = 2");
SQL(Q_SUM, "SELECT sum(i) FROM vals");

static struct rows *get(int64_t id) {
    struct rows *r;
    bool found;
    must(db_one(&env.c, &Q_GET, ARGS(V(id)), &r, &found), "get");
    CHECK(found);
    return r;
}

static void put(int64_t id, struct val i, struct val f, struct val s,
                struct val b) {
    must(db_exec(&env.c, &Q_PUT, ARGS(V(id), i, f, s, b), NULL), "put");
}

static void clear(void) {
    fresh();
    must(db_exec(&env.c, &Q_DELETE, NO_ARGS, NULL), "clear");
}

static void values_come_back(void) {
    static const int64_t ints[] = {0,         1,         -1,
                                   INT64_MAX, INT64_MIN, 9007199254740993};
    static const double floats[] = {0, -0.1, 1e300, 5e-324, 1.0 / 3, 3};
    clear();
    for (int k = 0; k < 6; k++) {
        put(k, V(ints[k]), V(floats[k]), V("x"), V_NULL);
        struct rows *r = get(k);
        CHECK_I64(row_i64(r, 0), ints[k]);
        CHECK(row_f64(r, 1) == floats[k]);
    }
}

static void text_and_bytes_come_back(void) {
    clear();
    struct str text = S("王小明 \U0001F600 é 'quote' \"two\" \\ $1 %s");
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    put(1, V_NULL, V_NULL, V(text), val_blob((struct str){bytes, 256}));
    struct rows *r = get(1);
    CHECK(str_eq(row_str(r, 2), text));
    CHECK(str_eq(row_view(r, 2), text));
    CHECK(str_eq(row_blob(r, 3), (struct str){bytes, 256}));
    CHECK_I64(rows_columns(r), 4);
}

static void null_is_not_empty(void) {
    clear();
    put(1, V_NULL, V_NULL, V_NULL, V_NULL);
    put(2, V(0), V(0.0), V(S("")), val_blob(S("")));
    struct str none = {NULL, 0};
    put(3, V(0), V(0.0), V(none), val_blob(none));
    struct rows *r = get(1);
    for (int i = 0; i < 4; i++)
        CHECK(row_is_null(r, i));
    CHECK_I64(row_i64(r, 0), 0);
    CHECK_STR(row_str(r, 2), "");
    for (int64_t id = 2; id <= 3; id++) {
        r = get(id);
        for (int i = 0; i < 4; i++)
            CHECK(!row_is_null(r, i));
        CHECK_I64(row_blob(r, 3).n, 0);
    }
    CHECK(row_is_null(r, 99) && row_is_null(r, -1)); /* no such column */
}

static void large_text(void) {
    clear();
    size_t n = 3 << 20;
    char *p = arena_alloc(env.arena, n);
    memset(p, 'x', n);
    put(1, V_NULL, V_NULL, V(((struct str){p, n})),
        val_blob((struct str){p, n}));
    struct rows *r = get(1);
    CHECK_I64(row_str(r, 2).n, n);
    CHECK_I64(row_blob(r, 3).n, n);
}

static void wrong_types_are_converted(void) {
    clear();
    put(1, V(42), V(2.75), V(" 12abc"), val_blob(S("7")));
    struct rows *r = get(1);
    CHECK_STR(row_str(r, 0), "42");
    CHECK(row_f64(r, 0) == 42);
    CHECK_I64(row_i64(r, 1), 2);
    CHECK_STR(row_str(r, 1), "2.75");
    CHECK_I64(row_i64(r, 2), 12);
    CHECK(row_f64(r, 2) == 12);
    CHECK_I64(row_i64(r, 3), 7);
    put(2, V_NULL, V(1e300), V("99999999999999999999"), V_NULL);
    r = get(2);
    CHECK_I64(row_i64(r, 1), INT64_MAX);
    CHECK_I64(row_i64(r, 2), INT64_MAX);
    put(3, V_NULL, V(-1e300), V("-9223372036854775808"), V_NULL);
    r = get(3);
    CHECK_I64(row_i64(r, 1), INT64_MIN);
    CHECK_I64(row_i64(r, 2), INT64_MIN);
}

static void parameters_go_by_number(void) {
    struct rows *r;
    bool found;
    fresh();
    CHECK_OK(db_one(&env.c, &Q_BACKWARDS, ARGS(V(1), V(2)), &r, &found));
    CHECK_I64(row_i64(r, 0), 2);
    CHECK_I64(row_i64(r, 1), 1);
    CHECK_OK(db_one(&env.c, &Q_TWICE, ARGS(V(21)), &r, &found));
    CHECK_I64(row_i64(r, 0), 42);
    CHECK_I64(db_one(&env.c, &Q_TWICE, NO_ARGS, &r, &found), ERR_INTERNAL);
    CHECK_I64(db_one(&env.c, &Q_TWICE, ARGS(V(1), V(2)), &r, &found),
              ERR_INTERNAL);
}

static void booleans_are_numbers(void) {
    struct rows *r;
    bool found;
    fresh();
    CHECK_OK(db_one(&env.c, &Q_BOOL, NO_ARGS, &r, &found));
    CHECK_I64(row_i64(r, 0), 1);
    CHECK_I64(row_i64(r, 1), 0);
}

static void sums_are_integers(void) {
    int64_t sum;
    clear();
    put(1, V(INT64_C(1) << 61), V_NULL, V_NULL, V_NULL);
    put(2, V((INT64_C(1) << 61) + 1), V_NULL, V_NULL, V_NULL);
    CHECK_OK(db_i64(&env.c, &Q_SUM, NO_ARGS, 0, &sum));
    CHECK_I64(sum, (INT64_C(1) << 62) + 1);
}

static void null_then_value(void) {
    clear();
    /* The types of a prepared statement follow its values. */
    put(1, V_NULL, V_NULL, V_NULL, V_NULL);
    put(2, V(5), V(1.5), V("a"), V_NULL);
    put(3, V_NULL, V(2.5), V_NULL, val_blob(S("b")));
    put(4, V(6), V_NULL, V("c"), val_blob(S("d")));
    CHECK_I64(row_i64(get(2), 0), 5);
    CHECK(row_f64(get(3), 1) == 2.5);
    CHECK_STR(row_str(get(4), 2), "c");
    CHECK_STR(row_blob(get(3), 3), "b");
}

SQL(Q_IN_IDS_LITE, "SELECT count(*) FROM vals WHERE id IN"
                   " (SELECT id FROM db_ids($1))");
SQL(Q_IN_IDS_PG, "SELECT count(*) FROM vals WHERE id = ANY($1)");

static void arrays(void) {
    clear();
    int64_t ids[1000];
    for (int64_t i = 0; i < 1000; i++) {
        ids[i] = i * 2;
        if (i < 100)
            put(i, V_NULL, V_NULL, V_NULL, V_NULL);
    }
    const struct sql *q = env.pg ? &Q_IN_IDS_PG : &Q_IN_IDS_LITE;
    int64_t n;
    CHECK_OK(db_i64(&env.c, q, ARGS(val_ids(ids, 1000)), -1, &n));
    CHECK_I64(n, 50);
    CHECK_OK(db_i64(&env.c, q, ARGS(val_ids(ids, 1)), -1, &n));
    CHECK_I64(n, 1);
    CHECK_OK(db_i64(&env.c, q, ARGS(val_ids(NULL, 0)), -1, &n));
    CHECK_I64(n, 0);
}

static void ids_of_a_query(void) {
    int64_t *ids, few[2];
    size_t n;
    struct rows *r;
    clear();
    must(db_query(&env.c, &Q_ALL, NO_ARGS, &r), "none");
    CHECK_OK(rows_ids(r, &ids, &n));
    CHECK(n == 0 && ids == NULL);
    for (int k = 1; k <= 20; k++)
        put(k, V_NULL, V_NULL, V_NULL, V_NULL);
    must(db_query(&env.c, &Q_ALL, NO_ARGS, &r), "all");
    CHECK_OK(rows_ids(r, &ids, &n));
    CHECK(n == 20 && ids[0] == 1 && ids[19] == 20);
    must(db_query(&env.c, &Q_ALL, NO_ARGS, &r), "few");
    CHECK_OK(rows_ids_into(r, few, 2, &n));
    CHECK(n == 2 && few[0] == 1 && few[1] == 2);
    must(db_query(&env.c, &Q_ALL, NO_ARGS, &r), "again");
    rows_end(r);
}

static void cursors_nest(void) {
    clear();
    for (int64_t i = 1; i <= 3; i++)
        put(i, V(i), V_NULL, V("t"), V_NULL);
    struct rows *outer, *inner;
    bool more, more2;
    int64_t seen = 0;
    CHECK_OK(db_query(&env.c, &Q_ALL, NO_ARGS, &outer));
    for (;;) {
        must(rows_next(outer, &more), "outer");
        if (!more)
            break;
        must(db_query(&env.c, &Q_ALL, NO_ARGS, &inner), "inner");
        for (;;) {
            must(rows_next(inner, &more2), "inner");
            if (!more2)
                break;
            seen += row_i64(outer, 0) * 10 + row_i64(inner, 0);
        }
        /* a point read and a write in the middle of it all */
        CHECK_I64(row_i64(get(2), 0), 2);
    }
    CHECK_I64(seen, 3 * 60 + 3 * 6);
    CHECK_OK(rows_next(outer, &more)); /* past the end it stays there */
    CHECK(!more);
    CHECK(row_is_null(outer, 0));
}

static void cursor_keeps_its_values(void) {
    clear();
    put(1, V(1), V_NULL, V("keep"), V_NULL);
    SQL(Q_BY_TEXT, "SELECT id FROM vals WHERE s = $1");
    char text[] = "keep";
    struct rows *r;
    bool more;
    CHECK_OK(db_query(&env.c, &Q_BY_TEXT, ARGS(V((const char *)text)), &r));
    memset(text, 'z', 4); /* args are borrowed for the call only */
    CHECK_OK(rows_next(r, &more));
    CHECK(more);
}

static void arena_reset_ends_cursors(void) {
    clear();
    put(1, V(1), V_NULL, V("a"), V_NULL);
    put(2, V(2), V_NULL, V("b"), V_NULL);
    for (int i = 0; i < 300; i++) { /* more than the cache holds */
        struct rows *r;
        bool more;
        must(db_query(&env.c, &Q_ALL, NO_ARGS, &r), "query");
        must(rows_next(r, &more), "next");
        CHECK_STR(row_str(r, 1), "a");
    }
    fresh();
    CHECK_OK(script("CREATE TABLE later (id BIGINT)"));
    CHECK_OK(script("DROP TABLE later")); /* refused while a cursor is open */
    struct arena *child = arena_new();
    struct ctx c = other_ctx(child, env.conn);
    struct rows *outer, *r;
    bool more;
    CHECK_OK(db_query(&env.c, &Q_ALL, NO_ARGS, &outer));
    CHECK_OK(rows_next(outer, &more));
    CHECK_OK(db_query(&c, &Q_ALL, NO_ARGS, &r));
    CHECK_OK(rows_next(r, &more));
    arena_free(child); /* ends its own cursor only */
    CHECK_OK(rows_next(outer, &more));
    CHECK(more);
    CHECK_I64(row_i64(outer, 0), 2);
}

static void detached_context_leaves_connection_alone(void) {
    clear();
    put(1, V(1), V_NULL, V("a"), V_NULL);
    struct arena *a = arena_new();
    struct ctx c = other_ctx(a, env.conn);
    struct rows *r;
    bool more;
    CHECK_OK(db_query(&c, &Q_ALL, NO_ARGS, &r));
    CHECK_OK(rows_next(r, &more));
    db_detach(&c);
    CHECK_OK(rows_next(r, &more));
    CHECK(!more);
    db_detach(&c); /* allowed */
    CHECK_OK(db_begin(&env.c));
    arena_free(a); /* another owner's transaction is left alone */
    CHECK(db_in_transaction(env.conn));
    CHECK_OK(db_commit(&env.c));
}

static void disconnect_before_reset(void) {
    struct arena *a = arena_new();
    struct db_conn *conn;
    must(db_connect(&env.c, env.db, DB_READER, &conn), "connect");
    struct ctx c = other_ctx(a, conn);
    struct rows *r;
    bool more;
    CHECK_OK(db_query(&c, &Q_ALL, NO_ARGS, &r));
    db_disconnect(conn);
    CHECK_OK(rows_next(r, &more));
    CHECK(!more);
    arena_free(a);
}

static void one_row_is_a_copy(void) {
    clear();
    put(1, V(1), V_NULL, V("first"), V_NULL);
    put(2, V(2), V_NULL, V("second"), V_NULL);
    struct rows *a = get(1), *b = get(2), *none;
    CHECK_STR(row_str(a, 2), "first");
    CHECK_STR(row_str(b, 2), "second");
    bool found;
    CHECK_OK(db_one(&env.c, &Q_GET, ARGS(V(3)), &none, &found));
    CHECK(!found);
    CHECK(row_is_null(none, 0));
    rows_end(a); /* allowed, nothing to end */
    CHECK_STR(row_str(a, 2), "first");
}

static void single_numbers(void) {
    int64_t v;
    clear();
    put(1, V_NULL, V_NULL, V_NULL, V_NULL);
    SQL(Q_I, "SELECT i FROM vals WHERE id = $1");
    CHECK_OK(db_i64(&env.c, &Q_I, ARGS(V(1)), 77, &v)); /* NULL */
    CHECK_I64(v, 77);
    CHECK_OK(db_i64(&env.c, &Q_I, ARGS(V(2)), 78, &v)); /* no row */
    CHECK_I64(v, 78);
    CHECK_OK(db_i64(&env.c, &Q_COUNT, NO_ARGS, 0, &v));
    CHECK_I64(v, 1);
}

static void changes_are_counted(void) {
    int64_t n;
    clear();
    SQL(Q_SET, "UPDATE vals SET i = $1 WHERE id >= $2");
    SQL(Q_RETURN, "INSERT INTO vals (id) VALUES ($1), ($2) RETURNING id");
    for (int64_t i = 1; i <= 3; i++)
        put(i, V_NULL, V_NULL, V_NULL, V_NULL);
    CHECK_OK(db_exec(&env.c, &Q_SET, ARGS(V(1), V(2)), &n));
    CHECK_I64(n, 2);
    CHECK_OK(db_exec(&env.c, &Q_SET, ARGS(V(1), V(9)), &n));
    CHECK_I64(n, 0);
    CHECK_OK(db_exec(&env.c, &Q_SET, ARGS(V(1), V(1)), &n));
    CHECK_I64(n, 3);
    SQL(Q_MAKE, "CREATE TABLE changes_none (id BIGINT)");
    SQL(Q_DROP, "DROP TABLE changes_none");
    CHECK_OK(db_exec(&env.c, &Q_MAKE, NO_ARGS, &n));
    CHECK_I64(n, 0);
    CHECK_OK(db_exec(&env.c, &Q_DROP, NO_ARGS, &n));
    CHECK_OK(db_exec(&env.c, &Q_COUNT, NO_ARGS, &n)); /* rows are ignored */
    CHECK_I64(n, 0);
    CHECK_OK(db_i64(&env.c, &Q_RETURN, ARGS(V(10), V(11)), 0, &n));
    CHECK_I64(n, 10);
    CHECK_OK(db_i64(&env.c, &Q_COUNT, NO_ARGS, 0, &n));
    CHECK_I64(n, 5);
}

/* --- errors ------------------------------------------------------------- */

static enum err refused(const struct sql *q, struct args args) {
    fail_clear(&env.c);
    return db_exec(&env.c, q, args, NULL);
}

static void unique_names_the_index(void) {
    fresh();
    SQL(Q_BAD, "INSERT INTO uniq (id, code, a, b, e) "
               "VALUES ($1, $2, $3, $4, $5)");
    must(db_exec(&env.c, &Q_BAD, ARGS(V(1), V("c"), V(1), V(1), V("X")), NULL),
         "first");
    CHECK_I64(refused(&Q_BAD, ARGS(V(2), V("c"), V(2), V(2), V("y"))),
              ERR_CONFLICT);
    CHECK_STR(problem_code(), "not_unique");
    CHECK_STR(problem_field(), "uniq_code_live");
    CHECK_STR(env.c.problems.p[0].args[0].s, "uniq");
    CHECK_I64(refused(&Q_BAD, ARGS(V(2), V("d"), V(1), V(1), V("y"))),
              ERR_CONFLICT);
    CHECK_STR(problem_field(), "uniq_a_b_key");
    CHECK_I64(refused(&Q_BAD, ARGS(V(1), V("d"), V(2), V(2), V("y"))),
              ERR_CONFLICT);
    CHECK_STR(problem_field(), "uniq_pkey");
    CHECK_I64(refused(&Q_BAD, ARGS(V(3), V("d"), V(2), V(2), V("x"))),
              ERR_CONFLICT);
    CHECK_STR(problem_field(), "uniq_lower");
}

static void broken_rules_are_told(void) {
    fresh();
    SQL(Q_REF, "INSERT INTO child (id, parent_id, n) VALUES ($1, $2, $3)");
    CHECK_I64(refused(&Q_REF, ARGS(V(1), V(999), V(1))), ERR_INVALID);
    CHECK_STR(problem_code(), "foreign_key");
    CHECK_I64(refused(&Q_REF, ARGS(V(1), V_NULL, V(-1))), ERR_INVALID);
    CHECK_STR(problem_code(), "check_failed");
    CHECK_STR(problem_field(), "child_n_positive");
    CHECK_I64(refused(&Q_REF, ARGS(V(1), V_NULL, V_NULL)), ERR_INVALID);
    CHECK_STR(problem_code(), "required");
    CHECK_STR(problem_field(), "n");
}

static void wrong_sql_is_internal(void) {
    fresh();
    SQL(Q_WRONG, "SELEC 1");
    SQL(Q_NOWHERE, "SELECT 1 FROM nowhere");
    SQL(Q_TWO, "SELECT 1; SELECT 2");
    CHECK_I64(refused(&Q_WRONG, NO_ARGS), ERR_INTERNAL);
    CHECK_STR(problem_code(), "internal");
    CHECK_STR(env.c.problems.p[0].args[1].s, "Q_WRONG");
    CHECK(env.c.problems.p[0].args[0].s.n > 0);
    CHECK_I64(refused(&Q_NOWHERE, NO_ARGS), ERR_INTERNAL);
    CHECK_I64(refused(&Q_TWO, NO_ARGS), ERR_INTERNAL);
    int64_t n; /* and the connection still works */
    CHECK_OK(db_i64(&env.c, &Q_COUNT, NO_ARGS, 0, &n));
}

static void wrong_urls(void) {
    fresh();
    static const char *const bad[] = {"",        "mysql://x",
                                      "sqlite:", "sqlite::memory:",
                                      "t.db",    "postgresql://%zz"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct db *d;
        fail_clear(&env.c);
        CHECK_I64(db_open(&env.c, str_of(bad[i]), &d), ERR_INVALID);
        CHECK_STR(problem_code(), "db_url");
    }
    struct db *d;
    fail_clear(&env.c);
    CHECK_I64(db_open(&env.c, S("sqlite:/nowhere/at/all.db"), &d),
              ERR_UNAVAILABLE);
    CHECK_STR(problem_code(), "db_unreachable");
    fail_clear(&env.c);
    CHECK_I64(db_open(&env.c, S("postgresql://x@127.0.0.1:1/x"), &d),
              ERR_UNAVAILABLE);
    CHECK_STR(problem_code(), "db_unreachable");
}

static void readers_cannot_write(void) {
    fresh();
    struct db_conn *conn;
    must(db_connect(&env.c, env.db, DB_READER, &conn), "connect");
    struct ctx c = other_ctx(env.arena, conn);
    CHECK_I64(db_exec(&c, &Q_DELETE, NO_ARGS, NULL), ERR_UNAVAILABLE);
    CHECK_STR(c.problems.p[0].code, "read_only");
    int64_t n;
    CHECK_OK(db_i64(&c, &Q_COUNT, NO_ARGS, 0, &n));
    db_disconnect(conn);
}

static void statements_outlive_ddl(void) {
    fresh();
    SQL(Q_STAR, "SELECT * FROM shape");
    make("CREATE TABLE shape (a BIGINT); INSERT INTO shape VALUES (1)");
    struct rows *r;
    bool found;
    CHECK_OK(db_one(&env.c, &Q_STAR, NO_ARGS, &r, &found));
    CHECK_I64(rows_columns(r), 1);
    make("ALTER TABLE shape ADD COLUMN b BIGINT");
    CHECK_OK(db_one(&env.c, &Q_STAR, NO_ARGS, &r, &found));
    CHECK(found);
    CHECK_I64(row_i64(r, 0), 1);
    db_flush_statements(env.conn);
    CHECK_OK(db_one(&env.c, &Q_STAR, NO_ARGS, &r, &found));
    CHECK_I64(rows_columns(r), 2);
    make("DROP TABLE shape");
}

static void suite(void) {
    make("CREATE TABLE vals (id BIGINT PRIMARY KEY, i BIGINT,"
         " f DOUBLE PRECISION, s TEXT, b BYTES);"
         "CREATE TABLE uniq (id BIGINT PRIMARY KEY, code TEXT, a BIGINT,"
         " b BIGINT, e TEXT, deleted_at BIGINT, UNIQUE (a, b));"
         "CREATE UNIQUE INDEX uniq_code_live ON uniq (code)"
         " WHERE deleted_at IS NULL;"
         "CREATE UNIQUE INDEX uniq_lower ON uniq (lower(e));"
         "CREATE TABLE child (id BIGINT PRIMARY KEY,"
         " parent_id BIGINT REFERENCES uniq (id), n BIGINT NOT NULL"
         " CONSTRAINT child_n_positive CHECK (n > 0))");
    RUN(values_come_back);
    RUN(text_and_bytes_come_back);
    RUN(null_is_not_empty);
    RUN(large_text);
    RUN(wrong_types_are_converted);
    RUN(parameters_go_by_number);
    RUN(booleans_are_numbers);
    RUN(sums_are_integers);
    RUN(null_then_value);
    RUN(arrays);
    RUN(ids_of_a_query);
    RUN(cursors_nest);
    RUN(cursor_keeps_its_values);
    RUN(arena_reset_ends_cursors);
    RUN(detached_context_leaves_connection_alone);
    RUN(disconnect_before_reset);
    RUN(one_row_is_a_copy);
    RUN(single_numbers);
    RUN(changes_are_counted);
    RUN(unique_names_the_index);
    RUN(broken_rules_are_told);
    RUN(wrong_sql_is_internal);
    RUN(wrong_urls);
    RUN(readers_cannot_write);
    RUN(statements_outlive_ddl);
}

int main(void) {
    on_both(suite);
    return test_end();
}
