/* Migrations, backup, search, description, lock file; on every engine where it
 * has them. */
#include "test_db.h"

#include "base/hash.h"
#include "base/token.h"
#include "db/lock.h"
#include "db/migrate.h"

#include <sys/stat.h>

/* --- migrations --------------------------------------------------------- */

static struct embed_file file(const char *name, const char *text) {
    struct str s = str_of(text);
    return (struct embed_file){str_of(name), s, hash_sha256_hex(env.arena, s)};
}

#define FIRST                                                                  \
    "-- A comment before the first section.\n"                                 \
    "-- both\n"                                                                \
    "CREATE TABLE m_both (id BIGINT PRIMARY KEY);\n"                           \
    "INSERT INTO m_both VALUES (1);\n"                                         \
    "-- sqlite\n"                                                              \
    "CREATE TABLE m_own (a TEXT, CHECK (a <> ';'));\n"                         \
    "-- postgres\n"                                                            \
    "CREATE TABLE m_own (a TEXT COLLATE \"C\");\n"
#define SECOND "-- both\nALTER TABLE m_both ADD COLUMN name TEXT;\n"
#define BROKEN                                                                 \
    "-- both\nCREATE TABLE m_half (id BIGINT);\nCREATE TABLE m_both (x "       \
    "BIGINT);\n"

SQL(Q_ROWS, "SELECT count(*) FROM m_both");
SQL(Q_RECORDED, "SELECT count(*) FROM schema_migration WHERE ms >= 0 AND"
                " applied_at > 0 AND length(sha256) = 64");

static int64_t number(const struct sql *q) {
    int64_t v = -1;
    must(db_i64(&env.c, q, NO_ARGS, -1, &v), q->name);
    return v;
}

static bool exists(struct str path) {
    struct stat st;
    return stat(str_cstr(env.arena, path), &st) == 0;
}

static void migrations_are_applied_once(void) {
    fresh();
    struct embed_file f[] = {file("0001_first.sql", FIRST),
                             file("0002_second.sql", SECOND)};
    struct migrate_state st;
    struct migrate_done done;
    CHECK_OK(migrate_status(&env.c, (struct embed_files){f, 1}, &st));
    CHECK_I64(st.current, 0);
    CHECK_I64(st.newest, 1);
    CHECK_I64(st.pending, 1);
    CHECK_OK(migrate_run(&env.c, (struct embed_files){f, 1}, &done));
    CHECK_I64(done.applied, 1);
    CHECK_I64(done.backup.n, 0); /* there was nothing to lose */
    CHECK_I64(number(&Q_ROWS), 1);
    CHECK_OK(migrate_run(&env.c, (struct embed_files){f, 1}, &done));
    CHECK_I64(done.applied, 0);
    CHECK_OK(migrate_status(&env.c, (struct embed_files){f, 2}, &st));
    CHECK_I64(st.current, 1);
    CHECK_I64(st.pending, 1);
    CHECK_OK(migrate_run(&env.c, (struct embed_files){f, 2}, &done));
    CHECK_I64(done.applied, 1);
    CHECK_I64(number(&Q_RECORDED), 2);
    if (env.pg)
        return;
    CHECK(str_ends(done.backup, S("t.db.before-0002.bak")));
    CHECK(exists(done.backup));
}

static void bad_migration_leaves_nothing(void) {
    fresh();
    struct embed_file f[] = {file("0001_first.sql", FIRST),
                             file("0002_second.sql", SECOND),
                             file("0003_broken.sql", BROKEN)};
    struct migrate_done done;
    struct embed_files all = {f, 3};
    CHECK(migrate_run(&env.c, all, &done) != OK);
    CHECK_STR(env.c.problems.p[env.c.problems.n - 1].code, "migration_failed");
    CHECK_STR(env.c.problems.p[env.c.problems.n - 1].args[0].s,
              "0003_broken.sql");
    SQL(Q_HALF, "SELECT count(*) FROM m_half");
    int64_t v;
    CHECK_I64(db_i64(&env.c, &Q_HALF, NO_ARGS, 0, &v), ERR_INTERNAL);
    CHECK_I64(number(&Q_RECORDED), 2);
    unlink(str_cstr(env.arena, done.backup));
}

static enum err status_of(const struct embed_file *f, size_t n,
                          struct migrate_state *st) {
    fail_clear(&env.c);
    return migrate_status(&env.c, (struct embed_files){f, n}, st);
}

static void foreign_histories_are_refused(void) {
    fresh();
    struct migrate_state st;
    struct embed_file edited[] = {file("0001_first.sql", FIRST "\n"),
                                  file("0002_second.sql", SECOND)};
    CHECK_I64(status_of(edited, 2, &st), ERR_CONFLICT);
    CHECK_STR(problem_code(), "migration_edited");
    CHECK_STR(env.c.problems.p[0].args[0].s, "0001_first.sql");
    struct embed_file old[] = {file("0001_first.sql", FIRST)};
    CHECK_I64(status_of(old, 1, &st), ERR_CONFLICT);
    CHECK_STR(problem_code(), "database_newer");
    struct embed_file late[] = {file("0001_first.sql", FIRST),
                                file("0002_second.sql", SECOND),
                                file("0003_third.sql", "-- both\n")};
    struct migrate_done done;
    fail_clear(&env.c);
    CHECK_I64(migrate_run(&env.c, (struct embed_files){edited, 2}, &done),
              ERR_CONFLICT);
    struct embed_file twice[] = {late[0], late[0]};
    CHECK_I64(status_of(twice, 2, &st), ERR_INTERNAL);
    CHECK_STR(problem_code(), "migration_name");
    struct embed_file name[] = {file("1_first.sql", FIRST)};
    CHECK_I64(status_of(name, 1, &st), ERR_INTERNAL);
    SQL(Q_JUMP, "INSERT INTO schema_migration VALUES (4, '0004_expand_x.sql',"
                " 'x', 1, 1)");
    must(db_exec(&env.c, &Q_JUMP, NO_ARGS, NULL), "jump");
    CHECK_OK(status_of(late, 2, &st)); /* one expand step: may be served */
    CHECK(st.ahead);
    CHECK_I64(status_of(late, 3, &st), ERR_CONFLICT);
    CHECK_STR(problem_code(), "migration_late");
    SQL(Q_TWO_AHEAD, "INSERT INTO schema_migration VALUES"
                     " (5, '0005_expand_y.sql', 'x', 1, 1)");
    must(db_exec(&env.c, &Q_TWO_AHEAD, NO_ARGS, NULL), "jump");
    CHECK_I64(status_of(late, 2, &st), ERR_CONFLICT);
    CHECK_STR(problem_code(), "database_newer");
    SQL(Q_BACK, "DELETE FROM schema_migration WHERE number > 3");
    must(db_exec(&env.c, &Q_BACK, NO_ARGS, NULL), "back");
}

static void sections_are_chosen(void) {
    fresh();
    struct str text;
    struct embed_file f = file("0001_a.sql", FIRST);
    CHECK_OK(migrate_section(&env.c, &f, "sqlite", &text));
    CHECK(str_find(text, S("m_both")) != SIZE_MAX);
    CHECK(str_find(text, S("CHECK")) != SIZE_MAX);
    CHECK(str_find(text, S("COLLATE")) == SIZE_MAX);
    CHECK_OK(migrate_section(&env.c, &f, "postgresql", &text));
    CHECK(str_find(text, S("CHECK")) == SIZE_MAX);
    CHECK(str_find(text, S("COLLATE")) != SIZE_MAX);
    f = file("0001_a.sql", "CREATE TABLE t (a TEXT);\n-- both\n");
    CHECK_I64(migrate_section(&env.c, &f, "sqlite", &text), ERR_INTERNAL);
    CHECK_STR(problem_code(), "migration_section");
    f = file("0001_a.sql", "-- both\n-- postgresql\nSELECT 1;\n");
    CHECK_I64(migrate_section(&env.c, &f, "sqlite", &text), ERR_INTERNAL);
}

static void rebuilt_table_keeps_its_children(void) {
    if (env.pg)
        return;
    fresh();
    must(script("CREATE TABLE up (id INTEGER PRIMARY KEY);"
                "CREATE TABLE down (id INTEGER PRIMARY KEY, up_id INTEGER"
                " REFERENCES up (id) ON DELETE CASCADE);"
                "INSERT INTO up VALUES (1); INSERT INTO down VALUES (1, 1)"),
         "set-up");
    struct embed_file f[] = {
        file("0001_first.sql", FIRST), file("0002_second.sql", SECOND),
        file("0003_rebuild.sql", "-- both\n"
                                 "CREATE TABLE up_new (id INTEGER PRIMARY KEY,"
                                 " a TEXT);\n"
                                 "INSERT INTO up_new (id) SELECT id FROM up;\n"
                                 "DROP TABLE up;\n"
                                 "ALTER TABLE up_new RENAME TO up;\n"),
        file("0004_orphan.sql", "-- both\nDELETE FROM up;\n")};
    struct migrate_done done;
    CHECK_OK(migrate_run(&env.c, (struct embed_files){f, 3}, &done));
    unlink(str_cstr(env.arena, done.backup));
    SQL(Q_DOWN, "SELECT count(*) FROM down");
    CHECK_I64(number(&Q_DOWN), 1);
    CHECK_I64(migrate_run(&env.c, (struct embed_files){f, 4}, &done),
              ERR_INVALID);
    unlink(str_cstr(env.arena, done.backup));
    SQL(Q_UP, "SELECT count(*) FROM up");
    CHECK_I64(number(&Q_UP), 1);
    SQL(Q_KEYS, "PRAGMA foreign_keys");
    CHECK_I64(number(&Q_KEYS), 1); /* switched on again */
}

/* Columns a company has added outlive a rebuild; what would lose them is
 * undone. */
static void own_columns_are_carried(void) {
    fresh();
    must(script("DELETE FROM schema_migration;" /* a history of its own */
                "CREATE TABLE own (id INTEGER PRIMARY KEY, a TEXT);"
                "ALTER TABLE own ADD COLUMN x_a TEXT DEFAULT 'it''s';"
                "ALTER TABLE own ADD COLUMN x_own BIGINT REFERENCES own (id)"
                " ON DELETE SET NULL;"
                "CREATE INDEX own_x_a_idx ON own (x_a, id);"
                "INSERT INTO own (id, a, x_a) VALUES (1, 'a', 'kept');"
                "INSERT INTO own (id, a, x_own) VALUES (2, 'b', 1)"),
         "set-up");
    struct embed_file f[] = {
        file("0001_first.sql", "-- both\nSELECT 1;\n"),
        file("0002_rebuild.sql",
             "-- both\n-- sqlite\n"
             "CREATE TABLE new_own (id INTEGER PRIMARY KEY, b TEXT"
             " /*x_definitions own*/);\n"
             "INSERT INTO new_own (id, b /*x_columns own*/)\n"
             " SELECT id, a /*x_columns own*/ FROM own;\n"
             "/*x_indexes own*/\n" /* of the old one: made again below */
             "-- postgres\nALTER TABLE own RENAME COLUMN a TO b;\n"),
        file("0002_rebuild.sql",
             "-- both\n-- sqlite\n"
             "CREATE TABLE new_own (id INTEGER PRIMARY KEY, b TEXT"
             " /*x_definitions own*/);\n"
             "INSERT INTO new_own (id, b /*x_columns own*/)\n"
             " SELECT id, a /*x_columns own*/ FROM own;\n"
             "DROP TABLE own;\nALTER TABLE new_own RENAME TO own;\n"
             "/*x_indexes own*/\n"
             "-- postgres\nALTER TABLE own RENAME COLUMN a TO b;\n"),
        file("0003_loses.sql", "-- both\nDROP INDEX own_x_a_idx;\n"
                               "ALTER TABLE own DROP COLUMN x_a;\n")};
    struct embed_file good[] = {f[0], f[2], f[3]};
    struct migrate_done done;
    if (!env.pg) /* the index is there already */
        CHECK(migrate_run(&env.c, (struct embed_files){f, 2}, &done) != OK);
    fail_clear(&env.c);
    CHECK_OK(migrate_run(&env.c, (struct embed_files){good, 2}, &done));
    SQL(Q_KEPT, "SELECT count(*) FROM own WHERE (id = 1 AND b = 'a' AND x_a ="
                " 'kept') OR (id = 2 AND x_a = 'it''s' AND x_own = 1)");
    CHECK_I64(number(&Q_KEPT), 2);
    struct buf b;
    buf_init(&b, env.arena, 1 << 20);
    must(db_describe(&env.c, &b), "describe");
    struct str now = buf_view(&b);
    CHECK(str_find(now, S("own_x_a_idx")) != SIZE_MAX);
    CHECK(str_find(now, env.pg
                            ? S("ON DELETE SET NULL")
                            : S("foreign own(x_own) to own(id)")) != SIZE_MAX);
    CHECK_I64(migrate_run(&env.c, (struct embed_files){good, 3}, &done),
              ERR_CONFLICT);
    CHECK_I64(number(&Q_KEPT), 2);
}

static void embedded_files_are_whole(void) {
    fresh();
    for (size_t i = 0; i < migration_files.n; i++) {
        const struct embed_file *f = &migration_files.p[i];
        CHECK(str_eq(hash_sha256_hex(env.arena, f->bytes), f->sha256));
        CHECK(f->bytes.p[f->bytes.n] == '\0');
        CHECK(i == 0 || str_cmp(f[-1].name, f->name) < 0);
        struct str text, other; /* some are for one engine alone */
        CHECK_OK(migrate_section(&env.c, f, "sqlite", &text));
        CHECK_OK(migrate_section(&env.c, f, "postgresql", &other));
        CHECK(text.n + other.n > 0);
    }
}

static void apply_project(struct ctx *c) {
    struct migrate_done done;
    struct migrate_state st;
    enum err e = migrate_run(c, migration_files, &done);
    for (size_t i = 0; i < c->problems.n; i++)
        printf("  " STR_FMT ": " STR_FMT "\n", STR_ARG(c->problems.p[i].code),
               STR_ARG(c->problems.p[i].args[0].s));
    CHECK_OK(e);
    CHECK_I64(done.applied, migration_files.n);
    CHECK_OK(migrate_run(c, migration_files, &done));
    CHECK_I64(done.applied, 0);
    CHECK_OK(migrate_status(c, migration_files, &st));
    CHECK_I64(st.pending, 0);
    CHECK_I64(st.current, st.newest);
}

static void project_migrations_apply(void) {
    fresh();
    if (env.pg) { /* in a schema of their own */
        must(script("CREATE SCHEMA project; SET search_path = project"), "pg");
        apply_project(&env.c);
        must(script("SET search_path = public; DROP SCHEMA project CASCADE"),
             "pg");
        return;
    }
    struct db *d;
    struct db_conn *conn;
    struct str url = str_fmt(env.arena, "sqlite:%s/empty.db", env.dir);
    must(db_open(&env.c, url, &d), "open");
    must(db_connect(&env.c, d, DB_WRITER, &conn), "connect");
    struct ctx c = other_ctx(env.arena, conn);
    apply_project(&c);
    db_disconnect(conn);
    db_close(d);
}

/* --- description -------------------------------------------------------- */

static struct str described(void) {
    struct buf b;
    buf_init(&b, env.arena, 1 << 20);
    must(db_describe(&env.c, &b), "describe");
    return buf_view(&b);
}

static void description_shows_the_schema(void) {
    fresh();
    struct str before = described();
    must(script("CREATE TABLE d_two (id BIGINT NOT NULL, name TEXT DEFAULT 'x',"
                " n BIGINT NOT NULL DEFAULT 0);"
                "CREATE UNIQUE INDEX d_two_name ON d_two (name, n DESC)"
                " WHERE n > 0"),
         "d_two");
    struct str one = described();
    CHECK(!str_eq(before, one));
    CHECK(str_find(one, S("column d_two.n bigint not null default 0")) !=
          SIZE_MAX);
    CHECK(str_find(one, S("d_two_name")) != SIZE_MAX);
    CHECK(str_find(one, S("schema_migration")) == SIZE_MAX);
    must(script("DROP TABLE d_two"), "drop");
    must(script("CREATE  TABLE d_two (\n id BIGINT NOT NULL,\n name TEXT\n"
                "  DEFAULT 'x',\n n BIGINT DEFAULT 0 NOT NULL);\n"
                "CREATE UNIQUE INDEX d_two_name\n ON d_two(name, n DESC)\n"
                " WHERE n > 0"),
         "d_two");
    CHECK(str_eq(one, described())); /* only the spelling differs */
    must(script("DROP INDEX d_two_name;"
                "CREATE INDEX d_two_name ON d_two (name, n DESC) WHERE n > 0"),
         "index");
    CHECK(!str_eq(one, described()));
    must(script("DROP TABLE d_two"), "drop");
    CHECK(str_eq(before, described()));
}

/* --- search ------------------------------------------------------------- */

static int64_t matches(const struct str *tokens, size_t n) {
    struct sqlb b;
    sqlb_init(&b, &env.c);
    SQLB(&b, "SELECT coalesce(sum(t.id), 0) FROM thing t WHERE ");
    db_search_match(&b, S("thing"), S("t"), tokens, n);
    int64_t sum = -1;
    must(sqlb_i64(&b, -1, &sum), "match");
    return sum;
}

#define TOKENS(...)                                                            \
    (const struct str[]){__VA_ARGS__},                                         \
        sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)

static void search_finds_all_of_the_tokens(void) {
    fresh();
    must(script("CREATE TABLE thing (id BIGINT PRIMARY KEY);"
                "INSERT INTO thing VALUES (1), (2), (4)"),
         "thing");
    must(db_script(&env.c,
                   db_search_ddl(env.arena, db_engine(env.db), S("thing"))),
         "ddl");
    struct ctx *c = &env.c;
    CHECK_OK(db_search_put(c, S("thing"), 1, NULL, 0,
                           TOKENS(S("王"), S("王小"), S("p:wang"), S("a-b"))));
    CHECK_OK(db_search_put(c, S("thing"), 2, NULL, 0,
                           TOKENS(S("王"), S("c\\d{e}"), S("x\"y z"))));
    CHECK_OK(db_search_put(c, S("thing"), 4, NULL, 0, TOKENS(S("李"))));
    CHECK_I64(matches(TOKENS(S("王"))), 3);
    CHECK_I64(matches(TOKENS(S("王"), S("王小"))), 1);
    CHECK_I64(matches(TOKENS(S("p:wang"))), 1);
    CHECK_I64(matches(TOKENS(S("a-b"), S("王"))), 1);
    CHECK_I64(matches(TOKENS(S("c\\d{e}"))), 2);
    CHECK_I64(matches(TOKENS(S("x\"y z"))), 2);
    CHECK_I64(matches(TOKENS(S("a"))), 0);
    CHECK_I64(matches(TOKENS(S("OR"))), 0); /* no operators */
    CHECK_I64(matches(TOKENS(S("小"))), 0);
    CHECK_I64(matches(NULL, 0), 7);
}

static void search_replaces(void) {
    fresh();
    struct ctx *c = &env.c;
    CHECK_OK(db_search_put(c, S("thing"), 1,
                           TOKENS(S("王"), S("王小"), S("p:wang"), S("a-b")),
                           TOKENS(S("张"), S("a-b"))));
    CHECK_I64(matches(TOKENS(S("王"))), 2);
    CHECK_I64(matches(TOKENS(S("张"), S("a-b"))), 1);
    CHECK_OK(
        db_search_put(c, S("thing"), 1, TOKENS(S("张"), S("a-b")), NULL, 0));
    CHECK_I64(matches(TOKENS(S("张"))), 0);
    CHECK_I64(matches(TOKENS(S("a-b"))), 0);
    CHECK_OK(db_search_put(c, S("thing"), 1, NULL, 0, TOKENS(S("张"))));
    CHECK_I64(matches(TOKENS(S("张"))), 1);
    CHECK(str_find(described(), S("search_thing")) != SIZE_MAX);
}

/* Ids as they were found, and how many of them are wanted. */
static struct db_found newest(int64_t from, int64_t to, size_t most,
                              struct tokens one, struct tokens two) {
    struct tokens lists[] = {one, two};
    struct db_found found = {0};
    must(db_search_newest(&env.c, S("thing"), lists, two.n > 0 ? 2 : 1, from,
                          to, most, &found),
         "newest");
    return found;
}

#define LIST(...)                                                              \
    (struct tokens) {                                                          \
        TOKENS(__VA_ARGS__)                                                    \
    }

/* Over blocks of ids of every size, and what lies below and above. */
static void search_finds_the_newest(void) {
    static const int64_t ids[] = {5,      4095,    4096,     8191,    70000,
                                  200000, 3000000, 40000000, 40000001};
    const size_t n = COUNT_OF(ids);
    struct tokens none = {0}, all = LIST(S("all"));
    for (size_t i = 0; i < n; i++)
        CHECK_OK(db_search_put(&env.c, S("thing"), ids[i], NULL, 0,
                               TOKENS(S("all"), i % 2 ? S("odd") : S("even"),
                                      i == 4 ? S("one") : S("other"))));
    struct db_found found = newest(0, 50000000, 100, all, none);
    CHECK_I64(found.ids.n, (int64_t)n);
    for (size_t i = 0; i < found.ids.n && i < n; i++)
        CHECK_I64(found.ids.p[i], ids[n - 1 - i]);
    found = newest(0, 50000000, 3, all, none);
    CHECK_I64(found.ids.n, 3);
    CHECK_I64(found.ids.p[2], 3000000);
    found = newest(4096, 200000, 100, all, none);
    CHECK_I64(found.ids.n, 3);
    CHECK_I64(found.ids.p[0], 70000);
    CHECK_I64(found.ids.p[2], 4096);
    found = newest(4096, 40000001, 2, all, none);
    CHECK_I64(found.ids.n, 2);
    CHECK_I64(found.ids.p[0], 40000000);
    found = newest(0, 50000000, 100, LIST(S("all"), S("odd")), LIST(S("one")));
    CHECK_I64(found.ids.n, 5);
    CHECK_I64(found.ids.p[2], 70000);
    CHECK_I64(newest(0, 50000000, 9, LIST(S("C2")), none).ids.n, 0);
    CHECK_I64(newest(5, 5, 9, all, none).ids.n, 0);
    /* goes on behind what it holds */
    found = newest(40000001, 50000000, 4, all, none);
    CHECK_OK(
        db_search_newest(&env.c, S("thing"), &all, 1, 0, 40000001, 4, &found));
    CHECK_I64(found.ids.n, 4);
    CHECK_I64(found.ids.p[3], 200000);
}

/* Thousands next to each other, far below the newest. */
static void search_finds_the_newest_of_very_many(void) {
    enum { ROWS = 6000, BEGIN = 100001, WANTED = 150 };
    struct tokens thick = LIST(S("thick")), none = {0};
    struct db_search_row *rows =
        NEW_ARRAY(env.arena, struct db_search_row, ROWS);
    for (int i = 0; i < ROWS; i++) {
        rows[i].id = BEGIN + i;
        rows[i].stored = db_search_stored(env.arena, env.db, thick.p, thick.n);
    }
    CHECK_OK(db_begin(&env.c));
    CHECK_OK(db_search_add(&env.c, S("thing"), rows, ROWS));
    CHECK_OK(db_commit(&env.c));
    struct db_found found = newest(0, 20000000, WANTED, thick, none);
    CHECK_I64(found.ids.n, WANTED);
    for (size_t i = 0; i < found.ids.n; i++)
        CHECK_I64(found.ids.p[i], BEGIN + ROWS - 1 - (int64_t)i);
    found = newest(0, 20000000, ROWS * 2, thick, none);
    CHECK_I64(found.ids.n, ROWS);
    CHECK_I64(found.ids.p[ROWS - 1], BEGIN);
}

/* The statements ask for what the index holds, to the letter. */
static void search_asks_the_index(void) {
    if (!env.pg)
        return;
    struct sqlb b;
    struct rows *r;
    bool more, named = false;
    must(script("SET enable_seqscan = off"), "set");
    sqlb_init(&b, &env.c);
    SQLB(&b, "EXPLAIN SELECT t.id FROM thing t WHERE ");
    db_search_match(&b, S("thing"), S("t"), TOKENS(S("one")));
    must(sqlb_query(&b, &r), "explain");
    for (;;) {
        must(rows_next(r, &more), "row");
        if (!more)
            break;
        named |= str_find(row_view(r, 0), S("search_thing_tokens")) != SIZE_MAX;
    }
    must(script("RESET enable_seqscan"), "reset");
    CHECK(named);
}

/* --- backup and lock ---------------------------------------------------- */

struct steps {
    int n;
    int stop_at; /* 0: never */
    int64_t done, total;
};

static bool step(void *arg, int64_t done, int64_t total) {
    struct steps *s = arg;
    s->done = done;
    s->total = total;
    if (++s->n == 1) /* the writer goes on writing between steps */
        must(script("INSERT INTO big (b) VALUES ('late')"), "late");
    return s->n != s->stop_at;
}

static struct str in_dir(const char *name) {
    return str_fmt(env.arena, "%s/%s", env.dir, name);
}

static bool ignore(void *arg, int64_t done, int64_t total) {
    return done <= total;
}

/* pg_dump's rows are counted where text looks like the end of them. */
static void dump_is_counted(void) {
    struct str path = in_dir("copy.dump");
    struct db_counts here, there;
    struct buf wrong;
    buf_init(&wrong, env.arena, 4096);
    must(script("CREATE TABLE odd (b TEXT, id BIGINT);"
                "INSERT INTO odd VALUES (E'\\\\.', 3), (E'\\n\\\\.\\n', 900),"
                " (E'\\t7\\t', 12), (NULL, NULL), ('', 5);"
                "CREATE TABLE bare (b TEXT); INSERT INTO bare VALUES ('1')"),
         "odd");
    CHECK_OK(db_backup(&env.c, path, ignore, NULL));
    CHECK_OK(db_counts(&env.c, &here));
    CHECK_OK(db_counts_of_copy(&env.c, "postgresql", path, &there, &wrong));
    db_counts_compare(&here, &there, &wrong);
    CHECK_STR(buf_view(&wrong), "");
    for (size_t i = 0; i < there.v.n; i++) {
        bool odd = str_eqc(there.v.p[i].table, "odd");
        if (odd || str_eqc(there.v.p[i].table, "bare")) {
            CHECK_I64(there.v.p[i].rows, odd ? 5 : 1);
            CHECK_I64(there.v.p[i].last, odd ? 900 : 0);
        }
    }
    must(script("INSERT INTO bare VALUES ('2')"), "more");
    CHECK_OK(db_counts(&env.c, &here));
    db_counts_compare(&here, &there, &wrong);
    CHECK_STR(buf_view(&wrong), "bare: 1 rows up to 0, not 2 up to 0\n");
}

static void backup_is_whole(void) {
    fresh();
    struct steps steps = {0};
    struct str path = in_dir("copy.db");
    if (env.pg) {
        dump_is_counted();
        return;
    }
    must(script("CREATE TABLE big (b TEXT);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                " WHERE i < 40000) INSERT INTO big"
                " SELECT hex(randomblob(200)) FROM n"),
         "big");
    CHECK_OK(db_backup(&env.c, path, step, &steps));
    CHECK(steps.n >= 2); /* 16 MB don't fit into one step */
    CHECK_I64(steps.done, steps.total);
    struct str url = str_cat(env.arena, S("sqlite:"), path);
    struct db *copy;
    struct db_conn *conn;
    must(db_open(&env.c, url, &copy), "open copy");
    must(db_connect(&env.c, copy, DB_READER, &conn), "connect");
    struct ctx c = other_ctx(env.arena, conn);
    SQL(Q_BIG, "SELECT count(*) FROM big");
    SQL(Q_CHECK, "SELECT integrity_check = 'ok' FROM pragma_integrity_check");
    int64_t n;
    CHECK_OK(db_i64(&c, &Q_BIG, NO_ARGS, 0, &n));
    CHECK_I64(n, 40001);
    CHECK_OK(db_i64(&c, &Q_CHECK, NO_ARGS, 0, &n));
    CHECK_I64(n, 1);
    db_disconnect(conn);
    db_close(copy);
    struct stat st;
    CHECK(stat(str_cstr(env.arena, path), &st) == 0);
    CHECK_I64(st.st_mode & 0777, 0600);
}

static void cancelled_backup_leaves_the_old_file(void) {
    if (env.pg)
        return;
    fresh();
    struct steps steps = {.n = 1, .stop_at = 2};
    struct str path = in_dir("copy.db");
    struct stat before, after;
    CHECK(stat(str_cstr(env.arena, path), &before) == 0);
    CHECK_I64(db_backup(&env.c, path, step, &steps), ERR_CANCELLED);
    CHECK(stat(str_cstr(env.arena, path), &after) == 0);
    CHECK_I64(after.st_ino, before.st_ino);
    CHECK(!exists(in_dir("copy.db.part")));
    fail_clear(&env.c);
    CHECK_I64(db_backup(&env.c, S("/nowhere/at/all.db"), NULL, NULL), ERR_IO);
}

static void one_writer_holds_the_lock(void) {
    if (env.pg)
        return;
    fresh();
    struct db_lock *l, *again;
    struct db_lock_holder who;
    struct str path = db_path(env.db);
    CHECK_OK(db_lock_acquire(&env.c, path, S("/run/x.sock"), &l, NULL));
    CHECK_I64(db_lock_acquire(&env.c, path, S(""), &again, &who), ERR_BUSY);
    CHECK_STR(problem_code(), "db_locked");
    CHECK_I64(env.c.problems.p[0].args[0].i, getpid());
    CHECK_I64(who.pid, getpid());
    CHECK_STR(who.socket, "/run/x.sock");
    db_lock_release(l);
    CHECK_OK(db_lock_acquire(&env.c, path, S(""), &l, NULL));
    db_lock_release(l);
    fail_clear(&env.c);
    CHECK_I64(db_lock_acquire(&env.c, S("/nowhere/x"), S(""), &l, NULL),
              ERR_UNAVAILABLE);
}

static void other_files_are_refused(void) {
    if (env.pg)
        return;
    fresh();
    FILE *f = fopen(str_cstr(env.arena, in_dir("text.db")), "w");
    for (int i = 0; i < 200; i++)
        fputs("not a database at all\n", f);
    fclose(f);
    struct db *d;
    CHECK_I64(db_open(&env.c,
                      str_cat(env.arena, S("sqlite:"), in_dir("text.db")), &d),
              ERR_IO);
}

static void suite(void) {
    RUN(migrations_are_applied_once);
    RUN(bad_migration_leaves_nothing);
    RUN(foreign_histories_are_refused);
    RUN(sections_are_chosen);
    RUN(rebuilt_table_keeps_its_children);
    RUN(own_columns_are_carried);
    RUN(embedded_files_are_whole);
    RUN(project_migrations_apply);
    RUN(description_shows_the_schema);
    RUN(search_finds_all_of_the_tokens);
    RUN(search_replaces);
    RUN(search_finds_the_newest);
    RUN(search_finds_the_newest_of_very_many);
    RUN(search_asks_the_index);
    RUN(backup_is_whole);
    RUN(cancelled_backup_leaves_the_old_file);
    RUN(one_writer_holds_the_lock);
    RUN(other_files_are_refused);
}

int main(void) {
    on_both(suite);
    return test_end();
}
