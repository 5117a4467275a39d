/* The life of an import up to its job. Owns nothing; any thread. Its states
 * and rules stand in the header. */
#include "app/import.h"

#include "app/import_mapping.h"
#include "app/import_needs.h"
#include "app/import_sample.h"
#include "base/utf8.h"
#include "store/file.h"
#include "store/record.h"
#include "store/sight.h"

#define NAME_CHARS 80
#define JSON_MAX ((size_t)4 * 1024 * 1024)

static const struct entity_info *import_info(const struct ctx *c) {
    return registry_find(c->registry, S("import"));
}

/* --- making one ---------------------------------------------------------- */

static struct str json_of(struct ctx *c, const struct import *im,
                          void (*write)(struct ctx *c, struct jw *w,
                                        const struct import *im)) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, JSON_MAX);
    jw_init(&w, &b);
    write(c, &w, im);
    return buf_view(&b);
}

static void write_columns(struct ctx *c, struct jw *w,
                          const struct import *im) {
    columns_to_json(w, &im->columns);
}

static void write_mapping(struct ctx *c, struct jw *w,
                          const struct import *im) {
    mapping_to_json(c, w, &im->columns);
}

static void write_options(struct ctx *c, struct jw *w,
                          const struct import *im) {
    import_options_to_json(c, w, &im->targets, &im->options);
}

struct making {
    struct import *im;
    int64_t rows;
    int64_t id;
};

static enum err write_import(struct ctx *c, void *arg) {
    struct making *m = arg;
    const struct import *im = m->im;
    struct record *r = record_new(c, import_info(c));
    record_set(r, S("entity"), V(im->entity));
    record_set(r, S("filename"), V(im->filename));
    record_set(r, S("format"), V(im->format));
    record_set(r, S("encoding"), V(im->encoding));
    record_set(r, S("delimiter"),
               im->delimiter.n > 0 ? V(im->delimiter) : V_NULL);
    record_set(r, S("compressed"), V(im->compressed));
    record_set(r, S("columns"), V(json_of(c, im, write_columns)));
    record_set(r, S("mapping"), V(json_of(c, im, write_mapping)));
    record_set(r, S("options"), V(json_of(c, im, write_options)));
    record_set(r, S("file_id"), V(im->file_id));
    TRY(record_create(c, r));
    m->id = record_id(r);
    return OK;
}

/* The last part of a path, without control characters, at most 80 characters.
 */
static struct str file_name(struct ctx *c, struct str name) {
    size_t from = name.n;
    while (from > 0 && name.p[from - 1] != '/' && name.p[from - 1] != '\\')
        from--;
    struct str last = utf8_cut(str_sub(name, from, name.n), NAME_CHARS);
    if (last.n == 0 || !utf8_valid(last))
        return S("file");
    char *p = arena_alloc(c->arena, last.n);
    for (size_t i = 0; i < last.n; i++)
        p[i] = (unsigned char)last.p[i] < ' ' ? '_' : last.p[i];
    return (struct str){p, last.n};
}

static enum err look_inside(struct ctx *c, int fd, struct import *im) {
    struct import_sample sample;
    TRY(import_sample(c, fd, &sample));
    im->format = sample.info.format;
    im->encoding = sample.info.encoding;
    im->compressed = sample.info.gzip;
    if (sample.info.delimiter != '\0')
        im->delimiter = str_fmt(c->arena, "%c", sample.info.delimiter);
    im->columns = sample.columns;
    bool found;
    TRY(mapping_guess(c, &im->targets, &im->columns));
    TRY(import_options_guess(c, &im->targets, &im->columns, &im->options));
    return import_mapping_suggest(c, im, &found);
}

enum err import_create(struct ctx *c, const struct import_new *n,
                       int64_t *id_out) {
    struct import im = {.entity = n->entity};
    struct scope s;
    TRY(scope_make(c, import_info(c)->e, ACT_CREATE, &s));
    TRY(targets_of(c, n->entity, &im.targets));
    im.filename = file_name(c, n->filename);
    TRY(look_inside(c, n->fd, &im));
    struct file_new f = {.name = im.filename,
                         .media_type = S("application/octet-stream"),
                         .entity = S("import")};
    TRY(file_store(c, n->fd, &f, &im.file_id));
    struct making m = {.im = &im};
    TRY(store_write(c, LANE_INTERACTIVE, write_import, &m));
    *id_out = m.id;
    return OK;
}

/* --- reading one --------------------------------------------------------- */

/* A file of somebody else's may hold what the caller's role does not show. */
static bool sees_all(const struct ctx *c, struct str plural) {
    const struct entity_info *i = registry_plural(c->registry, plural);
    for (size_t k = 0; i != NULL && k < i->n_fields; k++)
        if (sight_at(c, i, k) != SEE_FULL && !i->fields[k]->secret)
            return false;
    return true;
}

/* … or rows of records out of the caller's scope. */
static bool sees_everybody(struct ctx *c, struct str plural) {
    const struct entity_info *i = registry_plural(c->registry, plural);
    struct scope s;
    if (i == NULL || scope_make(c, i->e, ACT_READ, &s) != OK) {
        fail_clear(c);
        return false;
    }
    return scope_is_all(c, &s) && sees_all(c, plural);
}

/* What a revert kept was written as the one who took the import back sees it:
 * for him, and for those who see everything anyway. */
static enum err find_kept_right(struct ctx *c, struct import *im) {
    struct job j;
    bool found;
    im->kept_shown = sees_everybody(c, im->entity);
    if (im->kept_shown || im->revert_job_id == 0)
        return OK;
    TRY(job_find(c, im->revert_job_id, &j, &found));
    im->kept_shown = found && j.owner_id == c->actor->user_id;
    return OK;
}

enum err import_of_record(struct ctx *c, const struct record *r,
                          struct import *im) {
    json_t *j;
    *im = (struct import){
        .id = record_id(r),
        .file_id = record_i64(r, S("file_id")),
        .error_file_id = record_i64(r, S("error_file_id")),
        .job_id = record_i64(r, S("job_id")),
        .kept_file_id = record_i64(r, S("kept_file_id")),
        .revert_job_id = record_i64(r, S("revert_job_id")),
        .entity = record_str(r, S("entity")),
        .filename = record_str(r, S("filename")),
        .format = record_str(r, S("format")),
        .encoding = record_str(r, S("encoding")),
        .delimiter = record_str(r, S("delimiter")),
        .state = record_str(r, S("state")),
        .compressed = record_i64(r, S("compressed")) != 0,
        .report = record_str(r, S("report")),
        .reverted = record_str(r, S("reverted")),
    };
    im->whole = record_i64(r, S("owner_id")) == c->actor->user_id ||
                sees_everybody(c, im->entity);
    TRY(find_kept_right(c, im));
    TRY(targets_of(c, im->entity, &im->targets));
    TRY(columns_from_json(c, record_str(r, S("columns")), &im->columns));
    TRY(json_read(c, record_str(r, S("mapping")), &j));
    if (mapping_apply(c, &im->targets, &im->columns, j) != OK)
        fail_clear(c); /* a field that is no longer there stays unmapped */
    TRY(import_options_guess(c, &im->targets, &im->columns, &im->options));
    TRY(json_read(c, record_str(r, S("options")), &j));
    if (import_options_apply(c, &im->targets, &im->options, j) != OK)
        fail_clear(c);
    return OK;
}

static enum err load(struct ctx *c, int64_t id, enum action act,
                     struct import *out) {
    struct scope s;
    struct record *r;
    TRY(scope_make(c, import_info(c)->e, act, &s));
    TRY(record_load(c, &s, id, false, &r));
    return import_of_record(c, r, out);
}

enum err import_load(struct ctx *c, int64_t id, struct import *out) {
    return load(c, id, ACT_READ, out);
}

/* --- telling ------------------------------------------------------------- */

static void column_json(struct jw *w, const struct column *col, size_t i,
                        bool whole) {
    jw_object(w);
    jw_ki64(w, S("index"), (int64_t)i);
    jw_kstr(w, S("header"), col->header);
    jw_key(w, S("samples"));
    jw_array(w);
    for (size_t k = 0; whole && k < col->n_samples; k++)
        jw_str(w, col->samples[k]);
    jw_array_end(w);
    jw_key(w, S("field"));
    if (col->target != NULL)
        jw_str(w, col->target->name);
    else
        jw_null(w);
    jw_kbool(w, S("trim"), col->trim);
    jw_object_end(w);
}

static void target_json(struct jw *w, const struct target *t, bool may_be_key) {
    jw_object(w);
    jw_kstr(w, S("name"), t->name);
    jw_key(w, S("label"));
    jw_object(w);
    jw_kstr(w, S("zh"), t->field->label.text[LANG_ZH]);
    jw_kstr(w, S("en"), t->field->label.text[LANG_EN]);
    jw_object_end(w);
    jw_kbool(w, S("required"), t->required);
    jw_kbool(w, S("key"), may_be_key);
    jw_object_end(w);
}

static void id_or_null(struct jw *w, struct str key, int64_t id) {
    jw_key(w, key);
    if (id != 0)
        jw_i64(w, id);
    else
        jw_null(w);
}

enum err import_to_json(struct ctx *c, struct jw *w, const struct import *im) {
    size_t sampled = 0;
    jw_object(w);
    jw_ki64(w, S("id"), im->id);
    jw_kstr(w, S("entity"), im->entity);
    jw_kstr(w, S("filename"), im->filename);
    jw_kstr(w, S("format"), im->format);
    jw_kstr(w, S("encoding"), im->encoding);
    jw_kstr(w, S("delimiter"), im->delimiter);
    jw_kbool(w, S("compressed"), im->compressed);
    for (size_t i = 0; i < im->columns.n; i++)
        if (im->columns.p[i].n_samples > sampled)
            sampled = im->columns.p[i].n_samples;
    jw_ki64(w, S("rows_sampled"), (int64_t)sampled);
    jw_key(w, S("columns"));
    jw_array(w);
    for (size_t i = 0; i < im->columns.n; i++)
        column_json(w, &im->columns.p[i], i, im->whole);
    jw_array_end(w);
    jw_key(w, S("fields"));
    jw_array(w);
    for (size_t i = 0; i < im->targets.n; i++)
        target_json(w, &im->targets.p[i],
                    import_may_be_key(&im->targets, &im->targets.p[i]));
    jw_array_end(w);
    jw_key(w, S("mappings"));
    TRY(import_mappings_json(c, w, im));
    jw_key(w, S("options"));
    import_options_to_json(c, w, &im->targets, &im->options);
    TRY(import_needs_json(c, w, im));
    jw_kstr(w, S("state"), im->state);
    id_or_null(w, S("job_id"), im->job_id);
    id_or_null(w, S("error_file_id"), im->error_file_id);
    jw_key(w, S("report"));
    if (im->report.n > 0)
        jw_raw(w, im->report);
    else
        jw_null(w);
    id_or_null(w, S("revert_job_id"), im->revert_job_id);
    id_or_null(w, S("kept_file_id"), im->kept_file_id);
    jw_key(w, S("reverted"));
    if (im->reverted.n > 0)
        jw_raw(w, im->reverted);
    else
        jw_null(w);
    jw_object_end(w);
    return OK;
}

/* --- changing ------------------------------------------------------------ */

static bool is_open(const struct import *im) {
    return str_eqc(im->state, "new") || str_eqc(im->state, "checked");
}

enum err import_change(struct ctx *c, int64_t id, json_t *body) {
    struct import im;
    struct record *r = record_new(c, import_info(c)), *now;
    json_t *mapping = json_object_get(body, "mapping");
    json_t *options = json_object_get(body, "options");
    const json_t *kept = json_object_get(body, "mapping_id");
    TRY(record_lock(c, import_info(c)->e, id)); /* against one that starts it */
    TRY(load(c, id, ACT_UPDATE, &im));
    if (!is_open(&im))
        return fail(c, ERR_CONFLICT, "", "import_locked");
    if (kept != NULL && !json_is_null(kept))
        TRY(import_mapping_use(c, &im, json_integer_value(kept)));
    if (mapping != NULL)
        TRY(mapping_apply(c, &im.targets, &im.columns, mapping));
    if (options != NULL)
        TRY(import_options_apply(c, &im.targets, &im.options, options));
    record_set(r, S("mapping"), V(json_of(c, &im, write_mapping)));
    record_set(r, S("options"), V(json_of(c, &im, write_options)));
    record_set(r, S("state"), V(S("new")));
    return record_update(c, import_info(c), id, 0, r, &now);
}

/* --- starting ------------------------------------------------------------ */

static enum err may_create(struct ctx *c, const char *entity) {
    struct scope s;
    return scope_make(c, registry_find(c->registry, str_of(entity))->e,
                      ACT_CREATE, &s);
}

/* Products need no right here: a line keeps the name of one unknown. */
static enum err check_rights(struct ctx *c, const struct import *im) {
    if (str_eqc(im->entity, "orders")) {
        TRY(may_create(c, "customer"));
        TRY(may_create(c, "order"));
        return may_create(c, "order_line");
    }
    return may_create(c, im->targets.p[0].info->e->name.p);
}

static enum err check_state(struct ctx *c, const struct import *im, bool dry) {
    if (str_eqc(im->state, "running") || str_eqc(im->state, "dry_running") ||
        str_eqc(im->state, "reverting"))
        return fail(c, ERR_CONFLICT, "", "import_running");
    if (str_eqc(im->state, "reverted"))
        return fail(c, ERR_CONFLICT, "", "import_reverted");
    if (str_eqc(im->state, "done"))
        return fail(c, ERR_CONFLICT, "", "import_done");
    if (dry && !is_open(im))
        return fail(c, ERR_CONFLICT, "", "import_locked");
    return OK;
}

/* What an interrupted run has read is not read again. */
static enum err former_cursor(struct ctx *c, const struct import *im,
                              struct str *out) {
    struct job j;
    bool found = false;
    *out = (struct str){0};
    if (!is_open(im) && im->job_id != 0)
        TRY(job_find(c, im->job_id, &j, &found));
    if (found)
        *out = j.cursor;
    return OK;
}

static enum err set_job(struct ctx *c, const struct import *im, int64_t job_id,
                        bool dry, bool fresh) {
    struct record *r = record_new(c, import_info(c));
    record_set(r, S("job_id"), V(job_id));
    record_set(r, S("state"), V(dry ? S("dry_running") : S("running")));
    if (fresh) {
        TRY(file_delete(c, im->error_file_id));
        record_set(r, S("error_file_id"), V_NULL);
        record_set(r, S("report"), V_NULL);
    }
    return record_set_computed(c, import_info(c), im->id, r);
}

enum err import_start(struct ctx *c, int64_t id, bool dry,
                      int64_t *job_id_out) {
    struct import im;
    /* Of two that start it at once the second must see the first's state. */
    TRY(record_lock(c, import_info(c)->e, id));
    TRY(load(c, id, ACT_UPDATE, &im));
    TRY(check_state(c, &im, dry));
    TRY(import_needs_columns(c, &im));
    TRY(check_rights(c, &im));
    TRY(import_needs_rate(c, &im));
    struct job_new n = {
        .kind = dry ? S("import_dry") : S("import_run"),
        .args = JSON_COUNTS(c->arena, {"import_id", id}),
        .owner_id = c->actor->user_id,
    };
    TRY(former_cursor(c, &im, &n.cursor));
    TRY(job_create(c, &n, job_id_out));
    return set_job(c, &im, *job_id_out, dry, n.cursor.n == 0);
}
