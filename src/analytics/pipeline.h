/* What open deals will bring within some days: each by the hazards of its age,
 * all together with the range chance leaves. Source of the hazards: hazard.h.
 * Ages and spans in days, values in the unit they are given in. */
#ifndef ANALYTICS_PIPELINE_H
#define ANALYTICS_PIPELINE_H

#include "analytics/hazard.h"
#include "base/json.h"

/* One deal as it is known today. Days since 1970. */
struct deal {
    struct str id, group; /* group: what its value is like; may be empty */
    int32_t opened, closed;
    bool has_opened, has_closed;
    enum spell_end end; /* WON and LOST with has_closed */
    double value;       /* NAN: not known */
};

struct pipeline_input {
    const struct deal *deals;
    size_t n;
    int32_t as_of; /* what happened on this day or later is not used */
    int32_t days;  /* how far to look */
};

/* An open deal. */
struct pipeline_row {
    const struct deal *deal;
    int32_t age;  /* days */
    double value; /* its own, or the mean of its group's won deals; NAN: no
                     deal with a known value was ever won */
    struct hazard_chance chance;
};

struct pipeline_group {
    struct str name;
    int64_t open;
    double value, expected;
};

struct pipeline_report {
    const struct pipeline_input *in;
    int64_t unopened;          /* deals without a day of opening: not counted */
    int64_t unvalued;          /* rows without a value: in no sum */
    int64_t won, lost;         /* closed before as_of */
    struct pipeline_row *rows; /* open at as_of, in the order given */
    size_t n;
    struct pipeline_group *groups; /* of the rows, by name */
    size_t n_groups;
    double weighted; /* values × share of closed deals that were won */
    double expected; /* values × chances by age */
    double p10, p50, p90;
    double spread;   /* hazard_spread of months */
    bool has_actual; /* the deals tell of days up to as_of + days */
    int64_t actual_won;
    double actual;   /* value of those of the rows won within the days */
    const char *why; /* below: nothing can be expected; or NULL */
};

#define PIPELINE_NO_WON "no_won_deal"
#define PIPELINE_NO_VALUE "no_value" /* no open deal has one */

/* Hazards are of the last `days` (at least 92) before as_of; p10, p50 and p90
 * of seeded draws, so every run gives the same. All in arena a. */
void pipeline_report(struct arena *a, const struct pipeline_input *in,
                     struct pipeline_report *out);

/* The shape of docs/analyze.md; flush (may be NULL) is called between rows. */
void pipeline_json(const struct pipeline_report *r, struct jw *w,
                   void (*flush)(void *), void *user);

#endif
