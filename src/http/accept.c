/* Preferences with weights: Accept-Language, Accept-Encoding (RFC 9110, 12.5).
 * Weights are thousandths. Borrowed slices; no state. */
#include "http/field.h"

/* "0.8" is 800, "1" is 1000; what is no weight is 0. */
static int weight(struct str s) {
    if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1') ||
        (s.n > 1 && s.p[1] != '.') || s.n > 5)
        return 0;
    int v = (s.p[0] - '0') * 1000, unit = 100;
    for (size_t i = 2; i < s.n; i++, unit /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return 0;
        v += (s.p[i] - '0') * unit;
    }
    return v > 1000 ? 1000 : v;
}

/* The next "item;q=0.8". */
static bool next_item(struct str *list, struct str *item_out, int *q_out) {
    struct str part, param;
    if (!str_cut(list, ',', &part))
        return false;
    *item_out = S("");
    str_cut(&part, ';', item_out);
    *item_out = str_trim(*item_out);
    *q_out = 1000;
    while (str_cut(&part, ';', &param)) {
        param = str_trim(param);
        if (str_starts(param, S("q=")) || str_starts(param, S("Q=")))
            *q_out = weight(str_sub(param, 2, param.n));
    }
    return true;
}

static bool is_lang(struct str tag, struct str lang) {
    return str_eq_nocase(str_sub(tag, 0, lang.n), lang) &&
           (tag.n == lang.n || tag.p[lang.n] == '-');
}

enum lang accept_lang(struct str header, enum lang fallback) {
    struct str tag;
    int q, best = 0;
    enum lang lang = fallback;
    while (next_item(&header, &tag, &q)) {
        bool zh = is_lang(tag, S("zh")), en = is_lang(tag, S("en"));
        if ((zh || en) && q > best) {
            best = q;
            lang = zh ? LANG_ZH : LANG_EN;
        }
    }
    return lang;
}

bool accept_coding(struct str header, struct str coding) {
    struct str item;
    int q, any = 0;
    while (next_item(&header, &item, &q)) {
        if (str_eq_nocase(item, coding))
            return q > 0;
        if (str_eq(item, S("*")))
            any = q;
    }
    return any > 0;
}
