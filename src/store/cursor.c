/* Cursors: position and query fingerprint as JSON, signed with the company's
 * secret, in base64url. A cursor of another query or company is refused. */
#include "store/query_parts.h"

#include "base/hash.h"
#include "store/filter.h"
#include "store/store.h"

#include <sodium.h>

#define POSITION 4 /* numbers before the sort values */

static void add_filter(struct buf *b, const struct filter *f) {
    if (f == NULL)
        return;
    buf_fmt(b, "(%d", (int)f->kind);
    if (f->kind == FILTER_TEST) {
        buf_str(b, f->field->name);
        buf_fmt(b, " %d ", (int)f->op);
        struct jw w;
        jw_init(&w, b);
        for (size_t i = 0; i < f->n_values; i++)
            jw_val(&w, f->values[i]);
    }
    for (size_t i = 0; i < f->n_kids; i++)
        add_filter(b, f->kids[i]);
    buf_byte(b, ')');
}

uint64_t query_hash(struct ctx *c, const struct query *q) {
    struct buf b;
    buf_init(&b, c->arena, 1024 * 1024);
    buf_str(&b, q->info->e->name);
    buf_fmt(&b, "|%d|", q->bin);
    buf_str(&b, q->q);
    for (size_t i = 0; i < q->n_sort; i++) {
        buf_byte(&b, q->sort[i].desc ? '-' : '+');
        buf_str(&b, q->sort[i].field->name);
    }
    add_filter(&b, q->filter);
    for (size_t i = 0; i < q->n_tags; i++)
        buf_fmt(&b, "#%lld", (long long)q->tags[i]);
    customer_terms_print(&b, &q->who);
    return str_hash(buf_view(&b)) >> 12; /* 52 bits: exact in JSON */
}

static void sign(struct ctx *c, struct str payload,
                 unsigned char out[crypto_shorthash_BYTES]) {
    crypto_shorthash(out, (const unsigned char *)payload.p, payload.n,
                     store_secret(c->store));
}

struct str cursor_print(struct ctx *c, const struct query *q,
                        const struct position *p) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 64 * 1024);
    jw_init(&w, &b);
    jw_array(&w);
    jw_i64(&w, (int64_t)query_hash(c, q));
    jw_bool(&w, p->backward);
    jw_i64(&w, p->offset);
    jw_i64(&w, p->id);
    for (size_t i = 0; i < q->n_sort; i++)
        jw_val(&w, p->keys[i]);
    if (q->who.ids != NULL)
        jw_i64(&w, (int64_t)q->who.as_of);
    jw_array_end(&w);
    unsigned char sum[crypto_shorthash_BYTES];
    sign(c, buf_view(&b), sum);
    buf_str(&b, (struct str){(char *)sum, sizeof sum});
    return base64url_text(c->arena, buf_view(&b));
}

static enum err bad(struct ctx *c) {
    return fail(c, ERR_MALFORMED, "cursor", "bad_cursor");
}

static bool read_key(struct ctx *c, const json_t *j, struct val *out) {
    if (json_is_null(j))
        *out = V_NULL;
    else if (json_is_integer(j))
        *out = V((int64_t)json_integer_value(j));
    else if (json_is_string(j))
        *out = V(str_dup(c->arena, json_str(j)));
    else
        return false;
    return true;
}

/* What cursor_print wrote, or NULL. */
static const json_t *opened(struct ctx *c, struct str text) {
    struct str raw;
    unsigned char sum[crypto_shorthash_BYTES];
    if (!base64url_parse(c->arena, text, &raw) || raw.n <= sizeof sum)
        return NULL;
    struct str payload = str_sub(raw, 0, raw.n - sizeof sum);
    sign(c, payload, sum);
    if (sodium_memcmp(sum, raw.p + payload.n, sizeof sum) != 0)
        return NULL;
    json_t *j;
    if (json_read(c, payload, &j) != OK) {
        fail_clear(c);
        return NULL;
    }
    return j;
}

uint64_t cursor_as_of(struct ctx *c, const struct query *q) {
    const json_t *j = q->cursor.n > 0 ? opened(c, q->cursor) : NULL;
    size_t n = json_array_size(j);
    size_t keys = q->n_sort > 0 ? q->n_sort : 1; /* see query_normalise */
    return n == POSITION + keys + 1
               ? (uint64_t)json_integer_value(json_array_get(j, n - 1))
               : 0;
}

enum err cursor_parse(struct ctx *c, const struct query *q, struct str text,
                      struct position *out) {
    const json_t *j = opened(c, text);
    size_t n = json_array_size(j), keys = POSITION + q->n_sort;
    if (n != keys && n != keys + 1)
        return bad(c);
    if ((uint64_t)json_integer_value(json_array_get(j, 0)) != query_hash(c, q))
        return fail(c, ERR_MALFORMED, "cursor", "cursor_of_other_query");
    *out = (struct position){
        .set = true,
        .backward = json_is_true(json_array_get(j, 1)),
        .offset = json_integer_value(json_array_get(j, 2)),
        .id = json_integer_value(json_array_get(j, 3)),
    };
    for (size_t i = 0; i < q->n_sort; i++)
        if (!read_key(c, json_array_get(j, POSITION + i), &out->keys[i]))
            return bad(c);
    return OK;
}
