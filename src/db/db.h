/* One SQL interface over two engines, chosen at run time by URL:
 *     sqlite:PATH        postgresql://user@host/name        fake:
 *     sqlite-copy:PATH   a file nobody writes, read as it lies there
 * Statements are literals (SQL) or made by sqlb; values are bound, never
 * written into text. Write the common subset: $n parameters, ON CONFLICT,
 * RETURNING, CTEs, window functions, partial indexes.
 * The connection used is c->db. A connection belongs to one thread at a time.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/buf.h"
#include "base/ctx.h"

struct db;
struct db_conn;
struct rows;

enum db_role {
    DB_READER, /* SQLite: WAL, never checkpoints, refuses writes */
    DB_WRITER, /* SQLite: the one writer, synchronous=FULL, checkpoints */
    /* SQLite: checkpoints beside the writer, which then does so only when it is
     * told to; open it after the writer. */
    DB_CHECKPOINTER,
};

/* A statement as a constant: SQL(Q_NAME, "SELECT …"); only a literal compiles.
 * Prepared statements are cached per connection by the address of this. */
struct sql {
    const char *name;
    struct str text;
};
#define SQL(id, lit) static const struct sql id = {#id, S_INIT(lit)}

/* A SELECT of a write as a constant: the rows of alias stay as they were read
 * until the transaction ends. SQLite's writer is alone: nothing to hold. */
struct sql_held {
    struct sql plain, held;
};
#define SQL_HELD(id, lit, alias)                                               \
    static const struct sql_held id = {                                        \
        {#id, S_INIT(lit)},                                                    \
        {#id "_held", S_INIT(lit " FOR UPDATE OF " alias)}}

/* --- databases and connections ---------------------------------------- */

/* Checks the URL and that the engine can be reached; a SQLite file is made
 * (0600) when absent. Errors: ERR_INVALID (db_url; db_server for a PostgreSQL
 * older than 13 or not UTF-8), ERR_UNAVAILABLE (db_unreachable; args: why),
 * ERR_IO (not a database). A reader's transactions see one snapshot; on
 * PostgreSQL too it can't write. Close a SQLite writer after the readers: what
 * is left is one whole file. */
enum err db_open(struct ctx *c, struct str url, struct db **out) MUST_CHECK;
void db_close(struct db *d); /* after all its connections; NULL allowed */

const char *db_engine(const struct db *d); /* "sqlite", "postgresql", "fake" */
struct str db_path(const struct db *d);    /* SQLite file path, else empty */
struct db *db_of(const struct db_conn *conn); /* whose connection it is */

enum err db_connect(struct ctx *c, struct db *d, enum db_role role,
                    struct db_conn **out) MUST_CHECK;
void db_disconnect(struct db_conn *conn); /* NULL allowed */

/* Ends the cursors that c's arena has open on c->db. Called by the thread that
 * ran c's work before it hands c or the connection to another one: an arena
 * reset elsewhere must not touch this connection. */
void db_detach(struct ctx *c);

/* Drops every cached statement: after DDL. */
void db_flush_statements(struct db_conn *conn);

/* --- statements -------------------------------------------------------- */

/* What the engines report, the same on both. The problem noted has
 *   code          error            field                         args
 *   not_unique    ERR_CONFLICT     index name                    table, index
 *   foreign_key   ERR_INVALID      constraint; empty on SQLite   message
 *   check_failed  ERR_INVALID      constraint name               message
 *   required      ERR_INVALID      column (NOT NULL)             message
 *   wrong_type    ERR_INVALID      column, if known              message
 *   other errors: the code is err_code(), args = message, statement name.
 * The index name is the one in CREATE UNIQUE INDEX; UNIQUE (a, b) within
 * CREATE TABLE t is t_a_b_key and the primary key t_pkey, as PostgreSQL has it.
 * Others: ERR_FULL, ERR_IO (also damaged files and no memory), ERR_BUSY,
 * ERR_RETRY (40001, 40P01, a snapshot too old), ERR_TOO_BROAD (budget spent),
 * ERR_UNAVAILABLE (server away; a write through a reader: code read_only),
 * ERR_INTERNAL (wrong SQL).
 *
 * After an error inside a transaction only a rollback, or db_rollback_to a
 * savepoint, is portable: PostgreSQL refuses everything else. */

/* Runs a statement; rows it returns are ignored. changed_out (may be NULL) is
 * the number of rows it changed. Uses no arena memory unless it fails. */
enum err db_exec(struct ctx *c, const struct sql *q, struct args args,
                 int64_t *changed_out) MUST_CHECK;

/* Starts a query. Rows are read with rows_next. The cursor ends by itself at
 * the last row, on error, or when the arena is reset; rows_end ends it early.
 * Several cursors may be open on one connection. */
enum err db_query(struct ctx *c, const struct sql *q, struct args args,
                  struct rows **out) MUST_CHECK;

/* The same of rows to hold. */
enum err db_query_held(struct ctx *c, const struct sql_held *q,
                       struct args args, struct rows **out) MUST_CHECK;

/* The next row: *more false after the last. */
enum err rows_next(struct rows *r, bool *more) MUST_CHECK;
void rows_end(struct rows *r);

/* Columns of the current row, counted from 0. Wrong type is converted the way
 * SQLite does (text "12" → 12); NULL is 0 or empty. Text and blobs are copied
 * into the arena. */
bool row_is_null(const struct rows *r, int col);
int64_t row_i64(const struct rows *r, int col);
double row_f64(const struct rows *r, int col);
struct str row_str(const struct rows *r, int col);
struct str row_blob(const struct rows *r, int col);
/* The same without the copy: valid until the next rows_next. */
struct str row_view(const struct rows *r, int col);
/* The value as it came, text as row_view gives it. */
struct val row_cell(const struct rows *r, int col);
int rows_columns(const struct rows *r);

/* First column of all rows that are left, as ids in the arena of the query's
 * ctx; *out is NULL when there are none. The cursor is ended. */
enum err rows_ids(struct rows *r, int64_t **out, size_t *n) MUST_CHECK;
/* The same into out[most]; rows beyond are not read. */
enum err rows_ids_into(struct rows *r, int64_t *out, size_t most,
                       size_t *n) MUST_CHECK;

/* One row or none: *found tells. The row is a copy that stays readable until
 * the arena is reset; nothing stays open. *out is never NULL. */
enum err db_one(struct ctx *c, const struct sql *q, struct args args,
                struct rows **out, bool *found) MUST_CHECK;

/* First column of the first row, or fallback when there is no row or NULL.
 * Uses no arena memory unless it fails. */
enum err db_i64(struct ctx *c, const struct sql *q, struct args args,
                int64_t fallback, int64_t *out) MUST_CHECK;

/* One row's INSERT … RETURNING "id", into a table whose id the engine gives,
 * without ON CONFLICT: the new id. SQLite is spared the RETURNING: with it, it
 * keeps a journal of the statement, writes out the search index, and looks for
 * rows that refer to the new one. */
enum err db_insert_one(struct ctx *c, const struct sql *q, struct args args,
                       int64_t *id) MUST_CHECK;

/* --- transactions ------------------------------------------------------ */

/* BEGIN (SQLite: IMMEDIATE on the writer, plain on a reader). A reset of
 * the arena leaves it open. */
enum err db_begin(struct ctx *c) MUST_CHECK;
enum err db_commit(struct ctx *c) MUST_CHECK; /* failed: rolled back */
void db_rollback(struct ctx *c);
/* Savepoints nest: the next two end the newest one. */
enum err db_savepoint(struct ctx *c) MUST_CHECK;
enum err db_release(struct ctx *c) MUST_CHECK;
enum err db_rollback_to(struct ctx *c) MUST_CHECK; /* and releases it */
/* False when the engine has ended the transaction by itself (SQLITE_FULL in a
 * savepoint rolls back the whole): then every member of a group has failed.
 * Until db_rollback or db_begin every statement repeats that error, so that
 * nothing written later escapes the transaction. */
bool db_in_transaction(const struct db_conn *conn);
/* A statement of the transaction has failed and nothing was rolled back since:
 * further ones would repeat that error on PostgreSQL. */
bool db_failed(const struct db_conn *conn);
/* SQLite: moves with each statement that may have changed something. The same
 * as at a savepoint that was not made: there is nothing to take back. */
uint64_t db_written(const struct db_conn *conn);

/* Holds a row of table until the transaction ends, so that sums over rows that
 * belong to it, read after this, miss nothing another transaction has added.
 * SQLite's writer is alone: nothing to do. An absent row is no error. */
enum err db_lock_row(struct ctx *c, struct str table, int64_t id) MUST_CHECK;
/* The same of several, one after the other by id. */
enum err db_lock_rows(struct ctx *c, struct str table, const int64_t *ids,
                      size_t n) MUST_CHECK;

/* A lock by name, held until the transaction ends: two transactions that are
 * about to make the same key do so one after the other. SQLite's writer is
 * alone: nothing to do. */
enum err db_lock_key(struct ctx *c, struct str key) MUST_CHECK;
/* The same without waiting: *got_out false when another transaction has it. */
enum err db_try_key(struct ctx *c, struct str key, bool *got_out) MUST_CHECK;

/* Reads between this and db_budget(c, 0) may take ms milliseconds together,
 * then the running one fails with ERR_TOO_BROAD. SQLite counts by the clock
 * from this call and never stops a write; PostgreSQL counts the time spent in
 * statements. */
void db_budget(struct ctx *c, int ms);
/* For work that everybody profits from, and that would be begun again and again
 * if it had to fit: lifts the budget and returns it, 0 for none. Given to
 * db_budget afterwards it begins anew. */
int db_budget_lift(struct ctx *c);
/* Is somebody waiting for an answer? Jobs and writes have no budget. */
bool db_has_budget(const struct ctx *c);

/* Long work (c->work): what only reads ends with ERR_CANCELLED soon after it is
 * to stop. SQLite's statements look by themselves; PostgreSQL has to be told,
 * by another thread: made by the connection's thread (NULL on SQLite), one at a
 * time, used by any, freed by it before the connection goes. A connection made
 * anew meanwhile is meant as well. On PostgreSQL writes end too, undone. */
struct db_interrupt;
struct db_interrupt *db_interrupt_new(struct db_conn *conn);
void db_interrupt(struct db_interrupt *i);      /* NULL allowed */
void db_interrupt_free(struct db_interrupt *i); /* NULL allowed */

/* SQLite: PRAGMA wal_checkpoint(PASSIVE) on a writer or checkpointer, which
 * also syncs the file; *copied: so many of the log's pages are in the file now.
 * PostgreSQL: nothing, 0. */
enum err db_checkpoint(struct ctx *c, int *copied) MUST_CHECK;
/* Behind a failed sync of a SQLite file nobody knows what of it is on the disk:
 * the log stays as it is, also when this connection is closed, and is copied
 * anew, all of it, by whoever opens the file next. */
void db_keep_log(struct db_conn *conn);
/* Pages in the log behind the connection's last commit. From the first call on
 * a SQLite writer no longer checkpoints by itself. PostgreSQL: 0. */
int db_log_pages(struct db_conn *conn);

/* Copies the whole database to path. SQLite: by the backup API in steps of at
 * most 10 ms on c->db; the copy is a database. PostgreSQL: by pg_dump, which
 * sees what c->db's transaction sees when one is open; a dump in its custom
 * format. progress(arg, done, total) after each step (units are the engine's),
 * false stops it (ERR_CANCELLED), NULL is allowed; on SQLite progress may use
 * the connection to write. The file appears under its name only when it is
 * whole and synced; a file of that name is replaced. ERR_UNAVAILABLE
 * tool_missing, tool_failed. */
typedef bool (*db_progress)(void *arg, int64_t done, int64_t total);
enum err db_backup(struct ctx *c, struct str path, db_progress progress,
                   void *arg) MUST_CHECK;
/* The same in two: the first leaves a file part_out that is not synced yet, or
 * nothing after an error; the second, which needs no connection, syncs it and
 * gives it its name. */
enum err db_backup_part(struct ctx *c, struct str path, db_progress progress,
                        void *arg, struct str *part_out) MUST_CHECK;
enum err db_backup_publish(struct ctx *c, struct str part,
                           struct str path) MUST_CHECK;

/* Fills an empty PostgreSQL database from such a dump, in one transaction. */
enum err db_restore_dump(struct ctx *c, struct str url,
                         struct str path) MUST_CHECK;

/* Puts such a dump in the place of all a PostgreSQL database holds, which
 * nobody else may use meanwhile: ERR_CONFLICT restore_others. look sees what
 * came (c->db is a writer's connection to it); when it or anything else fails,
 * the database is what it was. ERR_BUSY restore_running. */
enum err db_swap_dump(struct ctx *c, struct str url, struct str path,
                      enum err (*look)(struct ctx *c, void *arg),
                      void *arg) MUST_CHECK;
/* Before anything else with a database: puts back what a process that died in
 * db_swap_dump had put aside. Nothing to do on SQLite. */
enum err db_swap_mend(struct ctx *c, struct str url) MUST_CHECK;

/* Rows and the highest id (0: the table has none) of each table. */
struct db_count {
    struct str table;
    int64_t rows, last;
};
struct db_counts {
    VEC(struct db_count) v;
};
enum err db_counts(struct ctx *c, struct db_counts *out) MUST_CHECK;
/* The same of a copy db_backup made with that engine, which is read to its
 * end. What is damaged is appended to wrong, a line each (SQLite; of a dump
 * that can't be read pg_restore's words come as an error). */
enum err db_counts_of_copy(struct ctx *c, const char *engine, struct str path,
                           struct db_counts *out, struct buf *wrong) MUST_CHECK;
/* Appends a line for each table of want that differs in have. */
void db_counts_compare(const struct db_counts *want,
                       const struct db_counts *have, struct buf *wrong);

/* Runs a script of several statements (migrations); no values. */
enum err db_script(struct ctx *c, struct str text) MUST_CHECK;

/* --- dynamic statements ------------------------------------------------- */

/* Text made of literals, bound values and identifiers out of the model. There
 * is no way to append a run-time string as SQL. */
struct sqlb {
    struct ctx *c;
    struct buf text;
    VEC(struct val) args;
};
void sqlb_init(struct sqlb *b, struct ctx *c);
/* Appends a literal: SQLB(b, " WHERE "). */
#define SQLB(b, lit) sqlb_literal((b), S(lit))
void sqlb_literal(struct sqlb *b, struct str lit);
/* An identifier in double quotes; only [a-z0-9_] (else die: the model's
 * checker lets nothing else through). */
void sqlb_ident(struct sqlb *b, struct str name);
/* alias.column, alias is a literal such as "t". */
void sqlb_column(struct sqlb *b, struct str alias, struct str name);
/* A bound value: appends $n. Integers are typed bigint on PG. */
void sqlb_value(struct sqlb *b, struct val v);
/* " = ANY($n)" on PG, " IN (SELECT id FROM db_ids($n))" on SQLite. */
void sqlb_in_ids(struct sqlb *b, const int64_t *ids, size_t n);
void sqlb_in_strs(struct sqlb *b, const struct str *v, size_t n);
/* "alias.column contains the bytes of needle" as a condition: instr on SQLite,
 * strpos on PG. */
void sqlb_contains(struct sqlb *b, struct str alias, struct str column,
                   struct str needle);
/* At the end of a SELECT of a write: the rows of alias stay as they were read
 * until the transaction ends. SQLite's writer is alone: nothing to do. */
void sqlb_hold(struct sqlb *b, struct str alias);
/* Appends the text of b2, renumbering its parameters, and its values. */
void sqlb_append(struct sqlb *b, const struct sqlb *b2);

enum err sqlb_exec(struct sqlb *b, int64_t *changed_out) MUST_CHECK;
enum err sqlb_query(struct sqlb *b, struct rows **out) MUST_CHECK;
enum err sqlb_i64(struct sqlb *b, int64_t fallback, int64_t *out) MUST_CHECK;

/* --- what differs between engines, by name ------------------------------ */

/* Search index (DESIGN T3). tokens: distinct, folded, without white
 * space or quotes, made by base/token.h. SQLite:
 * one contentless FTS5 table search_<entity>; PG: tokens text[] with GIN.
 * Replace needs the tokens that were stored before (old may be empty). */
enum err db_search_put(struct ctx *c, struct str entity, int64_t id,
                       const struct str *old_tokens, size_t n_old,
                       const struct str *tokens, size_t n) MUST_CHECK;
/* The same for n new records at once; ids rising. On SQLite what is written
 * here is gathered in memory as long as no other table is written in between:
 * so it comes last in its transaction. */
struct db_search_row {
    int64_t id;
    struct str stored; /* by db_search_stored */
};
enum err db_search_add(struct ctx *c, struct str entity,
                       const struct db_search_row *rows, size_t n) MUST_CHECK;
/* Takes all records out, to be put in anew. */
enum err db_search_empty(struct ctx *c, struct str entity) MUST_CHECK;
/* Some tidying of the search index, in the caller's transaction: what was
 * written bit by bit is looked up bit by bit until it is merged. SQLite: about
 * so many pages of it are written anew; *more: call again. PostgreSQL: what
 * waits is taken into the index, where the role owns it. */
enum err db_search_merge(struct ctx *c, struct str entity, int64_t pages,
                         bool *more) MUST_CHECK;
/* The merging that this transaction's own writes ask for. A commit does it,
 * too; whoever asks for it before can tell its failure, which leaves nothing
 * but a transaction to roll back, from that of the commit. */
enum err db_search_settle(struct ctx *c) MUST_CHECK;
/* What the search index stores for these tokens. Asks nothing of the database.
 */
struct str db_search_stored(struct arena *a, const struct db *d,
                            const struct str *tokens, size_t n);
/* Rows for one table, a cell for each of the columns. */
struct db_cells {
    struct str table;
    const struct str *names;
    const struct val *v; /* rows * columns, row by row */
    size_t columns, rows;
};
/* Inserts all of them, in order. SQLite: by statements that read them as a
 * table of their own, some thousand rows each. PostgreSQL: as many a statement
 * as spare round trips. After an error some may be in: for callers whose
 * transaction (or savepoint) ends with it. */
enum err db_insert(struct ctx *c, const struct db_cells *cells) MUST_CHECK;
/* Rows of a table that come one by one. */
struct db_later {
    const struct sql *one; /* inserts a row: $1 … are the columns in order */
    struct str table;
    const struct str *names; /* of all columns that are given */
    size_t columns;
};
/* Inserts a row whose id nobody asks for, into a table without rules that could
 * refuse it. SQLite: within a transaction it waits for others of its table,
 * until a statement names that table or the transaction ends; names, table and
 * statement last as long as the transaction, values are copied. */
enum err db_insert_later(struct ctx *c, const struct db_later *t,
                         struct args row) MUST_CHECK;
/* Writes what waits. A commit does it, too: see db_search_settle. */
enum err db_write_later(struct ctx *c) MUST_CHECK;
/* Gives rows that stand there these values; the first column is "id". A row
 * that has them already is left alone. SQLite: row by row, PostgreSQL: a
 * thousand a statement. */
enum err db_update(struct ctx *c, const struct db_cells *cells) MUST_CHECK;
/* Numbers for n rows to be inserted into table in this transaction, rising. */
enum err db_new_ids(struct ctx *c, struct str table, size_t n,
                    int64_t *out) MUST_CHECK;
/* Appends to b a condition "<alias>.id matches ALL of the tokens". */
void db_search_match(struct sqlb *b, struct str entity, struct str alias,
                     const struct str *tokens, size_t n);
/* Ids of records, falling, and among how many ids they were looked for. */
struct db_found {
    VEC(int64_t) ids;
    int64_t among;
};
/* Appends to found the newest records, in the index, that have all tokens of
 * one of the n lists, with ids in [from, to), until found holds `most`. What
 * it holds already tells how thick they lie. After an error some may have been
 * appended. */
struct tokens; /* base/token.h */
enum err db_search_newest(struct ctx *c, struct str entity,
                          const struct tokens *lists, size_t n, int64_t from,
                          int64_t to, size_t most,
                          struct db_found *found) MUST_CHECK;
/* Does the index give its matches newest first, one by one? Then all of them
 * take one look-up, and a part of the ids is looked through no sooner. */
bool db_search_walks(const struct db_conn *conn);
/* The statements that make the search index of an entity, for the writer of
 * migrations; engine is "sqlite" or "postgresql". */
struct str db_search_ddl(struct arena *a, const char *engine,
                         struct str entity);

/* Changes of the schema while people work. SQLite: the script runs in the
 * writer's transaction. PostgreSQL: outside transactions; in one of its own
 * that waits at most 200 ms for a table, so that those behind it wait no
 * longer either, and is tried again until patience_ms have passed: then
 * ERR_BUSY. */
enum err db_alter(struct ctx *c, struct str script, int patience_ms) MUST_CHECK;
/* PostgreSQL, outside transactions: one statement that may not stand in a
 * transaction (CREATE INDEX CONCURRENTLY); waits for older transactions, two
 * minutes at most. SQLite: as db_alter. */
enum err db_alter_beside(struct ctx *c, struct str statement) MUST_CHECK;
/* Only one connection at a time gets it, until db_alter_end or its own end.
 * SQLite's writer is alone: always. */
enum err db_alter_begin(struct ctx *c, bool *got) MUST_CHECK;
void db_alter_end(struct ctx *c);
/* Appends the condition that no transaction still open may yet commit a row
 * with a smaller alias.column, which holds the number of the transaction that
 * wrote the row. SQLite, where writes commit in order: always true. */
void sqlb_settled(struct sqlb *b, struct str alias, struct str column);

/* Wake-ups between the servers of one PostgreSQL. db_listen once per
 * connection, outside transactions; db_fd is then readable when db_heard has
 * something to tell. SQLite has one server: -1 and never anything. */
enum err db_listen(struct ctx *c) MUST_CHECK;
enum err db_notify(struct ctx *c) MUST_CHECK;
enum err db_heard(struct ctx *c, bool *out) MUST_CHECK;
int db_fd(const struct db_conn *conn);

/* Introspection for the drift check: every table, column, foreign key and
 * index as lines of normalised text, sorted; the same for the same schema.
 * schema_migration is left out: the model does not hold it. */
enum err db_describe(struct ctx *c, struct buf *out) MUST_CHECK;

/* Transactions and what of them is settled: those numbered below low have
 * ended, high is above every number given out so far. SQLite, where writes
 * commit in order: both INT64_MAX. */
enum err db_horizon(struct ctx *c, int64_t *low, int64_t *high) MUST_CHECK;

/* For PostgreSQL's own programs (pg_dump): the address of a postgresql:// URL
 * without its password, and the password (empty: none), which belongs into
 * their environment as PGPASSWORD. In c->arena. ERR_INVALID db_url. */
enum err db_tool_address(struct ctx *c, struct str url, struct str *address,
                         struct str *password) MUST_CHECK;

/* Bytes of the database, and of SQLite's write-ahead log (PostgreSQL: 0). */
enum err db_size(struct ctx *c, int64_t *bytes_out,
                 int64_t *log_out) MUST_CHECK;

/* The same of the schema that a script would make in an empty database of this
 * engine; made aside and thrown away. */
enum err db_describe_script(struct ctx *c, struct str script,
                            struct buf *out) MUST_CHECK;

/* "SQLite 3.40.1", "PostgreSQL 15.6". */
enum err db_version(struct ctx *c, struct str *out) MUST_CHECK;
/* Appends a line for each thing that is wrong, at most 100: pages and indexes;
 * references to rows that are not there. Reads everything. */
enum err db_check_pages(struct ctx *c, struct buf *out) MUST_CHECK;
enum err db_check_keys(struct ctx *c, struct buf *out) MUST_CHECK;

#endif
