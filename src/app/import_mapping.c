/* Kept mappings and how they fit a file. Owns nothing; any thread. */
#include "app/import_mapping.h"

#include "store/lookup.h"
#include "store/record.h"

static enum err all_of(struct ctx *c, const struct import *im,
                       struct lookup_saved **out, size_t *n) {
    const struct entity_info *i =
        registry_find(c->registry, S("import_mapping"));
    struct scope s;
    *n = 0;
    *out = NULL;
    if (scope_make(c, i->e, ACT_READ, &s) != OK) {
        fail_clear(c);
        return OK;
    }
    return lookup_saved(c, &s, im->entity, out, n);
}

static const struct column *column_of(const struct columns *cols,
                                      const char *header) {
    for (size_t i = 0; i < cols->n; i++)
        if (str_eqc(cols->p[i].header, header))
            return &cols->p[i];
    return NULL;
}

/* How many of its headers the file has; whether that is all of them. */
static size_t fit(const struct import *im, json_t *mapping, bool *all) {
    size_t n = 0;
    const char *header;
    json_t *target;
    *all = json_object_size(mapping) > 0;
    json_object_foreach(mapping, header, target) {
        bool there = column_of(&im->columns, header) != NULL;
        n += there;
        *all &= there || json_is_null(target);
    }
    return n;
}

enum err import_mappings_json(struct ctx *c, struct jw *w,
                              const struct import *im) {
    struct lookup_saved *saved;
    size_t n;
    TRY(all_of(c, im, &saved, &n));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        json_t *mapping;
        bool all;
        TRY(json_read(c, saved[i].mapping, &mapping));
        fit(im, mapping, &all);
        if (!all)
            continue;
        jw_object(w);
        jw_ki64(w, S("id"), saved[i].id);
        jw_kstr(w, S("name"), saved[i].name);
        jw_kbool(w, S("shared"), saved[i].shared);
        jw_object_end(w);
    }
    jw_array_end(w);
    return OK;
}

static void release(void *arg) {
    json_decref(arg);
}

static enum err take_over(struct ctx *c, struct import *im,
                          const struct lookup_saved *saved) {
    json_t *mapping, *options, *target, *here = json_object();
    const char *header;
    arena_defer(c->arena, release, here);
    TRY(json_read(c, saved->mapping, &mapping));
    for (size_t i = 0; i < im->columns.n; i++)
        im->columns.p[i].target = NULL;
    json_object_foreach(mapping, header, target) {
        if (column_of(&im->columns, header) != NULL && json_is_string(target) &&
            target_find(&im->targets, json_str(target)) != NULL)
            json_object_set(here, header, target);
    }
    TRY(mapping_apply(c, &im->targets, &im->columns, here));
    if (saved->options.n == 0)
        return OK;
    TRY(json_read(c, saved->options, &options));
    return import_options_apply(c, &im->targets, &im->options, options);
}

enum err import_mapping_use(struct ctx *c, struct import *im, int64_t id) {
    struct lookup_saved *saved;
    size_t n;
    TRY(all_of(c, im, &saved, &n));
    for (size_t i = 0; i < n; i++)
        if (saved[i].id == id)
            return take_over(c, im, &saved[i]);
    return failv(c, ERR_INVALID, S("mapping_id"), "ref_missing", ARGS(V(id)));
}

/* What nothing can be imported into would never be offered again. */
enum err import_mapping_save(struct ctx *c, enum save_op op,
                             const struct record *before,
                             const struct record *after) {
    struct targets t;
    json_t *mapping;
    if (op != SAVE_CREATE && op != SAVE_UPDATE)
        return OK;
    if (op == SAVE_CREATE) /* it can't be changed later */
        TRY(targets_of(c, record_str(after, S("entity")), &t));
    TRY(json_read(c, record_str(after, S("mapping")), &mapping));
    return json_is_object(mapping)
               ? OK
               : fail(c, ERR_INVALID, "mapping", "not_object");
}

enum err import_mapping_suggest(struct ctx *c, struct import *im, bool *found) {
    struct lookup_saved *saved;
    size_t n;
    *found = false;
    TRY(all_of(c, im, &saved, &n));
    for (size_t i = 0; i < n && !*found; i++) {
        json_t *mapping;
        bool all;
        TRY(json_read(c, saved[i].mapping, &mapping));
        if (fit(im, mapping, &all) != im->columns.n || !all)
            continue;
        *found = take_over(c, im, &saved[i]) == OK;
        fail_clear(c); /* an option that is no longer one */
    }
    return OK;
}
