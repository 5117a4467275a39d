/* Everything of src/http that reads text from the network by itself: URLs,
 * query strings, patterns, cookies, entity tags, preferences.
 *
 * With libFuzzer (clang -fsanitize=fuzzer -DGX_LIBFUZZER) it searches; without
 * it replays a corpus folder and a fixed number of mutations of it, the same
 * ones each time, so that it can run as a test:
 *     fuzz_http CORPUS [ROUNDS] */
#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "http/field.h"
#include "http/url.h"

#include <dirent.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct ctx c;
    struct arena *a = arena_new();
    ctx_init(&c, a);
    /* A copy of its own, so that a read past its end is found. */
    struct str s = str_dup(a, (struct str){(const char *)data, n});
    urls(&c, s);
    patterns(s);
    fields(s);
    arena_free(a);
    return 0;
}

#ifndef GX_LIBFUZZER

#define LARGEST 65536
#define DEFAULT_ROUNDS 2000

static uint64_t next(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A few bytes changed, doubled or dropped. */
static size_t mutate(uint8_t *p, size_t n, uint64_t *seed) {
    static const char spice[] = "%%%&&==++;;,\"\"/W*{}q=0.\xff\xc0\x80\0\r\n";
    for (uint64_t k = next(seed) % 8 + 1; k > 0 && n > 0; k--) {
        size_t at = next(seed) % n;
        switch (next(seed) % 4) {
        case 0:
            p[at] = (uint8_t)next(seed);
            break;
        case 1:
            p[at] = (uint8_t)spice[next(seed) % (sizeof spice - 1)];
            break;
        case 2:
            memmove(p + at, p + at + 1, n - at - 1);
            n--;
            break;
        default:
            if (n < LARGEST) {
                memmove(p + at + 1, p + at, n - at);
                n++;
            }
        }
    }
    return n;
}

static void replay(const char *name, long rounds) {
    static uint8_t original[LARGEST], p[LARGEST + 1];
    FILE *f = fopen(name, "rb");
    if (f == NULL)
        die("can't read %s", name);
    size_t n = fread(original, 1, sizeof original, f);
    fclose(f);
    uint64_t seed = 88172645463325252u;
    LLVMFuzzerTestOneInput(original, n);
    for (long i = 0; i < rounds; i++) {
        memcpy(p, original, n);
        LLVMFuzzerTestOneInput(p, mutate(p, n, &seed));
    }
}

int main(int argc, char **argv) {
    long rounds = argc > 2 ? atol(argv[2]) : DEFAULT_ROUNDS;
    DIR *d = argc > 1 ? opendir(argv[1]) : NULL;
    if (d == NULL) {
        fputs("usage: fuzz_http CORPUS [ROUNDS]\n", stderr);
        return 2;
    }
    int files = 0;
    char name[4096];
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", argv[1], e->d_name);
            replay(name, rounds);
            files++;
        }
    closedir(d);
    printf("%d passed, 0 failed\n", files);
    return files > 0 ? 0 : 1;
}

#endif
