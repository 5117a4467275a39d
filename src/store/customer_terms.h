/* What a list of customers can be asked for beyond fields: who bought in some
 * days, who came back so many months later, who moved between grades in a
 * month, who came to a rung of the ladder, whom rules under trial would move,
 * who waits for a policy or strategy. So that each figure of the value pages
 * opens the list of those it counts. */
#ifndef STORE_CUSTOMER_TERMS_H
#define STORE_CUSTOMER_TERMS_H

#include "store/scope.h"

#define BOUGHT_SPANS 4
#define RETURN_MONTHS 480 /* of first purchases, and after them */

struct bought_span {
    int32_t from, to; /* days, both in it */
};

struct customer_terms {
    struct bought_span bought[BOUGHT_SPANS]; /* a sale in each of them */
    size_t n_bought;
    struct str moved; /* as asked for; empty: whoever */
    int64_t month_ms, end_ms;
    struct str from, to; /* grades; empty: none */
    struct scope trail;  /* of the dated history that tells it */
    int rung;            /* place on the ladder, 1 on; 0: whoever */
    bool returned;       /* a sale so many months after the first one's */
    int32_t first_from, first_to; /* first days of months, both in it */
    int32_t months_later;
    struct str named, value; /* a test by the registry's who; empty: none */
    const int64_t *ids;      /* found by customer_find, or NULL */
    size_t n_ids;
    uint64_t as_of; /* of what they are; 52 bits */
};

/* bought=2026-03, bought=2026-01-01..2026-03-31, several with commas: a sale in
 * each. ERR_FORBIDDEN for whoever may not see sums of orders.
 * moved=2026-03:small:vip: of that grade at the beginning and of this one at
 * the end of the month, "none" for no grade. ERR_FORBIDDEN without the right to
 * the history. reached=client: who stands there or higher, or once did.
 * returned=3:2025-01..2025-12: of those who first bought in these months, who
 * bought in the third month after that. would=…, awaits=…: one of these, see
 * app/who.h. *known false: the name is another's. ERR_INVALID not_month,
 * not_days, not_move, not_option, not_return, too_many_values. */
enum err customer_terms_param(struct ctx *c, struct customer_terms *t,
                              struct str name, struct str value,
                              bool *known) MUST_CHECK;
/* Names that customer_terms_param knows. */
bool customer_terms_name(struct str name);

bool customer_terms_any(const struct customer_terms *t);
/* " AND …" on the customer called t; what is named has been found. */
void customer_terms_where(struct ctx *c, struct sqlb *b,
                          const struct customer_terms *t);
/* From now on: whoever asks for a list of these may wait as for the figure it
 * stands behind. */
void customer_terms_budget(struct ctx *c);
/* A query of the ids of those who returned, in bin and sight or not. */
void customer_terms_returned(struct sqlb *b, const struct customer_terms *t);
/* Appends what tells these tests from others. */
void customer_terms_print(struct buf *b, const struct customer_terms *t);

#endif
