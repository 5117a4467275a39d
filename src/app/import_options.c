/* One table of options: name, which files it concerns, how it is read and
 * written. Owns nothing; any thread. */
#include "app/import_options.h"

#include "app/settings.h"
#include "base/currency.h"
#include "base/num.h"
#include "model/value.h"

#define RATE_SCALE 9
#define SOURCE_DEFAULT "import"
#define TEXT_BYTES 60

static const struct str order_names[] = {
    [DATE_YMD] = S_INIT("ymd"),
    [DATE_DMY] = S_INIT("dmy"),
    [DATE_MDY] = S_INIT("mdy"),
};
static const struct str duplicate_names[] = {
    [DUPLICATE_SKIP] = S_INIT("skip"),   [DUPLICATE_UPDATE] = S_INIT("update"),
    [DUPLICATE_FILL] = S_INIT("fill"),   [DUPLICATE_CREATE] = S_INIT("create"),
    [DUPLICATE_ERROR] = S_INIT("error"),
};
static const struct str decimal_names[] = {S_INIT("."), S_INIT(",")};
static const struct str kind_names[] = {S_INIT("organization"),
                                        S_INIT("person")};

enum option_id {
    OPT_CURRENCY,
    OPT_RATE,
    OPT_DATE_ORDER,
    OPT_DECIMAL,
    OPT_CANCEL_PREFIX,
    OPT_SOURCE,
    OPT_ON_DUPLICATE,
    OPT_KIND,
    OPT_KEY,
    OPT_COUNT
};

static const struct {
    struct str name;
    bool for_orders, for_customers, for_others;
} option_rows[OPT_COUNT] = {
    [OPT_CURRENCY] = {S_INIT("currency"), true, false, true},
    [OPT_RATE] = {S_INIT("rate"), true, false, false},
    [OPT_DATE_ORDER] = {S_INIT("date_order"), true, true, true},
    [OPT_DECIMAL] = {S_INIT("decimal"), true, true, true},
    [OPT_CANCEL_PREFIX] = {S_INIT("cancel_prefix"), true, false, false},
    [OPT_SOURCE] = {S_INIT("source"), true, true, true},
    [OPT_ON_DUPLICATE] = {S_INIT("on_duplicate"), true, true, true},
    [OPT_KIND] = {S_INIT("kind"), true, true, false},
    [OPT_KEY] = {S_INIT("key"), false, true, true},
};

static bool concerns(const struct targets *t, size_t id) {
    if (str_eqc(t->entity, "orders"))
        return option_rows[id].for_orders;
    if (str_eqc(t->entity, "customers"))
        return option_rows[id].for_customers;
    return option_rows[id].for_others &&
           (id != OPT_CURRENCY || str_eqc(t->entity, "products"));
}

/* --- reading ------------------------------------------------------------- */

static enum err choice(struct ctx *c, struct str name, struct str text,
                       const struct str *words, size_t n, size_t *out) {
    struct buf b;
    buf_init(&b, c->arena, 1024);
    for (size_t i = 0; i < n; i++) {
        if (str_eq(words[i], text)) {
            *out = i;
            return OK;
        }
        buf_cstr(&b, i > 0 ? ", " : "");
        buf_str(&b, words[i]);
    }
    return failv(c, ERR_INVALID, name, "not_option", ARGS(V(buf_view(&b))));
}

static enum err read_rate(struct ctx *c, struct str text, int64_t *out) {
    *out = 0;
    if (text.n == 0)
        return OK;
    TRY(num_need(c, S("rate"), text, RATE_SCALE, out));
    return *out > 0 ? OK
                    : failv(c, ERR_INVALID, S("rate"), "too_small",
                            ARGS(V("0.000000001")));
}

static enum err read_short(struct ctx *c, struct str name, struct str text,
                           struct str *out) {
    if (text.n > TEXT_BYTES)
        return failv(c, ERR_INVALID, name, "too_long", ARGS(V(TEXT_BYTES)));
    *out = str_dup(c->arena, text);
    return OK;
}

static enum err read_currency(struct ctx *c, struct str text, struct str *out) {
    if (!currency_is_code(text))
        return fail(c, ERR_INVALID, "currency", "not_currency");
    *out = str_dup(c->arena, text);
    return OK;
}

static enum err read_choice(struct ctx *c, struct import_options *o,
                            enum option_id id, struct str text) {
    struct str name = option_rows[id].name;
    size_t i = 0;
    switch (id) {
    case OPT_DATE_ORDER:
        TRY(choice(c, name, text, order_names, COUNT_OF(order_names), &i));
        o->date_order = (enum date_order)i;
        return OK;
    case OPT_DECIMAL:
        TRY(choice(c, name, text, decimal_names, COUNT_OF(decimal_names), &i));
        o->decimal = decimal_names[i].p[0];
        return OK;
    case OPT_ON_DUPLICATE:
        TRY(choice(c, name, text, duplicate_names, COUNT_OF(duplicate_names),
                   &i));
        o->on_duplicate = (enum on_duplicate)i;
        return OK;
    default:
        TRY(choice(c, name, text, kind_names, COUNT_OF(kind_names), &i));
        o->kind = kind_names[i];
        return OK;
    }
}

bool import_may_be_key(const struct targets *t, const struct target *target) {
    const struct field *f = target->field;
    if (str_eqc(t->entity, "orders") || !field_is_text(f))
        return false;
    return f->unique || f->index || field_has_digits(f) ||
           str_eqc(f->name, "external_id");
}

static enum err read_key(struct ctx *c, const struct targets *t,
                         struct str text, struct str *out) {
    struct buf b;
    *out = (struct str){0};
    if (text.n == 0)
        return OK;
    buf_init(&b, c->arena, 64 * 1024);
    for (size_t i = 0; i < t->n; i++) {
        if (!import_may_be_key(t, &t->p[i]))
            continue;
        *out = t->p[i].field->name;
        if (str_eq(*out, text) || str_eq(t->p[i].name, text))
            return OK;
        buf_cstr(&b, b.n > 0 ? ", " : "");
        buf_str(&b, *out);
    }
    return failv(c, ERR_INVALID, S("key"), "not_option", ARGS(V(buf_view(&b))));
}

static enum err check_policy(struct ctx *c, const struct targets *t,
                             const struct import_options *o) {
    bool plain = o->on_duplicate != DUPLICATE_FILL &&
                 o->on_duplicate != DUPLICATE_CREATE;
    if (plain || !str_eqc(t->entity, "orders"))
        return OK;
    return failv(c, ERR_INVALID, S("on_duplicate"), "not_option",
                 ARGS(V("skip, update, error")));
}

static enum err read_option(struct ctx *c, const struct targets *t,
                            struct import_options *o, enum option_id id,
                            struct str text) {
    switch (id) {
    case OPT_KEY:
        return read_key(c, t, text, &o->key);
    case OPT_ON_DUPLICATE:
        TRY(read_choice(c, o, id, text));
        return check_policy(c, t, o);
    case OPT_CURRENCY:
        return read_currency(c, text, &o->currency);
    case OPT_RATE:
        return read_rate(c, text, &o->rate);
    case OPT_CANCEL_PREFIX:
        return read_short(c, option_rows[id].name, text, &o->cancel_prefix);
    case OPT_SOURCE:
        if (text.n == 0)
            return fail(c, ERR_INVALID, "source", "required");
        return read_short(c, option_rows[id].name, text, &o->source);
    default:
        return read_choice(c, o, id, text);
    }
}

/* Numbers are taken as they are written. */
static enum err value_text(struct ctx *c, const char *key, const json_t *v,
                           struct str *out) {
    if (json_is_string(v))
        *out = str_trim(json_str(v));
    else if (json_is_null(v))
        *out = S("");
    else if (json_is_integer(v))
        *out = num_text(c->arena, json_integer_value(v), 0);
    else if (json_is_real(v))
        *out = str_fmt(c->arena, "%.9g", json_real_value(v));
    else
        return fail(c, ERR_INVALID, key, "not_string");
    return OK;
}

static enum err apply_one(struct ctx *c, const struct targets *t,
                          struct import_options *o, const char *key,
                          const json_t *v) {
    struct str text = {0};
    TRY(value_text(c, key, v, &text));
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (str_eqc(option_rows[i].name, key) && concerns(t, i))
            return read_option(c, t, o, (enum option_id)i, text);
    return fail(c, ERR_INVALID, key, "unknown_field");
}

enum err import_options_apply(struct ctx *c, const struct targets *t,
                              struct import_options *o, json_t *json) {
    const char *key;
    json_t *value;
    if (!json_is_object(json))
        return fail(c, ERR_INVALID, "options", "not_object");
    json_object_foreach(json, key, value) {
        enum err noted UNUSED = apply_one(c, t, o, key, value);
    }
    return fail_any(c);
}

/* --- writing ------------------------------------------------------------- */

static struct str option_text(struct ctx *c, const struct import_options *o,
                              enum option_id id) {
    switch (id) {
    case OPT_CURRENCY:
        return o->currency;
    case OPT_RATE:
        return o->rate > 0 ? num_text(c->arena, o->rate, RATE_SCALE) : S("");
    case OPT_DATE_ORDER:
        return order_names[o->date_order];
    case OPT_DECIMAL:
        return decimal_names[o->decimal == ','];
    case OPT_CANCEL_PREFIX:
        return o->cancel_prefix;
    case OPT_SOURCE:
        return o->source;
    case OPT_ON_DUPLICATE:
        return duplicate_names[o->on_duplicate];
    case OPT_KEY:
        return o->key;
    default:
        return o->kind;
    }
}

void import_options_to_json(struct ctx *c, struct jw *w,
                            const struct targets *t,
                            const struct import_options *o) {
    jw_object(w);
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (concerns(t, i))
            jw_kstr(w, option_rows[i].name,
                    option_text(c, o, (enum option_id)i));
    jw_object_end(w);
}

/* --- guessing ------------------------------------------------------------ */

/* The first order in which all samples of the columns of dates are read. */
static enum date_order guess_order(const struct columns *cols,
                                   enum date_order fallback) {
    const enum date_order tries[] = {fallback, DATE_YMD, DATE_DMY, DATE_MDY};
    for (size_t k = 0; k < COUNT_OF(tries); k++) {
        bool good = true;
        for (size_t i = 0; i < cols->n; i++) {
            const struct column *col = &cols->p[i];
            if (col->target == NULL || col->target->field->type != FT_DATE)
                continue;
            for (size_t s = 0; s < col->n_samples; s++) {
                struct stamp stamp;
                good &=
                    stamp_parse(col->samples[s], tries[k], &stamp) == TIME_OK;
            }
        }
        if (good)
            return tries[k];
    }
    return fallback;
}

/* A shop whose every number begins with C does not mean cancellations. */
static struct str guess_prefix(const struct columns *cols) {
    const struct column *col = mapping_column(cols, S("order.number"));
    size_t with = 0;
    for (size_t i = 0; col != NULL && i < col->n_samples; i++)
        with += str_starts(col->samples[i], S("C"));
    return col != NULL && with > 0 && with == col->n_samples ? S("") : S("C");
}

enum err import_options_guess(struct ctx *c, const struct targets *t,
                              const struct columns *cols,
                              struct import_options *out) {
    struct str order;
    size_t i = 0;
    *out = (struct import_options){.decimal = '.',
                                   .source = S(SOURCE_DEFAULT),
                                   .on_duplicate = DUPLICATE_SKIP,
                                   .kind = kind_names[0]};
    TRY(settings_text(c, SETTING_IMPORT_CURRENCY, &out->currency));
    if (out->currency.n == 0)
        TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &out->currency));
    TRY(settings_text(c, SETTING_IMPORT_DATE_ORDER, &order));
    TRY(choice(c, S("date_order"), order, order_names, COUNT_OF(order_names),
               &i));
    out->date_order = guess_order(cols, (enum date_order)i);
    out->cancel_prefix = guess_prefix(cols);
    if (!str_eqc(t->entity, "orders"))
        out->on_duplicate = DUPLICATE_UPDATE;
    return OK;
}
