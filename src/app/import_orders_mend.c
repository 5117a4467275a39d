/* Rows that come again with an errors file. A line whose order was begun before
 * it was set aside belongs behind the lines of that order, once. Owns nothing;
 * runner's thread. Invariant: a line that was appended so bears the row it
 * mends (order_line.import_row) as long as it is there. */
#include "app/import_orders.h"

#include "base/num.h"
#include "store/lookup.h"

#define ROW_BYTES 80

/* Of the columns an errors file has behind the file's own. */
enum { MENDS_IMPORTS, MENDS_CODE, MENDS_LINE };

static struct str cell(const struct import_work *w, const struct import_row *r,
                       size_t place) {
    size_t own = columns_own(&w->im->columns);
    return own + place < w->im->columns.n ? r->cells[own + place] : S("");
}

bool import_mends(const struct import_work *w, const struct import_row *r,
                  int64_t import_id) {
    struct str rest = cell(w, r, MENDS_IMPORTS), part;
    while (str_cut(&rest, ' ', &part)) {
        int64_t id;
        if (num_parse(part, 0, NUM_EXACT, &id) == NUM_OK && id == import_id)
            return true;
    }
    return false;
}

struct str import_mended_row(struct ctx *c, const struct import_work *w,
                             const struct import_row *r) {
    struct str rest = cell(w, r, MENDS_IMPORTS), part, last = S("");
    struct str line = cell(w, r, MENDS_LINE);
    while (str_cut(&rest, ' ', &part))
        if (part.n > 0)
            last = part;
    if (last.n == 0 || line.n == 0 || last.n + line.n + 1 > ROW_BYTES)
        return S("");
    return str_fmt(c->arena, STR_FMT ":" STR_FMT, STR_ARG(last), STR_ARG(line));
}

enum err import_is_mended(struct ctx *c, const struct import_work *w,
                          const struct import_order *o, struct str row,
                          bool *out) {
    const struct import_orders_state *s = w->state;
    *out = false;
    if (row.n == 0)
        return OK;
    for (size_t i = 0; i < s->lines.n && !*out; i++)
        *out = s->lines.p[i].order == o && str_eq(s->lines.p[i].mends, row);
    return *out || o->id <= 0 ? OK : lookup_mended(c, o->id, row, out);
}
