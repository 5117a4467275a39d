/* Keeps the newest grading at hand. Owns nothing: the store keeps it. Any
 * thread. Invariants: which run is the newest is asked each time, in the
 * caller's transaction; all else is read of that run, whatever ends meanwhile;
 * a finished run does not change. */
#include "app/ruling.h"

#include "base/json.h"
#include "store/grades.h"
#include "store/kept.h"
#include "store/store.h"

_Static_assert(sizeof(struct ruling) <= KEPT_BYTES, "a ruling can be kept");

static enum err read_ruler(struct ctx *c, int64_t run_id, struct ruler *out) {
    struct str text;
    bool found;
    TRY(grades_ruler_of(c, run_id, &text, &found));
    if (!found)
        return fail(c, ERR_INTERNAL, "", "bad_ruler");
    TRY(ruler_from_json(c, text, out));
    out->run_id = run_id;
    return OK;
}

static enum err read_models(struct ctx *c, int64_t run_id, struct ruling *out) {
    struct str text;
    json_t *j;
    TRY(lifetimes_fitted_of(c, run_id, &text, &out->as_of));
    if (text.n == 0) /* of a version without models */
        return OK;
    TRY(json_read(c, text, &j));
    TRY(lifetime_models_read(c, text, &out->models));
    churn_models_read(json_object_get(j, "churn"), &out->churn);
    return OK;
}

enum err ruling_now(struct ctx *c, struct ruling *out) {
    struct kept *kept = store_kept(c->store);
    struct kept_key key;
    bool found;
    TRY(grades_last(c, &key.id, &key.at, &found));
    if (found && kept_get(kept, key, out, sizeof *out))
        return OK;
    *out = (struct ruling){.graded = found};
    if (!found)
        return OK;
    TRY(read_ruler(c, key.id, &out->ruler));
    TRY(read_models(c, key.id, out));
    kept_put(kept, key, out, sizeof *out);
    return OK;
}
