/* guanxi serve: the server's life from address to clean stop. Owns the signal
 * thread; the server's own threads are api/server.c's. */
#include "cli/serve.h"

#include "app/auth.h"
#include "app/company.h"
#include "app/custom.h"
#include "app/demo.h"
#include "base/die.h"
#include "base/num.h"
#include "base/thread.h"
#include "base/time.h"
#include "cli/commands.h"
#include "db/db.h"
#include "store/texts.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define DEFAULT_LISTEN "127.0.0.1:8080"
#define LOOPS_MAX 64
#define TEXTS_TOLD_MS 10000
#define TURN_US 500 /* see thread_turns; a job that gives way loses one */

/* --- signals ------------------------------------------------------------ */

/* Waits for SIGTERM or SIGINT in a thread of its own: no handler, no global. A
 * second signal ends the process at once. */
struct signals {
    pthread_t thread;
    sigset_t set;
    atomic_bool stop;
};

static void *wait_signals(void *arg) {
    struct signals *s = arg;
    int got;
    for (int n = 0;; n++) {
        if (sigwait(&s->set, &got) != 0)
            continue;
        if (got == SIGUSR2) /* our own: the server has ended */
            return NULL;
        if (n > 0)
            _exit(CLI_FAILED);
        atomic_store(&s->stop, true);
    }
}

/* Before any other thread is made, so that all inherit the mask. */
static void signals_start(struct signals *s) {
    sigemptyset(&s->set);
    sigaddset(&s->set, SIGTERM);
    sigaddset(&s->set, SIGINT);
    sigaddset(&s->set, SIGUSR2);
    atomic_init(&s->stop, false);
    if (pthread_sigmask(SIG_BLOCK, &s->set, NULL) != 0 ||
        pthread_create(&s->thread, NULL, wait_signals, s) != 0)
        die("can't wait for signals");
}

static void signals_end(struct signals *s) {
    pthread_kill(s->thread, SIGUSR2);
    pthread_join(s->thread, NULL);
}

/* --- address ------------------------------------------------------------ */

/* "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80". */
static bool read_listen(const struct cli *cli, struct server_options *o) {
    struct str text = cli_text(cli, "listen");
    if (text.n == 0)
        text = str_of(getenv("GUANXI_LISTEN"));
    if (text.n == 0)
        text = S(DEFAULT_LISTEN);
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    int64_t port = -1;
    struct str address = str_sub(text, 0, colon == 0 ? 0 : colon - 1);
    if (address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']')
        address = str_sub(address, 1, address.n - 1);
    bool good = num_parse(str_sub(text, colon, text.n), 0, NUM_EXACT, &port) ==
                    NUM_OK &&
                port >= 0 && port <= 65535 && address.n > 0;
    if (!good) {
        cli_usage(cli, "--listen is ADDRESS:PORT, not \"" STR_FMT "\"",
                  STR_ARG(text));
        return false;
    }
    if (str_eqc(address, "localhost"))
        address = S("127.0.0.1");
    o->address = address;
    o->port = (uint16_t)port;
    return true;
}

static bool is_loopback(struct str address) {
    return str_starts(address, S("127.")) || str_eqc(address, "::1");
}

static bool read_options(const struct cli *cli, struct server_options *o) {
    int64_t loops, workers;
    if (!read_listen(cli, o) ||
        !cli_number(cli, "loops", 1, LOOPS_MAX, 1, &loops) ||
        !cli_number(cli, "workers", 1, LOOPS_MAX, 4, &workers))
        return false;
    o->loops = (int)loops;
    o->workers = (int)workers;
    o->trusted_proxy = cli_option(cli, "tls-proxy") != NULL;
    if (cli_option(cli, "demo") != NULL && !is_loopback(o->address)) {
        cli_usage(cli, "--demo is for this machine only: listen on 127.0.0.1");
        return false;
    }
    return true;
}

/* --- before serving ----------------------------------------------------- */

static bool migrate_first(const struct cli *cli) {
    struct cli_migrated m = {0};
    bool all = cli_option(cli, "migrate") != NULL;
    enum err e = cli_migrate(cli, cli_db(cli),
                             all ? CLI_MIGRATE_ALL : CLI_MIGRATE_FRESH, &m);
    if (e != OK)
        cli_error(cli, e);
    else if (m.applied > 0 && m.backup.n > 0)
        fprintf(stderr, "The database before migrating: " STR_FMT "\n",
                STR_ARG(m.backup));
    return e == OK;
}

/* Demonstration data are served on this machine only, with or without --demo;
 * --demo fills an empty database and refuses one that is somebody's. */
static bool check_demo(const struct cli *cli, struct server_options *o) {
    struct ctx *c = cli->c;
    bool asked = cli_option(cli, "demo") != NULL, empty = false;
    enum err e = auth_setup_needed(c, &empty);
    if (e == OK && asked && empty)
        e = demo_make(c, &(struct demo_options){.customers = DEMO_CUSTOMERS});
    if (e == OK)
        e = company_is_demo(c, &o->demo);
    if (e != OK) {
        cli_error(cli, e);
        return false;
    }
    if (asked && !o->demo) {
        cli_failed(cli, "this database is not demonstration data");
        return false;
    }
    if (o->demo && !is_loopback(o->address)) {
        cli_failed(cli, "demonstration data with its published passwords is "
                        "served on 127.0.0.1 only");
        return false;
    }
    return true;
}

static bool print_setup_code(const struct cli *cli, struct auth *auth) {
    bool needed;
    enum err e = auth_setup_needed(cli->c, &needed);
    if (e != OK) {
        cli_error(cli, e);
    } else if (needed) {
        struct str code = auth_setup_code(cli->c, auth);
        printf("There is no user yet. Set-up code: " STR_FMT "\n",
               STR_ARG(code));
    }
    return e == OK;
}

static void on_ready(void *arg, struct str address, uint16_t port) {
    struct server_options *o = arg;
    o->port = port; /* also when the company is opened anew */
    bool v6 = str_has_byte(address, ':');
    printf("Guanxi is ready: http://%s" STR_FMT "%s:%u\n", v6 ? "[" : "",
           STR_ARG(address), v6 ? "]" : "", (unsigned)port);
    if (o->demo)
        printf("Demonstration data\n  sign in: " DEMO_ADMIN "  " DEMO_PASSWORD
               "\n");
    fflush(stdout);
}

struct texts_told {
    const struct server_options *o;
    int64_t at_ms;
};

/* A server's stderr is a log: a line now and then. */
static bool tell_texts(void *arg, int64_t done, int64_t total) {
    struct texts_told *t = arg;
    int64_t now = clock_monotonic_ms();
    if (now - t->at_ms >= TEXTS_TOLD_MS) {
        t->at_ms = now;
        fprintf(stderr, "Sort keys and search indexes: %lld of %lld records\n",
                (long long)done, (long long)total);
    }
    return !atomic_load(t->o->stop);
}

/* Lists would be in two orders at once, and the search box would miss some. */
static bool follow_texts(const struct cli *cli,
                         const struct server_options *o) {
    struct texts_told told = {o, clock_monotonic_ms()};
    bool ours;
    enum err e = texts_are_ours(cli->c, &ours);
    if (e == OK && !ours) {
        fprintf(stderr, "Sort keys and search indexes are another version's; "
                        "making them anew.\n");
        e = texts_follow(cli->c, tell_texts, &told);
    }
    if (e != OK)
        cli_error(cli, e);
    return e == OK;
}

static enum cli_exit serve_store(const struct cli *cli, struct store *s,
                                 struct server_options *o, struct auth *auth) {
    if (!follow_texts(cli, o) || !check_demo(cli, o) ||
        !print_setup_code(cli, auth))
        return CLI_FAILED;
    /* What a server that died was adding; it is no reason not to serve. */
    if (custom_mend(cli->c) != OK) {
        cli_error(cli, cli->c->failed);
        fail_clear(cli->c);
    }
    o->auth = auth;
    o->on_ready = on_ready;
    o->arg = o;
    cli->c->actor = NULL;
    return cli_error(cli, server_run(cli->c, s, o));
}

/* From opening the company until the server has ended; *again: there is another
 * company in its place to be served. */
static enum cli_exit serve_once(const struct cli *cli, struct server_options *o,
                                bool *again) {
    struct str name, by;
    struct store *s = cli_open(cli, STORE_WRITE);
    *again = false;
    if (s == NULL)
        return CLI_FAILED;
    struct auth *auth = auth_new();
    enum cli_exit code = serve_store(cli, s, o, auth);
    auth_free(auth);
    *again = code == CLI_OK && store_restore_asked(s, &name, &by);
    if (*again)
        return serve_restore(cli, s, o);
    store_close(s);
    return code;
}

static bool mend(const struct cli *cli) {
    enum err e = db_swap_mend(cli->c, cli_db(cli));
    if (e != OK)
        cli_error(cli, e);
    return e == OK;
}

static enum cli_exit serve(struct cli *cli) {
    struct server_options o = {0};
    struct signals signals;
    enum cli_exit code = CLI_FAILED;
    bool again = true;
    if (!read_options(cli, &o))
        return CLI_USAGE;
    if (!cli_make_folders(cli, cli_db(cli)))
        return CLI_FAILED;
    thread_turns(TURN_US);
    signals_start(&signals);
    o.stop = &signals.stop;
    if (mend(cli) && migrate_first(cli))
        while (again) {
            code = serve_once(cli, &o, &again);
            again = again && code == CLI_OK && !atomic_load(&signals.stop);
        }
    signals_end(&signals);
    return code;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {"listen", "ADDR:PORT",
     "where to listen; port 0 takes a free one (GUANXI_LISTEN; " DEFAULT_LISTEN
     ")"},
    {"demo", NULL, "serve demonstration data, made first when there are none"},
    {"migrate", NULL, "bring an old schema up to this version first"},
    {"tls-proxy", NULL,
     "only a TLS proxy reaches us: believe its X-Forwarded-… headers"},
    {"loops", "N", "threads that read requests (1)"},
    {"workers", "N", "threads for slow work (4)"},
};

const struct command serve_command = {
    .name = "serve",
    .args = "",
    .doc = "Serve a company: web interface and API.",
    .more = "Prints one line \"Guanxi is ready: http://…\" when it listens; "
            "ends cleanly on SIGTERM\nor SIGINT. With an empty database it "
            "prints the code for the first administrator.",
    .options = options,
    .n_options = COUNT_OF(options),
    .fn = serve,
};
