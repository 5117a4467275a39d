/* What of the feed an actor may see. Reads rows through the scope, one query
 * for each entity among them. Owns nothing.
 * Invariant: of a record that is not in the scope now, nothing but its kind and
 * number is told, and that only to those whose scope it was in before; of what
 * is above a clearance nothing at all; of a share nobody but who has it. */
#include "store/feed.h"

#include "store/scope.h"

static bool among(const int64_t *ids, size_t n, int64_t id) {
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* Were records of this owner in the scope? */
static bool owner_in(const struct ctx *c, const struct scope *s,
                     struct val owner) {
    const struct actor *a = c->actor;
    if (owner.type == VAL_NULL)
        return a->pool;
    switch (s->level) {
    case LEVEL_ALL:
        return true;
    case LEVEL_TREE:
        return among(a->tree_users, a->n_tree_users, owner.i);
    case LEVEL_TEAM:
        return among(a->team_users, a->n_team_users, owner.i);
    case LEVEL_OWN:
        return owner.i == a->user_id;
    case LEVEL_NONE:
        break;
    }
    return false;
}

static bool has_owner(const struct feed_row *r) {
    return r->info->e->scope == SCOPE_OWNER ||
           r->info->e->scope == SCOPE_OWNER_OR_PARENT ||
           r->owner_before.type != VAL_NULL || r->owner_after.type != VAL_NULL;
}

/* A share that has begun or ended: the op tells with whom, a user or a team. */
static bool is_share(const struct feed_row *r) {
    return str_starts(r->op, S("share")) || str_starts(r->op, S("unshare"));
}

/* Of a share nobody but who has it is told. */
static bool concerns(const struct actor *a, const struct feed_row *r) {
    if (!is_share(r))
        return true;
    int64_t id =
        str_starts(r->op, S("share")) ? r->owner_after.i : r->owner_before.i;
    return str_ends(r->op, S("_team")) ? among(a->teams, a->n_teams, id)
                                       : id == a->user_id;
}

/* Of a row whose record is out of sight now. */
static enum feed_sight was_seen(const struct ctx *c, const struct scope *s,
                                const struct feed_row *r) {
    if (is_share(r))
        return FEED_GONE;
    if (scope_is_all(c, s))
        return FEED_GONE; /* thrown out of the bin */
    if (!has_owner(r))
        return FEED_HIDDEN;
    bool before = !str_eqc(r->op, "create") && owner_in(c, s, r->owner_before);
    return before || owner_in(c, s, r->owner_after) ? FEED_GONE : FEED_HIDDEN;
}

/* Ids of the entity's rows that are in the scope now; with `secret` those
 * above the actor's clearance. */
static enum err in_scope(struct ctx *c, const struct scope *s, bool secret,
                         const int64_t *ids, size_t n, int64_t *seen,
                         size_t *n_seen) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\" FROM ");
    sqlb_ident(&b, s->e->name);
    SQLB(&b, " t WHERE t.\"id\"");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " AND ");
    if (secret)
        scope_where_secret(c, &b, s->e, S("t"));
    else
        scope_where(c, &b, s, S("t"));
    SQLB(&b, " ORDER BY t.\"id\"");
    TRY(sqlb_query(&b, &r));
    return rows_ids_into(r, seen, n, n_seen);
}

static int by_value(const void *x, const void *y) {
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static bool found(const int64_t *sorted, size_t n, int64_t id) {
    return n > 0 && bsearch(&id, sorted, n, sizeof id, by_value) != NULL;
}

/* By name: rows may have been read under an older registry. */
static bool is_of(const struct feed_row *row, const struct entity_info *i) {
    return row->info != NULL && str_eq(row->info->e->name, i->e->name);
}

static enum err look_entity(struct ctx *c, const struct entity_info *i,
                            struct feed_row *rows, size_t n) {
    struct scope s;
    if (scope_make(c, i->e, ACT_READ, &s) != OK) {
        fail_clear(c);
        return OK;
    }
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n);
    int64_t *seen = NEW_ARRAY(c->arena, int64_t, n);
    int64_t *secret = NEW_ARRAY(c->arena, int64_t, n);
    size_t n_ids = 0, n_seen, n_secret = 0;
    for (size_t k = 0; k < n; k++)
        if (is_of(&rows[k], i))
            ids[n_ids++] = rows[k].record_id;
    qsort(ids, n_ids, sizeof *ids, by_value);
    TRY(in_scope(c, &s, false, ids, n_ids, seen, &n_seen));
    if (scope_screens(c, i->e))
        TRY(in_scope(c, &s, true, ids, n_ids, secret, &n_secret));
    for (size_t k = 0; k < n; k++) {
        if (!is_of(&rows[k], i) || !concerns(c->actor, &rows[k]))
            continue;
        if (found(seen, n_seen, rows[k].record_id))
            rows[k].sight = FEED_SEEN;
        else if (!found(secret, n_secret, rows[k].record_id))
            rows[k].sight = was_seen(c, &s, &rows[k]);
    }
    return OK;
}

enum err feed_look(struct ctx *c, struct feed_row *rows, size_t n) {
    for (size_t k = 0; k < n; k++)
        rows[k].sight = FEED_HIDDEN;
    for (size_t m = 0; m < c->registry->model->n; m++) {
        const struct entity_info *i = &c->registry->info[m];
        bool any = false;
        for (size_t k = 0; k < n && !any; k++)
            any = is_of(&rows[k], i);
        if (any)
            TRY(look_entity(c, i, rows, n));
    }
    return OK;
}
