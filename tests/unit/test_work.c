/* The worker pool, digests, fault points and log lines. */
#include "base/fault.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
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
        CHECK(work_put(p, add, &one));
    work_free(p);
    CHECK_I64(s.sum, 1000);
    CHECK_I64(s.started, 3);
    CHECK_I64(s.stopped, 3);
    CHECK_I64(s.wrong_nice, 0);
}

static void sleep_ms(void *state, void *arg) {
    poll(NULL, 0, *(int *)arg);
}

static int put_within(struct work_pool *p, int n, int64_t wait_us, int *ms) {
    int taken = 0;
    for (int i = 0; i < n; i++)
        taken += work_put_within(p, wait_us, sleep_ms, ms);
    return taken;
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
    CHECK_I64(put_within(p, 4, 1, &slow), 4); /* few are always taken */
    CHECK_I64(put_within(p, 100, 0, &slow), 100);
    work_free(p);
}

static void full_queue_says_so(void) {
    struct shared s = {.gate = PTHREAD_MUTEX_INITIALIZER};
    struct work_pool *p = work_new(1, 5, 2, start, stop, &s);
    int one = 1, put = 0;
    pthread_mutex_lock(&s.gate);
    /* one may run, two may wait: the fourth can never fit */
    for (int i = 0; i < 4; i++)
        put += work_put(p, wait_at_gate, &one);
    CHECK(put == 2 || put == 3);
    pthread_mutex_unlock(&s.gate);
    work_free(p);
    CHECK_I64(s.sum, put);
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
    struct log l = {ends[1], min, text};
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

int main(void) {
    RUN(pool_runs_everything);
    RUN(full_queue_says_so);
    RUN(long_queues_refuse);
    RUN(digests);
    RUN(fault_points);
    RUN(log_lines);
    return test_end();
}
