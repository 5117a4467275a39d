/* Rules of passwords and waits, and the hashes: pure parts of sign-in. */
#include "test.h"

#include "app/password.h"
#include "app/roles.h"
#include "app/throttle.h"
#include "store/actor.h"

#include <pthread.h>

static struct ctx c;

static enum err check(const char *password, const char *login) {
    fail_clear(&c);
    return password_check(&c, "password", str_of(password),
                          &(struct password_about){.login = str_of(login)});
}

static void refuses_weak_passwords(void) {
    static const char *const weak[] = {
        "",           "1234567",      "short",     "12345678", "87654321",
        "aaaaaaaa",   "abcdefgh",     "hgfedcba",  "88888888", "woaini1314",
        "WoAiNi520",  "5201314520",   "PASSWORD1", "19880808", "1988-08-08",
        "08081988",   "31122001",     "20000101",  "demo1234", "zhangsan",
        "ZhangSan12", "zhangsan2024", "密码密码",
    };
    for (size_t i = 0; i < COUNT_OF(weak); i++) {
        if (check(weak[i], "zhangsan") == ERR_INVALID) {
            CHECK_STR(c.problems.p[0].field, "password");
            continue;
        }
        CHECK_STR(S("a weak password is accepted"), "");
        printf("accepted: %s\n", weak[i]);
    }
}

static void accepts_good_passwords(void) {
    static const char *const good[] = {
        "correct horse",     "19881332 x", "客户关系管理系统", "x7Kp2mQ9",
        "zhangsan and more", "20001301ab", "00000001x",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (check(good[i], "zhangsan") != OK) {
            CHECK_STR(S("a good password is refused"), "");
            printf("refused: %s\n", good[i]);
        }
}

static void length_is_counted_in_characters(void) {
    char long_one[129 * 3 + 1];
    for (size_t i = 0; i < 129; i++) {
        static const char han[2][4] = {"关", "系"};
        for (size_t k = 0; k < 3; k++)
            long_one[i * 3 + k] = han[i % 2][k];
    }
    long_one[129 * 3] = '\0';
    CHECK_I64(check(long_one, "x"), ERR_INVALID);
    long_one[128 * 3] = '\0';
    CHECK_OK(check(long_one, "x"));
    CHECK_I64(check("七个字的密码啊", "x"), ERR_INVALID);
}

static void hashes_are_salted_and_checked(void) {
    struct password_gate *g = password_gate_new();
    struct str one, two;
    bool right = true;
    CHECK_OK(password_hash(&c, g, S("a good secret"), &one));
    CHECK_OK(password_hash(&c, g, S("a good secret"), &two));
    CHECK(!str_eq(one, two));
    CHECK(str_starts(one, S("$argon2id$v=19$m=19456,t=2,p=1$")));
    CHECK_OK(password_verify(&c, g, S("a good secret"), one, &right));
    CHECK(right);
    CHECK_OK(password_verify(&c, g, S("a good secreT"), one, &right));
    CHECK(!right);
    right = true;
    CHECK_OK(password_verify(&c, g, S("anything"), S(""), &right));
    CHECK(!right);
    right = true;
    CHECK_OK(password_verify(&c, g, S("anything"), S("not a hash"), &right));
    CHECK(!right);
    password_gate_free(g);
}

struct burst {
    struct password_gate *gate;
    pthread_mutex_t lock;
    int right, busy, other;
};

static void *one_of_burst(void *arg) {
    struct burst *b = arg;
    struct arena *a = arena_new();
    struct ctx own;
    bool right = true;
    ctx_init(&own, a);
    enum err e = password_verify(&own, b->gate, S("x"), S(""), &right);
    pthread_mutex_lock(&b->lock);
    b->right += e == OK && !right;
    b->busy += e == ERR_BUSY;
    b->other += e != OK && e != ERR_BUSY;
    pthread_mutex_unlock(&b->lock);
    arena_free(a);
    return NULL;
}

/* Two compute, 64 wait, the rest is told to come again. */
static void a_burst_is_bounded(void) {
    pthread_t threads[90];
    struct burst b = {.gate = password_gate_new()};
    pthread_mutex_init(&b.lock, NULL);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        CHECK_I64(pthread_create(&threads[i], NULL, one_of_burst, &b), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_I64(b.right + b.busy, COUNT_OF(threads));
    CHECK(b.right >= 66);
    CHECK_I64(b.other, 0);
    pthread_mutex_destroy(&b.lock);
    password_gate_free(b.gate);
}

static void waits_grow_to_a_limit(void) {
    static const struct throttle_rule rule = {10, 5, 900};
    CHECK_I64(throttle_wait_s(&rule, 0), 0);
    CHECK_I64(throttle_wait_s(&rule, 9), 0);
    CHECK_I64(throttle_wait_s(&rule, 10), 5);
    CHECK_I64(throttle_wait_s(&rule, 11), 10);
    CHECK_I64(throttle_wait_s(&rule, 17), 640);
    CHECK_I64(throttle_wait_s(&rule, 18), 900);
    CHECK_I64(throttle_wait_s(&rule, INT64_MAX), 900);
}

/* The seeds are right by the rules for everybody's roles. */
static void seeds_pass_the_check(void) {
    struct registry r = {.model = &builtin_model};
    c.registry = &r;
    for (size_t i = 0; i < role_seed_count; i++) {
        fail_clear(&c);
        if (role_check_grants(&c, role_seeds[i].grants) != OK) {
            CHECK_STR(S("a seed is refused"), "");
            printf("%s\n", role_seeds[i].key.p);
        }
    }
}

static void levels_have_names(void) {
    enum level l;
    for (int i = LEVEL_NONE; i <= LEVEL_ALL; i++) {
        CHECK(level_parse(str_of(level_name((enum level)i)), &l));
        CHECK_I64(l, i);
    }
    CHECK(!level_parse(S("team_tree"), &l));
    CHECK(!level_parse(S(""), &l));
}

int main(void) {
    struct arena *a = arena_new();
    ctx_init(&c, a);
    RUN(refuses_weak_passwords);
    RUN(accepts_good_passwords);
    RUN(length_is_counted_in_characters);
    RUN(hashes_are_salted_and_checked);
    RUN(a_burst_is_bounded);
    RUN(waits_grow_to_a_limit);
    RUN(seeds_pass_the_check);
    RUN(levels_have_names);
    int code = test_end();
    arena_free(a);
    return code;
}
