/* What an import still lacks: columns, a rate. Owns nothing; any thread. */
#include "app/import_needs.h"

#include "app/settings.h"
#include "base/zone.h"
#include "store/lookup.h"

static bool is_mapped(const struct import *im, const char *target) {
    return mapping_column(&im->columns, str_of(target)) != NULL;
}

/* One of these must be there. */
struct need {
    const char *any[3];
    bool priced; /* only beside a price */
};
static const struct need order_needs[] = {
    {{"customer.name", "customer.external_id"}, false},
    {{"order_line.amount", "order_line.unit_price"}, false},
    {{"order_line.quantity", "order_line.amount"}, true},
    {{"product.name", "product.code", "order_line.amount"}, true},
};

static bool is_met(const struct import *im, const struct need *n) {
    if (n->priced && !is_mapped(im, "order_line.unit_price"))
        return true;
    for (size_t k = 0; k < COUNT_OF(n->any); k++)
        if (n->any[k] != NULL && is_mapped(im, n->any[k]))
            return true;
    return false;
}

/* Rows name records that are there by the chosen key and change them: what only
 * new ones need, no column has to give. A row that names none is set aside. */
static bool changes_by_key(const struct import *im) {
    const struct import_options *o = &im->options;
    if (str_eqc(im->entity, "orders") || o->key.n == 0 ||
        (o->on_duplicate != DUPLICATE_UPDATE &&
         o->on_duplicate != DUPLICATE_FILL))
        return false;
    for (size_t i = 0; i < im->targets.n; i++)
        if (str_eq(im->targets.p[i].field->name, o->key))
            return is_mapped(im, im->targets.p[i].name.p);
    return false;
}

/* Calls fn for each thing that no column gives yet. */
static void each_missing(struct ctx *c, const struct import *im,
                         void (*fn)(struct ctx *c, void *data,
                                    const struct need *n),
                         void *data) {
    bool by_key = changes_by_key(im);
    for (size_t i = 0; i < im->targets.n; i++) {
        const struct need one = {{im->targets.p[i].name.p}, false};
        if (im->targets.p[i].required && !by_key && !is_met(im, &one))
            fn(c, data, &one);
    }
    for (size_t k = 0; k < COUNT_OF(order_needs); k++)
        if (str_eqc(im->entity, "orders") && !is_met(im, &order_needs[k]))
            fn(c, data, &order_needs[k]);
}

static void note_missing(struct ctx *c, void *data, const struct need *n) {
    const struct import *im = data;
    const struct target *t = target_find(&im->targets, str_of(n->any[0]));
    enum err noted UNUSED =
        failv(c, ERR_INVALID, t->name, "import_needs_column",
              ARGS(V(t->info->e->label.text[c->lang]),
                   V(t->field->label.text[c->lang])));
}

enum err import_needs_columns(struct ctx *c, struct import *im) {
    each_missing(c, im, note_missing, im);
    return fail_any(c);
}

static void write_missing(struct ctx *c, void *data, const struct need *n) {
    struct jw *w = data;
    jw_array(w);
    for (size_t k = 0; k < COUNT_OF(n->any) && n->any[k] != NULL; k++)
        jw_str(w, str_of(n->any[k]));
    jw_array_end(w);
}

/* Does the file's currency need a rate that nobody has given? */
static enum err needs_rate(struct ctx *c, const struct import *im, bool *out) {
    struct str base;
    bool known;
    *out = false;
    if (!str_eqc(im->entity, "orders") || im->options.rate > 0)
        return OK;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    if (str_eq(im->options.currency, base))
        return OK;
    TRY(lookup_has_rate(c, im->options.currency, zone_day(c->zone, c->now_ms),
                        &known));
    *out = !known;
    return OK;
}

enum err import_needs_json(struct ctx *c, struct jw *w,
                           const struct import *im) {
    bool rate;
    TRY(needs_rate(c, im, &rate));
    jw_key(w, S("needs"));
    jw_array(w);
    if (str_eqc(im->entity, "orders"))
        jw_str(w, S("currency"));
    if (rate)
        jw_str(w, S("rate"));
    jw_array_end(w);
    jw_key(w, S("missing"));
    jw_array(w);
    each_missing(c, im, write_missing, w);
    jw_array_end(w);
    return OK;
}

enum err import_needs_rate(struct ctx *c, const struct import *im) {
    struct str base;
    bool missing;
    TRY(needs_rate(c, im, &missing));
    if (!missing)
        return OK;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    return failv(c, ERR_INVALID, S("rate"), "import_needs_rate",
                 ARGS(V(im->options.currency), V(base)));
}
