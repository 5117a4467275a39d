/* Guesses, stored mappings. Owns nothing; any thread. Invariant: a
 * target belongs to one column at most. */
#include "app/mapping.h"

#include "app/mapping_words.h"
#include "base/fold.h"
#include "base/num.h"
#include "base/time.h"
#include "base/utf8.h"
#include "store/lookup.h"
#include "store/record.h"
#include "store/sight.h"

#define SAMPLE_CHARS 80

/* --- values -------------------------------------------------------------- */

static bool looks_phone(struct str s) {
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9')
            digits++;
        else if (!str_has_byte(S("+-() "), s.p[i]))
            return false;
    }
    return digits >= 11 && digits <= 13;
}

static bool looks_date(struct str s) {
    struct stamp t;
    return s.n >= 6 && (stamp_parse(s, DATE_YMD, &t) == TIME_OK ||
                        stamp_parse(s, DATE_DMY, &t) == TIME_OK ||
                        stamp_parse(s, DATE_MDY, &t) == TIME_OK);
}

void column_see(struct arena *a, struct column *col, struct str text) {
    size_t whole;
    struct str s = str_trim(text);
    if (s.n == 0)
        return;
    if (col->n_samples < SAMPLES_SHOWN)
        col->samples[col->n_samples++] = str_dup(a, utf8_cut(s, SAMPLE_CHARS));
    col->filled++;
    col->dates += looks_date(s);
    col->phones += looks_phone(s);
    col->emails +=
        str_has_byte(s, '@') && str_has_byte(s, '.') && !str_has_byte(s, ' ');
    col->whole_decimals += num_is_whole(s, &whole);
}

/* --- guessing ------------------------------------------------------------ */

/* Folded, letters and digits only. */
static struct str bare(struct arena *a, struct str s) {
    struct str folded = text_fold(a, s);
    struct buf b;
    buf_init(&b, a, folded.n + 1);
    for (size_t at = 0; at < folded.n;) {
        size_t from = at;
        uint32_t ch = utf8_next(folded, &at);
        if (char_kind(ch) != CHAR_OTHER)
            buf_str(&b, str_sub(folded, from, at));
    }
    return buf_view(&b);
}

/* "金额（元）" is 金额: a heading without what stands in brackets. */
static struct str unbracketed(struct arena *a, struct str s) {
    static const struct str open[] = {S_INIT("("), S_INIT("（"), S_INIT("["),
                                      S_INIT("【")};
    static const struct str close[] = {S_INIT(")"), S_INIT("）"), S_INIT("]"),
                                       S_INIT("】")};
    for (size_t k = 0; k < COUNT_OF(open); k++) {
        size_t from = str_find(s, open[k]);
        if (from == SIZE_MAX)
            continue;
        struct str rest = str_sub(s, from, s.n);
        size_t to = str_find(rest, close[k]);
        if (to != SIZE_MAX)
            return str_cat(a, str_sub(s, 0, from),
                           str_sub(rest, to + close[k].n, rest.n));
    }
    return s;
}

struct guess {
    struct ctx *c;
    const struct targets *t;
    struct columns *cols;
    struct str *headers; /* bare */
};

static bool is_taken(const struct columns *cols, const struct target *t) {
    for (size_t i = 0; i < cols->n; i++)
        if (cols->p[i].target == t)
            return true;
    return false;
}

static bool among(struct str words, struct str header) {
    struct str word;
    while (str_cut(&words, '|', &word))
        if (str_eq(word, header))
            return true;
    return false;
}

/* The ways to call a target, surest first. */
enum { BY_WORD, BY_LABEL, BY_LONG_LABEL, GUESS_WAYS };

static bool by_word(const struct guess *g, const struct target *t,
                    struct str header) {
    for (size_t i = 0; i < mapping_words_count; i++) {
        const struct mapping_words *w = &mapping_words[i];
        if ((w->file[0] == '\0' || str_eqc(g->t->entity, w->file)) &&
            str_eqc(t->name, w->target) && among(str_of(w->words), header))
            return true;
    }
    return false;
}

/* By the field's label in either language or its name; long: with the name of
 * its entity before it ("客户电话", "customer_phone"). */
static bool by_label(const struct guess *g, const struct target *t,
                     struct str header, bool longer) {
    struct arena *a = g->c->arena;
    const struct entity *e = t->info->e;
    for (size_t l = 0; l < LANG_COUNT; l++) {
        struct str label = t->field->label.text[l];
        if (longer)
            label = str_cat(a, e->label.text[l], label);
        if (str_eq(bare(a, label), header))
            return true;
    }
    struct str name = t->field->name;
    if (longer)
        name = str_cat(a, e->name, name);
    return str_eq(bare(a, name), header);
}

static bool fits(const struct guess *g, const struct target *t,
                 struct str header, int way) {
    if (way == BY_WORD)
        return by_word(g, t, header);
    return by_label(g, t, header, way == BY_LONG_LABEL);
}

static void guess_by_header(const struct guess *g, int way) {
    for (size_t i = 0; i < g->cols->n; i++) {
        struct column *col = &g->cols->p[i];
        if (col->target != NULL || g->headers[i].n == 0)
            continue;
        for (size_t k = 0; k < g->t->n && col->target == NULL; k++)
            if (!is_taken(g->cols, &g->t->p[k]) &&
                fits(g, &g->t->p[k], g->headers[i], way))
                col->target = &g->t->p[k];
    }
}

/* Nine in ten values look like it and the header said nothing. */
static void guess_by_values(const struct guess *g, const char *target,
                            size_t offset) {
    const struct target *t = target_find(g->t, str_of(target));
    if (t == NULL || is_taken(g->cols, t))
        return;
    for (size_t i = 0; i < g->cols->n; i++) {
        struct column *col = &g->cols->p[i];
        size_t like;
        memcpy(&like, (const char *)col + offset, sizeof like);
        if (col->target != NULL || col->filled == 0 ||
            like * 10 < col->filled * 9)
            continue;
        col->target = t;
        return;
    }
}

#define ERRORS_COLUMNS 5

size_t columns_own(const struct columns *cols) {
    if (cols->n <= ERRORS_COLUMNS)
        return cols->n;
    size_t own = cols->n - ERRORS_COLUMNS;
    bool added = str_eqc(cols->p[own].header, ERRORS_IMPORT) &&
                 str_eqc(cols->p[own + 1].header, ERRORS_CODE);
    return added ? own : cols->n;
}

static bool same_headers(const struct columns *a, const struct columns *b) {
    size_t n = columns_own(a);
    if (n != columns_own(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!str_eq(a->p[i].header, b->p[i].header))
            return false;
    return true;
}

/* The mapping of the newest import with the same header. */
static enum err from_memory(struct ctx *c, const struct targets *t,
                            struct columns *cols, bool *found) {
    struct lookup_mapping *old;
    size_t n;
    *found = false;
    TRY(lookup_mappings(c, t->entity, &old, &n));
    for (size_t i = 0; i < n && !*found; i++) {
        struct columns then;
        json_t *mapping;
        TRY(columns_from_json(c, old[i].columns, &then));
        if (!same_headers(&then, cols))
            continue;
        TRY(json_read(c, old[i].mapping, &mapping));
        *found = mapping_apply(c, t, cols, mapping) == OK;
        fail_clear(c); /* a field that is no longer there */
    }
    return OK;
}

enum err mapping_guess(struct ctx *c, const struct targets *t,
                       struct columns *cols) {
    bool found;
    for (size_t i = 0; i < cols->n; i++)
        cols->p[i].trim = cols->p[i].filled > 0 &&
                          cols->p[i].whole_decimals == cols->p[i].filled;
    TRY(from_memory(c, t, cols, &found));
    if (found)
        return OK;
    struct guess g = {c, t, cols, NEW_ARRAY(c->arena, struct str, cols->n + 1)};
    for (int brackets = 1; brackets >= 0; brackets--) {
        for (size_t i = 0; i < columns_own(cols); i++)
            g.headers[i] = bare(
                c->arena, brackets ? cols->p[i].header
                                   : unbracketed(c->arena, cols->p[i].header));
        for (int way = 0; way < GUESS_WAYS; way++)
            guess_by_header(&g, way);
    }
    guess_by_values(&g, "order.ordered_on", offsetof(struct column, dates));
    guess_by_values(&g, "phone", offsetof(struct column, phones));
    guess_by_values(&g, "email", offsetof(struct column, emails));
    return OK;
}

/* --- stored forms -------------------------------------------------------- */

void columns_to_json(struct jw *w, const struct columns *cols) {
    jw_array(w);
    for (size_t i = 0; i < cols->n; i++) {
        const struct column *col = &cols->p[i];
        jw_object(w);
        jw_kstr(w, S("header"), col->header);
        jw_key(w, S("samples"));
        jw_array(w);
        for (size_t k = 0; k < col->n_samples; k++)
            jw_str(w, col->samples[k]);
        jw_array_end(w);
        jw_kbool(w, S("trim"), col->trim);
        jw_object_end(w);
    }
    jw_array_end(w);
}

void mapping_to_json(struct ctx *c, struct jw *w, const struct columns *cols) {
    jw_object(w);
    for (size_t i = 0; i < cols->n; i++)
        if (cols->p[i].target != NULL)
            jw_kstr(w, num_text(c->arena, (int64_t)i, 0),
                    cols->p[i].target->name);
    jw_object_end(w);
}

static void read_column(const json_t *j, struct column *col) {
    const json_t *samples = json_object_get(j, "samples");
    *col = (struct column){.header = json_str(json_object_get(j, "header")),
                           .trim = json_is_true(json_object_get(j, "trim"))};
    size_t n = json_array_size(samples);
    for (size_t k = 0; k < n && k < SAMPLES_SHOWN; k++)
        col->samples[col->n_samples++] = json_str(json_array_get(samples, k));
}

enum err columns_from_json(struct ctx *c, struct str json,
                           struct columns *out) {
    json_t *j;
    TRY(json_read(c, json, &j));
    size_t n = json_array_size(j);
    struct column *p = NEW_ARRAY(c->arena, struct column, n + 1);
    for (size_t i = 0; i < n; i++)
        read_column(json_array_get(j, i), &p[i]);
    *out = (struct columns){p, n};
    return OK;
}

/* The column a key of the mapping means: its number or its header. */
static struct column *column_named(struct columns *cols, struct str key) {
    int64_t i;
    if (num_parse(key, 0, NUM_EXACT, &i) == NUM_OK && i >= 0 &&
        (size_t)i < cols->n)
        return &cols->p[i];
    for (size_t k = 0; k < cols->n; k++)
        if (str_eq(cols->p[k].header, key))
            return &cols->p[k];
    return NULL;
}

/* A target comes to col: a column that the change does not speak of gives it
 * up, one that it names may not want the same. */
static enum err give(struct ctx *c, struct columns *cols, const bool *named,
                     struct column *col, const struct target *t,
                     struct str key) {
    for (size_t i = 0; i < cols->n; i++) {
        if (cols->p[i].target != t)
            continue;
        if (named[i])
            return failv(c, ERR_INVALID, key, "import_target_twice",
                         ARGS(V(t->name)));
        cols->p[i].target = NULL;
    }
    col->target = t;
    return OK;
}

static enum err apply_one(struct ctx *c, const struct targets *t,
                          struct columns *cols, const bool *named,
                          struct str key, const json_t *value) {
    struct column *col = column_named(cols, key);
    if (json_is_null(value))
        return OK;
    struct str name = json_is_string(value) ? json_str(value) : S("");
    const struct target *target = target_find(t, name);
    if (target == NULL)
        return failv(c, ERR_INVALID, key, "import_no_target", ARGS(V(name)));
    return give(c, cols, named, col, target, key);
}

enum err mapping_apply(struct ctx *c, const struct targets *t,
                       struct columns *cols, json_t *mapping) {
    bool *named = NEW_ARRAY(c->arena, bool, cols->n + 1);
    const char *key;
    json_t *value;
    if (!json_is_object(mapping))
        return fail(c, ERR_INVALID, "mapping", "not_object");
    json_object_foreach(mapping, key, value) {
        struct column *col = column_named(cols, str_of(key));
        if (col == NULL) {
            enum err noted UNUSED = failv(c, ERR_INVALID, str_of(key),
                                          "import_no_column", ARGS(V(key)));
            continue;
        }
        named[col - cols->p] = true;
        col->target = NULL;
    }
    TRY(fail_any(c));
    json_object_foreach(mapping, key, value) {
        enum err noted UNUSED =
            apply_one(c, t, cols, named, str_of(key), value);
    }
    return fail_any(c);
}

const struct column *mapping_column(const struct columns *cols,
                                    struct str target) {
    for (size_t i = 0; i < cols->n; i++)
        if (cols->p[i].target != NULL &&
            str_eq(cols->p[i].target->name, target))
            return &cols->p[i];
    return NULL;
}
