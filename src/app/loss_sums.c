/* Sums of loss accounts. One thread a call; adds up what one query groups. */
#include "app/loss_sums.h"

#include "app/settings.h"
#include "base/currency.h"
#include "base/num.h"
#include "base/time.h"
#include "model/model.h"
#include "store/losses.h"
#include "store/registry.h"
#include "store/sight.h"

struct sum {
    int64_t accounts, direct, indirect, spent;
};

static void add(struct sum *s, const struct loss_sum *row) {
    s->accounts += row->accounts;
    s->direct += row->direct;
    s->indirect += row->indirect;
    s->spent += row->spent;
}

struct writing {
    struct ctx *c;
    struct jw *w;
    int digits;     /* of the base currency */
    bool everybody; /* may indirect losses be told? */
};

static void put(const struct writing *x, const struct sum *s) {
    struct arena *a = x->c->arena;
    jw_ki64(x->w, S("accounts"), s->accounts);
    jw_kstr(x->w, S("direct"), num_text(a, s->direct, NUM_AMOUNT));
    if (x->everybody)
        jw_kstr(x->w, S("indirect"), num_text(a, s->indirect, NUM_AMOUNT));
    jw_kstr(x->w, S("spent"), num_text(a, s->spent, x->digits));
}

static struct str state_of(const struct loss_sum *r) {
    return r->state;
}

static struct str cause_of(const struct loss_sum *r) {
    return str_eqc(r->state, "rejected") ? S("rejected") : r->cause;
}

/* One object for each option of a field, and (named null) for none. Nothing for
 * who may not read the field. */
static void put_options(const struct writing *x, struct str key,
                        struct str field,
                        struct str (*of)(const struct loss_sum *),
                        const struct loss_sum *rows, size_t n) {
    const struct entity_info *i =
        registry_find(x->c->registry, S("loss_account"));
    const struct field *f = info_field(i, field);
    if (sight_of(x->c, i, f) < SEE_LISTED)
        return;
    jw_key(x->w, key);
    jw_array(x->w);
    for (size_t o = 0; o <= f->n_options; o++) {
        struct str name = o < f->n_options ? f->options[o].value : S("");
        struct sum s = {0};
        for (size_t k = 0; k < n; k++)
            if (str_eq(of(&rows[k]), name))
                add(&s, &rows[k]);
        if (s.accounts == 0)
            continue;
        jw_object(x->w);
        jw_key(x->w, field);
        if (name.n > 0)
            jw_str(x->w, name);
        else
            jw_null(x->w);
        put(x, &s);
        jw_object_end(x->w);
    }
    jw_array_end(x->w);
}

/* What is harmed besides, of all that are no errors: a loss may harm several.
 * Nothing for who may not read it. */
static void put_harms(const struct writing *x, const struct loss_sum *rows,
                      size_t n) {
    const struct entity_info *i =
        registry_find(x->c->registry, S("loss_account"));
    const struct field *f = info_field(i, S("harms"));
    if (sight_of(x->c, i, f) < SEE_LISTED)
        return;
    jw_key(x->w, S("harms"));
    jw_array(x->w);
    for (size_t o = 0; o < f->n_options; o++) {
        struct str word =
            str_fmt(x->c->arena, "," STR_FMT ",", STR_ARG(f->options[o].value));
        struct sum s = {0};
        for (size_t k = 0; k < n; k++)
            if (!str_eqc(rows[k].state, "rejected") &&
                str_find(rows[k].harms, word) != SIZE_MAX)
                add(&s, &rows[k]);
        if (s.accounts == 0)
            continue;
        jw_object(x->w);
        jw_kstr(x->w, S("harm"), f->options[o].value);
        put(x, &s);
        jw_object_end(x->w);
    }
    jw_array_end(x->w);
}

/* Rows come by day. */
static void put_months(const struct writing *x, const struct loss_sum *rows,
                       size_t n) {
    jw_key(x->w, S("months"));
    jw_array(x->w);
    for (size_t k = 0; k < n;) {
        int year, month, day, y, m;
        struct sum s = {0};
        day_split(rows[k].found_on, &year, &month, &day);
        for (; k < n; k++) {
            day_split(rows[k].found_on, &y, &m, &day);
            if (y != year || m != month)
                break;
            if (!str_eqc(rows[k].state, "rejected"))
                add(&s, &rows[k]);
        }
        jw_object(x->w);
        jw_kstr(x->w, S("month"),
                str_fmt(x->c->arena, "%04d-%02d", year, month));
        put(x, &s);
        jw_object_end(x->w);
    }
    jw_array_end(x->w);
}

enum err loss_sums_json(struct ctx *c, struct jw *w) {
    struct writing x = {.c = c, .w = w, .everybody = sight_everybody(c)};
    struct loss_sum *rows;
    struct sum all = {0};
    struct str base;
    size_t n;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    TRY(losses_sums(c, &rows, &n));
    x.digits = currency_digits(base);
    for (size_t k = 0; k < n; k++)
        if (!str_eqc(rows[k].state, "rejected"))
            add(&all, &rows[k]);
    jw_object(w);
    put(&x, &all);
    put_options(&x, S("states"), S("state"), state_of, rows, n);
    put_options(&x, S("causes"), S("cause"), cause_of, rows, n);
    put_harms(&x, rows, n);
    put_months(&x, rows, n);
    jw_object_end(w);
    return OK;
}
