/* Where the rows of bench/million go: a company's SQLite file or PostgreSQL
 * database, table by table, behind the server's back. */
#ifndef BENCH_MILLION_SINK_H
#define BENCH_MILLION_SINK_H

#include "base/str.h"
#include "base/val.h"

struct arena;
struct sink;

/* Ends the program with a message when something is wrong; so do all others. */
struct sink *sink_open(struct arena *a, struct str url);
/* Indexes again, statistics of the planner and sequences where the engine has
 * them. */
void sink_close(struct sink *s);

/* Drops the plain indexes of a table until sink_close: they are made faster
 * over sorted rows. */
void sink_bare(struct sink *s, const char *table);

/* Rows of one table: begin, row …, end. */
void sink_begin(struct sink *s, const char *table, const struct str *columns,
                size_t n);
void sink_row(struct sink *s, const struct val *v);
void sink_end(struct sink *s);

/* The search index of an entity takes rows (id, tokens). */
void sink_begin_search(struct sink *s, const char *entity);
void sink_tokens(struct sink *s, int64_t id, const struct str *t, size_t n);
/* In place of sink_end. */
void sink_end_search(struct sink *s, const char *entity);

/* The first value of a query without parameters; 0 when there is none. */
int64_t sink_number(struct sink *s, const char *sql);

#endif
