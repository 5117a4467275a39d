/* Everything of src/http that reads text from the network by itself: URLs,
 * query strings, patterns, cookies, entity tags, preferences. */
#include "fuzz.h"

#include "base/utf8.h"
#include "http/field.h"
#include "http/url.h"

/* A slice of s, or nothing: what a reader may hand back. */
static void inside(struct str part, struct str s) {
    if (part.n > 0 && (part.p < s.p || part.p + part.n > s.p + s.n))
        die("slice outside of its input");
}

static void urls(struct ctx *c, struct str s) {
    struct str out;
    for (int plus = 0; plus < 2; plus++)
        if (url_decode(c, s, plus != 0, &out) == OK &&
            (!utf8_valid(out) || out.n > s.n))
            die("url_decode let bad text through");
    struct url_params q;
    if (url_query(c, s, &q) == OK)
        for (size_t i = 0; i < q.n; i++) {
            bool found;
            url_get(&q, q.p[i].name, &found);
            if (!found || !utf8_valid(q.p[i].name) || !utf8_valid(q.p[i].value))
                die("url_query let bad text through");
        }
}

static void patterns(struct str s) {
    static const char *const all[] = {"/", "/api/v1/{o}", "/api/v1/{o}/{id}",
                                      "/{a}/{b}/{c}/{d}"};
    struct str v[3];
    size_t n;
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (url_match(str_of(all[i]), s, v, COUNT_OF(v), &n))
            for (size_t j = 0; j < n; j++) {
                inside(v[j], s);
                if (v[j].n == 0 || str_has_byte(v[j], '/'))
                    die("url_match took a bad segment");
            }
    (void)url_match(s, S("/api/v1/orders/7"), v, COUNT_OF(v), &n);
}

static void fields(struct str s) {
    inside(cookie_find(s, S("gx_session")), s);
    struct str list = s, tag;
    bool weak;
    for (size_t i = 0; etag_next(&list, &tag, &weak); i++) {
        inside(tag, s);
        if (i > s.n)
            die("etag_next does not advance");
    }
    (void)etag_listed(s, S("1.a"));
    (void)accept_coding(s, S("gzip"));
    if (accept_lang(s, LANG_EN) >= LANG_COUNT)
        die("accept_lang made a language up");
}

static void fuzz_one(struct ctx *c, struct str s) {
    urls(c, s);
    patterns(s);
    fields(s);
}

static void fuzz_start(struct ctx *c) {
}

static const struct str fuzz_spice =
    S_INIT("%%%&&==++;;,\"\"/W*{}q=0.\xff\xc0\x80\0\r\n");
