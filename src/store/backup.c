/* Copies of the company. Owns nothing. Threads: the caller's, which is a job's
 * or a command's; on SQLite the steps run on the writer's.
 * Invariant: what a copy is compared with is a snapshot taken before anybody
 * could write behind the copy's last step. */
#include "store/backup.h"

#include "db/migrate.h"
#include "store/store.h"
#include "store/writer.h"

#include <stdlib.h>

#define DEFAULT_FOLDER "data/backups"

struct str backup_folder_of(struct arena *a, struct str file) {
    struct str set = str_of(getenv("GUANXI_BACKUP_DIR"));
    if (set.n > 0)
        return set;
    if (file.n == 0)
        return S(DEFAULT_FOLDER);
    size_t n = file.n;
    while (n > 0 && file.p[n - 1] != '/')
        n--;
    return str_cat(a, str_sub(file, 0, n), S("backups"));
}

struct str backup_folder(struct ctx *c) {
    return backup_folder_of(c->arena, db_path(store_db(c->store)));
}

struct str backup_suffix(const struct ctx *c) {
    return store_one_writer(c->store) ? S("db") : S("dump");
}

struct str backup_engine_of(const struct ctx *c) {
    return str_of(db_engine(store_db(c->store)));
}

const char *backup_engine(struct str name) {
    return str_ends(name, S(".db"))     ? "sqlite"
           : str_ends(name, S(".dump")) ? "postgresql"
                                        : NULL;
}

/* Begins a transaction and reads, which is what fixes its snapshot. */
static enum err pin(struct ctx *c) {
    struct migrate_state m;
    TRY(db_begin(c));
    TRY(migrate_status(c, migration_files, &m));
    return m.current > 0 ? OK : fail(c, ERR_INVALID, "", "not_a_company");
}

/* On SQLite without a writer of our own (beside a server) the snapshot comes
 * first and the copy is made from it, as on PostgreSQL. */
static enum err copy(struct ctx *c, struct writer *w, struct str path,
                     db_progress progress, void *arg, struct str *part) {
    if (w == NULL) {
        TRY(pin(c));
        return db_backup_part(c, path, progress, arg, part);
    }
    struct writer_copy k = {
        .c = c, .path = path, .progress = progress, .arg = arg, .pinned = pin};
    enum err e = writer_copy(w, &k);
    *part = k.part;
    return e;
}

static enum err make(struct ctx *c, struct writer *w, struct str path,
                     db_progress progress, void *arg,
                     struct backup_report *out) {
    struct str part = {0};
    struct migrate_state m;
    TRY(copy(c, w, path, progress, arg, &part));
    TRY(db_backup_publish(c, part, path));
    TRY(migrate_status(c, migration_files, &m));
    out->schema = m.current;
    return db_counts(c, &out->counts);
}

/* With a connection of its own: progress may use c->db to write. */
static enum err make_apart(struct ctx *c, struct db *d, struct writer *w,
                           struct str path, db_progress progress, void *arg,
                           struct backup_report *out) {
    struct ctx own = *c;
    struct db_conn *conn;
    *out = (struct backup_report){0};
    buf_init(&out->wrong, c->arena, 64 * 1024);
    TRY(db_connect(c, d, DB_READER, &conn));
    own.db = conn;
    enum err e = make(&own, w, path, progress, arg, out);
    db_rollback(&own);
    db_detach(&own);
    db_disconnect(conn);
    if (e != OK) {
        fail_move(c, &own);
        return e;
    }
    return backup_check(c, db_engine(d), path, &out->counts, &out->wrong);
}

enum err backup_make(struct ctx *c, struct str path, db_progress progress,
                     void *arg, struct backup_report *out) {
    return make_apart(c, store_db(c->store), store_writer(c->store), path,
                      progress, arg, out);
}

enum err backup_make_from(struct ctx *c, struct db *from, struct str path,
                          db_progress progress, void *arg,
                          struct backup_report *out) {
    return make_apart(c, from, NULL, path, progress, arg, out);
}

/* A copy that can't be read at all is not good; that is no error of ours. */
static enum err read_copy(struct ctx *c, const char *engine, struct str path,
                          struct db_counts *have, struct buf *wrong) {
    enum err e = db_counts_of_copy(c, engine, path, have, wrong);
    if (e != ERR_UNAVAILABLE && e != ERR_IO && e != ERR_INTERNAL)
        return e;
    for (size_t i = 0; c->problems.n > 0 && i < 2; i++) {
        const struct val *v = &c->problems.p[0].args[i];
        if (v->type != VAL_STR)
            continue;
        buf_str(wrong, v->s);
        buf_byte(wrong, ' ');
    }
    buf_cstr(wrong, err_code(e));
    buf_byte(wrong, '\n');
    fail_clear(c);
    return OK;
}

enum err backup_check(struct ctx *c, const char *engine, struct str path,
                      const struct db_counts *want, struct buf *wrong) {
    struct db_counts have;
    TRY(read_copy(c, engine, path, &have, wrong));
    db_counts_compare(want, &have, wrong);
    return OK;
}

static enum err schema_of(struct ctx *c, struct str path, int64_t *out) {
    struct migrate_state m = {0};
    struct db_conn *own = c->db, *conn;
    struct db *d;
    TRY(db_open(c, str_cat(c->arena, S("sqlite-copy:"), path), &d));
    enum err e = db_connect(c, d, DB_READER, &conn);
    if (e == OK) {
        c->db = conn;
        e = migrate_status(c, migration_files, &m);
        db_detach(c);
        c->db = own;
        db_disconnect(conn);
    }
    db_close(d);
    TRY(e);
    *out = m.current;
    return m.current > 0 ? OK : fail(c, ERR_INVALID, "", "not_a_company");
}

enum err backup_read(struct ctx *c, struct str path, struct db_counts *out,
                     int64_t *schema_out, struct buf *wrong) {
    const char *engine = backup_engine(path);
    *schema_out = 0;
    *out = (struct db_counts){0};
    TRY(read_copy(c, engine, path, out, wrong));
    if (wrong->n > 0 || !str_ends(path, S(".db")))
        return OK;
    return schema_of(c, path, schema_out);
}

enum err backup_compare(struct ctx *c, struct db *made, struct str path,
                        struct buf *wrong) {
    struct db_counts want, have;
    struct db_conn *own = c->db, *conn;
    TRY(db_counts_of_copy(c, "postgresql", path, &want, wrong));
    TRY(db_connect(c, made, DB_READER, &conn));
    c->db = conn;
    enum err e = db_counts(c, &have);
    db_detach(c);
    c->db = own;
    db_disconnect(conn);
    if (e == OK)
        db_counts_compare(&want, &have, wrong);
    return e;
}
