/* `guanxi analyze`: RFM, ABC and pyramid of a file of sale lines, without a
 * server and without a database. Reads the file once; what a line is and how
 * customers are graded is decided in src/analytics, the columns in
 * analyze_columns.c, the output in analyze_print.c. */
#include "cli/analyze_columns.h"
#include "cli/analyze_print.h"
#include "cli/commands.h"

#include "base/message.h"
#include "base/num.h"
#include "base/time.h"

#include <unistd.h>

#define MAX_ROW_PROBLEMS 20

struct request {
    enum analysis what;
    enum print_format format;
    struct column_wish wish;
    enum date_order order;
    struct value_rules rules;
    bool has_as_of, has_until;
    int32_t until;
    struct str cancel_prefix;
    struct table_opts opts;
};

/* What reading the file gave. */
struct reading {
    const struct request *rq;
    struct columns columns;
    struct transactions *sums;
    int64_t left_out; /* lines after --until */
    size_t bad_rows;
};

/* --- options ------------------------------------------------------------ */

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
    int v[3] = {0};
    struct str rest = cli_text(cli, "tiers"), part;
    *out = PYRAMID_DEFAULT;
    if (rest.n == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(v); i++) {
        part = S("");
        str_cut(&rest, ',', &part);
        if (!percent(cli, "tiers", part, &v[i]))
            return false;
    }
    *out = (struct pyramid_cuts){v[0], v[1], v[2]};
    if (rest.n == 0 && v[0] <= v[1] && v[1] <= v[2])
        return true;
    cli_usage(cli, "--tiers must be three rising percentages such as 1,20,50");
    return false;
}

static bool column_options(const struct cli *cli, struct request *rq) {
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
    w->needs_date = rq->what == ANALYSIS_RFM || rq->has_until || rq->has_as_of;
    return true;
}

static bool read_options(const struct cli *cli, struct request *rq) {
    static const char *const kinds[] = {"rfm", "abc", "pyramid"};
    static const char *const formats[] = {"table", "json", "csv"};
    static const char *const orders[] = {"ymd", "dmy", "mdy"};
    int what, format = PRINT_TABLE, order = DATE_YMD;
    struct str text = cli_text(cli, "format"), days;
    *rq = (struct request){.cancel_prefix = S("C")};
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
    return option_day(cli, "as-of", rq->order, &rq->has_as_of,
                      &rq->rules.as_of) &&
           option_day(cli, "until", rq->order, &rq->has_until, &rq->until) &&
           abc_options(cli, &rq->rules.abc) &&
           tier_options(cli, &rq->rules.pyramid) && column_options(cli, rq);
}

/* --- reading ------------------------------------------------------------ */

/* Where something is wrong, in front of what is wrong. */
static struct str place(struct ctx *c, const char *id, struct args args) {
    struct buf b;
    buf_init(&b, c->arena, 4096);
    message_print(&b, c->lang, str_of(id), args.v, args.n);
    return buf_view(&b);
}

/* Notes that a cell of a row cannot be read. */
static enum err bad_cell(struct ctx *c, const struct table_row *row,
                         struct str column, struct str text, const char *code) {
    struct str at = place(
        c, "at_cell",
        ARGS(V((long long)row->line), V(column), V(str_sub(text, 0, 80))));
    return failv(c, ERR_INVALID, at, code, ARGS(V(str_sub(text, 0, 80))));
}

static enum err bad_row(struct ctx *c, const struct table_row *row,
                        const char *code) {
    struct args line = ARGS(V((long long)row->line));
    return failv(c, ERR_INVALID, place(c, "at_line", line), code, line);
}

static struct str cell(const struct table_row *row, const struct reading *rd,
                       enum column_role r) {
    size_t at = rd->columns.at[r];
    return at == COLUMN_NONE ? S("") : str_trim(row->cells[at]);
}

/* An empty cell counts as 0: such a line is no sale. */
static enum err read_number(struct ctx *c, const struct table_row *row,
                            const struct reading *rd, enum column_role r,
                            int64_t *out) {
    int scale = r == COLUMN_QUANTITY ? NUM_QUANTITY : NUM_AMOUNT;
    struct str text = cell(row, rd, r);
    *out = 0;
    enum num_result got = num_parse(text, scale, NUM_EXACT, out);
    if (got == NUM_OK || got == NUM_EMPTY)
        return OK;
    return bad_cell(c, row, rd->columns.headings[r], text, num_code(got));
}

static enum err read_line(struct ctx *c, const struct table_row *row,
                          const struct reading *rd, struct sale_line *l) {
    *l = (struct sale_line){.customer = cell(row, rd, COLUMN_CUSTOMER),
                            .order = cell(row, rd, COLUMN_ORDER),
                            .quantity = 1000,
                            .has_amount =
                                rd->columns.at[COLUMN_AMOUNT] != COLUMN_NONE};
    if (rd->columns.at[COLUMN_QUANTITY] != COLUMN_NONE)
        TRY(read_number(c, row, rd, COLUMN_QUANTITY, &l->quantity));
    if (l->has_amount)
        return read_number(c, row, rd, COLUMN_AMOUNT, &l->amount);
    return read_number(c, row, rd, COLUMN_PRICE, &l->price);
}

/* The day as written. *known false: the cell is empty, which only a line that
 * is no sale may be. */
static enum err read_day(struct ctx *c, const struct table_row *row,
                         const struct reading *rd, struct sale_line *l,
                         bool *known) {
    struct stamp t = {0};
    struct str text = cell(row, rd, COLUMN_DATE);
    enum time_result got = stamp_parse(text, rd->rq->order, &t);
    *known = got == TIME_OK;
    l->day = t.day;
    if (got == TIME_OK ||
        (got == TIME_EMPTY && line_kind(l, rd->rq->cancel_prefix) != LINE_SALE))
        return OK;
    return bad_cell(c, row, rd->columns.headings[COLUMN_DATE], text,
                    time_code(got));
}

static enum err take_row(struct ctx *c, const struct table_row *row,
                         struct reading *rd) {
    struct sale_line l;
    bool known = true;
    if (row->problem != NULL)
        return bad_row(c, row, row->problem);
    TRY(read_line(c, row, rd, &l));
    if (rd->columns.at[COLUMN_DATE] != COLUMN_NONE)
        TRY(read_day(c, row, rd, &l, &known));
    if (rd->rq->has_until && known && l.day > rd->rq->until) {
        rd->left_out++;
        return OK;
    }
    l.no_day = !known;
    enum err e = transactions_add(c, rd->sums, &l);
    if (e != OK) /* it knows what, we know where */
        c->problems.p[c->problems.n - 1].field =
            place(c, "at_line", ARGS(V((long long)row->line)));
    return e;
}

/* Goes on after a row that cannot be read, so that one run shows what has to be
 * mended; nothing is computed then. */
static enum err read_rows(struct ctx *c, struct table *t, struct reading *rd) {
    struct table_row row;
    bool more = true;
    while (rd->bad_rows < MAX_ROW_PROBLEMS) {
        TRY(table_next(c, t, &row, &more));
        if (!more)
            break;
        if (take_row(c, &row, rd) != OK)
            rd->bad_rows++;
    }
    if (rd->bad_rows == MAX_ROW_PROBLEMS)
        return fail(c, ERR_INVALID, "", "analyze_stopped");
    return fail_any(c);
}

static void show_guess(const struct columns *cols) {
    bool any = false;
    for (enum column_role r = 0; r < COLUMN_ROLES; r++) {
        if (!cols->guessed[r])
            continue;
        fprintf(stderr, "%s --%s " STR_FMT, any ? "" : "guanxi: guessed",
                column_name(r), STR_ARG(cols->headings[r]));
        any = true;
    }
    if (any)
        fputc('\n', stderr);
}

static enum err read_file(struct ctx *c, struct str path, struct reading *rd) {
    struct table *t;
    struct table_row row;
    bool more;
    if (str_eqc(path, "-"))
        TRY(table_open(c, STDIN_FILENO, &rd->rq->opts, &t));
    else
        TRY(table_open_path(c, path, &rd->rq->opts, &t));
    TRY(table_next(c, t, &row, &more));
    if (!more)
        return fail(c, ERR_INVALID, "file", "file_empty");
    if (row.problem != NULL)
        return bad_row(c, &row, row.problem);
    TRY(columns_find(c, &row, &rd->rq->wish, &rd->columns));
    show_guess(&rd->columns);
    rd->sums = transactions_new(c->arena, rd->rq->cancel_prefix);
    TRY(read_rows(c, t, rd));
    if (transactions_totals(rd->sums).lines == 0)
        return fail(c, ERR_INVALID, "file", "file_no_lines");
    return OK;
}

/* --- the command -------------------------------------------------------- */

/* --as-of, or the day after the last line. */
static enum err find_as_of(struct ctx *c, const struct request *rq,
                           const struct transactions_totals *totals,
                           const struct customer_sales *customers, size_t n,
                           int32_t *out) {
    *out = rq->has_as_of ? rq->rules.as_of : totals->last_day + 1;
    for (size_t i = 0; i < n; i++)
        if (customers[i].last_day > *out)
            return failv(c, ERR_INVALID, S("as-of"), "analyze_as_of_early",
                         ARGS(V(day_text(c->arena, *out)),
                              V(day_text(c->arena, customers[i].last_day))));
    return OK;
}

static enum err analyze(struct ctx *c, struct str path,
                        const struct request *rq) {
    struct reading rd = {.rq = rq};
    struct value_rules rules = rq->rules;
    struct value_report report;
    size_t n;
    TRY(read_file(c, path, &rd));
    struct transactions_totals totals = transactions_totals(rd.sums);
    struct customer_sales *customers =
        transactions_customers(rd.sums, c->arena, &n);
    TRY(find_as_of(c, rq, &totals, customers, n, &rules.as_of));
    if (rq->what == ANALYSIS_RFM && rd.columns.at[COLUMN_ORDER] == COLUMN_NONE)
        fprintf(stderr, "guanxi: no --order column: every line counts as an "
                        "order, none as cancelled\n");
    if (rd.left_out > 0)
        fprintf(stderr, "guanxi: %lld lines after --until are left out\n",
                (long long)rd.left_out);
    value_report(c->arena, customers, n, &totals, rules, &report);
    return analysis_print(c, rq->what, rq->format, &report, &totals);
}

static enum cli_exit run(struct cli *cli) {
    struct request rq;
    if (!read_options(cli, &rq))
        return CLI_USAGE;
    return cli_error(cli, analyze(cli->c, str_of(cli->args[1]), &rq));
}

static const struct cli_option options[] = {
    {"customer", "COLUMN", "who bought; --id is the same"},
    {"id", "COLUMN", "who bought"},
    {"order", "COLUMN", "invoice or order number; --order= for none"},
    {"date", "COLUMN", "day of the sale, with or without time"},
    {"quantity", "COLUMN", "pieces"},
    {"price", "COLUMN", "price of one piece"},
    {"amount", "COLUMN", "total of the line, in place of quantity and price"},
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
    {"encoding", "NAME", "of the text; default: detected"},
    {"format", "table|json|csv", "form of the output; default table"},
};

const struct command analyze_command = {
    .name = "analyze",
    .args = "rfm|abc|pyramid FILE",
    .doc = "Grade the customers of a file of sale lines, without a database.",
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
