/* Why the grade in force is that one, and what the gap to the next grade is
 * counted from. Owns nothing; one thread a call. */
#include "app/why.h"

#include "app/grade.h"
#include "base/num.h"

/* The computed one, unless one was set by hand and its day has not gone by at
 * the last grading; the worst credit makes either the lowest. */
void why_effective(struct ctx *c, const struct record *r, struct jw *w) {
    static const struct str told[] = {
        S_INIT("effective_grade"), S_INIT("grade_override"),
        S_INIT("grade_override_reason"), S_INIT("grade_override_until"),
        S_INIT("credit_score")};
    if (!why_seen(c, told[0]))
        return;
    jw_key(w, S("effective"));
    jw_object(w);
    for (size_t k = 0; k < COUNT_OF(told); k++)
        if (why_seen(c, told[k]))
            why_field(c, w, r, told[k]);
    jw_object_end(w);
}

/* The border is a contribution of others: for those who may see his. */
void why_gap(struct ctx *c, const struct record *r, const struct ruler *u,
             const struct customer_figures *f, struct jw *w) {
    struct scores s;
    if (!why_seen(c, S("border_gap")) || !why_seen(c, S("grade")) ||
        !why_measure_seen(c, u->basis.measure))
        return;
    ruler_score(u, f, &s);
    bool none = ruler_gap(u, &s) < 0 || grade_cap(f, s.tier) != s.tier;
    jw_key(w, S("gap"));
    jw_object(w);
    why_field(c, w, r, S("border_gap"));
    if (none) {
        jw_key(w, S("border"));
        jw_null(w);
    } else {
        why_decimal(c, w, S("border"), u->borders[s.tier - 1], NUM_AMOUNT);
    }
    jw_object_end(w);
}
