/* SQL of tags on records. Owns nothing. Invariant: every change leaves an audit
 * entry and a row of the change log, so that feeds and pages learn of it; the
 * record's revision stays, a tag is no part of it. */
#include "store/tags.h"

#include "store/record.h"
#include "store/trail.h"

SQL(Q_PUT, "INSERT INTO record_tag (entity, record_id, tag_id, created_at,"
           " created_by) VALUES ($1, $2, $3, $4, $5)"
           " ON CONFLICT (entity, record_id, tag_id) DO NOTHING");
SQL(Q_TAKE, "DELETE FROM record_tag WHERE entity = $1 AND record_id = $2"
            " AND tag_id = $3");
SQL(Q_OF, "SELECT g.id, g.name, g.color FROM record_tag rt"
          " JOIN tag g ON g.id = rt.tag_id WHERE rt.entity = $1"
          " AND rt.record_id = $2 AND g.deleted_at IS NULL"
          " ORDER BY g.name_sort, g.id");

static enum err find_both(struct ctx *c, const struct entity_info *i,
                          int64_t id, int64_t tag_id, struct record **record,
                          struct record **tag) {
    struct scope s;
    const struct entity_info *tags = registry_find(c->registry, S("tag"));
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    TRY(record_load(c, &s, id, false, record));
    enum err e = scope_make(c, tags->e, ACT_READ, &s);
    if (e == OK)
        e = record_load(c, &s, tag_id, false, tag);
    if (e != ERR_NOT_FOUND && e != ERR_FORBIDDEN)
        return e;
    fail_clear(c);
    return failv(c, ERR_INVALID, S("tag"), "ref_missing", ARGS(V(tag_id)));
}

/* {"tag":[null,"name"]}, or the other way round. */
static enum err leave_trail(struct ctx *c, const struct record *r,
                            const struct record *tag, bool on) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_key(&w, S("tag"));
    jw_array(&w);
    if (on)
        jw_null(&w);
    jw_str(&w, record_str(tag, S("name")));
    if (!on)
        jw_null(&w);
    jw_array_end(&w);
    jw_object_end(&w);
    TRY(trail_event(c, on ? S("tag") : S("untag"), r->info->e->name,
                    record_id(r), buf_view(&b)));
    return trail_change(c, SAVE_UPDATE, r, r);
}

enum err tags_put(struct ctx *c, const struct entity_info *i, int64_t id,
                  int64_t tag_id) {
    struct record *r, *tag;
    int64_t changed;
    TRY(find_both(c, i, id, tag_id, &r, &tag));
    TRY(db_exec(c, &Q_PUT,
                ARGS(V(i->e->name), V(id), V(tag_id), V(c->now_ms),
                     c->actor->user_id ? V(c->actor->user_id) : V_NULL),
                &changed));
    return changed == 1 ? leave_trail(c, r, tag, true) : OK;
}

enum err tags_take(struct ctx *c, const struct entity_info *i, int64_t id,
                   int64_t tag_id) {
    struct record *r, *tag;
    int64_t changed;
    TRY(find_both(c, i, id, tag_id, &r, &tag));
    TRY(db_exec(c, &Q_TAKE, ARGS(V(i->e->name), V(id), V(tag_id)), &changed));
    return changed == 1 ? leave_trail(c, r, tag, false) : OK;
}

/* Names of tags are seen by those who may read tags. */
static bool sees_tags(const struct ctx *c) {
    const struct entity *tag = registry_find(c->registry, S("tag"))->e;
    return actor_level(c, tag, ACT_READ) != LEVEL_NONE;
}

static void write_tag(struct jw *w, const struct rows *r) {
    jw_object(w);
    jw_ki64(w, S("id"), row_i64(r, 0));
    jw_kstr(w, S("name"), row_str(r, 1));
    jw_kstr(w, S("color"), row_str(r, 2));
    jw_object_end(w);
}

enum err tags_of(struct ctx *c, const struct entity_info *i, int64_t id,
                 struct jw *w) {
    struct rows *r;
    jw_array(w);
    if (!sees_tags(c)) {
        jw_array_end(w);
        return OK;
    }
    TRY(db_query(c, &Q_OF, ARGS(V(i->e->name), V(id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        write_tag(w, r);
    }
    jw_array_end(w);
    return OK;
}

enum err tags_of_all(struct ctx *c, const struct entity_info *i,
                     const int64_t *ids, size_t n, struct jw *w) {
    struct sqlb b;
    struct rows *r;
    int64_t last = 0;
    if (!sees_tags(c)) {
        jw_object(w);
        jw_object_end(w);
        return OK;
    }
    sqlb_init(&b, c);
    SQLB(&b, "SELECT g.id, g.name, g.color, rt.record_id FROM record_tag rt"
             " JOIN tag g ON g.id = rt.tag_id WHERE rt.entity = ");
    sqlb_value(&b, V(i->e->name));
    SQLB(&b, " AND rt.record_id");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " AND g.deleted_at IS NULL"
             " ORDER BY rt.record_id, g.name_sort, g.id");
    TRY(sqlb_query(&b, &r));
    jw_object(w);
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        int64_t id = row_i64(r, 3);
        if (id != last) {
            if (last != 0)
                jw_array_end(w);
            jw_key(w, str_fmt(c->arena, "%lld", (long long)id));
            jw_array(w);
            last = id;
        }
        write_tag(w, r);
    }
    if (last != 0)
        jw_array_end(w);
    jw_object_end(w);
    return OK;
}
