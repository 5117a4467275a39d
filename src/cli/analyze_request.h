/* What the user asked `guanxi analyze` for. */
#ifndef CLI_ANALYZE_REQUEST_H
#define CLI_ANALYZE_REQUEST_H

#include "cli/analyze_columns.h"
#include "cli/command.h"

#include "analytics/churn.h"
#include "analytics/occasions.h"
#include "analytics/value_report.h"
#include "base/time.h"

enum analysis {
    ANALYSIS_RFM,
    ANALYSIS_ABC,
    ANALYSIS_PYRAMID,
    ANALYSIS_CLV,
    ANALYSIS_EVALUATE,
    ANALYSIS_CHURN,
    ANALYSIS_COHORT,
    ANALYSIS_BASKET,
    ANALYSIS_FORECAST,
    ANALYSIS_GROUPS,
    ANALYSIS_COUNT
};

enum print_format { PRINT_TABLE, PRINT_JSON, PRINT_CSV, PRINT_COUNT };

#define GIVEN_MAX 7

struct analyze_request {
    enum analysis what;
    enum print_format format;
    struct column_wish wish;
    enum date_order order;
    struct value_rules rules;
    bool has_as_of, has_until;
    int32_t until;
    struct str cancel_prefix;
    struct table_opts opts;
    bool summary;  /* the file holds histories, not sale lines */
    struct str id; /* column of a summary, of churn */
    struct str event, duration, leave_out;          /* columns of churn */
    struct str stage, opened, closed, value, group; /* columns of forecast */
    int32_t days;                                   /* of forecast */
    double ridge;
    enum churn_method method;
    int support_bp;    /* basis points of orders */
    size_t groups;     /* of customers */
    bool by_occasions; /* clv by BG/BB, one occasion a period */
    enum occasion period;
    double given[GIVEN_MAX]; /* r, alpha, a, b (BG/BB: alpha, beta, gamma,
                                delta), p, q, v */
    size_t n_given;          /* 0, 4 or 7 */
};

/* Reads the options of a call; false: what is wrong has been printed. */
bool analyze_options(const struct cli *cli,
                     struct analyze_request *out) MUST_CHECK;

#endif
