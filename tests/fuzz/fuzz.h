/* What every fuzz target shares. A target defines fuzz_one and fuzz_spice.
 *
 * With libFuzzer (clang -fsanitize=fuzzer -DGX_LIBFUZZER) it searches; without,
 * it replays a corpus folder and a fixed number of mutations of each file, the
 * same ones each time, so that it can run as a test:
 *     fuzz_NAME CORPUS [ROUNDS] */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/die.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One input, a copy of its own, so that a read past its end is found. Dies
 * when what came out can't be. c->arena is reset afterwards. */
static void fuzz_one(struct ctx *c, struct str s);

/* Bytes that mean something to the reader. */
static const struct str fuzz_spice;

/* Called once, before the first input. */
static void fuzz_start(struct ctx *c);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct ctx fuzz_ctx;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static struct arena *kept;
    if (kept == NULL) {
        kept = arena_new();
        ctx_init(&fuzz_ctx, kept);
        fuzz_start(&fuzz_ctx);
    }
    struct arena *a = arena_new();
    fuzz_ctx.arena = a;
    fail_clear(&fuzz_ctx);
    fuzz_one(&fuzz_ctx, str_dup(a, (struct str){(const char *)data, n}));
    fail_clear(&fuzz_ctx);
    fuzz_ctx.arena = kept;
    arena_free(a);
    return 0;
}

#ifndef GX_LIBFUZZER

#define FUZZ_LARGEST 65536
#define FUZZ_ROUNDS 2000

static uint64_t fuzz_next(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A byte changed, doubled or dropped, or a stretch repeated; one time in four
 * several of these: most inputs should get past the first check. */
static size_t fuzz_mutate(uint8_t *p, size_t n, uint64_t *seed) {
    uint64_t k = fuzz_next(seed) % 4 > 0 ? 1 : fuzz_next(seed) % 8 + 1;
    for (; k > 0 && n > 0; k--) {
        size_t at = fuzz_next(seed) % n;
        switch (fuzz_next(seed) % 5) {
        case 0:
            p[at] = (uint8_t)fuzz_next(seed);
            break;
        case 1:
            p[at] = (uint8_t)fuzz_spice.p[fuzz_next(seed) % fuzz_spice.n];
            break;
        case 2:
            memmove(p + at, p + at + 1, n - at - 1);
            n--;
            break;
        case 3: {
            size_t room = FUZZ_LARGEST - n, len = fuzz_next(seed) % 64;
            len = len > n - at ? n - at : len;
            len = len > room ? room : len;
            memmove(p + at + len, p + at, n - at);
            n += len;
            break;
        }
        default:
            if (n < FUZZ_LARGEST) {
                memmove(p + at + 1, p + at, n - at);
                n++;
            }
        }
    }
    return n;
}

static void fuzz_replay(const char *name, long rounds) {
    static uint8_t original[FUZZ_LARGEST], p[FUZZ_LARGEST + 1];
    FILE *f = fopen(name, "rb");
    if (f == NULL)
        die("can't read %s", name);
    size_t n = fread(original, 1, sizeof original, f);
    fclose(f);
    uint64_t seed = 88172645463325252u;
    LLVMFuzzerTestOneInput(original, n);
    for (long i = 0; i < rounds; i++) {
        memcpy(p, original, n);
        LLVMFuzzerTestOneInput(p, fuzz_mutate(p, n, &seed));
    }
}

int main(int argc, char **argv) {
    const char *asked = getenv("GUANXI_FUZZ_ROUNDS");
    long rounds = argc > 2        ? atol(argv[2])
                  : asked != NULL ? atol(asked)
                                  : FUZZ_ROUNDS;
    DIR *d = argc > 1 ? opendir(argv[1]) : NULL;
    if (d == NULL) {
        fprintf(stderr, "usage: %s CORPUS [ROUNDS]\n", argv[0]);
        return 2;
    }
    int files = 0;
    char name[4096];
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", argv[1], e->d_name);
            fuzz_replay(name, rounds);
            files++;
        }
    closedir(d);
    printf("%d passed, 0 failed\n", files);
    return files > 0 ? 0 : 1;
}

#endif

#endif
