/* Who a test names. Owns nothing; the store keeps what was found.
 * Invariant: what would=… lists is what the trial it stands in has counted, as
 * long as nothing is written between. */
#include "app/who.h"

#include "app/awaiting.h"
#include "app/settings.h"
#include "app/what_if.h"
#include "base/num.h"

#define BASIS 10000
#define BANDS (RFM_BANDS - 1)
#define SCORE_CUTS ((size_t)3 * BANDS)

/* --- a trial as text ------------------------------------------------------ */

static struct str end_name(struct ctx *c, int t) {
    if (t == TRIAL_MOVED)
        return S("moved");
    if (t == TRIAL_RESCORED)
        return S("rescored");
    if (t == TRIAL_LOSS)
        return S("loss");
    if (t >= TRIAL_SCORE(0, 1) && t <= TRIAL_SCORE(2, RFM_BANDS))
        return str_fmt(c->arena, "%c%d",
                       "rfm"[(t - TRIAL_SCORE(0, 1)) / RFM_BANDS],
                       (t - TRIAL_SCORE(0, 1)) % RFM_BANDS + 1);
    return t == TRIAL_ANY    ? S("any")
           : t == TIER_COUNT ? S("none")
           : t < TIER_COUNT  ? tier_name((enum tier)t)
                             : S("");
}

static bool end_parse(struct ctx *c, struct str text, int *out) {
    for (int t = TRIAL_ANY; t < TRIAL_END; t++)
        if (text.n > 0 && str_eq(end_name(c, t), text)) {
            *out = t;
            return true;
        }
    return false;
}

struct str trial_text(struct ctx *c, const struct grade_rules *r, int from,
                      int to) {
    const struct pyramid_cuts *p = &r->value.pyramid;
    const struct rfm_rules *scores = &r->value.rfm;
    struct buf b;
    buf_init(&b, c->arena, 512);
    buf_str(&b, end_name(c, from));
    buf_byte(&b, ':');
    buf_str(&b, end_name(c, to));
    buf_fmt(&b, ":%d.%d.%d:%d.%d:%d:", p->vip_bp, p->main_bp, p->ordinary_bp,
            r->value.abc.a_bp, r->value.abc.b_bp, r->months);
    buf_str(&b, measure_name(r->basis.measure));
    for (int k = 0; k < WEIGHT_COUNT; k++)
        buf_fmt(&b, "%c%d", k == 0 ? ':' : '.', r->basis.weights[k]);
    buf_byte(&b, ':');
    buf_str(&b, rfm_mode_name(scores->mode));
    for (size_t k = 0; scores->mode == RFM_FIXED && k < SCORE_CUTS; k++) {
        buf_byte(&b, k == 0 ? ':' : '.');
        num_print(&b, scores->cuts[k / BANDS][k % BANDS], 0);
    }
    return buf_view(&b);
}

/* Numbers with dots between, exactly n of them, each from least to most. */
static bool numbers(struct str text, int least, int64_t most, int *const *out,
                    size_t n) {
    struct str part;
    int64_t v;
    size_t got = 0;
    while (str_cut(&text, '.', &part)) {
        if (got == n || num_parse(part, 0, NUM_EXACT, &v) != NUM_OK ||
            v < least || v > most)
            return false;
        *out[got++] = (int)v;
    }
    return got == n;
}

/* Limits that the settings could have, too: in range and rising. */
static bool fit(const int64_t cuts[BANDS], enum setting_id id) {
    const struct setting *s = &settings[id];
    int64_t unit = id == SETTING_VALUE_RFM_MONEY ? CENT_TO_MICRO : 1;
    for (int k = 0; k < BANDS; k++)
        if (cuts[k] % unit != 0 || cuts[k] / unit < s->min ||
            cuts[k] / unit > s->max || (k > 0 && cuts[k] <= cuts[k - 1]))
            return false;
    return true;
}

/* How scores are given: the mode, and the limits of fixed ones. */
static bool scores(struct str rest, struct rfm_rules *r) {
    struct str mode, part;
    size_t got = 0;
    if (!str_cut(&rest, ':', &mode) || !rfm_mode_parse(mode, &r->mode))
        return false;
    for (; str_cut(&rest, '.', &part); got++) {
        int64_t *cut = &r->cuts[got / BANDS % 3][got % BANDS];
        if (got == SCORE_CUTS || num_parse(part, 0, NUM_EXACT, cut) != NUM_OK)
            return false;
    }
    if (r->mode != RFM_FIXED)
        return got == 0;
    for (int k = 0; k < 3; k++)
        if (got != SCORE_CUTS ||
            !fit(r->cuts[k], (enum setting_id)(SETTING_VALUE_RFM_DAYS + k)))
            return false;
    return true;
}

struct trial {
    struct grade_rules rules;
    int from, to;
};

static bool parts(struct ctx *c, struct str rest, struct trial *t,
                  int *months) {
    struct grade_rules *r = &t->rules;
    struct pyramid_cuts *p = &r->value.pyramid;
    int *const tiers[] = {&p->vip_bp, &p->main_bp, &p->ordinary_bp};
    int *const classes[] = {&r->value.abc.a_bp, &r->value.abc.b_bp};
    int *const one[] = {months};
    int *weights[WEIGHT_COUNT];
    struct str from, to, cuts, abc, span, measure, weight;
    for (int k = 0; k < WEIGHT_COUNT; k++)
        weights[k] = &r->basis.weights[k];
    return str_cut(&rest, ':', &from) && end_parse(c, from, &t->from) &&
           str_cut(&rest, ':', &to) && end_parse(c, to, &t->to) && t->to >= 0 &&
           t->to != TIER_COUNT && t->from <= TIER_COUNT &&
           str_cut(&rest, ':', &cuts) &&
           numbers(cuts, 1, BASIS, tiers, COUNT_OF(tiers)) &&
           p->vip_bp < p->main_bp && p->main_bp < p->ordinary_bp &&
           str_cut(&rest, ':', &abc) &&
           numbers(abc, 1, BASIS, classes, COUNT_OF(classes)) &&
           r->value.abc.a_bp < r->value.abc.b_bp &&
           str_cut(&rest, ':', &span) &&
           numbers(span, 0, settings[SETTING_VALUE_WINDOW_MONTHS].max, one,
                   1) &&
           str_cut(&rest, ':', &measure) &&
           measure_parse(measure, &r->basis.measure) &&
           str_cut(&rest, ':', &weight) &&
           numbers(weight, 0, settings[SETTING_VALUE_WEIGHT_FREQUENCY].max,
                   weights, WEIGHT_COUNT) &&
           scores(rest, &r->value.rfm);
}

static bool is_there(const struct what_if_row *row, int to) {
    switch (to) {
    case TRIAL_MOVED:
        return row->from != row->to;
    case TRIAL_RESCORED:
        return row->rescored;
    case TRIAL_LOSS:
        return row->loss;
    default:
        break;
    }
    int score = to - TRIAL_SCORE(0, 1);
    return score < 0 ? row->to == to
                     : row->scores[score / RFM_BANDS] == score % RFM_BANDS + 1;
}

static enum err find(struct ctx *c, const struct trial *t, int64_t **ids,
                     size_t *n) {
    struct what_if x;
    TRY(what_if(c, &t->rules, &x));
    *ids = NEW_ARRAY(c->arena, int64_t, x.n_all + 1);
    *n = 0;
    for (size_t i = 0; i < x.n_all; i++)
        if ((t->from == TRIAL_ANY || x.all[i].from == t->from) &&
            is_there(&x.all[i], t->to))
            (*ids)[(*n)++] = x.all[i].id;
    return OK;
}

static enum err would(struct ctx *c, struct str text, int64_t **ids,
                      size_t *n) {
    struct trial t;
    int months;
    TRY(grade_rules(c, &t.rules));
    if (!parts(c, text, &t, &months))
        return fail(c, ERR_INVALID, "would", "not_trial");
    grade_set_window(&t.rules, months);
    TRY(what_if_need(c, &t.rules));
    return ids == NULL ? OK : find(c, &t, ids, n);
}

/* --- what is awaited ------------------------------------------------------ */

static enum err awaits(struct ctx *c, struct str text, int64_t **ids,
                       size_t *n) {
    struct str rest = text, what;
    enum awaited kind;
    int64_t id;
    if (!str_cut(&rest, ':', &what) || !awaited_parse(what, &kind) ||
        num_parse(rest, 0, NUM_EXACT, &id) != NUM_OK || id <= 0)
        return fail(c, ERR_INVALID, "awaits", "not_awaited");
    TRY(awaiting_need(c, kind));
    return ids == NULL ? OK : awaiting_ids(c, kind, id, ids, n);
}

enum err who_ids(struct ctx *c, struct str name, struct str value,
                 int64_t **ids, size_t *n) {
    return str_eqc(name, "would") ? would(c, value, ids, n)
                                  : awaits(c, value, ids, n);
}
