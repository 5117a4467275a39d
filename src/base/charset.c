/* Detects and decodes. UTF-8 is checked where it lies, without a copy; others
 * go through an ICU converter, which this file owns. The decision is made at
 * the first bytes that are not ASCII: valid UTF-8 there means UTF-8, else
 * GB18030. One thread at a time. */
#include "base/charset.h"

#include "base/utf8.h"

#include <string.h>
#include <unicode/ucnv.h>

#define RAW (32 * 1024)
#define SURE                                                                   \
    24 /* bytes of right UTF-8 that GB18030 does not give by chance            \
        */

enum state { UNDECIDED, UTF8, CONVERTED };

struct charset {
    struct source *in;
    struct str name;
    enum state state;
    bool begun, eof, broken;
    size_t skipped; /* bytes of a mark */
    char carry[4];  /* beginning of a character, UTF-8 only */
    size_t n_carry;
    UConverter *from, *to;
    char *raw; /* bytes for the converter */
    size_t raw_from, raw_to, raw_cap;
    UChar *pivot, *pivot_from, *pivot_to; /* between the two converters */
};

/* True when the n bytes at p may be the beginning of a longer character. */
static bool is_cut_off(const char *p, size_t n) {
    unsigned char c = (unsigned char)p[0];
    size_t len = c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < n && i < len; i++)
        if (((unsigned char)p[i] & 0xC0) != 0x80)
            return false;
    return n < len;
}

static size_t ascii_prefix(const char *p, size_t n) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        if ((w & 0x8080808080808080u) != 0)
            break;
    }
    while (i < n && (unsigned char)p[i] < 0x80)
        i++;
    return i;
}

static size_t non_ascii(const char *p, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += (unsigned char)p[i] >= 0x80;
    return count;
}

static size_t valid_prefix(struct str s, bool *cut_out) {
    size_t i = 0;
    *cut_out = false;
    while ((i += ascii_prefix(s.p + i, s.n - i)) < s.n) {
        size_t n = utf8_len(s.p + i, s.n - i);
        *cut_out = n == 0 && is_cut_off(s.p + i, s.n - i);
        if (n == 0)
            return i;
        i += n;
    }
    return i;
}

static void close_converters(void *arg) {
    struct charset *t = arg;
    ucnv_close(t->from);
    ucnv_close(t->to);
}

/* Strict: bytes that the encoding does not have stop the converter. */
static enum err open_converters(struct ctx *c, struct charset *t,
                                struct str name) {
    UErrorCode e = U_ZERO_ERROR;
    const char *cname = str_cstr(c->arena, name);
    t->from = ucnv_open(cname, &e);
    t->to = ucnv_open("utf-8", &e);
    arena_defer(c->arena, close_converters, t);
    if (U_SUCCESS(e))
        ucnv_setToUCallBack(t->from, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL,
                            &e);
    if (U_SUCCESS(e))
        ucnv_setFromUCallBack(t->to, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL,
                              NULL, &e);
    if (U_FAILURE(e))
        return failv(c, ERR_INVALID, S("encoding"), "encoding_unknown",
                     ARGS(V(str_sub(name, 0, 40))));
    t->pivot = NEW_ARRAY(c->arena, UChar, RAW);
    t->pivot_from = t->pivot_to = t->pivot;
    t->name = str_dup(c->arena, name);
    t->state = CONVERTED;
    return OK;
}

enum err charset_open(struct ctx *c, struct source *in, struct str name,
                      struct charset **out) {
    struct charset *t = NEW(c->arena, struct charset);
    t->in = in;
    t->name = S("utf-8");
    *out = t;
    if (str_eq_nocase(name, S("utf-8"))) {
        t->state = UTF8;
    } else if (name.n > 0) {
        TRY(open_converters(c, t, name));
        t->raw_cap = RAW;
        t->raw = arena_alloc(c->arena, RAW);
    }
    return OK;
}

/* Hands bytes that were read already to the converter. */
static void give_raw(struct ctx *c, struct charset *t, const char *p,
                     size_t n) {
    t->raw_cap = n > RAW ? n : RAW;
    t->raw = arena_alloc(c->arena, t->raw_cap);
    memcpy(t->raw, p, n);
    t->raw_to = n;
}

/* At the very beginning: a BOM decides. *skip_out bytes are not text. */
static enum err look_for_bom(struct ctx *c, struct charset *t, struct str s,
                             size_t *skip_out) {
    *skip_out = 0;
    if (str_starts(s, S("\xEF\xBB\xBF"))) {
        t->state = UTF8;
        *skip_out = 3;
    } else if (t->state == UNDECIDED && str_starts(s, S("\xFF\xFE"))) {
        *skip_out = 2;
        return open_converters(c, t, S("utf-16le"));
    } else if (t->state == UNDECIDED && str_starts(s, S("\xFE\xFF"))) {
        *skip_out = 2;
        return open_converters(c, t, S("utf-16be"));
    }
    return OK;
}

/* The next raw bytes behind what was carried over. A short beginning is filled
 * up, so that a BOM is seen whole. */
static enum err read_more(struct ctx *c, struct charset *t, char *p, size_t cap,
                          size_t *n_out) {
    size_t n = t->n_carry;
    memcpy(p, t->carry, n);
    t->n_carry = 0;
    do {
        size_t got = 0;
        TRY(source_read(c, t->in, p + n, cap - n, &got));
        t->eof = got == 0;
        n += got;
    } while (!t->eof && n < 4);
    *n_out = n;
    return OK;
}

/* Bytes that turned out not to be UTF-8: GB18030 from here, or damage. */
static enum err not_utf8(struct ctx *c, struct charset *t, struct str rest) {
    if (t->state == UTF8) {
        t->broken = true;
        return OK;
    }
    TRY(open_converters(c, t, S("gb18030")));
    give_raw(c, t, rest.p, rest.n);
    return OK;
}

static enum err read_utf8(struct ctx *c, struct charset *t, char *p, size_t cap,
                          size_t *n_out) {
    size_t n, skip = 0;
    bool cut;
    TRY(read_more(c, t, p, cap, &n));
    if (!t->begun) {
        t->begun = true;
        TRY(look_for_bom(c, t, (struct str){p, n}, &skip));
        if (t->state == CONVERTED) {
            give_raw(c, t, p + skip, n - skip);
            return OK;
        }
        memmove(p, p + skip, n - skip);
        n -= skip;
        t->skipped = skip;
    }
    size_t ascii = ascii_prefix(p, n);
    size_t good = valid_prefix((struct str){p, n}, &cut);
    if (good < n && cut && !t->eof) {
        t->n_carry = n - good;
        memcpy(t->carry, p + good, t->n_carry);
    } else if (good < n) {
        /* A few characters may look like UTF-8 by chance, a line does not. */
        if (non_ascii(p + ascii, good - ascii) >= SURE)
            t->state = UTF8;
        else if (t->state == UNDECIDED)
            good = ascii;
        TRY(not_utf8(c, t, (struct str){p + good, n - good}));
        *n_out = good;
        return OK;
    }
    if (good > ascii)
        t->state = UTF8;
    *n_out = good;
    return OK;
}

static enum err fill_raw(struct ctx *c, struct charset *t) {
    if (t->raw_from < t->raw_to || t->eof)
        return OK;
    size_t n = 0;
    TRY(source_read(c, t->in, t->raw, t->raw_cap, &n));
    t->eof = n == 0;
    t->raw_from = 0;
    t->raw_to = n;
    return OK;
}

static enum err read_converted(struct ctx *c, struct charset *t, char *p,
                               size_t cap, size_t *n_out) {
    char *out = p;
    for (;;) {
        UErrorCode e = U_ZERO_ERROR;
        TRY(fill_raw(c, t));
        const char *in = t->raw + t->raw_from;
        ucnv_convertEx(t->to, t->from, &out, p + cap, &in, t->raw + t->raw_to,
                       t->pivot, &t->pivot_from, &t->pivot_to, t->pivot + RAW,
                       false, t->eof, &e);
        t->raw_from = (size_t)(in - t->raw);
        *n_out = (size_t)(out - p);
        if (U_FAILURE(e) && e != U_BUFFER_OVERFLOW_ERROR) {
            t->broken = true;
            return OK;
        }
        if (*n_out > 0 || (t->eof && e != U_BUFFER_OVERFLOW_ERROR))
            return OK;
    }
}

enum err charset_read(struct ctx *c, struct charset *t, char *p, size_t cap,
                      size_t *n_out) {
    *n_out = 0;
    while (*n_out == 0) {
        if (t->broken)
            return OK;
        if (t->state == CONVERTED)
            TRY(read_converted(c, t, p, cap, n_out));
        else
            TRY(read_utf8(c, t, p, cap, n_out));
        if (t->eof && !t->broken &&
            (t->state != CONVERTED || t->raw_from == t->raw_to))
            break;
    }
    return OK;
}

bool charset_is_plain(const struct charset *t, size_t *skipped) {
    *skipped = t->skipped;
    return t->state != CONVERTED && !t->broken;
}

bool charset_broken(const struct charset *t) {
    return t->broken;
}

struct str charset_name(const struct charset *t) {
    return t->name;
}
