/* Columns sorted by order number. Owns their memory, an arena of its own that
 * is replaced when they outgrow it. Threads: the caller locks. */
#include "store/mirror_rows.h"

#include "base/ids.h"

#include <string.h>

#define SLACK 8 /* an eighth more than asked for */
#define LEAST 1024

static void *copied(struct arena *a, const void *from, size_t n, size_t cap,
                    size_t size) {
    void *to = arena_alloc_array(a, cap, size);
    if (n > 0)
        memcpy(to, from, n * size);
    return to;
}

void mirror_rows_reserve(struct mirror_rows *r, size_t n) {
    if (n <= r->cap)
        return;
    struct arena *old = r->arena;
    r->cap = n + n / SLACK + LEAST;
    r->arena = arena_new();
    r->order = copied(r->arena, r->order, r->n, r->cap, sizeof *r->order);
    r->customer =
        copied(r->arena, r->customer, r->n, r->cap, sizeof *r->customer);
    r->day = copied(r->arena, r->day, r->n, r->cap, sizeof *r->day);
    r->sales = copied(r->arena, r->sales, r->n, r->cap, sizeof *r->sales);
    arena_free(old);
}

static void set(struct mirror_rows *r, size_t at,
                const struct mirror_row *row) {
    r->order[at] = row->order;
    r->customer[at] = row->customer;
    r->day[at] = row->day;
    r->sales[at] = row->sales;
}

void mirror_rows_append(struct mirror_rows *r, const struct mirror_row *row) {
    mirror_rows_reserve(r, r->n + 1);
    set(r, r->n++, row);
}

#define SHIFT(column)                                                          \
    memmove((column) + at + 1, (column) + at, (r->n - at) * sizeof *(column))

void mirror_rows_put(struct mirror_rows *r, const struct mirror_row *row) {
    size_t at = ids_from(r->order, r->n, row->order);
    bool known = at < r->n && r->order[at] == row->order;
    if (known) {
        set(r, at, row);
        return;
    }
    if (row->sales <= 0)
        return;
    mirror_rows_reserve(r, r->n + 1);
    /* on PostgreSQL a lower number may be committed after a higher one */
    SHIFT(r->order);
    SHIFT(r->customer);
    SHIFT(r->day);
    SHIFT(r->sales);
    r->n++;
    set(r, at, row);
}

void mirror_rows_clear(struct mirror_rows *r) {
    arena_free(r->arena);
    *r = (struct mirror_rows){0};
}
