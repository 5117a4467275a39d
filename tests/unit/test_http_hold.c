/* Requests that wait for another thread, event streams, and the end of the
 * server under both. */
#include "http_client.h"

#include <sys/resource.h>

#define CLIENTS 200
#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

static struct arena *arena;

/* The application: a worker thread that answers what was handed to it, in
 * batches of `batch` (0: holds everything until told). */
struct app {
    struct http_server *server;
    pthread_t worker;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct http_request *held[2 * CLIENTS];
    struct http_stream *streams[CLIENTS];
    int n_held, n_streams, batch;
    bool let_go, end;
    _Atomic int asked, done, held_ever;
};
static struct app app;

static void answer_one(struct http_request *rq) {
    if (str_eq(rq->path, S("/late_events"))) {
        struct http_stream *s = http_stream_open(rq);
        if (s != NULL) {
            http_stream_send(s, S("data: late\n\n"));
            http_stream_end(s);
        }
    } else {
        /* Headers stay readable while the request is away. */
        http_reply_text(rq, 200, "text/plain", http_header_get(rq, "X-N"));
    }
    http_resume(rq);
}

static void *work(void *arg) {
    pthread_mutex_lock(&app.lock);
    while (!app.end || (app.let_go && app.n_held > 0)) {
        bool ready = app.let_go || (app.batch > 0 && app.n_held >= app.batch);
        if (!ready || app.n_held == 0) {
            pthread_cond_wait(&app.changed, &app.lock);
            continue;
        }
        struct http_request *rq = app.held[--app.n_held];
        pthread_mutex_unlock(&app.lock);
        answer_one(rq);
        pthread_mutex_lock(&app.lock);
    }
    pthread_mutex_unlock(&app.lock);
    return NULL;
}

static void hold(struct http_request *rq) {
    http_suspend(rq);
    pthread_mutex_lock(&app.lock);
    app.held[app.n_held++] = rq;
    pthread_cond_broadcast(&app.changed);
    pthread_mutex_unlock(&app.lock);
    atomic_fetch_add(&app.held_ever, 1);
}

static void open_stream(struct http_request *rq) {
    struct http_stream *s = http_stream_open(rq);
    if (s == NULL) {
        http_reply_error(rq, ERR_UNAVAILABLE);
        return;
    }
    pthread_mutex_lock(&app.lock);
    app.streams[app.n_streams++] = s;
    pthread_mutex_unlock(&app.lock);
    http_stream_send(s, S("data: hello\n\n"));
}

/* The loop thread does nothing else until let_go. */
static void hold_loop(void) {
    atomic_fetch_add(&app.held_ever, 1);
    pthread_mutex_lock(&app.lock);
    while (!app.let_go)
        pthread_cond_wait(&app.changed, &app.lock);
    pthread_mutex_unlock(&app.lock);
}

static enum http_turn on_request(void *user, struct http_request *rq) {
    atomic_fetch_add(&app.asked, 1);
    if (str_eq(rq->path, S("/now"))) {
        http_reply_text(rq, 200, "text/plain", S("now"));
        return HTTP_DONE;
    }
    if (str_eq(rq->path, S("/events"))) {
        open_stream(rq);
        return HTTP_DONE;
    }
    if (str_eq(rq->path, S("/stop_the_loop"))) {
        hold_loop();
        http_reply_text(rq, 200, "text/plain", S("went on"));
        return HTTP_DONE;
    }
    hold(rq);
    return HTTP_PENDING;
}

static void on_done(void *user, struct http_request *rq) {
    atomic_fetch_add(&app.done, 1);
}

static void start(struct http_config cfg, int batch) {
    struct ctx c;
    ctx_init(&c, arena);
    app = (struct app){.batch = batch};
    pthread_mutex_init(&app.lock, NULL);
    pthread_cond_init(&app.changed, NULL);
    cfg.address = S("127.0.0.1");
    cfg.on_request = on_request;
    cfg.on_done = on_done;
    cfg.max_connections = 1000;
    CHECK_OK(http_start(&c, &cfg, &app.server));
    pthread_create(&app.worker, NULL, work, NULL);
}

static void let_go(void) {
    pthread_mutex_lock(&app.lock);
    app.let_go = true;
    pthread_cond_broadcast(&app.changed);
    pthread_mutex_unlock(&app.lock);
}

static void end_worker(void) {
    pthread_mutex_lock(&app.lock);
    app.end = true;
    pthread_cond_broadcast(&app.changed);
    pthread_mutex_unlock(&app.lock);
    pthread_join(app.worker, NULL);
    pthread_cond_destroy(&app.changed);
    pthread_mutex_destroy(&app.lock);
    CHECK_I64(app.done, app.asked);
}

static struct client client(void) {
    return dial(arena, http_port(app.server));
}

/* --- waiting ------------------------------------------------------------ */

/* 200 clients wait at once; each gets its own answer, three times over. */
static void many_resumed(int loops) {
    static struct client c[CLIENTS];
    start((struct http_config){.loops = loops}, CLIENTS / 4);
    for (int i = 0; i < CLIENTS; i++)
        c[i] = client();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CLIENTS; i++)
            put(&c[i], str_fmt(arena,
                               "GET /wait HTTP/1.1\r\nHost: h\r\n"
                               "X-N: %d-%d\r\n\r\n%s",
                               round, i, i % 7 == 0 ? GET("/now") : ""));
        let_go();
        for (int i = 0; i < CLIENTS; i++) {
            struct str want = str_fmt(arena, "%d-%d", round, i);
            CHECK_STR(hear(&c[i]).body, str_cstr(arena, want));
            if (i % 7 == 0) /* pipelined behind the wait */
                CHECK_STR(hear(&c[i]).body, "now");
        }
    }
    for (int i = 0; i < CLIENTS; i++)
        hang_up(&c[i]);
    CHECK(server_reaches(http_connections, app.server, 0));
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

static void many_resumed_one_loop(void) {
    many_resumed(1);
}

static void many_resumed_two_loops(void) {
    many_resumed(2);
}

/* As many connections ready at once as the library asks for in one go: it
 * must not wait for one more before it serves them. */
static void full_batch(void) {
    enum { BATCH = 128 };
    static struct client c[BATCH];
    start((struct http_config){0}, 0);
    struct client first = client();
    for (int i = 0; i < BATCH; i++) {
        c[i] = client();
        CHECK_STR(ask(&c[i], GET("/now")).body, "now");
    }
    puts_(&first, GET("/stop_the_loop"));
    CHECK(reaches(&app.held_ever, 1));
    for (int i = 0; i < BATCH; i++)
        puts_(&c[i], GET("/now"));
    let_go();
    CHECK_STR(hear(&first).body, "went on");
    for (int i = 0; i < BATCH && !test_bad; i++)
        CHECK_STR(hear(&c[i]).body, "now");
    for (int i = 0; i < BATCH; i++)
        hang_up(&c[i]);
    hang_up(&first);
    CHECK(server_reaches(http_connections, app.server, 0));
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

static void others_are_served_meanwhile(void) {
    start((struct http_config){0}, 0);
    struct client waiting = client(), quick = client();
    puts_(&waiting, GET("/wait"));
    CHECK(reaches(&app.held_ever, 1));
    CHECK_STR(ask(&quick, GET("/now")).body, "now");
    let_go();
    CHECK_I64(hear(&waiting).status, 200);
    hang_up(&waiting);
    hang_up(&quick);
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

/* FIN and RST while the request is away: found out at the resume. */
static void clients_leave(void) {
    enum { N = 60 };
    static struct client c[N];
    start((struct http_config){.deadline_ms = 500}, 0);
    for (int i = 0; i < N; i++) {
        c[i] = client();
        puts_(&c[i], GET("/wait"));
    }
    CHECK(reaches(&app.held_ever, N));
    for (int i = 0; i < N; i++)
        i % 2 == 0 ? hang_up(&c[i]) : hang_up_hard(&c[i]);
    let_go();
    CHECK(reaches(&app.done, N));
    CHECK(server_reaches(http_connections, app.server, 0));
    struct client again = client();
    CHECK_STR(ask(&again, GET("/now")).body, "now");
    hang_up(&again);
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

/* --- the end ------------------------------------------------------------ */

static void stop_waits_for_requests(void) {
    start((struct http_config){0}, 1);
    struct client c[20];
    for (int i = 0; i < 20; i++) {
        c[i] = client();
        puts_(&c[i], GET("/wait"));
    }
    CHECK(reaches(&app.held_ever, 20));
    http_stop(app.server, PATIENCE_MS);
    for (int i = 0; i < 20; i++) {
        CHECK_I64(hear(&c[i]).status, 200);
        CHECK(closed(&c[i]));
        hang_up(&c[i]);
    }
    end_worker();
}

/* The holder comes back only after the server has gone. */
static void stop_while_suspended(void) {
    enum { N = 50 };
    static struct client c[N];
    start((struct http_config){.loops = 2}, 0);
    for (int i = 0; i < N; i++) {
        c[i] = client();
        puts_(&c[i], i % 2 == 0 ? GET("/wait") : GET("/late_events"));
    }
    CHECK(reaches(&app.held_ever, N));
    http_stop(app.server, 50);
    CHECK_I64(app.done, 0);
    for (int i = 0; i < N; i++) {
        struct answer r = hear(&c[i]);
        CHECK_I64(r.status, 503);
        CHECK_STR(header_of(r.head, "Connection"), "close");
        hang_up(&c[i]);
    }
    let_go();
    end_worker();
}

static _Atomic bool hammering;

static void *hammer(void *arg) {
    struct arena *a = arena_new();
    uint16_t port = *(uint16_t *)arg;
    while (atomic_load(&hammering)) {
        struct client c = dial(a, port);
        if (c.fd >= 0) {
            struct answer r = {.status = 200};
            for (int i = 0; i < 5 && r.status == 200; i++)
                r = ask(&c, i % 2 == 0 ? GET("/now") : GET("/wait"));
        }
        hang_up(&c);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static void stop_under_load(void) {
    for (int round = 0; round < 10; round++) {
        pthread_t t[8];
        start((struct http_config){.loops = 1 + round % 2}, 1);
        uint16_t port = http_port(app.server);
        atomic_store(&hammering, true);
        for (int i = 0; i < 8; i++)
            pthread_create(&t[i], NULL, hammer, &port);
        while (atomic_load(&app.asked) < 200)
            poll(NULL, 0, 1);
        http_stop(app.server, round % 3 == 0 ? 0 : 20);
        atomic_store(&hammering, false);
        for (int i = 0; i < 8; i++)
            pthread_join(t[i], NULL);
        let_go();
        end_worker();
    }
}

static void stop_with_idle_and_half_sent(void) {
    start((struct http_config){0}, 1);
    struct client idle = client(), half = client(), none = client();
    CHECK_I64(ask(&idle, GET("/now")).status, 200);
    puts_(&half, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nab");
    int64_t began = clock_ms();
    uint16_t port = http_port(app.server);
    http_stop(app.server, 100);
    CHECK(clock_ms() - began < 5000);
    CHECK(closed(&idle));
    CHECK(closed(&half));
    CHECK(closed(&none));
    struct client refused = dial(arena, port);
    CHECK_I64(refused.fd, -1);
    hang_up(&idle);
    hang_up(&half);
    hang_up(&none);
    end_worker();
}

/* --- event streams ------------------------------------------------------ */

static struct http_stream *stream_at(int i) {
    pthread_mutex_lock(&app.lock);
    struct http_stream *s = app.streams[i];
    pthread_mutex_unlock(&app.lock);
    return s;
}

static void end_streams(void) {
    pthread_mutex_lock(&app.lock);
    for (int i = 0; i < app.n_streams; i++)
        http_stream_end(app.streams[i]);
    app.n_streams = 0;
    pthread_mutex_unlock(&app.lock);
}

static void streams(void) {
    static struct client c[CLIENTS];
    start((struct http_config){.loops = 2}, 1);
    for (int i = 0; i < CLIENTS; i++) {
        c[i] = client();
        puts_(&c[i], GET("/events"));
    }
    for (int i = 0; i < CLIENTS; i++) {
        CHECK(wait_text(&c[i], "HTTP/1.1 200 OK\r\n"));
        CHECK(wait_text(&c[i], "Content-Type: text/event-stream\r\n"));
        CHECK(wait_text(&c[i], "\r\n\r\ndata: hello\n\n"));
    }
    /* They have left the library. */
    CHECK(server_reaches(http_connections, app.server, 0));
    CHECK_I64(http_streams(app.server), CLIENTS);
    for (int n = 0; n < 3; n++)
        for (int i = 0; i < CLIENTS; i++)
            CHECK(http_stream_send(stream_at(i),
                                   str_fmt(arena, "data: %d\n\n", n)));
    for (int i = 0; i < CLIENTS; i++)
        CHECK(wait_text(&c[i], "data: 0\n\ndata: 1\n\ndata: 2\n\n"));
    end_streams();
    CHECK(server_reaches(http_streams, app.server, 0));
    for (int i = 0; i < CLIENTS; i++) {
        CHECK(closed(&c[i]));
        hang_up(&c[i]);
    }
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

static void stream_from_another_thread(void) {
    start((struct http_config){0}, 1);
    struct client c = client();
    puts_(&c, GET("/late_events"));
    CHECK(wait_text(&c, "data: late\n\n"));
    CHECK(closed(&c));
    hang_up(&c);
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

static bool stream_ends(struct http_stream *s) {
    for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
        if (!http_stream_alive(s))
            return true;
        poll(NULL, 0, 5);
    }
    return false;
}

static void stream_clients_leave(void) {
    start((struct http_config){.max_streams = 2}, 1);
    struct client a = client(), b = client(), third = client();
    puts_(&a, GET("/events"));
    CHECK(wait_text(&a, "hello\n\n"));
    puts_(&b, GET("/events"));
    CHECK(wait_text(&b, "hello\n\n"));
    CHECK_I64(ask(&third, GET("/events")).status, 503);
    hang_up(&a);
    hang_up_hard(&b);
    CHECK(stream_ends(stream_at(0)));
    CHECK(stream_ends(stream_at(1)));
    CHECK(!http_stream_send(stream_at(0), S("x")));
    end_streams();
    CHECK(server_reaches(http_streams, app.server, 0));
    puts_(&third, GET("/events"));
    CHECK(wait_text(&third, "hello\n\n"));
    end_streams();
    hang_up(&third);
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

static void stream_heartbeat_and_life(void) {
    start(
        (struct http_config){.stream_heartbeat_ms = 80, .stream_life_ms = 1000},
        1);
    struct client c = client();
    puts_(&c, GET("/events"));
    CHECK(wait_text(&c, "hello\n\n:\n\n"));
    CHECK(wait_text(&c, ":\n\n"));
    CHECK(closed(&c));
    CHECK(stream_ends(stream_at(0)));
    end_streams();
    hang_up(&c);
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

/* Bounded: a client that does not read loses its stream, nobody waits. */
static void stream_too_slow(void) {
    start((struct http_config){0}, 1);
    struct client c = client();
    puts_(&c, GET("/events"));
    CHECK(wait_text(&c, "hello\n\n"));
    char *p = arena_alloc(arena, 10000);
    memset(p, 'x', 10000);
    uint64_t sent = 0;
    while (sent < 100u * 1000 * 1000 &&
           http_stream_send(stream_at(0), (struct str){p, 10000}))
        sent += 10000;
    CHECK(sent >= 60000);
    CHECK(sent < 100u * 1000 * 1000);
    end_streams();
    CHECK(server_reaches(http_streams, app.server, 0));
    hang_up(&c);
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

/* More than fits the socket at once arrives whole, also when it is ended. */
static void stream_queue_arrives(void) {
    enum { N = 60000 };
    start((struct http_config){0}, 1);
    struct client c = client();
    int small = 4096;
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    puts_(&c, GET("/events"));
    CHECK(wait_text(&c, "hello\n\n"));
    char *p = arena_alloc(arena, N);
    for (int i = 0; i < N; i++)
        p[i] = (char)('a' + i % 26);
    CHECK(http_stream_send(stream_at(0), (struct str){p, N}));
    end_streams();
    while (more(&c))
        ;
    CHECK(str_eq(unread(&c), (struct str){p, N}));
    hang_up(&c);
    http_stop(app.server, PATIENCE_MS);
    end_worker();
}

static void stop_with_streams(void) {
    struct client c[10];
    start((struct http_config){0}, 1);
    for (int i = 0; i < 10; i++) {
        c[i] = client();
        puts_(&c[i], GET("/events"));
        CHECK(wait_text(&c[i], "hello\n\n"));
    }
    http_stop(app.server, PATIENCE_MS);
    for (int i = 0; i < 10; i++) {
        CHECK(closed(&c[i]));
        CHECK(!http_stream_send(stream_at(i), S("x")));
        hang_up(&c[i]);
    }
    end_streams();
    end_worker();
}

int main(void) {
    arena = arena_new();
    RUN(many_resumed_one_loop);
    RUN(many_resumed_two_loops);
    RUN(full_batch);
    RUN(others_are_served_meanwhile);
    RUN(clients_leave);
    RUN(stop_waits_for_requests);
    RUN(stop_while_suspended);
    RUN(stop_under_load);
    RUN(stop_with_idle_and_half_sent);
    RUN(streams);
    RUN(stream_from_another_thread);
    RUN(stream_clients_leave);
    RUN(stream_heartbeat_and_life);
    RUN(stream_too_slow);
    RUN(stream_queue_arrives);
    RUN(stop_with_streams);
    arena_free(arena);
    return test_end();
}
