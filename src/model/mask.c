/* The masks as one table of functions. Owns nothing but const tables; pure,
 * any thread. Invariant: a mask covers at least half of what it is given, and
 * all of what is too short to have a part left. */
#include "model/mask.h"

#include "base/utf8.h"
#include "model/value.h"

#define COVERED "***"
#define CHARS_MAX 600

/* The characters of a text, as offsets; end[n] is its length. */
struct chars {
    struct str s;
    size_t n, at[CHARS_MAX + 1];
};

static void cut_chars(struct str s, struct chars *out) {
    size_t i = 0;
    out->s = s;
    out->n = 0;
    while (i < s.n && out->n < CHARS_MAX) {
        out->at[out->n++] = i;
        utf8_next(s, &i);
    }
    out->at[out->n] = i;
}

static struct str part(const struct chars *c, size_t from, size_t to) {
    return str_sub(c->s, c->at[from], c->at[to]);
}

/* The first and last characters with stars for each of those between. */
static struct str ends(struct arena *a, struct str s, size_t first,
                       size_t last) {
    struct chars c;
    struct buf b;
    cut_chars(s, &c);
    buf_init(&b, a, s.n + 16);
    buf_str(&b, part(&c, 0, first));
    for (size_t i = first + last; i < c.n; i++)
        buf_byte(&b, '*');
    buf_str(&b, part(&c, c.n - last, c.n));
    return buf_view(&b);
}

static struct str all(struct arena *a UNUSED, struct str s UNUSED) {
    return S(COVERED);
}

/* --- phones ------------------------------------------------------------- */

static struct str digits_of(struct arena *a, struct str s) {
    struct buf b;
    buf_init(&b, a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            buf_byte(&b, s.p[i]);
    return buf_view(&b);
}

/* Digits of a landline's area: 010, 021 … have three, the others four. */
static size_t area_digits(struct str d) {
    return d.p[1] == '1' || d.p[1] == '2' ? 3 : 4;
}

static struct str phone(struct arena *a, struct str s) {
    struct str d = digits_of(a, s);
    if (d.n == 13 && str_starts(d, S("861")))
        d = str_sub(d, 2, d.n);
    if (d.n == 11 && d.p[0] == '1')
        return str_fmt(a, STR_FMT "****" STR_FMT, STR_ARG(str_sub(d, 0, 3)),
                       STR_ARG(str_sub(d, 7, 11)));
    if (d.n >= 10 && d.p[0] == '0' && d.p[1] != '0')
        return str_fmt(a, STR_FMT "-****" STR_FMT,
                       STR_ARG(str_sub(d, 0, area_digits(d))),
                       STR_ARG(str_sub(d, d.n - 4, d.n)));
    if (d.n >= 7)
        return str_fmt(a, "****" STR_FMT, STR_ARG(str_sub(d, d.n - 4, d.n)));
    return S("****");
}

/* --- names -------------------------------------------------------------- */

static const struct str compound_surnames[] = {
    S_INIT("欧阳"), S_INIT("太史"), S_INIT("端木"), S_INIT("上官"),
    S_INIT("司马"), S_INIT("东方"), S_INIT("独孤"), S_INIT("南宫"),
    S_INIT("万俟"), S_INIT("闻人"), S_INIT("夏侯"), S_INIT("诸葛"),
    S_INIT("尉迟"), S_INIT("公羊"), S_INIT("赫连"), S_INIT("澹台"),
    S_INIT("皇甫"), S_INIT("宗政"), S_INIT("濮阳"), S_INIT("公冶"),
    S_INIT("太叔"), S_INIT("申屠"), S_INIT("公孙"), S_INIT("慕容"),
    S_INIT("仲孙"), S_INIT("钟离"), S_INIT("长孙"), S_INIT("宇文"),
    S_INIT("司徒"), S_INIT("鲜于"), S_INIT("司空"), S_INIT("令狐"),
    S_INIT("轩辕"), S_INIT("百里"), S_INIT("呼延"), S_INIT("东郭"),
    S_INIT("西门"), S_INIT("拓跋"), S_INIT("歐陽"), S_INIT("司馬"),
    S_INIT("東方"), S_INIT("諸葛"), S_INIT("尉遲"),
};

static bool is_han(struct str s) {
    size_t i = 0;
    uint32_t ch = utf8_next(s, &i);
    return (ch >= 0x3400 && ch <= 0x9fff) || (ch >= 0x20000 && ch <= 0x323af);
}

static bool has_compound_surname(struct str s) {
    for (size_t i = 0; i < COUNT_OF(compound_surnames); i++)
        if (str_starts(s, compound_surnames[i]))
            return true;
    return false;
}

/* Longer than a person's name: a company's. */
#define PERSON_CHARS 4

static struct str name(struct arena *a, struct str s) {
    struct chars c;
    cut_chars(s, &c);
    if (!is_han(s) || c.n > PERSON_CHARS)
        return str_cat(a, part(&c, 0, 1), S(COVERED));
    if (c.n == 1)
        return S("*");
    if (has_compound_surname(s))
        return c.n == 2 ? ends(a, s, 1, 0) : ends(a, s, 2, 0);
    return ends(a, s, 1, c.n == 3 ? 1 : 0);
}

/* --- numbers, addresses ------------------------------------------------- */

static struct str id_number(struct arena *a, struct str s) {
    size_t n = utf8_count(s);
    if (n >= 15)
        return ends(a, s, 3, 4);
    return n >= 7 ? ends(a, s, 1, 2) : S(COVERED);
}

static struct str card(struct arena *a, struct str s) {
    size_t n = utf8_count(s);
    if (n > CHARS_MAX)
        return S(COVERED);
    if (n >= 15)
        return ends(a, s, 6, 4);
    return n >= 9 ? ends(a, s, 0, 4) : S(COVERED);
}

static struct str email(struct arena *a, struct str s) {
    size_t at = str_find(s, S("@"));
    if (at == SIZE_MAX || at == 0)
        return S(COVERED);
    struct str local = str_sub(s, 0, at);
    return str_fmt(a, STR_FMT COVERED STR_FMT,
                   STR_ARG(at > 1 ? utf8_cut(local, 1) : S("")),
                   STR_ARG(str_sub(s, at, s.n)));
}

/* Up to the district: 上海市徐汇区***. */
static struct str address(struct arena *a, struct str s) {
    static const struct str ends_of_places[] = {
        S_INIT("区"), S_INIT("區"), S_INIT("县"), S_INIT("縣"),
        S_INIT("旗"), S_INIT("市"), S_INIT("省")};
    for (size_t i = 0; i < COUNT_OF(ends_of_places); i++) {
        size_t at = str_find(s, ends_of_places[i]);
        size_t end = at == SIZE_MAX ? s.n : at + ends_of_places[i].n;
        if (end < s.n)
            return str_cat(a, str_sub(s, 0, end), S(COVERED));
    }
    return S(COVERED);
}

/* --- the table ---------------------------------------------------------- */

static struct str (*const masks[])(struct arena *a, struct str s) = {
    [MASK_AUTO] = all,    [MASK_ALL] = all,         [MASK_PHONE] = phone,
    [MASK_NAME] = name,   [MASK_ID] = id_number,    [MASK_CARD] = card,
    [MASK_EMAIL] = email, [MASK_ADDRESS] = address,
};

enum mask field_mask(const struct field *f) {
    if (f->mask != MASK_AUTO)
        return f->mask;
    return f->type == FT_PHONE   ? MASK_PHONE
           : f->type == FT_EMAIL ? MASK_EMAIL
                                 : MASK_ALL;
}

struct str mask_text(struct arena *a, enum mask m, struct str s) {
    s = str_trim(s);
    return s.n == 0 ? s : masks[m](a, s);
}

/* Options and sets are texts in the database only. */
static bool has_parts(const struct field *f) {
    return field_is_text(f) && f->type != FT_ENUM && f->type != FT_SET &&
           f->type != FT_JSON;
}

struct str mask_value(struct arena *a, const struct field *f, struct val v) {
    if (v.type != VAL_STR || !has_parts(f))
        return S("");
    return mask_text(a, field_mask(f), v.s);
}

void mask_to_json(struct jw *w, const struct field *f, struct val v) {
    struct str s = mask_value(w->out->arena, f, v);
    if (s.n > 0) {
        jw_str(w, s);
    } else if (f->type == FT_SET) {
        jw_array(w);
        jw_array_end(w);
    } else {
        jw_null(w);
    }
}

/* 张*, 张*三, J*** */
static bool is_masked_name(struct str s) {
    struct chars c;
    cut_chars(s, &c);
    return str_ends(s, S("*")) || (c.n == 3 && str_eqc(part(&c, 1, 2), "*"));
}

bool mask_is_masked(const struct field *f, struct str s) {
    if (!has_parts(f))
        return false;
    if (str_eqc(s, COVERED))
        return true;
    switch (field_mask(f)) {
    case MASK_AUTO:
    case MASK_ALL:
        return false;
    case MASK_NAME:
        return is_masked_name(s);
    default:
        return str_find(s, S(COVERED)) != SIZE_MAX;
    }
}
