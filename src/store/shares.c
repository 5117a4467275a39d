/* SQL of shares. Owns nothing. Invariant: a share that begins, changes or ends
 * leaves an audit entry and a row of the change log for its user, about the
 * record and all that is seen through it; the record's revision stays. */
#include "store/shares.h"

#include "base/time.h"
#include "store/trail.h"
#include "store/trail_move.h"

#define ENDED_ROWS 100 /* in one transaction */
#define TEXT_BYTES 4096

SQL(Q_ONE, "SELECT level, until FROM record_share WHERE entity = $1"
           " AND record_id = $2 AND user_id = $3");
SQL(Q_PUT,
    "INSERT INTO record_share (entity, record_id, user_id, level, until,"
    " created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (entity, record_id, user_id) DO UPDATE SET"
    " level = excluded.level, until = excluded.until,"
    " created_at = excluded.created_at, created_by = excluded.created_by");
SQL(Q_TAKE, "DELETE FROM record_share WHERE entity = $1 AND record_id = $2"
            " AND user_id = $3");
SQL(Q_OF, "SELECT user_id, level, until, created_at, created_by"
          " FROM record_share WHERE entity = $1 AND record_id = $2"
          " AND (until IS NULL OR until > $3) ORDER BY created_at, id");
SQL(Q_ENDED, "SELECT entity, record_id, user_id, level, until"
             " FROM record_share WHERE until <= $1 ORDER BY until, id"
             " LIMIT $2");
SQL(Q_NAME, "SELECT name FROM \"user\" WHERE id = $1");

bool shares_fit(const struct entity *e) {
    return (e->scope == SCOPE_OWNER || e->scope == SCOPE_OWNER_OR_PARENT) &&
           e->record && !e->append_only && e->n_form > 0 &&
           entity_field(e, S("shared")) == NULL;
}

/* --- the trail ------------------------------------------------------------ */

static void describe(struct ctx *c, struct jw *w, struct str name,
                     const struct share *s) {
    if (s == NULL) {
        jw_null(w);
        return;
    }
    struct str until = s->until.type == VAL_NULL
                           ? S("")
                           : str_cat(c->arena, S(", until "),
                                     instant_text(c->arena, s->until.i));
    jw_str(w, str_fmt(c->arena, STR_FMT ": " STR_FMT STR_FMT, STR_ARG(name),
                      STR_ARG(s->level.s), STR_ARG(until)));
}

/* {"share":["name: read","name: write"]}; NULL: there was, or is, none. */
static enum err leave_trail(struct ctx *c, const struct entity *e, int64_t id,
                            const struct share *before,
                            const struct share *after) {
    int64_t user_id = (after != NULL ? after : before)->user_id;
    struct rows *r;
    struct buf b;
    struct jw w;
    bool found;
    TRY(db_one(c, &Q_NAME, ARGS(V(user_id)), &r, &found));
    struct str name = found ? row_str(r, 0) : S("");
    if (found)
        rows_end(r);
    buf_init(&b, c->arena, TEXT_BYTES);
    jw_init(&w, &b);
    jw_object(&w);
    jw_key(&w, S("share"));
    jw_array(&w);
    describe(c, &w, name, before);
    describe(c, &w, name, after);
    jw_array_end(&w);
    jw_object_end(&w);
    TRY(trail_event(c, after != NULL ? S("share") : S("unshare"), e->name, id,
                    buf_view(&b)));
    return trail_share(c, e, id, user_id, after != NULL);
}

/* --- who may -------------------------------------------------------------- */

static enum err may_change(struct ctx *c, const struct entity_info *i,
                           int64_t id, bool *out) {
    struct scope s;
    *out = false;
    enum err e = scope_make(c, i->e, ACT_UPDATE, &s);
    if (e == ERR_FORBIDDEN) {
        fail_clear(c);
        return OK;
    }
    TRY(e);
    scope_unshared(c, &s);
    return scope_holds(c, &s, id, out);
}

static enum err check_sight(struct ctx *c, const struct entity_info *i,
                            int64_t id) {
    struct scope s;
    struct record *r;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    return record_load(c, &s, id, false, &r);
}

static enum err check_right(struct ctx *c, const struct entity_info *i,
                            int64_t id) {
    bool may;
    TRY(check_sight(c, i, id));
    TRY(may_change(c, i, id, &may));
    return may ? OK : fail(c, ERR_FORBIDDEN, "", "share_not_yours");
}

/* A share is given to somebody the actor may see. */
static enum err check_user(struct ctx *c, int64_t user_id) {
    enum err e = check_sight(c, registry_find(c->registry, S("user")), user_id);
    if (e != ERR_NOT_FOUND && e != ERR_FORBIDDEN)
        return e;
    fail_clear(c);
    return failv(c, ERR_INVALID, S("user"), "ref_missing", ARGS(V(user_id)));
}

/* --- changing ------------------------------------------------------------- */

static enum err find(struct ctx *c, const struct entity *e, int64_t id,
                     int64_t user_id, struct share *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_ONE, ARGS(V(e->name), V(id), V(user_id)), &r, found));
    if (!*found)
        return OK;
    *out = (struct share){
        .user_id = user_id,
        .level = V(str_dup(c->arena, row_str(r, 0))),
        .until = row_is_null(r, 1) ? V_NULL : V(row_i64(r, 1)),
    };
    rows_end(r);
    return OK;
}

static bool is_same(const struct share *a, const struct share *b) {
    return str_eq(a->level.s, b->level.s) && a->until.type == b->until.type &&
           (a->until.type == VAL_NULL || a->until.i == b->until.i);
}

enum err shares_put(struct ctx *c, const struct entity_info *i, int64_t id,
                    const struct share *s) {
    struct share old;
    bool found;
    TRY(check_right(c, i, id));
    TRY(check_user(c, s->user_id));
    if (s->until.type != VAL_NULL && s->until.i <= c->now_ms)
        return fail(c, ERR_INVALID, "until", "share_past");
    TRY(record_lock(c, i->e, id));
    TRY(find(c, i->e, id, s->user_id, &old, &found));
    if (found && is_same(&old, s))
        return OK;
    TRY(db_exec(c, &Q_PUT,
                ARGS(V(i->e->name), V(id), V(s->user_id), s->level, s->until,
                     V(c->now_ms),
                     c->actor->user_id ? V(c->actor->user_id) : V_NULL),
                NULL));
    return leave_trail(c, i->e, id, found ? &old : NULL, s);
}

static enum err take(struct ctx *c, const struct entity *e, int64_t id,
                     int64_t user_id) {
    struct share old;
    int64_t changed;
    bool found;
    TRY(find(c, e, id, user_id, &old, &found));
    if (!found)
        return OK;
    TRY(db_exec(c, &Q_TAKE, ARGS(V(e->name), V(id), V(user_id)), &changed));
    return changed == 1 ? leave_trail(c, e, id, &old, NULL) : OK;
}

enum err shares_take(struct ctx *c, const struct entity_info *i, int64_t id,
                     int64_t user_id) {
    if (user_id == c->actor->user_id)
        TRY(check_sight(c, i, id));
    else
        TRY(check_right(c, i, id));
    TRY(record_lock(c, i->e, id));
    return take(c, i->e, id, user_id);
}

/* --- telling -------------------------------------------------------------- */

static void write_one(struct ctx *c, struct jw *w, const struct rows *r) {
    jw_object(w);
    jw_ki64(w, S("user_id"), row_i64(r, 0));
    jw_kstr(w, S("level"), row_str(r, 1));
    jw_key(w, S("until"));
    if (row_is_null(r, 2))
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, row_i64(r, 2)));
    jw_kstr(w, S("created_at"), instant_text(c->arena, row_i64(r, 3)));
    jw_key(w, S("created_by"));
    if (row_is_null(r, 4))
        jw_null(w);
    else
        jw_i64(w, row_i64(r, 4));
    jw_object_end(w);
}

enum err shares_of(struct ctx *c, const struct entity_info *i, int64_t id,
                   struct jw *w) {
    struct rows *r;
    bool may;
    TRY(check_sight(c, i, id));
    TRY(may_change(c, i, id, &may));
    TRY(db_query(c, &Q_OF, ARGS(V(i->e->name), V(id), V(c->now_ms)), &r));
    jw_object(w);
    jw_kbool(w, S("may_change"), may);
    jw_key(w, S("data"));
    jw_array(w);
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        write_one(c, w, r);
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

/* --- running out ---------------------------------------------------------- */

struct ended {
    struct str entity;
    struct share s;
    int64_t id;
};

/* Of an entity the company has no more nobody is left to be told. */
static enum err end_one(struct ctx *c, const struct ended *x) {
    const struct entity_info *i = registry_find(c->registry, x->entity);
    int64_t changed;
    TRY(db_exec(c, &Q_TAKE, ARGS(V(x->entity), V(x->id), V(x->s.user_id)),
                &changed));
    return changed == 1 && i != NULL ? leave_trail(c, i->e, x->id, &x->s, NULL)
                                     : OK;
}

enum err shares_end(struct ctx *c) {
    struct ended list[ENDED_ROWS];
    struct rows *r;
    size_t n = 0;
    TRY(db_query(c, &Q_ENDED, ARGS(V(c->now_ms), V(ENDED_ROWS)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        list[n++] = (struct ended){
            .entity = str_dup(c->arena, row_str(r, 0)),
            .id = row_i64(r, 1),
            .s = {.user_id = row_i64(r, 2),
                  .level = V(str_dup(c->arena, row_str(r, 3))),
                  .until = V(row_i64(r, 4))},
        };
    }
    for (size_t k = 0; k < n; k++)
        TRY(end_one(c, &list[k]));
    return OK;
}
