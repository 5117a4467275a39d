/* Exports: the query is checked when it is asked for and run, with the rights
 * the owner has then, by the job. Owns nothing beyond the call. */
#include "app/export.h"

#include "app/extract.h"
#include "app/settings.h"
#include "base/currency.h"
#include "base/map.h"
#include "base/time.h"
#include "base/zone.h"
#include "model/mask.h"
#include "model/value.h"
#include "store/file.h"
#include "store/lookup.h"
#include "store/query_parts.h"
#include "store/sight.h"
#include "store/trail.h"
#include "store/trail_sight.h"

#include <unistd.h>

#define TITLES_MAX 20000

/* Titles of one reference field, by id. */
struct titles {
    struct scope scope;
    bool may;
    struct arena *arena;
    struct map map;
};

struct export {
    struct query q;
    enum extract_format format;
    size_t shown;         /* fields of q that were asked for; then currencies */
    const enum see *sees; /* of q.fields */
    struct titles *titles; /* by place in q.fields */
    int money_digits;      /* of the base currency */
    struct extract *out;
    int64_t rows, total;
    enum err (*tick)(struct ctx * c, void *arg, int64_t done, int64_t total);
    void *arg;
};

/* --- asking -------------------------------------------------------------- */

static struct str text_member(const json_t *body, const char *name) {
    const json_t *v = json_object_get(body, name);
    return json_is_string(v) ? json_str(v) : S("");
}

static enum err read_query(struct ctx *c, json_t *body, struct query *q) {
    const char *key;
    json_t *value;
    json_object_foreach(body, key, value) {
        struct str name = str_of(key);
        if (str_eqc(name, "entity") || str_eqc(name, "format"))
            continue;
        static const char *const parts[] = {"filter", "q", "sort", "fields",
                                            "tag"};
        bool known =
            str_eqc(q->info->e->name, "customer") && customer_terms_name(name);
        for (size_t i = 0; i < COUNT_OF(parts); i++)
            known |= str_eqc(name, parts[i]);
        if (!known)
            return failv(c, ERR_INVALID, name, "unknown_field", NO_ARGS);
        json_t *one = json_pack("{sO}", key, value);
        if (one == NULL)
            return fail(c, ERR_INTERNAL, "", "internal");
        enum err e = query_json(c, q, one);
        json_decref(one);
        TRY(e);
    }
    return OK;
}

static enum err read_request(struct ctx *c, json_t *body, struct export *x) {
    struct str plural = text_member(body, "entity");
    struct str format = text_member(body, "format");
    struct scope s;
    const struct entity_info *i = registry_find(c->registry, plural);
    if (i == NULL || i->e->scope == SCOPE_SYSTEM)
        return failv(c, ERR_INVALID, S("entity"), "unknown_object",
                     ARGS(V(plural)));
    if (!extract_parse(format.n > 0 ? format : S("csv"), &x->format))
        return failv(c, ERR_INVALID, S("format"), "not_option",
                     ARGS(V("csv, xlsx, json")));
    query_init(&x->q, i);
    TRY(scope_make(c, i->e, ACT_EXPORT, &s));
    return read_query(c, body, &x->q);
}

enum err export_start(struct ctx *c, json_t *body, int64_t *job_id_out) {
    struct export x = {.rows = 0};
    struct job_new n = {.kind = S("export"), .owner_id = c->actor->user_id};
    TRY(read_request(c, body, &x));
    n.args = json_compact(c->arena, body);
    return job_create(c, &n, job_id_out);
}

/* --- columns ------------------------------------------------------------- */

/* A money field is shown by its own currency: that is read beside it. */
static void add_currencies(struct ctx *c, struct export *x) {
    const struct field **all =
        NEW_ARRAY(c->arena, const struct field *, x->q.n_fields * 2 + 1);
    memcpy(all, x->q.fields, x->q.n_fields * sizeof *all);
    x->shown = x->q.n_fields;
    size_t n = x->shown;
    for (size_t k = 0; k < x->shown; k++) {
        const struct field *f = all[k];
        if (f->type == FT_MONEY && f->currency.n > 0)
            all[n++] = info_field(x->q.info, f->currency);
    }
    x->q.fields = all;
    x->q.n_fields = n;
}

static enum err prepare_titles(struct ctx *c, struct export *x) {
    x->titles = NEW_ARRAY(c->arena, struct titles, x->q.n_fields + 1);
    for (size_t k = 0; k < x->shown; k++) {
        const struct field *f = x->q.fields[k];
        struct titles *t = &x->titles[k];
        if (f->type != FT_REF)
            continue;
        const struct entity *to = model_entity(c->registry->model, f->to);
        t->may = scope_make(c, to, ACT_READ, &t->scope) == OK;
        fail_clear(c);
        t->arena = arena_new();
        map_init(&t->map, t->arena);
    }
    return OK;
}

static void drop_titles(struct export *x) {
    for (size_t k = 0; x->titles != NULL && k < x->shown; k++)
        arena_free(x->titles[k].arena);
}

static enum err title_of(struct ctx *c, struct titles *t, int64_t id,
                         struct str *out) {
    struct str key = {(const char *)&id, sizeof id};
    struct str *known = map_get(&t->map, key);
    if (known != NULL) {
        *out = *known;
        return OK;
    }
    *out = S("");
    if (!t->may)
        return OK;
    TRY(lookup_title(c, &t->scope, id, out));
    if (t->map.n > TITLES_MAX) {
        arena_reset(t->arena);
        map_init(&t->map, t->arena);
    }
    struct str *kept = NEW(t->arena, struct str);
    *kept = str_dup(t->arena, *out);
    *map_put(&t->map, str_dup(t->arena, key)) = kept;
    return OK;
}

/* --- rows ---------------------------------------------------------------- */

static int digits_of(const struct export *x, const struct rows *r,
                     const struct field *f) {
    if (f->currency.n == 0)
        return x->money_digits;
    for (size_t k = 0; k < x->q.n_fields; k++)
        if (str_eq(x->q.fields[k]->name, f->currency))
            return currency_digits(row_view(r, row_fields(&x->q) + (int)k));
    return x->money_digits;
}

static enum err write_row(struct ctx *c, void *arg, const struct query *q,
                          struct rows *r) {
    struct export *x = arg;
    bool others = row_others(q, r);
    for (size_t k = 0; k < x->shown; k++) {
        const struct field *f = q->fields[k];
        struct val v = row_val(r, row_fields(q) + (int)k, f);
        struct str shown;
        if (trail_is_cut(c, q->info, f)) {
            TRY(trail_shown(c, row_i64(r, 0), &shown));
            v = V(shown);
        }
        if (sight_covers(x->sees[k], others)) {
            shown = mask_value(c->arena, f, v);
            v = shown.n > 0 ? V(shown) : V_NULL;
        } else if (f->type == FT_REF && v.type == VAL_I64)
            TRY(title_of(c, &x->titles[k], v.i, &shown));
        else
            shown = value_to_text(c, f, v,
                                  f->type == FT_MONEY ? digits_of(x, r, f) : 0);
        extract_cell(c, x->out, f, v, shown);
    }
    TRY(extract_row_end(c, x->out));
    x->rows++;
    return x->tick != NULL ? x->tick(c, x->arg, x->rows, x->total) : OK;
}

static enum err write_all(struct ctx *c, struct export *x) {
    for (size_t k = 0; k < x->shown; k++)
        extract_head(x->out, x->q.fields[k],
                     x->q.fields[k]->label.text[c->lang]);
    TRY(extract_row_end(c, x->out));
    TRY(query_walk(c, &x->q, ACT_EXPORT, write_row, x));
    return extract_end(c, x->out);
}

static enum err run(struct ctx *c, json_t *body, int fd, struct export *x) {
    struct str base;
    TRY(read_request(c, body, x));
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    x->money_digits = currency_digits(base);
    query_normalise(c, &x->q);
    add_currencies(c, x);
    x->sees = query_sees(c, &x->q);
    if (x->tick != NULL)
        TRY(query_count(c, &x->q, 0, &x->total));
    TRY(extract_new(c, fd, x->format, &x->out));
    TRY(prepare_titles(c, x));
    enum err e = write_all(c, x);
    drop_titles(x);
    return e;
}

enum err export_to_file(struct ctx *c, json_t *body, int fd, int64_t *rows) {
    struct export x = {.rows = 0};
    TRY(run(c, body, fd, &x));
    *rows = x.rows;
    return OK;
}

/* --- the audit entry ----------------------------------------------------- */

enum err export_audit(struct ctx *c, json_t *body, int64_t rows) {
    struct buf b;
    struct jw w;
    struct str asked = json_compact(c->arena, body);
    buf_init(&b, c->arena, asked.n + 100);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("rows"), rows);
    jw_key(&w, S("query"));
    jw_raw(&w, asked);
    jw_object_end(&w);
    const struct entity_info *i =
        registry_find(c->registry, text_member(body, "entity"));
    return trail_event(c, S("export"), i->e->name, 0, buf_view(&b));
}

/* --- the job ------------------------------------------------------------- */

struct export_work {
    struct job_run *run;
    json_t *body;
    int64_t rows;
};

static enum err tick(struct ctx *c, void *arg, int64_t done, int64_t total) {
    struct export_work *w = arg;
    struct job_step s = {.done = done, .total = total};
    return job_tick(c, w->run, &s);
}

static enum err write_audit(struct ctx *c, void *arg) {
    struct export_work *w = arg;
    struct job_step s = {.done = w->rows, .total = w->rows};
    TRY(export_audit(c, w->body, w->rows));
    return job_chunk(c, w->run, &s);
}

static struct str file_name(struct ctx *c, const struct export *x) {
    struct str day = day_text(c->arena, zone_day(c->zone, c->now_ms));
    return str_fmt(c->arena, STR_FMT "-" STR_FMT ".%s",
                   STR_ARG(x->q.info->e->plural), STR_ARG(day),
                   extract_name(x->format));
}

static enum err make_file(struct ctx *c, struct export_work *w, int fd,
                          struct job_end *end) {
    struct export x = {.tick = tick, .arg = w};
    struct buf b;
    struct jw j;
    TRY(run(c, w->body, fd, &x));
    w->rows = x.rows;
    struct file_new f = {.name = file_name(c, &x),
                         .media_type = str_of(extract_media_type(x.format)),
                         .entity = S("job")};
    TRY(file_store(c, fd, &f, &end->file_id));
    buf_init(&b, c->arena, 4096);
    jw_init(&j, &b);
    jw_object(&j);
    jw_ki64(&j, S("rows"), x.rows);
    jw_kstr(&j, S("filename"), f.name);
    jw_object_end(&j);
    end->result = buf_view(&b);
    ctx_now(c);
    return store_write(c, LANE_JOB, write_audit, w);
}

enum err export_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    struct export_work w = {.run = run};
    int fd;
    TRY(json_read(c, run->job.args, &w.body));
    TRY(file_temporary(c, &fd));
    enum err e = make_file(c, &w, fd, end);
    close(fd);
    return e;
}
