/* Thresholds instead of ranks. Scores rise with the value and equal values
 * share a score, so the least value of each score tells the score of any. */
#include "app/ruler.h"

#include "base/num.h"

#include <string.h>

static void lower(int64_t *thresholds, int64_t *ties, int score, int64_t value,
                  int64_t id) {
    for (int k = 0; k + 2 <= score; k++)
        if (value < thresholds[k] || (value == thresholds[k] && id < ties[k])) {
            thresholds[k] = value;
            ties[k] = id;
        }
}

/* Limits hold for everybody, also for values that nobody has yet. */
static void set_bands(const struct rfm_rules *rfm, struct ruler *out) {
    for (int k = 0; k < RFM_BANDS - 1; k++) {
        out->r[k] = out->as_of - rfm->cuts[0][RFM_BANDS - 2 - k];
        out->f[k] = rfm->cuts[1][k];
        out->m[k] = rfm->cuts[2][k];
    }
}

void ruler_bands(const struct ruler *u, int64_t cuts[3][RFM_BANDS - 1]) {
    for (int k = 0; k < RFM_BANDS - 1; k++) {
        cuts[0][k] = u->as_of - u->r[RFM_BANDS - 2 - k];
        cuts[1][k] = u->f[k];
        cuts[2][k] = u->m[k];
    }
}

static void set_scores(const struct value_report *report, const int64_t *ids,
                       const struct rfm_rules *rfm, struct ruler *out) {
    if (rfm->mode == RFM_FIXED) {
        set_bands(rfm, out);
        return;
    }
    for (int k = 0; k < RFM_BANDS - 1; k++)
        out->r[k] = out->f[k] = out->m[k] = INT64_MAX;
    for (size_t i = 0; i < report->n; i++) {
        const struct value_row *row = &report->rows[i];
        lower(out->r, out->ties[0], row->rfm.r,
              report->as_of - row->facts.recency_days, ids[i]);
        lower(out->f, out->ties[1], row->rfm.f, row->facts.frequency, ids[i]);
        lower(out->m, out->ties[2], row->rfm.m, row->facts.monetary, ids[i]);
    }
    /* elsewhere equal values share a score */
    if (rfm->mode != RFM_NTILE)
        memset(out->ties, 0, sizeof out->ties);
}

void ruler_make(const struct value_report *report, const int64_t *ids,
                const struct rfm_rules *rfm, struct ruler *out) {
    *out = (struct ruler){.as_of = report->as_of,
                          .customers = (int64_t)report->n,
                          .sales = report->sales,
                          .mode = rfm->mode};
    set_scores(report, ids, rfm, out);
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

static int score_of(const int64_t *thresholds, const int64_t *ties,
                    int64_t value, int64_t id) {
    int score = 1;
    for (int k = 0; k < RFM_BANDS - 1; k++)
        if (value > thresholds[k] || (value == thresholds[k] && id >= ties[k]))
            score = k + 2;
    return score;
}

void ruler_edges(const struct value_report *report, const int64_t *ids,
                 const int64_t *weighted, const size_t *by_weighted,
                 const int64_t *contribution, const size_t *by_contribution,
                 struct ruler *out) {
    for (int t = 0; t < TIER_COUNT - 1; t++)
        out->tiers[t].set = false;
    out->classes[0].set = out->classes[1].set = false;
    for (size_t k = 0; k < report->n; k++) {
        size_t i = by_weighted[k], j = by_contribution[k];
        for (int t = (int)report->rows[i].tier; t < TIER_SMALL; t++)
            out->tiers[t] = (struct ruler_edge){true, weighted[i], ids[i]};
        for (int a = report->rows[j].abc.class - 'A'; a < 2; a++)
            out->classes[a] =
                (struct ruler_edge){true, contribution[j], ids[j]};
    }
}

static const struct str measures[MEASURE_COUNT] = {
    S_INIT("sales"), S_INIT("margin"), S_INIT("profit")};

struct str measure_name(enum measure m) {
    return measures[m];
}

bool measure_parse(struct str name, enum measure *out) {
    for (int m = 0; m < MEASURE_COUNT; m++)
        if (str_eq(measures[m], name)) {
            *out = (enum measure)m;
            return true;
        }
    return false;
}

bool ruler_same_basis(const struct ruler_basis *a,
                      const struct ruler_basis *b) {
    for (int k = 0; k < WEIGHT_COUNT; k++)
        if (a->weights[k] != b->weights[k])
            return false;
    return a->from_day == b->from_day && a->measure == b->measure;
}

#define SETTLED 100 /* a hundredth */

void ruler_settle(struct ruler *u, const struct ruler *before) {
    for (int t = 0; t < TIER_COUNT - 1; t++) {
        int64_t now = u->tiers[t].set ? u->tiers[t].sales : 0;
        int64_t was = before == NULL ? 0 : before->borders[t];
        int64_t off = now > was ? now - was : was - now;
        u->borders[t] = was > 0 && off <= now / SETTLED ? was : now;
    }
}

static bool is_all_sales(const struct ruler_basis *b) {
    return b->from_day == 0 && b->measure == MEASURE_SALES;
}

bool ruler_is_plain(const struct ruler_basis *b) {
    for (int k = 0; k < WEIGHT_COUNT; k++)
        if (b->weights[k] != 0)
            return false;
    return is_all_sales(b);
}

int64_t ruler_contribution(const struct ruler_basis *b,
                           const struct customer_figures *f) {
    int64_t v = is_all_sales(b) ? f->sales : f->contribution;
    return v > 0 ? v : 0;
}

#define NEUTRAL 3
#define FACTOR_ONE 200
#define TO_MILLE 5 /* a factor of 200 is 1.000 */

int64_t ruler_weigh(const struct ruler_basis *b,
                    const struct customer_figures *f, int f_score) {
    int factor =
        FACTOR_ONE + b->weights[WEIGHT_FREQUENCY] * (f_score - NEUTRAL);
    for (int k = 0; k < STANDING_COUNT; k++)
        if (f->standing[k] != 0)
            factor +=
                b->weights[WEIGHT_STANDING + k] * (f->standing[k] - NEUTRAL);
    if (factor < 0)
        factor = 0;
    int64_t v;
    return num_mul(ruler_contribution(b, f), (int64_t)factor * TO_MILLE, 3, &v)
               ? v
               : INT64_MAX;
}

int64_t ruler_gap(const struct ruler *u, const struct scores *s) {
    if (!s->graded || s->tier == TIER_VIP)
        return -1;
    int64_t border = u->borders[s->tier - 1];
    if (border <= 0)
        return -1;
    int64_t lack = border - s->weighted;
    return lack <= 0 ? 0 : (int64_t)((double)lack * 10000 / (double)border);
}

static bool within(const struct ruler_edge *e, int64_t value, int64_t id) {
    return e->set && (value > e->sales || (value == e->sales && id <= e->id));
}

void ruler_score(const struct ruler *u, const struct customer_figures *f,
                 struct scores *out) {
    *out = (struct scores){.graded = f->orders > 0};
    if (!out->graded)
        return;
    out->r = score_of(u->r, u->ties[0], f->last_day, f->id);
    out->f = score_of(u->f, u->ties[1], f->orders, f->id);
    out->m = score_of(u->m, u->ties[2], f->sales, f->id);
    out->contribution = ruler_contribution(&u->basis, f);
    out->weighted = ruler_weigh(&u->basis, f, out->f);
    out->tier = TIER_SMALL;
    for (int t = TIER_SMALL - 1; t >= 0; t--)
        if (within(&u->tiers[t], out->weighted, f->id))
            out->tier = (enum tier)t;
    out->abc = within(&u->classes[0], out->contribution, f->id)   ? 'a'
               : within(&u->classes[1], out->contribution, f->id) ? 'b'
                                                                  : 'c';
}

/* --- JSON ---------------------------------------------------------------- */

static void put_list(struct jw *w, struct str key, const int64_t *v, int n) {
    jw_key(w, key);
    jw_array(w);
    for (int k = 0; k < n; k++)
        jw_i64(w, v[k]);
    jw_array_end(w);
}

static void put_thresholds(struct jw *w, struct str key, const int64_t *t) {
    put_list(w, key, t, RFM_BANDS - 1);
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

/* Share scores need no word: rulers had none when there was nothing else. */
static void put_mode(struct jw *w, const struct ruler *u) {
    if (u->mode == RFM_SHARE)
        return;
    jw_kstr(w, S("mode"), rfm_mode_name(u->mode));
    if (u->mode != RFM_NTILE)
        return;
    jw_key(w, S("ties"));
    jw_array(w);
    for (int which = 0; which < 3; which++)
        for (int k = 0; k < RFM_BANDS - 1; k++)
            jw_i64(w, u->ties[which][k]);
    jw_array_end(w);
}

static void put_basis(struct jw *w, const struct ruler_basis *b) {
    if (ruler_is_plain(b))
        return;
    jw_ki64(w, S("from_day"), b->from_day);
    jw_kstr(w, S("measure"), measure_name(b->measure));
    jw_key(w, S("weights"));
    jw_array(w);
    for (int k = 0; k < WEIGHT_COUNT; k++)
        jw_i64(w, b->weights[k]);
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
    put_mode(w, u);
    put_edges(w, S("tiers"), u->tiers, TIER_COUNT - 1);
    put_edges(w, S("classes"), u->classes, 2);
    put_list(w, S("borders"), u->borders, TIER_COUNT - 1);
    put_list(w, S("place"), (int64_t[]){u->place.xid, u->place.seq}, 2);
    jw_ki64(w, S("total"), u->total);
    put_basis(w, &u->basis);
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

static bool get_mode(const json_t *j, struct ruler *u) {
    const json_t *mode = json_object_get(j, "mode");
    const json_t *ties = json_object_get(j, "ties");
    u->mode = RFM_SHARE;
    if (mode != NULL &&
        !(json_is_string(mode) && rfm_mode_parse(json_str(mode), &u->mode)))
        return false;
    for (size_t i = 0; u->mode == RFM_NTILE && i < 3 * (RFM_BANDS - 1); i++) {
        const json_t *v = json_array_get(ties, i);
        if (!json_is_integer(v))
            return false;
        u->ties[i / (RFM_BANDS - 1)][i % (RFM_BANDS - 1)] =
            json_integer_value(v);
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

/* What rulers of earlier versions lack. */
static void get_rest(const json_t *j, struct ruler *u) {
    const json_t *borders = json_object_get(j, "borders");
    const json_t *place = json_object_get(j, "place");
    const json_t *total = json_object_get(j, "total");
    u->place.xid = json_integer_value(json_array_get(place, 0));
    u->place.seq = json_integer_value(json_array_get(place, 1));
    u->total = total == NULL ? u->sales : json_integer_value(total);
    ruler_settle(u, NULL);
    for (size_t t = 0; t < json_array_size(borders) && t < TIER_COUNT - 1; t++)
        u->borders[t] = json_integer_value(json_array_get(borders, t));
}

/* Absent in rulers by all sales without weights. */
static bool get_basis(const json_t *j, struct ruler_basis *b) {
    const json_t *weights = json_object_get(j, "weights");
    b->from_day = (int32_t)json_integer_value(json_object_get(j, "from_day"));
    const char *measure = json_string_value(json_object_get(j, "measure"));
    /* as rulers were written before there was a third measure */
    if (json_is_true(json_object_get(j, "margin")))
        b->measure = MEASURE_MARGIN;
    for (size_t k = 0; k < WEIGHT_COUNT; k++)
        b->weights[k] = (int)json_integer_value(json_array_get(weights, k));
    return measure == NULL || measure_parse(str_of(measure), &b->measure);
}

enum err ruler_from_json(struct ctx *c, struct str json, struct ruler *out) {
    json_t *j;
    TRY(json_read(c, json, &j));
    *out = (struct ruler){
        .as_of = (int32_t)json_integer_value(json_object_get(j, "as_of")),
        .customers = json_integer_value(json_object_get(j, "customers")),
        .sales = json_integer_value(json_object_get(j, "sales")),
    };
    bool good = get_basis(j, &out->basis) && get_mode(j, out) &&
                get_thresholds(j, "r", out->r) &&
                get_thresholds(j, "f", out->f) &&
                get_thresholds(j, "m", out->m) &&
                get_edges(j, "tiers", out->tiers, TIER_COUNT - 1) &&
                get_edges(j, "classes", out->classes, 2);
    get_rest(j, out);
    return good ? OK : fail(c, ERR_INTERNAL, "", "bad_ruler");
}
