/* A fitted model as JSON, in one shape for all of them: parameters, whether the
 * data told them, and why not. Pure. */
#ifndef ANALYTICS_MODEL_JSON_H
#define ANALYTICS_MODEL_JSON_H

#include "base/json.h"

struct model_told {
    size_t parameters; /* the first so many numbers; null unless identified */
    bool has_values;   /* the others */
    bool given;        /* parameters that were told, not fitted */
    const char *why;   /* NULL: identified */
};

/* A member; null where it is not known, or no number. */
void json_number(struct jw *w, struct str key, bool known, double v);

/* "name":{keys[0]:v[0],…,"identified":…,"given":true,"why":…} */
void json_model(struct jw *w, struct str name, const char *const *keys,
                const double *v, size_t n, struct model_told told);

#endif
