/* Looks messages up in the generated table and fills their placeholders.
 * Immutable; any thread. */
#include "base/message.h"

#include "base/utf8.h"

#include <stdio.h>

#define TEXT_MAX (16 * 1024)

const struct message *message_find(struct str id) {
    size_t lo = 0, hi = message_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int d = str_cmp(messages[mid].id, id);
        if (d == 0)
            return &messages[mid];
        if (d < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static void put_value(struct buf *b, struct val v) {
    switch (v.type) {
    case VAL_NULL:
        break;
    case VAL_I64:
        buf_i64(b, v.i);
        break;
    case VAL_F64:
        buf_fmt(b, "%.15g", v.f);
        break;
    case VAL_STR:
    case VAL_BLOB:
        buf_str(b, v.s);
        break;
    case VAL_IDS:
        for (size_t i = 0; i < v.ids.n; i++) {
            if (i > 0)
                buf_str(b, S(", "));
            buf_i64(b, v.ids.p[i]);
        }
        break;
    }
}

void message_print(struct buf *b, enum lang lang, struct str id,
                   const struct val *args, size_t n) {
    const struct message *m = message_find(id);
    if (m == NULL) {
        buf_str(b, id);
        return;
    }
    struct str t = m->text[lang];
    size_t from = 0;
    for (size_t i = 0; i + 2 < t.n; i++) {
        bool place = t.p[i] == '{' && t.p[i + 2] == '}' && t.p[i + 1] >= '0' &&
                     t.p[i + 1] <= '9';
        if (!place)
            continue;
        buf_str(b, str_sub(t, from, i));
        size_t k = (size_t)(t.p[i + 1] - '0');
        if (k < n)
            put_value(b, args[k]);
        i += 2;
        from = i + 1;
    }
    buf_str(b, str_sub(t, from, t.n));
}

struct str message_text(struct ctx *c, enum lang lang, const char *id,
                        struct args args) {
    struct buf b;
    buf_init(&b, c->arena, TEXT_MAX);
    message_print(&b, lang, str_of(id), args.v, args.n);
    return buf_view(&b);
}

void message_problem(struct buf *b, enum lang lang, const struct problem *p) {
    message_print(b, lang, p->code, p->args, COUNT_OF(p->args));
}

void message_title(struct buf *b, enum lang lang, enum err e) {
    char id[64];
    int n = snprintf(id, sizeof id, "title_%s", err_code(e));
    message_print(b, lang, (struct str){id, (size_t)n}, NULL, 0);
}

struct str message_errors(struct ctx *c, enum err e, size_t max) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    for (size_t i = 0; i < c->problems.n && b.n < max / 2; i++) {
        if (i > 0)
            buf_byte(&b, ' ');
        message_problem(&b, c->lang, &c->problems.p[i]);
    }
    if (b.n == 0)
        message_title(&b, c->lang, e);
    struct str s = buf_view(&b);
    return s.n <= max ? s : utf8_cut(s, max);
}
