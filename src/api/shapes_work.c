/* Tables of shapes: jobs, imports, exports. */
#include "api/shapes.h"

SHAPE(job_started, "Work that goes on by itself; see GET /jobs/{id}.", 202,
      NULL, {"job", "#job_state", NULL});

SHAPE(job_state, "A job.", 0, NULL, {"id", "integer", NULL},
      {"kind", "text", NULL}, {"state", "@job.state", NULL},
      {"done", "integer", NULL}, {"total", "integer|null", NULL},
      {"rate", "number|null", "Items per second."},
      {"eta_s", "number|null", "Seconds left."}, {"result", "any", NULL},
      {"error", "text|null", NULL});

static const struct shape *const list[] = {
    &job_started,
    &job_state,
};

const struct shape_list work_shapes = {list, COUNT_OF(list)};
