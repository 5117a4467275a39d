/* Search tokens (DESIGN T3): what the search index of both databases holds.
 * Found records are candidates; text_rank decides.
 *
 * A token is a kind letter and one to three characters, all of them lower case
 * ASCII letters, digits or letters beyond ASCII, so that FTS5's tokenizer
 * `ascii` never splits one:
 *     h  a Chinese character, or two neighbours          h王 h王小
 *     l  three neighbours of a word; two unless both are digits
 *                                                        lwan l800 lwa
 *     p  how a run of Chinese characters reads from one of them on: first two
 *        and three letters, or that many initials        pwan pxi pwxm
 *     q  three letters further on in the reading         qang qngx */
#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include "base/arena.h"
#include "base/str.h"

/* What PostgreSQL's index holds of a row of a search table: its tokens, and the
 * blocks of ids it lies in, of 2^12, 2^16 and 2^20. The index then finds the
 * newest rows with a token without reading the entries of the others. No stored
 * token has a capital. */
#define TOKEN_PG_WORDS                                                         \
    "(tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, "      \
    "'C' || (id >> 20)::text])"

/* Readings are indexed for so many characters at the start of each run of
 * Chinese characters; later ones are found by their characters only. */
#define TOKEN_READ_CHARS 16

struct tokens {
    const struct str *p;
    size_t n;
};

/* The distinct tokens of a record: of its n searched fields, each folded by
 * text_fold, phones by text_digits. In the arena, in order of appearance. */
struct tokens tokens_of_fields(struct arena *a, const struct str *folded,
                               size_t n);

/* What to ask the index: a record is a candidate when it has ALL tokens of
 * ONE of the alternatives. alt[0] is the query as text, the others are ways to
 * read its Latin words as syllables or initials. n is 0 when the query is too
 * short for the index (one Latin letter, two digits, punctuation): then walk
 * the sort index from text_sort_key(query) on. */
#define TOKEN_ALTERNATIVES 9
struct token_query {
    struct tokens alt[TOKEN_ALTERNATIVES];
    size_t n;
};

/* folded: by text_fold. Whenever it is a piece of a field, the field has all
 * tokens of alt[0]; whenever text_rank finds it by its reading, the field has
 * all tokens of some alternative. Not the other way round: of a long word only
 * some tokens are asked for. */
void tokens_of_query(struct arena *a, struct str folded,
                     struct token_query *out);

/* The letters of a folded word of a query that may be a reading: a-z, ü as v,
 * apostrophes left out (xi'an); empty for any other word. In the arena. */
struct str token_letters(struct arena *a, struct str word);

#endif
