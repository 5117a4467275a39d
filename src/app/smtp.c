/* Composing (RFC 5322, 2045, 2047) and sending. Owns the curl handle for the
 * length of a call. Any thread. Invariant: nothing a person typed can begin a
 * header line: addresses are checked, all else is base 64. */
#include "app/smtp.h"

#include "base/curl.h"
#include "base/hash.h"
#include "base/time.h"
#include "base/utf8.h"

#include <sodium.h>
#include <string.h>

#define TIMEOUT_S 20L
#define MAIL_MAX (256 * 1024)
#define WORD_BYTES 42 /* of text in an encoded word: 75 characters in all */
#define LINE_BYTES 57 /* of text in a line of 76 characters */

/* --- the text ------------------------------------------------------------ */

static void base64(struct ctx *c, struct buf *b, struct str s) {
    size_t n = sodium_base64_encoded_len(s.n, sodium_base64_VARIANT_ORIGINAL);
    char *p = arena_alloc(c->arena, n);
    sodium_bin2base64(p, n, (const unsigned char *)s.p, s.n,
                      sodium_base64_VARIANT_ORIGINAL);
    buf_str(b, (struct str){p, n - 1});
}

/* =?UTF-8?B?…?= as often as needed, characters kept whole. */
static void encoded_words(struct ctx *c, struct buf *b, struct str s) {
    size_t at = 0;
    while (at < s.n) {
        size_t from = at;
        for (size_t next = at; next < s.n && next - from <= WORD_BYTES;) {
            utf8_next(s, &next);
            if (next - from <= WORD_BYTES)
                at = next;
        }
        buf_cstr(b, from == 0 ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        base64(c, b, str_sub(s, from, at));
        buf_cstr(b, "?=");
    }
}

static void date(struct buf *b, int64_t now_ms) {
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu",
                                       "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    int32_t day = (int32_t)(now_ms / DAY_MS);
    int s = (int)(now_ms % DAY_MS / 1000), y, m, d;
    day_split(day, &y, &m, &d);
    buf_fmt(b, "%s, %d %s %d %02d:%02d:%02d +0000", days[day_weekday(day)], d,
            months[m - 1], y, s / 3600, s / 60 % 60, s % 60);
}

static struct str domain_of(struct str address) {
    struct str rest = address, part = {0};
    while (str_cut(&rest, '@', &part))
        ;
    return part;
}

static void header(struct buf *b, const char *name, struct str value) {
    buf_cstr(b, name);
    buf_cstr(b, ": ");
    buf_str(b, value);
    buf_cstr(b, "\r\n");
}

struct str smtp_compose(struct ctx *c, const struct smtp_mail *m) {
    struct buf b;
    unsigned char id[16];
    c->random(id, sizeof id);
    buf_init(&b, c->arena, MAIL_MAX);
    header(&b, "From", m->from);
    header(&b, "To", m->to);
    buf_cstr(&b, "Subject: ");
    encoded_words(c, &b, m->subject);
    buf_cstr(&b, "\r\nDate: ");
    date(&b, c->now_ms);
    buf_cstr(&b, "\r\n");
    struct str local = hex_text(c->arena, (struct str){(char *)id, sizeof id});
    header(&b, "Message-ID",
           str_fmt(c->arena, "<" STR_FMT "@" STR_FMT ">", STR_ARG(local),
                   STR_ARG(domain_of(m->from))));
    buf_cstr(&b, "MIME-Version: 1.0\r\n"
                 "Auto-Submitted: auto-generated\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\n");
    for (size_t at = 0; at < m->text.n; at += LINE_BYTES) {
        base64(c, &b, str_sub(m->text, at, at + LINE_BYTES));
        buf_cstr(&b, "\r\n");
    }
    return buf_view(&b);
}

/* local@domain without anything that could end a line or an address. */
static bool is_address(struct str s) {
    size_t ats = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch <= ' ' || ch == 0x7f || ch == '<' || ch == '>' || ch == ',' ||
            ch == ';' || ch == '"' || ch == '(' || ch == ')')
            return false;
        ats += ch == '@';
    }
    return ats == 1 && s.n > 2 && s.n < 255 && s.p[0] != '@' &&
           s.p[s.n - 1] != '@';
}

/* --- sending ------------------------------------------------------------ */

struct upload {
    struct str rest;
    atomic_bool *stop;
};

static size_t on_read(char *p, size_t size, size_t n, void *arg) {
    struct upload *u = arg;
    size_t take = size * n < u->rest.n ? size * n : u->rest.n;
    if (take > 0)
        memcpy(p, u->rest.p, take);
    u->rest = str_sub(u->rest, take, u->rest.n);
    return take;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t d,
                       curl_off_t e) {
    struct upload *u = arg;
    return u->stop != NULL && atomic_load(u->stop);
}

static long tls_level(enum smtp_tls tls) {
    return tls == SMTP_TLS_ALWAYS       ? (long)CURLUSESSL_ALL
           : tls == SMTP_TLS_IF_OFFERED ? (long)CURLUSESSL_TRY
                                        : (long)CURLUSESSL_NONE;
}

static void set_server(struct ctx *c, struct curl_library *l, CURL *easy,
                       const struct smtp_server *s) {
    l->setopt(easy, CURLOPT_URL, str_cstr(c->arena, s->url));
    l->setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    l->setopt(easy, CURLOPT_USE_SSL, tls_level(s->tls));
    l->setopt(easy, CURLOPT_NOSIGNAL, 1L);
    l->setopt(easy, CURLOPT_TIMEOUT, TIMEOUT_S);
    if (s->user.n > 0) {
        l->setopt(easy, CURLOPT_USERNAME, str_cstr(c->arena, s->user));
        l->setopt(easy, CURLOPT_PASSWORD, str_cstr(c->arena, s->password));
    }
}

static enum err deliver(struct ctx *c, struct curl_library *l, CURL *easy,
                        const struct smtp_server *s, const struct smtp_mail *m,
                        struct upload *u) {
    const char *to = str_cstr(c->arena, m->to);
    struct curl_slist *rcpt = l->append(NULL, to);
    set_server(c, l, easy, s);
    l->setopt(easy, CURLOPT_MAIL_FROM, str_cstr(c->arena, m->from));
    l->setopt(easy, CURLOPT_MAIL_RCPT, rcpt);
    l->setopt(easy, CURLOPT_UPLOAD, 1L);
    l->setopt(easy, CURLOPT_READFUNCTION, on_read);
    l->setopt(easy, CURLOPT_READDATA, u);
    l->setopt(easy, CURLOPT_NOPROGRESS, 0L);
    l->setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    l->setopt(easy, CURLOPT_XFERINFODATA, u);
    CURLcode rc = l->perform(easy);
    l->free_all(rcpt);
    if (rc == CURLE_OK)
        return OK;
    long status = 0;
    l->getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return failv(c, ERR_UNAVAILABLE, S(""), "mail_failed",
                 ARGS(V(l->text(rc)), V((int64_t)status)));
}

enum err smtp_send(struct ctx *c, const struct smtp_server *server,
                   const struct smtp_mail *m, atomic_bool *stop) {
    struct curl_library lib = {0};
    if (!is_address(m->from) || !is_address(m->to))
        return fail(c, ERR_INVALID, "", "mail_address");
    struct upload u = {.rest = smtp_compose(c, m), .stop = stop};
    CURL *easy = curl_library_open(&lib) ? lib.init() : NULL;
    enum err e = easy == NULL ? fail(c, ERR_UNAVAILABLE, "", "client_library")
                              : deliver(c, &lib, easy, server, m, &u);
    if (easy != NULL)
        lib.cleanup(easy);
    return e;
}
