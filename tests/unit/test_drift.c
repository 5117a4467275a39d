/* The migrations lead, on each engine, to the very schema that the model's DDL
 * makes: tables, columns, indexes, foreign keys. */
#include "db/migrate.h"
#include "model/emit.h"
#include "test_db.h"

static struct str described[2]; /* [0] by migrations, [1] from the model */
static struct arena *kept;

static void describe(int which) {
    struct buf b;
    buf_init(&b, env.arena, 4 << 20);
    must(db_describe(&env.c, &b), "describe");
    described[which] = str_dup(kept, buf_view(&b));
}

static void by_migrations(void) {
    struct migrate_done done;
    must(migrate_run(&env.c, migration_files, &done), "migrate");
    describe(0);
}

static void from_model(void) {
    struct buf b;
    buf_init(&b, env.arena, 4 << 20);
    emit_ddl(&builtin_model, env.pg ? DDL_POSTGRES : DDL_SQLITE, &b);
    must(db_script(&env.c, buf_view(&b)), "DDL of the model");
    describe(1);
}

static bool has_line(struct str text, struct str line) {
    struct str each;
    while (str_cut(&text, '\n', &each))
        if (str_eq(each, line))
            return true;
    return false;
}

/* Lines of x that y lacks. */
static int missing(struct str x, struct str y, const char *sign) {
    struct str line, rest = x;
    int n = 0;
    while (str_cut(&rest, '\n', &line)) {
        if (has_line(y, line))
            continue;
        printf("%s " STR_FMT "\n", sign, STR_ARG(line));
        n++;
    }
    return n;
}

static void schemas_are_equal(void) {
    CHECK(described[0].n > 1000); /* something was described */
    CHECK_I64(missing(described[0], described[1], "only migrated:"), 0);
    CHECK_I64(missing(described[1], described[0], "only in model/:"), 0);
    CHECK(str_eq(described[0], described[1]));
}

int main(void) {
    kept = arena_new();
    on_sqlite(by_migrations);
    on_sqlite(from_model);
    RUN(schemas_are_equal);
    described[0] = described[1] = S("");
    on_pg(by_migrations);
    on_pg(from_model);
    if (described[0].n + described[1].n > 0)
        RUN(schemas_are_equal);
    arena_free(kept);
    return test_end();
}
