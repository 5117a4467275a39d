/* Scope conditions (DESIGN S1-S3): owner sets bound as one array, children
 * through their parent, shares, and the pool of records without an owner.
 * Pure text building; reads the actor, never the request. */
#include "store/scope.h"

/* What one may not read one can't change, delete or export: the answer would
 * show it. */
static enum level granted(const struct ctx *c, const struct entity *e,
                          enum action act) {
    enum level level = actor_level(c, e, act);
    enum level read = actor_level(c, e, ACT_READ);
    return act == ACT_CREATE || level < read ? level : read;
}

/* Who may not read the parent sees none of its children, whatever the role
 * says of the child itself. */
static enum level effective(const struct ctx *c, const struct entity *e,
                            enum action act) {
    enum level level = granted(c, e, act);
    if (e->scope != SCOPE_PARENT || level == LEVEL_NONE)
        return level;
    const struct field *f = entity_field(e, e->parent);
    const struct entity *parent = model_entity(c->registry->model, f->to);
    enum level up = effective(c, parent, ACT_READ);
    return up < level ? up : level;
}

enum err scope_make(struct ctx *c, const struct entity *e, enum action act,
                    struct scope *out) {
    enum level level = effective(c, e, act);
    bool system = e->scope == SCOPE_SYSTEM && !c->actor->console;
    if (level == LEVEL_NONE || system)
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    *out = (struct scope){.e = e, .act = act, .level = level};
    return OK;
}

static const struct entity *parent_of(const struct ctx *c,
                                      const struct entity *e) {
    const struct field *f = e->parent.n > 0 ? entity_field(e, e->parent) : NULL;
    return f == NULL ? NULL : model_entity(c->registry->model, f->to);
}

/* Has the entity, or what it belongs to, secrecy levels that matter to this
 * actor? */
static bool is_screened(const struct ctx *c, const struct entity *e) {
    if (e == NULL || !c->actor->screened)
        return false;
    return entity_field(e, S("secrecy")) != NULL ||
           is_screened(c, parent_of(c, e));
}

static bool is_whole(const struct scope *s) {
    return s->level == LEVEL_ALL || s->e->scope == SCOPE_SHARED ||
           s->e->scope == SCOPE_SYSTEM;
}

bool scope_is_all(const struct ctx *c, const struct scope *s) {
    return is_whole(s) && !is_screened(c, s->e);
}

static void owner_set(const struct actor *a, enum level level,
                      const int64_t **ids, size_t *n) {
    if (level == LEVEL_TEAM) {
        *ids = a->team_users;
        *n = a->n_team_users;
    } else if (level == LEVEL_TREE) {
        *ids = a->tree_users;
        *n = a->n_tree_users;
    } else {
        *ids = &a->user_id;
        *n = 1;
    }
}

void scope_owners(const struct ctx *c, const struct scope *s,
                  const int64_t **ids, size_t *n) {
    if (s->owners == NULL) {
        owner_set(c->actor, s->level, ids, n);
        return;
    }
    *ids = s->owners;
    *n = s->n_owners;
}

/* With the actor, or with a team he is in. */
static void shared_to(struct ctx *c, struct sqlb *b) {
    const struct actor *a = c->actor;
    if (a->n_teams == 0) {
        SQLB(b, " AND rs.\"user_id\" = ");
        sqlb_value(b, V(a->user_id));
        return;
    }
    SQLB(b, " AND (rs.\"user_id\" = ");
    sqlb_value(b, V(a->user_id));
    SQLB(b, " OR rs.\"team_id\"");
    sqlb_in_ids(b, a->teams, a->n_teams);
    SQLB(b, ")");
}

void scope_shares_query(struct ctx *c, struct sqlb *b, const struct scope *s) {
    SQLB(b, "SELECT rs.\"record_id\" FROM \"record_share\" rs"
            " WHERE rs.\"entity\" = ");
    sqlb_value(b, V(s->e->name));
    shared_to(c, b);
    if (s->act != ACT_READ)
        SQLB(b, " AND rs.\"level\" = 'write'");
    SQLB(b, " AND (rs.\"until\" IS NULL OR rs.\"until\" > ");
    sqlb_value(b, V(c->now_ms));
    SQLB(b, ")");
}

/* NULL when they have not been read. */
static const struct scope_shares *known_shares(const struct scope *s) {
    for (size_t i = 0; i < s->n_shares; i++)
        if (s->shares[i].e == s->e)
            return &s->shares[i];
    return NULL;
}

/* To see and to change: nobody throws away what is only shared with him. */
static void shared_with_me(struct ctx *c, struct sqlb *b, const struct scope *s,
                           struct str alias) {
    const struct scope_shares *known = known_shares(s);
    if (s->act == ACT_DELETE || (known != NULL && known->n == 0))
        return;
    SQLB(b, " OR ");
    sqlb_column(b, alias, S("id"));
    if (known != NULL) {
        sqlb_in_ids(b, known->ids, known->n);
        return;
    }
    SQLB(b, " IN (");
    scope_shares_query(c, b, s);
    SQLB(b, ")");
}

/* A record whose owner has marked it as everybody's: saved views. */
static void marked_shared(struct sqlb *b, const struct scope *s,
                          struct str alias) {
    const struct field *f = entity_field(s->e, S("shared"));
    if (f == NULL || f->type != FT_BOOL || s->act != ACT_READ)
        return;
    SQLB(b, " OR ");
    sqlb_column(b, alias, f->name);
    SQLB(b, " = 1");
}

static void owned(struct ctx *c, struct sqlb *b, const struct scope *s,
                  struct str alias) {
    const int64_t *ids;
    size_t n;
    scope_owners(c, s, &ids, &n);
    sqlb_column(b, alias, S("owner_id"));
    if (n == 1) {
        SQLB(b, " = ");
        sqlb_value(b, V(ids[0]));
    } else {
        sqlb_in_ids(b, ids, n);
    }
    if (s->owners != NULL)
        return;
    if (c->actor->pool && s->act == ACT_READ) {
        SQLB(b, " OR ");
        sqlb_column(b, alias, S("owner_id"));
        SQLB(b, " IS NULL");
    }
    marked_shared(b, s, alias);
    shared_with_me(c, b, s, alias);
}

void scope_where_owned(struct ctx *c, struct sqlb *b, const struct scope *s,
                       struct str alias) {
    SQLB(b, "(");
    owned(c, b, s, alias);
    SQLB(b, ")");
}

/* Levels of parents get aliases of their own: p1, p2 … */
static struct str next_alias(struct str alias) {
    static const struct str names[] = {S_INIT("p1"), S_INIT("p2"), S_INIT("p3"),
                                       S_INIT("p4")};
    for (size_t i = 0; i + 1 < COUNT_OF(names); i++)
        if (str_eq(alias, names[i]))
            return names[i + 1];
    return names[0];
}

/* "EXISTS (SELECT 1 FROM parent pa WHERE pa.id = alias.parent AND ": the
 * caller adds what must hold of it and closes. Returns pa. */
static struct str begin_parent(struct sqlb *b, const struct entity *e,
                               const struct entity *parent, struct str alias) {
    struct str pa = next_alias(alias);
    SQLB(b, "EXISTS (SELECT 1 FROM ");
    sqlb_ident(b, parent->name);
    SQLB(b, " ");
    sqlb_literal(b, pa);
    SQLB(b, " WHERE ");
    sqlb_column(b, pa, S("id"));
    SQLB(b, " = ");
    sqlb_column(b, alias, e->parent);
    SQLB(b, " AND ");
    return pa;
}

void scope_of_parent(const struct ctx *c, const struct scope *s,
                     struct scope *out) {
    const struct field *f = entity_field(s->e, s->e->parent);
    const struct entity *parent = model_entity(c->registry->model, f->to);
    *out = (struct scope){
        .e = parent,
        .act = s->act,
        .level = effective(c, parent, ACT_READ),
        .shares = s->shares,
        .n_shares = s->n_shares,
    };
    if (out->level > s->level)
        out->level = s->level;
}

static void through_parent(struct ctx *c, struct sqlb *b, const struct scope *s,
                           struct str alias) {
    struct scope up;
    scope_of_parent(c, s, &up);
    scope_where(c, b, &up, begin_parent(b, s->e, up.e, alias));
    SQLB(b, ")");
}

/* Nobody sees what is secret beyond his clearance: neither the record nor what
 * belongs to it, not even its owner. */
static void cleared(struct ctx *c, struct sqlb *b, const struct entity *e,
                    struct str alias) {
    const struct field *f = entity_field(e, S("secrecy"));
    const struct entity *parent = parent_of(c, e);
    SQLB(b, "1=1");
    for (size_t k = (size_t)c->actor->clearance + 1;
         f != NULL && k < f->n_options; k++) {
        SQLB(b, " AND ");
        sqlb_column(b, alias, f->name);
        SQLB(b, " <> ");
        sqlb_value(b, V(f->options[k].value));
    }
    if (!is_screened(c, parent))
        return;
    SQLB(b, " AND (");
    sqlb_column(b, alias, e->parent);
    SQLB(b, " IS NULL OR ");
    cleared(c, b, parent, begin_parent(b, e, parent, alias));
    SQLB(b, "))");
}

bool scope_screens(const struct ctx *c, const struct entity *e) {
    return is_screened(c, e);
}

void scope_where_secret(struct ctx *c, struct sqlb *b, const struct entity *e,
                        struct str alias) {
    SQLB(b, "(CASE WHEN ");
    cleared(c, b, e, alias);
    SQLB(b, " THEN 0 ELSE 1 END = 1)");
}

static void in_sight(struct ctx *c, struct sqlb *b, const struct scope *s,
                     struct str alias) {
    if (is_whole(s)) {
        SQLB(b, "(1=1)");
        return;
    }
    SQLB(b, "(");
    if (s->e->scope == SCOPE_OWNER || s->e->scope == SCOPE_OWNER_OR_PARENT)
        owned(c, b, s, alias);
    if (s->e->scope == SCOPE_OWNER_OR_PARENT)
        SQLB(b, " OR ");
    if (s->e->scope == SCOPE_PARENT || s->e->scope == SCOPE_OWNER_OR_PARENT)
        through_parent(c, b, s, alias);
    SQLB(b, ")");
}

void scope_where(struct ctx *c, struct sqlb *b, const struct scope *s,
                 struct str alias) {
    if (s->level == LEVEL_NONE) {
        SQLB(b, "(1=0)");
        return;
    }
    if (!is_screened(c, s->e)) {
        in_sight(c, b, s, alias);
        return;
    }
    SQLB(b, "(");
    in_sight(c, b, s, alias);
    SQLB(b, " AND ");
    cleared(c, b, s->e, alias);
    SQLB(b, ")");
}

static void own_row(struct ctx *c, struct sqlb *b, const struct entity *e,
                    struct str alias) {
    const struct entity *parent = parent_of(c, e);
    bool owned = e->scope == SCOPE_OWNER || e->scope == SCOPE_OWNER_OR_PARENT;
    SQLB(b, "(1=0");
    if (owned || str_eqc(e->name, "user")) {
        SQLB(b, " OR ");
        sqlb_column(b, alias, owned ? S("owner_id") : S("id"));
        SQLB(b, " = ");
        sqlb_value(b, V(c->actor->user_id));
    }
    if (parent != NULL) {
        SQLB(b, " OR ");
        own_row(c, b, parent, begin_parent(b, e, parent, alias));
        SQLB(b, ")");
    }
    SQLB(b, ")");
}

void scope_mine(struct ctx *c, struct sqlb *b, const struct entity *e,
                struct str alias) {
    SQLB(b, "CASE WHEN ");
    own_row(c, b, e, alias);
    SQLB(b, " THEN 1 ELSE 0 END");
}

enum err scope_holds(struct ctx *c, const struct scope *s, int64_t id,
                     bool *out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT 1 FROM ");
    sqlb_ident(&b, s->e->name);
    SQLB(&b, " t WHERE t.\"id\" = ");
    sqlb_value(&b, V(id));
    SQLB(&b, " AND ");
    scope_where(c, &b, s, S("t"));
    int64_t found;
    TRY(sqlb_i64(&b, 0, &found));
    *out = found == 1;
    return OK;
}
