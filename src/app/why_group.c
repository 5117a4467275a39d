/* Why a customer is in a group of those who buy alike: his facts, their scaled
 * logarithms and the distance to each centre. Reads what scoring reads, through
 * the same functions. One thread a call. */
#include "app/why.h"

#include "app/matrix.h"
#include "base/num.h"
#include "base/time.h"
#include "store/sight.h"

static void put_real(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    jw_f64(w, v);
}

static void put_value(struct ctx *c, struct jw *w, enum group_fact f,
                      const struct rfm_facts *facts) {
    if (f == GROUP_RECENCY)
        jw_ki64(w, S("value"), facts->recency_days);
    else if (f == GROUP_FREQUENCY)
        jw_ki64(w, S("value"), facts->frequency);
    else
        why_decimal(c, w, S("value"), facts->monetary, NUM_AMOUNT);
}

static void put_facts(struct ctx *c, struct jw *w, const struct group_model *m,
                      const struct rfm_facts *facts) {
    double scaled[GROUP_FACTS];
    group_scaled(m, facts, scaled);
    jw_key(w, S("facts"));
    jw_array(w);
    for (int f = 0; f < GROUP_FACTS; f++) {
        jw_object(w);
        jw_kstr(w, S("fact"), group_fact_name((enum group_fact)f));
        put_value(c, w, (enum group_fact)f, facts);
        put_real(w, S("log"), group_log(facts, (enum group_fact)f));
        if (sight_everybody(c)) {
            put_real(w, S("mean"), m->mean[f]);
            put_real(w, S("deviation"), m->sd[f]);
            put_real(w, S("scaled"), scaled[f]);
        }
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_centres(struct ctx *c, struct jw *w,
                        const struct group_model *m,
                        const struct rfm_facts *facts) {
    if (!sight_everybody(c))
        return;
    jw_key(w, S("centres"));
    jw_array(w);
    for (size_t g = 0; g < m->k; g++) {
        jw_object(w);
        jw_ki64(w, S("value_group"), (int64_t)g + 1);
        jw_key(w, S("scaled"));
        jw_array(w);
        for (int f = 0; f < GROUP_FACTS; f++)
            jw_f64(w, m->centres[g][f]);
        jw_array_end(w);
        put_real(w, S("distance"), group_distance(m, facts, g));
        jw_object_end(w);
    }
    jw_array_end(w);
}

static bool may_see(const struct ctx *c) {
    static const struct str fields[] = {S_INIT("value_group"),
                                        S_INIT("last_order_on"),
                                        S_INIT("orders"), S_INIT("sales")};
    for (size_t k = 0; k < COUNT_OF(fields); k++)
        if (!why_seen(c, fields[k]))
            return false;
    return true;
}

enum err why_group(struct ctx *c, const struct record *r, struct jw *w) {
    struct matrix_run run;
    struct matrix_facts f;
    struct group_model m;
    double distance;
    bool found;
    TRY(matrix_newest(c, &run, &found));
    if (!found || !may_see(c) ||
        record_get(r, S("value_group")).type == VAL_NULL)
        return OK;
    TRY(matrix_facts_one(c, run.from_day, record_id(r), &f, &found));
    TRY(matrix_model(c, &run, &m));
    if (!found || m.k == 0)
        return OK;
    struct rfm_facts facts = matrix_rfm(&run, &f);
    size_t group = group_of(&m, &facts, &distance);
    jw_key(w, S("group"));
    jw_object(w);
    why_field(c, w, r, S("value_group"));
    jw_kstr(w, S("as_of"), day_text(c->arena, run.as_of));
    jw_ki64(w, S("of"), (int64_t)m.k);
    group_words_to_json(&m, group, w);
    put_real(w, S("distance"), distance);
    put_facts(c, w, &m, &facts);
    put_centres(c, w, &m, &facts);
    jw_object_end(w);
    return OK;
}
