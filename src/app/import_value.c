/* From cells to values. Pure but for problems noted; any thread. */
#include "app/import_work.h"

#include "app/settings.h"
#include "base/currency.h"
#include "base/money.h"
#include "base/num.h"
#include "base/zone.h"
#include "model/mask.h"
#include "model/value.h"
#include "store/lookup.h"
#include "store/record.h"

size_t import_column(const struct import *im, const char *target) {
    const struct column *col = mapping_column(&im->columns, str_of(target));
    return col == NULL ? SIZE_MAX : (size_t)(col - im->columns.p);
}

struct str import_key(const struct import *im, size_t column, struct str cell) {
    size_t whole;
    if (im->columns.p[column].trim && num_is_whole(cell, &whole))
        return str_sub(cell, 0, whole);
    return cell;
}

struct str import_number(struct ctx *c, const struct import *im,
                         struct str cell) {
    if (im->options.decimal != ',' || cell.n == 0)
        return cell;
    char *p = arena_alloc(c->arena, cell.n);
    size_t n = 0;
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '.' || cell.p[i] == ' ')
            continue; /* thousands */
        p[n++] = cell.p[i] == ',' ? '.' : cell.p[i];
    }
    return (struct str){p, n};
}

static enum err date_value(struct ctx *c, const struct import *im,
                           const struct field *f, struct str s,
                           struct val *out) {
    struct stamp t;
    enum time_result r = stamp_parse(s, im->options.date_order, &t);
    if (r != TIME_OK)
        return failv(c, ERR_INVALID, f->name, time_code(r), ARGS(V(s)));
    if (f->type == FT_INSTANT)
        *out = V(zone_stamp(c->zone, t));
    else if (t.has_offset)
        *out = V(zone_day(c->zone, zone_stamp(c->zone, t)));
    else
        *out = V(t.day);
    return OK;
}

/* Where no comma parts thousands, spaces may: groups are looked at as those
 * of commas are. */
static struct str spaced(struct ctx *c, struct str s) {
    if (!str_has_byte(s, ' ') || str_has_byte(s, ','))
        return s;
    char *p = arena_alloc(c->arena, s.n);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] == ' ' ? ',' : s.p[i];
    return (struct str){p, s.n};
}

enum err import_amount(struct ctx *c, const struct import *im,
                       const struct import_amount *a, struct str *out) {
    char tmp[MONEY_TEXT];
    struct str bare;
    if (money_bare(a->cell, a->currency, tmp, &bare) == MONEY_OTHER)
        return failv(c, ERR_INVALID, a->field, "import_other_currency",
                     ARGS(V(bare), V(a->currency)));
    bare = bare.p == a->cell.p ? bare : str_dup(c->arena, bare);
    *out = spaced(c, import_number(c, im, bare));
    return OK;
}

/* Money is written in major units. */
static enum err money_value(struct ctx *c, const struct import *im,
                            const struct field *f, struct str s,
                            struct val *out) {
    struct str base;
    int64_t v;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    const struct import_amount a = {f->name, s, base};
    TRY(import_amount(c, im, &a, &s));
    TRY(num_need(c, f->name, s, currency_digits(base), &v));
    return value_in_range(c, f, v, out);
}

/* Decimals of what has a currency of its own, such as the price of a product,
 * are in that of the import. */
static enum err decimal_value(struct ctx *c, const struct import *im,
                              const struct target *t, struct str s,
                              struct val *out) {
    const struct import_amount a = {t->field->name, s, im->options.currency};
    if (info_field(t->info, S("currency")) == NULL)
        s = import_number(c, im, s);
    else
        TRY(import_amount(c, im, &a, &s));
    return value_from_text(c, t->field, s, out);
}

static enum err user_value(struct ctx *c, const struct field *f, struct str s,
                           struct val *out) {
    int64_t id;
    TRY(lookup_user(c, s, &id));
    if (id == 0)
        return failv(c, ERR_INVALID, f->name, "import_no_user", ARGS(V(s)));
    *out = V(id);
    return OK;
}

/* The record a text names: by a key of its own (number, code), else by what it
 * is called. */
static enum err named_record(struct ctx *c, const struct entity *e,
                             struct str s, int64_t *id) {
    *id = 0;
    for (size_t i = 0; i < e->n_fields && *id == 0; i++) {
        const struct field *f = &e->fields[i];
        if (f->type == FT_TEXT && f->unique && field_is_shown(f))
            TRY(lookup_record(c, e, &(struct lookup_key){f->name, V(s)}, 1,
                              id));
    }
    const struct field *title = entity_field(e, e->title);
    if (*id != 0 || title == NULL || title->type != FT_TEXT)
        return OK;
    if (str_eqc(title->name, "name") && field_has_sort(title))
        return lookup_name(c, e, s, id);
    return lookup_record(c, e, &(struct lookup_key){title->name, V(s)}, 1, id);
}

/* Custom references to records the caller may see; users by login or name. */
static enum err ref_value(struct ctx *c, const struct field *f, struct str s,
                          struct val *out) {
    if (str_eqc(f->to, "user"))
        return user_value(c, f, s, out);
    const struct entity *e = model_entity(c->registry->model, f->to);
    struct scope scope;
    int64_t id = 0;
    bool in = false;
    TRY(scope_make(c, e, ACT_READ, &scope));
    TRY(named_record(c, e, s, &id));
    if (id != 0)
        TRY(scope_holds(c, &scope, id, &in));
    if (!in)
        return failv(c, ERR_INVALID, f->name, "import_no_record",
                     ARGS(V(e->label.text[c->lang]), V(s)));
    *out = V(id);
    return OK;
}

enum err import_value(struct ctx *c, const struct import *im, size_t column,
                      struct str cell, struct val *out) {
    const struct target *t = im->columns.p[column].target;
    const struct field *f = t->field;
    if (cell.n == 0) {
        *out = V_NULL;
        return OK;
    }
    if (mask_is_masked(f, cell))
        return failv(c, ERR_INVALID, f->name, "masked_value", NO_ARGS);
    if (t->key)
        cell = import_key(im, column, cell);
    switch (f->type) {
    case FT_DATE:
    case FT_INSTANT:
        return date_value(c, im, f, cell, out);
    case FT_MONEY:
        return money_value(c, im, f, cell, out);
    case FT_DECIMAL:
        return decimal_value(c, im, t, cell, out);
    case FT_INT:
        return value_from_text(c, f, import_number(c, im, cell), out);
    case FT_REF:
        return ref_value(c, f, cell, out);
    default:
        return value_from_text(c, f, cell, out);
    }
}
