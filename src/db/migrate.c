/* Applying migrations.
 * Owns: table schema_migration.
 * Threads: the connection's.
 * Invariant: a row in schema_migration commits together with what its file
 * did. */
#include "db/migrate.h"

#include "db/migrate_custom.h"

struct applied {
    int64_t number;
    struct str name, sha256;
};

struct applied_list {
    VEC(struct applied) v;
};

SQL(Q_HAS_TABLE_SQLITE,
    "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'");
SQL(Q_HAS_TABLE_PG, "SELECT count(*) FROM pg_class"
                    " WHERE relnamespace = current_schema()::regnamespace"
                    " AND relname = 'schema_migration'");
SQL(Q_MAKE_TABLE, "CREATE TABLE IF NOT EXISTS schema_migration ("
                  " number BIGINT NOT NULL PRIMARY KEY,"
                  " name TEXT NOT NULL,"
                  " sha256 TEXT NOT NULL,"
                  " applied_at BIGINT NOT NULL,"
                  " ms BIGINT NOT NULL)");
SQL(Q_APPLIED,
    "SELECT number, name, sha256 FROM schema_migration ORDER BY number");
SQL(Q_RECORD, "INSERT INTO schema_migration"
              " (number, name, sha256, applied_at, ms)"
              " VALUES ($1, $2, $3, $4, $5)");
SQL(Q_LOCK_PG, "SELECT pg_advisory_xact_lock(4713201)");
SQL(Q_FOREIGN_OFF, "PRAGMA foreign_keys = OFF");
SQL(Q_FOREIGN_ON, "PRAGMA foreign_keys = ON");
SQL(Q_FOREIGN_CHECK, "SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1");

static bool is_pg(const struct ctx *c) {
    return c->db->drv == &pg_driver;
}

/* --- names and sections ------------------------------------------------- */

/* "0007_add_wechat.sql" is 7; -1 for another form. */
static int64_t number_of(struct str name) {
    if (name.n < 10 || name.p[4] != '_' || !str_ends(name, S(".sql")))
        return -1;
    int64_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        if (name.p[i] < '0' || name.p[i] > '9')
            return -1;
        n = n * 10 + (name.p[i] - '0');
    }
    return n > 0 ? n : -1;
}

static bool is_expand(struct str name) {
    return str_starts(str_sub(name, 5, name.n), S("expand_"));
}

static enum err check_names(struct ctx *c, struct embed_files files) {
    int64_t before = 0;
    for (size_t i = 0; i < files.n; i++) {
        int64_t n = number_of(files.p[i].name);
        if (n <= before)
            return failv(c, ERR_INTERNAL, S(""), "migration_name",
                         ARGS(V(files.p[i].name)));
        before = n;
    }
    return OK;
}

enum section { SECTION_NONE, SECTION_OURS, SECTION_OTHER, SECTION_WRONG };

/* What a line introduces; SECTION_NONE when it is no section line. */
static enum section section_of(struct str line, bool pg) {
    if (str_eqc(line, "-- both"))
        return SECTION_OURS;
    if (str_eqc(line, "-- sqlite"))
        return pg ? SECTION_OTHER : SECTION_OURS;
    if (str_eqc(line, "-- postgres"))
        return pg ? SECTION_OURS : SECTION_OTHER;
    if (str_eqc(line, "-- postgresql") || str_eqc(line, "-- pg") ||
        str_eqc(line, "-- sqlite3"))
        return SECTION_WRONG;
    return SECTION_NONE;
}

enum err migrate_section(struct ctx *c, const struct embed_file *file,
                         const char *engine, struct str *out) {
    bool pg = str_eqc(S("postgresql"), engine);
    struct buf b;
    buf_init(&b, c->arena, file->bytes.n + 1);
    struct str rest = file->bytes, line;
    enum section now = SECTION_NONE;
    while (str_cut(&rest, '\n', &line)) {
        struct str text = str_trim(line);
        enum section s = section_of(text, pg);
        bool code = text.n > 0 && !str_starts(text, S("--"));
        if (s == SECTION_WRONG || (now == SECTION_NONE && code))
            return failv(c, ERR_INTERNAL, S(""), "migration_section",
                         ARGS(V(file->name), V(text)));
        if (s != SECTION_NONE)
            now = s;
        else if (now == SECTION_OURS)
            buf_str(&b, line);
        if (now == SECTION_OURS)
            buf_byte(&b, '\n');
    }
    *out = buf_view(&b);
    return OK;
}

/* --- comparing ---------------------------------------------------------- */

static enum err load_applied(struct ctx *c, struct applied_list *out) {
    int64_t there;
    TRY(db_i64(c, is_pg(c) ? &Q_HAS_TABLE_PG : &Q_HAS_TABLE_SQLITE, NO_ARGS, 0,
               &there));
    if (there == 0)
        return OK;
    struct rows *r;
    TRY(db_query(c, &Q_APPLIED, NO_ARGS, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        *VEC_PUSH(c->arena, &out->v) =
            (struct applied){row_i64(r, 0), row_str(r, 1), row_str(r, 2)};
    }
}

static const struct embed_file *file_of(struct embed_files files,
                                        int64_t number) {
    for (size_t i = 0; i < files.n; i++)
        if (number_of(files.p[i].name) == number)
            return &files.p[i];
    return NULL;
}

static enum err check_applied(struct ctx *c, struct embed_files files,
                              const struct applied_list *done,
                              struct migrate_state *out) {
    for (size_t i = 0; i < done->v.n; i++) {
        const struct applied *a = &done->v.p[i];
        const struct embed_file *f = file_of(files, a->number);
        out->current = a->number;
        if (f != NULL && !str_eq(f->sha256, a->sha256))
            return failv(c, ERR_CONFLICT, S("db"), "migration_edited",
                         ARGS(V(f->name)));
        if (f != NULL)
            continue;
        if (out->ahead || a->number < out->newest || !is_expand(a->name))
            return failv(c, ERR_CONFLICT, S("db"), "database_newer",
                         ARGS(V(a->name), V(out->newest)));
        out->ahead = true;
    }
    return OK;
}

static bool is_applied(const struct applied_list *done, int64_t number) {
    for (size_t i = 0; i < done->v.n; i++)
        if (done->v.p[i].number == number)
            return true;
    return false;
}

/* The first file not applied goes to next_out (may be NULL). */
static enum err compare(struct ctx *c, struct embed_files files,
                        struct migrate_state *out,
                        const struct embed_file **next_out) {
    *out = (struct migrate_state){0};
    TRY(check_names(c, files));
    if (files.n > 0)
        out->newest = number_of(files.p[files.n - 1].name);
    struct applied_list done = {0};
    TRY(load_applied(c, &done));
    TRY(check_applied(c, files, &done, out));
    for (size_t i = 0; i < files.n; i++) {
        int64_t n = number_of(files.p[i].name);
        if (is_applied(&done, n))
            continue;
        if (n < out->current)
            return failv(c, ERR_CONFLICT, S("db"), "migration_late",
                         ARGS(V(files.p[i].name)));
        if (out->pending++ == 0 && next_out != NULL)
            *next_out = &files.p[i];
    }
    return OK;
}

enum err migrate_status(struct ctx *c, struct embed_files files,
                        struct migrate_state *out) {
    return compare(c, files, out, NULL);
}

/* --- applying ----------------------------------------------------------- */

static enum err check_foreign(struct ctx *c) {
    struct rows *r;
    bool broken;
    TRY(db_one(c, &Q_FOREIGN_CHECK, NO_ARGS, &r, &broken));
    if (!broken)
        return OK;
    return failv(c, ERR_INVALID, row_str(r, 0), "foreign_key", NO_ARGS);
}

/* References are off while SQLite migrates, and looking at all of them takes
 * minutes in a large company: a file that only adds tables, columns and indexes
 * leaves every row's as it was. */
static bool may_break_keys(struct arena *a, struct str text) {
    static const struct str words[] = {
        S_INIT("drop table"), S_INIT("insert into"), S_INIT("delete from"),
        S_INIT("\nupdate ")};
    struct str lower = str_lower(a, str_cat(a, S("\n"), text));
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_find(lower, words[i]) != SIZE_MAX)
            return true;
    return false;
}

static enum err apply(struct ctx *c, const struct embed_file *f) {
    struct str text;
    int64_t from = clock_us();
    struct custom_columns own;
    TRY(migrate_section(c, f, db_engine(c->db->db), &text));
    TRY(migrate_custom_columns(c, &own));
    if (!is_pg(c))
        TRY(migrate_custom_fill(c, text, &text));
    TRY(db_script(c, text));
    TRY(migrate_custom_check(c, &own));
    if (!is_pg(c) && may_break_keys(c->arena, text))
        TRY(check_foreign(c));
    int64_t ms = (clock_us() - from) / 1000;
    return db_exec(c, &Q_RECORD,
                   ARGS(V(number_of(f->name)), V(f->name), V(f->sha256),
                        V(c->now_ms), V(ms)),
                   NULL);
}

/* Within a transaction: applies the first pending file, if any is left. */
static enum err apply_next(struct ctx *c, struct embed_files files,
                           bool *applied) {
    if (is_pg(c))
        TRY(db_exec(c, &Q_LOCK_PG, NO_ARGS, NULL));
    TRY(db_exec(c, &Q_MAKE_TABLE, NO_ARGS, NULL));
    struct migrate_state state;
    const struct embed_file *next = NULL;
    TRY(compare(c, files, &state, &next));
    *applied = next != NULL;
    if (next == NULL)
        return OK;
    enum err e = apply(c, next);
    if (e != OK) {
        enum err noted =
            failv(c, e, S("db"), "migration_failed", ARGS(V(next->name)));
        return noted;
    }
    return OK;
}

static enum err apply_all(struct ctx *c, struct embed_files files,
                          struct migrate_done *out) {
    for (;;) {
        bool applied = false;
        TRY(db_begin(c));
        enum err e = apply_next(c, files, &applied);
        if (e != OK) {
            db_rollback(c);
            return e;
        }
        TRY(db_commit(c));
        db_flush_statements(c->db);
        if (!applied)
            return OK;
        out->applied++;
    }
}

enum err migrate_run(struct ctx *c, struct embed_files files,
                     struct migrate_done *out) {
    *out = (struct migrate_done){0};
    struct migrate_state state;
    const struct embed_file *next = NULL;
    TRY(compare(c, files, &state, &next));
    if (next == NULL)
        return OK;
    if (is_pg(c))
        return apply_all(c, files, out);
    if (state.current > 0) {
        out->backup = str_fmt(c->arena, STR_FMT ".before-%04lld.bak",
                              STR_ARG(db_path(c->db->db)),
                              (long long)number_of(next->name));
        TRY(c->db->drv->snapshot(c, c->db, out->backup));
    }
    /* Rebuilding a table drops it for a moment; what refers to it is checked
     * at the end instead. The switch works outside transactions only. */
    TRY(db_exec(c, &Q_FOREIGN_OFF, NO_ARGS, NULL));
    enum err e = apply_all(c, files, out);
    TRY(db_exec(c, &Q_FOREIGN_ON, NO_ARGS, NULL));
    return e;
}
