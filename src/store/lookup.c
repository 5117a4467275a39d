/* SQL of lookups. Owns nothing. Threads: any. */
#include "store/lookup.h"

#include "base/sortkey.h"
#include "model/mask.h"
#include "store/record.h"
#include "store/sight.h"
#include "store/stats.h"

#define MAPPINGS_MAX 50

enum err lookup_record(struct ctx *c, const struct entity *e,
                       const struct lookup_key *keys, size_t n,
                       int64_t *id_out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT \"id\" FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE \"deleted_at\" IS NULL");
    for (size_t i = 0; i < n; i++) {
        SQLB(&b, " AND ");
        sqlb_ident(&b, keys[i].column);
        SQLB(&b, " = ");
        sqlb_value(&b, keys[i].v);
    }
    SQLB(&b, " ORDER BY \"id\" LIMIT 1");
    return sqlb_i64(&b, 0, id_out);
}

static void many_where(struct sqlb *b, const struct entity *e,
                       const struct lookup_many *what, struct str column) {
    SQLB(b, " FROM ");
    sqlb_ident(b, e->name);
    SQLB(b, " WHERE \"deleted_at\" IS NULL AND ");
    if (what->column.n == 0) {
        SQLB(b, "\"external_id\" IS NOT NULL AND \"source\" = ");
        sqlb_value(b, V(what->source));
        SQLB(b, " AND ");
    }
    sqlb_ident(b, column);
    sqlb_in_strs(b, what->values, what->n);
}

enum err lookup_many(struct ctx *c, const struct entity *e,
                     const struct lookup_many *what, struct lookup_found **out,
                     size_t *n_out) {
    struct str column = what->column.n > 0 ? what->column : S("external_id");
    VEC(struct lookup_found) all = {0};
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT \"id\", ");
    sqlb_ident(&b, column);
    SQLB(&b, ", ");
    sqlb_ident(&b, what->also.n > 0 ? what->also : column);
    many_where(&b, e, what, column);
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) =
            (struct lookup_found){row_i64(r, 0), row_str(r, 1), row_str(r, 2)};
    }
    *out = all.p;
    *n_out = all.n;
    return OK;
}

enum err lookup_external(struct ctx *c, const struct entity *e,
                         struct str source, struct str external_id,
                         int64_t *id_out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT \"id\" FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE \"deleted_at\" IS NULL AND \"external_id\" IS NOT NULL"
             " AND \"source\" = ");
    sqlb_value(&b, V(source));
    SQLB(&b, " AND \"external_id\" = ");
    sqlb_value(&b, V(external_id));
    return sqlb_i64(&b, 0, id_out);
}

enum err lookup_name(struct ctx *c, const struct entity *e, struct str name,
                     int64_t *id_out) {
    const struct lookup_key keys[] = {
        {S("name_sort"), V(text_sort_key(c->arena, name))},
        {S("name"), V(name)},
    };
    return lookup_record(c, e, keys, COUNT_OF(keys), id_out);
}

SQL(Q_ORDER, "SELECT import_id, customer_id, rate, ordered_on, currency, kind,"
             " pay_method FROM \"order\" WHERE id = $1 AND deleted_at IS NULL");

enum err lookup_order(struct ctx *c, int64_t id, struct lookup_order *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_ORDER, ARGS(V(id)), &r, &found));
    *out = (struct lookup_order){.id = found ? id : 0,
                                 .import_id = row_i64(r, 0),
                                 .customer_id = row_i64(r, 1),
                                 .rate = row_i64(r, 2),
                                 .day = (int32_t)row_i64(r, 3),
                                 .currency = row_str(r, 4),
                                 .kind = row_str(r, 5),
                                 .pay_method = row_str(r, 6)};
    rows_end(r);
    return OK;
}

SQL(Q_MENDED, "SELECT count(*) FROM order_line WHERE order_id = $1 AND"
              " deleted_at IS NULL AND import_row = $2");

enum err lookup_mended(struct ctx *c, int64_t order_id, struct str row,
                       bool *out) {
    int64_t n;
    TRY(db_i64(c, &Q_MENDED, ARGS(V(order_id), V(row)), 0, &n));
    *out = n > 0;
    return OK;
}

SQL(Q_GRADED, "SELECT count(*) FROM customer t JOIN customer_stats s"
              " ON s.id = t.id WHERE t.import_id = $1 AND"
              " t.deleted_at IS NULL AND s.grade IS NOT NULL");

enum err lookup_graded(struct ctx *c, int64_t import_id, int64_t *out) {
    return db_i64(c, &Q_GRADED, ARGS(V(import_id)), 0, out);
}

SQL(Q_MAPPINGS, "SELECT columns, mapping FROM import WHERE entity = $1 AND"
                " state = 'done' AND deleted_at IS NULL AND columns IS NOT NULL"
                " AND mapping IS NOT NULL ORDER BY id DESC LIMIT $2");

enum err lookup_mappings(struct ctx *c, struct str entity,
                         struct lookup_mapping **out, size_t *n) {
    struct rows *r;
    VEC(struct lookup_mapping) all = {0};
    TRY(db_query(c, &Q_MAPPINGS, ARGS(V(entity), V(MAPPINGS_MAX)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) =
            (struct lookup_mapping){row_str(r, 0), row_str(r, 1)};
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

enum err lookup_saved(struct ctx *c, const struct scope *s, struct str entity,
                      struct lookup_saved **out, size_t *n) {
    VEC(struct lookup_saved) all = {0};
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.id, t.name, t.mapping, t.options, t.shared FROM"
             " import_mapping t WHERE t.deleted_at IS NULL AND t.entity = ");
    sqlb_value(&b, V(entity));
    SQLB(&b, " AND ");
    scope_where(c, &b, s, S("t"));
    SQLB(&b, " ORDER BY t.id DESC LIMIT ");
    sqlb_value(&b, V(MAPPINGS_MAX));
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) =
            (struct lookup_saved){row_i64(r, 0), row_str(r, 1), row_str(r, 2),
                                  row_str(r, 3), row_i64(r, 4) != 0};
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

SQL(Q_USER, "SELECT id FROM \"user\" WHERE name = $1 AND active = 1 AND"
            " deleted_at IS NULL ORDER BY id LIMIT 2");
SQL(Q_USER_LOGIN, "SELECT id FROM \"user\" WHERE login = $1 AND active = 1 AND"
                  " deleted_at IS NULL");

enum err lookup_user(struct ctx *c, struct str text, int64_t *id_out) {
    struct rows *r;
    bool more;
    TRY(db_i64(c, &Q_USER_LOGIN, ARGS(V(text)), 0, id_out));
    if (*id_out != 0)
        return OK;
    TRY(db_query(c, &Q_USER, ARGS(V(text)), &r));
    TRY(rows_next(r, &more));
    if (!more)
        return OK;
    *id_out = row_i64(r, 0);
    TRY(rows_next(r, &more));
    if (more)
        *id_out = 0;
    rows_end(r);
    return OK;
}

enum err lookup_has_rate(struct ctx *c, struct str currency, int32_t day,
                         bool *out) {
    int64_t rate;
    return stats_rate(c, currency, day, &rate, out);
}

enum err lookup_title(struct ctx *c, const struct scope *s, int64_t id,
                      struct str *out) {
    struct sqlb b;
    struct rows *r;
    bool more;
    *out = (struct str){0};
    const struct entity_info *i = registry_info(c->registry, s->e);
    const struct field *f = info_field(i, s->e->title);
    enum see see = f == NULL ? SEE_HIDDEN : sight_of(c, i, f);
    if (see == SEE_HIDDEN)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT ");
    sqlb_column(&b, S("t"), f->name);
    SQLB(&b, ", ");
    scope_mine(c, &b, s->e, S("t"));
    SQLB(&b, " FROM ");
    sqlb_ident(&b, s->e->name);
    SQLB(&b, " t WHERE t.\"id\" = ");
    sqlb_value(&b, V(id));
    if (!scope_is_all(c, s)) {
        SQLB(&b, " AND ");
        scope_where(c, &b, s, S("t"));
    }
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, &more));
    if (more)
        *out = sight_covers(see, row_i64(r, 1) == 0)
                   ? mask_value(c->arena, f, row_val(r, 0, f))
                   : row_str(r, 0);
    rows_end(r);
    return OK;
}
