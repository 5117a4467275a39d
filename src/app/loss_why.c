/* The facts behind the figures of a loss account. Owns nothing. Invariant: who
 * may not see all customers is told nothing of referred ones. */
#include "app/loss.h"

#include "app/settings.h"
#include "base/num.h"
#include "base/time.h"
#include "store/sight.h"

#define MICRO 6

static void put_amount(struct ctx *c, struct jw *w, struct str key, int64_t v) {
    jw_kstr(w, key, num_text(c->arena, v, MICRO));
}

static void put_day(struct ctx *c, struct jw *w, struct str key, int32_t day) {
    jw_key(w, key);
    if (day == 0)
        jw_null(w);
    else
        jw_str(w, day_text(c->arena, day));
}

static void put_direct(struct ctx *c, struct jw *w,
                       const struct loss_figures *f) {
    jw_key(w, S("direct"));
    jw_object(w);
    put_amount(c, w, S("sales"), f->sales);
    put_day(c, w, S("first_order_on"), f->first_day);
    put_day(c, w, S("last_order_on"), f->last_day);
    jw_ki64(w, S("active_days"), f->active_days);
    put_amount(c, w, S("yearly"), f->yearly);
    jw_object_end(w);
}

enum err loss_why(struct ctx *c, const struct record *account, struct jw *w) {
    struct loss_figures f;
    int64_t share;
    TRY(loss_figures(c, record_i64(account, S("customer_id")), &f));
    TRY(settings_i64(c, SETTING_CHURN_WIN_BACK_SHARE, &share));
    jw_object(w);
    jw_ki64(w, S("id"), record_id(account));
    jw_ki64(w, S("customer_id"), record_i64(account, S("customer_id")));
    put_direct(c, w, &f);
    jw_key(w, S("win_back"));
    jw_object(w);
    put_amount(c, w, S("expected"), f.expected);
    jw_kstr(w, S("by"), f.by_model ? S("model") : S("pace"));
    jw_kstr(w, S("share"), num_text(c->arena, share, 4));
    jw_object_end(w);
    jw_object_end(w);
    return OK;
}
