/* `guanxi analyze`: what a file tells of its customers, without a server and
 * without a database. One thread, but for what analyze_parts.c reads. The
 * options are read in analyze_options.c, the file in analyze_read.c and
 * analyze_file.c; what a line is and how customers are graded is decided in
 * src/analytics. */
#include "cli/analyze_churn.h"
#include "cli/analyze_clv.h"
#include "cli/analyze_cohort.h"
#include "cli/analyze_evaluate.h"
#include "cli/analyze_forecast.h"
#include "cli/analyze_groups.h"
#include "cli/analyze_print.h"
#include "cli/analyze_read.h"
#include "cli/commands.h"

#include <stdio.h>

/* rfm, abc, pyramid */
static enum err analyze_value(struct ctx *c, struct str path,
                              const struct analyze_request *rq) {
    struct value_rules rules = rq->rules;
    struct value_report report;
    struct analyzed_sales in;
    TRY(analyze_sales(c, path, rq, &in));
    rules.as_of = in.as_of;
    if (rq->what == ANALYSIS_RFM && !in.has_orders)
        fprintf(stderr, "guanxi: no --order column: every line counts as an "
                        "order, none as cancelled\n");
    value_report(c->arena, in.customers, in.n, &in.totals, rules, &report);
    return analysis_print(c, rq->what, rq->format, &report, &in.totals);
}

static enum cli_exit run(struct cli *cli) {
    static enum err (*const fns[ANALYSIS_COUNT])(
        struct ctx *, struct str, const struct analyze_request *) = {
        [ANALYSIS_RFM] = analyze_value,
        [ANALYSIS_ABC] = analyze_value,
        [ANALYSIS_PYRAMID] = analyze_value,
        [ANALYSIS_CLV] = analyze_clv,
        [ANALYSIS_EVALUATE] = analyze_evaluate,
        [ANALYSIS_CHURN] = analyze_churn,
        [ANALYSIS_COHORT] = analyze_cohort,
        [ANALYSIS_BASKET] = analyze_basket,
        [ANALYSIS_FORECAST] = analyze_forecast,
        [ANALYSIS_GROUPS] = analyze_groups,
    };
    struct analyze_request rq;
    if (!analyze_options(cli, &rq))
        return CLI_USAGE;
    return cli_error(cli, fns[rq.what](cli->c, str_of(cli->args[1]), &rq));
}

static const struct cli_option options[] = {
    {"customer", "COLUMN", "who bought; --id is the same"},
    {"id", "COLUMN", "who bought"},
    {"order", "COLUMN", "invoice or order number; --order= for none"},
    {"date", "COLUMN", "day of the sale, with or without time"},
    {"quantity", "COLUMN", "pieces"},
    {"price", "COLUMN", "price of one piece"},
    {"amount", "COLUMN", "total of the line, in place of quantity and price"},
    {"product", "COLUMN", "what was bought"},
    {"as-of", "DAY",
     "recency counts to this day; default: the day after the "
     "last line"},
    {"until", "DAY", "leave out lines after this day"},
    {"date-order", "ymd|dmy|mdy",
     "how dates like 03/04/2026 are meant; "
     "default ymd refuses them"},
    {"cancel-prefix", "TEXT",
     "orders that begin so are cancellations; "
     "default C"},
    {"a-share", "PERCENT", "class A up to this share of sales; default 80"},
    {"b-share", "PERCENT", "class B up to this share; default 95"},
    {"tiers", "P,P,P", "last ranks of vip, main, ordinary; default 1,20,50"},
    {"rfm", "share|ntile|fixed",
     "how values become scores of 1 to 5; default share"},
    {"mode", "share|ntile|fixed", "the same as --rfm"},
    {"bands-r", "N,N,N,N", "days: the cuts of --rfm fixed"},
    {"bands-f", "N,N,N,N", "orders: the same"},
    {"bands-m", "N,N,N,N", "money: the same"},
    {"summary", NULL,
     "clv: FILE holds columns x, t_x, T (weeks) and perhaps m, not sale lines"},
    {"given", "NUMBERS",
     "clv: r,alpha,a,b[,p,q,v] in place of fitted parameters; of bgbb "
     "alpha,beta,gamma,delta[,p,q,v]"},
    {"model", "bgnbd|bgbb",
     "clv: purchases at any time, or at most one a period; default bgnbd"},
    {"period", "week|month|year", "clv --model bgbb: that period"},
    {"event", "COLUMN", "churn: yes or no, lost or not"},
    {"duration", "COLUMN", "churn: how long the customer was seen"},
    {"leave-out", "COLUMNS", "churn: no facts, because known too late"},
    {"method", "auto|logistic|boosted",
     "churn: what gives the risks; default auto: trees where they win"},
    {"ridge", "NUMBER", "churn: penalty of coefficients; default 1"},
    {"support", "PERCENT", "basket: orders a pair must be in; default 1"},
    {"stage", "COLUMN", "forecast: won, lost, or anything else for open"},
    {"opened", "COLUMN", "forecast: the day a deal began"},
    {"closed", "COLUMN", "forecast: the day it was won or lost"},
    {"value", "COLUMN", "forecast: what it brings"},
    {"group", "COLUMN", "forecast: deals alike in value, such as a product"},
    {"days", "N", "forecast: how far to look; default 92"},
    {"k", "N", "groups: how many, from 2 to 12; default 5"},
    {"encoding", "NAME", "of the text; default: detected"},
    {"format", "table|json|csv", "form of the output; default table"},
};

const struct command analyze_command = {
    .name = "analyze",
    .args =
        "rfm|abc|pyramid|clv|evaluate|churn|cohort|basket|forecast|groups FILE",
    .doc = "Grade and value the customers of a file, without a database.",
    .more = "FILE is CSV (also .gz) or .xlsx, or - for standard input. Columns "
            "that are not named\nare guessed from the header when only one can "
            "be meant; the guess is printed.\nRules and shapes: "
            "docs/analyze.md.",
    .options = options,
    .n_options = COUNT_OF(options),
    .min_args = 2,
    .max_args = 2,
    .fn = run,
};
