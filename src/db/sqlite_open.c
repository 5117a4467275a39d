/* Handles of SQLite: without mutexes, WAL, set up for their role. Owns nothing:
 * a handle is its connection's. */
#include "db/sqlite.h"

#include "base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE (INT64_C(1) << 30) /* bytes: some 200,000 customers */

enum err sq_run(struct ctx *c, sqlite3 *h, const char *sql) {
    int rc = sqlite3_exec(h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? OK : sq_fail(c, h, rc, NULL, NULL);
}

/* The company's data is nobody else's: SQLite would make the file 0644. WAL
 * and shared memory take over the mode. */
static enum err make_file(struct ctx *c, const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EROFS && errno != EACCES)
        return engine_fail(c, ERR_UNAVAILABLE, "db_unreachable", S("db"),
                           str_of(strerror(errno)), NULL);
    if (fd >= 0)
        close(fd);
    return OK;
}

static const char setup_all[] = "PRAGMA busy_timeout = 5000;"
                                "PRAGMA foreign_keys = ON;"
                                "PRAGMA mmap_size = 50331648;"
                                "PRAGMA temp_store = MEMORY;";
/* What is mapped counts as our memory once it has been looked at, and saves
 * little over pread: the first 48 MiB of the file, which all connections share,
 * and a small cache each for the rest. */
static const char setup_reader[] = "PRAGMA query_only = ON;"
                                   "PRAGMA wal_autocheckpoint = 0;"
                                   "PRAGMA cache_size = -2048;";
static const char setup_writer[] = "PRAGMA synchronous = FULL;"
                                   "PRAGMA wal_autocheckpoint = 16000;"
                                   "PRAGMA journal_size_limit = 335544320;"
                                   "PRAGMA secure_delete = FAST;"
                                   "PRAGMA mmap_size = 0;"
                                   "PRAGMA cache_size = -24576;";
static const char setup_checkpointer[] = "PRAGMA synchronous = FULL;"
                                         "PRAGMA query_only = ON;"
                                         "PRAGMA user_version;";

/* More is read from such a file in an hour than anybody wants to copy: as much
 * of it is mapped as SQLite can, 2 GiB, the rest has a cache to match. */
static const char setup_large[] = "PRAGMA mmap_size = 1099511627776;"
                                  "PRAGMA cache_size = -65536;";

/* A grading moves entries all over indexes of 15 MiB each: with a smaller cache
 * a sixth of its work is fetching their pages again. */
static const char setup_large_writer[] = "PRAGMA mmap_size = 1099511627776;"
                                         "PRAGMA cache_size = -131072;";

static bool is_large(sqlite3 *h) {
    struct stat st;
    const char *path = sqlite3_db_filename(h, "main");
    return path != NULL && stat(path, &st) == 0 && st.st_size >= LARGE;
}

static enum err set_up(struct ctx *c, sqlite3 *h, enum db_role role) {
    sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    TRY(sq_run(c, h, setup_all));
    if (role == DB_WRITER) {
        TRY(sq_run(c, h, setup_writer));
        return is_large(h) ? sq_run(c, h, setup_large_writer) : OK;
    }
    if (role == DB_CHECKPOINTER)
        return sq_run(c, h, setup_checkpointer);
    sqlite3_db_config(h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    TRY(sq_run(c, h, setup_reader));
    return is_large(h) ? sq_run(c, h, setup_large) : OK;
}

/* A file at rest is read as it lies there: nothing appears beside it. */
static const char *copy_uri(struct arena *a, struct str path) {
    static const char hex[] = "0123456789ABCDEF";
    struct buf b;
    buf_init(&b, a, path.n * 3 + 64);
    buf_cstr(&b, "file:");
    for (size_t i = 0; i < path.n; i++) {
        unsigned char ch = (unsigned char)path.p[i];
        if (ch != '?' && ch != '#' && ch != '%') {
            buf_byte(&b, (char)ch);
            continue;
        }
        buf_byte(&b, '%');
        buf_byte(&b, hex[ch >> 4]);
        buf_byte(&b, hex[ch & 15]);
    }
    buf_cstr(&b, "?immutable=1");
    return str_cstr(a, buf_view(&b));
}

enum err sq_open(struct ctx *c, struct db *d, enum db_role role,
                 sqlite3 **out) {
    sqlite3 *h = NULL;
    int how = d->copy ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                      : SQLITE_OPEN_READWRITE;
    const char *name = d->copy ? copy_uri(c->arena, str_of(d->path)) : d->path;
    bool writes = role == DB_WRITER;
    int rc = sqlite3_open_v2(name, &h,
                             how | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             writes ? sq_log_system() : NULL);
    if (h == NULL)
        die("out of memory");
    if (writes)
        sq_log_follow(h);
    enum err e = rc == SQLITE_OK ? OK : sq_fail(c, h, rc, NULL, NULL);
    if (e == OK)
        e = set_up(c, h, role);
    if (e != OK) {
        sqlite3_close(h);
        return e;
    }
    *out = h;
    return OK;
}

enum err sq_make(struct ctx *c, struct db *d) {
    if (d->path[0] == ':') /* ":memory:" can't be shared by connections */
        return fail(c, ERR_INVALID, "db", "db_url");
    sq_memory();
    if (!d->copy)
        TRY(make_file(c, d->path));
    sqlite3 *h;
    TRY(sq_open(c, d, d->copy ? DB_READER : DB_WRITER, &h));
    enum err e = d->copy ? OK : sq_run(c, h, "PRAGMA journal_mode = WAL");
    if (e == OK)
        e = sq_run(c, h, "SELECT count(*) FROM sqlite_schema");
    sqlite3_close(h);
    return e;
}
