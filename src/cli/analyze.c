/* `guanxi analyze`: what a file tells of its customers, without a server and
 * without a database. One thread. The options are read in analyze_options.c,
 * the file in analyze_read.c and analyze_file.c; what a line is and how
 * customers are graded is decided in src/analytics. */
#include "cli/analyze_churn.h"
#include "cli/analyze_clv.h"
#include "cli/analyze_cohort.h"
#include "cli/analyze_evaluate.h"
#include "cli/analyze_forecast.h"
#include "cli/analyze_print.h"
#include "cli/analyze_read.h"
#include "cli/commands.h"

#include <stdio.h>

/* rfm, abc, pyramid */
static enum err analyze_value(struct ctx *c, struct str path,
                              const struct analyze_request *rq) {
    struct line_reader rd = {.rq = rq};
    struct value_rules rules = rq->rules;
    struct value_report report;
    size_t n;
    int32_t last = DAY_MIN;
    TRY(analyze_read(c, path, &rd));
    struct transactions_totals totals = transactions_totals(rd.sums);
    struct customer_sales *customers =
        transactions_customers(rd.sums, c->arena, &n);
    for (size_t i = 0; i < n; i++)
        last = customers[i].last_day > last ? customers[i].last_day : last;
    TRY(analyze_as_of(c, rq, totals.last_day + 1, last, &rules.as_of));
    if (rq->what == ANALYSIS_RFM && rd.columns.at[COLUMN_ORDER] == COLUMN_NONE)
        fprintf(stderr, "guanxi: no --order column: every line counts as an "
                        "order, none as cancelled\n");
    value_report(c->arena, customers, n, &totals, rules, &report);
    return analysis_print(c, rq->what, rq->format, &report, &totals);
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
    {"bands-r", "N,N,N,N", "days: the cuts of --rfm fixed"},
    {"bands-f", "N,N,N,N", "orders: the same"},
    {"bands-m", "N,N,N,N", "money: the same"},
    {"summary", NULL,
     "clv: FILE holds columns x, t_x, T (weeks) and perhaps m, not sale lines"},
    {"given", "NUMBERS",
     "clv: r,alpha,a,b[,p,q,v] in place of fitted parameters"},
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
    {"encoding", "NAME", "of the text; default: detected"},
    {"format", "table|json|csv", "form of the output; default table"},
};

const struct command analyze_command = {
    .name = "analyze",
    .args = "rfm|abc|pyramid|clv|evaluate|churn|cohort|basket|forecast FILE",
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
