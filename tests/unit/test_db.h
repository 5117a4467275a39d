/* What the database tests share: a fresh database of each engine. SQLite is a
 * file in a folder of its own; PostgreSQL is a database made on the server of
 * GUANXI_TEST_PG (tests/pg.sh) and dropped at the end. */
#ifndef TESTS_TEST_DB_H
#define TESTS_TEST_DB_H

#include "db/db.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct env {
    struct arena *arena;
    struct ctx c;
    struct db *db;
    struct db_conn *conn; /* the writer */
    struct str url;
    char dir[64];
    bool pg;
} env;

static UNUSED void must(enum err e, const char *what) {
    if (e == OK)
        return;
    printf("%s: %s %s\n", what, err_code(e),
           env.c.problems.n > 0 ? env.c.problems.p[0].code.p : "");
    for (size_t i = 0; i < env.c.problems.n; i++)
        printf("  " STR_FMT " " STR_FMT "\n", STR_ARG(env.c.problems.p[i].code),
               STR_ARG(env.c.problems.p[i].args[0].s));
    exit(1);
}

/* A context like env.c with an arena and a connection of its own. */
static UNUSED struct ctx other_ctx(struct arena *a, struct db_conn *conn) {
    struct ctx c;
    ctx_init(&c, a);
    c.db = conn;
    return c;
}

static UNUSED struct str problem_code(void) {
    return env.c.problems.n > 0 ? env.c.problems.p[0].code : S("");
}

static UNUSED struct str problem_field(void) {
    return env.c.problems.n > 0 ? env.c.problems.p[0].field : S("");
}

/* Ends what the test before left: cursors, problems, memory. */
static UNUSED void fresh(void) {
    arena_reset(env.arena);
    struct db_conn *conn = env.conn;
    ctx_init(&env.c, env.arena);
    env.c.db = conn;
}

/* Runs a statement with no name, for set-up only. */
static UNUSED enum err script(const char *text) {
    return db_script(&env.c, str_of(text));
}

/* In DDL both engines read, "BYTES" is the type of bytes. */
static UNUSED void make(const char *ddl) {
    struct buf b;
    buf_init(&b, env.arena, 1 << 16);
    struct str rest = str_of(ddl);
    size_t at;
    while ((at = str_find(rest, S("BYTES"))) != SIZE_MAX) {
        buf_str(&b, str_sub(rest, 0, at));
        buf_cstr(&b, env.pg ? "BYTEA" : "BLOB");
        rest = str_sub(rest, at + 5, rest.n);
    }
    buf_str(&b, rest);
    must(db_script(&env.c, buf_view(&b)), "set-up");
}

static void env_start(const char *url) {
    env.arena = arena_new();
    ctx_init(&env.c, env.arena);
    env.url = str_of(url);
    must(db_open(&env.c, env.url, &env.db), "open");
    must(db_connect(&env.c, env.db, DB_WRITER, &env.conn), "connect");
    env.c.db = env.conn;
    env.pg = str_eqc(S("postgresql"), db_engine(env.db));
}

static void env_end(void) {
    db_disconnect(env.conn);
    db_close(env.db);
    arena_free(env.arena);
}

static void on_sqlite(void (*suite)(void)) {
    static char url[128];
    snprintf(env.dir, sizeof env.dir, "/tmp/gx-db-XXXXXX");
    if (mkdtemp(env.dir) == NULL)
        exit(1);
    snprintf(url, sizeof url, "sqlite:%s/t.db", env.dir);
    env_start(url);
    suite();
    env_end();
    char gone[160];
    static const char *const left[] = {"t.db",        "t.db-wal",
                                       "t.db-shm",    "t.db.lock",
                                       "copy.db",     "copy.db-wal",
                                       "copy.db-shm", "empty.db",
                                       "text.db",     "t.db.before-0002.bak"};
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        snprintf(gone, sizeof gone, "%s/%s", env.dir, left[i]);
        unlink(gone);
    }
    rmdir(env.dir);
}

static void on_admin(const char *admin_url, const char *text) {
    env_start(admin_url);
    must(script(text), text);
    env_end();
}

static void on_pg(void (*suite)(void)) {
    const char *admin = getenv("GUANXI_TEST_PG");
    if (admin == NULL || *admin == '\0') {
        printf("skipped: PostgreSQL not running\n");
        return;
    }
    char name[40], text[128];
    static char url[512];
    snprintf(name, sizeof name, "gx_test_%ld", (long)getpid());
    snprintf(text, sizeof text, "CREATE DATABASE %s", name);
    on_admin(admin, text);
    const char *slash = strrchr(admin, '/');
    snprintf(url, sizeof url, "%.*s/%s", (int)(slash - admin), admin, name);
    env_start(url);
    suite();
    env_end();
    snprintf(text, sizeof text, "DROP DATABASE %s WITH (FORCE)", name);
    on_admin(admin, text);
}

/* The same suite on every engine there is. */
static UNUSED void on_both(void (*suite)(void)) {
    printf("sqlite\n");
    on_sqlite(suite);
    printf("postgresql\n");
    on_pg(suite);
}

#endif
