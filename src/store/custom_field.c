/* SQL of the definitions of custom fields, and the model made with them. Owns
 * nothing. Invariant: a row that can't be read as a field fails the whole: a
 * server must not run with fewer fields than the others. */
#include "store/custom_field.h"

#include "db/db.h"
#include "model/emit.h"
#include "model/parse.h"
#include "store/actor.h"

#include <string.h>

#define DEFINITION_MAX (256 * 1024)

#define COLUMNS                                                                \
    "SELECT id, rev, entity, definition, fill, position, state, retired_at, "  \
    "updated_at FROM custom_field"
SQL(Q_ALL, COLUMNS " ORDER BY entity, position, id");
SQL(Q_FIND, COLUMNS " WHERE id = $1");
SQL(Q_INSERT, "INSERT INTO custom_field (entity, name, definition, fill, "
              "position, state, retired_at, created_at, created_by, "
              "updated_at, updated_by) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9) "
              "RETURNING id");
SQL(Q_UPDATE,
    "UPDATE custom_field SET definition = $3, fill = $4, position = $5, "
    "state = $6, retired_at = $7, updated_at = $8, updated_by = $9, "
    "rev = rev + 1 WHERE id = $1 AND rev = $2");
SQL(Q_DELETE, "DELETE FROM custom_field WHERE id = $1");
SQL(Q_ANNOUNCE,
    "UPDATE registry_version SET version = version + 1, updated_at = $1");
SQL(Q_VERSION, "SELECT max(version) FROM registry_version");

static enum err from_row(struct ctx *c, const struct rows *r,
                         struct custom_field *out) {
    *out = (struct custom_field){.id = row_i64(r, 0),
                                 .rev = row_i64(r, 1),
                                 .entity = row_str(r, 2),
                                 .position = row_i64(r, 5),
                                 .state = row_str(r, 6),
                                 .retired_at = row_i64(r, 7),
                                 .updated_at = row_i64(r, 8)};
    enum err e = field_parse(c, S("custom_field"), row_str(r, 3), &out->field);
    if (e != OK)
        return ERR_INTERNAL;
    out->field.custom = true;
    out->field.retired = out->retired_at != 0;
    out->field.fill = row_str(r, 4);
    return OK;
}

enum err custom_field_all(struct ctx *c, struct custom_fields *out) {
    VEC(struct custom_field) v = {0};
    struct rows *r;
    bool more;
    TRY(db_query(c, &Q_ALL, NO_ARGS, &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        enum err e = from_row(c, r, VEC_PUSH(c->arena, &v));
        if (e != OK) {
            rows_end(r);
            return e;
        }
    }
    *out = (struct custom_fields){v.p, v.n};
    return OK;
}

enum err custom_field_find(struct ctx *c, int64_t id,
                           struct custom_field *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_FIND, ARGS(V(id)), &r, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    return from_row(c, r, out);
}

static struct str definition_of(struct ctx *c, const struct field *f) {
    struct buf b;
    buf_init(&b, c->arena, DEFINITION_MAX);
    emit_field(f, &b);
    return buf_view(&b);
}

static struct val or_null(struct str s) {
    return s.n == 0 ? V_NULL : V(s);
}

static struct val me(const struct ctx *c) {
    return c->actor != NULL && c->actor->user_id != 0 ? V(c->actor->user_id)
                                                      : V_NULL;
}

enum err custom_field_insert(struct ctx *c, struct custom_field *f) {
    f->rev = 1;
    return db_i64(c, &Q_INSERT,
                  ARGS(V(f->entity), V(f->field.name),
                       V(definition_of(c, &f->field)), or_null(f->field.fill),
                       V(f->position), V(f->state),
                       f->retired_at == 0 ? V_NULL : V(f->retired_at),
                       V(c->now_ms), me(c)),
                  0, &f->id);
}

enum err custom_field_update(struct ctx *c, struct custom_field *f) {
    int64_t changed;
    TRY(db_exec(c, &Q_UPDATE,
                ARGS(V(f->id), V(f->rev), V(definition_of(c, &f->field)),
                     or_null(f->field.fill), V(f->position), V(f->state),
                     f->retired_at == 0 ? V_NULL : V(f->retired_at),
                     V(c->now_ms), me(c)),
                &changed));
    if (changed != 1)
        return fail(c, ERR_STALE, "", "stale_record");
    f->rev++;
    return OK;
}

enum err custom_field_delete(struct ctx *c, int64_t id) {
    return db_exec(c, &Q_DELETE, ARGS(V(id)), NULL);
}

enum err custom_field_announce(struct ctx *c) {
    return db_exec(c, &Q_ANNOUNCE, ARGS(V(c->now_ms)), NULL);
}

enum err custom_field_version(struct ctx *c, int64_t *out) {
    return db_i64(c, &Q_VERSION, NO_ARGS, 0, out);
}

/* --- the model with them -------------------------------------------------- */

static bool is_of(const struct custom_field *f, const struct entity *e) {
    return str_eq(f->entity, e->name) && !str_eqc(f->state, "building") &&
           !str_eqc(f->state, "removing");
}

/* The section where they stand unless told otherwise. */
static void add_group(struct arena *a, struct entity *e) {
    if (entity_has_group(e, S(CUSTOM_GROUP)))
        return;
    struct option *all = NEW_ARRAY(a, struct option, e->n_groups + 1);
    if (e->n_groups > 0)
        memcpy(all, e->groups, e->n_groups * sizeof *all);
    all[e->n_groups] = (struct option){
        S(CUSTOM_GROUP),
        {{[LANG_ZH] = S("自定义字段"), [LANG_EN] = S("Custom fields")}}};
    e->groups = all;
    e->n_groups++;
}

static void add_fields(struct arena *a, struct entity *e,
                       const struct custom_fields *f) {
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += is_of(&f->p[i], e);
    if (n == 0)
        return;
    struct field *all = NEW_ARRAY(a, struct field, e->n_fields + n);
    memcpy(all, e->fields, e->n_fields * sizeof *all);
    n = e->n_fields;
    for (size_t i = 0; i < f->n; i++) {
        if (!is_of(&f->p[i], e))
            continue;
        struct field *to = &all[n++];
        *to = f->p[i].field;
        if (to->group.n == 0 || !entity_has_group(e, to->group))
            to->group = S(CUSTOM_GROUP);
    }
    e->fields = all;
    e->n_fields = n;
    add_group(a, e);
}

const struct model *custom_field_model(struct arena *a,
                                       const struct model *base,
                                       const struct custom_fields *f) {
    if (f->n == 0)
        return base;
    struct entity *all = NEW_ARRAY(a, struct entity, base->n);
    memcpy(all, base->entities, base->n * sizeof *all);
    for (size_t i = 0; i < base->n; i++)
        add_fields(a, &all[i], f);
    struct model *m = NEW(a, struct model);
    *m = (struct model){all, base->n};
    return m;
}

/* --- what rows hold ------------------------------------------------------- */

enum err custom_field_any_row(struct ctx *c, const struct entity *e,
                              bool *out) {
    struct sqlb b;
    int64_t n;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " LIMIT 1) x");
    TRY(sqlb_i64(&b, 0, &n));
    *out = n > 0;
    return OK;
}

enum err custom_field_any_value(struct ctx *c, const struct entity *e,
                                const struct field *f, bool *out) {
    struct sqlb b;
    int64_t n;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM (SELECT 1 AS one FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE ");
    sqlb_ident(&b, f->name);
    SQLB(&b, " IS NOT NULL LIMIT 1) x");
    TRY(sqlb_i64(&b, 0, &n));
    *out = n > 0;
    return OK;
}

enum err custom_field_count_empty(struct ctx *c, const struct entity *e,
                                  const struct field *f, int64_t *out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE \"deleted_at\" IS NULL AND ");
    sqlb_ident(&b, f->name);
    SQLB(&b, " IS NULL");
    return sqlb_i64(&b, 0, out);
}

enum err custom_field_count_option(struct ctx *c, const struct entity *e,
                                   const struct field *f, struct str option,
                                   int64_t *out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " t WHERE ");
    if (f->type == FT_SET) {
        sqlb_contains(&b, S("t"), f->name,
                      str_fmt(c->arena, "," STR_FMT ",", STR_ARG(option)));
    } else {
        sqlb_column(&b, S("t"), f->name);
        SQLB(&b, " = ");
        sqlb_value(&b, V(option));
    }
    return sqlb_i64(&b, 0, out);
}
