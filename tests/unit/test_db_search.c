/* The newest records of the search index beside what was put there, on every
 * engine: after many changes and merges, in lists of one page and of several.
 * On SQLite by the lists as they are read there, too. */
#include "test_db.h"

#include "base/token.h"
#include "db/sqlite.h"

#define RECORDS 12000
#define TERMS 14
#define STEPS 60
#define CHANGED_MAX 40
#define ASKED 12

/* Which tokens each record has, a bit each; none: not in the index. */
static uint32_t has[RECORDS + 1];
static uint64_t seed = 7;

static uint32_t below(uint32_t n) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* The first stands in every second record, each other in half as many. */
static uint32_t some_terms(void) {
    uint32_t out = 0;
    for (uint32_t k = 0; k < TERMS; k++)
        if (below(2u << k) == 0)
            out |= 1u << k;
    return out;
}

/* Of different lengths, and some the beginning of others. */
static struct tokens tokens_of(uint32_t terms) {
    static const char *const names[TERMS] = {
        "lab", "laba", "lb",   "h王",   "h王小", "h小", "p",
        "pxi", "pxim", "qang", "l1380", "l138",  "z",   "h张"};
    struct str *t = NEW_ARRAY(env.arena, struct str, TERMS);
    size_t n = 0;
    for (size_t k = 0; k < TERMS; k++)
        if ((terms >> k & 1) != 0)
            t[n++] = str_of(names[k]);
    return (struct tokens){t, n};
}

static void put(int64_t id, uint32_t terms) {
    struct tokens old = tokens_of(has[id]), new = tokens_of(terms);
    must(db_search_put(&env.c, S("thing"), id, old.p, old.n, new.p, new.n),
         "put");
    has[id] = terms;
}

static void fill(void) {
    struct db_search_row *rows =
        NEW_ARRAY(env.arena, struct db_search_row, RECORDS);
    for (int64_t i = 0; i < RECORDS; i++) {
        has[i + 1] = some_terms() | 1u << (TERMS - 1);
        struct tokens t = tokens_of(has[i + 1]);
        rows[i].id = i + 1;
        rows[i].stored = db_search_stored(env.arena, env.db, t.p, t.n);
    }
    must(db_begin(&env.c), "begin");
    must(db_search_add(&env.c, S("thing"), rows, RECORDS), "add");
    must(db_commit(&env.c), "commit");
}

static void change(void) {
    must(db_begin(&env.c), "begin");
    for (uint32_t n = 1 + below(CHANGED_MAX); n > 0; n--)
        put(1 + below(RECORDS), below(8) == 0 ? 0 : some_terms());
    must(db_commit(&env.c), "commit");
}

static void merge(void) {
    bool more;
    must(db_begin(&env.c), "begin");
    must(db_search_merge(&env.c, S("thing"), 4, &more), "merge");
    must(db_commit(&env.c), "commit");
}

static bool is_found(int64_t id, uint32_t one, uint32_t two) {
    return (has[id] & one) == one || (two != 0 && (has[id] & two) == two);
}

/* Are they the newest `most` of [from, to)? */
static void compare(const struct db_found *found, uint32_t one, uint32_t two,
                    int64_t from, int64_t to, size_t most) {
    size_t n = 0;
    bool same = true;
    for (int64_t id = to - 1; id >= from && n < most; id--)
        if (is_found(id, one, two)) {
            same &= n < found->ids.n && found->ids.p[n] == id;
            n++;
        }
    CHECK_I64(found->ids.n, (int64_t)n);
    CHECK(same);
}

static uint32_t one_or_two(void) {
    return 1u << below(TERMS) | 1u << below(TERMS);
}

/* *read: how many of them SQLite's own lists answered. */
static void ask(struct ctx *reader, int *read) {
    for (int i = 0; i < ASKED; i++) {
        uint32_t one = one_or_two(), two = i % 2 ? one_or_two() : 0;
        int64_t from = i % 3 == 0 ? 1 : 1 + below(RECORDS);
        int64_t to = i % 3 == 0 ? RECORDS + 1 : from + below(RECORDS / 2);
        to = to > RECORDS + 1 ? RECORDS + 1 : to;
        size_t most = i % 4 == 0 ? 5 : RECORDS, n = two != 0 ? 2 : 1;
        struct tokens lists[] = {tokens_of(one), tokens_of(two)};
        struct db_found found = {0}, listed = {0};
        must(db_search_newest(reader, S("thing"), lists, n, from, to, most,
                              &found),
             "newest");
        compare(&found, one, two, from, to, most);
        bool done = false;
        if (!env.pg)
            must(sq_postings(reader, S("thing"), lists, n, from, to, most,
                             &listed, &done),
                 "postings");
        if (done)
            compare(&listed, one, two, from, to, most);
        *read += done;
    }
}

static void the_newest_are_found_through_all_changes(void) {
    struct arena *a = arena_new();
    struct db_conn *conn;
    int read = 0;
    fresh();
    must(script("CREATE TABLE thing (id BIGINT PRIMARY KEY)"), "thing");
    must(db_script(&env.c,
                   db_search_ddl(env.arena, db_engine(env.db), S("thing"))),
         "ddl");
    must(db_connect(&env.c, env.db, DB_READER, &conn), "connect");
    struct ctx reader = other_ctx(a, conn);
    ask(&reader, &read); /* of nothing */
    fill();
    for (int i = 0; i < STEPS; i++) {
        change();
        if (i % 3 == 2)
            merge();
        ask(&reader, &read);
        arena_reset(a);
        fresh();
    }
    CHECK(env.pg || read > STEPS * ASKED / 2);
    db_disconnect(conn);
    arena_free(a);
}

/* Who writes sees his own changes, which no table holds yet. */
static void a_writer_finds_what_he_has_written(void) {
    struct db_found found = {0};
    fresh();
    struct tokens t = tokens_of(1u << 9);
    must(db_begin(&env.c), "begin");
    put(RECORDS, has[RECORDS] | 1u << 9);
    must(db_search_newest(&env.c, S("thing"), &t, 1, 1, RECORDS + 1, 1, &found),
         "newest");
    CHECK(found.ids.n == 1 && found.ids.p[0] == RECORDS);
    db_rollback(&env.c);
}

static void suite(void) {
    memset(has, 0, sizeof has);
    RUN(the_newest_are_found_through_all_changes);
    RUN(a_writer_finds_what_he_has_written);
}

int main(void) {
    on_both(suite);
    return test_end();
}
