/* INSERT of many rows. Owns nothing; the connection's thread. */
#include "store/sheet.h"

enum err sheet_insert(struct ctx *c, const struct sheet *s) {
    const struct db_cells cells = {.table = s->table,
                                   .names = s->columns.p,
                                   .v = s->cells,
                                   .columns = s->columns.n,
                                   .rows = s->rows};
    return db_insert(c, &cells);
}
