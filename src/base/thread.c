/* Owns nothing; each function is about the thread that calls it. */
#include "base/thread.h"

#include "base/compiler.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MASK_WORDS 128 /* of 64 processors */

void thread_give_way(int nice) {
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice);
}

void thread_turns(int us) {
    struct sched_attr a = {
        .size = sizeof a,
        .sched_policy = SCHED_NORMAL,
        .sched_nice = getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)),
        .sched_runtime = (uint64_t)us * 1000,
    };
    (void)syscall(SYS_sched_setattr, 0, &a, 0);
}

int thread_processors(void) {
    uint64_t set[MASK_WORDS];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
    int n = 0;
    for (long i = 0; i < bytes / (long)sizeof set[0]; i++)
        n += __builtin_popcountll(set[i]);
    return n < 1 ? 1 : n;
}
