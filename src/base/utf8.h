/* UTF-8: checked once where text enters, then trusted. Characters are Unicode
 * code points. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

#define UTF8_MAX 4 /* bytes of one character */

/* Stands for what could not be read. */
#define UTF8_BAD 0xFFFDu

/* True when s is UTF-8 without U+0000, surrogates, overlong forms and code
 * points above U+10FFFF. */
bool utf8_valid(struct str s);

/* Offset of the first byte that makes s invalid, or SIZE_MAX. The byte is 0
 * for U+0000. */
size_t utf8_bad_at(struct str s);

/* Length of the valid sequence at the start of the n >= 1 bytes at p, or 0.
 * U+0000 counts as valid here. */
size_t utf8_len(const char *p, size_t n);

/* The character at *at (< s.n), and *at moved behind it. An invalid byte gives
 * UTF8_BAD and is skipped alone. */
uint32_t utf8_next(struct str s, size_t *at);

/* Writes c to out; returns the number of bytes. A surrogate or a number beyond
 * Unicode is written as UTF8_BAD. */
size_t utf8_put(uint32_t c, char out[UTF8_MAX]);

/* Number of characters; each invalid byte counts as one. */
size_t utf8_count(struct str s);

/* The first n characters of s (a slice of it). */
struct str utf8_cut(struct str s, size_t n);

#endif
