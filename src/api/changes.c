/* GET /changes: what has happened to the records the caller may see, for
 * programs that keep a copy. */
#include "api/changes.h"

#include "api/reply.h"
#include "api/routes.h"
#include "base/num.h"
#include "base/time.h"
#include "store/feed.h"

#define LIMIT_DEFAULT 500
#define LIMIT_MAX 1000

struct asked {
    struct feed_place since;
    int64_t limit;
    struct str objects; /* comma list; empty: all */
};

static enum err read_since(struct ctx *c, struct str text,
                           struct feed_place *out) {
    if (text.n == 0) {
        *out = (struct feed_place){0};
        return OK;
    }
    if (str_eqc(text, "now"))
        return feed_end(c, out);
    TRY(feed_cursor_parse(c, text, out));
    return feed_check(c, *out);
}

static enum err check_objects(struct ctx *c, struct str list) {
    struct str part;
    const struct entity_info *i;
    while (str_cut(&list, ',', &part)) {
        enum err e = verb_entity(c, part, &i);
        if (e == OK)
            continue;
        fail_clear(c);
        return failv(c, ERR_INVALID, S("objects"), "unknown_object",
                     ARGS(V(part)));
    }
    return OK;
}

static enum err read_asked(struct ctx *c, const struct call *call,
                           struct asked *out) {
    bool found;
    *out = (struct asked){.limit = LIMIT_DEFAULT};
    struct str limit = url_get(&call->params, S("limit"), &found);
    if (found && (num_parse(limit, 0, NUM_EXACT, &out->limit) != NUM_OK ||
                  out->limit < 1 || out->limit > LIMIT_MAX))
        return failv(c, ERR_INVALID, S("limit"), "limit_range",
                     ARGS(V(1), V(LIMIT_MAX)));
    out->objects = url_get(&call->params, S("objects"), &found);
    TRY(check_objects(c, out->objects));
    return read_since(c, url_get(&call->params, S("since"), &found),
                      &out->since);
}

bool changes_wanted(struct str objects, const struct feed_row *r) {
    struct str part;
    if (objects.n == 0)
        return true;
    while (str_cut(&objects, ',', &part))
        if (str_eq(part, r->info->e->plural))
            return true;
    return false;
}

/* Came into sight, or another way of it has ended. */
static bool is_passage(struct str op) {
    return str_eqc(op, "move") || str_starts(op, S("share")) ||
           str_starts(op, S("unshare"));
}

void changes_write(struct ctx *c, struct jw *w, const struct feed_row *r) {
    struct str op = r->sight == FEED_GONE ? S("gone")
                    : is_passage(r->op)   ? S("update")
                                          : r->op;
    jw_object(w);
    jw_kstr(w, S("entity"), r->info->e->name);
    jw_kstr(w, S("object"), r->info->e->plural);
    jw_ki64(w, S("id"), r->record_id);
    jw_kstr(w, S("op"), op);
    if (r->sight == FEED_SEEN) {
        jw_ki64(w, S("rev"), r->rev);
        jw_kstr(w, S("at"), instant_text(c->arena, r->at));
    }
    jw_object_end(w);
}

static enum err changes_h(struct ctx *c, struct call *call) {
    struct asked a;
    struct feed_row *rows;
    struct jw *w = &call->w;
    size_t n;
    TRY(read_asked(c, call, &a));
    TRY(feed_read(c, a.since, (size_t)a.limit, &rows, &n));
    TRY(feed_look(c, rows, n));
    jw_object(w);
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t k = 0; k < n; k++)
        if (rows[k].sight != FEED_HIDDEN && changes_wanted(a.objects, &rows[k]))
            changes_write(c, w, &rows[k]);
    jw_array_end(w);
    jw_kstr(w, S("cursor"),
            feed_cursor(c, n > 0 ? rows[n - 1].place : a.since));
    jw_kbool(w, S("more"), n == (size_t)a.limit);
    jw_object_end(w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/changes",
     .fn = changes_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY, /* who syncs would ask again for as much */
     .doc = "Changes since a cursor, oldest first; kept 30 days.",
     .tag = "records",
     .in = "changes_query",
     .out = "changes"},
};

const struct route_list changes_routes = {routes, COUNT_OF(routes)};
