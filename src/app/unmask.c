/* Unmasking. Owns nothing. Invariant: what is shown has been written down
 * before the transaction that read it ends. */
#include "app/unmask.h"

#include "base/utf8.h"
#include "model/value.h"
#include "store/record.h"
#include "store/sight.h"
#include "store/trail.h"

#define FIELDS_MAX 20
#define REASON_MIN 2
#define REASON_MAX 500

static enum err check_reason(struct ctx *c, struct str reason) {
    size_t n = utf8_count(str_trim(reason));
    if (n < REASON_MIN)
        return fail(c, ERR_INVALID, "reason", "required");
    if (n > REASON_MAX)
        return failv(c, ERR_INVALID, S("reason"), "too_long",
                     ARGS(V(REASON_MAX)));
    return OK;
}

static enum err read_fields(struct ctx *c, const struct entity_info *i,
                            const json_t *names, const struct field **out,
                            size_t *n) {
    *n = json_array_size(names);
    if (*n == 0)
        return fail(c, ERR_INVALID, "fields", "required");
    if (*n > FIELDS_MAX)
        return failv(c, ERR_INVALID, S("fields"), "too_many_values",
                     ARGS(V(FIELDS_MAX)));
    for (size_t k = 0; k < *n; k++) {
        struct str name = json_str(json_array_get(names, k));
        const struct field *f = name.p == NULL ? NULL : info_field(i, name);
        if (f == NULL)
            return failv(c, ERR_INVALID, name.p == NULL ? S("fields") : name,
                         "unknown_field", NO_ARGS);
        if (!sight_field(c, i, f))
            return sight_need(c, i, f, "unknown_field");
        out[k] = f;
    }
    return OK;
}

static enum err write_down(struct ctx *c, const struct entity_info *i,
                           int64_t id, const struct field **f, size_t n,
                           struct str reason) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 16 * 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_key(&w, S("fields"));
    jw_array(&w);
    for (size_t k = 0; k < n; k++)
        jw_str(&w, f[k]->name);
    jw_array_end(&w);
    jw_kstr(&w, S("reason"), str_trim(reason));
    jw_object_end(&w);
    return trail_event(c, S("unmask"), i->e->name, id, buf_view(&b));
}

enum err unmask_fields(struct ctx *c, const struct entity_info *i, int64_t id,
                       const json_t *names, struct str reason, struct jw *w) {
    const struct field *f[FIELDS_MAX];
    struct scope s;
    struct record *r;
    size_t n;
    if (!c->actor->unmask)
        return fail(c, ERR_FORBIDDEN, "", "unmask_forbidden");
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &r));
    TRY(check_reason(c, reason));
    TRY(read_fields(c, i, names, f, &n));
    TRY(write_down(c, i, id, f, n, reason));
    jw_object(w);
    jw_key(w, S("data"));
    jw_object(w);
    for (size_t k = 0; k < n; k++) {
        jw_key(w, f[k]->name);
        value_to_json(c, w, f[k], r->v[info_index(i, f[k])]);
    }
    jw_object_end(w);
    jw_object_end(w);
    return OK;
}
