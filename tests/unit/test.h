/* A unit test program: functions with CHECKs, run by RUN in main, ends with
 * the plain line "N passed, N failed". */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include "base/ctx.h"

#include <stdio.h>

static int test_passed, test_failed;
static bool test_bad;
static const char *test_name;

#define CHECK(cond)                                                            \
    do {                                                                       \
        if (!(cond)) {                                                         \
            test_bad = true;                                                   \
            printf("%s:%d: %s: %s\n", __FILE__, __LINE__, test_name, #cond);   \
        }                                                                      \
    } while (0)
#define CHECK_I64(got, want)                                                   \
    do {                                                                       \
        long long g_ = (long long)(got), w_ = (long long)(want);               \
        if (g_ != w_) {                                                        \
            test_bad = true;                                                   \
            printf("%s:%d: %s: %s is %lld, want %lld\n", __FILE__, __LINE__,   \
                   test_name, #got, g_, w_);                                   \
        }                                                                      \
    } while (0)
#define CHECK_STR(got, want)                                                   \
    do {                                                                       \
        struct str g_ = (got), w_ = str_of(want);                              \
        if (!str_eq(g_, w_)) {                                                 \
            test_bad = true;                                                   \
            printf("%s:%d: %s: %s is \"%.*s\", want \"%.*s\"\n", __FILE__,     \
                   __LINE__, test_name, #got, STR_ARG(g_), STR_ARG(w_));       \
        }                                                                      \
    } while (0)
#define CHECK_OK(expr) CHECK_I64((expr), OK)

#define RUN(fn)                                                                \
    do {                                                                       \
        test_bad = false;                                                      \
        test_name = #fn;                                                       \
        fn();                                                                  \
        if (test_bad)                                                          \
            test_failed++;                                                     \
        else                                                                   \
            test_passed++;                                                     \
    } while (0)

static inline int test_end(void) {
    printf("%d passed, %d failed\n", test_passed, test_failed);
    return test_failed == 0 ? 0 : 1;
}

#endif
