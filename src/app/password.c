/* Rules and hashes of passwords. Owns the gate: a counter under a mutex, so
 * that a burst of sign-ins can't take all memory (19 MiB each) or all cores.
 * Any thread. */
#include "app/password.h"

#include "base/die.h"
#include "base/utf8.h"

#include <pthread.h>
#include <sodium.h>

#define ARGON_OPS 2
#define ARGON_MEM (19456UL * 1024)
#define AT_ONCE 2
#define MAX_WAITING 64
#define LOGIN_TAIL 4

struct password_gate {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int running, waiting;
    struct arena *arena;
};

/* What a sign-in with an unknown login is compared with: the same cost, a
 * random hash that no known password has. */
static const char nobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$wggG08GeoIiVPD44VcPjEQ$JT1Yxf"
    "pgJODcL3VeF5nr1YcV7PwdwICnTj9yURPurJk";

/* Common passwords, lower case. Chinese habits: luck (88888888, 66668888),
 * love spoken as digits (5201314 = I love you for ever), pinyin, keyboard
 * walks with digits. Sorted; shorter than PASSWORD_MIN ones are not needed. */
static const struct str common[] = {
    S_INIT("00000000"),      S_INIT("0123456789"),   S_INIT("1111111111"),
    S_INIT("111222333"),     S_INIT("11223344"),     S_INIT("1122334455"),
    S_INIT("11235813"),      S_INIT("1212121212"),   S_INIT("123123123"),
    S_INIT("12312312"),      S_INIT("123123aa"),     S_INIT("12341234"),
    S_INIT("12344321"),      S_INIT("123454321"),    S_INIT("123456123"),
    S_INIT("12345678"),      S_INIT("123456789"),    S_INIT("1234567890"),
    S_INIT("123456789a"),    S_INIT("123456789q"),   S_INIT("12345678a"),
    S_INIT("123456aa"),      S_INIT("123456abc"),    S_INIT("123456qq"),
    S_INIT("1234qwer"),      S_INIT("123698745"),    S_INIT("123abc456"),
    S_INIT("123qweasd"),     S_INIT("123qweasdzxc"), S_INIT("12qwaszx"),
    S_INIT("13145200"),      S_INIT("1314520520"),   S_INIT("131452000"),
    S_INIT("1314521314"),    S_INIT("14725836"),     S_INIT("147258369"),
    S_INIT("147852369"),     S_INIT("159357456"),    S_INIT("1a2b3c4d"),
    S_INIT("1q2w3e4r"),      S_INIT("1q2w3e4r5t"),   S_INIT("1qaz2wsx"),
    S_INIT("1qaz2wsx3edc"),  S_INIT("20082008"),     S_INIT("31415926"),
    S_INIT("314159265"),     S_INIT("45612300"),     S_INIT("52013140"),
    S_INIT("520131400"),     S_INIT("5201314520"),   S_INIT("5201314a"),
    S_INIT("5201314aa"),     S_INIT("5201314ai"),    S_INIT("520520520"),
    S_INIT("520520aa"),      S_INIT("5211314520"),   S_INIT("584131421"),
    S_INIT("5845201314"),    S_INIT("66668888"),     S_INIT("66778899"),
    S_INIT("77585210"),      S_INIT("7758521a"),     S_INIT("7758258a"),
    S_INIT("87654321"),      S_INIT("88886666"),     S_INIT("963852741"),
    S_INIT("987654321"),     S_INIT("9876543210"),   S_INIT("a1234567"),
    S_INIT("a12345678"),     S_INIT("a123456789"),   S_INIT("a1b2c3d4"),
    S_INIT("a5201314"),      S_INIT("aa123456"),     S_INIT("aa123456789"),
    S_INIT("aa5201314"),     S_INIT("aaaa1111"),     S_INIT("aabbccdd"),
    S_INIT("abc12345"),      S_INIT("abc123456"),    S_INIT("abcd1234"),
    S_INIT("abcd123456"),    S_INIT("abcdefgh"),     S_INIT("admin123"),
    S_INIT("admin1234"),     S_INIT("admin888"),     S_INIT("administrator"),
    S_INIT("ai5201314"),     S_INIT("aini1314"),     S_INIT("aptx4869"),
    S_INIT("as123456"),      S_INIT("asd123456"),    S_INIT("asdasd123"),
    S_INIT("asdf1234"),      S_INIT("asdfasdf"),     S_INIT("asdfghjk"),
    S_INIT("asdfghjkl"),     S_INIT("baobei520"),    S_INIT("baseball"),
    S_INIT("changeme"),      S_INIT("chenchen"),     S_INIT("code8925"),
    S_INIT("computer"),      S_INIT("dearbook"),     S_INIT("demo1234"),
    S_INIT("dragon123"),     S_INIT("football"),     S_INIT("fuckyou1"),
    S_INIT("guanxi123"),     S_INIT("helloworld"),   S_INIT("iloveyou"),
    S_INIT("iloveyou1"),     S_INIT("iloveyou1314"), S_INIT("iloveyou520"),
    S_INIT("internet"),      S_INIT("kehu1234"),     S_INIT("letmein1"),
    S_INIT("loveyou1314"),   S_INIT("loveyou520"),   S_INIT("lovelove"),
    S_INIT("mima1234"),      S_INIT("mimamima"),     S_INIT("p@ssw0rd"),
    S_INIT("p@ssword"),      S_INIT("pa$$w0rd"),     S_INIT("passw0rd"),
    S_INIT("password"),      S_INIT("password1"),    S_INIT("password12"),
    S_INIT("password123"),   S_INIT("princess"),     S_INIT("q1w2e3r4"),
    S_INIT("q1w2e3r4t5"),    S_INIT("qazwsx123"),    S_INIT("qazwsxedc"),
    S_INIT("qq123456"),      S_INIT("qq123456789"),  S_INIT("qq5201314"),
    S_INIT("qwe123456"),     S_INIT("qweasdzxc"),    S_INIT("qweqweqwe"),
    S_INIT("qwer1234"),      S_INIT("qwerasdf"),     S_INIT("qwerqwer"),
    S_INIT("qwerty12"),      S_INIT("qwerty123"),    S_INIT("qwertyui"),
    S_INIT("qwertyuiop"),    S_INIT("root1234"),     S_INIT("starwars"),
    S_INIT("sunshine"),      S_INIT("superman"),     S_INIT("taobao123"),
    S_INIT("test1234"),      S_INIT("tiantian"),     S_INIT("trustno1"),
    S_INIT("w123456789"),    S_INIT("wang1234"),     S_INIT("wangyut2"),
    S_INIT("welcome1"),      S_INIT("wo123456"),     S_INIT("woaini00"),
    S_INIT("woaini11"),      S_INIT("woaini123"),    S_INIT("woaini1314"),
    S_INIT("woaini1314520"), S_INIT("woaini20"),     S_INIT("woaini520"),
    S_INIT("woaini521"),     S_INIT("woainima"),     S_INIT("woaiwojia"),
    S_INIT("woaizhongguo"),  S_INIT("wodemima"),     S_INIT("woshishui"),
    S_INIT("wojiushiwo"),    S_INIT("woshini8"),     S_INIT("woshiwoma"),
    S_INIT("xiaoxiao"),      S_INIT("xiaoming"),     S_INIT("yangyang"),
    S_INIT("z123456789"),    S_INIT("zhang123"),     S_INIT("zhangwei"),
    S_INIT("zhongguo"),      S_INIT("zhongguo1"),    S_INIT("zxc123456"),
    S_INIT("zxcv1234"),      S_INIT("zxcvbnm1"),     S_INIT("zxcvbnm123"),
};

struct password_gate *password_gate_new(void) {
    struct arena *a = arena_new();
    struct password_gate *g = NEW(a, struct password_gate);
    g->arena = a;
    if (sodium_init() < 0 || pthread_mutex_init(&g->lock, NULL) != 0 ||
        pthread_cond_init(&g->freed, NULL) != 0)
        die("can't set up password hashing");
    return g;
}

void password_gate_free(struct password_gate *g) {
    if (g == NULL)
        return;
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->freed);
    arena_free(g->arena);
}

static enum err enter(struct ctx *c, struct password_gate *g) {
    pthread_mutex_lock(&g->lock);
    bool full = g->waiting >= MAX_WAITING;
    if (!full) {
        g->waiting++;
        while (g->running >= AT_ONCE)
            pthread_cond_wait(&g->freed, &g->lock);
        g->waiting--;
        g->running++;
    }
    pthread_mutex_unlock(&g->lock);
    return full ? fail(c, ERR_BUSY, "", "busy") : OK;
}

static void leave(struct password_gate *g) {
    pthread_mutex_lock(&g->lock);
    g->running--;
    pthread_cond_signal(&g->freed);
    pthread_mutex_unlock(&g->lock);
}

static bool is_common(struct str s) {
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (str_eq(s, common[i]))
            return true;
    return false;
}

/* "aaaaaaaa", "12345678", "87654321", "abcdefgh": each byte follows from the
 * one before it by the same step of -1, 0 or 1. */
static bool is_run(struct str s) {
    int step = s.p[1] - s.p[0];
    if (step < -1 || step > 1)
        return false;
    for (size_t i = 2; i < s.n; i++)
        if (s.p[i] - s.p[i - 1] != step)
            return false;
    return true;
}

static int number(struct str s, size_t from, size_t n) {
    int v = 0;
    for (size_t i = from; i < from + n; i++)
        v = v * 10 + (s.p[i] - '0');
    return v;
}

/* A birth date is the most frequent digit password in China: 19880808,
 * 1988-08-08, 08081988. */
static bool is_date(struct str s) {
    char d[8];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '-' || s.p[i] == '/' || s.p[i] == '.')
            continue;
        if (n == sizeof d || s.p[i] < '0' || s.p[i] > '9')
            return false;
        d[n++] = s.p[i];
    }
    if (n != sizeof d)
        return false;
    struct str t = {d, n};
    static const size_t at[][3] = {{0, 4, 6}, {4, 2, 0}, {4, 0, 2}};
    for (size_t i = 0; i < COUNT_OF(at); i++) {
        int year = number(t, at[i][0], 4), month = number(t, at[i][1], 2),
            day = number(t, at[i][2], 2);
        if (year >= 1900 && year <= 2099 && month >= 1 && month <= 12 &&
            day >= 1 && day <= 31)
            return true;
    }
    return false;
}

enum err password_check(struct ctx *c, const char *field, struct str password,
                        struct str login) {
    size_t n = utf8_count(password);
    if (n < PASSWORD_MIN)
        return failv(c, ERR_INVALID, str_of(field), "password_short",
                     ARGS(V(PASSWORD_MIN)));
    if (n > PASSWORD_MAX)
        return failv(c, ERR_INVALID, str_of(field), "password_long",
                     ARGS(V(PASSWORD_MAX)));
    struct str s = str_lower(c->arena, password);
    struct str l = str_lower(c->arena, login);
    /* The login alone, or with a short tail: zhangsan1988. */
    if (login.n > 0 && str_starts(s, l) && s.n - l.n <= LOGIN_TAIL)
        return fail(c, ERR_INVALID, field, "password_login");
    if (is_common(s) || is_run(s) || is_date(s))
        return fail(c, ERR_INVALID, field, "password_common");
    return OK;
}

enum err password_hash(struct ctx *c, struct password_gate *g,
                       struct str password, struct str *out) {
    char *text = arena_alloc(c->arena, crypto_pwhash_STRBYTES);
    TRY(enter(c, g));
    int bad = crypto_pwhash_str_alg(text, password.p, password.n, ARGON_OPS,
                                    ARGON_MEM, crypto_pwhash_ALG_ARGON2ID13);
    leave(g);
    if (bad != 0) /* only for want of memory */
        return fail(c, ERR_BUSY, "", "busy");
    *out = str_of(text);
    return OK;
}

enum err password_verify(struct ctx *c, struct password_gate *g,
                         struct str password, struct str hash, bool *out) {
    const char *text = hash.n > 0 ? str_cstr(c->arena, hash) : nobody;
    TRY(enter(c, g));
    /* libsodium takes no NULL, not even of no length. */
    int bad = crypto_pwhash_str_verify(text, password.n > 0 ? password.p : "",
                                       password.n);
    leave(g);
    *out = bad == 0 && hash.n > 0;
    return OK;
}
