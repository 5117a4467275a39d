/* Lists: a filter, an order, a page. Parsed from a request, checked against
 * the model and the actor's rights, compiled to one statement with the scope.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "base/json.h"
#include "store/customer_terms.h"
#include "store/registry.h"
#include "store/scope.h"

enum filter_op {
    OP_EQ,
    OP_NE,
    OP_GT,
    OP_GTE,
    OP_LT,
    OP_LTE,
    OP_IN,
    OP_NOT_IN,
    OP_CONTAINS,
    OP_STARTS,
    OP_EMPTY,
    OP_HAS
};

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_TEST };

struct filter {
    enum filter_kind kind;
    struct filter **kids; /* AND, OR, NOT */
    size_t n_kids;
    const struct field *field; /* TEST */
    enum filter_op op;
    struct val *values; /* already in the form stored */
    size_t n_values;
};

#define SORT_MAX 4
struct sort_key {
    const struct field *field;
    bool desc;
};

enum count_mode { COUNT_CAPPED, COUNT_NONE, COUNT_EXACT };
#define COUNT_CAP 10000
#define LIMIT_DEFAULT 50
#define LIMIT_MAX 500
#define FILTER_MAX_TESTS 50

/* How the rows of a page are found (store/shape.c). */
enum list_shape {
    SHAPE_AUTO,
    SHAPE_PLAIN,  /* one statement, the engine decides */
    SHAPE_WALK,   /* along the sort index, each row tested */
    SHAPE_GATHER, /* all rows of the scope and the filter, then sorted */
};

struct query {
    const struct entity_info *info;
    struct filter *filter; /* NULL: all */
    struct str q;          /* search box, or empty */
    struct sort_key sort[SORT_MAX];
    size_t n_sort;
    const struct field **fields; /* NULL: all readable */
    size_t n_fields;
    bool mine; /* rows carry whether they are the caller's own, behind fields */
    const struct field **include; /* refs to add */
    size_t n_include;
    int limit;
    struct str cursor;
    enum count_mode count;
    bool bin;           /* the deleted ones instead */
    const int64_t *ids; /* with q and an order: the candidates */
    size_t n_ids;
    bool cut;            /* ids are not all that match q */
    int n_tests;         /* of the query string so far */
    const int64_t *tags; /* records that bear one of these tags, or NULL */
    size_t n_tags;
    bool tags_wanted;          /* include=tags */
    struct customer_terms who; /* of customers: what is no field */
    enum list_shape shape;
};

void query_init(struct query *q, const struct entity_info *i);

/* One name=value of a query string: name[op], sort, fields, include, limit,
 * cursor, count, q, bin; in testing builds shape. ERR_INVALID/ERR_MALFORMED
 * with the parameter. */
enum err query_param(struct ctx *c, struct query *q, struct str name,
                     struct str value) MUST_CHECK;

/* The body of POST …/search. */
enum err query_json(struct ctx *c, struct query *q, json_t *body) MUST_CHECK;

/* The filter tree alone ({"and":[…]} or {"field","op","value"}). */
enum err filter_json(struct ctx *c, const struct entity_info *i, json_t *j,
                     struct filter **out) MUST_CHECK;

/* Appends the filter as a condition in parentheses. */
enum err filter_where(struct ctx *c, struct sqlb *b,
                      const struct entity_info *i,
                      const struct filter *f) MUST_CHECK;

/* Runs the list within the actor's read scope and writes the members data,
 * links, count, included of the answer into w (an object is open). path and
 * params make the links. */
enum err query_run(struct ctx *c, struct query *q, struct str path,
                   struct jw *w) MUST_CHECK;

/* Walks all rows of the query in its order, batch by batch, in the scope of
 * act (export, bulk work). Values in the order of q->fields; fn returning an
 * error stops. */
enum err query_walk(struct ctx *c, struct query *q, enum action act,
                    enum err (*fn)(struct ctx *c, void *arg,
                                   const struct query *q, struct rows *r),
                    void *arg) MUST_CHECK;

/* Rows in scope that match, at most cap + 1 (cap 0: all). */
enum err query_count(struct ctx *c, struct query *q, int64_t cap,
                     int64_t *out) MUST_CHECK;

#endif
