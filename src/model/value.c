/* Values in and out of text and JSON, by field type. Every rule a field states
 * (length, range, options) is checked here and nowhere else. */
#include "model/value.h"

#include "base/currency.h"
#include "base/num.h"
#include "base/pattern.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/zone.h"

#define JSON_MAX (256 * 1024)

bool field_is_text(const struct field *f) {
    switch (f->type) {
    case FT_TEXT:
    case FT_LONGTEXT:
    case FT_ENUM:
    case FT_SET:
    case FT_EMAIL:
    case FT_PHONE:
    case FT_URL:
    case FT_JSON:
        return true;
    default:
        return false;
    }
}

static enum err bad(struct ctx *c, const struct field *f, const char *code) {
    return failv(c, ERR_INVALID, f->name, code, NO_ARGS);
}

/* --- checks by type ------------------------------------------------------- */

static bool is_phone(struct str s) {
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9')
            digits++;
        else if (!str_has_byte(S("+-() ./#extEXT,"), s.p[i]))
            return false;
    }
    return digits >= 3 && digits <= 24;
}

static bool is_email(struct str s) {
    size_t at = str_find(s, S("@"));
    if (at == SIZE_MAX || at == 0 || at + 1 >= s.n)
        return false;
    struct str domain = str_sub(s, at + 1, s.n);
    bool blank = false;
    for (size_t i = 0; i < s.n; i++)
        blank |= (unsigned char)s.p[i] <= ' ' || s.p[i] == ',';
    return !blank && !str_has_byte(domain, '@') &&
           str_find(domain, S("..")) == SIZE_MAX && domain.p[0] != '.' &&
           domain.p[domain.n - 1] != '.';
}

static bool is_url(struct str s) {
    return (str_starts(s, S("http://")) || str_starts(s, S("https://"))) &&
           s.n > 8 && !str_has_byte(s, ' ');
}

static enum err check_text(struct ctx *c, const struct field *f, struct str s,
                           struct val *out) {
    if (!utf8_valid(s))
        return bad(c, f, "invalid_utf8");
    if (f->type != FT_LONGTEXT)
        s = str_trim(s);
    if (s.n == 0) {
        *out = V_NULL;
        return OK;
    }
    int64_t longest = field_max_chars(f);
    if ((int64_t)utf8_count(s) > longest)
        return failv(c, ERR_INVALID, f->name, "too_long", ARGS(V(longest)));
    if (f->has_min && (int64_t)utf8_count(s) < f->min)
        return failv(c, ERR_INVALID, f->name, "too_short", ARGS(V(f->min)));
    if (f->type == FT_EMAIL && !is_email(s))
        return bad(c, f, "not_email");
    if (f->type == FT_PHONE && !is_phone(s))
        return bad(c, f, "not_phone");
    if (f->type == FT_URL && !is_url(s))
        return bad(c, f, "not_url");
    if (f->currency_code && !currency_is_code(s))
        return bad(c, f, "not_currency");
    if (f->pattern.n > 0 && !pattern_matches(f->pattern, s))
        return failv(c, ERR_INVALID, f->name, "not_pattern",
                     ARGS(V(f->pattern)));
    *out = V(s);
    return OK;
}

enum err value_in_range(struct ctx *c, const struct field *f, int64_t v,
                        struct val *out) {
    int64_t shown_min = f->min, shown_max = f->max;
    if (f->has_min && v < f->min)
        return failv(c, ERR_INVALID, f->name, "too_small",
                     ARGS(V(num_text(c->arena, shown_min, f->scale))));
    if (f->has_max && v > f->max)
        return failv(c, ERR_INVALID, f->name, "too_large",
                     ARGS(V(num_text(c->arena, shown_max, f->scale))));
    *out = V(v);
    return OK;
}

static enum err bad_option(struct ctx *c, const struct field *f) {
    struct buf b;
    buf_init(&b, c->arena, 4096);
    for (size_t i = 0; i < f->n_options; i++) {
        if (i > 0)
            buf_cstr(&b, ", ");
        buf_str(&b, f->options[i].value);
    }
    return failv(c, ERR_INVALID, f->name, "not_option", ARGS(V(buf_view(&b))));
}

/* By value, or by its label in any language (import). */
static const struct option *find_option(const struct field *f, struct str s,
                                        bool labels) {
    const struct option *o = field_option(f, s);
    for (size_t i = 0; o == NULL && labels && i < f->n_options; i++)
        for (size_t l = 0; l < LANG_COUNT; l++)
            if (str_eq_nocase(f->options[i].label.text[l], s))
                o = &f->options[i];
    return o;
}

static enum err set_add(struct ctx *c, const struct field *f, struct buf *b,
                        struct str s, bool labels) {
    const struct option *o = find_option(f, str_trim(s), labels);
    if (o == NULL)
        return bad_option(c, f);
    struct str needle = str_fmt(c->arena, "," STR_FMT ",", STR_ARG(o->value));
    if (str_find(buf_view(b), needle) != SIZE_MAX)
        return OK;
    buf_str(b, b->n == 0 ? needle : str_sub(needle, 1, needle.n));
    return OK;
}

static enum err read_number(struct ctx *c, const struct field *f,
                            struct str text, struct val *out) {
    int64_t v;
    int scale = f->type == FT_DECIMAL ? f->scale : 0;
    enum num_result r = num_parse(text, scale, NUM_EXACT, &v);
    if (r == NUM_EMPTY) {
        *out = V_NULL;
        return OK;
    }
    if (r == NUM_DECIMALS)
        return failv(c, ERR_INVALID, f->name,
                     scale == 0 ? "not_integer" : "too_many_decimals",
                     ARGS(V(scale)));
    if (r == NUM_RANGE)
        return bad(c, f, "number_range");
    if (r != NUM_OK)
        return bad(c, f, scale == 0 ? "not_integer" : "not_decimal");
    return value_in_range(c, f, v, out);
}

static enum err read_date(struct ctx *c, const struct field *f, struct str s,
                          struct val *out) {
    int32_t day;
    enum time_result r = day_parse(s, DATE_YMD, &day);
    if (r == TIME_EMPTY) {
        *out = V_NULL;
        return OK;
    }
    if (r != TIME_OK)
        return failv(c, ERR_INVALID, f->name, "not_date", ARGS(V(s)));
    *out = V(day);
    return OK;
}

/* RFC 3339, or the company's wall clock where no offset is given. */
static enum err read_instant(struct ctx *c, const struct field *f, struct str s,
                             struct val *out) {
    struct stamp t;
    enum time_result r = stamp_parse(s, DATE_YMD, &t);
    if (r == TIME_EMPTY) {
        *out = V_NULL;
        return OK;
    }
    if (r != TIME_OK)
        return failv(c, ERR_INVALID, f->name, "not_instant", ARGS(V(s)));
    *out = V(zone_stamp(c->zone, t));
    return OK;
}

/* --- JSON --------------------------------------------------------------- */

static enum err set_from_json(struct ctx *c, const struct field *f, json_t *j,
                              struct val *out) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    if (!json_is_array(j))
        return bad(c, f, "not_array");
    for (size_t i = 0; i < json_array_size(j); i++) {
        json_t *one = json_array_get(j, i);
        if (!json_is_string(one))
            return bad_option(c, f);
        TRY(set_add(c, f, &b, json_str(one), false));
    }
    *out = b.n == 0 ? V_NULL : V(buf_view(&b));
    return OK;
}

static enum err any_from_json(struct ctx *c, const struct field *f, json_t *j,
                              struct val *out) {
    char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL)
        return bad(c, f, "not_json");
    struct str s = str_dup(c->arena, str_of(text));
    free(text);
    if (s.n > JSON_MAX)
        return failv(c, ERR_INVALID, f->name, "too_long", ARGS(V(JSON_MAX)));
    *out = V(s);
    return OK;
}

static enum err int_from_json(struct ctx *c, const struct field *f, json_t *j,
                              struct val *out) {
    if (!json_is_integer(j))
        return bad(c, f, "not_integer");
    int64_t v = json_integer_value(j);
    if (f->type == FT_REF && (v <= 0 || v >= (int64_t)1 << 53))
        return failv(c, ERR_INVALID, f->name, "ref_missing", ARGS(V(v)));
    return value_in_range(c, f, v, out);
}

/* A JSON real is a decimal only if it is the one of at most 15 digits, which a
 * double keeps, and of no more decimals than the field has. */
static enum err decimal_from_real(struct ctx *c, const struct field *f,
                                  double v, struct val *out) {
    struct str few = str_fmt(c->arena, "%.15g", v);
    struct str fixed = str_fmt(c->arena, "%.*f", f->scale, v);
    if (strtod(few.p, NULL) != v || strtod(fixed.p, NULL) != v)
        return failv(c, ERR_INVALID, f->name, "too_many_decimals",
                     ARGS(V(f->scale)));
    return read_number(c, f, fixed, out);
}

/* Decimals come as exact strings; a JSON integer is exact too. */
static enum err decimal_from_json(struct ctx *c, const struct field *f,
                                  json_t *j, struct val *out) {
    if (json_is_string(j))
        return read_number(c, f, json_str(j), out);
    if (json_is_integer(j))
        return read_number(
            c, f, str_fmt(c->arena, "%lld", (long long)json_integer_value(j)),
            out);
    return json_is_real(j) ? decimal_from_real(c, f, json_real_value(j), out)
                           : bad(c, f, "not_decimal");
}

enum err value_from_json(struct ctx *c, const struct field *f, json_t *j,
                         struct val *out) {
    if (json_is_null(j)) {
        *out = V_NULL;
        return OK;
    }
    switch (f->type) {
    case FT_INT:
    case FT_MONEY:
    case FT_REF:
        return int_from_json(c, f, j, out);
    case FT_DECIMAL:
        return decimal_from_json(c, f, j, out);
    case FT_BOOL:
        if (!json_is_boolean(j))
            return bad(c, f, "not_bool");
        *out = V(json_is_true(j));
        return OK;
    case FT_SET:
        return set_from_json(c, f, j, out);
    case FT_JSON:
        return any_from_json(c, f, j, out);
    default:
        break;
    }
    if (!json_is_string(j))
        return bad(c, f, "not_string");
    struct str s = json_str(j);
    if (f->type == FT_DATE)
        return read_date(c, f, s, out);
    if (f->type == FT_INSTANT)
        return read_instant(c, f, s, out);
    if (f->type != FT_ENUM)
        return check_text(c, f, s, out);
    if (s.n == 0) {
        *out = V_NULL;
        return OK;
    }
    if (field_option(f, s) == NULL)
        return bad_option(c, f);
    *out = V(s);
    return OK;
}

/* --- text --------------------------------------------------------------- */

static enum err bool_from_text(struct ctx *c, const struct field *f,
                               struct str s, struct val *out) {
    static const char *const yes[] = {"true", "1", "yes", "y", "是", "√"};
    static const char *const no[] = {"false", "0", "no", "n", "否", "×"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (str_eq_nocase(s, str_of(yes[i])) ||
            str_eq_nocase(s, str_of(no[i]))) {
            *out = V(str_eq_nocase(s, str_of(yes[i])));
            return OK;
        }
    }
    return bad(c, f, "not_bool");
}

static enum err set_from_text(struct ctx *c, const struct field *f,
                              struct str s, struct val *out) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    struct str part;
    char sep = str_has_byte(s, ';') ? ';' : str_has_byte(s, '|') ? '|' : ',';
    while (str_cut(&s, sep, &part))
        if (str_trim(part).n > 0)
            TRY(set_add(c, f, &b, part, true));
    *out = b.n == 0 ? V_NULL : V(buf_view(&b));
    return OK;
}

enum err value_from_text(struct ctx *c, const struct field *f, struct str s,
                         struct val *out) {
    s = str_trim(s);
    if (s.n == 0) {
        *out = V_NULL;
        return OK;
    }
    switch (f->type) {
    case FT_INT:
    case FT_MONEY:
    case FT_REF:
    case FT_DECIMAL:
        return read_number(c, f, s, out);
    case FT_BOOL:
        return bool_from_text(c, f, s, out);
    case FT_DATE:
        return read_date(c, f, s, out);
    case FT_INSTANT:
        return read_instant(c, f, s, out);
    case FT_SET:
        return set_from_text(c, f, s, out);
    case FT_ENUM: {
        const struct option *o = find_option(f, s, true);
        if (o == NULL)
            return bad_option(c, f);
        *out = V(o->value);
        return OK;
    }
    case FT_JSON: {
        json_t *j;
        TRY(json_read(c, s, &j));
        return any_from_json(c, f, j, out);
    }
    case FT_BLOB:
    case FT_TYPE_COUNT:
        return bad(c, f, "unknown_field");
    default:
        return check_text(c, f, s, out);
    }
}

/* --- out ---------------------------------------------------------------- */

static void set_to_json(struct jw *w, struct str s) {
    jw_array(w);
    struct str part;
    while (str_cut(&s, ',', &part))
        if (part.n > 0)
            jw_str(w, part);
    jw_array_end(w);
}

/* Dates, instants and decimals are short ASCII: printed in place between
 * quotes. */
static struct buf *quote(struct jw *w) {
    if (w->comma)
        buf_byte(w->out, ',');
    w->comma = true;
    buf_byte(w->out, '"');
    return w->out;
}

static void unquote(struct jw *w) {
    buf_byte(w->out, '"');
}

void value_to_json(struct ctx *c, struct jw *w, const struct field *f,
                   struct val v) {
    if (v.type == VAL_NULL) {
        if (f->type == FT_SET)
            set_to_json(w, S(""));
        else
            jw_null(w);
        return;
    }
    switch (f->type) {
    case FT_INT:
    case FT_MONEY:
    case FT_REF:
        jw_i64(w, v.i);
        break;
    case FT_BOOL:
        jw_bool(w, v.i != 0);
        break;
    case FT_DECIMAL:
        num_print(quote(w), v.i, f->scale);
        unquote(w);
        break;
    case FT_DATE:
        day_print(quote(w), (int32_t)v.i);
        unquote(w);
        break;
    case FT_INSTANT:
        instant_print(quote(w), v.i);
        unquote(w);
        break;
    case FT_SET:
        set_to_json(w, v.s);
        break;
    case FT_JSON:
        jw_raw(w, v.s);
        break;
    default:
        jw_str(w, v.s);
    }
}

static struct str option_text(struct ctx *c, const struct field *f,
                              struct str value) {
    const struct option *o = field_option(f, value);
    return o == NULL ? value : o->label.text[c->lang];
}

static struct str set_text(struct ctx *c, const struct field *f, struct str s) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    struct str part;
    while (str_cut(&s, ',', &part)) {
        if (part.n == 0)
            continue;
        if (b.n > 0)
            buf_cstr(&b, "; ");
        buf_str(&b, option_text(c, f, part));
    }
    return buf_view(&b);
}

static struct str instant_local(struct ctx *c, int64_t ms) {
    int64_t local = ms + (int64_t)zone_offset(c->zone, ms) * 1000;
    struct str s = instant_text(c->arena, local - local % 1000);
    struct str day = str_sub(s, 0, 10), clock = str_sub(s, 11, 19);
    return str_fmt(c->arena, STR_FMT " " STR_FMT, STR_ARG(day), STR_ARG(clock));
}

struct str value_to_text(struct ctx *c, const struct field *f, struct val v,
                         int money_digits) {
    if (v.type == VAL_NULL)
        return S("");
    switch (f->type) {
    case FT_INT:
    case FT_REF:
        return num_text(c->arena, v.i, 0);
    case FT_DECIMAL:
        return num_text(c->arena, v.i, f->scale);
    case FT_MONEY: {
        struct buf b;
        buf_init(&b, c->arena, 64);
        num_print_fixed(&b, v.i, money_digits, money_digits);
        return buf_view(&b);
    }
    case FT_BOOL:
        if (c->lang == LANG_ZH)
            return v.i ? S("是") : S("否");
        return v.i ? S("yes") : S("no");
    case FT_DATE:
        return day_text(c->arena, (int32_t)v.i);
    case FT_INSTANT:
        return instant_local(c, v.i);
    case FT_ENUM:
        return option_text(c, f, v.s);
    case FT_SET:
        return set_text(c, f, v.s);
    default:
        return v.s;
    }
}
