/* Log lines. Each call makes its line in an arena of its own and writes it, or
 * has it written (base/log_queue.h); there is no state, so any thread may log.
 * The clock is the real one: a log tells when something happened, whatever time
 * a test pretends. */
#include "base/log.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/log_queue.h"
#include "base/time.h"

#include <time.h>
#include <unistd.h>

#define MAX_LINE 8192

static const char *const names[] = {"debug", "info", "warn", "error", "off"};

void log_init(struct log *l) {
    *l = (struct log){.fd = STDERR_FILENO,
                      .min = LEVEL_INFO,
                      .text = isatty(STDERR_FILENO) == 1};
    if (!log_level_parse(str_of(getenv("GUANXI_LOG")), &l->min))
        l->min = LEVEL_INFO;
}

bool log_level_parse(struct str name, enum log_level *out) {
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eqc(name, names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static int64_t now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void json_line(struct buf *b, enum log_level level, const char *msg,
                      const struct log_pair *pairs, size_t n) {
    struct jw w;
    jw_init(&w, b);
    jw_object(&w);
    jw_kstr(&w, S("ts"), instant_text(b->arena, now_ms()));
    jw_kstr(&w, S("level"), str_of(names[level]));
    jw_kstr(&w, S("msg"), str_of(msg));
    for (size_t i = 0; i < n; i++) {
        if (pairs[i].key == NULL)
            continue;
        jw_key(&w, str_of(pairs[i].key));
        jw_val(&w, pairs[i].v);
    }
    jw_object_end(&w);
}

/* 21:04:05 warn  message  key=value: control characters are shown by the JSON
 * escapes, so that nothing from outside can move the cursor. */
static void text_line(struct buf *b, enum log_level level, const char *msg,
                      const struct log_pair *pairs, size_t n) {
    struct str ts = instant_text(b->arena, now_ms());
    buf_str(b, str_sub(ts, 11, 19));
    buf_fmt(b, " %-5s %s", names[level], msg);
    for (size_t i = 0; i < n; i++) {
        struct jw w;
        if (pairs[i].key == NULL)
            continue;
        buf_fmt(b, "  %s=", pairs[i].key);
        jw_init(&w, b);
        jw_val(&w, pairs[i].v);
    }
}

static void put_line(const struct log *l, enum log_level level, struct str s) {
    if (l->queue != NULL && level < LEVEL_WARN) {
        log_queue_put(l->queue, s);
        return;
    }
    if (l->queue != NULL)
        log_queue_flush(l->queue);
    while (s.n > 0) {
        ssize_t put = write(l->fd, s.p, s.n);
        if (put <= 0)
            break; /* nobody reads the log: nowhere left to say so */
        s = str_sub(s, (size_t)put, s.n);
    }
}

void log_write(const struct log *l, enum log_level level, const char *msg,
               const struct log_pair *pairs, size_t n) {
    if (l == NULL || level < l->min)
        return;
    struct arena *a = arena_new();
    struct buf b;
    void (*line)(struct buf *, enum log_level, const char *,
                 const struct log_pair *, size_t) =
        l->text ? text_line : json_line;
    buf_init(&b, a, MAX_LINE);
    line(&b, level, msg, pairs, n);
    buf_byte(&b, '\n');
    if (!buf_ok(&b)) {
        buf_init(&b, a, MAX_LINE);
        line(&b, level, msg, NULL, 0);
        buf_byte(&b, '\n');
    }
    put_line(l, level, buf_view(&b));
    arena_free(a);
}
