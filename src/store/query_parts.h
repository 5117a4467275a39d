/* What the files that run queries share: the position of a page, its rows,
 * the statement that fetches them. */
#ifndef STORE_QUERY_PARTS_H
#define STORE_QUERY_PARTS_H

#include "store/query.h"
#include "store/record.h"
#include "store/sight.h"

/* Where a page starts: behind (or before) a row, by its sort values and id. */
struct position {
    bool set;      /* false: the first page */
    bool backward; /* rows before it, nearest first */
    struct val keys[SORT_MAX];
    int64_t id;
    int64_t offset; /* ranked search: rows already shown */
};

/* Fills the order and the fields when the request gave none. */
void query_normalise(struct ctx *c, struct query *q);

/* How each of q->fields is shown; after query_normalise. */
const enum see *query_sees(struct ctx *c, const struct query *q);

/* Fingerprint of filter, search text and order: a cursor holds for one. */
uint64_t query_hash(struct ctx *c, const struct query *q);

struct str cursor_print(struct ctx *c, const struct query *q,
                        const struct position *p);
/* ERR_MALFORMED "bad_cursor" for anything not made by cursor_print for this
 * query in this company. */
enum err cursor_parse(struct ctx *c, const struct query *q, struct str text,
                      struct position *out) MUST_CHECK;

/* Columns of a fetched row: 0 is the id, then the sort values, then fields. */
#define ROW_KEYS 1
static inline int row_fields(const struct query *q) {
    return ROW_KEYS + (int)q->n_sort;
}

/* Is the row of somebody else's record? Only asked where q->mine. */
static inline bool row_others(const struct query *q, const struct rows *r) {
    return q->mine && row_i64(r, row_fields(q) + (int)q->n_fields) == 0;
}

typedef enum err (*row_fn)(struct ctx *c, void *arg, struct rows *r,
                           const struct position *here);

/* Up to n rows from the position on, in order (nearest first when backward),
 * within the scope. */
enum err page_fetch(struct ctx *c, const struct query *q, const struct scope *s,
                    const struct position *from, int n, row_fn fn,
                    void *arg) MUST_CHECK;

/* The rows with these ids, any order, same columns. */
enum err rows_by_ids(struct ctx *c, const struct query *q,
                     const struct scope *s, const int64_t *ids, size_t n,
                     row_fn fn, void *arg) MUST_CHECK;

/* " FROM "customer" t [JOIN side s …] WHERE live AND scope AND filter" */
enum err query_from(struct ctx *c, struct sqlb *b, const struct query *q,
                    const struct scope *s, bool with_side) MUST_CHECK;
bool query_needs_side(const struct query *q);

/* Ids of the records matching q->q (and the filter), best first; at most
 * SEARCH_MAX candidates are looked at. */
#define SEARCH_MAX 2000
enum err search_ids(struct ctx *c, const struct query *q, const struct scope *s,
                    int64_t **ids, size_t *n) MUST_CHECK;

/* Appends the condition that a row may match the folded needle. */
void search_match(struct sqlb *b, const struct query *q, struct str needle);

/* For lists with an order of their own: keeps q->q's candidates in q->ids. */
enum err search_filter(struct ctx *c, struct query *q,
                       const struct scope *s) MUST_CHECK;

/* A set of ids of one entity whose titles the answer includes. */
struct included;
struct included *included_new(struct ctx *c, const struct query *q);
void included_see(struct ctx *c, struct included *in, const struct query *q,
                  const struct rows *r);
enum err included_write(struct ctx *c, struct included *in,
                        struct jw *w) MUST_CHECK;

#endif
