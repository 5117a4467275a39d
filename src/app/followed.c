/* Marks of steps, rows of `setting` that are no settings. Owns nothing; one
 * thread a call. Invariant: a mark is saved when all up to it is followed, so
 * a step that broke off is begun again from the mark before. */
#include "app/followed.h"

#include "app/settings.h"
#include "base/zone.h"
#include "store/setting.h"
#include "store/store.h"

static struct str key_of(struct ctx *c, struct str step) {
    return str_cat(c->arena, S("followed."), step);
}

enum err followed_large(struct ctx *c, int64_t customers, bool *out) {
    int64_t from;
    TRY(settings_i64(c, SETTING_VALUE_FIT_WEEKLY_FROM, &from));
    *out = customers >= from;
    return OK;
}

enum err followed_now(struct ctx *c, struct str basis, struct followed *out) {
    *out = (struct followed){.basis = basis,
                             .day = zone_day(c->zone, c->now_ms),
                             .at_ms = c->now_ms};
    return feed_end(c, &out->place);
}

static int64_t number(const json_t *j, const char *key) {
    return json_integer_value(json_object_get(j, key));
}

enum err followed_read(struct ctx *c, struct str step, struct str basis,
                       struct followed *out, bool *found) {
    struct str text;
    json_t *j;
    TRY(setting_find(c, key_of(c, step), &text, found));
    if (!*found)
        return OK;
    *found = false;
    TRY(json_read(c, text, &j));
    *out = (struct followed){.basis = json_str(json_object_get(j, "basis")),
                             .day = (int32_t)number(j, "day"),
                             .at_ms = number(j, "at"),
                             .place = {number(j, "xid"), number(j, "seq")}};
    if (!str_eq(out->basis, basis))
        return OK;
    enum err e = feed_check(c, out->place);
    *found = e == OK;
    if (e != ERR_GONE)
        return e;
    fail_clear(c);
    return OK;
}

struct saving {
    struct str step;
    const struct followed *f;
};

static enum err write_mark(struct ctx *c, void *arg) {
    const struct saving *s = arg;
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("basis"), s->f->basis);
    jw_ki64(&w, S("day"), s->f->day);
    jw_ki64(&w, S("at"), s->f->at_ms);
    jw_ki64(&w, S("xid"), s->f->place.xid);
    jw_ki64(&w, S("seq"), s->f->place.seq);
    jw_object_end(&w);
    return setting_save(c, key_of(c, s->step), buf_view(&b));
}

enum err followed_save(struct ctx *c, struct str step,
                       const struct followed *f) {
    struct saving s = {step, f};
    return store_write(c, LANE_JOB, write_mark, &s);
}
