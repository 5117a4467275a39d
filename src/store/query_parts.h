/* What the files that run queries share: the position of a page, its rows,
 * the statement that fetches them. */
#ifndef STORE_QUERY_PARTS_H
#define STORE_QUERY_PARTS_H

#include "store/query.h"
#include "store/record.h"
#include "store/sight.h"

/* Where a page starts: behind (or before) a row, by its sort values and id. */
struct position {
    bool set;      /* false: the first page, or the last one when backward */
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

/* Of what the list is that the cursor of an earlier page goes on with; 0 for
 * none. */
uint64_t cursor_as_of(struct ctx *c, const struct query *q);

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

/* One phase of a page: the rows with a first sort value, or the tail of those
 * without. */
struct walk {
    const struct query *q;
    const struct position *from;
    bool backward;
    bool tail;
    bool made; /* the sort values are columns k0, k1 … of m, the id is m.id */
    bool listed; /* rows are tested by a list of the parents in scope */
};

/* " AND …": the rows of the phase behind the position. */
void walk_where(struct ctx *c, struct sqlb *b, const struct walk *w);
/* " ORDER BY …" of the phase. */
void walk_order(struct ctx *c, struct sqlb *b, const struct walk *w);
/* Sort value k as an expression. */
void walk_key(struct ctx *c, struct sqlb *b, const struct walk *w, size_t k);
/* Does the order begin with a field of the sidecar? Its index is walked then.
 */
bool walk_is_side(const struct query *q);

/* Has the field an index whose next column is the id? */
bool query_is_indexed(const struct entity_info *i, const struct field *f);
/* Is one plain statement the right one, with the scope and filter in it? */
bool shape_is_plain(struct ctx *c, const struct query *q,
                    const struct scope *s);
/* Where one of the tests that all rows must pass leaves few rows by an index,
 * q's candidates are these. No look at the scope: whoever reads them asks it.
 */
enum err query_narrow(struct ctx *c, struct query *q) MUST_CHECK;
/* The ids of the first n rows of the phase, in no particular order: by a
 * bounded walk or from the scope's side, whichever is shorter. *n_out < n:
 * there are no more. s has been resolved. */
enum err shape_ids(struct ctx *c, const struct query *q, const struct scope *s,
                   const struct walk *w, int n, int64_t **ids,
                   size_t *n_out) MUST_CHECK;
/* Rows in the bin, at most BIN_FEW + 1. */
#define BIN_FEW 1000
enum err count_bin(struct ctx *c, const struct entity *e,
                   int64_t *out) MUST_CHECK;
/* How far a capped count of the list goes. */
enum err query_count_cap(struct ctx *c, struct query *q,
                         int64_t *out) MUST_CHECK;

/* Has the scope so few rows that all of them may be read? Counts no further. */
enum err shape_is_small(struct ctx *c, const struct scope *s,
                        bool *out) MUST_CHECK;
/* " FROM … WHERE live AND scope AND filter" from the scope's side, with
 * the sidecar when asked: for gathering and counting. */
enum err shape_source(struct ctx *c, struct sqlb *b, const struct query *q,
                      const struct scope *s, bool with_side) MUST_CHECK;

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
/* " AND …" for each of q's candidates, tags and filter. */
enum err query_tests(struct ctx *c, struct sqlb *b,
                     const struct query *q) MUST_CHECK;

/* Ids of the records matching q->q (and the filter), best first. When more
 * than SEARCH_MAX may match, the newest of them and those whose title begins so
 * are looked at, and *cut is set; a scope that is small is looked at whole. */
#define SEARCH_MAX 2000
enum err search_ids(struct ctx *c, const struct query *q, const struct scope *s,
                    int64_t **ids, size_t *n, bool *cut) MUST_CHECK;

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
