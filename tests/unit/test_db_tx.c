/* Conformance of the drivers: transactions, budget, loss and lack. */
#include "test_db.h"

#include "base/fault.h"
#include "base/long_work.h"

#include <pthread.h>
#include <time.h>

SQL(Q_PUT, "INSERT INTO item (id, name) VALUES ($1, $2)");
SQL(Q_COUNT, "SELECT count(*) FROM item");
SQL(Q_DELETE, "DELETE FROM item");
SQL(Q_ENDLESS, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
               " WHERE i < 1000000000) SELECT count(*) FROM n");

static enum err put(int64_t id) {
    return db_exec(&env.c, &Q_PUT, ARGS(V(id), V("x")), NULL);
}

static int64_t count_in(struct ctx *c) {
    int64_t n;
    must(db_i64(c, &Q_COUNT, NO_ARGS, -1, &n), "count");
    return n;
}

static void clear(void) {
    fresh();
    must(db_exec(&env.c, &Q_DELETE, NO_ARGS, NULL), "clear");
}

static void commit_and_rollback(void) {
    clear();
    CHECK(!db_in_transaction(env.conn));
    CHECK_OK(db_begin(&env.c));
    CHECK(db_in_transaction(env.conn));
    CHECK_OK(put(1));
    CHECK_OK(db_commit(&env.c));
    CHECK(!db_in_transaction(env.conn));
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(2));
    db_rollback(&env.c);
    CHECK(!db_in_transaction(env.conn));
    db_rollback(&env.c); /* allowed */
    CHECK_I64(count_in(&env.c), 1);
}

static void savepoints(void) {
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_OK(put(1));
    CHECK_OK(db_release(&env.c));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_OK(put(2));
    CHECK_I64(put(1), ERR_CONFLICT); /* one member of the group is refused */
    CHECK(db_in_transaction(env.conn));
    CHECK_OK(db_rollback_to(&env.c));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_OK(put(3));
    CHECK_OK(db_release(&env.c));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_in(&env.c), 2);
}

/* Whoever has changed nothing needs no savepoint to be taken back to. */
static void changes_are_noticed(void) {
    if (!str_eqc(S("sqlite"), db_engine(env.db)))
        return;
    clear();
    CHECK_OK(put(1));
    CHECK_OK(db_begin(&env.c));
    uint64_t before = db_written(env.conn);
    CHECK_I64(count_in(&env.c), 1);
    CHECK_I64(put(1), ERR_CONFLICT);
    CHECK(db_written(env.conn) == before);
    CHECK_OK(put(2));
    CHECK(db_written(env.conn) != before);
    before = db_written(env.conn);
    CHECK_OK(db_script(&env.c, S("CREATE TABLE noticed (id BIGINT)")));
    CHECK(db_written(env.conn) != before);
    db_rollback(&env.c);
}

static void error_then_rollback(void) {
    clear();
    CHECK_OK(put(1));
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(2));
    CHECK_I64(put(1), ERR_CONFLICT);
    CHECK(db_in_transaction(env.conn));
    db_rollback(&env.c);
    CHECK_I64(count_in(&env.c), 1);
    CHECK_OK(put(2));
}

static void failed_transaction_does_not_commit(void) {
    if (!env.pg)
        return; /* SQLite goes on after a refused statement */
    clear();
    CHECK_OK(put(1));
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(2));
    CHECK_I64(put(1), ERR_CONFLICT);
    CHECK_I64(put(3), ERR_CONFLICT); /* the first error again */
    CHECK_I64(db_commit(&env.c), ERR_CONFLICT);
    CHECK(!db_in_transaction(env.conn));
    CHECK_I64(count_in(&env.c), 1);
}

static void readers_see_what_is_committed(void) {
    clear();
    CHECK_OK(put(1));
    struct db_conn *conn;
    must(db_connect(&env.c, env.db, DB_READER, &conn), "connect");
    struct ctx reader = other_ctx(env.arena, conn);
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(2));
    CHECK_I64(count_in(&reader), 1); /* does not wait, does not see */
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_in(&reader), 2);
    CHECK_OK(db_begin(&reader));
    CHECK_I64(count_in(&reader), 2);
    CHECK_OK(put(3));                /* does not wait for readers */
    CHECK_I64(count_in(&reader), 2); /* one snapshot */
    CHECK_OK(db_commit(&reader));
    CHECK_I64(count_in(&reader), 3);
    int copied = -1;
    CHECK_OK(db_checkpoint(&env.c, &copied));
    CHECK(copied >= 0);
    db_disconnect(conn);
}

static int64_t now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void budget_stops_a_read(void) {
    clear();
    int64_t n, from = now_ms();
    db_budget(&env.c, 100);
    CHECK_I64(db_i64(&env.c, &Q_ENDLESS, NO_ARGS, 0, &n), ERR_TOO_BROAD);
    int64_t took = now_ms() - from;
    CHECK(took >= 50);
    CHECK(took <= 200);
    CHECK_STR(problem_code(), "query_too_broad");
    fail_clear(&env.c); /* it stays spent */
    CHECK_I64(db_i64(&env.c, &Q_ENDLESS, NO_ARGS, 0, &n), ERR_TOO_BROAD);
    CHECK(now_ms() - from <= 250);
    db_budget(&env.c, 0);
    CHECK_I64(count_in(&env.c), 0);
}

static void budget_within_a_transaction(void) {
    clear();
    int64_t n;
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(1));
    CHECK_OK(db_savepoint(&env.c));
    db_budget(&env.c, 30);
    CHECK_I64(db_i64(&env.c, &Q_ENDLESS, NO_ARGS, 0, &n), ERR_TOO_BROAD);
    CHECK(db_in_transaction(env.conn));
    CHECK_OK(db_rollback_to(&env.c));
    db_budget(&env.c, 0);
    CHECK_OK(put(2));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_in(&env.c), 2);
}

static void budget_spares_writes(void) {
    if (env.pg)
        return; /* there a timeout stops what runs */
    clear();
    SQL(Q_MANY,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 100000) INSERT INTO item (id, name) SELECT i, 'x' FROM n");
    CHECK_OK(db_begin(&env.c));
    db_budget(&env.c, 1);
    CHECK_OK(db_exec(&env.c, &Q_MANY, NO_ARGS, NULL));
    db_budget(&env.c, 0);
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_in(&env.c), 100000);
}

/* --- long work ------------------------------------------------------------ */

struct stopper {
    struct long_work work;
    struct db_interrupt *interrupt;
    atomic_bool over;
};

static void *stop_soon(void *arg) {
    struct stopper *s = arg;
    const struct timespec ms50 = {.tv_nsec = 50000000};
    nanosleep(&ms50, NULL);
    atomic_store(&s->work.stop, true);
    while (!atomic_load(&s->over)) {
        db_interrupt(s->interrupt);
        nanosleep(&ms50, NULL);
    }
    return NULL;
}

static enum err stopped_by(struct ctx *c, struct stopper *s) {
    pthread_t thread;
    int64_t n;
    c->work = &s->work;
    CHECK(pthread_create(&thread, NULL, stop_soon, s) == 0);
    enum err e = db_i64(c, &Q_ENDLESS, NO_ARGS, 0, &n);
    atomic_store(&s->over, true);
    pthread_join(thread, NULL);
    c->work = NULL;
    return e;
}

static enum err run_stopped(struct ctx *c) {
    struct stopper s = {.interrupt = db_interrupt_new(c->db)};
    enum err e = stopped_by(c, &s);
    db_interrupt_free(s.interrupt);
    return e;
}

static void long_work_stops_a_read(void) {
    clear();
    CHECK_I64(run_stopped(&env.c), ERR_CANCELLED);
    CHECK_STR(problem_code(), "cancelled");
    fail_clear(&env.c);
    CHECK_I64(count_in(&env.c), 0);
    /* Within a transaction too, which ends as one that failed. */
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(1));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_I64(run_stopped(&env.c), ERR_CANCELLED);
    fail_clear(&env.c);
    CHECK_OK(db_rollback_to(&env.c));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_in(&env.c), 1);
    /* Work that is over stops nothing. */
    db_budget(&env.c, 100);
    int64_t n;
    CHECK_I64(db_i64(&env.c, &Q_ENDLESS, NO_ARGS, 0, &n), ERR_TOO_BROAD);
    db_budget(&env.c, 0);
}

/* PostgreSQL: of the backend that the connection got in place of a lost one. */
static void lost_connections_are_stopped_too(void) {
    SQL(Q_LOSE, "SELECT pg_terminate_backend(pg_backend_pid())::int::bigint");
    int64_t n;
    if (!env.pg)
        return;
    clear();
    struct stopper s = {.interrupt = db_interrupt_new(env.c.db)};
    CHECK_I64(db_i64(&env.c, &Q_LOSE, NO_ARGS, 0, &n), ERR_UNAVAILABLE);
    fail_clear(&env.c);
    CHECK_I64(count_in(&env.c), 0);
    CHECK_I64(stopped_by(&env.c, &s), ERR_CANCELLED);
    fail_clear(&env.c);
    db_interrupt_free(s.interrupt);
}

/* SQLite reads a schema that has changed while it prepares a statement, and
 * looks whether to end as in any other read. */
static void work_that_is_over_is_forgotten(void) {
    enum { TABLES = 300 };
    if (env.pg)
        return;
    clear();
    struct buf made, gone;
    struct db_conn *conn;
    struct long_work work = {0};
    buf_init(&made, env.arena, 1 << 16);
    buf_init(&gone, env.arena, 1 << 16);
    for (int i = 0; i < TABLES; i++) {
        buf_cstr(&made, "CREATE TABLE late");
        buf_i64(&made, i);
        buf_cstr(&made, " (id INT);");
        buf_cstr(&gone, "DROP TABLE late");
        buf_i64(&gone, i);
        buf_byte(&gone, ';');
    }
    must(db_connect(&env.c, env.db, DB_READER, &conn), "connect");
    struct ctx c = other_ctx(env.arena, conn);
    c.work = &work;
    CHECK_I64(count_in(&c), 0);
    c.work = NULL;
    atomic_store(&work.stop, true);
    must(db_script(&env.c, buf_view(&made)), "tables");
    SQL(Q_LATE, "SELECT count(*) FROM late7");
    int64_t n = -1;
    CHECK_OK(db_i64(&c, &Q_LATE, NO_ARGS, -1, &n));
    CHECK_I64(n, 0);
    db_detach(&c);
    db_disconnect(conn);
    must(db_script(&env.c, buf_view(&gone)), "tables");
}

/* --- loss --------------------------------------------------------------- */

SQL(Q_PID, "SELECT pg_backend_pid()");
SQL(Q_KILL, "SELECT pg_terminate_backend($1::int, 5000)");

/* Ends the writer's connection from outside, waiting until it is gone. */
static void cut_connection(void) {
    int64_t pid, killed;
    must(db_i64(&env.c, &Q_PID, NO_ARGS, 0, &pid), "pid");
    struct db_conn *conn;
    must(db_connect(&env.c, env.db, DB_WRITER, &conn), "connect");
    struct ctx c = other_ctx(env.arena, conn);
    must(db_i64(&c, &Q_KILL, ARGS(V(pid)), 0, &killed), "kill");
    CHECK_I64(killed, 1);
    db_disconnect(conn);
}

static void lost_connection_comes_back(void) {
    clear();
    CHECK_OK(put(1));
    cut_connection();
    int64_t n;
    CHECK_I64(db_i64(&env.c, &Q_COUNT, NO_ARGS, 0, &n), ERR_UNAVAILABLE);
    CHECK_STR(problem_code(), "unavailable");
    CHECK_I64(count_in(&env.c), 1); /* the next use connects anew */
    CHECK_OK(put(2));
}

static void lost_transaction_stays_lost(void) {
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(1));
    cut_connection();
    CHECK_I64(put(2), ERR_UNAVAILABLE);
    CHECK(!db_in_transaction(env.conn));
    CHECK_I64(put(3), ERR_UNAVAILABLE); /* nothing escapes on its own */
    CHECK_I64(db_savepoint(&env.c), ERR_UNAVAILABLE);
    CHECK_I64(db_commit(&env.c), ERR_UNAVAILABLE);
    CHECK_I64(count_in(&env.c), 0);
    CHECK_OK(put(4));
    CHECK_OK(db_begin(&env.c));
    cut_connection();
    CHECK_I64(db_commit(&env.c), ERR_UNAVAILABLE);
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(5));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_in(&env.c), 2);
}

static void race_is_a_retry(void) {
    clear();
    CHECK_OK(put(1));
    CHECK_OK(put(2));
    SQL(Q_LOCK_SHORT, "SET lock_timeout = '50ms'");
    SQL(Q_TOUCH, "UPDATE item SET name = 'y' WHERE id = $1");
    struct db_conn *conn;
    must(db_connect(&env.c, env.db, DB_WRITER, &conn), "connect");
    struct ctx c = other_ctx(env.arena, conn);
    CHECK_OK(db_exec(&c, &Q_LOCK_SHORT, NO_ARGS, NULL));
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(db_exec(&env.c, &Q_TOUCH, ARGS(V(1)), NULL));
    CHECK_I64(db_exec(&c, &Q_TOUCH, ARGS(V(1)), NULL), ERR_BUSY);
    CHECK_OK(db_commit(&env.c));
    CHECK_OK(db_exec(&c, &Q_TOUCH, ARGS(V(1)), NULL));
    db_disconnect(conn);
}

/* --- lack --------------------------------------------------------------- */

SQL(Q_PAGES, "PRAGMA page_count");
SQL(Q_NO_LIMIT, "PRAGMA max_page_count = 1073741823");

/* Lets the database grow by a few pages only. */
static void limit_size(void) {
    int64_t pages;
    must(script("VACUUM"), "vacuum"); /* no free pages */
    must(db_i64(&env.c, &Q_PAGES, NO_ARGS, 0, &pages), "pages");
    struct sqlb b;
    sqlb_init(&b, &env.c);
    SQLB(&b, "PRAGMA max_page_count = ");
    buf_i64(&b.text, pages + 20);
    must(sqlb_exec(&b, NULL), "limit");
}

static enum err put_until_full(void) {
    char name[1000];
    memset(name, 'x', sizeof name);
    struct str s = {name, sizeof name};
    enum err e = OK;
    for (int64_t i = 1000; e == OK && i < 2000; i++)
        e = db_exec(&env.c, &Q_PUT, ARGS(V(i), V(s)), NULL);
    return e;
}

static void full_disk_ends_the_transaction(void) {
    clear();
    CHECK_OK(put(1));
    limit_size();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_OK(put(2)); /* a member that was well */
    CHECK_OK(db_release(&env.c));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_I64(put_until_full(), ERR_FULL);
    CHECK_STR(problem_code(), "storage_full");
    bool all_gone = !db_in_transaction(env.conn);
    if (all_gone) {
        CHECK_I64(put(3), ERR_FULL); /* must not be committed by itself */
        CHECK_I64(db_rollback_to(&env.c), ERR_FULL);
        CHECK_I64(db_commit(&env.c), ERR_FULL);
    }
    CHECK(all_gone);
    db_rollback(&env.c);
    must(db_exec(&env.c, &Q_NO_LIMIT, NO_ARGS, NULL), "no limit");
    CHECK_I64(count_in(&env.c), 1);
    CHECK_OK(put(3));
    CHECK_I64(count_in(&env.c), 2);
}

#ifdef GX_TESTING
static void injected_failures(void) {
    clear();
    fault_arm("db.step", 1);
    CHECK_I64(put(1), ERR_IO);
    fault_clear();
    CHECK_OK(put(1));
    fault_arm("db.commit", 1);
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(put(2));
    CHECK_I64(db_commit(&env.c), ERR_IO);
    CHECK(!db_in_transaction(env.conn));
    fault_clear();
    CHECK_I64(count_in(&env.c), 1);
    CHECK_OK(put(2));
}
#endif

static void suite(void) {
    make("CREATE TABLE item (id BIGINT PRIMARY KEY, name TEXT)");
    RUN(commit_and_rollback);
    RUN(savepoints);
    RUN(changes_are_noticed);
    RUN(error_then_rollback);
    RUN(failed_transaction_does_not_commit);
    RUN(readers_see_what_is_committed);
    RUN(budget_stops_a_read);
    RUN(budget_within_a_transaction);
    RUN(budget_spares_writes);
    RUN(long_work_stops_a_read);
    RUN(lost_connections_are_stopped_too);
    RUN(work_that_is_over_is_forgotten);
    if (env.pg) {
        RUN(lost_connection_comes_back);
        RUN(lost_transaction_stays_lost);
        RUN(race_is_a_retry);
    } else {
        RUN(full_disk_ends_the_transaction);
    }
#ifdef GX_TESTING
    RUN(injected_failures);
#endif
}

int main(void) {
    on_both(suite);
    return test_end();
}
