/* The bar of long commands. Owns nothing; the thread that started it. */
#include "cli/progress.h"

#include "base/time.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 30

void progress_start(struct progress *p) {
    *p = (struct progress){.terminal = isatty(STDERR_FILENO) == 1,
                           .started_ms = clock_monotonic_ms()};
    sigemptyset(&p->signals);
    sigaddset(&p->signals, SIGINT);
    sigaddset(&p->signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &p->signals, NULL);
}

static void draw(struct progress *p, int64_t done, int64_t total) {
    char bar[WIDTH + 1];
    int64_t ms = clock_monotonic_ms() - p->started_ms;
    int64_t rate = ms > 0 ? done * 1000 / ms : 0;
    int64_t full = total > 0 ? done * WIDTH / total : 0;
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r\033[K[%s] %3lld%%  %lld  %lld/s", bar,
            (long long)(total > 0 ? done * 100 / total : 0), (long long)done,
            (long long)rate);
    if (rate > 0 && total > done)
        fprintf(stderr, "  %lld s left", (long long)((total - done) / rate));
    p->drawn = true;
}

void progress_step(struct progress *p, int64_t done, int64_t total) {
    const struct timespec now = {0, 0};
    if (sigtimedwait(&p->signals, NULL, &now) > 0)
        p->stop = true;
    if (p->terminal)
        draw(p, done, total);
}

void progress_end(struct progress *p) {
    if (p->drawn)
        fprintf(stderr, "\r\033[K");
    sigprocmask(SIG_UNBLOCK, &p->signals, NULL);
}
