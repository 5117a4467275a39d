/* SQL of jobs. Owns nothing. Threads: any. Invariant: a row changes under its
 * attempt only, so a runner that lost its lease writes nothing. Claiming is
 * optimistic: of several UPDATEs on one attempt the first changes the row, the
 * others find the attempt moved on, on both engines. */
#include "store/job.h"

#include "db/db.h"

#define COLUMNS                                                                \
    "SELECT id, owner_id, kind, state, args, cursor, result, error, message,"  \
    " done, total, cancel, attempt, file_id, created_at, started_at,"          \
    " finished_at FROM job "

SQL(Q_CREATE,
    "INSERT INTO job (kind, state, args, done, cancel, attempt,"
    " created_at, owner_id, cursor) VALUES ($1, 'queued', $2, 0, 0, 0,"
    " $3, $4, $5) RETURNING id");
SQL(Q_FIND, COLUMNS "WHERE id = $1");
SQL(Q_WAITING, "SELECT 1 FROM job WHERE state = 'queued' OR"
               " (state = 'running' AND lease_until < $1) LIMIT 1");
SQL(Q_NEXT, "SELECT id, attempt FROM job WHERE (state = 'queued' OR"
            " (state = 'running' AND lease_until < $1)) AND"
            " ($2 = 0 OR id = $2) ORDER BY id LIMIT 1");
SQL(Q_CLAIM, "UPDATE job SET state = 'running', attempt = attempt + 1,"
             " lease_until = $3, lease_owner = $4,"
             " started_at = coalesce(started_at, $5)"
             " WHERE id = $1 AND attempt = $2 AND (state = 'queued' OR"
             " (state = 'running' AND lease_until < $5))");
SQL(Q_SAVE, "UPDATE job SET done = $3, total = $4,"
            " cursor = coalesce($5, cursor), lease_until = $6,"
            " message = coalesce($7, message)"
            " WHERE id = $1 AND attempt = $2 AND state = 'running'"
            " RETURNING cancel");
/* The step it was in stays with a job that did not come to its end. */
SQL(Q_FINISH, "UPDATE job SET state = $3, result = $4, error = $5,"
              " file_id = $6, finished_at = $7, lease_until = NULL,"
              " lease_owner = NULL, done = coalesce($8, done),"
              " total = coalesce($8, total),"
              " message = CASE WHEN $3 = 'done' THEN NULL ELSE message END"
              " WHERE id = $1 AND attempt = $2 AND state = 'running'");
SQL(Q_RELEASE, "UPDATE job SET state = 'queued', lease_until = NULL,"
               " lease_owner = NULL WHERE id = $1 AND attempt = $2"
               " AND state = 'running'");
SQL(Q_RELEASE_ALL, "UPDATE job SET state = 'queued', lease_until = NULL,"
                   " lease_owner = NULL WHERE state = 'running'");
SQL(Q_CANCEL, "UPDATE job SET cancel = 1 WHERE id = $1 AND"
              " state IN ('queued', 'running')");

static struct val or_null(struct str s) {
    return s.n > 0 ? V(s) : V_NULL;
}

static struct val id_or_null(int64_t id) {
    return id != 0 ? V(id) : V_NULL;
}

enum err job_create(struct ctx *c, const struct job_new *n, int64_t *id_out) {
    return db_i64(c, &Q_CREATE,
                  ARGS(V(n->kind), V(n->args), V(c->now_ms),
                       id_or_null(n->owner_id), or_null(n->cursor)),
                  0, id_out);
}

SQL(Q_PLAN, "INSERT INTO job (kind, state, args, done, cancel, attempt,"
            " created_at, owner_id, schedule, planned_at) VALUES ($1,"
            " 'queued', $2, 0, 0, 0, $3, $4, $5, $6)"
            " ON CONFLICT (schedule, planned_at) DO NOTHING");
SQL(Q_QUEUED, "SELECT id FROM job WHERE kind = $1 AND state = 'queued'"
              " ORDER BY id LIMIT 1");

enum err job_plan(struct ctx *c, const struct job_new *n, struct str schedule,
                  int64_t planned_at) {
    return db_exec(c, &Q_PLAN,
                   ARGS(V(n->kind), V(n->args), V(c->now_ms),
                        id_or_null(n->owner_id), V(schedule), V(planned_at)),
                   NULL);
}

enum err job_queued(struct ctx *c, struct str kind, int64_t *id_out) {
    return db_i64(c, &Q_QUEUED, ARGS(V(kind)), 0, id_out);
}

static void read_row(const struct rows *r, struct job *j) {
    *j = (struct job){.id = row_i64(r, 0),
                      .owner_id = row_i64(r, 1),
                      .kind = row_str(r, 2),
                      .state = row_str(r, 3),
                      .args = row_str(r, 4),
                      .cursor = row_str(r, 5),
                      .result = row_str(r, 6),
                      .error = row_str(r, 7),
                      .message = row_str(r, 8),
                      .done = row_i64(r, 9),
                      .total = row_i64(r, 10),
                      .cancel = row_i64(r, 11) != 0,
                      .attempt = row_i64(r, 12),
                      .file_id = row_i64(r, 13),
                      .created_at = row_i64(r, 14),
                      .started_at = row_i64(r, 15),
                      .finished_at = row_i64(r, 16)};
}

enum err job_find(struct ctx *c, int64_t id, struct job *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND, ARGS(V(id)), &r, found));
    if (*found)
        read_row(r, out);
    rows_end(r);
    return OK;
}

#define ACTIVE_MAX 200
SQL(Q_ACTIVE, COLUMNS "WHERE state IN ('queued', 'running')"
                      " OR finished_at >= $1 ORDER BY id DESC LIMIT 200");

enum err job_active(struct ctx *c, int64_t ended_since, struct job **out,
                    size_t *n_out) {
    struct rows *r;
    struct job *p = NEW_ARRAY(c->arena, struct job, ACTIVE_MAX);
    size_t n = 0;
    TRY(db_query(c, &Q_ACTIVE, ARGS(V(ended_since)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        read_row(r, &p[n++]);
    }
    *out = p;
    *n_out = n;
    return OK;
}

SQL(Q_RETRY, "UPDATE job SET state = 'queued', cancel = 0,"
             " attempt = attempt - attempt % $2 + $2,"
             " error = NULL, message = NULL, result = NULL,"
             " finished_at = NULL,"
             " started_at = NULL WHERE id = $1"
             " AND state IN ('failed', 'cancelled')");

enum err job_retry(struct ctx *c, int64_t id) {
    int64_t changed;
    TRY(db_exec(c, &Q_RETRY, ARGS(V(id), V(JOB_SERIES)), &changed));
    return changed == 1 ? OK : fail(c, ERR_CONFLICT, "", "job_not_over");
}

enum err job_waiting(struct ctx *c, bool *out) {
    int64_t any;
    TRY(db_i64(c, &Q_WAITING, ARGS(V(c->now_ms)), 0, &any));
    *out = any == 1;
    return OK;
}

enum err job_claim(struct ctx *c, int64_t id, struct str holder,
                   struct job *out, bool *found) {
    struct rows *r;
    int64_t changed = 0;
    TRY(db_one(c, &Q_NEXT, ARGS(V(c->now_ms), V(id)), &r, found));
    int64_t taken = row_i64(r, 0), attempt = row_i64(r, 1);
    rows_end(r);
    if (!*found)
        return OK;
    TRY(db_exec(c, &Q_CLAIM,
                ARGS(V(taken), V(attempt), V(c->now_ms + JOB_LEASE_MS),
                     V(holder), V(c->now_ms)),
                &changed));
    *found = changed == 1;
    return *found ? job_find(c, taken, out, found) : OK;
}

static enum err lost(struct ctx *c) {
    return fail(c, ERR_CONFLICT, "", "job_lost");
}

enum err job_save(struct ctx *c, const struct job *j, const struct job_step *s,
                  bool *cancel_out) {
    int64_t cancel;
    TRY(db_i64(c, &Q_SAVE,
               ARGS(V(j->id), V(j->attempt), V(s->done), id_or_null(s->total),
                    or_null(s->cursor), V(c->now_ms + JOB_LEASE_MS),
                    or_null(s->step)),
               -1, &cancel));
    if (cancel < 0)
        return lost(c);
    *cancel_out = cancel == 1;
    return OK;
}

SQL(Q_LOOK, "SELECT cancel FROM job WHERE id = $1 AND attempt = $2 AND state ="
            " 'running'");

enum err job_look(struct ctx *c, const struct job *j, bool *cancel_out,
                  bool *ours_out) {
    int64_t cancel;
    TRY(db_i64(c, &Q_LOOK, ARGS(V(j->id), V(j->attempt)), -1, &cancel));
    *ours_out = cancel >= 0;
    *cancel_out = cancel > 0;
    return OK;
}

SQL(Q_EXTEND, "UPDATE job SET lease_until = $3, message = coalesce($4, message)"
              " WHERE id = $1 AND attempt = $2 AND state = 'running'");

enum err job_extend(struct ctx *c, const struct job *j, struct str step) {
    return db_exec(c, &Q_EXTEND,
                   ARGS(V(j->id), V(j->attempt), V(c->now_ms + JOB_LEASE_MS),
                        or_null(step)),
                   NULL);
}

enum err job_finish(struct ctx *c, const struct job *j,
                    const struct job_end *e) {
    int64_t changed;
    TRY(db_exec(c, &Q_FINISH,
                ARGS(V(j->id), V(j->attempt), V(e->state), or_null(e->result),
                     or_null(e->error), id_or_null(e->file_id), V(c->now_ms),
                     id_or_null(e->total)),
                &changed));
    return changed == 1 ? OK : lost(c);
}

enum err job_release(struct ctx *c, const struct job *j) {
    return db_exec(c, &Q_RELEASE, ARGS(V(j->id), V(j->attempt)), NULL);
}

enum err job_release_all(struct ctx *c) {
    return db_exec(c, &Q_RELEASE_ALL, NO_ARGS, NULL);
}

enum err job_cancel(struct ctx *c, int64_t id) {
    int64_t changed;
    TRY(db_exec(c, &Q_CANCEL, ARGS(V(id)), &changed));
    return changed == 1 ? OK : fail(c, ERR_CONFLICT, "", "job_over");
}
