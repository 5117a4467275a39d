/* Writes the tables of base/text_tables.h: readings of all Chinese characters
 * (ICU's Han-Latin, mended by src/base/readings.txt) and simplified forms
 * (ICU's Traditional-Simplified). A build tool: the server itself never loads
 * a transliterator, which costs 80 ms and 2 MiB.
 * Usage: textgen readings.txt out.c
 * Owns: one struct gen in main. Threads: one. */
#include "base/pinyin.h"
#include "base/text_tables.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>
#include <unicode/uvernum.h>

#define MAX_SYLLABLES 512
#define MAX_MORE 1024
#define MAX_PHRASES 1024

struct ranked {
    uint16_t reading;
    uint32_t c;
};

struct gen {
    char syllable[MAX_SYLLABLES][TEXT_SYLLABLE_MAX + 1];
    size_t n_syllables;
    uint16_t reading[TEXT_LIMIT];
    uint16_t simple[65536];
    struct text_more more[MAX_MORE];
    size_t n_more;
    struct text_phrase phrase[MAX_PHRASES];
    size_t n_phrases;
    struct ranked ranked[2 * PINYIN_PLACES];
    size_t n_ranked;
    uint32_t hash;
    const char *file; /* being read */
    int line;
};

__attribute__((noreturn))
PRINTF_LIKE(2, 3) static void stop(const struct gen *g, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "textgen: %s:%d: ", g->file, g->line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

/* --- syllables ---------------------------------------------------------- */

static uint16_t syllable_number(struct gen *g, const char *s) {
    for (size_t i = 1; i < g->n_syllables; i++)
        if (strcmp(g->syllable[i], s) == 0)
            return (uint16_t)i;
    if (g->n_syllables == MAX_SYLLABLES)
        stop(g, "more than %d syllables", MAX_SYLLABLES);
    snprintf(g->syllable[g->n_syllables], sizeof g->syllable[0], "%s", s);
    return (uint16_t)g->n_syllables++;
}

/* "nǚ" decomposed: letters and combining marks. 0 when it is no syllable. */
static uint16_t reading_of_latin(struct gen *g, const UChar *u, int32_t n) {
    char s[TEXT_SYLLABLE_MAX + 1];
    size_t len = 0;
    unsigned tone = 5;
    for (int32_t i = 0; i < n; i++) {
        if (u[i] >= 'a' && u[i] <= 'z' && len < TEXT_SYLLABLE_MAX)
            s[len++] = (char)u[i];
        else if (u[i] == 0x308 && len > 0 && s[len - 1] == 'u')
            s[len - 1] = 'v';
        else if (u[i] == 0x304)
            tone = 1;
        else if (u[i] == 0x301)
            tone = 2;
        else if (u[i] == 0x30C)
            tone = 3;
        else if (u[i] == 0x300)
            tone = 4;
        else if (u[i] != 0x302) /* ê is written e */
            return 0;
    }
    s[len] = '\0';
    if (len == 0)
        return 0;
    return (uint16_t)((unsigned)syllable_number(g, s) << 3 | tone);
}

/* "shan4" in readings.txt. */
static uint16_t reading_of_text(struct gen *g, const char *s) {
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");
    if (n == 0 || n > TEXT_SYLLABLE_MAX || s[n] < '1' || s[n] > '5' ||
        s[n + 1] != '\0')
        stop(g, "'%s' is no reading such as shan4", s);
    char name[TEXT_SYLLABLE_MAX + 1] = {0};
    memcpy(name, s, n);
    return (uint16_t)(syllable_number(g, name) << 3 | (s[n] - '0'));
}

/* --- ICU ---------------------------------------------------------------- */

static UTransliterator *transliterator(const struct gen *g, const char *name) {
    UErrorCode e = U_ZERO_ERROR;
    UChar id[64];
    u_uastrcpy(id, name);
    UTransliterator *t =
        utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &e);
    if (U_FAILURE(e))
        stop(g, "ICU has no transliterator %s: %s", name, u_errorName(e));
    return t;
}

/* c through t; false when it stays the same. */
static bool through(const struct gen *g, UTransliterator *t, UChar32 c,
                    UChar out[64], int32_t *n_out) {
    UErrorCode e = U_ZERO_ERROR;
    int32_t n = 0;
    U16_APPEND_UNSAFE(out, n, c);
    UChar before[2] = {out[0], n > 1 ? out[1] : 0};
    int32_t before_n = n, limit = n;
    utrans_transUChars(t, out, &n, 64, 0, &limit, &e);
    if (U_FAILURE(e))
        stop(g, "U+%04X: %s", (unsigned)c, u_errorName(e));
    *n_out = n;
    return n != before_n || u_memcmp(out, before, n) != 0;
}

static bool is_han(UChar32 c) {
    return c == 0x3007 || (c >= 0x3400 && c <= 0x9FFF) ||
           (c >= 0xF900 && c <= 0xFAFF) || c >= 0x20000;
}

static void read_icu(struct gen *g) {
    UTransliterator *latin = transliterator(g, "Han-Latin; NFD");
    UTransliterator *simple = transliterator(g, "Traditional-Simplified");
    for (UChar32 c = 0x3000; c < TEXT_LIMIT; c++) {
        UChar u[64];
        int32_t n;
        if (!is_han(c))
            continue;
        if (through(g, latin, c, u, &n))
            g->reading[c] = reading_of_latin(g, u, n);
        /* Han outside the first plane has no simplified form in ICU; what
         * would not fit 16 bits is left as it is. */
        if (c <= 0xFFFF && through(g, simple, c, u, &n) && n == 1)
            g->simple[c] = u[0];
    }
    utrans_close(latin);
    utrans_close(simple);
}

/* Where the chain of simplified forms that starts at c ends. A ring (苎 → 苧 →
 * 苎) ends at its smallest member. */
static uint16_t last_simple(const struct gen *g, uint16_t c) {
    for (int steps = 0; steps < 8; steps++) {
        if (g->simple[c] == 0)
            return c;
        c = g->simple[c];
    }
    uint16_t least = c;
    for (uint16_t x = g->simple[c]; x != c; x = g->simple[x])
        least = x < least ? x : least;
    return least;
}

/* Makes every chain one step long, so that folding twice changes nothing. */
static void close_simple(struct gen *g) {
    static uint16_t end[65536];
    for (uint32_t c = 0; c < 65536; c++) {
        uint16_t last = last_simple(g, (uint16_t)c);
        end[c] = last == c ? 0 : last;
    }
    memcpy(g->simple, end, sizeof end);
}

/* --- readings.txt ------------------------------------------------------- */

static struct text_more *more_row(struct gen *g, uint32_t c) {
    for (size_t i = 0; i < g->n_more; i++)
        if (g->more[i].c == c)
            return &g->more[i];
    if (g->n_more == MAX_MORE)
        stop(g, "more than %d characters with several readings", MAX_MORE);
    g->more[g->n_more].c = c;
    return &g->more[g->n_more++];
}

/* One more reading for search; tones don't count there. */
static void add_more(struct gen *g, uint32_t c, uint16_t reading) {
    if (reading >> 3 == (g->reading[c] & TEXT_READING_MASK) >> 3)
        return;
    struct text_more *m = more_row(g, c);
    for (size_t i = 0; i < TEXT_MORE_MAX; i++) {
        if (m->reading[i] >> 3 == reading >> 3)
            return;
        if (m->reading[i] == 0) {
            m->reading[i] = reading;
            g->reading[c] |= TEXT_HAS_MORE;
            return;
        }
    }
    stop(g, "more than %d readings of U+%04X", TEXT_MORE_MAX + 1, (unsigned)c);
}

/* Decodes a word of Chinese characters; the file must be valid UTF-8. */
static size_t characters(const struct gen *g, const char *s,
                         uint32_t out[TEXT_PHRASE_MAX]) {
    UErrorCode e = U_ZERO_ERROR;
    UChar u[2 * TEXT_PHRASE_MAX];
    UChar32 c[TEXT_PHRASE_MAX];
    int32_t n, m;
    u_strFromUTF8(u, 2 * TEXT_PHRASE_MAX, &n, s, -1, &e);
    u_strToUTF32(c, TEXT_PHRASE_MAX, &m, u, n, &e);
    if (e == U_BUFFER_OVERFLOW_ERROR)
        stop(g, "'%s' has more than %d characters", s, TEXT_PHRASE_MAX);
    if (U_FAILURE(e))
        stop(g, "%s", u_errorName(e));
    for (int32_t i = 0; i < m; i++) {
        if (!is_han(c[i]) || c[i] >= TEXT_LIMIT)
            stop(g, "'%s' is not made of Chinese characters", s);
        out[i] = (uint32_t)c[i];
    }
    return (size_t)m;
}

static void add_phrase(struct gen *g, const struct text_phrase *p) {
    for (size_t i = 0; i < g->n_phrases; i++)
        if (memcmp(g->phrase[i].c, p->c, sizeof p->c) == 0)
            stop(g, "given twice");
    if (g->n_phrases == MAX_PHRASES)
        stop(g, "more than %d phrases", MAX_PHRASES);
    g->phrase[g->n_phrases++] = *p;
    g->reading[p->c[0]] |= TEXT_HAS_RULE;
    for (size_t i = 0; i < p->n; i++)
        add_more(g, p->c[i], p->reading[i]);
}

static void rule(struct gen *g, char *text) {
    char *rest = text, *word[TEXT_PHRASE_MAX + 3];
    size_t n = 0;
    for (char *w; (w = strsep(&rest, " ")) != NULL;) {
        if (*w == '\0')
            continue;
        if (n == sizeof word / sizeof *word)
            stop(g, "too many words");
        word[n++] = w;
    }
    struct text_phrase p = {.n = 0};
    if (n < 3)
        stop(g, "a rule has a kind, characters and readings");
    size_t chars = characters(g, word[1], p.c);
    if (chars != n - 2)
        stop(g, "%zu characters, %zu readings", chars, n - 2);
    for (size_t i = 0; i < chars; i++)
        p.reading[i] = reading_of_text(g, word[i + 2]);
    p.n = (uint8_t)chars;
    bool base = chars == 1 && strcmp(word[0], "base") == 0;
    for (size_t i = 0; i < chars && !base; i++)
        if (p.c[i] <= 0xFFFF && g->simple[p.c[i]] != 0)
            stop(g, "'%s': write the simplified form", word[1]);
    if (base) {
        uint16_t *r = &g->reading[p.c[0]];
        *r = (uint16_t)((*r & ~TEXT_READING_MASK) | p.reading[0]);
    } else if (chars == 1 && strcmp(word[0], "also") == 0) {
        add_more(g, p.c[0], p.reading[0]);
    } else if ((chars == 1 && strcmp(word[0], "surname") == 0) ||
               (chars > 1 && strcmp(word[0], "name") == 0)) {
        p.start = true;
        add_phrase(g, &p);
    } else if (chars > 1 && strcmp(word[0], "phrase") == 0) {
        add_phrase(g, &p);
    } else {
        stop(g, "unknown rule '%s' for %zu characters", word[0], chars);
    }
}

static void read_rules(struct gen *g, const char *path) {
    g->file = path;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        stop(g, "cannot be opened");
    char line[256];
    while (fgets(line, sizeof line, f) != NULL) {
        g->line++;
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#')
            rule(g, line);
    }
    fclose(f);
}

/* Search readings that follow from others: u for ü, and those of the
 * traditional forms (乾 qian is folded into 干 gan). */
static void derive_more(struct gen *g) {
    for (uint32_t c = 0; c < TEXT_LIMIT; c++) {
        uint16_t r = g->reading[c] & TEXT_READING_MASK;
        const char *s = g->syllable[r >> 3];
        if (r != 0 && (s[0] == 'l' || s[0] == 'n') && s[1] == 'v') {
            char with_u[TEXT_SYLLABLE_MAX + 2];
            snprintf(with_u, sizeof with_u, "%cu%s", s[0], s + 2);
            add_more(g, c,
                     (uint16_t)(syllable_number(g, with_u) << 3 | (r & 7)));
        }
        uint32_t to = c < 65536 ? g->simple[c] : 0;
        if (to != 0 && r != 0 && (g->reading[to] & TEXT_READING_MASK) != 0)
            add_more(g, to, r);
    }
}

/* --- order --------------------------------------------------------------- */

static void add_ranked(struct gen *g, uint32_t c, uint16_t reading) {
    reading &= TEXT_READING_MASK;
    if (reading == 0)
        return;
    if (g->n_ranked == sizeof g->ranked / sizeof *g->ranked)
        stop(g, "more than %zu readings of characters", g->n_ranked);
    g->ranked[g->n_ranked++] = (struct ranked){reading, c};
}

static int by_place(const void *x, const void *y) {
    const struct ranked *a = x, *b = y;
    if (a->reading != b->reading)
        return a->reading < b->reading ? -1 : 1;
    return a->c < b->c ? -1 : a->c > b->c;
}

/* All that pinyin_in_context can answer: a simplified character has the reading
 * of a form it was typed in, its own one, or one of a rule. */
static void rank_all(struct gen *g) {
    for (uint32_t c = 0; c < TEXT_LIMIT; c++) {
        uint32_t simple = c < 65536 && g->simple[c] != 0 ? g->simple[c] : c;
        add_ranked(g, simple, g->reading[c]);
        add_ranked(g, simple, g->reading[simple]);
    }
    for (size_t i = 0; i < g->n_phrases; i++)
        for (size_t k = 0; k < g->phrase[i].n; k++)
            add_ranked(g, g->phrase[i].c[k], g->phrase[i].reading[k]);
    qsort(g->ranked, g->n_ranked, sizeof *g->ranked, by_place);
    size_t n = 0;
    for (size_t i = 0; i < g->n_ranked; i++)
        if (n == 0 || by_place(&g->ranked[n - 1], &g->ranked[i]) != 0)
            g->ranked[n++] = g->ranked[i];
    g->n_ranked = n;
    if (n > PINYIN_PLACES)
        stop(g, "more than %d places in the order", PINYIN_PLACES);
}

/* --- writing ------------------------------------------------------------ */

static int by_character(const void *x, const void *y) {
    const struct text_more *a = x, *b = y;
    return a->c < b->c ? -1 : a->c > b->c;
}

static int by_first(const void *x, const void *y) {
    const struct text_phrase *a = x, *b = y;
    if (a->c[0] != b->c[0])
        return a->c[0] < b->c[0] ? -1 : 1;
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return memcmp(a->c, b->c, sizeof a->c);
}

/* A reading with the new number of its syllable; flags stay. */
static uint16_t renumbered(uint16_t r, const uint16_t *place) {
    unsigned flags = r & ~(unsigned)TEXT_READING_MASK;
    unsigned syllable = place[(r & TEXT_READING_MASK) >> 3];
    return (uint16_t)(flags | syllable << 3 | (r & 7u));
}

/* Numbers syllables in alphabetical order and rewrites all readings. */
static void sort_syllables(struct gen *g) {
    uint16_t place[MAX_SYLLABLES] = {0};
    for (size_t i = 1; i < g->n_syllables; i++) {
        unsigned smaller = 0;
        for (size_t k = 1; k < g->n_syllables; k++)
            smaller += strcmp(g->syllable[k], g->syllable[i]) < 0;
        place[i] = (uint16_t)(smaller + 1);
    }
    static char sorted[MAX_SYLLABLES][TEXT_SYLLABLE_MAX + 1];
    for (size_t i = 1; i < g->n_syllables; i++)
        memcpy(sorted[place[i]], g->syllable[i], sizeof sorted[0]);
    memcpy(g->syllable, sorted, sizeof sorted);
    for (size_t c = 0; c < TEXT_LIMIT; c++)
        g->reading[c] = renumbered(g->reading[c], place);
    for (size_t i = 0; i < g->n_more; i++)
        for (size_t k = 0; k < TEXT_MORE_MAX; k++)
            g->more[i].reading[k] = renumbered(g->more[i].reading[k], place);
    for (size_t i = 0; i < g->n_phrases; i++)
        for (size_t k = 0; k < TEXT_PHRASE_MAX; k++)
            g->phrase[i].reading[k] =
                renumbered(g->phrase[i].reading[k], place);
}

/* Prints a number and mixes it into the hash (FNV-1a by number). */
static void number(struct gen *g, FILE *f, uint32_t v) {
    g->hash = (g->hash ^ v) * 16777619u;
    fprintf(f, "%u,", v);
}

/* One array of pages and one of page numbers. */
static void write_pages(struct gen *g, FILE *f, const char *name,
                        const uint16_t *table, size_t pages) {
    static uint16_t page_of[TEXT_PAGES];
    static const uint16_t empty[256];
    uint16_t n = 1;
    fprintf(f, "const uint16_t %s[][256] = {{0},\n", name);
    for (size_t i = 0; i < pages; i++) {
        page_of[i] = 0;
        if (memcmp(table + i * 256, empty, sizeof empty) == 0)
            continue;
        page_of[i] = n++;
        fputs("{", f);
        for (size_t k = 0; k < 256; k++)
            number(g, f, table[i * 256 + k]);
        fputs("},\n", f);
    }
    fprintf(f, "};\nconst uint%d_t %s_page[%zu] = {\n", pages > 256 ? 16 : 8,
            name, pages);
    for (size_t i = 0; i < pages; i++)
        number(g, f, page_of[i]);
    fputs("};\n", f);
}

static void write_rows(struct gen *g, FILE *f) {
    fputs("const struct text_more text_more[] = {\n", f);
    for (size_t i = 0; i < g->n_more; i++) {
        fputs("{", f);
        number(g, f, g->more[i].c);
        fputs("{", f);
        for (size_t k = 0; k < TEXT_MORE_MAX; k++)
            number(g, f, g->more[i].reading[k]);
        fputs("}},\n", f);
    }
    fprintf(f, "};\nconst size_t text_more_count = %zu;\n", g->n_more);
    fputs("const struct text_phrase text_phrases[] = {\n", f);
    for (size_t i = 0; i < g->n_phrases; i++) {
        const struct text_phrase *p = &g->phrase[i];
        fputs("{{", f);
        for (size_t k = 0; k < TEXT_PHRASE_MAX; k++)
            number(g, f, p->c[k]);
        fputs("},{", f);
        for (size_t k = 0; k < TEXT_PHRASE_MAX; k++)
            number(g, f, p->reading[k]);
        fputs("},", f);
        number(g, f, p->n);
        number(g, f, p->start);
        fputs("},\n", f);
    }
    fprintf(f, "};\nconst size_t text_phrase_count = %zu;\n", g->n_phrases);
}

static void write_syllables(struct gen *g, FILE *f) {
    fputs("const struct text_syllable text_syllables[] = {\n", f);
    for (size_t i = 0; i < g->n_syllables; i++) {
        for (const char *s = g->syllable[i]; *s != '\0'; s++)
            g->hash = (g->hash ^ (unsigned char)*s) * 16777619u;
        fprintf(f, "{\"%s\",%zu},\n", g->syllable[i], strlen(g->syllable[i]));
    }
    fprintf(f, "};\nconst size_t text_syllable_count = %zu;\n", g->n_syllables);
}

static void write_ranked(struct gen *g, FILE *f) {
    size_t at = 0;
    fputs("const uint32_t text_ranked[] = {\n", f);
    for (size_t i = 0; i < g->n_ranked; i++) {
        number(g, f, g->ranked[i].c);
        if (i % 16 == 15)
            fputc('\n', f);
    }
    fputs("};\nconst uint16_t text_ranked_first[] = {\n", f);
    for (unsigned r = 0; r <= TEXT_READINGS; r++) {
        while (at < g->n_ranked && g->ranked[at].reading < r)
            at++;
        number(g, f, (uint32_t)at);
    }
    fputs("};\n", f);
}

static bool write_all(struct gen *g, const char *path) {
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        fprintf(stderr, "textgen: %s cannot be written\n", path);
        return false;
    }
    g->hash = 2166136261u;
    fprintf(f, "/* Made by tools/textgen.c with ICU %s. */\n", U_ICU_VERSION);
    fputs("#include \"base/text_tables.h\"\n", f);
    write_pages(g, f, "text_reading", g->reading, TEXT_PAGES);
    write_pages(g, f, "text_simple", g->simple, 256);
    write_syllables(g, f);
    write_rows(g, f);
    write_ranked(g, f);
    fprintf(f, "const uint32_t text_tables_hash = %uu;\n", g->hash);
    bool bad = ferror(f) != 0;
    bad |= fclose(f) != 0;
    if (bad)
        fprintf(stderr, "textgen: %s: write failed\n", path);
    return !bad;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: textgen readings.txt out.c\n");
        return 2;
    }
    static struct gen g;
    g.n_syllables = 1; /* number 0 is no syllable */
    g.file = "ICU";
    read_icu(&g);
    close_simple(&g);
    read_rules(&g, argv[1]);
    derive_more(&g);
    sort_syllables(&g);
    rank_all(&g);
    qsort(g.more, g.n_more, sizeof *g.more, by_character);
    qsort(g.phrase, g.n_phrases, sizeof *g.phrase, by_first);
    return write_all(&g, argv[2]) ? 0 : 1;
}
