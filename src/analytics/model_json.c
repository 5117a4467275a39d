/* JSON of fitted models. Pure. Invariant: a number that is none is null. */
#include "analytics/model_json.h"

void json_number(struct jw *w, struct str key, bool known, double v) {
    jw_key(w, key);
    if (known)
        jw_f64(w, v);
    else
        jw_null(w);
}

void json_model(struct jw *w, struct str name, const char *const *keys,
                const double *v, size_t n, struct model_told told) {
    jw_key(w, name);
    jw_object(w);
    for (size_t k = 0; k < n; k++)
        json_number(w, str_of(keys[k]),
                    k < told.parameters ? told.has_values && told.why == NULL
                                        : told.has_values,
                    v[k]);
    jw_kbool(w, S("identified"), told.why == NULL);
    if (told.given)
        jw_kbool(w, S("given"), true);
    if (told.why != NULL)
        jw_kstr(w, S("why"), str_of(told.why));
    jw_object_end(w);
}
