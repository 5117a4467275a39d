/* Built statements: their text, and that both engines read them. */
#include "test_db.h"

static struct sqlb start(void) {
    struct sqlb b;
    fresh();
    sqlb_init(&b, &env.c);
    return b;
}

static struct str text(const struct sqlb *b) {
    return buf_view(&b->text);
}

static void text_is_made_of_parts(void) {
    struct sqlb b = start();
    SQLB(&b, "SELECT ");
    sqlb_column(&b, S("t"), S("name"));
    SQLB(&b, " FROM ");
    sqlb_ident(&b, S("customer"));
    SQLB(&b, " t WHERE t.id = ");
    sqlb_value(&b, V(7));
    SQLB(&b, " AND t.name = ");
    sqlb_value(&b, V("x' OR 1=1 --"));
    CHECK_STR(text(&b), "SELECT t.\"name\" FROM \"customer\" t"
                        " WHERE t.id = $1 AND t.name = $2");
    CHECK_I64(b.args.n, 2);
}

static void appending_renumbers(void) {
    struct sqlb a = start(), b;
    sqlb_init(&b, &env.c);
    SQLB(&a, "SELECT ");
    sqlb_value(&a, V(1));
    SQLB(&b, " + $2 + $1 + '$1''$2' + \"$1\"");
    *VEC_PUSH(env.arena, &b.args) = V(10);
    *VEC_PUSH(env.arena, &b.args) = V(20);
    sqlb_append(&a, &b);
    sqlb_append(&a, &b);
    CHECK_STR(text(&a), "SELECT $1 + $3 + $2 + '$1''$2' + \"$1\""
                        " + $5 + $4 + '$1''$2' + \"$1\"");
    CHECK_I64(a.args.n, 5);
    CHECK_I64(a.args.p[4].i, 20);
}

static int64_t count(struct sqlb *b) {
    int64_t n = -1;
    must(sqlb_i64(b, -1, &n), "count");
    return n;
}

static void ids_in_a_list(void) {
    struct sqlb b = start();
    static const int64_t ids[] = {1, 3, INT64_MAX};
    SQLB(&b, "SELECT count(*) FROM t WHERE id");
    sqlb_in_ids(&b, ids, 3);
    SQLB(&b, " AND id <> ");
    sqlb_value(&b, V(99));
    CHECK_I64(count(&b), 2);
    b = start();
    SQLB(&b, "SELECT count(*) FROM t WHERE id");
    sqlb_in_ids(&b, NULL, 0);
    CHECK_I64(count(&b), 0);
}

static void strings_in_a_list(void) {
    static const struct str names[] = {S_INIT("a\"b\\c,{}"), S_INIT("NULL"),
                                       S_INIT(""), S_INIT("王\n\t\x01")};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct sqlb b = start();
        SQLB(&b, "SELECT min(id) FROM t WHERE name");
        sqlb_in_strs(&b, &names[i], 1);
        CHECK_I64(count(&b), i + 1);
    }
    struct sqlb b = start();
    SQLB(&b, "SELECT count(*) FROM t WHERE name");
    sqlb_in_strs(&b, names, COUNT_OF(names));
    CHECK_I64(count(&b), 4);
    b = start();
    SQLB(&b, "SELECT count(*) FROM t WHERE name");
    sqlb_in_strs(&b, NULL, 0);
    CHECK_I64(count(&b), 0);
}

static void rows_and_changes(void) {
    struct sqlb b = start();
    SQLB(&b, "UPDATE t SET name = name WHERE id <= ");
    sqlb_value(&b, V(2));
    int64_t n;
    CHECK_OK(sqlb_exec(&b, &n));
    CHECK_I64(n, 2);
    b = start();
    SQLB(&b, "SELECT name FROM t WHERE id = ");
    sqlb_value(&b, V(2));
    struct rows *r;
    bool more;
    CHECK_OK(sqlb_query(&b, &r));
    CHECK_OK(rows_next(r, &more));
    CHECK(more);
    CHECK_STR(row_str(r, 0), "NULL");
}

static void too_long_is_refused(void) {
    struct sqlb b = start();
    SQLB(&b, "SELECT 1");
    for (int i = 0; i < 100000; i++)
        SQLB(&b, " + 1");
    int64_t n;
    CHECK_I64(sqlb_i64(&b, 0, &n), ERR_TOO_LARGE);
    CHECK_STR(problem_code(), "query_too_large");
    struct sqlb outer;
    sqlb_init(&outer, &env.c);
    sqlb_append(&outer, &b);
    CHECK_I64(sqlb_exec(&outer, NULL), ERR_TOO_LARGE);
}

static void many_built_statements(void) {
    for (int i = 0; i < 300; i++) { /* five times the cache */
        struct sqlb b = start();
        SQLB(&b, "SELECT CAST(");
        sqlb_value(&b, V(i));
        SQLB(&b, " AS BIGINT)");
        for (int k = 0; k < i % 150; k++)
            SQLB(&b, " + 0");
        int64_t v;
        CHECK_OK(sqlb_i64(&b, -1, &v));
        CHECK_I64(v, i);
    }
}

static void suite(void) {
    make("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT);");
    static const char *const names[] = {"a\"b\\c,{}", "NULL", "", "王\n\t\x01"};
    SQL(Q_PUT, "INSERT INTO t (id, name) VALUES ($1, $2)");
    for (int i = 0; i < 4; i++)
        must(db_exec(&env.c, &Q_PUT, ARGS(V(i + 1), V(names[i])), NULL), "put");
    RUN(text_is_made_of_parts);
    RUN(appending_renumbers);
    RUN(ids_in_a_list);
    RUN(strings_in_a_list);
    RUN(rows_and_changes);
    RUN(too_long_is_refused);
    RUN(many_built_statements);
}

int main(void) {
    on_both(suite);
    return test_end();
}
