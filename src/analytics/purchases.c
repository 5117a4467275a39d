/* Purchase days of customers. Pure but for its arena. Invariant: the result
 * does not depend on the order of purchases. */
#include "analytics/purchases.h"

#include "base/map.h"
#include "base/num.h"

#include <stdlib.h>

struct purchase {
    uint32_t customer;
    int32_t day;
    int64_t amount;
};

struct customer {
    struct str id;
    size_t number;
    size_t purchases;
};

struct purchases {
    struct arena *arena;
    struct map by_id;
    VEC(struct customer *) customers;
    VEC(struct purchase) all;
    int64_t sum;
    struct customer *last; /* files often keep a customer together */
};

struct purchases *purchases_new(struct arena *a) {
    struct purchases *p = NEW(a, struct purchases);
    p->arena = a;
    map_init(&p->by_id, a);
    return p;
}

static struct customer *customer_of(struct purchases *p, struct str id) {
    if (p->last != NULL && str_eq(p->last->id, id))
        return p->last;
    struct customer *one = map_get(&p->by_id, id);
    if (one == NULL) {
        one = NEW(p->arena, struct customer);
        one->id = str_dup(p->arena, id);
        one->number = p->customers.n;
        *VEC_PUSH(p->arena, &p->customers) = one;
        *map_put(&p->by_id, one->id) = one;
    }
    p->last = one;
    return one;
}

enum err purchases_add(struct ctx *c, struct purchases *p, struct str customer,
                       int32_t day, int64_t amount) {
    if (!num_add(&p->sum, amount))
        return fail(c, ERR_INVALID, "amount", "amount_overflow");
    struct customer *one = customer_of(p, customer);
    one->purchases++;
    *VEC_PUSH(p->arena, &p->all) =
        (struct purchase){(uint32_t)one->number, day, amount};
    return OK;
}

static int by_day(const void *x, const void *y) {
    const struct purchase *a = x, *b = y;
    return (a->day > b->day) - (a->day < b->day);
}

static int by_id(const void *x, const void *y) {
    const struct purchase_days *a = x, *b = y;
    return str_cmp(a->id, b->id);
}

/* n >= 1 purchases of one customer, by day. */
static void sort_days(struct purchase *p, size_t n) {
    for (size_t i = 1; i < n; i++) {
        if (p[i - 1].day > p[i].day) {
            qsort(p, n, sizeof *p, by_day);
            return;
        }
    }
}

/* A copy of all purchases by customer and day; ends[i] is where customer i's
 * end. */
static struct purchase *sorted(const struct purchases *p, struct arena *a,
                               size_t *ends) {
    struct purchase *out = NEW_ARRAY(a, struct purchase, p->all.n + 1);
    size_t at = 0;
    for (size_t i = 0; i < p->customers.n; i++) {
        ends[i] = at;
        at += p->customers.p[i]->purchases;
    }
    for (size_t i = 0; i < p->all.n; i++)
        out[ends[p->all.p[i].customer]++] = p->all.p[i];
    for (size_t i = 0; i < p->customers.n; i++) {
        size_t n = p->customers.p[i]->purchases;
        sort_days(out + ends[i] - n, n);
    }
    return out;
}

static void count_days(const struct purchase *p, size_t n,
                       struct purchase_days *out) {
    out->first_day = p[0].day;
    out->last_day = p[n - 1].day;
    out->days = 1;
    for (size_t i = 1; i < n; i++) {
        out->days += p[i].day != p[i - 1].day;
        if (p[i].day != p[0].day)
            out->repeat += p[i].amount;
    }
}

struct purchase_days *purchases_customers(const struct purchases *p,
                                          struct arena *a, size_t *n_out) {
    size_t n = p->customers.n;
    struct purchase_days *out = NEW_ARRAY(a, struct purchase_days, n + 1);
    size_t *ends = NEW_ARRAY(a, size_t, n + 1);
    struct purchase *all = sorted(p, a, ends);
    for (size_t i = 0; i < n; i++) {
        size_t count = p->customers.p[i]->purchases;
        out[i].id = p->customers.p[i]->id;
        count_days(all + ends[i] - count, count, &out[i]);
    }
    if (n > 1)
        qsort(out, n, sizeof *out, by_id);
    *n_out = n;
    return out;
}

void purchases_visit(const void *of, struct arena *scratch,
                     void (*fn)(void *user, const int32_t *days, size_t n),
                     void *user) {
    const struct purchases *p = of;
    size_t *ends = NEW_ARRAY(scratch, size_t, p->customers.n + 1);
    int32_t *days = NEW_ARRAY(scratch, int32_t, p->all.n + 1);
    struct purchase *all = sorted(p, scratch, ends);
    for (size_t i = 0; i < p->customers.n; i++) {
        size_t n = 0, from = ends[i] - p->customers.p[i]->purchases;
        for (size_t k = from; k < ends[i]; k++)
            if (n == 0 || all[k].day != days[n - 1])
                days[n++] = all[k].day;
        fn(user, days, n);
    }
}

struct history purchase_history(const struct purchase_days *d, int32_t end) {
    return (struct history){
        .x = d->days - 1,
        .t_x = ((double)d->last_day - d->first_day) / HISTORY_DAYS,
        .T = ((double)end - d->first_day) / HISTORY_DAYS,
    };
}

double purchase_mean(const struct purchase_days *d) {
    return d->days > 1 ? (double)d->repeat / 1e6 / (double)(d->days - 1) : 0;
}
