/* URLs and values of header fields. */
#include "base/buf.h"
#include "http/field.h"
#include "http/url.h"
#include "test.h"

static struct ctx ctx;

static void decode(void) {
    static const struct {
        const char *in, *out; /* out NULL: refused */
        bool plus;
    } cases[] = {
        {"", "", false},
        {"abc", "abc", false},
        {"a+b", "a+b", false},
        {"a+b", "a b", true},
        {"%E7%8E%8b", "王", false},
        {"100%25", "100%", false},
        {"%2Fa%2F", "/a/", false},
        {"%2525", "%25", false},
        {"%", NULL, false},
        {"%4", NULL, false},
        {"a%4g", NULL, false},
        {"%00", NULL, false},
        {"%ff", NULL, false},
        {"%c0%af", NULL, false},
        {"%ed%a0%80", NULL, false},
        {"\xff", NULL, true},
        {"王+", "王 ", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str out = S("");
        fail_clear(&ctx);
        enum err e = url_decode(&ctx, str_of(cases[i].in), cases[i].plus, &out);
        CHECK_I64(e, cases[i].out == NULL ? ERR_MALFORMED : OK);
        if (cases[i].out != NULL)
            CHECK_STR(out, cases[i].out);
    }
}

static void query(void) {
    struct url_params q;
    bool found;
    CHECK_OK(url_query(&ctx, S("a=1&&b%5Bgte%5D=2+3&c&=x&a=9&d=e=f"), &q));
    CHECK_I64(q.n, 6);
    CHECK_STR(url_get(&q, S("a"), &found), "1");
    CHECK(found);
    CHECK_STR(url_get(&q, S("b[gte]"), &found), "2 3");
    CHECK_STR(url_get(&q, S("c"), &found), "");
    CHECK(found);
    CHECK_STR(url_get(&q, S("d"), &found), "e=f");
    CHECK_STR(url_get(&q, S("z"), &found), "");
    CHECK(!found);
    CHECK_OK(url_query(&ctx, S(""), &q));
    CHECK_I64(q.n, 0);
    CHECK_I64(url_query(&ctx, S("a=%zz"), &q), ERR_MALFORMED);
    CHECK_I64(url_query(&ctx, S("a%=z"), &q), ERR_MALFORMED);
}

static void query_limit(void) {
    struct buf b;
    struct url_params q;
    buf_init(&b, ctx.arena, 10000);
    for (int i = 0; i < 200; i++)
        buf_cstr(&b, "a=1&");
    CHECK_OK(url_query(&ctx, buf_view(&b), &q));
    CHECK_I64(q.n, 200);
    buf_cstr(&b, "b");
    CHECK_I64(url_query(&ctx, buf_view(&b), &q), ERR_MALFORMED);
}

static void match(void) {
    struct str v[2];
    size_t n = 9;
    CHECK(url_match(S("/api/{o}/{id}"), S("/api/orders/7"), v, 2, &n));
    CHECK_I64(n, 2);
    CHECK_STR(v[0], "orders");
    CHECK_STR(v[1], "7");
    CHECK(url_match(S("/a"), S("/a"), v, 2, &n));
    CHECK_I64(n, 0);
    CHECK(url_match(S("/by/{v}"), S("/by/a%2Fb"), v, 2, &n));
    CHECK_STR(v[0], "a%2Fb");
    CHECK(url_match(S("/"), S("/"), v, 2, &n));
    CHECK(!url_match(S("/a"), S("/a/"), v, 2, &n));
    CHECK(!url_match(S("/a/"), S("/a"), v, 2, &n));
    CHECK(!url_match(S("/{o}"), S("/"), v, 2, &n));
    CHECK(!url_match(S("/{o}"), S("/a/b"), v, 2, &n));
    CHECK(!url_match(S("/{o}/b"), S("/a"), v, 2, &n));
    CHECK(!url_match(S("/{a}/{b}/{c}"), S("/1/2/3"), v, 2, &n));
    CHECK(!url_match(S("/a"), S(""), v, 2, &n));
}

static void cookies(void) {
    struct str h = S("a=1; gx_session=abc=; b=\"two\" ;bare; =x;gx=9; a=2");
    CHECK_STR(cookie_find(h, S("gx_session")), "abc=");
    CHECK_STR(cookie_find(h, S("a")), "1");
    CHECK_STR(cookie_find(h, S("b")), "two");
    CHECK_STR(cookie_find(h, S("gx")), "9");
    CHECK_STR(cookie_find(h, S("session")), "");
    CHECK_STR(cookie_find(h, S("bare")), "");
    CHECK_STR(cookie_find(S(""), S("a")), "");
}

static void etags(void) {
    struct str list = S(" \"1.a\", W/\"b,c\" ,*, junk, \"no\""), tag;
    bool weak;
    CHECK(etag_next(&list, &tag, &weak));
    CHECK_STR(tag, "1.a");
    CHECK(!weak);
    CHECK(etag_next(&list, &tag, &weak));
    CHECK_STR(tag, "b,c");
    CHECK(weak);
    CHECK(etag_next(&list, &tag, &weak));
    CHECK_STR(tag, "*");
    CHECK(!etag_next(&list, &tag, &weak));
    CHECK(etag_listed(S("W/\"x\", \"y\""), S("x")));
    CHECK(etag_listed(S("*"), S("x")));
    CHECK(!etag_listed(S("\"xx\""), S("x")));
    CHECK(!etag_listed(S("\"x"), S("x")));
    CHECK(!etag_listed(S("W/*"), S("x")));
    CHECK(!etag_listed(S(""), S("")));
}

static void languages(void) {
    CHECK_I64(accept_lang(S(""), LANG_ZH), LANG_ZH);
    CHECK_I64(accept_lang(S("fr"), LANG_EN), LANG_EN);
    CHECK_I64(accept_lang(S("zh-CN,zh;q=0.9,en;q=0.8"), LANG_EN), LANG_ZH);
    CHECK_I64(accept_lang(S("en-US,en;q=0.9"), LANG_ZH), LANG_EN);
    CHECK_I64(accept_lang(S("en;q=0.3, zh-Hant-TW;q=0.301"), LANG_EN), LANG_ZH);
    CHECK_I64(accept_lang(S("zh;q=0, en;q=0.001"), LANG_ZH), LANG_EN);
    CHECK_I64(accept_lang(S("eng, zha"), LANG_ZH), LANG_ZH);
    CHECK_I64(accept_lang(S("en;q=oops"), LANG_ZH), LANG_ZH);
}

static void codings(void) {
    CHECK(accept_coding(S("gzip, deflate, br"), S("br")));
    CHECK(accept_coding(S("GZIP;q=0.5"), S("gzip")));
    CHECK(accept_coding(S("*"), S("br")));
    CHECK(!accept_coding(S("*, br;q=0"), S("br")));
    CHECK(!accept_coding(S("*;q=0"), S("gzip")));
    CHECK(!accept_coding(S(""), S("gzip")));
    CHECK(!accept_coding(S("brotli"), S("br")));
}

int main(void) {
    struct arena *a = arena_new();
    ctx_init(&ctx, a);
    RUN(decode);
    RUN(query);
    RUN(query_limit);
    RUN(match);
    RUN(cookies);
    RUN(etags);
    RUN(languages);
    RUN(codings);
    arena_free(a);
    return test_end();
}
