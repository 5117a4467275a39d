/* A file of one row a deal to a forecast. One thread. Invariant: what is known
 * only on --as-of or later is left to the back test. */
#include "cli/analyze_forecast.h"

#include "cli/analyze_file.h"
#include "cli/analyze_output.h"
#include "cli/analyze_read.h"

#include "analytics/pipeline.h"

#include <math.h>
#include <stdio.h>

#define TABLE_ROWS 20

struct places {
    size_t id, stage, opened, closed, value, group;
};

struct reading {
    const struct analyze_request *rq;
    struct datafile f;
    struct places at;
    VEC(struct deal) deals;
    int32_t last; /* day named in the file */
};

static enum err find_places(struct ctx *c, struct reading *s) {
    static const char *const ids[] = {"id",          "dealid", "opportunityid",
                                      "opportunity", "deal",   "商机编号",
                                      "商机",        NULL};
    static const char *const stages[] = {
        "stage", "dealstage", "status", "阶段", "销售阶段", "状态", NULL};
    static const char *const opened[] = {"opened",   "openedon",  "engagedate",
                                         "created",  "createdat", "opendate",
                                         "开始日期", "创建日期",  NULL};
    static const char *const closed[] = {"closed",   "closedon", "closedate",
                                         "结束日期", "成交日期", "关闭日期",
                                         NULL};
    static const char *const values[] = {"value", "closevalue", "amount",
                                         "金额",  "商机金额",   NULL};
    static const char *const groups[] = {"product", "group", "产品", NULL};
    const struct analyze_request *rq = s->rq;
    TRY(datafile_column(c, &s->f, rq->id, ids, false, &s->at.id));
    TRY(datafile_column(c, &s->f, rq->stage, stages, true, &s->at.stage));
    TRY(datafile_column(c, &s->f, rq->opened, opened, true, &s->at.opened));
    TRY(datafile_column(c, &s->f, rq->closed, closed, true, &s->at.closed));
    TRY(datafile_column(c, &s->f, rq->value, values, true, &s->at.value));
    return datafile_column(c, &s->f, rq->group, groups, false, &s->at.group);
}

static enum spell_end stage_end(struct str text) {
    static const char *const won[] = {"won",  "closed won", "closedwon",
                                      "赢单", "成交",       "赢"};
    static const char *const lost[] = {"lost", "closed lost", "closedlost",
                                       "输单", "失败",        "丢单"};
    for (size_t i = 0; i < COUNT_OF(won); i++)
        if (str_eq_nocase(text, str_of(won[i])))
            return SPELL_WON;
    for (size_t i = 0; i < COUNT_OF(lost); i++)
        if (str_eq_nocase(text, str_of(lost[i])))
            return SPELL_LOST;
    return SPELL_OPEN;
}

/* An empty cell is no day. */
static enum err read_day(struct ctx *c, struct reading *s, size_t at, bool *has,
                         int32_t *out) {
    struct str text = datafile_cell(&s->f, at);
    *has = text.n > 0;
    if (!*has)
        return OK;
    if (day_parse(text, s->rq->order, out) != TIME_OK)
        return datafile_bad_cell(c, &s->f.row, s->f.headings[at], text,
                                 "analyze_day");
    s->last = *out > s->last ? *out : s->last;
    return OK;
}

static enum err take_row(struct ctx *c, void *arg) {
    struct reading *s = arg;
    const struct datafile *f = &s->f;
    struct deal d = {.value = NAN,
                     .end = stage_end(datafile_cell(f, s->at.stage))};
    TRY(read_day(c, s, s->at.opened, &d.has_opened, &d.opened));
    TRY(read_day(c, s, s->at.closed, &d.has_closed, &d.closed));
    if (datafile_cell(f, s->at.value).n > 0)
        TRY(datafile_number(c, f, s->at.value, &d.value));
    if (d.end != SPELL_OPEN && !d.has_closed)
        return datafile_bad_cell(c, &f->row, f->headings[s->at.closed], S(""),
                                 "analyze_closed");
    if (d.has_opened && d.has_closed && d.closed < d.opened)
        return datafile_bad_cell(c, &f->row, f->headings[s->at.closed],
                                 datafile_cell(f, s->at.closed),
                                 "analyze_deal");
    d.has_closed = d.end != SPELL_OPEN;
    d.id = datafile_id(c, f, s->at.id);
    d.group = str_dup(c->arena, datafile_cell(f, s->at.group));
    *VEC_PUSH(c->arena, &s->deals) = d;
    return OK;
}

static enum err read_deals(struct ctx *c, struct str path, struct reading *s) {
    TRY(datafile_open(c, path, &s->rq->opts, &s->f));
    TRY(find_places(c, s));
    TRY(datafile_rows(c, &s->f, take_row, s));
    if (s->deals.n == 0)
        return fail(c, ERR_INVALID, "file", "file_no_lines");
    return OK;
}

/* --- output ------------------------------------------------------------- */

static void print_csv(struct buf *b, const struct pipeline_report *r) {
    bool known = r->why == NULL;
    struct csv_writer w;
    csv_init(&w, b);
    buf_cstr(b, "id,group,age_days,value,p_won,p_lost,expected\r\n");
    for (size_t i = 0; i < r->n; i++) {
        const struct pipeline_row *row = &r->rows[i];
        csv_cell(&w, row->deal->id);
        csv_cell(&w, row->deal->group);
        output_count(&w, row->age);
        output_real(&w, row->value);
        output_real(&w, known ? row->chance.won : NAN);
        output_real(&w, known ? row->chance.lost : NAN);
        output_real(&w, known ? row->value * row->chance.won : NAN);
        csv_row_end(&w);
        output_flush(b);
    }
}

static void print_sums(struct buf *b, const struct pipeline_report *r) {
    buf_cstr(b, "expected ");
    output_figure(b, 14, 2, r->expected);
    buf_cstr(b, "   (10 %:");
    output_figure(b, 0, 2, r->p10);
    buf_cstr(b, ", half:");
    output_figure(b, 0, 2, r->p50);
    buf_cstr(b, ", 90 %:");
    output_figure(b, 0, 2, r->p90);
    buf_cstr(b, ")\nweighted ");
    output_figure(b, 14, 2, r->weighted);
    buf_cstr(b, "   by the share of closed deals won\n");
    if (r->has_actual) {
        buf_cstr(b, "actual   ");
        output_figure(b, 14, 2, r->actual);
        buf_fmt(b, "   %lld won\n", (long long)r->actual_won);
    }
    buf_byte(b, '\n');
    for (size_t i = 0; i < r->n_groups; i++) {
        output_figure(b, 14, 2, r->groups[i].expected);
        buf_fmt(b, " expected of %5lld open  ", (long long)r->groups[i].open);
        output_id(b, r->groups[i].name);
        buf_byte(b, '\n');
    }
    buf_byte(b, '\n');
    for (size_t i = 0; i < r->n && i < TABLE_ROWS; i++) {
        const struct pipeline_row *row = &r->rows[i];
        buf_fmt(b, "%5d d  won %5.1f %%  lost %5.1f %%  ", row->age,
                100 * row->chance.won, 100 * row->chance.lost);
        output_figure(b, 12, 2, row->value);
        buf_cstr(b, "  ");
        output_id(b, row->deal->id);
        buf_byte(b, '\n');
    }
    if (r->n > TABLE_ROWS)
        buf_fmt(b, "%zu more: --format csv or json\n", r->n - TABLE_ROWS);
}

static void print_table(struct buf *b, const struct pipeline_report *r) {
    buf_cstr(b, "as of ");
    day_print(b, r->in->as_of);
    buf_fmt(b, ", %d days\nopen %zu, won %lld, lost %lld", r->in->days, r->n,
            (long long)r->won, (long long)r->lost);
    if (r->unopened > 0)
        buf_fmt(b, ", without a day of opening %lld", (long long)r->unopened);
    if (r->unvalued > 0)
        buf_fmt(b, ", without a value %lld", (long long)r->unvalued);
    buf_byte(b, '\n');
    if (r->why == NULL)
        print_sums(b, r);
}

enum err analyze_forecast(struct ctx *c, struct str path,
                          const struct analyze_request *rq) {
    struct reading s = {.rq = rq, .last = DAY_MIN};
    struct pipeline_report report;
    struct buf b;
    TRY(read_deals(c, path, &s));
    if (!rq->has_as_of && s.last == DAY_MIN)
        return fail(c, ERR_INVALID, "date", "analyze_no_day");
    struct pipeline_input in = {
        .deals = s.deals.p,
        .n = s.deals.n,
        .as_of = rq->has_as_of ? rq->rules.as_of : analyze_day_after(s.last),
        .days = rq->days};
    pipeline_report(c->arena, &in, &report);
    if (report.why != NULL)
        fprintf(stderr, "guanxi: no forecast (%s)\n", report.why);
    output_init(&b, c);
    if (rq->format == PRINT_JSON) {
        struct jw w;
        jw_init(&w, &b);
        pipeline_json(&report, &w, output_flush, &b);
        buf_byte(&b, '\n');
    } else if (rq->format == PRINT_CSV) {
        print_csv(&b, &report);
    } else {
        print_table(&b, &report);
    }
    return output_end(c, &b);
}
