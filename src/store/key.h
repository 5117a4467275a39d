/* The master key of a company: what must not be readable to whoever has the
 * database alone is encrypted with it. It comes from GUANXI_MASTER_KEY_FILE or
 * the credential master_key (base/secret.h); without either a SQLite company
 * has its own in <file>.key, made when it is first opened for writing. On
 * PostgreSQL, where several servers must agree, there is none unless given. */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "base/ctx.h"

#define KEY_BYTES 32

/* db_path is empty on PostgreSQL. *found false: no key. */
enum err key_load(struct ctx *c, struct str db_path, bool make,
                  unsigned char out[KEY_BYTES], bool *found) MUST_CHECK;

/* Text form of plain encrypted with the master key, good only together with
 * the same purpose ("two_factor|17"). ERR_CONFLICT "no_master_key". */
enum err key_encrypt(struct ctx *c, struct str purpose, struct str plain,
                     struct str *out) MUST_CHECK;
/* The way back. ERR_CONFLICT "wrong_master_key" when it was another key,
 * another purpose, or the text was changed. */
enum err key_decrypt(struct ctx *c, struct str purpose, struct str text,
                     struct str *out) MUST_CHECK;

/* Hexadecimal: what only a holder of the master key can compute; empty when
 * there is no key. */
struct str key_mac(struct ctx *c, struct str purpose, struct str text);

#endif
