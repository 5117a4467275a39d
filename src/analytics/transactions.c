/* Accumulates lines. Owns a hash map of customers and one of (customer, order)
 * pairs, both in the caller's arena. One thread at a time. The result does not
 * depend on the order of the lines. */
#include "analytics/transactions.h"

#include "base/map.h"
#include "base/num.h"

#include <string.h>

#define MAX_KEY 512

struct person {
    struct customer_sales sum;
    uint64_t number;
    struct str
        last_order; /* the usual case: lines of an order stand together */
};

struct transactions {
    struct arena *arena;
    struct str cancel_prefix;
    struct transactions_totals totals;
    struct map people; /* id → struct person */
    struct map orders; /* number of the person and order → itself */
    struct person *last;
    bool dated; /* a line with a day has been seen */
};

enum line_kind line_kind(const struct sale_line *l, struct str cancel_prefix) {
    if (l->customer.n == 0)
        return LINE_NO_CUSTOMER;
    if (cancel_prefix.n > 0 && str_starts(l->order, cancel_prefix))
        return LINE_CANCELLED;
    if (l->quantity <= 0)
        return LINE_RETURNED;
    if ((l->has_amount ? l->amount : l->price) <= 0)
        return LINE_FREE;
    return LINE_SALE;
}

bool line_amount(const struct sale_line *l, int64_t *out) {
    *out = l->amount;
    return l->has_amount || num_mul(l->quantity, l->price, NUM_QUANTITY, out);
}

struct transactions *transactions_new(struct arena *a,
                                      struct str cancel_prefix) {
    struct transactions *t = NEW(a, struct transactions);
    t->arena = a;
    t->cancel_prefix = cancel_prefix;
    map_init(&t->people, a);
    map_init(&t->orders, a);
    return t;
}

static struct person *person_of(struct transactions *t, struct str id,
                                int32_t day) {
    if (t->last != NULL && str_eq(t->last->sum.id, id))
        return t->last;
    struct person *p = map_get(&t->people, id);
    if (p == NULL) {
        p = NEW(t->arena, struct person);
        p->sum.id = str_dup(t->arena, id);
        p->sum.first_day = p->sum.last_day = day;
        p->number = (uint64_t)t->totals.customers++;
        *map_put(&t->people, p->sum.id) = p;
    }
    t->last = p;
    return p;
}

/* Counts the order unless this person has it already. */
static void count_order(struct transactions *t, struct person *p,
                        struct str order) {
    char tmp[MAX_KEY];
    if (order.n == 0) {
        p->sum.orders++;
        return;
    }
    if (str_eq(p->last_order, order))
        return;
    struct str key = {tmp, sizeof p->number + order.n};
    char *to = key.n <= sizeof tmp ? tmp : arena_alloc(t->arena, key.n);
    memcpy(to, &p->number, sizeof p->number);
    memcpy(to + sizeof p->number, order.p, order.n);
    key.p = to;
    struct str *seen = map_get(&t->orders, key);
    if (seen == NULL) {
        key = str_dup(t->arena, key);
        seen = NEW(t->arena, struct str);
        *seen = str_sub(key, sizeof p->number, key.n);
        *map_put(&t->orders, key) = seen;
        p->sum.orders++;
    }
    p->last_order = *seen;
}

static void count_line(struct transactions *t, const struct sale_line *l,
                       enum line_kind kind) {
    struct transactions_totals *s = &t->totals;
    if (!l->no_day) {
        if (!t->dated || l->day < s->first_day)
            s->first_day = l->day;
        if (!t->dated || l->day > s->last_day)
            s->last_day = l->day;
        t->dated = true;
    }
    s->lines++;
    s->kinds[kind]++;
}

enum err transactions_add(struct ctx *c, struct transactions *t,
                          const struct sale_line *l) {
    enum line_kind kind = line_kind(l, t->cancel_prefix);
    int64_t amount = 0;
    if (kind == LINE_SALE) {
        /* A customer's sum never exceeds the total: one check does for both. */
        if (!line_amount(l, &amount) || !num_add(&t->totals.sales, amount))
            return fail(c, ERR_INVALID, "amount", "amount_overflow");
        struct person *p = person_of(t, l->customer, l->day);
        p->sum.sales += amount;
        if (l->day < p->sum.first_day)
            p->sum.first_day = l->day;
        if (l->day > p->sum.last_day)
            p->sum.last_day = l->day;
        count_order(t, p, l->order);
    }
    count_line(t, l, kind);
    return OK;
}

struct transactions_totals transactions_totals(const struct transactions *t) {
    return t->totals;
}

static int by_id(const void *x, const void *y) {
    const struct customer_sales *a = x, *b = y;
    return str_cmp(a->id, b->id);
}

struct customer_sales *transactions_customers(const struct transactions *t,
                                              struct arena *a, size_t *n_out) {
    size_t n = 0;
    struct customer_sales *out =
        NEW_ARRAY(a, struct customer_sales, t->people.n);
    for (size_t i = 0; i < t->people.cap; i++)
        if (t->people.slots[i].value != NULL)
            out[n++] = ((struct person *)t->people.slots[i].value)->sum;
    if (n > 1)
        qsort(out, n, sizeof *out, by_id);
    *n_out = n;
    return out;
}
