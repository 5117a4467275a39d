/* Emptying the bin on demand. Owns nothing; a job's thread. Each slice is a
 * transaction of its own; one that was stopped has taken what it took, and the
 * next one begins with what is left. */
#include "app/purge_chosen.h"

#include "app/slices.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/purge.h"

#include <inttypes.h>

#define IDS_MAX 1000
#define SLICE_FIRST 20 /* records */
#define SLICE_MOST 500

/* --- what is asked for
 * -------------------------------------------------------------------------- */

struct asked {
    struct purge_which which;
    const json_t *objects; /* plurals, or NULL: all */
};

/* A day of the company's zone, more days later, as its first instant. */
static enum err read_day(struct ctx *c, const json_t *o, const char *key,
                         int more, int64_t *out) {
    const json_t *v = json_object_get(o, key);
    int32_t day;
    if (v == NULL || json_is_null(v))
        return OK;
    if (day_parse(json_is_string(v) ? json_str(v) : S(""), DATE_YMD, &day) !=
        TIME_OK)
        return fail(c, ERR_INVALID, key, "not_date");
    *out = zone_instant(c->zone, day + more, 0);
    return OK;
}

static enum err read_id(struct ctx *c, const json_t *o, const char *key,
                        int64_t *out) {
    const json_t *v = json_object_get(o, key);
    if (v == NULL || json_is_null(v))
        return OK;
    *out = json_integer_value(v);
    return *out > 0 ? OK : fail(c, ERR_INVALID, key, "not_reference");
}

static enum err read_ids(struct ctx *c, const json_t *o,
                         struct purge_which *w) {
    const json_t *ids = json_object_get(o, "ids");
    if (ids == NULL || json_is_null(ids))
        return OK;
    w->n_ids = json_array_size(ids);
    if (w->n_ids == 0 || json_array_size(json_object_get(o, "objects")) != 1)
        return fail(c, ERR_INVALID, "ids", "wrong_type");
    if (w->n_ids > IDS_MAX)
        return failv(c, ERR_INVALID, S("ids"), "too_many_values",
                     ARGS(V(IDS_MAX)));
    int64_t *out = NEW_ARRAY(c->arena, int64_t, w->n_ids);
    for (size_t i = 0; i < w->n_ids; i++) {
        out[i] = json_integer_value(json_array_get(ids, i));
        if (out[i] <= 0)
            return fail(c, ERR_INVALID, "ids", "not_reference");
    }
    w->ids = out;
    return OK;
}

static enum err check_objects(struct ctx *c, const json_t *objects) {
    if (objects == NULL)
        return OK;
    if (json_array_size(objects) == 0)
        return fail(c, ERR_INVALID, "objects", "wrong_type");
    for (size_t i = 0; i < json_array_size(objects); i++) {
        struct str name = json_str(json_array_get(objects, i));
        const struct entity_info *of = registry_plural(c->registry, name);
        if (of == NULL || !purge_takes(c, of))
            return failv(c, ERR_INVALID, S("objects"), "unknown_object",
                         ARGS(V(name)));
    }
    return OK;
}

static enum err read_asked(struct ctx *c, const json_t *o, struct asked *a) {
    *a = (struct asked){.objects = json_object_get(o, "objects")};
    if (json_is_null(a->objects))
        a->objects = NULL;
    TRY(check_objects(c, a->objects));
    TRY(read_ids(c, o, &a->which));
    TRY(read_id(c, o, "deleted_with", &a->which.with));
    TRY(read_id(c, o, "deleted_by", &a->which.by));
    TRY(read_day(c, o, "from", 0, &a->which.since));
    return read_day(c, o, "to", 1, &a->which.before);
}

/* The job may wait: it takes nothing that somebody deletes after this. */
enum err purge_request(struct ctx *c, const json_t *chosen,
                       int64_t *job_id_out) {
    struct asked a;
    TRY(read_asked(c, chosen, &a));
    struct job_new n = {
        .kind = S("bin_purge"),
        .args = str_fmt(c->arena,
                        "{\"asked_at\":%" PRId64 ",\"chosen\":" STR_FMT "}",
                        c->now_ms, STR_ARG(json_compact(c->arena, chosen))),
        .owner_id = c->actor->user_id};
    return job_create(c, &n, job_id_out);
}

/* --- the job
 * -------------------------------------------------------------------------- */

struct emptying {
    struct slices s; /* of one entity */
    struct job_step told;
    struct asked asked;
    const struct entity_info *info;
    struct purge_place behind; /* committed so far, of x->info */
    struct purge_done done;    /* of the slice under way */
    int64_t gone, passed;
};

static bool takes(const struct ctx *c, const struct emptying *x,
                  const struct entity_info *i) {
    if (!purge_takes(c, i))
        return false;
    for (size_t k = 0; k < json_array_size(x->asked.objects); k++)
        if (str_eq(json_str(json_array_get(x->asked.objects, k)), i->e->plural))
            return true;
    return x->asked.objects == NULL;
}

static enum err write_slice(struct ctx *c, void *arg) {
    struct emptying *x = arg;
    TRY(purge_chosen(c, x->info, &x->asked.which, x->behind,
                     (int)(x->s.to - x->s.from), &x->done));
    x->s.to = x->s.from + (size_t)(x->done.more ? x->done.gone + 1 : 0);
    return OK;
}

static void count(void *arg) {
    struct emptying *x = arg;
    x->behind = x->done.last;
    x->gone += x->done.gone;
    x->passed += x->done.passed;
    int64_t done = json_array_size(x->asked.objects) == 1 ? x->passed : x->gone;
    x->told.done = done < x->told.total ? done : x->told.total;
}

static enum err empty_one(struct ctx *c, struct emptying *x) {
    x->behind = (struct purge_place){0};
    x->s = (struct slices){.step = "purge",
                           .n = SLICES_OPEN,
                           .total = 1, /* unknown */
                           .first = SLICE_FIRST,
                           .least = 1,
                           .most = SLICE_MOST,
                           .write = write_slice,
                           .wrote = count,
                           .arg = x};
    return slices_run(c, &x->s);
}

static enum err how_many(struct ctx *c, const struct emptying *x,
                         int64_t *out) {
    *out = 0;
    for (size_t n = 0; n < c->registry->model->n; n++) {
        const struct entity_info *i = &c->registry->info[n];
        int64_t of = 0;
        if (takes(c, x, i))
            TRY(purge_count(c, i, &x->asked.which, &of));
        *out += of;
    }
    return OK;
}

/* What one record needed may be free when that one is gone: again, until
 * nothing more goes. */
static enum err rounds(struct ctx *c, struct emptying *x) {
    int64_t last = -1;
    while (x->gone != last) {
        last = x->gone;
        for (size_t n = 0; n < c->registry->model->n; n++) {
            x->info = &c->registry->info[n];
            if (takes(c, x, x->info))
                TRY(empty_one(c, x));
        }
    }
    return OK;
}

static enum err read_args(struct ctx *c, const json_t *args, struct asked *a) {
    int64_t until = json_integer_value(json_object_get(args, "asked_at")) + 1;
    TRY(read_asked(c, json_object_get(args, "chosen"), a));
    if (until > 1 && (a->which.before == 0 || until < a->which.before))
        a->which.before = until;
    return OK;
}

enum err purge_chosen_job(struct ctx *c, struct job_run *run,
                          const json_t *args, struct job_end *end) {
    struct emptying x = {.gone = 0};
    int64_t kept = 0;
    if (!c->actor->admin)
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    TRY(read_args(c, args, &x.asked));
    TRY(how_many(c, &x, &x.told.total));
    run->counts = &x.told;
    enum err e = rounds(c, &x);
    run->counts = NULL;
    if (e == OK)
        e = how_many(c, &x, &kept);
    end->result = JSON_COUNTS(c->arena, {"gone", x.gone}, {"kept", kept});
    return e;
}
