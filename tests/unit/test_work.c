/* The worker pool, digests, fault points and log lines. */
#include "base/fault.h"
#include "base/flow.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/log_queue.h"
#include "base/time.h"
#include "base/work.h"

#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct shared {
    atomic_int sum, started, stopped, wrong_nice;
    pthread_mutex_t gate;
};

static bool put(struct work_pool *p, void (*fn)(void *state, void *arg),
                void *arg) {
    const struct work w = {.fn = fn, .arg = arg};
    return work_put(p, &w);
}

static void *start(void *user) {
    struct shared *s = user;
    atomic_fetch_add(&s->started, 1);
    if (getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)) != 5)
        atomic_fetch_add(&s->wrong_nice, 1);
    return s;
}

static void stop(void *user, void *state) {
    struct shared *s = user;
    if (state == s)
        atomic_fetch_add(&s->stopped, 1);
}

static void add(void *state, void *arg) {
    struct shared *s = state;
    atomic_fetch_add(&s->sum, *(int *)arg);
}

static void wait_at_gate(void *state, void *arg) {
    struct shared *s = state;
    pthread_mutex_lock(&s->gate);
    pthread_mutex_unlock(&s->gate);
    add(state, arg);
}

static void pool_runs_everything(void) {
    struct shared s = {.gate = PTHREAD_MUTEX_INITIALIZER};
    struct work_pool *p = work_new(3, 5, 1000, start, stop, &s);
    int one = 1;
    for (int i = 0; i < 1000; i++)
        CHECK(put(p, add, &one));
    work_free(p);
    CHECK_I64(s.sum, 1000);
    CHECK_I64(s.started, 3);
    CHECK_I64(s.stopped, 3);
    CHECK_I64(s.wrong_nice, 0);
}

static void sleep_ms(void *state, void *arg) {
    poll(NULL, 0, *(int *)arg);
}

/* Comes and is done so often a second, from one instant to another. */
static void flow_for(struct flow *f, int64_t from_ms, int64_t to_ms, int came,
                     int done) {
    for (int64_t ms = from_ms; ms < to_ms; ms++) {
        for (int64_t n = ms * came / 1000; n < (ms + 1) * came / 1000; n++)
            flow_came(f, ms * 1000);
        for (int64_t n = ms * done / 1000; n < (ms + 1) * done / 1000; n++)
            flow_done(f, ms * 1000);
    }
}

static void floods_are_told_from_bursts(void) {
    struct flow f = {0};
    for (int i = 0; i < 12; i++)
        flow_came(&f, 5000000);
    for (int64_t ms = 5000; ms < 7000; ms += 50)
        CHECK(!flow_floods(&f, ms * 1000)); /* one page that asks for much */
    flow_for(&f, 7000, 8000, 300, 290);
    CHECK(!flow_floods(&f, 8000000)); /* much, and as much is done */
    flow_for(&f, 8000, 9000, 300, 100);
    CHECK(flow_floods(&f, 9000000));
    flow_for(&f, 9000, 10000, 15, 5); /* slow ones, three times too many */
    CHECK(flow_floods(&f, 10000000));
    flow_for(&f, 10000, 11000, 5, 5);
    CHECK(!flow_floods(&f, 11000000));
    flow_for(&f, 11000, 12000, 300, 100);
    CHECK(!flow_floods(&f, 20000000)); /* long ago */
}

static void not_slept(void *state, void *arg) {
}

static int put_within(struct work_pool *p, int n, int64_t wait_us, int *ms) {
    int taken = 0;
    for (int i = 0; i < n; i++)
        taken += work_put(
            p, &(struct work){sleep_ms, not_slept, ms, .wait_us = wait_us});
    return taken;
}

struct crew {
    atomic_int now, most, done, late;
};

static void turned_away(void *state, void *arg) {
    struct crew *w = arg;
    atomic_fetch_add(&w->late, 1);
}

static void work_a_while(void *state, void *arg) {
    struct crew *w = arg;
    int now = atomic_fetch_add(&w->now, 1) + 1;
    if (now > atomic_load(&w->most))
        atomic_store(&w->most, now);
    poll(NULL, 0, 20);
    atomic_fetch_sub(&w->now, 1);
    atomic_fetch_add(&w->done, 1);
}

/* Thirty at a time, more than can be done; → how many were put. */
static int flood_for(struct work_pool *p, int ms, struct crew *w) {
    int n = 0;
    for (int64_t until = clock_monotonic_us() + ms * 1000;
         clock_monotonic_us() < until; poll(NULL, 0, 100))
        for (int i = 0; i < 30; i++)
            n += work_put(p,
                          &(struct work){work_a_while, turned_away, w, 50000});
    return n;
}

static void a_flood_is_worked_off_by_few(void) {
    struct shared s = {.gate = PTHREAD_MUTEX_INITIALIZER};
    struct crew w = {0};
    struct work_pool *p = work_new(4, 5, 10000, start, stop, &s);
    work_together(p, 1);
    int n = 12;
    for (int i = 0; i < n; i++)
        CHECK(put(p, work_a_while, &w));
    while (atomic_load(&w.done) < n)
        poll(NULL, 0, 5);
    CHECK(w.most > 1); /* many at once are no flood */
    n += flood_for(p, 1000, &w);
    int most = 4;
    for (int tries = 0; tries < 20 && most > 1; tries++) {
        atomic_store(&w.most, 0);
        n += flood_for(p, 500, &w);
        most = atomic_load(&w.most);
    }
    CHECK_I64(most, 1);
    work_free(p);
    CHECK(w.late > 0);
    CHECK_I64(w.done + w.late, n); /* all that was taken is answered */
}

static void long_queues_refuse(void) {
    struct shared s = {.gate = PTHREAD_MUTEX_INITIALIZER};
    struct work_pool *p = work_new(1, 5, 1000, start, stop, &s);
    int slow = 20;
    CHECK_I64(put_within(p, 20, 0, &slow), 20); /* teaches it what one takes */
    while (work_queued(p) > 0)
        poll(NULL, 0, 5);
    int taken = put_within(p, 100, 100000, &slow);
    CHECK(taken >= 4 && taken <= 12);
    while (work_queued(p) > 0)
        poll(NULL, 0, 5);
    poll(NULL, 0, 1000);                      /* the flood is over */
    CHECK_I64(put_within(p, 4, 1, &slow), 4); /* few are always taken */
    CHECK_I64(put_within(p, 100, 0, &slow), 100);
    work_free(p);
}

static void full_queue_says_so(void) {
    struct shared s = {.gate = PTHREAD_MUTEX_INITIALIZER};
    struct work_pool *p = work_new(1, 5, 2, start, stop, &s);
    int one = 1, taken = 0;
    pthread_mutex_lock(&s.gate);
    /* one may run, two may wait: the fourth can never fit */
    for (int i = 0; i < 4; i++)
        taken += put(p, wait_at_gate, &one);
    CHECK(taken == 2 || taken == 3);
    pthread_mutex_unlock(&s.gate);
    work_free(p);
    CHECK_I64(s.sum, taken);
}

static void digests(void) {
    struct arena *a = arena_new();
    CHECK_STR(
        hash_sha256_hex(a, S("abc")),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_STR(
        hash_sha256_hex(a, S("")),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_STR(base64url_text(a, S("\xff\xef\xfe?")), "_-_-Pw");
    CHECK_STR(base64url_text(a, S("")), "");
    struct str back;
    CHECK(base64url_parse(a, S("_-_-Pw"), &back));
    CHECK_STR(back, "\xff\xef\xfe?");
    CHECK(!base64url_parse(a, S("_-_-Pw=="), &back));
    CHECK(!base64url_parse(a, S("a b"), &back));
    CHECK(hash_same(S("abc"), S("abc")) && !hash_same(S("abc"), S("abd")));
    CHECK(!hash_same(S("abc"), S("ab")) && hash_same(S(""), S("")));
    arena_free(a);
}

static void fault_points(void) {
#ifdef GX_TESTING
    fault_arm("here", 2);
    CHECK(!FAULT("here") && !FAULT("there") && FAULT("here") && !FAULT("here"));
    CHECK_I64(fault_passes("here"), 3);
    fault_arm("here", 1);
    CHECK(FAULT("here"));
    fault_clear();
    CHECK(!FAULT("here"));
#else
    CHECK(!FAULT("here"));
#endif
}

/* What a call of LOG writes, through a pipe. */
static struct str logged(struct arena *a, bool text, enum log_level min,
                         enum log_level level) {
    int ends[2];
    char line[4096];
    if (pipe(ends) != 0)
        return S("no pipe");
    struct log l = {.fd = ends[1], .min = min, .text = text};
    LOG(&l, level, "import done", {"rows", V(7)},
        {"file", V("a\"b\x1b[2J.csv")});
    close(ends[1]);
    ssize_t n = read(ends[0], line, sizeof line);
    close(ends[0]);
    return str_dup(a, (struct str){line, n > 0 ? (size_t)n : 0});
}

static void log_lines(void) {
    struct ctx c;
    ctx_init(&c, arena_new());
    struct str s = logged(c.arena, false, LEVEL_INFO, LEVEL_WARN);
    json_t *v = NULL;
    CHECK_OK(json_read(&c, str_trim(s), &v));
    CHECK(str_ends(s, S("}\n")));
    CHECK_STR(json_str(json_object_get(v, "level")), "warn");
    CHECK_STR(json_str(json_object_get(v, "file")), "a\"b\x1b[2J.csv");
    CHECK_I64(json_integer_value(json_object_get(v, "rows")), 7);
    CHECK_STR(logged(c.arena, false, LEVEL_INFO, LEVEL_DEBUG), "");
    s = logged(c.arena, true, LEVEL_INFO, LEVEL_ERROR);
    CHECK(str_ends(s, S(" error import done  rows=7  "
                        "file=\"a\\\"b\\u001b[2J.csv\"\n")));
    enum log_level level = LEVEL_INFO;
    CHECK(log_level_parse(S("debug"), &level) && level == LEVEL_DEBUG);
    CHECK(!log_level_parse(S("loud"), &level));
    arena_free(c.arena);
}

/* How often something was there to be read, until what comes last ends so;
 * what was read in *out. */
static int reads_until(int fd, struct str end, struct buf *out) {
    char part[8192];
    int n = 0;
    while (!str_ends(buf_view(out), end)) {
        ssize_t got = read(fd, part, sizeof part);
        if (got <= 0)
            break;
        n++;
        buf_str(out, (struct str){part, (size_t)got});
    }
    return n;
}

#define MANY 400 /* what a pipe holds */

/* All lines come, in order, many of them at a time; a warning waits for none,
 * and none waits for ever. */
static void log_lines_together(void) {
    struct arena *a = arena_new();
    int ends[2];
    struct buf got;
    buf_init(&got, a, 1024 * 1024);
    CHECK(pipe(ends) == 0);
    struct log l = {.fd = ends[1], .queue = log_queue_start(ends[1])};
    for (int i = 0; i < MANY; i++)
        LOG(&l, LEVEL_INFO, "a", {"n", V(i)});
    LOG(&l, LEVEL_INFO, "last");
    int reads = reads_until(ends[0], S("\"last\"}\n"), &got);
    CHECK(reads > 0 && reads < MANY / 4);
    struct str rest = buf_view(&got), line;
    for (int i = 0; i < MANY; i++) {
        struct str want = str_fmt(a, "\"n\":%d}", i);
        CHECK(str_cut(&rest, '\n', &line) && str_ends(line, want));
    }
    LOG(&l, LEVEL_INFO, "b");
    LOG(&l, LEVEL_INFO, "c");
    LOG(&l, LEVEL_WARN, "d");
    log_queue_stop(l.queue);
    buf_clear(&got);
    reads_until(ends[0], S("\"d\"}\n"), &got);
    CHECK(str_find(buf_view(&got), S("\"b\"")) <
          str_find(buf_view(&got), S("\"c\"")));
    close(ends[0]);
    close(ends[1]);
    arena_free(a);
}

int main(void) {
    RUN(pool_runs_everything);
    RUN(full_queue_says_so);
    RUN(floods_are_told_from_bursts);
    RUN(a_flood_is_worked_off_by_few);
    RUN(long_queues_refuse);
    RUN(digests);
    RUN(fault_points);
    RUN(log_lines);
    RUN(log_lines_together);
    return test_end();
}
