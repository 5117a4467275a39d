/* The file of a mirror: a header, then the columns one after the other, all
 * under one keyed hash. Owns nothing. Invariant: a file that is not whole, or
 * was made for another company or another machine, is not read. */
#include "store/mirror_rows.h"

#include "base/io.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = {'G', 'X', 'C', 'O', 'L', 'S', '0', '2'};

struct header {
    char magic[8];
    uint64_t order; /* of bytes: 1 as this machine writes it */
    uint64_t n, people;
    struct mirror_mark mark;
    unsigned char hash[32];
};

struct part {
    void *p;
    size_t n;
};

#define PARTS 5

static void parts_of(const struct mirror_rows *r,
                     const struct mirror_people *people,
                     struct part out[PARTS]) {
    out[0] = (struct part){r->order, r->n * sizeof *r->order};
    out[1] = (struct part){r->customer, r->n * sizeof *r->customer};
    out[2] = (struct part){r->day, r->n * sizeof *r->day};
    out[3] = (struct part){r->sales, r->n * sizeof *r->sales};
    out[4] = (struct part){people->p, people->n * sizeof *people->p};
}

/* Of everything but the hash itself. */
static void hash_of(const struct header *h, const unsigned char *secret,
                    const struct part *parts, unsigned char out[32]) {
    crypto_generichash_state s;
    crypto_generichash_init(&s, secret, 32, 32);
    crypto_generichash_update(&s, (const unsigned char *)h,
                              offsetof(struct header, hash));
    for (size_t i = 0; i < PARTS; i++)
        crypto_generichash_update(&s, parts[i].p, parts[i].n);
    crypto_generichash_final(&s, out, 32);
}

static bool read_all(int fd, void *p, size_t n) {
    for (char *at = p; n > 0;) {
        ssize_t got = read(fd, at, n);
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const void *p, size_t n) {
    for (const char *at = p; n > 0;) {
        ssize_t put = io_write(fd, at, n);
        if (put <= 0)
            return false;
        at += put;
        n -= (size_t)put;
    }
    return true;
}

static bool read_open(int fd, const unsigned char *secret,
                      struct mirror_rows *rows, struct mirror_people *people,
                      struct mirror_mark *mark) {
    struct header h;
    struct stat st;
    struct part parts[PARTS];
    unsigned char hash[32];
    size_t row = sizeof *rows->order + sizeof *rows->customer +
                 sizeof *rows->day + sizeof *rows->sales;
    if (fstat(fd, &st) != 0 || !read_all(fd, &h, sizeof h) ||
        memcmp(h.magic, magic, sizeof magic) != 0 || h.order != 1 ||
        h.n > (uint64_t)st.st_size / row ||
        h.people > (uint64_t)st.st_size / sizeof *people->p ||
        (uint64_t)st.st_size !=
            sizeof h + h.n * row + h.people * sizeof *people->p)
        return false;
    mirror_rows_reserve(rows, (size_t)h.n);
    rows->n = (size_t)h.n;
    mirror_people_reserve(people, (size_t)h.people);
    people->n = (size_t)h.people;
    parts_of(rows, people, parts);
    for (size_t i = 0; i < PARTS; i++)
        if (!read_all(fd, parts[i].p, parts[i].n))
            return false;
    hash_of(&h, secret, parts, hash);
    *mark = h.mark;
    return sodium_memcmp(hash, h.hash, sizeof hash) == 0;
}

bool mirror_file_read(struct str path, const unsigned char *secret,
                      struct mirror_rows *rows, struct mirror_people *people,
                      struct mirror_mark *mark) {
    char name[4096];
    if (path.n == 0 || path.n >= sizeof name)
        return false;
    snprintf(name, sizeof name, STR_FMT, STR_ARG(path));
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool whole = read_open(fd, secret, rows, people, mark);
    close(fd);
    if (!whole) {
        mirror_rows_clear(rows);
        mirror_people_clear(people);
    }
    return whole;
}

void mirror_file_write(struct str path, const unsigned char *secret,
                       const struct mirror_rows *rows,
                       const struct mirror_people *people,
                       const struct mirror_mark *mark) {
    char name[4096], fresh[4096 + 8];
    struct header h = {
        .order = 1, .n = rows->n, .people = people->n, .mark = *mark};
    struct part parts[PARTS];
    if (path.n == 0 || path.n >= sizeof name)
        return;
    snprintf(name, sizeof name, STR_FMT, STR_ARG(path));
    snprintf(fresh, sizeof fresh, "%s.new", name);
    memcpy(h.magic, magic, sizeof magic);
    parts_of(rows, people, parts);
    hash_of(&h, secret, parts, h.hash);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    bool whole = write_all(fd, &h, sizeof h);
    for (size_t i = 0; whole && i < PARTS; i++)
        whole = write_all(fd, parts[i].p, parts[i].n);
    whole = close(fd) == 0 && whole;
    if (!whole || rename(fresh, name) != 0)
        unlink(fresh);
}
