/* Keeps the newest grading at hand. Owns nothing: the store keeps it. Any
 * thread. Invariant: which run is the newest is asked each time, in the
 * caller's transaction; a finished run does not change. */
#include "app/ruling.h"

#include "app/grade_judge.h"
#include "base/json.h"
#include "store/grades.h"
#include "store/kept.h"
#include "store/store.h"

_Static_assert(sizeof(struct ruling) <= KEPT_BYTES, "a ruling can be kept");

static enum err read_models(struct ctx *c, struct ruling *out) {
    struct str text;
    json_t *j;
    bool found;
    TRY(lifetimes_fitted(c, &text, &out->as_of, &found));
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
    TRY(judge_ruler(c, &out->ruler, &found));
    TRY(read_models(c, out));
    kept_put(kept, key, out, sizeof *out);
    return OK;
}
