/* Canonical bytes of an audit entry and their digest. Pure. */
#include "store/audit_hash.h"

#include "base/buf.h"

#include <sodium.h>
#include <string.h>

#define TEXT_MAX (1024 * 1024)
#define FORM_2 2

static struct str digest(struct ctx *c, struct str text, bool marked) {
    unsigned char sum[crypto_generichash_BYTES];
    char *out = arena_alloc(c->arena, sizeof sum + 1);
    crypto_generichash(sum, sizeof sum, (const unsigned char *)text.p, text.n,
                       NULL, 0);
    out[0] = FORM_2;
    memcpy(out + 1, sum, sizeof sum);
    return marked ? (struct str){out, sizeof sum + 1}
                  : (struct str){out + 1, sizeof sum};
}

static void put(struct buf *b, struct val v) {
    if (v.type == VAL_NULL) {
        buf_byte(b, '-');
    } else if (v.type == VAL_STR) {
        buf_i64(b, (int64_t)v.s.n);
        buf_byte(b, ':');
        buf_str(b, v.s);
    } else {
        buf_byte(b, '#');
        buf_i64(b, v.i);
        buf_byte(b, ';');
    }
}

static long long number(struct val v) {
    return v.type == VAL_NULL ? 0 : (long long)v.i;
}

static struct str text(struct val v) {
    return v.type == VAL_STR ? v.s : (struct str){NULL, 0};
}

static struct str form_1(struct ctx *c, const struct audit_row *r) {
    return str_fmt(
        c->arena,
        "%lld|%lld|" STR_FMT "|" STR_FMT "|%lld|%lld|" STR_FMT "|" STR_FMT,
        (long long)r->at, number(r->user_id), STR_ARG(text(r->action)),
        STR_ARG(text(r->entity)), number(r->record_id), number(r->rev),
        STR_ARG(text(r->changes)), STR_ARG(text(r->request_id)));
}

struct str audit_hash(struct ctx *c, const struct audit_row *r, size_t form) {
    struct buf b;
    if (form != AUDIT_HASH_BYTES)
        return digest(c, form_1(c, r), false);
    const struct val all[] = {V(r->at),   r->user_id,    r->action,
                              r->entity,  r->record_id,  r->rev,
                              r->changes, r->request_id, r->peer};
    buf_init(&b, c->arena, TEXT_MAX);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        put(&b, all[i]);
    return digest(c, buf_view(&b), true);
}
