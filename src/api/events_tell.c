/* What an event stream is told. Pure but for the feed's rows; owns nothing.
 * Invariant: a subscriber's last event id is a place in the feed up to which he
 * has been told all. */
#include "api/events_parts.h"

#include "api/changes.h"
#include "app/job.h"
#include "store/actor.h"

#define CATCH_UP 4           /* batches told again after Last-Event-ID */
#define FEW 50               /* hints of one entity told one by one */
#define TEXT_MAX (60 * 1024) /* less than a stream queues */

static void send(struct subscriber *s, struct str text) {
    if (text.n > 0 && !http_stream_send(s->stream, text))
        s->lost = true;
}

static void event(struct buf *b, struct str id, const char *name) {
    if (id.n > 0) {
        buf_cstr(b, "id: ");
        buf_str(b, id);
        buf_byte(b, '\n');
    }
    buf_cstr(b, "event: ");
    buf_cstr(b, name);
    buf_cstr(b, "\ndata: ");
}

/* --- what he may see ----------------------------------------------------- */

/* Never 0. */
static uint64_t view_of(struct ctx *c) {
    const struct actor *a = c->actor;
    return str_hash(str_fmt(c->arena, "%lld|%u|%d|" STR_FMT,
                            (long long)c->registry->version, a->view, a->admin,
                            STR_ARG(a->role_key))) |
           1;
}

struct str events_view(struct ctx *c) {
    return str_fmt(c->arena, "%016llx", (unsigned long long)view_of(c));
}

static void view_data(struct ctx *c, struct buf *b) {
    buf_fmt(b, "{\"view\":\"" STR_FMT "\"}\n\n", STR_ARG(events_view(c)));
}

void events_tell_view(struct ctx *c, struct subscriber *s) {
    struct buf b;
    uint64_t view = view_of(c);
    if (s->view == view)
        return;
    s->view = view;
    buf_init(&b, c->arena, 4096);
    event(&b, S(""), "schema");
    view_data(c, &b);
    send(s, buf_view(&b));
}

/* --- changes ------------------------------------------------------------- */

/* An event without news but where the feed is, and what he may see. */
static void tell_place(struct ctx *c, struct subscriber *s, const char *name,
                       struct feed_place p) {
    struct buf b;
    buf_init(&b, c->arena, 4096);
    if (!s->told)
        buf_cstr(&b, "retry: 2000\n");
    event(&b, feed_cursor(c, p), name);
    s->view = view_of(c);
    view_data(c, &b);
    s->told = true;
    send(s, buf_view(&b));
}

/* Hints of one entity among the rows, and is it a later one of the record? */
static size_t count_of(const struct feed_row *rows, size_t n,
                       const struct entity_info *i) {
    size_t k = 0;
    for (size_t x = 0; x < n; x++)
        k += rows[x].info == i && rows[x].sight != FEED_HIDDEN;
    return k;
}

/* Of what may be told: a record that has left is told of, whatever others do
 * to it afterwards. */
static bool is_last(const struct feed_row *rows, size_t n, size_t at) {
    for (size_t x = at + 1; x < n; x++)
        if (rows[x].sight != FEED_HIDDEN && rows[x].info == rows[at].info &&
            rows[x].record_id == rows[at].record_id)
            return false;
    return true;
}

/* {"entity","object","op":"many"}: too many to tell one by one. */
static void write_many(struct jw *w, const struct entity_info *i) {
    jw_object(w);
    jw_kstr(w, S("entity"), i->e->name);
    jw_kstr(w, S("object"), i->e->plural);
    jw_kstr(w, S("op"), S("many"));
    jw_object_end(w);
}

/* Rows looked at for c->actor, in one event each, or one for many. */
void events_tell_rows(struct ctx *c, struct subscriber *s,
                      const struct feed_row *rows, size_t n) {
    struct buf b;
    const struct entity_info *crowd[64];
    size_t n_crowd = 0;
    if (n == 0)
        return;
    struct str id = feed_cursor(c, rows[n - 1].place);
    buf_init(&b, c->arena, TEXT_MAX);
    for (size_t k = 0; k < n; k++) {
        struct jw w;
        if (rows[k].sight == FEED_HIDDEN ||
            !changes_wanted(str_of(s->objects), &rows[k]))
            continue;
        bool many = count_of(rows, n, rows[k].info) > FEW, told = false;
        for (size_t x = 0; x < n_crowd; x++)
            told |= crowd[x] == rows[k].info;
        if (many ? told : !is_last(rows, n, k))
            continue;
        if (many && n_crowd < COUNT_OF(crowd))
            crowd[n_crowd++] = rows[k].info;
        event(&b, id, "change");
        jw_init(&w, &b);
        if (many)
            write_many(&w, rows[k].info);
        else
            changes_write(c, &w, &rows[k]);
        buf_cstr(&b, "\n\n");
    }
    if (buf_ok(&b))
        send(s, buf_view(&b));
    else
        tell_place(c, s, "reset", rows[n - 1].place);
}

/* What came between the last event a client has and the hub's place. False
 * when that can't be told row by row. */
static enum err catch_up(struct ctx *c, struct subscriber *s,
                         struct feed_place place, bool *done) {
    struct feed_place at;
    struct feed_row *rows;
    size_t n = EVENTS_BATCH;
    *done = false;
    TRY(feed_cursor_parse(c, str_of(s->last_id), &at));
    TRY(feed_check(c, at));
    for (int i = 0; i < CATCH_UP && n == EVENTS_BATCH; i++) {
        TRY(feed_read(c, at, EVENTS_BATCH, &rows, &n));
        size_t upto = n;
        while (upto > 0 && feed_before(place, rows[upto - 1].place))
            upto--;
        TRY(feed_look(c, rows, upto));
        events_tell_rows(c, s, rows, upto);
        if (upto < n)
            n = 0; /* the rest comes with the others' */
        if (n > 0)
            at = rows[n - 1].place;
    }
    *done = n < EVENTS_BATCH;
    return OK;
}

void events_greet(struct ctx *c, struct subscriber *s,
                  struct feed_place place) {
    bool done = s->last_id[0] == '\0';
    bool again = !done;
    if (again && catch_up(c, s, place, &done) != OK) {
        fail_clear(c);
        done = false;
    }
    tell_place(c, s, done ? "hello" : "reset", place);
}

static void tell_job(struct ctx *c, struct subscriber *s, const struct job *j) {
    struct buf b;
    struct jw w;
    if (!c->actor->admin && c->actor->user_id != j->owner_id)
        return;
    buf_init(&b, c->arena, TEXT_MAX);
    event(&b, S(""), "job");
    jw_init(&w, &b);
    job_to_json(c, &w, j);
    buf_cstr(&b, "\n\n");
    if (buf_ok(&b))
        send(s, buf_view(&b));
}

void events_tell_jobs(struct ctx *c, struct subscriber *s,
                      const struct jobs_now *jobs, bool all) {
    for (size_t i = 0; i < jobs->n; i++)
        if (all || jobs->differs[i])
            tell_job(c, s, &jobs->p[i]);
}
