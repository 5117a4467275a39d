/* The limit that reads on PostgreSQL are measured against: libpq alone, one
 * connection, a prepared statement, eight reads by id on the way at a time.
 *
 *     pg_get --db URL --fields A,B --rows N --seconds N
 *
 * Prints one line of JSON: reads a second and bytes of values a read. */
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEPTH 8

struct bench {
    PGconn *h;
    long rows;
    uint64_t seed;
    long reads, bytes;
};

__attribute__((noreturn, format(printf, 1, 2))) static void
give_up(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static double now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void prepare(struct bench *b, const char *fields) {
    static const char head[] = "SELECT ";
    static const char tail[] = " FROM customer LEFT JOIN customer_stats"
                               " USING (id) WHERE id = $1";
    size_t n = strlen(fields);
    char *sql = malloc(sizeof head + n + sizeof tail);
    if (sql == NULL)
        give_up("out of memory");
    memcpy(sql, head, sizeof head - 1);
    memcpy(sql + sizeof head - 1, fields, n);
    memcpy(sql + sizeof head - 1 + n, tail, sizeof tail);
    PGresult *r = PQprepare(b->h, "get", sql, 0, NULL);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        give_up("%s", PQerrorMessage(b->h));
    PQclear(r);
    free(sql);
}

static void ask(struct bench *b) {
    char id[24];
    const char *values[] = {id};
    b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
    snprintf(id, sizeof id, "%ld",
             (long)((b->seed >> 33) % (uint64_t)b->rows) + 1);
    if (PQsendQueryPrepared(b->h, "get", 1, values, NULL, NULL, 0) != 1)
        give_up("%s", PQerrorMessage(b->h));
}

static void take(struct bench *b) {
    PGresult *r = PQgetResult(b->h);
    if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
        give_up("no row: %s", PQerrorMessage(b->h));
    for (int i = 0; i < PQnfields(r); i++)
        b->bytes += PQgetlength(r, 0, i);
    b->reads++;
    PQclear(r);
    while ((r = PQgetResult(b->h)) != NULL)
        PQclear(r);
}

/* Eight at once, then the answer to all. */
static void turn(struct bench *b) {
    for (int i = 0; i < DEPTH; i++)
        ask(b);
    if (PQpipelineSync(b->h) != 1)
        give_up("%s", PQerrorMessage(b->h));
    for (int i = 0; i < DEPTH; i++)
        take(b);
    PGresult *r = PQgetResult(b->h);
    if (PQresultStatus(r) != PGRES_PIPELINE_SYNC)
        give_up("%s", PQerrorMessage(b->h));
    PQclear(r);
}

int main(int argc, char **argv) {
    static const char *const names[] = {"--db", "--fields", "--rows",
                                        "--seconds"};
    const char *given[4] = {0};
    for (int i = 1; i + 1 < argc; i += 2)
        for (int k = 0; k < 4; k++)
            if (strcmp(argv[i], names[k]) == 0)
                given[k] = argv[i + 1];
    struct bench b = {.seed = 1};
    for (int k = 0; k < 4; k++)
        if (given[k] == NULL)
            give_up("usage: pg_get --db URL --fields A,B --rows N --seconds N");
    b.rows = atol(given[2]);
    double seconds = atof(given[3]);
    if (b.rows < 1 || !(seconds > 0))
        give_up("--rows and --seconds are positive numbers");
    b.h = PQconnectdb(given[0]);
    if (PQstatus(b.h) != CONNECTION_OK)
        give_up("%s", PQerrorMessage(b.h));
    prepare(&b, given[1]);
    if (PQenterPipelineMode(b.h) != 1)
        give_up("no pipeline mode");
    double from = now_s(), took;
    do
        turn(&b);
    while ((took = now_s() - from) < seconds);
    printf("{\"reads_per_second\":%.0f,\"bytes\":%ld}\n",
           (double)b.reads / took, b.bytes / b.reads);
    PQfinish(b.h);
    return 0;
}
