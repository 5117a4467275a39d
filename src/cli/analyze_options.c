/* The options of `guanxi analyze`. One thread. Invariant: what is wrong is
 * printed once, where it is found. */
#include "cli/analyze_file.h"
#include "cli/analyze_forecast.h"
#include "cli/analyze_request.h"

#include "analytics/groups.h"
#include "analytics/rank.h"
#include "base/num.h"

/* The place of text among names, or false and a message. */
static bool one_of(const struct cli *cli, struct str what, struct str text,
                   const char *const *names, size_t n, int *out) {
    for (size_t i = 0; i < n; i++) {
        if (str_eqc(text, names[i])) {
            *out = (int)i;
            return true;
        }
    }
    struct buf b;
    buf_init(&b, cli->c->arena, 1024);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%s", i == 0 ? "" : ", ", names[i]);
    cli_usage(cli, STR_FMT " is one of " STR_FMT ", not \"" STR_FMT "\"",
              STR_ARG(what), STR_ARG(buf_view(&b)), STR_ARG(text));
    return false;
}

static bool option_day(const struct cli *cli, const char *name,
                       enum date_order order, bool *given, int32_t *out) {
    struct str text = cli_text(cli, name);
    *given = cli_option(cli, name) != NULL;
    if (!*given || day_parse(text, order, out) == TIME_OK)
        return true;
    cli_usage(cli, "--%s must be a day like 2026-03-21, not \"" STR_FMT "\"",
              name, STR_ARG(text));
    return false;
}

/* A percentage as basis points. */
static bool percent(const struct cli *cli, const char *name, struct str text,
                    int *out) {
    int64_t v;
    if (num_parse(text, 2, NUM_EXACT, &v) == NUM_OK && v >= 0 && v <= 10000) {
        *out = (int)v;
        return true;
    }
    cli_usage(cli,
              "--%s must be a percentage from 0 to 100 with at most two "
              "decimals, not \"" STR_FMT "\"",
              name, STR_ARG(text));
    return false;
}

static bool abc_options(const struct cli *cli, struct abc_cuts *out) {
    *out = ABC_DEFAULT;
    struct str a = cli_text(cli, "a-share"), b = cli_text(cli, "b-share");
    if ((a.n > 0 && !percent(cli, "a-share", a, &out->a_bp)) ||
        (b.n > 0 && !percent(cli, "b-share", b, &out->b_bp)))
        return false;
    if (out->a_bp <= out->b_bp)
        return true;
    cli_usage(cli, "--a-share must not be above --b-share");
    return false;
}

static bool tier_options(const struct cli *cli, struct pyramid_cuts *out) {
    int v[3];
    size_t n = 0;
    struct str rest = cli_text(cli, "tiers"), part;
    *out = PYRAMID_DEFAULT;
    if (rest.n == 0)
        return true;
    for (; n < COUNT_OF(v) && str_cut(&rest, ',', &part); n++)
        if (!percent(cli, "tiers", part, &v[n]))
            return false;
    if (n == COUNT_OF(v) && rest.n == 0 && v[0] <= v[1] && v[1] <= v[2]) {
        *out = (struct pyramid_cuts){v[0], v[1], v[2]};
        return true;
    }
    cli_usage(cli, "--tiers must be three rising percentages such as 1,20,50");
    return false;
}

/* --bands-r, -f, -m: four rising numbers. */
static bool band_option(const struct cli *cli, const char *name, int scale,
                        int64_t *out) {
    struct str rest = cli_text(cli, name), part;
    bool sound = rest.n > 0;
    for (size_t i = 0; sound && i < RFM_BANDS - 1; i++) {
        part = S("");
        str_cut(&rest, ',', &part);
        sound = num_parse(part, scale, NUM_EXACT, &out[i]) == NUM_OK &&
                (i == 0 || out[i] > out[i - 1]);
    }
    if (sound && rest.n == 0)
        return true;
    cli_usage(
        cli,
        "--rfm fixed needs --%s, four rising numbers such as 30,90,180,365",
        name);
    return false;
}

static bool rfm_options(const struct cli *cli, struct rfm_rules *out) {
    static const char *const modes[] = {"share", "ntile", "fixed"};
    struct str mode = cli_text(cli, "rfm");
    int at = RFM_SHARE;
    if (mode.n > 0 && cli_option(cli, "mode") != NULL) {
        cli_usage(cli, "--rfm and --mode mean the same: give one");
        return false;
    }
    if (mode.n == 0)
        mode = cli_text(cli, "mode");
    if (mode.n > 0 &&
        !one_of(cli, S("--rfm"), mode, modes, COUNT_OF(modes), &at))
        return false;
    *out = (struct rfm_rules){.mode = (enum rfm_mode)at};
    if (out->mode == RFM_FIXED)
        return band_option(cli, "bands-r", 0, out->cuts[0]) &&
               band_option(cli, "bands-f", 0, out->cuts[1]) &&
               band_option(cli, "bands-m", NUM_AMOUNT, out->cuts[2]);
    if (cli_option(cli, "bands-r") == NULL &&
        cli_option(cli, "bands-f") == NULL &&
        cli_option(cli, "bands-m") == NULL)
        return true;
    cli_usage(cli, "--bands-r, --bands-f and --bands-m go with --rfm fixed");
    return false;
}

/* r,alpha,a,b[,p,q,v] */
static bool given_option(const struct cli *cli, struct analyze_request *rq) {
    struct str rest = cli_text(cli, "given"), part;
    bool sound = true;
    if (cli_option(cli, "given") == NULL)
        return true;
    while (sound && rq->n_given < GIVEN_MAX && str_cut(&rest, ',', &part)) {
        double *to = &rq->given[rq->n_given++];
        sound = datafile_real(str_trim(part), to) && *to > 0;
    }
    if (sound && rest.n == 0 && (rq->n_given == 4 || rq->n_given == GIVEN_MAX))
        return true;
    cli_usage(cli, "--given must be four or seven numbers above 0: "
                   "r,alpha,a,b or r,alpha,a,b,p,q,v (bgbb: "
                   "alpha,beta,gamma,delta)");
    return false;
}

static bool model_options(const struct cli *cli, struct analyze_request *rq) {
    static const char *const models[] = {"bgnbd", "bgbb"};
    static const char *const periods[] = {"week", "month", "year"};
    struct str model = cli_text(cli, "model"), period = cli_text(cli, "period");
    int at = 0, which = OCCASION_MONTH;
    if (model.n > 0 &&
        !one_of(cli, S("--model"), model, models, COUNT_OF(models), &at))
        return false;
    rq->by_occasions = at == 1;
    if (period.n > 0 &&
        !one_of(cli, S("--period"), period, periods, COUNT_OF(periods), &which))
        return false;
    rq->period = (enum occasion)which;
    if (rq->by_occasions == (period.n > 0))
        return true;
    cli_usage(cli, rq->by_occasions
                       ? "--model bgbb needs --period week, month or year"
                       : "--period goes with --model bgbb");
    return false;
}

static bool churn_options(const struct cli *cli, struct analyze_request *rq) {
    static const char *const methods[] = {"auto", "logistic", "boosted"};
    struct str ridge = cli_text(cli, "ridge"), method;
    int at = CHURN_AUTO;
    method = cli_text(cli, "method");
    if (method.n > 0 &&
        !one_of(cli, S("--method"), method, methods, COUNT_OF(methods), &at))
        return false;
    rq->method = (enum churn_method)at;
    rq->event = cli_text(cli, "event");
    rq->duration = cli_text(cli, "duration");
    rq->leave_out = cli_text(cli, "leave-out");
    rq->ridge = CHURN_RIDGE;
    if (ridge.n == 0 || (datafile_real(ridge, &rq->ridge) && rq->ridge > 0))
        return true;
    cli_usage(cli, "--ridge must be a number above 0, not \"" STR_FMT "\"",
              STR_ARG(ridge));
    return false;
}

static bool forecast_options(const struct cli *cli,
                             struct analyze_request *rq) {
    struct str days = cli_text(cli, "days");
    int64_t v = FORECAST_DAYS;
    rq->stage = cli_text(cli, "stage");
    rq->opened = cli_text(cli, "opened");
    rq->closed = cli_text(cli, "closed");
    rq->value = cli_text(cli, "value");
    rq->group = cli_text(cli, "group");
    if (days.n == 0 || (num_parse(days, 0, NUM_EXACT, &v) == NUM_OK && v > 0 &&
                        v <= FORECAST_DAYS_MAX)) {
        rq->days = (int32_t)v;
        return true;
    }
    cli_usage(cli, "--days must be from 1 to %d, not \"" STR_FMT "\"",
              FORECAST_DAYS_MAX, STR_ARG(days));
    return false;
}

static bool support_option(const struct cli *cli, struct analyze_request *rq) {
    struct str text = cli_text(cli, "support");
    rq->support_bp = BASIS_POINTS / 100;
    return text.n == 0 || percent(cli, "support", text, &rq->support_bp);
}

static bool group_options(const struct cli *cli, struct analyze_request *rq) {
    struct str k = cli_text(cli, "k");
    int64_t v = GROUPS_DEFAULT;
    if (k.n == 0 || (num_parse(k, 0, NUM_EXACT, &v) == NUM_OK &&
                     v >= GROUPS_LEAST && v <= GROUPS_MOST)) {
        rq->groups = (size_t)v;
        return true;
    }
    cli_usage(cli, "--k must be from %d to %d, not \"" STR_FMT "\"",
              GROUPS_LEAST, GROUPS_MOST, STR_ARG(k));
    return false;
}

static bool column_options(const struct cli *cli, struct analyze_request *rq) {
    struct column_wish *w = &rq->wish;
    for (enum column_role r = 0; r < COLUMN_ROLES; r++)
        w->names[r] = cli_option(cli, column_name(r));
    const char *id = cli_option(cli, "id");
    if (id != NULL && w->names[COLUMN_CUSTOMER] != NULL) {
        cli_usage(cli, "--id and --customer mean the same: give one");
        return false;
    }
    if (id != NULL)
        w->names[COLUMN_CUSTOMER] = id;
    if (str_of(w->names[COLUMN_AMOUNT]).n > 0 &&
        w->names[COLUMN_PRICE] != NULL) {
        cli_usage(cli, "--amount is the line's total: --price does not go "
                       "with it");
        return false;
    }
    w->needs_date = rq->what == ANALYSIS_RFM || rq->what == ANALYSIS_CLV ||
                    rq->what == ANALYSIS_COHORT ||
                    rq->what == ANALYSIS_GROUPS || rq->has_until ||
                    rq->has_as_of;
    w->needs_product = rq->what == ANALYSIS_BASKET;
    return true;
}

/* --- what goes with what -------------------------------------------------- */

#define OF(analysis) (1u << ANALYSIS_##analysis)
#define OF_VALUE (OF(RFM) | OF(ABC) | OF(PYRAMID))
#define OF_LINES (OF_VALUE | OF(CLV) | OF(COHORT) | OF(BASKET) | OF(GROUPS))

/* What is not here goes with all of them. */
static const struct {
    const char *name;
    unsigned of;
} uses[] = {
    {"customer", OF_LINES},
    {"order", OF_LINES},
    {"date", OF_LINES},
    {"quantity", OF_LINES},
    {"price", OF_LINES},
    {"amount", OF_LINES},
    {"product", OF_LINES},
    {"cancel-prefix", OF_LINES},
    {"until", OF_LINES},
    {"as-of", OF_VALUE | OF(CLV) | OF(FORECAST) | OF(GROUPS)},
    {"date-order", OF_LINES | OF(FORECAST)},
    {"a-share", OF(ABC)},
    {"b-share", OF(ABC)},
    {"tiers", OF(PYRAMID)},
    {"rfm", OF(RFM)},
    {"mode", OF(RFM)},
    {"bands-r", OF(RFM)},
    {"bands-f", OF(RFM)},
    {"bands-m", OF(RFM)},
    {"summary", OF(CLV)},
    {"given", OF(CLV)},
    {"model", OF(CLV)},
    {"period", OF(CLV)},
    {"event", OF(CHURN)},
    {"duration", OF(CHURN)},
    {"leave-out", OF(CHURN)},
    {"method", OF(CHURN)},
    {"ridge", OF(CHURN)},
    {"support", OF(BASKET)},
    {"stage", OF(FORECAST)},
    {"opened", OF(FORECAST)},
    {"closed", OF(FORECAST)},
    {"value", OF(FORECAST)},
    {"group", OF(FORECAST)},
    {"days", OF(FORECAST)},
    {"k", OF(GROUPS)},
};

/* An option that would change nothing is a mistake: silence would let the
 * reader believe in it. */
static bool options_fit(const struct cli *cli, enum analysis what) {
    bool summary = cli_option(cli, "summary") != NULL;
    for (size_t i = 0; i < COUNT_OF(uses); i++) {
        if (cli_option(cli, uses[i].name) == NULL)
            continue;
        if ((uses[i].of & 1u << what) == 0) {
            cli_usage(cli, "--%s does not go with %s", uses[i].name,
                      cli->args[0]);
            return false;
        }
        if (summary && (uses[i].of & OF(COHORT)) != 0) {
            cli_usage(cli,
                      "--%s is about sale lines: it does not go with "
                      "--summary",
                      uses[i].name);
            return false;
        }
    }
    if (!summary || cli_option(cli, "as-of") == NULL)
        return true;
    cli_usage(cli, "--as-of does not go with --summary, which holds the ages");
    return false;
}

bool analyze_options(const struct cli *cli, struct analyze_request *rq) {
    static const char *const kinds[] = {
        "rfm",   "abc",    "pyramid", "clv",      "evaluate",
        "churn", "cohort", "basket",  "forecast", "groups"};
    static const char *const formats[] = {"table", "json", "csv"};
    static const char *const orders[] = {"ymd", "dmy", "mdy"};
    int what, format = PRINT_TABLE, order = DATE_YMD;
    struct str text = cli_text(cli, "format"), days;
    *rq = (struct analyze_request){.cancel_prefix = S("C")};
    if (!one_of(cli, S("the analysis"), str_of(cli->args[0]), kinds,
                COUNT_OF(kinds), &what))
        return false;
    if (text.n > 0 &&
        !one_of(cli, S("--format"), text, formats, COUNT_OF(formats), &format))
        return false;
    days = cli_text(cli, "date-order");
    if (days.n > 0 &&
        !one_of(cli, S("--date-order"), days, orders, COUNT_OF(orders), &order))
        return false;
    rq->what = (enum analysis)what;
    rq->format = (enum print_format)format;
    rq->order = (enum date_order)order;
    if (cli_option(cli, "cancel-prefix") != NULL)
        rq->cancel_prefix = cli_text(cli, "cancel-prefix");
    rq->opts.encoding = cli_text(cli, "encoding");
    rq->summary = cli_option(cli, "summary") != NULL;
    rq->id = cli_text(cli, "id");
    return options_fit(cli, rq->what) && given_option(cli, rq) &&
           model_options(cli, rq) && churn_options(cli, rq) &&
           support_option(cli, rq) && forecast_options(cli, rq) &&
           group_options(cli, rq) &&
           option_day(cli, "as-of", rq->order, &rq->has_as_of,
                      &rq->rules.as_of) &&
           option_day(cli, "until", rq->order, &rq->has_until, &rq->until) &&
           abc_options(cli, &rq->rules.abc) &&
           rfm_options(cli, &rq->rules.rfm) &&
           tier_options(cli, &rq->rules.pyramid) && column_options(cli, rq);
}
