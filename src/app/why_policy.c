/* Which policy holds for a customer, and what it gives: what a contact task, a
 * discount or a plan comes from. One thread a call. Invariant: a policy tells
 * the grade in force, and is for those who may see that. */
#include "app/why.h"

#include "base/time.h"
#include "base/zone.h"
#include "model/value.h"
#include "store/actor.h"
#include "store/policies.h"
#include "store/sight.h"

/* The day by which the customer is to be contacted, from the last time or else
 * from the day the file was opened. */
static void put_contact_by(struct ctx *c, const struct record *r,
                           const struct policy *p, struct jw *w) {
    struct val last = record_get(r, S("last_contact_at"));
    if (p->contact_days == 0 || !why_seen(c, S("last_contact_at")))
        return;
    int64_t since =
        last.type == VAL_NULL ? record_i64(r, S("created_at")) : last.i;
    jw_kstr(w, S("contact_by"),
            day_text(c->arena,
                     zone_day(c->zone, since) + (int32_t)p->contact_days));
}

/* Served as a lower grade by a drop decision, which is named to whoever may
 * read it. */
static enum err put_lowered(struct ctx *c, const struct policy *p,
                            struct jw *w) {
    const struct entity_info *i =
        registry_find(c->registry, S("drop_decision"));
    struct record *d;
    struct scope s;
    if (p->lowered_by == 0)
        return OK;
    jw_kstr(w, S("lowered_from"), p->in_force);
    if (actor_level(c, i->e, ACT_READ) == LEVEL_NONE ||
        sight_of(c, i, info_field(i, S("measures"))) != SEE_FULL)
        return OK;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    enum err e = record_load(c, &s, p->lowered_by, false, &d);
    if (e == ERR_NOT_FOUND) {
        fail_clear(c);
        return OK;
    }
    TRY(e);
    jw_ki64(w, S("drop_decision_id"), p->lowered_by);
    return OK;
}

enum err why_policy(struct ctx *c, const struct record *r, struct jw *w) {
    static const struct str told[] = {
        S_INIT("grade"),        S_INIT("contact_days"), S_INIT("discount_max"),
        S_INIT("approval"),     S_INIT("team_id"),      S_INIT("service_level"),
        S_INIT("upgrade_open"), S_INIT("upgrade_gap"),  S_INIT("cut_open"),
        S_INIT("plan_days"),    S_INIT("plan")};
    const struct entity_info *i = registry_find(c->registry, S("grade_policy"));
    struct policy p;
    struct record *row;
    struct scope s;
    bool found;
    if (actor_level(c, i->e, ACT_READ) == LEVEL_NONE ||
        !why_seen(c, S("effective_grade")))
        return OK;
    TRY(policy_of_customer(c, record_id(r), zone_day(c->zone, c->now_ms), &p,
                           &found));
    if (!found)
        return OK;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    enum err e = record_load(c, &s, p.id, false, &row);
    if (e == ERR_NOT_FOUND) { /* gone since it was found */
        fail_clear(c);
        return OK;
    }
    TRY(e);
    jw_key(w, S("policy"));
    jw_object(w);
    jw_ki64(w, S("id"), p.id);
    for (size_t k = 0; k < COUNT_OF(told); k++) {
        const struct field *f = info_field(i, told[k]);
        if (!sight_field(c, i, f) || sight_of(c, i, f) == SEE_MASKED)
            continue;
        jw_key(w, told[k]);
        value_to_json(c, w, f, record_get(row, told[k]));
    }
    put_contact_by(c, r, &p, w);
    TRY(put_lowered(c, &p, w));
    jw_object_end(w);
    return OK;
}
