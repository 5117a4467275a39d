/* The fake engine, and through it what callers see on a bad day. */
#include "db/fake.h"
#include "test_db.h"

SQL(Q_NAMES, "SELECT id, name FROM customer");
SQL(Q_RENAME, "UPDATE customer SET name = $2 WHERE id = $1");

static void rows_come_as_told(void) {
    fake_expect(env.db, "Q_NAMES");
    fake_row(env.db, ARGS(V(1), V("王")));
    fake_row(env.db, ARGS(V(2), V_NULL));
    struct rows *r;
    bool more;
    CHECK_OK(db_query(&env.c, &Q_NAMES, NO_ARGS, &r));
    CHECK_I64(rows_columns(r), 2);
    CHECK_OK(rows_next(r, &more));
    CHECK_I64(row_i64(r, 0), 1);
    CHECK_STR(row_str(r, 1), "王");
    CHECK_OK(rows_next(r, &more));
    CHECK(more && row_is_null(r, 1));
    CHECK_OK(rows_next(r, &more));
    CHECK(!more);
    CHECK(fake_done(env.db));
}

static void values_are_kept(void) {
    fake_expect(env.db, "Q_RENAME");
    fake_changed(env.db, 1);
    int64_t n;
    CHECK_OK(db_exec(&env.c, &Q_RENAME, ARGS(V(7), V("x")), &n));
    CHECK_I64(n, 1);
    struct args got = fake_args(env.db, 1);
    CHECK_I64(got.n, 2);
    CHECK_I64(got.v[0].i, 7);
    CHECK_STR(got.v[1].s, "x");
}

static void errors_come_as_told(void) {
    fake_expect(env.db, "Q_RENAME");
    fake_error(env.db, ERR_FULL);
    fake_expect(env.db, "COMMIT");
    fake_error(env.db, ERR_IO);
    CHECK_OK(db_begin(&env.c));
    CHECK_I64(db_exec(&env.c, &Q_RENAME, ARGS(V(7), V("x")), NULL), ERR_FULL);
    CHECK(!db_in_transaction(env.conn)); /* as SQLite does */
    CHECK_I64(db_exec(&env.c, &Q_RENAME, ARGS(V(8), V("x")), NULL), ERR_FULL);
    db_rollback(&env.c);
    CHECK_OK(db_begin(&env.c));
    CHECK_I64(db_commit(&env.c), ERR_IO);
    CHECK(!db_in_transaction(env.conn));
    CHECK(fake_done(env.db));
}

static void built_ones_match_by_text(void) {
    fake_expect(env.db, "FROM customer");
    fake_row(env.db, ARGS(V(5)));
    struct sqlb b;
    sqlb_init(&b, &env.c);
    SQLB(&b, "SELECT count(*) FROM customer WHERE id = ");
    sqlb_value(&b, V(3));
    int64_t n;
    CHECK_OK(sqlb_i64(&b, 0, &n));
    CHECK_I64(n, 5);
}

static void surprises_fail(void) {
    CHECK_I64(db_exec(&env.c, &Q_RENAME, ARGS(V(7), V("x")), NULL),
              ERR_INTERNAL);
    CHECK(!fake_done(env.db));
}

int main(void) {
    env_start("fake:");
    RUN(rows_come_as_told);
    RUN(values_are_kept);
    RUN(errors_come_as_told);
    RUN(built_ones_match_by_text);
    RUN(surprises_fail);
    env_end();
    return test_end();
}
