/* Reading, checking and changing settings. Owns nothing; any thread. */
#include "app/settings.h"

#include "app/grade_request.h"
#include "app/number.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "store/setting.h"
#include "store/trail.h"

#define NAME_MAX_BYTES 64
#define PERCENT_SCALE 2

/* "company.name" → "GUANXI_COMPANY_NAME" → its value, or NULL. */
static const char *from_environment(const struct setting *s) {
    char name[NAME_MAX_BYTES] = "GUANXI_";
    size_t n = sizeof "GUANXI_" - 1;
    if (s->with_data || s->hidden || n + s->key.n >= sizeof name)
        return NULL;
    for (size_t i = 0; i < s->key.n; i++) {
        char ch = s->key.p[i];
        name[n++] = ch == '.'                ? '_'
                    : ch >= 'a' && ch <= 'z' ? (char)(ch - 'a' + 'A')
                                             : ch;
    }
    name[n] = '\0';
    return getenv(name);
}

static bool in_range(const struct setting *s, int64_t v) {
    return v >= s->min && v <= s->max;
}

static bool is_currency(struct str s) {
    if (s.n != 3)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 'A' || s.p[i] > 'Z')
            return false;
    return true;
}

/* The schemes a setting's address may have: those of mail servers or of the
 * web. Takes slashes from its end. */
static bool is_url(const struct setting *s, struct str *text) {
    static const struct str mail[] = {S_INIT("smtp://"), S_INIT("smtps://")};
    static const struct str web[] = {S_INIT("http://"), S_INIT("https://")};
    const struct str *schemes = str_eqc(s->group, "mail") ? mail : web;
    struct str rest = {0};
    while (text->n > 0 && text->p[text->n - 1] == '/')
        text->n--;
    for (size_t i = 0; i < 2; i++)
        if (str_starts(*text, schemes[i]))
            rest = str_sub(*text, schemes[i].n, text->n);
    for (size_t i = 0; i < rest.n; i++)
        if (rest.p[i] <= ' ' || rest.p[i] == 0x7f || rest.p[i] == '"' ||
            rest.p[i] == '<' || rest.p[i] == '>' || rest.p[i] == '@')
            return false;
    return rest.n > 0 && (int64_t)text->n <= s->max;
}

struct choices {
    const struct option *p;
    size_t n;
};

/* Its own, or those the model has of a field. */
static struct choices choices_of(const struct setting *s) {
    const struct entity *e = model_entity(&builtin_model, s->entity);
    const struct field *f = e != NULL ? entity_field(e, s->field) : NULL;
    return f != NULL ? (struct choices){f->options, f->n_options}
                     : (struct choices){s->options, s->n_options};
}

static bool is_option(const struct setting *s, struct str v) {
    struct choices of = choices_of(s);
    for (size_t i = 0; i < of.n; i++)
        if (str_eq(of.p[i].value, v))
            return true;
    return false;
}

/* HH:MM of a day. */
static bool is_time(struct str s) {
    bool form = s.n == 5 && s.p[2] == ':';
    for (size_t i = 0; form && i < 5; i++)
        form = i == 2 || (s.p[i] >= '0' && s.p[i] <= '9');
    return form && str_cmp(s, S("24:00")) < 0 && s.p[3] < '6';
}

/* Behind the point: of a percentage and of an amount two digits. */
static int scale_of(enum setting_type type) {
    return type == ST_PERCENT || type == ST_AMOUNT || type == ST_AMOUNTS
               ? PERCENT_SCALE
               : 0;
}

static bool is_number(enum setting_type type) {
    return type == ST_INT || type == ST_PERCENT || type == ST_AMOUNT;
}

static enum err check_number(struct ctx *c, const struct setting *s,
                             struct str text, struct str *stored) {
    int scale = scale_of(s->type);
    int64_t v;
    TRY(num_need(c, s->key, text, scale, &v));
    if (!in_range(s, v))
        return failv(c, ERR_INVALID, s->key, "out_of_range",
                     ARGS(V(num_text(c->arena, s->min, scale)),
                          V(num_text(c->arena, s->max, scale))));
    *stored = str_fmt(c->arena, "%lld", (long long)v);
    return OK;
}

/* Commas as they are typed in Chinese are commas. */
static struct str plain_commas(struct ctx *c, struct str text) {
    static const struct str wide[] = {S_INIT("，"), S_INIT("、")};
    struct buf b;
    buf_init(&b, c->arena, text.n + 16);
    for (size_t i = 0; i < text.n; i++) {
        struct str rest = str_sub(text, i, text.n);
        bool comma = str_starts(rest, wide[0]) || str_starts(rest, wide[1]);
        buf_byte(&b, comma ? ',' : text.p[i]);
        i += comma ? wide[0].n - 1 : 0;
    }
    return buf_view(&b);
}

enum err settings_list_of(struct ctx *c, enum setting_id id, struct str key,
                          struct str text, int64_t out[SETTING_LIST]) {
    const struct setting *s = &settings[id];
    int scale = scale_of(s->type);
    struct str rest = plain_commas(c, text), part;
    size_t n = 0;
    while (str_cut(&rest, ',', &part)) {
        int64_t v;
        TRY(num_need(c, key, str_trim(part), scale, &v));
        if (!in_range(s, v))
            return failv(c, ERR_INVALID, key, "out_of_range",
                         ARGS(V(num_text(c->arena, s->min, scale)),
                              V(num_text(c->arena, s->max, scale))));
        if (n > 0 && v <= out[n - 1])
            return failv(c, ERR_INVALID, key, "limits_rise",
                         ARGS(V(num_text(c->arena, v, scale)),
                              V(num_text(c->arena, out[n - 1], scale))));
        if (n == SETTING_LIST)
            return failv(c, ERR_INVALID, key, "limits_count", ARGS(V(s->def)));
        out[n++] = v;
    }
    return n == SETTING_LIST
               ? OK
               : failv(c, ERR_INVALID, key, "limits_count", ARGS(V(s->def)));
}

static enum err check_list(struct ctx *c, const struct setting *s,
                           struct str text, struct str *stored) {
    int64_t v[SETTING_LIST];
    struct buf b;
    TRY(settings_list_of(c, (enum setting_id)(s - settings), s->key, text, v));
    buf_init(&b, c->arena, 256);
    for (size_t i = 0; i < SETTING_LIST; i++) {
        if (i > 0)
            buf_byte(&b, ',');
        num_print(&b, v[i], scale_of(s->type));
    }
    *stored = buf_view(&b);
    return OK;
}

/* Text as people write it ("12.5") → as stored ("1250"). */
static enum err check(struct ctx *c, const struct setting *s, struct str text,
                      struct str *stored) {
    const struct zone *zone;
    *stored = str_trim(text);
    if (stored->n == 0)
        return s->optional ? OK
                           : failv(c, ERR_INVALID, s->key, "required", NO_ARGS);
    switch (s->type) {
    case ST_TEXT:
        return (int64_t)utf8_count(*stored) <= s->max
                   ? OK
                   : failv(c, ERR_INVALID, s->key, "too_long", ARGS(V(s->max)));
    case ST_INT:
    case ST_PERCENT:
    case ST_AMOUNT:
        return check_number(c, s, *stored, stored);
    case ST_COUNTS:
    case ST_AMOUNTS:
        return check_list(c, s, *stored, stored);
    case ST_BOOL:
        return str_eqc(*stored, "0") || str_eqc(*stored, "1")
                   ? OK
                   : failv(c, ERR_INVALID, s->key, "wrong_type", NO_ARGS);
    case ST_CHOICE:
        return is_option(s, *stored) ? OK
                                     : failv(c, ERR_INVALID, s->key,
                                             "not_option", ARGS(V(*stored)));
    case ST_CURRENCY:
        return is_currency(*stored) ? OK
                                    : failv(c, ERR_INVALID, s->key, "currency",
                                            ARGS(V(*stored)));
    case ST_TIME:
        return is_time(*stored) ? OK
                                : failv(c, ERR_INVALID, s->key, "time_of_day",
                                        ARGS(V(*stored)));
    case ST_NUMBER:
        return number_pattern_good(*stored)
                   ? OK
                   : failv(c, ERR_INVALID, s->key, "number_pattern", NO_ARGS);
    case ST_URL:
        return is_url(s, stored)
                   ? OK
                   : failv(c, ERR_INVALID, s->key, "setting_url", NO_ARGS);
    case ST_ZONE:
        return zone_load(c, *stored, &zone) == OK
                   ? OK
                   : failv(c, ERR_INVALID, s->key, "zone_unknown",
                           ARGS(V(*stored)));
    }
    return failv(c, ERR_INVALID, s->key, "wrong_type", NO_ARGS);
}

enum err settings_text(struct ctx *c, enum setting_id id, struct str *out) {
    const struct setting *s = &settings[id];
    const char *env = from_environment(s);
    if (env != NULL)
        return check(c, s, str_of(env), out);
    bool found;
    TRY(setting_find(c, s->key, out, &found));
    if (!found)
        *out = s->def;
    return OK;
}

enum err settings_language(struct ctx *c, enum lang *out) {
    struct str text;
    TRY(settings_text(c, SETTING_COMPANY_LANGUAGE, &text));
    *out = str_eqc(text, "en") ? LANG_EN : LANG_ZH;
    return OK;
}

enum err settings_i64(struct ctx *c, enum setting_id id, int64_t *out) {
    struct str text;
    TRY(settings_text(c, id, &text));
    return num_need(c, settings[id].key, text, 0, out);
}

enum err settings_list(struct ctx *c, enum setting_id id,
                       int64_t out[SETTING_LIST]) {
    struct str text;
    TRY(settings_text(c, id, &text));
    return settings_list_of(c, id, settings[id].key, text, out);
}

static void value_json(struct ctx *c, struct jw *w, const struct setting *s,
                       struct str stored) {
    int64_t v = 0;
    if (s->type == ST_BOOL) {
        jw_bool(w, str_eqc(stored, "1"));
    } else if (!is_number(s->type)) {
        jw_str(w, stored);
    } else if (num_parse(stored, 0, NUM_EXACT, &v) != NUM_OK) {
        jw_null(w);
    } else if (s->type == ST_INT) {
        jw_i64(w, v);
    } else {
        jw_str(w, num_text(c->arena, v, PERCENT_SCALE));
    }
}

static void label_json(struct jw *w, struct str key, const struct label *l) {
    jw_key(w, key);
    jw_object(w);
    jw_kstr(w, S("zh"), l->text[LANG_ZH]);
    jw_kstr(w, S("en"), l->text[LANG_EN]);
    jw_object_end(w);
}

static void limits_json(struct ctx *c, struct jw *w, const struct setting *s) {
    struct str min = str_fmt(c->arena, "%lld", (long long)s->min);
    struct str max = str_fmt(c->arena, "%lld", (long long)s->max);
    if (!is_number(s->type))
        return;
    jw_key(w, S("min"));
    value_json(c, w, s, min);
    jw_key(w, S("max"));
    value_json(c, w, s, max);
}

static enum err one_json(struct ctx *c, struct jw *w, enum setting_id id) {
    static const struct str types[] = {
        [ST_TEXT] = S_INIT("text"),       [ST_INT] = S_INIT("int"),
        [ST_PERCENT] = S_INIT("percent"), [ST_BOOL] = S_INIT("bool"),
        [ST_CHOICE] = S_INIT("enum"),     [ST_CURRENCY] = S_INIT("currency"),
        [ST_ZONE] = S_INIT("zone"),       [ST_TIME] = S_INIT("time"),
        [ST_URL] = S_INIT("url"),         [ST_AMOUNT] = S_INIT("amount"),
        [ST_COUNTS] = S_INIT("counts"),   [ST_AMOUNTS] = S_INIT("amounts"),
        [ST_NUMBER] = S_INIT("text"),
    };
    const struct setting *s = &settings[id];
    struct str stored;
    TRY(settings_text(c, id, &stored));
    jw_object(w);
    jw_kstr(w, S("key"), s->key);
    jw_kstr(w, S("group"), s->group);
    jw_kstr(w, S("type"), types[s->type]);
    label_json(w, S("label"), &s->label);
    label_json(w, S("doc"), &s->doc);
    jw_key(w, S("value"));
    value_json(c, w, s, stored);
    jw_key(w, S("default"));
    value_json(c, w, s, s->def);
    limits_json(c, w, s);
    jw_key(w, S("options"));
    jw_array(w);
    struct choices of = choices_of(s);
    for (size_t i = 0; i < of.n; i++) {
        jw_object(w);
        jw_kstr(w, S("value"), of.p[i].value);
        label_json(w, S("label"), &of.p[i].label);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_kbool(w, S("from_environment"), from_environment(s) != NULL);
    jw_object_end(w);
    return OK;
}

enum err settings_to_json(struct ctx *c, struct jw *w) {
    jw_array(w);
    for (int i = 0; i < SETTING_COUNT; i++)
        if (!settings[i].hidden)
            TRY(one_json(c, w, (enum setting_id)i));
    jw_array_end(w);
    return OK;
}

static bool find(struct str key, enum setting_id *out) {
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (str_eq(settings[i].key, key) && !settings[i].hidden) {
            *out = (enum setting_id)i;
            return true;
        }
    }
    return false;
}

static enum err text_of(struct ctx *c, const struct setting *s, const json_t *j,
                        struct str *out) {
    if (json_is_string(j))
        *out = json_str(j);
    else if (json_is_integer(j) && s->type != ST_BOOL)
        *out =
            str_fmt(c->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
    else if (json_is_boolean(j) && s->type == ST_BOOL)
        *out = json_is_true(j) ? S("1") : S("0");
    else if (json_is_null(j))
        *out = s->def;
    else
        return failv(c, ERR_INVALID, s->key, "wrong_type", NO_ARGS);
    return OK;
}

/* May it be changed now? What amounts and days were computed with is fixed. */
static enum err changeable(struct ctx *c, const struct setting *s) {
    bool used;
    if (from_environment(s) != NULL)
        return failv(c, ERR_CONFLICT, s->key, "set_by_environment", NO_ARGS);
    if (!s->with_data)
        return OK;
    TRY(setting_documents_exist(c, &used));
    return used ? failv(c, ERR_CONFLICT, s->key, "setting_in_use", NO_ARGS)
                : OK;
}

static void note_change(struct ctx *c, struct jw *w, const struct setting *s,
                        struct str old, struct str now) {
    jw_key(w, s->key);
    jw_array(w);
    value_json(c, w, s, old);
    value_json(c, w, s, now);
    jw_array_end(w);
}

/* What the rules of grading and of the ladder are made of. */
static bool is_value_rule(const struct setting *s) {
    return str_eqc(s->group, "value") || str_eqc(s->group, "ladder") ||
           str_eqc(s->key, "churn.lost_days");
}

static enum err put_one(struct ctx *c, struct jw *audit, enum setting_id id,
                        const json_t *j, bool *rules_out) {
    const struct setting *s = &settings[id];
    struct str text, old, stored;
    TRY(text_of(c, s, j, &text));
    if (json_is_null(j))
        stored = s->def;
    else
        TRY(check(c, s, text, &stored));
    TRY(settings_text(c, id, &old));
    if (str_eq(old, stored))
        return OK;
    TRY(changeable(c, s));
    note_change(c, audit, s, old, stored);
    *rules_out |= is_value_rule(s);
    return setting_save(c, s->key, stored);
}

/* Cut-offs must rise. */
static enum err check_order(struct ctx *c) {
    static const enum setting_id pairs[][2] = {
        {SETTING_VALUE_ABC_A, SETTING_VALUE_ABC_B},
        {SETTING_VALUE_TIER_VIP, SETTING_VALUE_TIER_MAIN},
        {SETTING_VALUE_TIER_MAIN, SETTING_VALUE_TIER_ORDINARY},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        int64_t low, high;
        TRY(settings_i64(c, pairs[i][0], &low));
        TRY(settings_i64(c, pairs[i][1], &high));
        if (low >= high)
            return failv(c, ERR_INVALID, settings[pairs[i][1]].key,
                         "must_be_above", ARGS(V(settings[pairs[i][0]].key)));
    }
    return OK;
}

enum err settings_put(struct ctx *c, json_t *values) {
    struct buf details;
    struct jw w;
    const char *key;
    json_t *j;
    enum err first = OK;
    bool rules = false;
    buf_init(&details, c->arena, 64 * 1024);
    jw_init(&w, &details);
    jw_object(&w);
    json_object_foreach(values, key, j) {
        enum setting_id id;
        enum err e = find(str_of(key), &id)
                         ? put_one(c, &w, id, j, &rules)
                         : fail(c, ERR_INVALID, key, "unknown_field");
        if (e != OK && e != ERR_INVALID)
            return e;
        if (first == OK)
            first = e;
    }
    jw_object_end(&w);
    TRY(first);
    TRY(check_order(c));
    if (details.n <= 2) /* {} */
        return OK;
    int64_t job_id;
    if (rules)
        TRY(grade_request(c, &job_id));
    return trail_event(c, S("settings"), S("setting"), 0, buf_view(&details));
}

enum err settings_set(struct ctx *c, enum setting_id id, struct str text) {
    struct str stored;
    TRY(check(c, &settings[id], text, &stored));
    return setting_save(c, settings[id].key, stored);
}
