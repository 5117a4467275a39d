/* Output of `guanxi analyze`. One thread. Invariant: what has been written out
 * is gone from the buffer. */
#include "cli/analyze_output.h"

#include "analytics/gamma_gamma.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>

#define MAX_BUFFER (64u << 20)
#define FLUSH_AT ((size_t)256 * 1024)

static void write_out(struct buf *b) {
    struct str s = buf_view(b);
    fwrite(s.p, 1, s.n, stdout);
    buf_clear(b);
}

void output_init(struct buf *b, struct ctx *c) {
    buf_init(b, c->arena, MAX_BUFFER);
}

void output_flush(void *user) {
    struct buf *b = user;
    if (b->n > FLUSH_AT)
        write_out(b);
}

enum err output_end(struct ctx *c, struct buf *b) {
    bool whole = buf_ok(b);
    write_out(b);
    if (!whole || fflush(stdout) != 0 || ferror(stdout) != 0)
        return fail(c, ERR_IO, "", "output");
    return OK;
}

void output_real(struct csv_writer *w, double v) {
    char text[48];
    struct buf b = {.p = text, .cap = sizeof text, .max = sizeof text};
    struct jw j;
    jw_init(&j, &b);
    if (isfinite(v))
        jw_f64(&j, v);
    csv_cell_raw(w, buf_view(&b));
}

void output_count(struct csv_writer *w, int64_t v) {
    char text[24];
    struct buf b = {.p = text, .cap = sizeof text, .max = sizeof text};
    buf_i64(&b, v);
    csv_cell_raw(w, buf_view(&b));
}

void output_figure(struct buf *b, int width, int decimals, double v) {
    if (isfinite(v))
        buf_fmt(b, " %*.*f", width, decimals, v);
    else
        buf_fmt(b, " %*s", width, "-");
}

void output_id(struct buf *b, struct str id) {
    struct jw w;
    jw_init(&w, b);
    jw_str(&w, id);
}

void output_warn_spend(const char *why, double correlation) {
    if (why != NULL)
        fprintf(stderr, "guanxi: gamma_gamma is not identified (%s): no clv\n",
                why);
    if (fabs(correlation) > SPEND_CORRELATION_MAX)
        fprintf(stderr,
                "guanxi: spend and number of purchases correlate by %.2f: "
                "gamma_gamma assumes that they don't\n",
                correlation);
}
