/* Thresholds instead of ranks. Scores rise with the value and equal values
 * share a score, so the least value of each score tells the score of any. */
#include "app/ruler.h"

static void lower(int64_t *thresholds, int score, int64_t value) {
    for (int k = 0; k + 2 <= score; k++)
        if (value < thresholds[k])
            thresholds[k] = value;
}

void ruler_make(const struct value_report *report, const int64_t *ids,
                struct ruler *out) {
    *out = (struct ruler){.as_of = report->as_of,
                          .customers = (int64_t)report->n,
                          .sales = report->sales};
    for (int k = 0; k < RFM_BANDS - 1; k++)
        out->r[k] = out->f[k] = out->m[k] = INT64_MAX;
    for (size_t i = 0; i < report->n; i++) {
        const struct value_row *row = &report->rows[i];
        lower(out->r, row->rfm.r, report->as_of - row->facts.recency_days);
        lower(out->f, row->rfm.f, row->facts.frequency);
        lower(out->m, row->rfm.m, row->facts.monetary);
    }
    /* In rank order the last one seen of each group is its edge. */
    for (size_t k = 0; k < report->n; k++) {
        size_t i = report->order[k];
        struct ruler_edge edge = {true, report->rows[i].facts.monetary, ids[i]};
        for (int t = (int)report->rows[i].tier; t < TIER_SMALL; t++)
            out->tiers[t] = edge;
        for (int a = report->rows[i].abc.class - 'A'; a < 2; a++)
            out->classes[a] = edge;
    }
}

static int score_of(const int64_t *thresholds, int64_t value) {
    int score = 1;
    for (int k = 0; k < RFM_BANDS - 1; k++)
        if (value >= thresholds[k])
            score = k + 2;
    return score;
}

static bool within(const struct ruler_edge *e,
                   const struct customer_figures *f) {
    return e->set &&
           (f->sales > e->sales || (f->sales == e->sales && f->id <= e->id));
}

void ruler_score(const struct ruler *u, const struct customer_figures *f,
                 struct scores *out) {
    *out = (struct scores){.graded = f->orders > 0};
    if (!out->graded)
        return;
    out->r = score_of(u->r, f->last_day);
    out->f = score_of(u->f, f->orders);
    out->m = score_of(u->m, f->sales);
    out->tier = TIER_SMALL;
    for (int t = TIER_SMALL - 1; t >= 0; t--)
        if (within(&u->tiers[t], f))
            out->tier = (enum tier)t;
    out->abc = within(&u->classes[0], f)   ? 'a'
               : within(&u->classes[1], f) ? 'b'
                                           : 'c';
}

/* --- JSON
 * ----------------------------------------------------------------------- */

static void put_thresholds(struct jw *w, struct str key, const int64_t *t) {
    jw_key(w, key);
    jw_array(w);
    for (int k = 0; k < RFM_BANDS - 1; k++)
        jw_i64(w, t[k]);
    jw_array_end(w);
}

static void put_edges(struct jw *w, struct str key, const struct ruler_edge *e,
                      int n) {
    jw_key(w, key);
    jw_array(w);
    for (int k = 0; k < n; k++) {
        if (!e[k].set) {
            jw_null(w);
            continue;
        }
        jw_array(w);
        jw_i64(w, e[k].sales);
        jw_i64(w, e[k].id);
        jw_array_end(w);
    }
    jw_array_end(w);
}

void ruler_to_json(const struct ruler *u, struct jw *w) {
    jw_object(w);
    jw_ki64(w, S("as_of"), u->as_of);
    jw_ki64(w, S("customers"), u->customers);
    jw_ki64(w, S("sales"), u->sales);
    put_thresholds(w, S("r"), u->r);
    put_thresholds(w, S("f"), u->f);
    put_thresholds(w, S("m"), u->m);
    put_edges(w, S("tiers"), u->tiers, TIER_COUNT - 1);
    put_edges(w, S("classes"), u->classes, 2);
    jw_object_end(w);
}

static bool get_thresholds(const json_t *j, const char *key, int64_t *t) {
    const json_t *a = json_object_get(j, key);
    for (size_t k = 0; k < RFM_BANDS - 1; k++) {
        const json_t *v = json_array_get(a, k);
        if (!json_is_integer(v))
            return false;
        t[k] = json_integer_value(v);
    }
    return true;
}

static bool get_edges(const json_t *j, const char *key, struct ruler_edge *e,
                      size_t n) {
    const json_t *a = json_object_get(j, key);
    for (size_t k = 0; k < n; k++) {
        const json_t *v = json_array_get(a, k);
        if (v == NULL)
            return false;
        e[k] = (struct ruler_edge){
            .set = json_is_array(v),
            .sales = json_integer_value(json_array_get(v, 0)),
            .id = json_integer_value(json_array_get(v, 1))};
    }
    return true;
}

enum err ruler_from_json(struct ctx *c, struct str json, struct ruler *out) {
    json_t *j;
    TRY(json_read(c, json, &j));
    *out = (struct ruler){
        .as_of = (int32_t)json_integer_value(json_object_get(j, "as_of")),
        .customers = json_integer_value(json_object_get(j, "customers")),
        .sales = json_integer_value(json_object_get(j, "sales")),
    };
    bool good = get_thresholds(j, "r", out->r) &&
                get_thresholds(j, "f", out->f) &&
                get_thresholds(j, "m", out->m) &&
                get_edges(j, "tiers", out->tiers, TIER_COUNT - 1) &&
                get_edges(j, "classes", out->classes, 2);
    return good ? OK : fail(c, ERR_INTERNAL, "", "bad_ruler");
}
