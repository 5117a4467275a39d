/* The facts behind the figures of a loss account. Owns nothing. Invariant: who
 * may not see all customers is told nothing of referred ones. */
#include "app/loss.h"

#include "app/settings.h"
#include "base/currency.h"
#include "base/num.h"
#include "base/time.h"
#include "store/sight.h"

static void put_amount(struct ctx *c, struct jw *w, struct str key, int64_t v) {
    jw_kstr(w, key, num_text(c->arena, v, NUM_AMOUNT));
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

#define REFERRED_MAX 100

/* Those in sight; the sums are of all. */
static enum err put_referred(struct ctx *c, struct jw *w,
                             const struct loss_figures *f) {
    const struct entity *e = registry_find(c->registry, S("customer"))->e;
    struct scope s;
    TRY(scope_make(c, e, ACT_READ, &s));
    jw_key(w, S("indirect"));
    jw_object(w);
    jw_ki64(w, S("customers"), (int64_t)f->n_referred);
    put_amount(c, w, S("referred_yearly"), f->referred_yearly);
    jw_kstr(w, S("follow_share"), num_text(c->arena, f->follow_share, 4));
    put_amount(c, w, S("following"), f->following);
    put_amount(c, w, S("brought_yearly"), f->brought_yearly);
    put_amount(c, w, S("missed"), f->missed);
    put_amount(c, w, S("indirect"), f->indirect);
    jw_key(w, S("referred"));
    jw_array(w);
    for (size_t i = 0; i < f->n_referred && i < REFERRED_MAX; i++) {
        const struct referral *r = &f->referred[i];
        bool seen;
        TRY(scope_holds(c, &s, r->id, &seen));
        if (!seen)
            continue;
        jw_object(w);
        jw_ki64(w, S("customer_id"), r->id);
        jw_ki64(w, S("generation"), r->generation);
        jw_kbool(w, S("lost"), r->lost);
        put_amount(c, w, S("yearly"),
                   r->first_day == 0
                       ? 0
                       : loss_yearly(r->sales, r->first_day, r->last_day));
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

/* What is expected was told when the account was made: the limit follows from
 * that. */
static enum err put_win_back(struct ctx *c, struct jw *w,
                             const struct record *account,
                             const struct loss_figures *f) {
    int64_t share, limit;
    struct str base;
    TRY(settings_i64(c, SETTING_CHURN_WIN_BACK_SHARE, &share));
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    TRY(loss_limit(c, account, &limit));
    jw_key(w, S("win_back"));
    jw_object(w);
    put_amount(c, w, S("expected"), record_i64(account, S("expected_clv")));
    jw_kstr(w, S("by"), f->by_model ? S("model") : S("pace"));
    jw_kstr(w, S("share"), num_text(c->arena, share, 4));
    jw_kstr(w, S("limit"), num_text(c->arena, limit, currency_digits(base)));
    jw_object_end(w);
    return OK;
}

enum err loss_why(struct ctx *c, const struct record *account, struct jw *w) {
    struct loss_figures f;
    TRY(loss_figures(c, record_i64(account, S("customer_id")), &f));
    jw_object(w);
    jw_ki64(w, S("id"), record_id(account));
    jw_ki64(w, S("customer_id"), record_i64(account, S("customer_id")));
    put_direct(c, w, &f);
    if (sight_everybody(c))
        TRY(put_referred(c, w, &f));
    TRY(put_win_back(c, w, account, &f));
    jw_object_end(w);
    return OK;
}
