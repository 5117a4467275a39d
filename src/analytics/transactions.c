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
    int64_t unnumbered;  /* orders without a number: each line is one */
    struct person *into; /* while joining: who he is there */
    struct str
        last_order; /* the usual case: lines of an order stand together */
};

struct order {
    struct person *by;
    struct str number;
};

/* Open addressing, at most half full; the hash beside the entry, so that others
 * are passed by without looking at them. p NULL: free. */
struct slot {
    uint64_t hash;
    void *p;
};
struct slots {
    struct slot *at;
    size_t n, cap;
};

struct transactions {
    struct arena *arena;
    struct str cancel_prefix;
    struct transactions_totals totals;
    struct slots people; /* struct person */
    struct slots orders; /* struct order */
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

static struct slot *free_slot(const struct slots *t, uint64_t hash) {
    size_t i = hash & (t->cap - 1);
    while (t->at[i].p != NULL)
        i = (i + 1) & (t->cap - 1);
    return &t->at[i];
}

static void grow(struct arena *a, struct slots *t, size_t cap) {
    struct slots old = *t;
    t->cap = cap;
    t->at = NEW_ARRAY(a, struct slot, t->cap);
    for (size_t i = 0; i < old.cap; i++)
        if (old.at[i].p != NULL)
            *free_slot(t, old.at[i].hash) = old.at[i];
}

/* Into a slot that is free. */
static void put(struct arena *a, struct slots *t, struct slot *s, uint64_t hash,
                void *p) {
    *s = (struct slot){hash, p};
    if (++t->n * 2 > t->cap)
        grow(a, t, t->cap * 2);
}

/* The slot of a person, or the free one where he belongs. */
static struct slot *person_slot(const struct slots *t, uint64_t hash,
                                struct str id) {
    size_t i = hash & (t->cap - 1);
    for (; t->at[i].p != NULL; i = (i + 1) & (t->cap - 1)) {
        const struct person *p = t->at[i].p;
        if (t->at[i].hash == hash && str_same(p->sum.id, id))
            break;
    }
    return &t->at[i];
}

static struct slot *order_slot(const struct slots *t, uint64_t hash,
                               const struct person *by, struct str number) {
    size_t i = hash & (t->cap - 1);
    for (; t->at[i].p != NULL; i = (i + 1) & (t->cap - 1)) {
        const struct order *o = t->at[i].p;
        if (t->at[i].hash == hash && o->by == by && str_same(o->number, number))
            break;
    }
    return &t->at[i];
}

struct transactions *transactions_new(struct arena *a,
                                      struct str cancel_prefix) {
    struct transactions *t = NEW(a, struct transactions);
    t->arena = a;
    t->cancel_prefix = cancel_prefix;
    grow(a, &t->people, FIRST_SLOTS);
    grow(a, &t->orders, FIRST_SLOTS);
    return t;
}

/* size bytes with the text right behind, which *copy is set to: one is hardly
 * ever looked at without the other. */
static void *new_with(struct arena *a, size_t size, struct str text,
                      struct str *copy) {
    char *p = arena_alloc(a, size + text.n + 1);
    memcpy(p + size, text.p, text.n);
    *copy = (struct str){p + size, text.n};
    return p;
}

/* The person, made when new; the id is copied then. */
static struct person *person_of(struct transactions *t, struct str id,
                                int32_t day) {
    if (t->last != NULL && str_same(t->last->sum.id, id))
        return t->last;
    uint64_t hash = hash_of(id, 0);
    struct slot *at = person_slot(&t->people, hash, id);
    struct person *p = at->p;
    if (p == NULL) {
        struct str copy;
        p = new_with(t->arena, sizeof *p, id, &copy);
        p->sum.id = copy;
        p->sum.first_day = p->sum.last_day = day;
        p->hash = hash;
        t->totals.customers++;
        put(t->arena, &t->people, at, hash, p);
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
    if (str_same(p->last_order, number))
        return;
    uint64_t hash = hash_of(number, p->hash);
    struct slot *at = order_slot(&t->orders, hash, p, number);
    struct order *o = at->p;
    if (o == NULL) {
        struct str copy;
        o = new_with(t->arena, sizeof *o, number, &copy);
        o->by = p;
        o->number = copy;
        p->sum.orders++;
        put(t->arena, &t->orders, at, hash, o);
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

/* Room for n more, so that they come in without growing in between. */
static void reserve(struct arena *a, struct slots *t, size_t n) {
    size_t cap = t->cap;
    while ((t->n + n) * 2 > cap)
        cap *= 2;
    if (cap > t->cap)
        grow(a, t, cap);
}

/* Moves in, or adds up with who is there. */
static void join_person(struct transactions *t, struct person *other) {
    struct customer_sales *s = &other->sum;
    struct slot *at = person_slot(&t->people, other->hash, s->id);
    struct person *p = other->into = at->p == NULL ? other : at->p;
    if (p == other) {
        t->totals.customers++;
        put(t->arena, &t->people, at, other->hash, other);
        return;
    }
    p->sum.sales += s->sales;
    p->sum.orders += other->unnumbered;
    p->unnumbered += other->unnumbered;
    if (s->first_day < p->sum.first_day)
        p->sum.first_day = s->first_day;
    if (s->last_day > p->sum.last_day)
        p->sum.last_day = s->last_day;
}

static void join_order(struct transactions *t, struct order *o, uint64_t hash) {
    struct person *p = o->by->into;
    if (p == o->by) { /* all of his orders come with him */
        put(t->arena, &t->orders, free_slot(&t->orders, hash), hash, o);
        return;
    }
    struct slot *at = order_slot(&t->orders, hash, p, o->number);
    if (at->p != NULL)
        return;
    o->by = p;
    p->sum.orders++;
    put(t->arena, &t->orders, at, hash, o);
}

bool transactions_join(struct transactions *t, struct transactions *other) {
    const struct transactions_totals *from = &other->totals;
    if (!num_add(&t->totals.sales, from->sales))
        return false;
    t->totals.lines += from->lines;
    for (size_t k = 0; k < LINE_KINDS; k++)
        t->totals.kinds[k] += from->kinds[k];
    if (other->dated)
        widen(&t->totals, &t->dated, from->first_day, from->last_day);
    reserve(t->arena, &t->people, other->people.n);
    reserve(t->arena, &t->orders, other->orders.n);
    for (size_t i = 0; i < other->people.cap; i++)
        if (other->people.at[i].p != NULL)
            join_person(t, other->people.at[i].p);
    for (size_t i = 0; i < other->orders.cap; i++)
        if (other->orders.at[i].p != NULL)
            join_order(t, other->orders.at[i].p, other->orders.at[i].hash);
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
        if (t->people.at[i].p != NULL)
            out[n++] = ((const struct person *)t->people.at[i].p)->sum;
    put_in_order(a, out, n);
    *n_out = n;
    return out;
}
