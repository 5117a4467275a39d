/* Digests and their spelling. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

#define HASH_SHA256_BYTES 32

void hash_sha256(struct str s, unsigned char out[HASH_SHA256_BYTES]);

/* 64 lower-case hexadecimal digits of the SHA-256 of s. */
struct str hash_sha256_hex(struct arena *a, struct str s);

/* The same of what comes in pieces: as many calls of hash_sum_add as there are,
 * one of hash_sum_hex. Lives in the arena. */
struct hash_sum;
struct hash_sum *hash_sum_new(struct arena *a);
void hash_sum_add(struct hash_sum *h, struct str s);
struct str hash_sum_hex(struct arena *a, struct hash_sum *h);

/* The same of what a file holds from its beginning; false when it can't be
 * read. */
bool hash_sha256_file(struct arena *a, int fd, struct str *out) MUST_CHECK;

/* Lower-case hexadecimal of any bytes. */
struct str hex_text(struct arena *a, struct str bytes);

/* Base64 with - and _, without padding: tokens, cursors. */
struct str base64url_text(struct arena *a, struct str bytes);

/* The bytes of such text; false for anything else. */
bool base64url_parse(struct arena *a, struct str text,
                     struct str *out) MUST_CHECK;

/* True when both have the same bytes; the time taken depends on the lengths
 * only. For secrets. */
bool hash_same(struct str x, struct str y);

#endif
