/* SQL of files. Owns: the temporary files it makes, until their descriptor is
 * handed out. Threads: any. Invariant: chunks of a file are numbered from 0
 * without gaps; each carries its own hash. */
#include "store/file.h"

#include "base/hash.h"
#include "db/db.h"
#include "store/actor.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Chunks of one write: about 20 ms of a slow disk. */
#define SLICE_CHUNKS 8

SQL(Q_CREATE,
    "INSERT INTO file (name, media_type, entity, size, chunks, complete,"
    " created_at, created_by) VALUES ($1, $2, $3, 0, 0, 0, $4, $5)"
    " RETURNING id");
SQL(Q_CHUNKS, "SELECT chunks FROM file WHERE id = $1");
SQL(Q_ADD, "INSERT INTO file_chunk (file_id, position, sha256, data)"
           " VALUES ($1, $2, $3, $4)");
SQL(Q_GROW, "UPDATE file SET size = size + $2, chunks = $3 WHERE id = $1");
SQL(Q_FINISH, "UPDATE file SET complete = 1, sha256 = $2 WHERE id = $1");
SQL(Q_DELETE, "DELETE FROM file WHERE id = $1");
SQL(Q_PURGE, "DELETE FROM file WHERE (complete = 0 OR entity = 'job' OR"
             " (entity = 'attachment' AND record_id IS NULL)) AND"
             " created_at < $1");
SQL(Q_FIND, "SELECT name, media_type, size, chunks, complete FROM file"
            " WHERE id = $1");
SQL(Q_CHUNK, "SELECT data, sha256 FROM file_chunk WHERE file_id = $1"
             " AND position = $2");

enum err file_create(struct ctx *c, const struct file_new *n, int64_t *id_out) {
    int64_t by = c->actor != NULL ? c->actor->user_id : 0;
    return db_i64(c, &Q_CREATE,
                  ARGS(V(n->name), V(n->media_type),
                       n->entity.n > 0 ? V(n->entity) : V_NULL, V(c->now_ms),
                       by != 0 ? V(by) : V_NULL),
                  0, id_out);
}

enum err file_append(struct ctx *c, int64_t id, struct str bytes) {
    int64_t chunks;
    TRY(db_i64(c, &Q_CHUNKS, ARGS(V(id)), -1, &chunks));
    if (chunks < 0)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    for (size_t at = 0; at < bytes.n; at += FILE_CHUNK_BYTES) {
        struct str part = str_sub(bytes, at, at + FILE_CHUNK_BYTES);
        TRY(db_exec(c, &Q_ADD,
                    ARGS(V(id), V(chunks), V(hash_sha256_hex(c->arena, part)),
                         val_blob(part)),
                    NULL));
        chunks++;
    }
    return db_exec(c, &Q_GROW, ARGS(V(id), V((int64_t)bytes.n), V(chunks)),
                   NULL);
}

enum err file_finish(struct ctx *c, int64_t id, struct str sha256) {
    return db_exec(c, &Q_FINISH, ARGS(V(id), sha256.n > 0 ? V(sha256) : V_NULL),
                   NULL);
}

enum err file_delete(struct ctx *c, int64_t id) {
    return id == 0 ? OK : db_exec(c, &Q_DELETE, ARGS(V(id)), NULL);
}

enum err file_purge(struct ctx *c, int64_t before) {
    return db_exec(c, &Q_PURGE, ARGS(V(before)), NULL);
}

/* --- storing ------------------------------------------------------------- */

struct slice {
    const struct file_new *n;
    int64_t id; /* 0: the first slice makes the row */
    struct str bytes;
    struct str sha256; /* of the whole; set for the last slice */
    bool last;
};

static enum err write_slice(struct ctx *c, void *arg) {
    struct slice *s = arg;
    int64_t id = s->id;
    if (id == 0)
        TRY(file_create(c, s->n, &id));
    TRY(file_append(c, id, s->bytes));
    if (s->last)
        TRY(file_finish(c, id, s->sha256));
    s->id = id;
    return OK;
}

static enum err io_fail(struct ctx *c, const char *code) {
    bool full = errno == ENOSPC || errno == EDQUOT;
    return fail(c, full ? ERR_FULL : ERR_IO, "", full ? "storage_full" : code);
}

/* Fills p from an offset; *n_out less than cap only at the end. */
static enum err read_full(struct ctx *c, int fd, char *p, size_t cap, off_t at,
                          size_t *n_out) {
    *n_out = 0;
    while (*n_out < cap) {
        ssize_t n = pread(fd, p + *n_out, cap - *n_out, at + (off_t)*n_out);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_fail(c, "file_read");
        if (n == 0)
            break;
        *n_out += (size_t)n;
    }
    return OK;
}

/* A slice that failed half-way must not keep the id of an undone row. */
static enum err put_slice(struct ctx *c, struct slice *s, struct arena *batch) {
    struct arena *outer = c->arena;
    int64_t id = s->id;
    c->arena = batch;
    enum err e = store_write(c, LANE_JOB, write_slice, s);
    c->arena = outer;
    if (e != OK) {
        s->id = id;
        fail_keep(c, outer);
    }
    return e;
}

static enum err store_all(struct ctx *c, int fd, struct slice *s, char *p,
                          struct arena *batch) {
    size_t cap = (size_t)SLICE_CHUNKS * FILE_CHUNK_BYTES;
    struct hash_sum *sum = hash_sum_new(c->arena);
    for (off_t at = 0; !s->last; at += (off_t)s->bytes.n) {
        size_t n;
        TRY(read_full(c, fd, p, cap, at, &n));
        s->bytes = (struct str){p, n};
        s->last = n < cap;
        hash_sum_add(sum, s->bytes);
        if (s->last)
            s->sha256 = hash_sum_hex(c->arena, sum);
        TRY(put_slice(c, s, batch));
        arena_reset(batch);
    }
    return OK;
}

enum err file_store(struct ctx *c, int fd, const struct file_new *n,
                    int64_t *id_out) {
    struct slice s = {.n = n};
    struct arena *own = arena_new(), *batch = arena_new();
    char *p = arena_alloc(own, (size_t)SLICE_CHUNKS * FILE_CHUNK_BYTES);
    enum err e = store_all(c, fd, &s, p, batch);
    arena_free(batch);
    arena_free(own);
    *id_out = s.id;
    return e;
}

/* --- reading ------------------------------------------------------------- */

enum err file_find(struct ctx *c, int64_t id, struct file_row *out,
                   bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND, ARGS(V(id)), &r, found));
    if (*found)
        *out = (struct file_row){.id = id,
                                 .name = row_str(r, 0),
                                 .media_type = row_str(r, 1),
                                 .size = row_i64(r, 2),
                                 .chunks = row_i64(r, 3),
                                 .complete = row_i64(r, 4) != 0};
    rows_end(r);
    return OK;
}

enum err file_temporary(struct ctx *c, int *fd_out) {
    const char *dir = getenv("TMPDIR");
    if (dir == NULL || dir[0] == '\0')
        dir = "/tmp";
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* not every file system has it */
        struct str name = str_fmt(c->arena, "%s/guanxi-XXXXXX", dir);
        char *path = arena_alloc(c->arena, name.n + 1);
        memcpy(path, name.p, name.n);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd < 0)
            return io_fail(c, "file_open");
        unlink(path);
    }
    *fd_out = fd;
    return OK;
}

static enum err write_full(struct ctx *c, int fd, struct str s) {
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_fail(c, "file_write");
        s = str_sub(s, (size_t)n, s.n);
    }
    return OK;
}

static enum err copy_chunk(struct ctx *c, int64_t id, int64_t position,
                           int fd) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_CHUNK, ARGS(V(id), V(position)), &r, &found));
    struct str data = found ? row_blob(r, 0) : S("");
    if (!found || !str_eq(hash_sha256_hex(c->arena, data), row_str(r, 1)))
        return fail(c, ERR_IO, "", "file_damaged");
    rows_end(r);
    return write_full(c, fd, data);
}

static enum err copy_all(struct ctx *c, const struct file_row *f, int fd) {
    struct arena *outer = c->arena, *batch = arena_new();
    enum err e = OK;
    c->arena = batch;
    for (int64_t i = 0; e == OK && i < f->chunks; i++) {
        e = copy_chunk(c, f->id, i, fd);
        if (e == OK)
            arena_reset(batch);
    }
    c->arena = outer;
    fail_keep(c, outer);
    arena_free(batch);
    if (e == OK && lseek(fd, 0, SEEK_SET) != 0)
        e = io_fail(c, "file_read");
    return e;
}

enum err file_open_copy(struct ctx *c, int64_t id, int *fd_out) {
    struct file_row f;
    bool found;
    int fd;
    TRY(file_find(c, id, &f, &found));
    if (!found || !f.complete)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    TRY(file_temporary(c, &fd));
    enum err e = copy_all(c, &f, fd);
    if (e != OK)
        close(fd);
    else
        *fd_out = fd;
    return e;
}
