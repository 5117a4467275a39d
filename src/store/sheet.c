/* Many rows of a table at once. Owns nothing; the connection's thread. */
#include "store/sheet.h"

static struct db_cells cells_of(const struct sheet *s) {
    return (struct db_cells){.table = s->table,
                             .names = s->columns.p,
                             .v = s->cells,
                             .columns = s->columns.n,
                             .rows = s->rows};
}

enum err sheet_insert(struct ctx *c, const struct sheet *s) {
    const struct db_cells cells = cells_of(s);
    return db_insert(c, &cells);
}

enum err sheet_update(struct ctx *c, const struct sheet *s) {
    const struct db_cells cells = cells_of(s);
    return db_update(c, &cells);
}
