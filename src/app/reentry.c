/* Knowing again. Owns nothing; runs inside the write. Values are compared in
 * one form: folded, letters and digits alone, phones without the country code
 * of China. */
#include "app/reentry.h"

#include "base/fold.h"
#include "base/phone.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/barred.h"
#include "store/sight.h"

#define CODE_LEAST 4
#define VALUE_MAX 60

struct identities {
    VEC(struct identity) v;
};

static struct str code_form(struct ctx *c, struct str typed) {
    struct str folded = text_fold(c->arena, typed);
    char *p = arena_alloc(c->arena, folded.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < folded.n; i++) {
        char b = folded.p[i];
        if ((b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') ||
            (unsigned char)b >= 0x80)
            p[n++] = b;
    }
    return (struct str){p, n};
}

static void add(struct ctx *c, struct identities *x, const char *kind,
                struct str typed) {
    bool phone = str_eqc(S("phone"), kind);
    struct str value =
        phone ? phone_form(c->arena, typed) : code_form(c, typed);
    if (value.n >= (phone ? PHONE_LEAST : CODE_LEAST) && value.n <= VALUE_MAX)
        *VEC_PUSH(c->arena, &x->v) = (struct identity){str_of(kind), value};
}

static const char *const fields[] = {"phone", "id_number", "tax_number"};

/* What is another than before. */
static void add_fields(struct ctx *c, struct identities *x,
                       const struct record *before, const struct record *r) {
    for (size_t k = 0; k < COUNT_OF(fields); k++) {
        struct str now = record_str(r, str_of(fields[k]));
        if (before == NULL ||
            !str_eq(now, record_str(before, str_of(fields[k]))))
            add(c, x, fields[k], now);
    }
}

static enum err add_points(struct ctx *c, struct identities *x, int64_t id) {
    struct str *phones;
    size_t n;
    TRY(customer_phones(c, id, &phones, &n));
    for (size_t i = 0; i < n; i++)
        add(c, x, "phone", phones[i]);
    return OK;
}

/* --- refusing ----------------------------------------------------------- */

/* Live or in the bin, if the caller may read it; NULL otherwise. */
static enum err visible(struct ctx *c, const char *entity, int64_t id,
                        struct record **out) {
    const struct entity_info *i = registry_find(c->registry, str_of(entity));
    struct scope s;
    *out = NULL;
    enum err e = scope_make(c, i->e, ACT_READ, &s);
    if (e == OK)
        e = record_load(c, &s, id, false, out);
    if (e == ERR_NOT_FOUND) {
        fail_clear(c);
        e = record_load(c, &s, id, true, out);
    }
    if (e != ERR_FORBIDDEN && e != ERR_NOT_FOUND)
        return e;
    fail_clear(c);
    *out = NULL;
    return OK;
}

/* The name of the customer, where the caller may read it and the decision. */
static enum err known_name(struct ctx *c, const struct barred *b,
                           struct str *out) {
    struct record *decision, *customer;
    *out = S("");
    TRY(visible(c, "drop_decision", b->decision_id, &decision));
    TRY(visible(c, "customer", b->customer_id, &customer));
    if (decision == NULL || customer == NULL)
        return OK;
    const struct field *name = info_field(customer->info, S("name"));
    if (sight_of(c, customer->info, name) == SEE_FULL)
        *out = record_str(customer, S("name"));
    return OK;
}

static enum err refuse(struct ctx *c, enum err e, const struct barred *b) {
    struct str name;
    TRY(known_name(c, b, &name));
    if (name.n == 0)
        return failv(c, e, b->by.kind, "no_reentry", NO_ARGS);
    return failv(c, e, b->by.kind, "no_reentry_of",
                 ARGS(V(name), V(day_text(c->arena, b->decided_on))));
}

static enum err check(struct ctx *c, enum err e, const struct identities *x,
                      int64_t except) {
    struct barred b;
    bool found;
    TRY(barred_find(c, x->v.p, x->v.n, except, &b, &found));
    return found ? refuse(c, e, &b) : OK;
}

bool reentry_any(struct ctx *c) {
    bool any;
    if (barred_any(c, &any) == OK)
        return any;
    fail_clear(c); /* the check itself will tell */
    return true;
}

enum err reentry_check_all(struct ctx *c, struct record *const *r, size_t n) {
    struct identities x = {0};
    bool any;
    TRY(barred_any(c, &any));
    if (!any)
        return OK;
    for (size_t i = 0; i < n; i++)
        add_fields(c, &x, NULL, r[i]);
    return check(c, ERR_INVALID, &x, 0);
}

/* A barred customer that is still on file stays barred under a new number. */
static enum err bar_too(struct ctx *c, const struct identities *x, int64_t id) {
    struct barred b;
    bool found;
    TRY(barred_by(c, id, &b, &found));
    for (size_t i = 0; found && i < x->v.n; i++) {
        b.by = x->v.p[i];
        TRY(barred_add(c, &b));
    }
    return OK;
}

enum err reentry_check(struct ctx *c, enum save_op op,
                       const struct record *before,
                       const struct record *after) {
    struct identities x = {0};
    bool back = op == SAVE_RESTORE;
    if (op == SAVE_DELETE)
        return OK;
    add_fields(c, &x, back ? NULL : before, after);
    if (back)
        TRY(add_points(c, &x, record_id(after)));
    if (x.v.n == 0)
        return OK;
    TRY(check(c, back ? ERR_CONFLICT : ERR_INVALID, &x,
              back ? 0 : record_id(after)));
    return op == SAVE_UPDATE ? bar_too(c, &x, record_id(after)) : OK;
}

enum err reentry_bar(struct ctx *c, const struct record *customer,
                     const struct record *decision) {
    struct identities x = {0};
    struct barred b = {.customer_id = record_id(customer),
                       .decision_id = record_id(decision),
                       .decided_on = zone_day(c->zone, c->now_ms)};
    add_fields(c, &x, NULL, customer);
    TRY(add_points(c, &x, b.customer_id));
    for (size_t i = 0; i < x.v.n; i++) {
        b.by = x.v.p[i];
        TRY(barred_add(c, &b));
    }
    return OK;
}
