/* "View as": another actor for one request. Owns nothing beyond the call; any
 * thread. Invariant: nobody looks unseen: what can't be audited is refused. */
#include "app/view_as.h"

#include "base/json.h"
#include "store/store.h"
#include "store/trail.h"

#define PATH_MAX_BYTES 500

/* The audit entry, in an arena that outlives the request. */
struct look {
    struct str who, path;
};

static enum err write_look(struct ctx *c, void *arg) {
    const struct look *l = arg;
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 8192);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("as"), l->who);
    jw_kstr(&w, S("path"), l->path);
    jw_object_end(&w);
    return trail_event(c, S("view_as"), S("role"), 0, buf_view(&b));
}

static void look_done(struct write_job *job) {
    arena_free(job->c->arena);
}

/* On SQLite the loop thread can't wait for the writer; what is queued there is
 * written unless the process dies first. */
static enum err note_later(struct ctx *c, const struct look *l) {
    struct arena *arena = arena_new();
    struct ctx *own = NEW(arena, struct ctx);
    struct look *copy = NEW(arena, struct look);
    struct actor *by = NEW(arena, struct actor);
    struct write_job *job = NEW(arena, struct write_job);
    ctx_init(own, arena);
    by->user_id = c->actor->user_id;
    own->actor = by;
    own->store = c->store;
    own->registry = store_registry(c->store, arena);
    own->zone = c->zone;
    own->now_ms = c->now_ms;
    own->request_id = str_dup(arena, c->request_id);
    *copy = (struct look){str_dup(arena, l->who), str_dup(arena, l->path)};
    *job = (struct write_job){.c = own,
                              .fn = write_look,
                              .arg = copy,
                              .lane = LANE_INTERACTIVE,
                              .done = look_done};
    enum err e = store_write_async(c->store, job);
    if (e != OK) {
        arena_free(arena);
        return fail(c, e, "", "busy");
    }
    return OK;
}

static bool read_id(struct str s, int64_t *out) {
    *out = 0;
    for (size_t i = 0; i < s.n && i < 16; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *out = *out * 10 + (s.p[i] - '0');
    }
    return s.n > 0 && s.n < 16;
}

static enum err find(struct ctx *c, struct str who, struct actor **out) {
    int64_t id;
    if (str_starts(who, S("role:")))
        return actor_as_role(c, str_sub(who, 5, who.n), out);
    if (!str_starts(who, S("user:")) || !read_id(str_sub(who, 5, who.n), &id))
        return fail(c, ERR_INVALID, "view_as", "bad_view_as");
    if (actor_load(c, id, out) != OK) {
        fail_clear(c);
        return fail(c, ERR_INVALID, "view_as", "bad_view_as");
    }
    return OK;
}

enum err view_as(struct ctx *c, struct str who, struct str path) {
    struct actor *a;
    struct look l = {who, str_sub(path, 0, PATH_MAX_BYTES)};
    if (!c->actor->admin)
        return fail(c, ERR_FORBIDDEN, "view_as", "forbidden");
    enum err e = find(c, who, &a);
    if (e == ERR_NOT_FOUND) {
        fail_clear(c);
        e = fail(c, ERR_INVALID, "view_as", "bad_view_as");
    }
    TRY(e);
    if (store_one_writer(c->store))
        TRY(note_later(c, &l));
    else
        TRY(store_write(c, LANE_INTERACTIVE, write_look, &l));
    a->viewer_id = c->actor->user_id;
    a->lang = c->actor->lang;
    c->actor = a;
    return OK;
}
