/* From rows of a file to sale lines. One thread, but for analyze_parts.c.
 * Invariant: nothing is computed when a row could not be read; up to twenty of
 * them are shown. */
#include "cli/analyze_read.h"

#include "cli/analyze_file.h"
#include "cli/analyze_parts.h"

#include "base/num.h"

#include <stdio.h>

static struct str cell(const struct table_row *row,
                       const struct line_reader *rd, enum column_role r) {
    size_t at = rd->columns.at[r];
    return at == COLUMN_NONE ? S("") : str_trim(row->cells[at]);
}

/* An empty cell counts as 0: such a line is no sale. */
static enum err read_number(struct ctx *c, const struct table_row *row,
                            const struct line_reader *rd, enum column_role r,
                            int64_t *out) {
    int scale = r == COLUMN_QUANTITY ? NUM_QUANTITY : NUM_AMOUNT;
    struct str text = cell(row, rd, r);
    *out = 0;
    enum num_result got = num_parse(text, scale, NUM_EXACT, out);
    if (got == NUM_OK || got == NUM_EMPTY)
        return OK;
    return datafile_bad_cell(c, row, rd->columns.headings[r], text,
                             num_code(got));
}

static enum err read_line(struct ctx *c, const struct table_row *row,
                          const struct line_reader *rd, struct sale_line *l) {
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
                         const struct line_reader *rd, struct sale_line *l,
                         bool *known) {
    struct stamp t = {0};
    struct str text = cell(row, rd, COLUMN_DATE);
    enum time_result got = stamp_parse(text, rd->rq->order, &t);
    *known = got == TIME_OK;
    l->day = t.day;
    if (got == TIME_OK ||
        (got == TIME_EMPTY && line_kind(l, rd->rq->cancel_prefix) != LINE_SALE))
        return OK;
    return datafile_bad_cell(c, row, rd->columns.headings[COLUMN_DATE], text,
                             time_code(got));
}

static enum err take_row(struct ctx *c, const struct table_row *row,
                         struct line_reader *rd) {
    struct sale_line l;
    bool known = true;
    if (row->problem != NULL)
        return datafile_bad(c, row, row->problem);
    TRY(read_line(c, row, rd, &l));
    if (rd->columns.at[COLUMN_DATE] != COLUMN_NONE)
        TRY(read_day(c, row, rd, &l, &known));
    if (rd->rq->has_until && known && l.day > rd->rq->until) {
        rd->left_out++;
        return OK;
    }
    l.no_day = !known;
    rd->lines++;
    if (known && (!rd->dated || l.day > rd->last_day)) {
        rd->dated = true;
        rd->last_day = l.day;
    }
    enum err e = rd->take == NULL
                     ? transactions_add(c, rd->sums, &l)
                     : rd->take(c, rd->user, &l, cell(row, rd, COLUMN_PRODUCT));
    if (e != OK) /* it knows what, we know where */
        c->problems.p[c->problems.n - 1].field = datafile_place(c, row);
    return e;
}

/* Goes on after a row that cannot be read, so that one run shows what has to be
 * mended; nothing is computed then. */
static enum err read_rows(struct ctx *c, struct table *t,
                          struct line_reader *rd) {
    struct table_row row;
    bool more = true;
    while (rd->bad_rows < DATAFILE_MAX_PROBLEMS) {
        TRY(table_next(c, t, &row, &more));
        if (!more)
            break;
        if (take_row(c, &row, rd) != OK)
            rd->bad_rows++;
    }
    if (rd->bad_rows == DATAFILE_MAX_PROBLEMS)
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

enum err analyze_read(struct ctx *c, struct str path, struct line_reader *rd) {
    struct datafile s;
    TRY(datafile_open(c, path, &rd->rq->opts, &s));
    TRY(columns_find(c, &s.row, &rd->rq->wish, &rd->columns));
    show_guess(&rd->columns);
    bool done = false;
    if (rd->take == NULL)
        analyze_parts(c, s.table, rd, &done);
    if (!done) {
        if (rd->take == NULL)
            rd->sums = transactions_new(c->arena, rd->rq->cancel_prefix);
        TRY(read_rows(c, s.table, rd));
    }
    if (rd->lines == 0)
        return fail(c, ERR_INVALID, "file",
                    rd->left_out > 0 ? "analyze_all_late" : "file_no_lines");
    if (rd->left_out > 0)
        fprintf(stderr, "guanxi: %lld lines after --until are left out\n",
                (long long)rd->left_out);
    return OK;
}

int32_t analyze_day_after(int32_t last) {
    return last < DAY_MAX ? last + 1 : DAY_MAX;
}

enum err analyze_as_of(struct ctx *c, const struct analyze_request *rq,
                       int32_t fallback, int32_t last, int32_t *out) {
    *out = rq->has_as_of ? rq->rules.as_of : fallback;
    if (last > *out)
        return failv(
            c, ERR_INVALID, S("as-of"), "analyze_as_of_early",
            ARGS(V(day_text(c->arena, *out)), V(day_text(c->arena, last))));
    return OK;
}

enum err analyze_sales(struct ctx *c, struct str path,
                       const struct analyze_request *rq,
                       struct analyzed_sales *out) {
    struct line_reader rd = {.rq = rq};
    int32_t last = DAY_MIN;
    TRY(analyze_read(c, path, &rd));
    if (rd.columns.at[COLUMN_DATE] != COLUMN_NONE && !rd.dated &&
        !rq->has_as_of)
        return fail(c, ERR_INVALID, "date", "analyze_no_day");
    *out = (struct analyzed_sales){.totals = transactions_totals(rd.sums),
                                   .has_orders = rd.columns.at[COLUMN_ORDER] !=
                                                 COLUMN_NONE};
    out->customers = transactions_customers(rd.sums, c->arena, &out->n);
    for (size_t i = 0; i < out->n; i++)
        last = out->customers[i].last_day > last ? out->customers[i].last_day
                                                 : last;
    return analyze_as_of(c, rq, analyze_day_after(out->totals.last_day), last,
                         &out->as_of);
}
