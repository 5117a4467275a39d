/* Accumulates lines. Owns a hash table of customers and one of (customer,
 * order) pairs, both in the caller's arena. One thread at a time. The result
 * does not depend on the order of the lines, nor on how they were split among
 * accumulators that are joined. */
#include "analytics/transactions.h"

#include "analytics/radix.h"
#include "base/num.h"
#include "base/wide.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

struct person {
    struct customer_sales sum;
    uint64_t hash;
    int64_t unnumbered; /* orders without a number: each line is one */
    struct str
        last_order; /* the usual case: lines of an order stand together */
};

struct order {
    struct person *by;
    struct str number;
    uint64_t hash;
};

/* Open addressing; at most half full. */
struct person_slots {
    struct person **p;
    size_t n, cap;
};
struct order_slots {
    struct order **p;
    size_t n, cap;
};

struct transactions {
    struct arena *arena;
    struct str cancel_prefix;
    struct transactions_totals totals;
    struct person_slots people;
    struct order_slots orders;
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

/* --- tables --------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b) {
    u128 wide = (u128)a * b;
    return (uint64_t)wide ^ (uint64_t)(wide >> 64);
}

static uint64_t hash_of(struct str s, uint64_t seed) {
    uint64_t h = seed ^ (s.n * 0x9e3779b97f4a7c15u), w;
    size_t i = 0;
    for (; i + sizeof w <= s.n; i += sizeof w) {
        memcpy(&w, s.p + i, sizeof w);
        h = mix(h ^ w, 0xbf58476d1ce4e5b9u);
    }
    for (w = 0; i < s.n; i++)
        w = w << 8 | (unsigned char)s.p[i];
    return mix(h ^ w, 0x94d049bb133111ebu);
}

static struct person **person_slot(const struct person_slots *t, uint64_t hash,
                                   struct str id) {
    size_t i = hash & (t->cap - 1);
    while (t->p[i] != NULL &&
           (t->p[i]->hash != hash || !str_eq(t->p[i]->sum.id, id)))
        i = (i + 1) & (t->cap - 1);
    return &t->p[i];
}

static void grow_people(struct arena *a, struct person_slots *t) {
    struct person_slots old = *t;
    t->cap = old.cap == 0 ? FIRST_SLOTS : old.cap * 2;
    t->p = NEW_ARRAY(a, struct person *, t->cap);
    for (size_t i = 0; i < old.cap; i++)
        if (old.p[i] != NULL)
            *person_slot(t, old.p[i]->hash, old.p[i]->sum.id) = old.p[i];
}

static struct order **order_slot(const struct order_slots *t, uint64_t hash,
                                 const struct person *by, struct str number) {
    size_t i = hash & (t->cap - 1);
    while (t->p[i] != NULL && (t->p[i]->hash != hash || t->p[i]->by != by ||
                               !str_eq(t->p[i]->number, number)))
        i = (i + 1) & (t->cap - 1);
    return &t->p[i];
}

static void grow_orders(struct arena *a, struct order_slots *t) {
    struct order_slots old = *t;
    t->cap = old.cap == 0 ? FIRST_SLOTS : old.cap * 2;
    t->p = NEW_ARRAY(a, struct order *, t->cap);
    for (size_t i = 0; i < old.cap; i++)
        if (old.p[i] != NULL)
            *order_slot(t, old.p[i]->hash, old.p[i]->by, old.p[i]->number) =
                old.p[i];
}

struct transactions *transactions_new(struct arena *a,
                                      struct str cancel_prefix) {
    struct transactions *t = NEW(a, struct transactions);
    t->arena = a;
    t->cancel_prefix = cancel_prefix;
    grow_people(a, &t->people);
    grow_orders(a, &t->orders);
    return t;
}

/* The person, made when new; the id is copied then. */
static struct person *person_of(struct transactions *t, struct str id,
                                int32_t day) {
    if (t->last != NULL && str_eq(t->last->sum.id, id))
        return t->last;
    uint64_t hash = hash_of(id, 0);
    struct person **at = person_slot(&t->people, hash, id);
    struct person *p = *at;
    if (p == NULL) {
        p = *at = NEW(t->arena, struct person);
        p->sum.id = str_dup(t->arena, id);
        p->sum.first_day = p->sum.last_day = day;
        p->hash = hash;
        t->totals.customers++;
        if (++t->people.n * 2 > t->people.cap)
            grow_people(t->arena, &t->people);
    }
    t->last = p;
    return p;
}

/* Counts the order unless this person has it already. */
static void count_order(struct transactions *t, struct person *p,
                        struct str number) {
    if (number.n == 0) {
        p->sum.orders++;
        p->unnumbered++;
        return;
    }
    if (str_eq(p->last_order, number))
        return;
    uint64_t hash = hash_of(number, p->hash);
    struct order **at = order_slot(&t->orders, hash, p, number);
    struct order *o = *at;
    if (o == NULL) {
        o = *at = NEW(t->arena, struct order);
        *o = (struct order){p, str_dup(t->arena, number), hash};
        p->sum.orders++;
        if (++t->orders.n * 2 > t->orders.cap)
            grow_orders(t->arena, &t->orders);
    }
    p->last_order = o->number;
}

/* --- lines ---------------------------------------------------------------- */

static void widen(struct transactions_totals *s, bool *dated, int32_t first,
                  int32_t last) {
    if (!*dated || first < s->first_day)
        s->first_day = first;
    if (!*dated || last > s->last_day)
        s->last_day = last;
    *dated = true;
}

static void count_line(struct transactions *t, const struct sale_line *l,
                       enum line_kind kind) {
    if (!l->no_day)
        widen(&t->totals, &t->dated, l->day, l->day);
    t->totals.lines++;
    t->totals.kinds[kind]++;
}

bool transactions_take(struct transactions *t, const struct sale_line *l) {
    enum line_kind kind = line_kind(l, t->cancel_prefix);
    int64_t amount = 0;
    if (kind == LINE_SALE) {
        /* A customer's sum never exceeds the total: one check does for both. */
        if (!line_amount(l, &amount) || !num_add(&t->totals.sales, amount))
            return false;
        struct person *p = person_of(t, l->customer, l->day);
        p->sum.sales += amount;
        if (l->day < p->sum.first_day)
            p->sum.first_day = l->day;
        if (l->day > p->sum.last_day)
            p->sum.last_day = l->day;
        count_order(t, p, l->order);
    }
    count_line(t, l, kind);
    return true;
}

enum err transactions_add(struct ctx *c, struct transactions *t,
                          const struct sale_line *l) {
    return transactions_take(t, l)
               ? OK
               : fail(c, ERR_INVALID, "amount", "amount_overflow");
}

/* --- joining -------------------------------------------------------------- */

static void join_person(struct transactions *t, const struct person *other) {
    const struct customer_sales *s = &other->sum;
    struct person *p = person_of(t, s->id, s->first_day);
    p->sum.sales += s->sales;
    p->sum.orders += other->unnumbered;
    p->unnumbered += other->unnumbered;
    if (s->first_day < p->sum.first_day)
        p->sum.first_day = s->first_day;
    if (s->last_day > p->sum.last_day)
        p->sum.last_day = s->last_day;
}

bool transactions_join(struct transactions *t,
                       const struct transactions *other) {
    const struct transactions_totals *from = &other->totals;
    if (!num_add(&t->totals.sales, from->sales))
        return false;
    t->totals.lines += from->lines;
    for (size_t k = 0; k < LINE_KINDS; k++)
        t->totals.kinds[k] += from->kinds[k];
    if (other->dated)
        widen(&t->totals, &t->dated, from->first_day, from->last_day);
    for (size_t i = 0; i < other->people.cap; i++)
        if (other->people.p[i] != NULL)
            join_person(t, other->people.p[i]);
    for (size_t i = 0; i < other->orders.cap; i++) {
        const struct order *o = other->orders.p[i];
        if (o != NULL)
            count_order(t, person_of(t, o->by->sum.id, 0), o->number);
    }
    return true;
}

/* --- results -------------------------------------------------------------- */

struct transactions_totals transactions_totals(const struct transactions *t) {
    return t->totals;
}

static int by_id(const void *x, const void *y) {
    const struct customer_sales *a = x, *b = y;
    return str_cmp(a->id, b->id);
}

/* The first eight bytes as a number in their order; a shorter id is filled up
 * with zeros. */
static uint64_t head_of(struct str id) {
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof key; i++)
        key = key << 8 | (i < id.n ? (unsigned char)id.p[i] : 0);
    return key;
}

/* By the heads, then those with the same one by all of the id. */
static void put_in_order(struct arena *a, struct customer_sales *p, size_t n) {
    struct radix_item *keys = NEW_ARRAY(a, struct radix_item, n);
    struct customer_sales *copy = NEW_ARRAY(a, struct customer_sales, n);
    if (n < 2)
        return;
    memcpy(copy, p, n * sizeof *p);
    for (size_t i = 0; i < n; i++)
        keys[i] = (struct radix_item){head_of(p[i].id), i};
    keys = radix_sort(keys, NEW_ARRAY(a, struct radix_item, n), n);
    for (size_t i = 0; i < n; i++)
        p[i] = copy[keys[i].at];
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && keys[to].key == keys[from].key;)
            to++;
        if (to - from > 1)
            qsort(p + from, to - from, sizeof *p, by_id);
    }
}

struct customer_sales *transactions_customers(const struct transactions *t,
                                              struct arena *a, size_t *n_out) {
    size_t n = 0;
    struct customer_sales *out =
        NEW_ARRAY(a, struct customer_sales, t->people.n);
    for (size_t i = 0; i < t->people.cap; i++)
        if (t->people.p[i] != NULL)
            out[n++] = t->people.p[i]->sum;
    put_in_order(a, out, n);
    *n_out = n;
    return out;
}
