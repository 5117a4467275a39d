/* Groups of customers. Pure: arrays in, arrays out. Invariant: a customer's
 * group follows from the model and his own facts alone. */
#include "analytics/groups.h"

#include "analytics/kmeans.h"

#include <math.h>
#include <string.h>

#define UNIT 1e6
#define HALF 0.5

static const struct str facts[GROUP_FACTS] = {
    S_INIT("recency"), S_INIT("frequency"), S_INIT("money")};

struct str group_fact_name(enum group_fact f) {
    return facts[f];
}

static void logs_of(const struct rfm_facts *f, double out[GROUP_FACTS]) {
    int64_t days = f->recency_days > 0 ? f->recency_days : 0;
    int64_t orders = f->frequency > 1 ? f->frequency : 1;
    int64_t money = f->monetary > 0 ? f->monetary : 0;
    out[GROUP_RECENCY] = log1p((double)days);
    out[GROUP_FREQUENCY] = log((double)orders);
    out[GROUP_MONEY] = log1p((double)money / UNIT);
}

double group_log(const struct rfm_facts *f, enum group_fact which) {
    double all[GROUP_FACTS];
    logs_of(f, all);
    return all[which];
}

void group_scaled(const struct group_model *m, const struct rfm_facts *f,
                  double out[GROUP_FACTS]) {
    logs_of(f, out);
    for (int j = 0; j < GROUP_FACTS; j++)
        out[j] = (out[j] - m->mean[j]) / m->sd[j];
}

double group_distance(const struct group_model *m, const struct rfm_facts *f,
                      size_t group) {
    double x[GROUP_FACTS], sum = 0;
    group_scaled(m, f, x);
    for (int j = 0; j < GROUP_FACTS; j++)
        sum += (x[j] - m->centres[group][j]) * (x[j] - m->centres[group][j]);
    return sqrt(sum);
}

size_t group_of(const struct group_model *m, const struct rfm_facts *f,
                double *distance) {
    size_t best = 0;
    double least = group_distance(m, f, 0);
    for (size_t g = 1; g < m->k; g++) {
        double v = group_distance(m, f, g);
        if (v < least) {
            least = v;
            best = g;
        }
    }
    if (distance != NULL)
        *distance = least;
    return best;
}

/* --- the fit -------------------------------------------------------------- */

static void set_scale(const struct rfm_facts *all, size_t n,
                      struct group_model *m) {
    double x[GROUP_FACTS], squares[GROUP_FACTS] = {0};
    for (size_t i = 0; i < n; i++) {
        logs_of(&all[i], x);
        for (int j = 0; j < GROUP_FACTS; j++)
            m->mean[j] += x[j] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        logs_of(&all[i], x);
        for (int j = 0; j < GROUP_FACTS; j++)
            squares[j] += (x[j] - m->mean[j]) * (x[j] - m->mean[j]);
    }
    for (int j = 0; j < GROUP_FACTS; j++) {
        double sd = sqrt(squares[j] / (double)n);
        /* what is left of equal values is rounding */
        m->sd[j] = sd > 1e-9 ? sd : 1;
    }
}

/* Should a stand before b? */
static bool spends_more(const double *a, const double *b) {
    if (a[GROUP_MONEY] != b[GROUP_MONEY])
        return a[GROUP_MONEY] > b[GROUP_MONEY];
    if (a[GROUP_FREQUENCY] != b[GROUP_FREQUENCY])
        return a[GROUP_FREQUENCY] > b[GROUP_FREQUENCY];
    return a[GROUP_RECENCY] < b[GROUP_RECENCY];
}

static void take_centres(const struct kmeans *found, struct group_model *m) {
    m->k = found->k;
    for (size_t g = 0; g < found->k; g++) {
        const double *one = found->centres + g * GROUP_FACTS;
        size_t at = g;
        for (; at > 0 && spends_more(one, m->centres[at - 1]); at--)
            memcpy(m->centres[at], m->centres[at - 1], sizeof m->centres[at]);
        memcpy(m->centres[at], one, sizeof m->centres[at]);
    }
}

void groups_fit(struct arena *scratch, const struct rfm_facts *all, size_t n,
                size_t k, struct group_model *out) {
    size_t step = n / GROUPS_SAMPLE + 1, taken = 0;
    double *x = NEW_ARRAY(scratch, double, (n / step + 1) * GROUP_FACTS);
    struct kmeans found;
    *out = (struct group_model){0};
    if (n == 0)
        return;
    set_scale(all, n, out);
    for (size_t i = 0; i < n; i += step)
        group_scaled(out, &all[i], x + taken++ * GROUP_FACTS);
    k = k < GROUPS_LEAST ? GROUPS_LEAST : k > GROUPS_MOST ? GROUPS_MOST : k;
    kmeans_group(scratch, x, taken, GROUP_FACTS, k, &found);
    take_centres(&found, out);
}

/* --- words ---------------------------------------------------------------- */

enum group_level group_level_of(const struct group_model *m, size_t group,
                                enum group_fact f) {
    double v = m->centres[group][f];
    return v >= HALF ? GROUP_HIGH : v <= -HALF ? GROUP_LOW : GROUP_MIDDLE;
}

struct str group_word(const struct group_model *m, size_t group,
                      enum group_fact f) {
    static const struct str words[GROUP_FACTS][3] = {
        {S_INIT("recent"), S_INIT("medium"), S_INIT("old")},
        {S_INIT("seldom"), S_INIT("medium"), S_INIT("often")},
        {S_INIT("little"), S_INIT("medium"), S_INIT("much")}};
    return words[f][group_level_of(m, group, f)];
}

/* --- JSON ----------------------------------------------------------------- */

static void put_three(struct jw *w, const double v[GROUP_FACTS]) {
    jw_array(w);
    for (int j = 0; j < GROUP_FACTS; j++)
        jw_f64(w, v[j]);
    jw_array_end(w);
}

void group_words_to_json(const struct group_model *m, size_t group,
                         struct jw *w) {
    jw_key(w, S("words"));
    jw_object(w);
    for (int f = 0; f < GROUP_FACTS; f++)
        jw_kstr(w, group_fact_name((enum group_fact)f),
                group_word(m, group, (enum group_fact)f));
    jw_object_end(w);
}

void groups_to_json(const struct group_model *m, struct jw *w) {
    jw_object(w);
    jw_key(w, S("mean"));
    put_three(w, m->mean);
    jw_key(w, S("sd"));
    put_three(w, m->sd);
    jw_key(w, S("centres"));
    jw_array(w);
    for (size_t g = 0; g < m->k; g++)
        put_three(w, m->centres[g]);
    jw_array_end(w);
    jw_object_end(w);
}

static bool get_three(const json_t *j, double out[GROUP_FACTS]) {
    for (size_t k = 0; k < GROUP_FACTS; k++) {
        const json_t *v = json_array_get(j, k);
        if (!json_is_number(v))
            return false;
        out[k] = json_number_value(v);
    }
    return true;
}

bool groups_from_json(const json_t *j, struct group_model *out) {
    const json_t *centres = json_object_get(j, "centres");
    size_t k = json_array_size(centres);
    *out = (struct group_model){0};
    bool good = k <= GROUPS_MOST &&
                get_three(json_object_get(j, "mean"), out->mean) &&
                get_three(json_object_get(j, "sd"), out->sd);
    for (size_t g = 0; good && g < k; g++)
        good = get_three(json_array_get(centres, g), out->centres[g]);
    out->k = good ? k : 0;
    return good;
}
