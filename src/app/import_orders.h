/* Private to the import files: a chunk of order lines between decoding and
 * writing. What names a customer, product or order is looked up once and kept
 * by its key for the whole file; when a table of keys has grown large it is
 * dropped and filled again, so memory stays bounded. */
#ifndef APP_IMPORT_ORDERS_H
#define APP_IMPORT_ORDERS_H

#include "analytics/transactions.h"
#include "app/drop.h"
#include "app/import_known.h"
#include "app/import_work.h"
#include "app/order.h"
#include "store/bulk.h"

/* A customer or a product of the file. */
struct thing {
    struct str key;
    int64_t id;            /* 0: not there yet */
    int64_t new_id;        /* as written by this chunk */
    struct record *record; /* this chunk makes it of this, when queued */
    bool queued;
    bool out_of_scope;
    struct drop_asked asked; /* of a customer that was there before */
};

enum order_state {
    ORDER_UNKNOWN, /* to be looked up */
    ORDER_NEW,     /* this chunk makes it */
    ORDER_OURS,    /* of this import, or of one whose rows it mends */
    ORDER_TAKEN,   /* of before: this chunk replaces its lines */
    ORDER_SKIPPED, /* of before: left as it is */
    ORDER_REFUSED, /* of before: may not be touched */
};

struct import_order {
    struct str key;
    int64_t id, new_id;
    enum order_state state;
    struct thing *customer; /* NULL: see customer_id */
    int64_t customer_id, former_customer;
    int32_t former_day; /* ORDER_TAKEN, as was_return */
    bool is_return, was_return;
    bool joined; /* ORDER_OURS of an earlier import, whose rows are mended */
    struct str currency;
    struct str pay_method; /* ORDER_TAKEN */
    int64_t rate;
    int32_t day;
    struct record *record; /* ORDER_NEW */
    struct record *before; /* ORDER_TAKEN, once written */
    int64_t rev;           /* once written: bulk_order_rev */
    int64_t operation;     /* … that put its lines into the bin */
    size_t first, last;    /* lines in this chunk, from 1; 0: none */
    int64_t amount;        /* without lines: minor units, once written */
    size_t written;        /* the first of them in state.written */
};

/* What a line says, before its order is known. */
struct reading {
    struct str number, customer;
    struct sale_line line;
    enum line_kind kind;
    int64_t amount;
};

struct import_line {
    struct import_order *order;
    struct thing *customer;
    const struct import_row *row;
    struct reading said;
    struct thing *product; /* NULL: the name alone */
    struct str kind, name, note;
    struct str mends; /* order_line.import_row, or empty */
    int64_t quantity, price, amount;
    size_t next; /* of the same order, from 1 */
};

/* An order a line of which can't be used: what it has in this file is set aside
 * with it, unless some of it is written already. */
struct broken_order {
    int64_t line; /* of the file; 0: it could be used after all */
};

struct import_orders_state {
    const struct entity_info *customer, *order, *product;
    struct record *customer_new, *order_new, *product_new; /* with defaults */
    size_t number, day, quantity, price, amount, code, name, external_id,
        customer_name, currency, note; /* columns, SIZE_MAX: none */
    /* Customers who may get orders and lines, whose orders may be changed. */
    struct scope may_add_to, may_change_of;
    struct scope may_update; /* orders */
    bool may_product, may_rate;
    bool may_give; /* customers to other owners */
    /* Orders without lines: a row is an order, or a part of one, by its total.
     */
    bool bare;
    struct str base;    /* currency of the company */
    int32_t rate_known; /* from this day on there is a rate; DAY_MAX: none */
    /* Of the decisions that known customers were asked of. */
    struct drop_mark asked_mark;
    bool bars; /* somebody may not come back */
    struct known customers, products, orders;
    struct known broken; /* struct broken_order, of the file so far */
    struct seen seen; /* in dry runs: counted once though tables are dropped */
    int64_t dry_id;   /* falling: stands for ids in dry runs */
    /* the chunk */
    VEC(struct thing *) new_customers, new_products;
    VEC(struct import_order *) touched;
    VEC(struct import_line) lines;
    int32_t chunk_rate_day; /* a rate is stored for it; DAY_MAX: none */
    /* once written */
    const struct bulk_line *written;
    const struct record *rate_record; /* NULL: none */
};

/* The customer, product, order a row names, looked up or to be made. *failed:
 * the row has been set aside. product_out NULL: the line has its name alone. */
enum err import_find_customer(struct ctx *c, struct import_work *w,
                              const struct import_row *r, struct str key,
                              struct thing **out, bool *failed) MUST_CHECK;
enum err import_find_product(struct ctx *c, struct import_work *w,
                             const struct import_row *r, struct thing **out,
                             bool *failed) MUST_CHECK;
struct import_finding {
    const struct reading *line;
    struct thing *customer;
};
enum err import_find_order(struct ctx *c, struct import_work *w,
                           const struct import_row *r,
                           const struct import_finding *of,
                           struct import_order **out, bool *failed) MUST_CHECK;

/* Rows of an errors file (import_orders_mend.c). Does the row name the import
 * as one that could not use it? */
bool import_mends(const struct import_work *w, const struct import_row *r,
                  int64_t import_id);
/* Which row of which import it is; empty in a file of one's own. */
struct str import_mended_row(struct ctx *c, const struct import_work *w,
                             const struct import_row *r);
/* Is that line of the order there already, or in this chunk? */
enum err import_is_mended(struct ctx *c, const struct import_work *w,
                          const struct import_order *o, struct str row,
                          bool *out) MUST_CHECK;

/* A row has been set aside, or could be used: what becomes of its order. */
void import_order_broken(struct import_work *w, const struct import_row *r);
void import_order_mended(struct import_work *w, const struct import_row *r);
/* Counts and keeps the lines of a chunk, sets those of broken orders aside. */
void import_orders_keep(struct ctx *c, struct import_work *w);

enum err import_orders_write(struct ctx *c, struct import_work *w) MUST_CHECK;

#endif
