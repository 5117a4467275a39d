/* What an import leaves in the audit of each chunk, so that it can be checked
 * and taken back: of each record made its number and a hash of what it held, of
 * each record changed its values before and after.
 *
 *     {"rows":1000,"until_row":3000,
 *      "customers":[[17,"9f…"],…],
 *      "changed":{"customers":[{"id":5,"fields":{"phone":["1","2"]}},…]}}
 *
 * Orders have besides their hash the numbers of the lines added by the chunk,
 * and what was replaced: app/import_orders_write.c. */
#ifndef APP_IMPORT_UNDO_H
#define APP_IMPORT_UNDO_H

#include "base/json.h"
#include "store/record.h"

/* One entry may not grow beyond this; a chunk may have several. */
#define IMPORT_ENTRY_BYTES ((size_t)512 * 1024)

/* 32 hexadecimal digits over what people may set of a record: the same as long
 * as nobody changes it, whatever the program computes beside it. */
struct str import_hash(struct ctx *c, const struct record *r);

/* Is this a field that the hash covers? */
bool import_is_hashed(const struct field *f);

/* {"field":[before,after],…} of the fields that differ. */
void import_changes(struct ctx *c, struct jw *w, const struct record *before,
                    const struct record *after);

#endif
