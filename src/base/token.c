/* Search tokens. A token is packed into 64 bits while tokens are collected:
 * three characters of 21 bits, the top bits tell readings (p, q) from text;
 * h and l need no mark, since their characters differ. The set owns nothing
 * but arena memory; any thread. */
#include "base/token.h"

#include "base/fold.h"
#include "base/pinyin.h"
#include "base/utf8.h"

#include <string.h>

#define MARK_P ((uint64_t)1 << 63)
#define MARK_Q ((uint64_t)1 << 62)

/* Letters of a query word that may be a reading. */
#define MAX_WORD 40
#define ASKED_WHOLE 6 /* shorter words of a query give all their triples */

struct set {
    struct arena *arena;
    uint64_t *slots; /* open addressing, 0 is free */
    uint64_t *keys;  /* in order of appearance */
    size_t n, cap;   /* cap slots, a power of two, at most half full */
};

static size_t slot_of(const struct set *s, uint64_t key) {
    return (size_t)((key * 0x9E3779B97F4A7C15u) >> 32) & (s->cap - 1);
}

static void set_resize(struct set *s, size_t cap) {
    uint64_t *keys = NEW_ARRAY(s->arena, uint64_t, cap / 2);
    if (s->n > 0)
        memcpy(keys, s->keys, s->n * sizeof *keys);
    s->keys = keys;
    s->slots = NEW_ARRAY(s->arena, uint64_t, cap);
    s->cap = cap;
    for (size_t i = 0; i < s->n; i++) {
        size_t at = slot_of(s, keys[i]);
        while (s->slots[at] != 0)
            at = (at + 1) & (cap - 1);
        s->slots[at] = keys[i];
    }
}

static void set_add(struct set *s, uint64_t key) {
    if (s->n == s->cap / 2)
        set_resize(s, s->cap == 0 ? 512 : s->cap * 4);
    size_t at = slot_of(s, key);
    while (s->slots[at] != 0) {
        if (s->slots[at] == key)
            return;
        at = (at + 1) & (s->cap - 1);
    }
    s->slots[at] = key;
    s->keys[s->n++] = key;
}

static uint64_t pack(uint32_t x, uint32_t y, uint32_t z) {
    return x | (uint64_t)y << 21 | (uint64_t)z << 42;
}

static size_t unpack(uint64_t key, char out[1 + 3 * UTF8_MAX]) {
    uint64_t text = key & ~(MARK_P | MARK_Q);
    uint32_t first = (uint32_t)(text & 0x1FFFFF);
    if ((key & MARK_P) != 0)
        out[0] = 'p';
    else if ((key & MARK_Q) != 0)
        out[0] = 'q';
    else
        out[0] = char_kind(first) == CHAR_HAN ? 'h' : 'l';
    size_t n = 1;
    for (; text != 0; text >>= 21) {
        uint32_t c = (uint32_t)(text & 0x1FFFFF);
        if (c < 0x80)
            out[n++] = (char)c;
        else
            n += utf8_put(c, out + n);
    }
    return n;
}

static struct tokens set_tokens(const struct set *s) {
    struct str *v = NEW_ARRAY(s->arena, struct str, s->n);
    char *p = arena_alloc(s->arena, s->n * (1 + 3 * UTF8_MAX));
    for (size_t i = 0; i < s->n; i++) {
        size_t n = unpack(s->keys[i], p);
        v[i] = (struct str){p, n};
        p += n;
    }
    return (struct tokens){v, s->n};
}

/* --- text: h and l ------------------------------------------------------ */

static bool is_digit(uint32_t c) {
    return c >= '0' && c <= '9';
}

static void add_pair(struct set *s, uint32_t x, uint32_t y) {
    if (!is_digit(x) || !is_digit(y))
        set_add(s, pack(x, y, 0));
}

/* End of the run of characters of one kind that starts at i. */
static size_t run_end(const uint32_t *c, size_t n, size_t i,
                      enum char_kind kind) {
    while (i < n && char_kind(c[i]) == kind)
        i++;
    return i;
}

/* Of the triples of a long word a query asks for those from its end on that
 * share no letter: the others cost as much to look up and leave out little, and
 * the first ones are those that half of all numbers begin with. */
static bool is_asked(size_t n, size_t i) {
    return n < ASKED_WHOLE || (n - 3 - i) % 3 == 0;
}

/* Tokens of a word that is whole (a field) or perhaps cut (a query): only a
 * field has pairs beside triples, for queries of two letters. */
static void add_word(struct set *s, const uint32_t *c, size_t n, bool field) {
    for (size_t i = 0; i + 2 < n; i++)
        if (field || is_asked(n, i))
            set_add(s, pack(c[i], c[i + 1], c[i + 2]));
    if (!field && n != 2)
        return;
    for (size_t i = 0; i + 1 < n; i++)
        add_pair(s, c[i], c[i + 1]);
}

static void add_han(struct set *s, const uint32_t *c, size_t n, bool field) {
    if (field || n == 1)
        for (size_t i = 0; i < n; i++)
            set_add(s, c[i]);
    for (size_t i = 0; i + 1 < n; i++)
        set_add(s, pack(c[i], c[i + 1], 0));
}

static uint32_t *decode(struct arena *a, struct str s, size_t *n_out) {
    uint32_t *c = NEW_ARRAY(a, uint32_t, s.n + 1);
    size_t n = 0;
    for (size_t at = 0; at < s.n;)
        c[n++] = utf8_next(s, &at);
    *n_out = n;
    return c;
}

/* --- readings: p and q -------------------------------------------------- */

/* The readings of a run of Chinese characters. */
struct run {
    struct pinyin r[TOKEN_READ_CHARS][PINYIN_MAX];
    size_t n_r[TOKEN_READ_CHARS];
    size_t n;
};

/* Up to three letters read on from somewhere in a run. */
struct gram {
    struct set *set;
    const struct run *run;
    bool initials; /* one letter a character */
    bool first;    /* from the start of a character: p, else q */
};

static void gram_done(const struct gram *g, const char *t, size_t n) {
    uint64_t key = pack((unsigned char)t[0], (unsigned char)t[1],
                        n == 3 ? (unsigned char)t[2] : 0);
    set_add(g->set, key | (g->first ? MARK_P : MARK_Q));
}

/* Goes on with reading k of character i from letter o; t holds the n letters
 * so far. */
static void gram_from(const struct gram *g, size_t i, size_t k, size_t o,
                      char t[3], size_t n) {
    struct str y = g->run->r[i][k].syllable;
    size_t end = g->initials ? 1 : y.n;
    for (; o < end; o++) {
        t[n++] = y.p[o];
        if (n == 3 || (n == 2 && g->first))
            gram_done(g, t, n);
        if (n == 3)
            return;
    }
    if (i + 1 < g->run->n)
        for (size_t next = 0; next < g->run->n_r[i + 1]; next++)
            gram_from(g, i + 1, next, 0, t, n);
}

/* One syllable and two initials, wang-x-m: the only triple of them that the
 * other tokens of the run do not have. */
static void add_mixed(struct set *s, const struct run *run) {
    if (run->n < 3)
        return;
    for (size_t x = 0; x < run->n_r[0]; x++)
        for (size_t y = 0; y < run->n_r[1]; y++)
            for (size_t z = 0; z < run->n_r[2]; z++) {
                struct str last = run->r[0][x].syllable;
                struct gram g = {.set = s};
                char t[3] = {last.p[last.n - 1], run->r[1][y].syllable.p[0],
                             run->r[2][z].syllable.p[0]};
                gram_done(&g, t, 3);
            }
}

static void add_readings(struct set *s, const struct run *run) {
    char t[3];
    struct gram anchored = {.set = s, .run = run, .first = true};
    struct gram inner = {.set = s, .run = run};
    struct gram initials = anchored;
    initials.initials = true;
    for (size_t i = 0; i < run->n; i++)
        for (size_t k = 0; k < run->n_r[i]; k++) {
            gram_from(&anchored, i, k, 0, t, 0);
            gram_from(&initials, i, k, 0, t, 0);
            size_t len = run->r[i][k].syllable.n;
            for (size_t o = i == 0 ? 1 : 0; o < len; o++)
                gram_from(&inner, i, k, o, t, 0);
        }
    add_mixed(s, run);
}

/* Readings of the n characters at c, a character without any parting runs. */
static void add_pinyin(struct set *s, const uint32_t *c, size_t n) {
    struct run run;
    if (n > TOKEN_READ_CHARS)
        n = TOKEN_READ_CHARS;
    for (size_t i = 0; i < n;) {
        run.n = 0;
        for (; i < n; i++, run.n++) {
            run.n_r[run.n] = pinyin_of(c[i], run.r[run.n]);
            if (run.n_r[run.n] == 0)
                break;
        }
        if (run.n > 0)
            add_readings(s, &run);
        else
            i++;
    }
}

/* --- fields ------------------------------------------------------------- */

static void add_text(struct set *s, const uint32_t *c, size_t n, bool field) {
    for (size_t i = 0; i < n;) {
        enum char_kind kind = char_kind(c[i]);
        size_t end = run_end(c, n, i, kind);
        if (kind == CHAR_WORD)
            add_word(s, c + i, end - i, field);
        if (kind == CHAR_HAN)
            add_han(s, c + i, end - i, field);
        if (kind == CHAR_HAN && field)
            add_pinyin(s, c + i, end - i);
        i = end;
    }
}

struct tokens tokens_of_fields(struct arena *a, const struct str *folded,
                               size_t n) {
    struct set s = {.arena = a};
    for (size_t i = 0; i < n; i++) {
        size_t chars;
        const uint32_t *c = decode(a, folded[i], &chars);
        add_text(&s, c, chars, true);
    }
    return set_tokens(&s);
}

/* --- queries ------------------------------------------------------------ */

/* How a word of the query may be meant. */
enum sense { AS_TEXT, AS_SYLLABLES, AS_INITIALS, SENSE_COUNT };

struct word {
    struct str text;
    struct str letters; /* empty when it cannot be a reading */
    bool can[SENSE_COUNT];
};

struct str token_letters(struct arena *a, struct str word) {
    char *p = arena_alloc(a, word.n + 1);
    size_t n = 0;
    for (size_t at = 0; at < word.n;) {
        uint32_t c = utf8_next(word, &at);
        if (c >= 'a' && c <= 'z')
            p[n++] = (char)c;
        else if (c == 0xFC)
            p[n++] = 'v';
        else if (c != '\'' && c != 0x2019)
            return S("");
    }
    return n > MAX_WORD ? S("") : (struct str){p, n};
}

static void read_word(struct arena *a, struct word *w) {
    w->can[AS_TEXT] = true;
    w->letters = token_letters(a, w->text);
    if (w->letters.n < 2)
        return;
    w->can[AS_SYLLABLES] = pinyin_is_run(w->letters);
    w->can[AS_INITIALS] = pinyin_is_initials(w->letters);
    if (w->letters.n <= 3 && w->can[AS_INITIALS]) {
        /* the one p token is the same in both senses */
        w->can[AS_SYLLABLES] = true;
        w->can[AS_INITIALS] = false;
    }
}

static void add_letters(struct set *s, struct str t, enum sense sense) {
    if (t.n == 2)
        set_add(s,
                pack((unsigned char)t.p[0], (unsigned char)t.p[1], 0) | MARK_P);
    for (size_t i = 0; i + 2 < t.n; i++) {
        if (i > 0 && !is_asked(t.n, i))
            continue;
        uint64_t key = pack((unsigned char)t.p[i], (unsigned char)t.p[i + 1],
                            (unsigned char)t.p[i + 2]);
        bool first = i == 0 || sense == AS_INITIALS;
        set_add(s, key | (first ? MARK_P : MARK_Q));
    }
}

static void add_sense(struct set *s, const struct word *w, enum sense sense) {
    if (sense != AS_TEXT) {
        add_letters(s, w->letters, sense);
        return;
    }
    size_t n;
    const uint32_t *c = decode(s->arena, w->text, &n);
    add_text(s, c, n, false);
}

static bool is_plain(const struct word *w) {
    return !w->can[AS_SYLLABLES] && !w->can[AS_INITIALS];
}

/* The alternatives are all senses of the first two words that have several
 * (3 x 3 at most); a third such word is left to text_rank. */
static void combine(struct arena *a, const struct word *w, size_t n,
                    struct token_query *out) {
    const struct word *open[2] = {NULL, NULL};
    size_t n_open = 0;
    struct set plain = {.arena = a};
    for (size_t i = 0; i < n; i++) {
        if (is_plain(&w[i]))
            add_sense(&plain, &w[i], AS_TEXT);
        else if (n_open < COUNT_OF(open))
            open[n_open++] = &w[i];
    }
    for (unsigned x = 0; x < SENSE_COUNT * SENSE_COUNT; x++) {
        enum sense sense[2] = {x / SENSE_COUNT, x % SENSE_COUNT};
        struct set s = {.arena = a};
        bool fits = true;
        for (size_t k = 0; k < COUNT_OF(open); k++)
            fits &= k < n_open ? open[k]->can[sense[k]] : sense[k] == AS_TEXT;
        if (!fits)
            continue;
        for (size_t i = 0; i < plain.n; i++)
            set_add(&s, plain.keys[i]);
        for (size_t k = 0; k < n_open; k++)
            add_sense(&s, open[k], sense[k]);
        if (s.n == 0 && x == 0)
            return; /* as text it is too short */
        if (s.n > 0)
            out->alt[out->n++] = set_tokens(&s);
    }
}

void tokens_of_query(struct arena *a, struct str folded,
                     struct token_query *out) {
    *out = (struct token_query){.n = 0};
    size_t n = 0, spaces = 0;
    for (size_t i = 0; i < folded.n; i++)
        spaces += folded.p[i] == ' ';
    struct word *words = NEW_ARRAY(a, struct word, spaces + 1);
    for (struct str rest = folded; str_cut(&rest, ' ', &words[n].text); n++)
        read_word(a, &words[n]);
    combine(a, words, n, out);
}
