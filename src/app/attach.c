/* Attachments: what is taken and who may touch it. Owns nothing; any thread.
 * Invariant: nothing is written before the record's scope, the size, the kind
 * and the space have been checked. */
#include "app/attach.h"

#include "app/settings.h"
#include "base/sniff.h"
#include "base/time.h"
#include "base/utf8.h"
#include "store/file.h"
#include "store/record.h"
#include "store/store.h"
#include "store/trail.h"

#include <errno.h>
#include <unistd.h>

#define NAME_CHARS 200
#define MEGABYTE (1024 * 1024)

static enum err may(struct ctx *c, const struct entity_info *i, int64_t id,
                    enum action act) {
    struct scope s;
    struct record *r;
    if (!i->e->record || i->e->append_only || i->e->scope == SCOPE_SYSTEM)
        return fail(c, ERR_METHOD, "", "read_only_object");
    TRY(scope_make(c, i->e, act, &s));
    return record_load(c, &s, id, false, &r);
}

/* The last part of a path, without control characters: people's name for it,
 * never a path of ours. */
static struct str clean_name(struct ctx *c, struct str name) {
    size_t from = name.n;
    while (from > 0 && name.p[from - 1] != '/' && name.p[from - 1] != '\\')
        from--;
    struct str last = str_trim(str_sub(name, from, name.n));
    if (!utf8_valid(last))
        return S("");
    size_t n = utf8_count(last); /* the ending tells the kind: keep it */
    if (n > NAME_CHARS) {
        size_t at = 0;
        for (size_t k = 0; k < n - NAME_CHARS; k++)
            utf8_next(last, &at);
        last = str_sub(last, at, last.n);
    }
    char *p = arena_alloc(c->arena, last.n + 1);
    for (size_t i = 0; i < last.n; i++)
        p[i] = (unsigned char)last.p[i] < ' ' || last.p[i] == 0x7f ? '_'
                                                                   : last.p[i];
    return (struct str){p, last.n};
}

static enum err check_quota(struct ctx *c, uint64_t size) {
    int64_t quota_mb, used;
    TRY(settings_i64(c, SETTING_FILES_QUOTA_MB, &quota_mb));
    TRY(attachment_used(c, &used));
    if ((uint64_t)used + size > (uint64_t)quota_mb * MEGABYTE)
        return failv(c, ERR_FULL, S(""), "attachment_quota", ARGS(V(quota_mb)));
    return OK;
}

static enum err check_size(struct ctx *c, uint64_t size) {
    int64_t max_mb;
    TRY(settings_i64(c, SETTING_FILES_MAX_MB, &max_mb));
    if (size == 0)
        return fail(c, ERR_INVALID, "", "file_empty");
    if (size > (uint64_t)max_mb * MEGABYTE)
        return failv(c, ERR_TOO_LARGE, S(""), "attachment_too_large",
                     ARGS(V(max_mb)));
    return check_quota(c, size);
}

static enum err check_kind(struct ctx *c, const struct attach_new *n,
                           struct str name, struct str *type) {
    char *head = arena_alloc(c->arena, SNIFF_BYTES);
    ssize_t got = pread(n->fd, head, SNIFF_BYTES, 0);
    if (got < 0)
        return fail(c, ERR_IO, "", "file_read");
    switch (sniff((struct str){head, (size_t)got}, name, n->declared, type)) {
    case SNIFF_OK:
        return OK;
    case SNIFF_UNKNOWN:
        return fail(c, ERR_MEDIA_TYPE, "", "file_type_unknown");
    case SNIFF_NAME:
        return fail(c, ERR_MEDIA_TYPE, "name", "file_type_name");
    case SNIFF_DECLARED:
        return fail(c, ERR_MEDIA_TYPE, "Content-Type", "file_type_declared");
    }
    return OK;
}

static enum err note(struct ctx *c, struct str action, struct str entity,
                     int64_t record_id, int64_t id, struct str name) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("file"), id);
    jw_kstr(&w, S("name"), name);
    jw_object_end(&w);
    return trail_event(c, action, entity, record_id, buf_view(&b));
}

struct hanging {
    const struct entity_info *i;
    int64_t record_id, id;
    struct str name;
    uint64_t size;
};

/* The record may have gone, or the right to it, or the space, while the bytes
 * came. */
static enum err hang(struct ctx *c, void *arg) {
    const struct hanging *h = arg;
    TRY(may(c, h->i, h->record_id, ACT_UPDATE));
    TRY(attachment_lock(c));
    TRY(check_quota(c, h->size));
    TRY(attachment_hang(c, h->id, h->i->e->name, h->record_id));
    return note(c, S("attach"), h->i->e->name, h->record_id, h->id, h->name);
}

static enum err drop(struct ctx *c, void *arg) {
    const struct hanging *h = arg;
    return file_delete(c, h->id);
}

/* What must not hang takes no space. */
static void throw_away(const struct ctx *c, struct hanging *h) {
    struct ctx own = *c; /* keeps what was noted */
    own.problems.n = 0;
    own.problems.cap = 0;
    own.problems.p = NULL;
    if (store_write(&own, LANE_JOB, drop, h) != OK)
        fail_clear(&own); /* it is purged later */
}

enum err attach_add(struct ctx *c, const struct entity_info *i,
                    int64_t record_id, const struct attach_new *n,
                    struct attachment *out) {
    struct file_new f = {.name = clean_name(c, n->name),
                         .entity = S("attachment")};
    struct hanging h = {
        .i = i, .record_id = record_id, .name = f.name, .size = n->size};
    TRY(may(c, i, record_id, ACT_UPDATE));
    if (f.name.n == 0)
        return fail(c, ERR_INVALID, "name", "required");
    TRY(check_size(c, n->size));
    TRY(check_kind(c, n, f.name, &f.media_type));
    TRY(file_store(c, n->fd, &f, &h.id));
    enum err e = store_write(c, LANE_INTERACTIVE, hang, &h);
    if (e != OK) {
        throw_away(c, &h);
        return e;
    }
    return attachment_find(c, h.id, out);
}

enum err attach_load(struct ctx *c, int64_t id, enum action act,
                     struct attachment *out) {
    TRY(attachment_find(c, id, out));
    const struct entity_info *i = registry_find(c->registry, out->entity);
    enum err e = i == NULL ? ERR_NOT_FOUND : may(c, i, out->record_id, act);
    if (e == ERR_FORBIDDEN || e == ERR_NOT_FOUND) { /* there is none for him */
        fail_clear(c);
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    }
    return e;
}

void attach_to_json(struct ctx *c, struct jw *w, const struct attachment *a) {
    jw_object(w);
    jw_ki64(w, S("id"), a->id);
    jw_kstr(w, S("name"), a->name);
    jw_kstr(w, S("media_type"), a->media_type);
    jw_ki64(w, S("size"), a->size);
    jw_kstr(w, S("sha256"), a->sha256);
    jw_kstr(w, S("created_at"), instant_text(c->arena, a->created_at));
    jw_key(w, S("created_by"));
    if (a->created_by != 0)
        jw_i64(w, a->created_by);
    else
        jw_null(w);
    jw_object_end(w);
}

enum err attach_list(struct ctx *c, const struct entity_info *i,
                     int64_t record_id, bool bin, struct jw *w) {
    struct attachment *all;
    size_t n;
    TRY(may(c, i, record_id, ACT_READ));
    TRY(attachment_list(c, i->e->name, record_id, bin, ATTACHMENTS_SHOWN, &all,
                        &n));
    jw_object(w);
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t k = 0; k < n; k++)
        attach_to_json(c, w, &all[k]);
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

enum err attach_bin(struct ctx *c, int64_t id, bool bin) {
    struct attachment a;
    TRY(attach_load(c, id, ACT_UPDATE, &a));
    if (a.binned == bin)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    TRY(attachment_bin(c, id, bin));
    return note(c, bin ? S("detach") : S("reattach"), a.entity, a.record_id, id,
                a.name);
}
