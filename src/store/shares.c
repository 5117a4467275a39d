/* SQL of shares. Owns nothing. Invariant: a share that begins, changes or ends
 * leaves an audit entry and a row of the change log for its user or team, about
 * the record and all that is seen through it; the record's revision stays. */
#include "store/shares.h"

#include "base/time.h"
#include "store/trail.h"
#include "store/trail_move.h"

#define ENDED_ROWS 100 /* in one transaction */
#define TEXT_BYTES 4096

/* $3 or $4 is NULL, and then true of no row. */
#define WHOSE                                                                  \
    " WHERE entity = $1 AND record_id = $2 AND (user_id = $3 OR team_id = $4)"
SQL(Q_ONE, "SELECT level, until FROM record_share" WHOSE);
SQL(Q_NEW, "INSERT INTO record_share (entity, record_id, user_id, team_id,"
           " level, until, created_at, created_by) VALUES ($1, $2, $3, $4, $5,"
           " $6, $7, $8)");
SQL(Q_CHANGE, "UPDATE record_share SET level = $5, until = $6, created_at = $7,"
              " created_by = $8" WHOSE);
SQL(Q_TAKE, "DELETE FROM record_share" WHOSE);
SQL(Q_OF, "SELECT user_id, team_id, level, until, created_at, created_by"
          " FROM record_share WHERE entity = $1 AND record_id = $2"
          " AND (until IS NULL OR until > $3) ORDER BY created_at, id");
SQL(Q_ENDED, "SELECT entity, record_id, user_id, team_id, level, until"
             " FROM record_share WHERE until <= $1 ORDER BY until, id"
             " LIMIT $2");
SQL(Q_USER, "SELECT name FROM \"user\" WHERE id = $1");
SQL(Q_TEAM, "SELECT name FROM team WHERE id = $1");

static struct val id_or_null(int64_t id) {
    return id != 0 ? V(id) : V_NULL;
}

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
    jw_object(w);
    jw_kstr(w, s->team_id != 0 ? S("team") : S("user"), name);
    jw_kstr(w, S("level"), s->level.s);
    jw_key(w, S("until"));
    if (s->until.type == VAL_NULL)
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, s->until.i));
    jw_object_end(w);
}

/* {"share":[null,{"user":name,"level":"read","until":null}]}, "team" for one
 * with a team; NULL: there was, or is, none. */
static enum err leave_trail(struct ctx *c, const struct entity *e, int64_t id,
                            const struct share *before,
                            const struct share *after) {
    const struct share *any = after != NULL ? after : before;
    bool team = any->team_id != 0;
    struct trail_holder who = {team ? any->team_id : any->user_id, team};
    struct rows *r;
    struct buf b;
    struct jw w;
    bool found;
    TRY(db_one(c, team ? &Q_TEAM : &Q_USER, ARGS(V(who.id)), &r, &found));
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
    return trail_share(c, e, id, who, after != NULL);
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
static enum err check_whom(struct ctx *c, const struct share *s) {
    bool team = s->team_id != 0;
    int64_t id = team ? s->team_id : s->user_id;
    struct str name = team ? S("team") : S("user");
    enum err e = check_sight(c, registry_find(c->registry, name), id);
    if (e != ERR_NOT_FOUND && e != ERR_FORBIDDEN)
        return e;
    fail_clear(c);
    return failv(c, ERR_INVALID, name, "ref_missing", ARGS(V(id)));
}

/* --- changing ------------------------------------------------------------- */

static enum err find(struct ctx *c, const struct entity *e, int64_t id,
                     const struct share *of, struct share *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_ONE,
               ARGS(V(e->name), V(id), id_or_null(of->user_id),
                    id_or_null(of->team_id)),
               &r, found));
    if (!*found)
        return OK;
    *out = (struct share){
        .user_id = of->user_id,
        .team_id = of->team_id,
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
    TRY(check_whom(c, s));
    if (s->until.type != VAL_NULL && s->until.i <= c->now_ms)
        return fail(c, ERR_INVALID, "until", "share_past");
    TRY(record_lock(c, i->e, id));
    TRY(find(c, i->e, id, s, &old, &found));
    if (found && is_same(&old, s))
        return OK;
    TRY(db_exec(c, found ? &Q_CHANGE : &Q_NEW,
                ARGS(V(i->e->name), V(id), id_or_null(s->user_id),
                     id_or_null(s->team_id), s->level, s->until, V(c->now_ms),
                     id_or_null(c->actor->user_id)),
                NULL));
    return leave_trail(c, i->e, id, found ? &old : NULL, s);
}

static enum err delete_row(struct ctx *c, struct str entity, int64_t id,
                           const struct share *s, int64_t *changed) {
    return db_exec(
        c, &Q_TAKE,
        ARGS(V(entity), V(id), id_or_null(s->user_id), id_or_null(s->team_id)),
        changed);
}

enum err shares_take(struct ctx *c, const struct entity_info *i, int64_t id,
                     const struct share *s) {
    struct share old;
    int64_t changed;
    bool found;
    if (s->user_id != 0 && s->user_id == c->actor->user_id)
        TRY(check_sight(c, i, id));
    else
        TRY(check_right(c, i, id));
    TRY(record_lock(c, i->e, id));
    TRY(find(c, i->e, id, s, &old, &found));
    if (!found)
        return OK;
    TRY(delete_row(c, i->e->name, id, s, &changed));
    return changed == 1 ? leave_trail(c, i->e, id, &old, NULL) : OK;
}

/* --- telling -------------------------------------------------------------- */

static void write_id(struct jw *w, struct str key, const struct rows *r,
                     int col) {
    jw_key(w, key);
    if (row_is_null(r, col))
        jw_null(w);
    else
        jw_i64(w, row_i64(r, col));
}

static void write_one(struct ctx *c, struct jw *w, const struct rows *r) {
    jw_object(w);
    write_id(w, S("user_id"), r, 0);
    write_id(w, S("team_id"), r, 1);
    jw_kstr(w, S("level"), row_str(r, 2));
    jw_key(w, S("until"));
    if (row_is_null(r, 3))
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, row_i64(r, 3)));
    jw_kstr(w, S("created_at"), instant_text(c->arena, row_i64(r, 4)));
    write_id(w, S("created_by"), r, 5);
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
    TRY(delete_row(c, x->entity, x->id, &x->s, &changed));
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
                  .team_id = row_i64(r, 3),
                  .level = V(str_dup(c->arena, row_str(r, 4))),
                  .until = V(row_i64(r, 5))},
        };
    }
    for (size_t k = 0; k < n; k++)
        TRY(end_one(c, &list[k]));
    return OK;
}
