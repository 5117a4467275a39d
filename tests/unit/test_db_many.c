/* Many rows at once: what they refer to is checked however they come in, and
 * transactions that are longer than the cache. Both engines. */
#include "test_db.h"

#include "base/fault.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MANY 3000
#define FEW 3

SQL(Q_HOLDER, "INSERT INTO holder (id) VALUES ($1)");
SQL(Q_DROP, "DELETE FROM holder WHERE id = $1");
SQL(Q_COUNT, "SELECT count(*) FROM piece");
SQL(Q_EMPTY, "DELETE FROM piece");

static int64_t count_in(struct ctx *c) {
    int64_t n;
    must(db_i64(c, &Q_COUNT, NO_ARGS, -1, &n), "count");
    return n;
}

static void clear(void) {
    fresh();
    must(db_exec(&env.c, &Q_EMPTY, NO_ARGS, NULL), "clear");
}

/* --- references --------------------------------------------------------- */

/* Pieces 1 … n, each held by 1 and behind the one before it; the last as said.
 */
static enum err insert(size_t n, struct val holder, struct val behind) {
    static const struct str names[] = {S_INIT("id"), S_INIT("holder_id"),
                                       S_INIT("behind_id"), S_INIT("name")};
    struct val *v = NEW_ARRAY(env.arena, struct val, n * COUNT_OF(names));
    for (size_t i = 0; i < n; i++) {
        bool last = i == n - 1;
        v[i * 4] = V((int64_t)i + 1);
        v[i * 4 + 1] = last ? holder : V(1);
        v[i * 4 + 2] = last ? behind : i == 0 ? V_NULL : V((int64_t)i);
        v[i * 4 + 3] = V(str_fmt(env.arena, "n%zu", i));
    }
    const struct db_cells cells = {.table = S("piece"),
                                   .names = names,
                                   .v = v,
                                   .columns = COUNT_OF(names),
                                   .rows = n};
    return db_insert(&env.c, &cells);
}

/* Nothing of it stays, and the connection is good for more. */
static void refused(size_t n, struct val holder, struct val behind) {
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_I64(insert(n, holder, behind), ERR_INVALID);
    CHECK_STR(problem_code(), "foreign_key");
    db_rollback(&env.c);
    fail_clear(&env.c);
    CHECK_I64(count_in(&env.c), 0);
}

static void what_rows_refer_to_is_there(void) {
    static const size_t sizes[] = {FEW, MANY};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        int64_t n = (int64_t)sizes[i];
        clear();
        CHECK_OK(insert(sizes[i], V(2), V(n))); /* behind itself */
        CHECK_I64(count_in(&env.c), n);
        refused(sizes[i], V(3), V_NULL);
        refused(sizes[i], V(2), V(n + 1));
    }
}

static void references_hold_again(void) {
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(insert(MANY, V(2), V_NULL));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_I64(db_exec(&env.c, &Q_DROP, ARGS(V(2)), NULL), ERR_INVALID);
    CHECK_OK(db_rollback_to(&env.c));
    fail_clear(&env.c);
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(db_exec(&env.c, &Q_DROP, ARGS(V(1)), NULL), ERR_INVALID);
    fail_clear(&env.c);
    /* as they do behind many rows that were refused */
    refused(MANY, V(3), V_NULL);
    CHECK_OK(insert(FEW, V(2), V_NULL));
    CHECK_I64(db_exec(&env.c, &Q_DROP, ARGS(V(2)), NULL), ERR_INVALID);
}

static void a_second_of_its_name_is_refused(void) {
    clear();
    CHECK_OK(insert(FEW, V(1), V_NULL));
    CHECK_OK(db_begin(&env.c));
    uint64_t before = db_written(env.conn);
    CHECK_I64(insert(MANY, V(1), V_NULL), ERR_CONFLICT);
    CHECK(env.pg || db_written(env.conn) != before); /* some may be in */
    db_rollback(&env.c);
    fail_clear(&env.c);
    CHECK_I64(count_in(&env.c), FEW);
}

/* --- changes ------------------------------------------------------------ */

SQL(Q_SUM, "SELECT coalesce(sum(holder_id), 0) FROM piece WHERE name LIKE $1");

/* Gives 1 … n another holder or none, and a name with marks in it. */
static enum err change(size_t n) {
    static const struct str names[] = {
        S_INIT("id"), S_INIT("name"), S_INIT("holder_id"), S_INIT("behind_id")};
    struct val *v = NEW_ARRAY(env.arena, struct val, n * COUNT_OF(names));
    for (size_t i = 0; i < n; i++) {
        v[i * 4] = V((int64_t)i + 1);
        v[i * 4 + 1] = V(str_fmt(env.arena, "关\"系\\ %zu", i));
        v[i * 4 + 2] = V(2);
        v[i * 4 + 3] = V_NULL;
    }
    const struct db_cells cells = {.table = S("piece"),
                                   .names = names,
                                   .v = v,
                                   .columns = COUNT_OF(names),
                                   .rows = n};
    return db_update(&env.c, &cells);
}

static void many_rows_get_other_values(void) {
    static const size_t sizes[] = {FEW, MANY};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        int64_t sum, n = (int64_t)sizes[i];
        clear();
        CHECK_OK(db_begin(&env.c));
        CHECK_OK(insert(MANY, V(1), V_NULL));
        CHECK_OK(change(sizes[i]));
        CHECK_OK(db_commit(&env.c));
        must(db_i64(&env.c, &Q_SUM, ARGS(V(S("关\"系_ %"))), -1, &sum), "sum");
        CHECK_I64(sum, 2 * n);
        must(db_i64(&env.c, &Q_SUM, ARGS(V(S("n%"))), -1, &sum), "sum");
        CHECK_I64(sum, MANY - n);
        CHECK_I64(count_in(&env.c), MANY);
    }
}

/* --- long transactions -------------------------------------------------- */

/* Some 40 MB of rows, more than the writer keeps in memory, the first of them
 * changed when they have left it. */
#define LONG_ROWS 10000
#define LONG_TEXT 4000

SQL(Q_PUT, "INSERT INTO piece (id, holder_id, name) VALUES ($1, 1, $2)");
SQL(Q_CHANGE, "UPDATE piece SET name = name || 'x' WHERE id <= $1");
SQL(Q_CHANGED, "SELECT count(*) FROM piece WHERE length(name) = $1");

static struct str long_text(char *p, int64_t i) {
    memset(p, 'a' + (int)(i % 20), LONG_TEXT);
    int n = snprintf(p, 24, "%lld", (long long)i);
    p[n] = '-';
    return (struct str){p, LONG_TEXT};
}

static void write_long(void) {
    char text[LONG_TEXT];
    for (int64_t i = 1; i <= LONG_ROWS; i++)
        must(db_exec(&env.c, &Q_PUT, ARGS(V(i), V(long_text(text, i))), NULL),
             "row");
    CHECK_OK(db_exec(&env.c, &Q_CHANGE, ARGS(V(500)), NULL));
}

static void check_long(struct ctx *c) {
    int64_t changed;
    CHECK_I64(count_in(c), LONG_ROWS);
    CHECK_OK(db_i64(c, &Q_CHANGED, ARGS(V(LONG_TEXT + 1)), -1, &changed));
    CHECK_I64(changed, 500);
}

static void copy_file(const char *suffix) {
    char from[160], to[160], part[65536];
    snprintf(from, sizeof from, "%s/t.db%s", env.dir, suffix);
    snprintf(to, sizeof to, "%s/copy.db%s", env.dir, suffix);
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0600);
    CHECK(in >= 0 && out >= 0);
    for (;;) {
        ssize_t n = read(in, part, sizeof part);
        CHECK(n >= 0);
        if (n <= 0)
            break;
        CHECK(write(out, part, (size_t)n) == n);
    }
    close(in);
    close(out);
}

/* What a power cut right behind the commit would leave. */
static void check_left(void) {
    SQL(Q_WHOLE, "PRAGMA integrity_check");
    struct ctx c = env.c;
    struct db *d;
    bool found;
    struct rows *r;
    copy_file("");
    copy_file("-wal");
    struct str url = str_fmt(env.arena, "sqlite:%s/copy.db", env.dir);
    must(db_open(&c, url, &d), "open");
    must(db_connect(&c, d, DB_READER, &c.db), "connect");
    check_long(&c);
    CHECK_OK(db_one(&c, &Q_WHOLE, NO_ARGS, &r, &found));
    CHECK_STR(row_str(r, 0), "ok");
    rows_end(r);
    db_detach(&c);
    db_disconnect(c.db);
    db_close(d);
}

static void more_than_the_cache_holds(void) {
    clear();
    struct db_conn *conn;
    must(db_connect(&env.c, env.db, DB_READER, &conn), "connect");
    struct ctx reader = other_ctx(env.arena, conn);
    CHECK_OK(db_begin(&env.c));
    write_long();
    CHECK_I64(count_in(&reader), 0);
    db_rollback(&env.c);
    CHECK_I64(count_in(&env.c), 0);
    CHECK_OK(db_begin(&env.c));
    write_long();
    check_long(&env.c);
    CHECK_I64(count_in(&reader), 0);
    CHECK_OK(db_commit(&env.c));
    check_long(&reader);
    if (!env.pg)
        check_left();
    db_disconnect(conn);
}

/* Full while the log is written: the transaction is lost, all before it and
 * whatever follows is there. */
static void a_full_disk_loses_no_commit(void) {
#ifdef GX_TESTING
    if (env.pg)
        return;
    for (int nth = 1; nth < 800; nth += 250) {
        char text[LONG_TEXT];
        clear();
        CHECK_OK(insert(FEW, V(1), V_NULL));
        CHECK_OK(db_begin(&env.c));
        fault_arm("io.log", nth);
        enum err e = OK;
        for (int64_t i = 10; e == OK && i <= LONG_ROWS; i++)
            e = db_exec(&env.c, &Q_PUT, ARGS(V(i), V(long_text(text, i))),
                        NULL);
        if (e == OK)
            e = db_commit(&env.c);
        fault_clear();
        db_rollback(&env.c);
        fail_clear(&env.c);
        int64_t there = count_in(&env.c);
        CHECK(e == OK ? there == FEW + LONG_ROWS - 9
                      : e == ERR_FULL && there == FEW);
        CHECK_OK(db_exec(&env.c, &Q_PUT, ARGS(V(5), V("x")), NULL));
        CHECK_I64(count_in(&env.c), there + 1);
    }
#endif
}

/* --- rows that wait ------------------------------------------------------ */

SQL(Q_ONE, "INSERT INTO piece (id, holder_id, name) VALUES ($1, $2, $3)");
SQL(Q_OTHERS, "UPDATE holder SET id = id");

static enum err later(int64_t id) {
    static const struct str names[] = {S_INIT("id"), S_INIT("holder_id"),
                                       S_INIT("name")};
    static const struct db_later row = {&Q_ONE, S_INIT("piece"), names,
                                        COUNT_OF(names)};
    char text[] = "later";
    enum err e = db_insert_later(&env.c, &row, ARGS(V(id), V(2), V(text)));
    memset(text, 'x', sizeof text - 1); /* it was copied */
    return e;
}

SQL(Q_LATER, "SELECT count(*) FROM piece WHERE name = 'later'");

static int64_t count_later(void) {
    int64_t n;
    must(db_i64(&env.c, &Q_LATER, NO_ARGS, -1, &n), "count");
    return n;
}

/* Who asks for them finds them, however many wait. */
static void rows_that_wait_are_there_for_all(void) {
    clear();
    CHECK_OK(later(1)); /* without a transaction it is one of its own */
    CHECK_I64(count_later(), 1);
    CHECK_OK(db_begin(&env.c));
    uint64_t written = db_written(env.conn);
    CHECK_OK(later(2));
    CHECK(env.pg || db_written(env.conn) > written);
    CHECK_OK(db_exec(&env.c, &Q_OTHERS, NO_ARGS, NULL));
    CHECK_OK(later(3));
    written = db_written(env.conn);
    CHECK_I64(count_later(), 3);
    CHECK(db_written(env.conn) == written); /* it is who asks that wrote */
    for (int64_t i = 0; i < MANY; i++)
        CHECK_OK(later(4 + i));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_later(), 3 + MANY);
}

static void rows_that_wait_go_with_their_transaction(void) {
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(later(1));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_OK(later(2));
    CHECK_OK(db_rollback_to(&env.c));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_OK(later(3));
    CHECK_OK(db_release(&env.c));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_later(), 2);
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(later(4));
    db_rollback(&env.c);
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(later(5));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_later(), 3);
}

/* What they refer to can't be taken away from under them. */
static void rows_that_wait_hold_what_they_refer_to(void) {
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(later(1));
    CHECK_OK(db_savepoint(&env.c));
    CHECK_I64(db_exec(&env.c, &Q_DROP, ARGS(V(2)), NULL), ERR_INVALID);
    fail_clear(&env.c);
    CHECK_OK(db_rollback_to(&env.c));
    CHECK_OK(later(2));
    CHECK_I64(db_exec(&env.c, &Q_DROP, ARGS(V(2)), NULL), ERR_INVALID);
    fail_clear(&env.c);
    db_rollback(&env.c);
    CHECK_I64(count_later(), 0);
}

static enum err holder_later(int64_t id) {
    static const struct str names[] = {S_INIT("id")};
    static const struct db_later row = {&Q_HOLDER, S_INIT("holder"), names,
                                        COUNT_OF(names)};
    return db_insert_later(&env.c, &row, ARGS(V(id)));
}

SQL(Q_HOLDERS, "SELECT count(*) FROM holder WHERE id > 100");

/* In whatever order their tables come. */
static void rows_that_wait_stay_with_their_table(void) {
    int64_t holders;
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(later(1));
    CHECK_OK(holder_later(101));
    CHECK_OK(db_commit(&env.c));
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(holder_later(102));
    CHECK_OK(later(2));
    CHECK_OK(holder_later(103));
    CHECK_OK(later(3));
    CHECK_OK(db_commit(&env.c));
    must(db_i64(&env.c, &Q_HOLDERS, NO_ARGS, -1, &holders), "count");
    CHECK_I64(holders, 3);
    CHECK_I64(count_later(), 3);
}

/* One that can't be written takes all of its transaction with it. */
static void rows_that_wait_are_not_lost_alone(void) {
    clear();
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(later(1));
    enum err e = later(1); /* on PostgreSQL at once */
    if (e == OK)
        e = db_write_later(&env.c);
    CHECK(e != OK);
    fail_clear(&env.c);
    CHECK(db_commit(&env.c) != OK);
    fail_clear(&env.c);
    CHECK_I64(count_later(), 0);
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(later(1));
    CHECK_OK(db_commit(&env.c));
    CHECK_I64(count_later(), 1);
}

/* --- the search index ---------------------------------------------------- */

#define COMMITS 120
#define RECORDS 32 /* each */
#define WORDS 40   /* each, no two alike: some ten pages a commit */

SQL(Q_CHANGES, "SELECT total_changes()");

static int64_t index_some(int64_t commit) {
    struct str words[WORDS];
    int64_t before, after;
    must(db_i64(&env.c, &Q_CHANGES, NO_ARGS, -1, &before), "before");
    CHECK_OK(db_begin(&env.c));
    for (int64_t i = 0; i < RECORDS; i++) {
        int64_t id = commit * RECORDS + i + 1;
        for (int64_t k = 0; k < WORDS; k++)
            words[k] = str_fmt(env.arena, "%08llx",
                               (unsigned long long)(id * WORDS + k) *
                                   2654435761 % 4294967296);
        CHECK_OK(db_search_put(&env.c, S("piece"), id, NULL, 0, words, WORDS));
    }
    CHECK_OK(db_commit(&env.c));
    must(db_i64(&env.c, &Q_CHANGES, NO_ARGS, -1, &after), "after");
    arena_reset(env.arena);
    return after - before;
}

/* Pages that merging writes and takes away come in steps: each commit is waited
 * for. When all that was owed was merged at once it was nine times as many as
 * with the others. */
static void merging_makes_no_commit_long(void) {
    int64_t all = 0, most = 0;
    if (env.pg)
        return;
    fresh();
    must(db_script(&env.c,
                   db_search_ddl(env.arena, db_engine(env.db), S("piece"))),
         "index");
    for (int64_t i = 0; i < COMMITS; i++) {
        int64_t n = index_some(i) - 2 * RECORDS;
        all += n;
        most = n > most ? n : most;
    }
    CHECK(most < 4 * all / COMMITS);
}

static void suite(void) {
    make("CREATE TABLE holder (id BIGINT PRIMARY KEY);"
         "CREATE TABLE piece (id BIGINT PRIMARY KEY,"
         " holder_id BIGINT NOT NULL REFERENCES holder (id),"
         " behind_id BIGINT REFERENCES piece (id),"
         " name TEXT NOT NULL);"
         "CREATE INDEX piece_name ON piece (substr(name, 1, 20));"
         /* else each row that goes looks at all the others */
         "CREATE INDEX piece_behind ON piece (behind_id)");
    must(db_exec(&env.c, &Q_HOLDER, ARGS(V(1)), NULL), "holder");
    must(db_exec(&env.c, &Q_HOLDER, ARGS(V(2)), NULL), "holder");
    RUN(what_rows_refer_to_is_there);
    RUN(references_hold_again);
    RUN(a_second_of_its_name_is_refused);
    RUN(many_rows_get_other_values);
    RUN(more_than_the_cache_holds);
    RUN(a_full_disk_loses_no_commit);
    RUN(rows_that_wait_are_there_for_all);
    RUN(rows_that_wait_go_with_their_transaction);
    RUN(rows_that_wait_hold_what_they_refer_to);
    RUN(rows_that_wait_stay_with_their_table);
    RUN(rows_that_wait_are_not_lost_alone);
    RUN(merging_makes_no_commit_long);
}

int main(void) {
    on_both(suite);
    return test_end();
}
