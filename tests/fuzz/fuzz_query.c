/* What a list is asked with: the query string, the filter tree of a search, a
 * cursor; against the real model, as somebody who may see everything. The
 * first byte of an input says which of them it is. */
#include "fuzz.h"

#include "app/hooks.h"
#include "db/migrate.h"
#include "http/url.h"
#include "store/actor.h"
#include "store/query.h"
#include "store/query_parts.h"

#include <unistd.h>

static const struct entity_info *customers(struct ctx *c) {
    return registry_find(c->registry, S("customer"));
}

static bool read_params(struct ctx *c, struct query *q, struct str s) {
    struct url_params params;
    if (url_query(c, s, &params) != OK)
        return false;
    for (size_t i = 0; i < params.n; i++)
        if (query_param(c, q, params.p[i].name, params.p[i].value) != OK)
            return false;
    return true;
}

/* What was understood can be asked of the database. */
static void ask(struct ctx *c, struct query *q) {
    struct buf b;
    struct jw w;
    if (q->n_sort > SORT_MAX || q->limit < 0 || q->limit > LIMIT_MAX)
        die("beyond the limits");
    buf_init(&b, c->arena, 4 << 20);
    jw_init(&w, &b);
    jw_object(&w);
    enum err e = query_run(c, q, S("/api/v1/customers"), &w);
    if (e == ERR_INTERNAL || e == ERR_IO)
        die("the database was asked what it can't understand");
    db_detach(c);
}

static void cursors(struct ctx *c, struct query *q, struct str s) {
    struct position p;
    if (cursor_parse(c, q, s, &p) == OK)
        die("a cursor that nobody signed");
}

static void fuzz_one(struct ctx *c, struct str s) {
    struct query q;
    json_t *body;
    if (s.n == 0)
        return;
    struct str rest = str_sub(s, 1, s.n);
    query_init(&q, customers(c));
    if (s.p[0] == '?') {
        if (read_params(c, &q, rest))
            ask(c, &q);
    } else if (s.p[0] == '#') {
        cursors(c, &q, rest);
    } else if (json_read(c, s, &body) == OK && query_json(c, &q, body) == OK) {
        ask(c, &q);
    }
}

static void must(struct ctx *c, enum err e) {
    if (e != OK)
        die("can't make a company: %s", err_code(e));
}

/* A company without records. */
static void fuzz_start(struct ctx *c) {
    char name[] = "/tmp/guanxi-fuzz-XXXXXX";
    struct str url;
    struct db *db;
    struct store *store;
    struct migrate_done done;
    if (mkdtemp(name) == NULL)
        die("no folder for the company");
    url = str_fmt(c->arena, "sqlite:%s/c.db", name);
    must(c, db_open(c, url, &db));
    must(c, db_connect(c, db, DB_WRITER, &c->db));
    must(c, migrate_run(c, migration_files, &done));
    db_disconnect(c->db);
    db_close(db);
    must(c, app_open(c, url, STORE_READ, &store));
    c->actor = actor_console(c);
}

static const struct str fuzz_spice =
    S_INIT("?&=[]{}\"\":,-_.%#andornotfieldopvalue<>*\xe7\x8e\x8b\0");
