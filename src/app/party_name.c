/* Legal forms taken off and put on. Pure. */
#include "app/party_name.h"

#include "base/fold.h"
#include "base/sortkey.h"
#include "base/utf8.h"

#include <string.h>

#define LEAST 2 /* characters of a name that is left without its form */

/* Each before those it ends with. */
static const struct str chinese[] = {
    S_INIT("集团股份有限公司"),
    S_INIT("集团有限责任公司"),
    S_INIT("集团有限公司"),
    S_INIT("股份有限公司"),
    S_INIT("有限责任公司"),
    S_INIT("股份公司"),
    S_INIT("集团公司"),
    S_INIT("有限公司"),
    S_INIT("公司"),
    S_INIT("集团"),
};
static const struct str latin[] = {
    S_INIT("company limited"),
    S_INIT("co limited"),
    S_INIT("co ltd"),
    S_INIT("incorporated"),
    S_INIT("corporation"),
    S_INIT("company"),
    S_INIT("limited"),
    S_INIT("gmbh"),
    S_INIT("corp"),
    S_INIT("inc"),
    S_INIT("llc"),
    S_INIT("ltd"),
    S_INIT("co"),
};

/* Folded, with one space for each run of what is no letter; none at the ends.
 * squashed: no space either. */
static struct str words_of(struct arena *a, struct str name, bool squashed) {
    struct str folded = text_fold(a, name);
    char *p = arena_alloc(a, folded.n + 1);
    size_t n = 0;
    bool space = false;
    for (size_t at = 0; at < folded.n;) {
        size_t from = at;
        uint32_t ch = utf8_next(folded, &at);
        if (char_kind(ch) == CHAR_OTHER) {
            space |= ch != '\'' && ch != 0x2019;
            continue;
        }
        if (space && n > 0 && !squashed)
            p[n++] = ' ';
        space = false;
        memcpy(p + n, folded.p + from, at - from);
        n += at - from;
    }
    return (struct str){p, n};
}

static bool ends_with(struct str s, struct str end) {
    return s.n >= end.n && str_eq(str_sub(s, s.n - end.n, s.n), end);
}

/* 分公司 and 子公司 are names of their own. */
static bool is_branch(struct str before) {
    return ends_with(before, S("分")) || ends_with(before, S("子"));
}

/* The words without the legal form at their end. */
static struct str bare(struct str words) {
    for (size_t i = 0; i < COUNT_OF(chinese); i++) {
        if (!ends_with(words, chinese[i]))
            continue;
        struct str rest = str_trim(str_sub(words, 0, words.n - chinese[i].n));
        return utf8_count(rest) < LEAST || is_branch(rest) ? words : rest;
    }
    for (size_t i = 0; i < COUNT_OF(latin); i++) {
        if (!ends_with(words, latin[i]) || words.n == latin[i].n)
            continue;
        struct str rest = str_sub(words, 0, words.n - latin[i].n);
        if (rest.p[rest.n - 1] != ' ')
            continue;
        rest = str_trim(rest);
        return utf8_count(rest) < LEAST ? words : rest;
    }
    return words;
}

struct str party_core(struct arena *a, struct str name) {
    return words_of(a, bare(words_of(a, name, false)), true);
}

static void add(struct arena *a, struct party_keys *k, struct str text) {
    k->p[k->n++] = text_sort_key(a, text);
}

struct party_keys party_keys(struct arena *a, struct str name) {
    struct str cores[2] = {bare(words_of(a, name, false))};
    size_t n_cores = 1;
    cores[1] = words_of(a, cores[0], true);
    n_cores += !str_eq(cores[0], cores[1]);
    size_t most = 1 + n_cores * (1 + 2 * COUNT_OF(chinese)) + COUNT_OF(latin);
    struct party_keys k = {.p = NEW_ARRAY(a, struct str, most)};
    if (cores[0].n == 0)
        return k;
    add(a, &k, name);
    for (size_t i = 0; i < n_cores; i++) {
        add(a, &k, cores[i]);
        for (size_t j = 0; j < COUNT_OF(chinese); j++) {
            add(a, &k, str_cat(a, cores[i], chinese[j]));
            add(a, &k,
                str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(cores[i]),
                        STR_ARG(chinese[j])));
        }
    }
    for (size_t j = 0; j < COUNT_OF(latin); j++)
        add(a, &k,
            str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(cores[0]),
                    STR_ARG(latin[j])));
    return k;
}
