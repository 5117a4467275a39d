/* JSON in and out. The reader lends jansson's values to the arena, the writer
 * appends to a bounded buf; neither keeps state between calls. */
#include "base/json.h"

#include "base/die.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void release(void *v) {
    json_decref(v);
}

/* jansson's own limit is 2,048 levels; ours is counted before parsing, so that
 * no deep tree is ever built. */
static bool too_deep(struct str s) {
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_MAX_DEPTH)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

enum err json_read(struct ctx *c, struct str text, json_t **out) {
    if (too_deep(text))
        return failv(c, ERR_MALFORMED, S(""), "json_too_deep",
                     ARGS(V(JSON_MAX_DEPTH)));
    json_error_t e;
    json_t *v = json_loadb(text.n > 0 ? text.p : "", text.n,
                           JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (v == NULL)
        return failv(c, ERR_MALFORMED, S(""), "json_syntax",
                     ARGS(V(e.line), V(e.column), V(e.text)));
    arena_defer(c->arena, release, v);
    *out = v;
    return OK;
}

json_t *json_copy_in(struct ctx *c, json_t *object) {
    json_t *v = json_copy(object);
    if (v == NULL)
        die("out of memory");
    arena_defer(c->arena, release, v);
    return v;
}

struct str json_str(const json_t *v) {
    return (struct str){json_string_value(v), json_string_length(v)};
}

struct str json_compact(struct arena *a, const json_t *v) {
    char *text =
        json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    struct str s = str_dup(a, str_of(text));
    free(text);
    return s;
}

void jw_init(struct jw *w, struct buf *out) {
    *w = (struct jw){.out = out};
}

static void before(struct jw *w) {
    if (w->comma)
        buf_byte(w->out, ',');
    w->comma = true;
}

void jw_object(struct jw *w) {
    before(w);
    buf_byte(w->out, '{');
    w->comma = false;
}

void jw_object_end(struct jw *w) {
    buf_byte(w->out, '}');
    w->comma = true;
}

void jw_array(struct jw *w) {
    before(w);
    buf_byte(w->out, '[');
    w->comma = false;
}

void jw_array_end(struct jw *w) {
    buf_byte(w->out, ']');
    w->comma = true;
}

static void escape(struct buf *b, unsigned char c) {
    static const char hex[] = "0123456789abcdef";
    char out[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    const char *shorts = "\"\\\b\f\n\r\t", *names = "\"\\bfnrt";
    const char *at = c == 0 ? NULL : strchr(shorts, c);
    if (at != NULL) {
        out[1] = names[at - shorts];
        buf_str(b, (struct str){out, 2});
    } else {
        buf_str(b, (struct str){out, 6});
    }
}

/* Is one of the eight bytes a quote, a backslash, a control or not ASCII? */
static bool has_special(uint64_t v) {
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = v ^ (ones * '"'), slash = v ^ (ones * '\\');
    uint64_t hit = ((v - ones * 0x20) | (quote - ones) | (slash - ones)) & ~v;
    return ((hit | v) & highs) != 0;
}

/* The common case of Chinese text, without a call. */
static bool is_three(const unsigned char *p) {
    return (p[0] & 0xF0) == 0xE0 && (p[1] & 0xC0) == 0x80 &&
           (p[2] & 0xC0) == 0x80 && (p[0] != 0xE0 || p[1] >= 0xA0) &&
           (p[0] != 0xED || p[1] < 0xA0);
}

/* Bytes at the start of s that stand in JSON as they are. */
static size_t plain(struct str s) {
    const unsigned char *p = (const unsigned char *)s.p;
    size_t i = 0;
    while (i < s.n) {
        uint64_t eight;
        while (s.n - i >= sizeof eight) {
            memcpy(&eight, p + i, sizeof eight);
            if (has_special(eight))
                break;
            i += sizeof eight;
        }
        while (i < s.n && p[i] >= 0x20 && p[i] < 0x80 && p[i] != '"' &&
               p[i] != '\\')
            i++;
        while (s.n - i >= 3 && is_three(p + i))
            i += 3;
        if (i == s.n || p[i] < 0x20 || p[i] == '"' || p[i] == '\\')
            break;
        size_t n = p[i] < 0x80 ? 1 : utf8_len(s.p + i, s.n - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

static void quoted(struct buf *b, struct str s) {
    buf_byte(b, '"');
    for (;;) {
        size_t n = plain(s);
        buf_str(b, (struct str){s.p, n});
        if (n == s.n)
            break;
        unsigned char bad = (unsigned char)s.p[n];
        if (bad >= 0x80)
            buf_cstr(b, "\xEF\xBF\xBD");
        else
            escape(b, bad);
        s = str_sub(s, n + 1, s.n);
    }
    buf_byte(b, '"');
}

void jw_key(struct jw *w, struct str key) {
    before(w);
    quoted(w->out, key);
    buf_byte(w->out, ':');
    w->comma = false;
}

struct str jw_made_key(struct arena *a, struct str key) {
    struct buf b;
    buf_init(&b, a, 6 * key.n + 8);
    buf_byte(&b, ',');
    quoted(&b, key);
    buf_byte(&b, ':');
    return buf_view(&b);
}

static void made(struct jw *w, struct str s) {
    size_t skip = w->comma ? 0 : 1;
    buf_str(w->out, (struct str){s.p + skip, s.n - skip});
}

void jw_key_made(struct jw *w, struct str text) {
    made(w, text);
    w->comma = false;
}

void jw_member_made(struct jw *w, struct str text) {
    made(w, text);
    w->comma = true;
}

void jw_str(struct jw *w, struct str s) {
    before(w);
    quoted(w->out, s);
}

void jw_i64(struct jw *w, int64_t v) {
    before(w);
    buf_i64(w->out, v);
}

void jw_f64(struct jw *w, double v) {
    if (!isfinite(v)) {
        jw_null(w);
        return;
    }
    before(w);
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_cstr(w->out, text);
}

void jw_bool(struct jw *w, bool v) {
    before(w);
    buf_cstr(w->out, v ? "true" : "false");
}

void jw_null(struct jw *w) {
    before(w);
    buf_cstr(w->out, "null");
}

void jw_raw(struct jw *w, struct str json) {
    before(w);
    buf_str(w->out, json);
}

void jw_val(struct jw *w, struct val v) {
    switch (v.type) {
    case VAL_NULL:
        jw_null(w);
        break;
    case VAL_I64:
        jw_i64(w, v.i);
        break;
    case VAL_F64:
        jw_f64(w, v.f);
        break;
    case VAL_STR:
    case VAL_BLOB:
        jw_str(w, v.s);
        break;
    case VAL_IDS:
        jw_array(w);
        for (size_t i = 0; i < v.ids.n; i++)
            jw_i64(w, v.ids.p[i]);
        jw_array_end(w);
        break;
    }
}

void jw_kstr(struct jw *w, struct str key, struct str s) {
    jw_key(w, key);
    jw_str(w, s);
}

void jw_ki64(struct jw *w, struct str key, int64_t v) {
    jw_key(w, key);
    jw_i64(w, v);
}

void jw_kbool(struct jw *w, struct str key, bool v) {
    jw_key(w, key);
    jw_bool(w, v);
}

struct str json_counts(struct arena *a, const struct json_count *p, size_t n) {
    struct buf b;
    struct jw w;
    buf_init(&b, a, 64 * 1024);
    jw_init(&w, &b);
    jw_object(&w);
    for (size_t i = 0; i < n; i++)
        jw_ki64(&w, str_of(p[i].key), p[i].n);
    jw_object_end(&w);
    return buf_view(&b);
}
