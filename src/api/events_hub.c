/* The thread behind the event streams.
 *
 * Owns: the subscribers, one database connection, an eventfd. Threads: events_*
 * from any; everything else in the hub's own. The lock guards `fresh` and the
 * counts; the list of subscribers is the thread's alone.
 * Invariants: nothing is sent that feed_look has not allowed for the actor as
 * he is now; who can't be identified any more loses the stream. */
#include "api/events_parts.h"

#include "app/auth.h"
#include "app/job.h"
#include "base/die.h"
#include "base/log.h"
#include "base/time.h"
#include "store/feed.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 1000      /* with nothing heard */
#define SOON_MS 100       /* rows of transactions still open may follow */
#define APART_MS 50       /* between notifications, and between readings */
#define CHECK_MS 1000     /* identities are asked again */
#define EVENTS_BATCH 1000 /* rows read at once */
#define PER_USER 12       /* streams */
#define JOBS_SEEN 256     /* jobs whose last state is remembered */
#define ENDED_JOBS_MS 10000

struct job_seen {
    int64_t id;
    uint64_t state;
};

struct events {
    struct store *store;
    struct auth *auth;
    pthread_t thread;
    int wake_fd;
    atomic_bool dirty; /* this process has committed */
    atomic_bool stop;
    pthread_mutex_t lock;
    struct subscriber *fresh; /* joined, not yet seen by the thread */
    int64_t *users;           /* of all streams, for counting */
    size_t n_users, cap_users;
    struct log log;
    /* the thread's own */
    struct arena *arena;
    struct db_conn *conn;
    struct subscriber *list;
    bool placed; /* place is set: somebody listens */
    struct feed_place place;
    int64_t notified_ms, read_ms, checked_ms;
    int soon; /* more short waits */
    struct job_seen jobs[JOBS_SEEN];
    size_t next_job;
};

static void wake(const struct events *e) {
    uint64_t one = 1;
    (void)!write(e->wake_fd, &one, sizeof one);
}

/* After a commit, in the thread that committed. */
static void committed(void *arg) {
    struct events *e = arg;
    if (!atomic_exchange(&e->dirty, true))
        wake(e);
}

/* --- joining and leaving ------------------------------------------------- */

static char *keep(struct str s) {
    char *p = malloc(s.n + 1);
    if (p == NULL)
        die("out of memory");
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

/* Under the lock. */
static size_t streams_of(const struct events *e, int64_t user_id) {
    size_t n = 0;
    for (size_t i = 0; i < e->n_users; i++)
        n += e->users[i] == user_id;
    return n;
}

/* Under the lock. */
static void take_place(struct events *e, int64_t user_id) {
    if (e->n_users == e->cap_users) {
        e->cap_users = e->cap_users == 0 ? 64 : e->cap_users * 2;
        e->users = realloc(e->users, e->cap_users * sizeof *e->users);
        if (e->users == NULL)
            die("out of memory");
    }
    e->users[e->n_users++] = user_id;
}

enum err events_room(struct ctx *c, struct events *e) {
    /* a stream lives by the cookie it came with, which is the viewer's own */
    if (c->actor->viewer_id != 0)
        return fail(c, ERR_FORBIDDEN, "view_as", "view_as_read_only");
    pthread_mutex_lock(&e->lock);
    bool room = streams_of(e, c->actor->user_id) < PER_USER;
    if (room)
        take_place(e, c->actor->user_id);
    pthread_mutex_unlock(&e->lock);
    return room ? OK
                : failv(c, ERR_TOO_MANY, S(""), "too_many_streams",
                        ARGS(V(5), V(PER_USER)));
}

void events_join(struct ctx *c, struct events *e, struct http_stream *stream,
                 const struct events_asked *asked) {
    struct subscriber *s = calloc(1, sizeof *s);
    if (s == NULL)
        die("out of memory");
    *s = (struct subscriber){
        .stream = stream,
        .user_id = c->actor->user_id,
        .objects = keep(asked->objects),
        .last_id = keep(asked->last_id),
        .session = keep(asked->session),
        .bearer = keep(asked->bearer),
    };
    pthread_mutex_lock(&e->lock);
    s->next = e->fresh;
    e->fresh = s;
    pthread_mutex_unlock(&e->lock);
    wake(e);
}

static void forget_user(struct events *e, int64_t user_id) {
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < e->n_users; i++) {
        if (e->users[i] != user_id)
            continue;
        e->users[i] = e->users[--e->n_users];
        break;
    }
    pthread_mutex_unlock(&e->lock);
}

void events_give_up(struct ctx *c, struct events *e) {
    forget_user(e, c->actor->user_id);
}

static void subscriber_free(struct events *e, struct subscriber *s) {
    http_stream_end(s->stream);
    forget_user(e, s->user_id);
    free(s->objects);
    free(s->last_id);
    free(s->session);
    free(s->bearer);
    free(s);
}

static void take_fresh(struct events *e) {
    pthread_mutex_lock(&e->lock);
    struct subscriber *s = e->fresh;
    e->fresh = NULL;
    pthread_mutex_unlock(&e->lock);
    while (s != NULL) {
        struct subscriber *next = s->next;
        s->next = e->list;
        e->list = s;
        s = next;
    }
}

static void drop_lost(struct events *e) {
    struct subscriber **at = &e->list;
    while (*at != NULL) {
        struct subscriber *s = *at;
        if (!s->lost && http_stream_alive(s->stream)) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        subscriber_free(e, s);
    }
}

/* --- telling ------------------------------------------------------------- */

static void hub_ctx(struct events *e, struct ctx *c) {
    ctx_init(c, e->arena);
    c->store = e->store;
    c->registry = store_registry(e->store, e->arena);
    c->zone = store_zone(e->store);
    c->db = e->conn;
}

/* Sets c->actor; false when the caller is nobody any more. */
static bool identify(struct events *e, struct ctx *c, struct subscriber *s) {
    struct auth_input in = {.session = str_of(s->session),
                            .bearer = str_of(s->bearer),
                            .passive = true};
    enum err why = auth_identify(c, e->auth, &in, &c->actor);
    if (why == OK && !c->actor->limited)
        return true;
    if (why == OK)
        why = ERR_FORBIDDEN;
    /* A database that is away is no reason to lose the stream. */
    s->lost = why == ERR_UNAUTHENTICATED || why == ERR_FORBIDDEN;
    fail_clear(c);
    return false;
}

/* --- jobs ---------------------------------------------------------------- */

static uint64_t job_state(struct ctx *c, const struct job *j) {
    return str_hash(str_fmt(c->arena, STR_FMT "|%lld|%lld|%d|" STR_FMT,
                            STR_ARG(j->state), (long long)j->done,
                            (long long)j->total, j->cancel,
                            STR_ARG(j->message)));
}

static struct job_seen *seen_of(struct events *e, int64_t id) {
    for (size_t i = 0; i < JOBS_SEEN; i++)
        if (e->jobs[i].id == id)
            return &e->jobs[i];
    struct job_seen *s = &e->jobs[e->next_job++ % JOBS_SEEN];
    *s = (struct job_seen){.id = id};
    return s;
}

static enum err read_jobs(struct events *e, struct ctx *c,
                          struct jobs_now *out) {
    struct job *p;
    size_t n;
    TRY(job_active(c, c->now_ms - ENDED_JOBS_MS, &p, &n));
    bool *differs = NEW_ARRAY(c->arena, bool, n);
    for (size_t i = 0; i < n; i++) {
        struct job_seen *seen = seen_of(e, p[i].id);
        uint64_t state = job_state(c, &p[i]);
        differs[i] = seen->state != state;
        seen->state = state;
    }
    *out = (struct jobs_now){p, differs, n};
    return OK;
}

/* --- one round ----------------------------------------------------------- */

/* Feed rows and jobs to everybody, each as the one he is now. */
static enum err tell_all(struct events *e, struct ctx *c, struct feed_row *rows,
                         size_t n) {
    struct jobs_now jobs;
    bool news = n > 0;
    TRY(read_jobs(e, c, &jobs));
    for (size_t i = 0; i < jobs.n; i++)
        news |= jobs.differs[i];
    bool check = clock_monotonic_ms() - e->checked_ms >= CHECK_MS;
    if (check)
        e->checked_ms = clock_monotonic_ms();
    for (struct subscriber *s = e->list; s != NULL; s = s->next) {
        if ((!news && !check && s->told) || s->lost || !identify(e, c, s))
            continue;
        bool fresh = !s->told;
        if (fresh)
            events_greet(c, s, e->place);
        events_tell_view(c, s);
        TRY(feed_look(c, rows, n));
        events_tell_rows(c, s, rows, n);
        events_tell_jobs(c, s, &jobs, fresh);
    }
    c->actor = NULL;
    return OK;
}

static enum err round_of(struct events *e, struct ctx *c) {
    struct feed_row *rows;
    size_t n = EVENTS_BATCH;
    if (!e->placed)
        TRY(feed_end(c, &e->place));
    e->placed = true;
    TRY(store_follow_registry(c));
    while (n == EVENTS_BATCH && !atomic_load(&e->stop)) {
        TRY(feed_read(c, e->place, EVENTS_BATCH, &rows, &n));
        TRY(tell_all(e, c, rows, n));
        if (n > 0)
            e->place = rows[n - 1].place;
    }
    return OK;
}

static bool hub_connect(struct events *e, struct ctx *c) {
    if (e->conn != NULL)
        return true;
    enum db_role role = store_one_writer(e->store) ? DB_READER : DB_WRITER;
    if (db_connect(c, store_db(e->store), role, &e->conn) != OK) {
        e->conn = NULL;
        return false;
    }
    c->db = e->conn;
    return db_listen(c) == OK;
}

static void complain(struct events *e, struct ctx *c, enum err why) {
    struct str code =
        c->problems.n > 0 ? c->problems.p[0].code : str_of(err_code(why));
    LOG(&e->log, LEVEL_WARN, "event streams", {"code", V(code)});
}

/* Tells other servers of our commits, at most every APART_MS. True when that
 * has to wait. */
static bool notify(struct events *e, struct ctx *c, bool *heard) {
    int64_t now = clock_monotonic_ms();
    if (!atomic_load(&e->dirty))
        return false;
    if (now - e->notified_ms < APART_MS)
        return true;
    atomic_store(&e->dirty, false);
    e->notified_ms = now;
    *heard = true;
    if (db_notify(c) != OK)
        fail_clear(c);
    return false;
}

static void turn(struct events *e, bool heard) {
    struct ctx c;
    enum err why = OK;
    hub_ctx(e, &c);
    take_fresh(e);
    if (hub_connect(e, &c)) {
        bool told = false;
        why = db_heard(&c, &told);
        if (why == OK)
            notify(e, &c, &heard);
        if (told || heard)
            e->soon = POLL_MS / SOON_MS;
        if (e->list == NULL)
            e->placed = false;
        else if (why == OK)
            why = round_of(e, &c);
        db_detach(&c);
    }
    if (why != OK)
        complain(e, &c, why);
    if (why == ERR_UNAVAILABLE && e->conn != NULL) {
        db_disconnect(e->conn);
        e->conn = NULL;
    }
    drop_lost(e);
    e->read_ms = clock_monotonic_ms();
    arena_reset(e->arena);
}

/* True when somebody has something to tell. */
static bool rest(struct events *e) {
    struct pollfd fds[2] = {{.fd = e->wake_fd, .events = POLLIN},
                            {.fd = -1, .events = POLLIN}};
    if (e->conn != NULL)
        fds[1].fd = db_fd(e->conn);
    bool soon = e->soon > 0 && e->list != NULL;
    if (e->soon > 0)
        e->soon--;
    int n = poll(fds, 2, soon ? SOON_MS : POLL_MS);
    uint64_t count;
    if (n > 0 && (fds[0].revents & POLLIN) != 0)
        (void)!read(e->wake_fd, &count, sizeof count);
    int64_t left = e->read_ms + APART_MS - clock_monotonic_ms();
    if (n > 0 && left > 0 && !atomic_load(&e->stop)) {
        struct timespec nap = {.tv_nsec = left * 1000000};
        nanosleep(&nap, NULL);
    }
    return n > 0;
}

static void *run(void *arg) {
    struct events *e = arg;
    bool heard = false;
    while (!atomic_load(&e->stop)) {
        turn(e, heard);
        heard = rest(e);
    }
    return NULL;
}

/* --- life ---------------------------------------------------------------- */

struct events *events_start(struct store *s, struct auth *auth) {
    struct events *e = calloc(1, sizeof *e);
    if (e == NULL)
        die("out of memory");
    e->store = s;
    e->auth = auth;
    e->arena = arena_new();
    e->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (e->wake_fd < 0)
        die("can't make an eventfd");
    log_init(&e->log);
    pthread_mutex_init(&e->lock, NULL);
    store_watch(s, committed, e);
    if (pthread_create(&e->thread, NULL, run, e) != 0)
        die("can't start the thread of event streams");
    return e;
}

void events_stop(struct events *e) {
    store_watch(e->store, NULL, NULL);
    atomic_store(&e->stop, true);
    wake(e);
    pthread_join(e->thread, NULL);
    take_fresh(e);
    while (e->list != NULL) {
        struct subscriber *next = e->list->next;
        subscriber_free(e, e->list);
        e->list = next;
    }
    db_disconnect(e->conn);
    e->conn = NULL;
}

void events_free(struct events *e) {
    if (e == NULL)
        return;
    take_fresh(e); /* joined while the server ended */
    while (e->list != NULL) {
        struct subscriber *next = e->list->next;
        subscriber_free(e, e->list);
        e->list = next;
    }
    close(e->wake_fd);
    pthread_mutex_destroy(&e->lock);
    arena_free(e->arena);
    free(e->users);
    free(e);
}
