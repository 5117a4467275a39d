/* The letter that tells a customer of a decision: the settings' template with
 * its {names} filled in. Owns nothing. */
#include "app/drop.h"

#include "app/settings.h"
#include "base/message.h"
#include "base/time.h"
#include "base/zone.h"

#include <string.h>

#define TEXT_MAX ((size_t)256 * 1024)

struct letter {
    struct str company, customer, date, effective_on, measures, terms, reason;
};

/* A sentence for each measure, one a line. */
static struct str measure_lines(struct ctx *c, const struct record *d,
                                enum lang lang) {
    struct str rest = record_str(d, S("measures")), measure;
    struct buf b;
    buf_init(&b, c->arena, TEXT_MAX);
    while (str_cut(&rest, ',', &measure)) {
        if (measure.n == 0)
            continue;
        if (b.n > 0)
            buf_byte(&b, '\n');
        buf_cstr(&b, "- ");
        message_print(&b, lang, str_cat(c->arena, S("letter_"), measure), NULL,
                      0);
    }
    return buf_view(&b);
}

static struct str value_of(const struct letter *l, struct str name) {
    const struct {
        const char *name;
        struct str value;
    } all[] = {
        {"company", l->company},   {"customer", l->customer},
        {"date", l->date},         {"effective_on", l->effective_on},
        {"measures", l->measures}, {"terms", l->terms},
        {"reason", l->reason},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (str_eqc(name, all[i].name))
            return all[i].value;
    return (struct str){0};
}

/* Unknown names stay as they are, so that a slip in the template is seen. */
static void fill(const struct letter *l, struct str text, struct buf *out) {
    while (text.n > 0) {
        size_t open = str_find(text, S("{"));
        if (open == SIZE_MAX)
            break;
        buf_str(out, str_sub(text, 0, open));
        text = str_sub(text, open, text.n);
        size_t end = str_find(text, S("}"));
        struct str value = {0};
        if (end != SIZE_MAX)
            value = value_of(l, str_sub(text, 1, end));
        if (value.p == NULL)
            end = 0;
        buf_str(out, value.p == NULL ? str_sub(text, 0, 1) : value);
        text = str_sub(text, end + 1, text.n);
    }
    buf_str(out, text);
}

/* A part without anything to say leaves no hole: one empty line at most. */
static void squeeze(struct str text, struct buf *out) {
    size_t breaks = 0;
    for (size_t i = 0; i < text.n; i++) {
        breaks = text.p[i] == '\n' ? breaks + 1 : 0;
        if (breaks <= 2)
            buf_byte(out, text.p[i]);
    }
}

static enum err customer_name(struct ctx *c, const struct record *d,
                              struct str *out) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope s;
    struct record *r;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, record_i64(d, S("customer_id")), false, &r));
    *out = record_str(r, S("name"));
    return OK;
}

enum err drop_letter_name(struct ctx *c, const struct record *d, enum lang lang,
                          struct str *out) {
    struct str customer;
    TRY(customer_name(c, d, &customer));
    struct str day =
        day_text(c->arena, (int32_t)record_i64(d, S("effective_on")));
    struct buf b;
    buf_init(&b, c->arena, TEXT_MAX);
    message_print(&b, lang, S("letter_file"), NULL, 0);
    *out = str_fmt(c->arena, STR_FMT "-" STR_FMT "-" STR_FMT ".txt",
                   STR_ARG(buf_view(&b)), STR_ARG(customer), STR_ARG(day));
    return OK;
}

enum err drop_letter(struct ctx *c, const struct record *d, enum lang lang,
                     struct buf *out) {
    struct str text;
    struct letter l = {
        .date = day_text(c->arena, zone_day(c->zone, c->now_ms)),
        .effective_on =
            day_text(c->arena, (int32_t)record_i64(d, S("effective_on"))),
        .measures = measure_lines(c, d, lang),
        .terms = str_cat(c->arena, record_str(d, S("terms")), S("")),
        .reason = record_str(d, S("reason")),
    };
    TRY(settings_text(c, SETTING_COMPANY_NAME, &l.company));
    if (l.company.p == NULL)
        l.company = S("");
    TRY(customer_name(c, d, &l.customer));
    TRY(settings_text(
        c, lang == LANG_EN ? SETTING_DROP_LETTER_EN : SETTING_DROP_LETTER_ZH,
        &text));
    struct buf filled;
    buf_init(&filled, c->arena, TEXT_MAX);
    fill(&l, text, &filled);
    if (!buf_ok(&filled))
        return fail(c, ERR_TOO_LARGE, "", "row_too_long");
    squeeze(str_trim(buf_view(&filled)), out);
    buf_byte(out, '\n');
    return buf_ok(out) ? OK : fail(c, ERR_TOO_LARGE, "", "row_too_long");
}
