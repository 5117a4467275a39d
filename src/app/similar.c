/* Looking for what is there already, one index a field. Owns nothing. Threads:
 * any; read only. Invariant: a row that is told was found within the actor's
 * scope, by a field he may filter by. */
#include "app/similar.h"

#include "app/party_name.h"
#include "base/fold.h"
#include "base/phone.h"
#include "base/utf8.h"
#include "store/sight.h"
#include "store/similar.h"

#include <stdlib.h>

#define CODE_LEAST 4 /* bytes of an address or tax number */
#define NAME_LEAST 2 /* characters */
#define A_FIELD 50   /* rows found by one field */

const struct similar_field similar_fields[SIMILAR_FIELDS] = {
    {SIMILAR_NAME, S_INIT("name")},
    {SIMILAR_PHONE, S_INIT("phone")},
    {SIMILAR_EMAIL, S_INIT("email")},
    {SIMILAR_TAX, S_INIT("tax_number")},
};

bool similar_asks(const struct entity_info *i, const struct similar_field *f) {
    bool asked =
        str_eqc(i->e->name, "customer") || str_eqc(i->e->name, "contact");
    return asked && info_field(i, f->name) != NULL;
}

struct hits {
    VEC(struct similar_hit) v;
};

struct asking {
    const struct entity_info *i;
    struct scope scope;
    const struct similar_typed *t;
    struct hits hits;
};

static void note(struct ctx *c, struct asking *x, int64_t id,
                 enum similar_by by) {
    for (size_t k = 0; k < x->hits.v.n; k++)
        if (x->hits.v.p[k].id == id) {
            x->hits.v.p[k].by |= (unsigned)by;
            return;
        }
    *VEC_PUSH(c->arena, &x->hits.v) = (struct similar_hit){id, (unsigned)by};
}

/* The field, when there is one that may be asked about. */
static const struct field *open_field(struct ctx *c, const struct asking *x,
                                      const char *name) {
    const struct field *f = info_field(x->i, str_of(name));
    return f != NULL && sight_of(c, x->i, f) >= SEE_LISTED ? f : NULL;
}

/* core: only rows whose name has it; empty: all. */
static enum err look(struct ctx *c, struct asking *x, enum similar_by by,
                     struct similar_ask what, struct str core) {
    struct similar_row *rows;
    size_t n;
    what.except = x->t->except;
    TRY(similar_rows(c, &x->scope, &what, A_FIELD, &rows, &n));
    for (size_t k = 0; k < n; k++)
        if (core.n == 0 || str_eq(party_core(c->arena, rows[k].also), core))
            note(c, x, rows[k].id, by);
    return OK;
}

static enum err by_phone(struct ctx *c, struct asking *x) {
    struct str form = phone_form(c->arena, x->t->phone), ways[PHONE_WAYS];
    if (form.n < PHONE_LEAST || open_field(c, x, "phone") == NULL)
        return OK;
    size_t n = phone_ways(c->arena, form, ways);
    return look(c, x, SIMILAR_PHONE,
                (struct similar_ask){.column = S("phone_digits"),
                                     .values = ways,
                                     .n = n,
                                     .also = S("phone_digits")},
                S(""));
}

static enum err by_email(struct ctx *c, struct asking *x) {
    struct str s = text_fold(c->arena, x->t->email);
    if (s.n < CODE_LEAST || open_field(c, x, "email") == NULL)
        return OK;
    return look(c, x, SIMILAR_EMAIL,
                (struct similar_ask){.column = S("email_fold"),
                                     .values = &s,
                                     .n = 1,
                                     .also = S("email_fold")},
                S(""));
}

static struct str upper(struct ctx *c, struct str s) {
    char *p = arena_alloc(c->arena, s.n + 1);
    for (size_t k = 0; k < s.n; k++)
        p[k] = (char)(s.p[k] >= 'a' && s.p[k] <= 'z' ? s.p[k] - 32 : s.p[k]);
    return (struct str){p, s.n};
}

/* Stored as typed, in no folded column: Latin letters and digits, which people
 * write in one case or the other. */
static enum err by_tax(struct ctx *c, struct asking *x) {
    struct str folded = text_fold(c->arena, x->t->tax_number);
    if (folded.n < CODE_LEAST || open_field(c, x, "tax_number") == NULL)
        return OK;
    const struct str forms[] = {str_trim(x->t->tax_number), folded,
                                upper(c, folded)};
    return look(c, x, SIMILAR_TAX,
                (struct similar_ask){.column = S("tax_number"),
                                     .values = forms,
                                     .n = COUNT_OF(forms),
                                     .also = S("tax_number")},
                S(""));
}

/* A contact's name says little: two customers may both have a 王芳. */
static enum err by_name(struct ctx *c, struct asking *x) {
    struct str parent = x->i->e->parent;
    struct str core = party_core(c->arena, x->t->name);
    if (utf8_count(core) < NAME_LEAST || open_field(c, x, "name") == NULL ||
        (parent.n > 0 && x->t->customer_id == 0))
        return OK;
    struct party_keys keys = party_keys(c->arena, x->t->name);
    return look(
        c, x, SIMILAR_NAME,
        (struct similar_ask){.column = S("name_sort"),
                             .values = keys.p,
                             .n = keys.n,
                             .parent = parent,
                             .parent_id = parent.n > 0 ? x->t->customer_id : 0,
                             .also = S("name")},
        core);
}

static int bits(unsigned by) {
    int n = 0;
    for (; by != 0; by &= by - 1)
        n++;
    return n;
}

static int by_weight(const void *x, const void *y) {
    const struct similar_hit *a = x, *b = y;
    int more = bits(b->by) - bits(a->by);
    return more != 0 ? more : a->id < b->id ? -1 : 1;
}

enum err similar_find(struct ctx *c, const struct entity_info *i,
                      const struct similar_typed *t, struct similar_hit **out,
                      size_t *n_out) {
    struct asking x = {.i = i, .t = t};
    TRY(scope_make(c, i->e, ACT_READ, &x.scope));
    TRY(by_phone(c, &x));
    TRY(by_email(c, &x));
    TRY(by_tax(c, &x));
    TRY(by_name(c, &x));
    if (x.hits.v.n > 1)
        qsort(x.hits.v.p, x.hits.v.n, sizeof *x.hits.v.p, by_weight);
    *out = x.hits.v.p;
    *n_out = x.hits.v.n < SIMILAR_MOST ? x.hits.v.n : SIMILAR_MOST;
    return OK;
}
