/* Bytes out of a descriptor, through zlib for gzip. Owns one input buffer and
 * the inflate state, both released with the arena. One thread at a time. */
#include "base/source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define INPUT (64 * 1024)

struct source {
    int fd;
    bool gzip, eof;
    bool in_member;    /* between a gzip header and its trailer */
    unsigned char *in; /* INPUT bytes */
    size_t from, to;   /* the part of `in` not consumed yet */
    size_t head;       /* bytes of `in` that source_open read */
    uint64_t raw, unpacked, max_bytes, total;
    off_t begin; /* of a file; -1: a pipe */
    z_stream z;
};

static void end_inflate(void *s) {
    inflateEnd(&((struct source *)s)->z);
}

static enum err broken(struct ctx *c, const char *code) {
    return fail(c, ERR_MALFORMED, "file", code);
}

/* Reads until the buffer is full or the file ends; what is left stays. */
static enum err fill(struct ctx *c, struct source *s) {
    memmove(s->in, s->in + s->from, s->to - s->from);
    s->to -= s->from;
    s->from = 0;
    while (s->to < INPUT && !s->eof) {
        ssize_t n = read(s->fd, s->in + s->to, INPUT - s->to);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(c, ERR_IO, "file", "file_read");
        s->eof = n == 0;
        s->to += (size_t)n;
    }
    return OK;
}

static bool at_gzip_magic(const struct source *s) {
    return s->to - s->from >= 2 && s->in[s->from] == 0x1F &&
           s->in[s->from + 1] == 0x8B;
}

enum err source_open(struct ctx *c, int fd, uint64_t max_bytes,
                     struct source **out) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(c, ERR_IO, "file", "file_read");
    if (S_ISDIR(st.st_mode))
        return fail(c, ERR_INVALID, "file", "file_is_directory");
    struct source *s = NEW(c->arena, struct source);
    s->fd = fd;
    s->max_bytes = max_bytes;
    s->total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    s->begin = S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
    s->in = arena_alloc(c->arena, INPUT);
    TRY(fill(c, s));
    s->head = s->to;
    s->gzip = at_gzip_magic(s);
    if (s->gzip) {
        if (inflateInit2(&s->z, 16 + MAX_WBITS) != Z_OK)
            return fail(c, ERR_INTERNAL, "file", "file_read");
        arena_defer(c->arena, end_inflate, s);
        s->in_member = true;
    }
    *out = s;
    return OK;
}

struct str source_head(const struct source *s) {
    return (struct str){(const char *)s->in, s->head};
}

bool source_is_gzip(const struct source *s) {
    return s->gzip;
}

static void consume(struct source *s, size_t n) {
    s->from += n;
    s->raw += n;
}

static enum err read_plain(struct ctx *c, struct source *s, char *p, size_t cap,
                           size_t *n_out) {
    if (s->from == s->to && !s->eof)
        TRY(fill(c, s));
    size_t n = s->to - s->from < cap ? s->to - s->from : cap;
    if (n > 0)
        memcpy(p, s->in + s->from, n);
    consume(s, n);
    *n_out = n;
    return OK;
}

/* Behind a member: another one, or zeros up to the end (tape padding). */
static enum err next_member(struct ctx *c, struct source *s) {
    for (;;) {
        if (s->to - s->from < 2 && !s->eof)
            TRY(fill(c, s));
        if (s->from == s->to)
            return OK;
        if (at_gzip_magic(s)) {
            inflateReset(&s->z);
            s->in_member = true;
            return OK;
        }
        if (s->in[s->from] != 0)
            return broken(c, "gzip_broken");
        consume(s, 1);
    }
}

static enum err read_gzip(struct ctx *c, struct source *s, char *p, size_t cap,
                          size_t *n_out) {
    s->z.next_out = (unsigned char *)p;
    s->z.avail_out = (unsigned)(cap > UINT32_MAX ? UINT32_MAX : cap);
    size_t want = s->z.avail_out;
    while (s->in_member && s->z.avail_out == want) {
        if (s->from == s->to && !s->eof)
            TRY(fill(c, s));
        if (s->from == s->to)
            return broken(c, "gzip_truncated");
        s->z.next_in = s->in + s->from;
        s->z.avail_in = (unsigned)(s->to - s->from);
        int r = inflate(&s->z, Z_NO_FLUSH);
        consume(s, s->to - s->from - s->z.avail_in);
        if (r == Z_STREAM_END) {
            s->in_member = false;
            TRY(next_member(c, s));
        } else if (r != Z_OK && r != Z_BUF_ERROR) {
            return broken(c, "gzip_broken");
        }
    }
    *n_out = want - s->z.avail_out;
    return OK;
}

enum err source_read(struct ctx *c, struct source *s, char *p, size_t cap,
                     size_t *n_out) {
    if (s->gzip)
        TRY(read_gzip(c, s, p, cap, n_out));
    else
        TRY(read_plain(c, s, p, cap, n_out));
    s->unpacked += *n_out;
    if (s->unpacked > s->max_bytes)
        return failv(c, ERR_TOO_LARGE, S("file"), "file_too_large",
                     ARGS(V((long long)s->max_bytes)));
    return OK;
}

bool source_place(const struct source *s, int *fd, uint64_t *from,
                  uint64_t *to) {
    *fd = s->fd;
    *from = (uint64_t)s->begin;
    *to = s->total;
    return s->begin >= 0 && !s->gzip && *from < *to &&
           *to - *from <= s->max_bytes;
}

void source_progress(const struct source *s, uint64_t *done, uint64_t *total) {
    *done = s->raw;
    *total = s->total;
}
