/* SQL of failed sign-ins. Owns nothing. */
#include "store/login_attempt.h"

#include "db/db.h"

#define COUNT_WHERE                                                            \
    "SELECT COUNT(*), MAX(at) FROM login_attempt WHERE success = 0 AND at > "  \
    "$1"
SQL(Q_COUNT_BOTH, COUNT_WHERE " AND login = $2 AND peer = $3");
SQL(Q_COUNT_LOGIN, COUNT_WHERE " AND login = $2");
SQL(Q_COUNT_PEER, COUNT_WHERE " AND peer = $2");
SQL(Q_ADD, "INSERT INTO login_attempt (login, peer, at, success)"
           " VALUES ($1, $2, $3, 0)");
SQL(Q_CLEAR, "DELETE FROM login_attempt WHERE login = $1 AND peer = $2");
SQL(Q_PURGE, "DELETE FROM login_attempt WHERE at < $1");

/* The first bytes, ending between two characters. */
static struct str cut(struct str s) {
    size_t n = s.n < LOGIN_ATTEMPT_BYTES ? s.n : LOGIN_ATTEMPT_BYTES;
    while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return str_sub(s, 0, n);
}

enum err login_attempt_count(struct ctx *c, struct login_attempt_key key,
                             int64_t since, struct login_attempts *out) {
    struct rows *r;
    bool found;
    struct val login = V(cut(key.login)), peer = V(cut(key.peer));
    if (key.peer.n == 0)
        TRY(db_one(c, &Q_COUNT_LOGIN, ARGS(V(since), login), &r, &found));
    else if (key.login.n == 0)
        TRY(db_one(c, &Q_COUNT_PEER, ARGS(V(since), peer), &r, &found));
    else
        TRY(db_one(c, &Q_COUNT_BOTH, ARGS(V(since), login, peer), &r, &found));
    *out = (struct login_attempts){row_i64(r, 0), row_i64(r, 1)};
    rows_end(r);
    return OK;
}

enum err login_attempt_add(struct ctx *c, struct login_attempt_key key) {
    return db_exec(c, &Q_ADD,
                   ARGS(V(cut(key.login)), V(cut(key.peer)), V(c->now_ms)),
                   NULL);
}

enum err login_attempt_clear(struct ctx *c, struct login_attempt_key key) {
    return db_exec(c, &Q_CLEAR, ARGS(V(cut(key.login)), V(cut(key.peer))),
                   NULL);
}

enum err login_attempt_purge(struct ctx *c, int64_t before) {
    return db_exec(c, &Q_PURGE, ARGS(V(before)), NULL);
}
