/* Contact points: the ways to reach a record that its own fields hold, one row
 * each. Owns nothing. */
#include "store/record_write.h"

#include "store/derived.h"

static bool is_empty(struct val v) {
    return v.type == VAL_NULL || (v.type == VAL_STR && v.s.n == 0);
}

SQL(Q_POINT_CLEAR, "DELETE FROM contact_point WHERE entity = $1 AND "
                   "record_id = $2 AND kind = $3 AND is_primary = 1");
SQL(Q_POINT_ADD,
    "INSERT INTO contact_point (entity, record_id, kind, value, digits, "
    "is_primary) VALUES ($1, $2, $3, $4, $5, $6)");

static const struct str point_names[] = {
    S_INIT("entity"), S_INIT("record_id"), S_INIT("kind"),
    S_INIT("value"),  S_INIT("digits"),    S_INIT("is_primary")};
static const struct db_later points = {&Q_POINT_ADD, S_INIT("contact_point"),
                                       point_names, COUNT_OF(point_names)};

enum err record_points(struct ctx *c, const struct record *before,
                       const struct record *after) {
    for (size_t k = 0; k < after->info->e->n_fields; k++) {
        const struct field *f = after->info->fields[k];
        if (!f->points)
            continue;
        struct val v = after->v[k];
        if (before == NULL
                ? is_empty(v)
                : before->v[k].type == v.type &&
                      (v.type == VAL_NULL || str_eq(before->v[k].s, v.s)))
            continue;
        struct args key = ARGS(V(after->info->e->name), V(record_id(after)),
                               V(field_type_name(f->type)));
        if (before != NULL)
            TRY(db_exec(c, &Q_POINT_CLEAR, key, NULL));
        if (is_empty(v))
            continue;
        struct derived d[3];
        size_t n = derived_columns(c, f, v, d);
        struct val digits = V_NULL;
        for (size_t x = 0; x < n; x++)
            if (str_ends(d[x].column, S("_digits")))
                digits = d[x].value;
        TRY(db_insert_later(
            c, &points, ARGS(key.v[0], key.v[1], key.v[2], v, digits, V(1))));
    }
    return OK;
}
