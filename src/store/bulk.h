/* Many records at once, as imports make them: rows, search index, contact
 * points and change log, but no audit entry and no hook for each. The caller
 * writes one audit entry a chunk (bulk_audit), refreshes what follows from the
 * rows (order totals, statistics) in the same transaction, and has checked the
 * rights. Everything here runs in a write function. */
#ifndef STORE_BULK_H
#define STORE_BULK_H

#include "store/record.h"

/* Inserts a record whose defaults are filled and whose values are checked;
 * sets its id. ERR_CONFLICT with the field for a key somebody else took. */
enum err bulk_create(struct ctx *c, struct record *r) MUST_CHECK;

/* The same for many records of one entity, in few statements; the entity's
 * hook is called for each. Created_at, created_by and updated_at that are given
 * stay. */
enum err bulk_create_all(struct ctx *c, struct record *const *r,
                         size_t n) MUST_CHECK;

/* What follows from the values of a new record: its extra columns and what the
 * search index stores. Made ahead of the write, it costs the writer nothing. */
struct bulk_made {
    const struct val *extra; /* of its fields with text, in their order */
    size_t n_extra;
    uint64_t texts;    /* hash of what all this was made of */
    struct str stored; /* empty: the record is not searched */
};
/* Asks nothing of the database, so any thread may. Lives in c->arena. */
void bulk_make(struct ctx *c, const struct record *r, struct bulk_made *out);

/* bulk_create_all with made[i] of record i, or NULL. Of a record whose texts
 * have changed since it is made anew. */
enum err bulk_create_made(struct ctx *c, struct record *const *r,
                          const struct bulk_made *const *made,
                          size_t n) MUST_CHECK;

/* What record_create does, for records the program makes by itself: defaults
 * are filled in and each has its audit entry; scope and references are not
 * looked at. */
enum err bulk_create_own(struct ctx *c, struct record *const *r,
                         size_t n) MUST_CHECK;

/* Writes the differences of records of one entity (rev + 1), all of them in
 * the actor's scope when they were read. ERR_CONFLICT "retry" when somebody
 * has changed one since. */
struct bulk_change {
    const struct record *before;
    struct record *after;
};
enum err bulk_update_all(struct ctx *c, const struct bulk_change *p,
                         size_t n) MUST_CHECK;

/* Change log rows of records that were just written. op "create", "update" … */
enum err bulk_log(struct ctx *c, const struct entity *e, struct str op,
                  const int64_t *ids, size_t n) MUST_CHECK;

/* Those of the records that a live record of another kind hangs on: what would
 * go into the bin with them, or keep them out of it. except: a kind that does
 * not count, or NULL. What only the program refers to them by does not count.
 */
struct bulk_ids {
    int64_t *p;
    size_t n, cap;
};
enum err bulk_used(struct ctx *c, const struct entity *e, const int64_t *ids,
                   size_t n, const struct entity *except,
                   struct bulk_ids *out) MUST_CHECK;

/* Into the bin, under one number; no hooks, nothing below them. */
enum err bulk_bin(struct ctx *c, const struct entity *e, const int64_t *ids,
                  size_t n, int64_t operation) MUST_CHECK;

/* Back out of it: what an operation put there of the children of a record. */
struct bulk_former {
    const struct entity *e;
    struct str field; /* refers to the record */
    int64_t id, operation;
};
enum err bulk_unbin(struct ctx *c, const struct bulk_former *of) MUST_CHECK;

struct bulk_line {
    int64_t id; /* set by bulk_lines */
    int64_t order_id, position;
    struct str kind;    /* sale, return, free */
    int64_t product_id; /* 0: none */
    struct str product_name;
    int64_t quantity, unit_price, amount; /* 10^-3, 10^-6, 10^-6 */
    struct str note;
};
/* Inserts lines of orders, several a statement, those of one order together.
 */
enum err bulk_lines(struct ctx *c, struct bulk_line *l, size_t n) MUST_CHECK;
/* Which row of an earlier import the line is. */
enum err bulk_line_mends(struct ctx *c, int64_t id, struct str row) MUST_CHECK;

/* Totals of an order as computed by the caller. rate 10^-9; sales, returned
 * 10^-6 of the base currency; amounts in minor units. */
struct bulk_totals {
    int64_t rate, amount, base_amount, sales, returned;
};
enum err bulk_order_totals(struct ctx *c, int64_t order_id,
                           const struct bulk_totals *t) MUST_CHECK;

/* The order gets another revision, by lines an import added or took back: a
 * form that has the former ones is refused. */
enum err bulk_order_raise(struct ctx *c, int64_t order_id) MUST_CHECK;
/* Its revision without those: another one when somebody has touched it. */
enum err bulk_order_rev(struct ctx *c, int64_t order_id,
                        int64_t *out) MUST_CHECK;

/* The last position of an order's lines, 0 when it has none. */
enum err bulk_last_position(struct ctx *c, int64_t order_id,
                            int64_t *out) MUST_CHECK;

/* Takes an order over for an import that replaces it: its lines go into the
 * bin, its head becomes this. */
struct bulk_order {
    int64_t import_id, customer_id;
    int64_t operation; /* number of the deletion, for the bin */
    int32_t day;
    struct str kind, currency;
};
enum err bulk_take_order(struct ctx *c, int64_t order_id,
                         const struct bulk_order *o) MUST_CHECK;

/* One entry for a chunk: details is a JSON object with row hashes. */
enum err bulk_audit(struct ctx *c, int64_t import_id,
                    struct str details) MUST_CHECK;

/* 32 hexadecimal digits over a row's content; prior is the hash of the rows
 * before it in the same order, or empty. */
struct str bulk_hash(struct ctx *c, struct str prior, struct str content);

#endif
