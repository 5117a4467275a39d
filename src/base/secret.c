/* Files of secrets: found by environment, looked at before they are believed.
 * Owns nothing. Any thread. Invariant: no message holds more than a path. */
#include "base/secret.h"

#include "base/hash.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 4096
#define KEY_BYTES 32
#define NAME_BYTES 64

static enum err refuse(struct ctx *c, enum err e, const char *code,
                       struct str path) {
    return failv(c, e, S(""), code, ARGS(V(path)));
}

/* Group and others have no business with a plain file; systemd may give a
 * credential to the group of its service. */
static enum err check_mode(struct ctx *c, int fd, struct str path,
                           mode_t forbidden) {
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return refuse(c, ERR_IO, "secret_read", path);
    if ((st.st_mode & forbidden) != 0)
        return refuse(c, ERR_FORBIDDEN, "secret_open", path);
    return OK;
}

static enum err read_all(struct ctx *c, int fd, struct str path,
                         struct str *out) {
    char *p = arena_alloc(c->arena, SECRET_MAX + 1);
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, p + n, SECRET_MAX + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(c, ERR_IO, "secret_read", path);
        n += (size_t)got;
        if (got == 0 || n > SECRET_MAX)
            break;
    }
    size_t end = n;
    while (end > 0 && (p[end - 1] == '\n' || p[end - 1] == '\r'))
        end--;
    if (end == 0 || n > SECRET_MAX)
        return refuse(c, ERR_INVALID, "secret_size", path);
    *out = (struct str){p, end};
    return OK;
}

static enum err read_file(struct ctx *c, struct str path, mode_t forbidden,
                          struct str *out, bool *found) {
    int fd = open(str_cstr(c->arena, path), O_RDONLY | O_CLOEXEC);
    *found = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? OK : refuse(c, ERR_IO, "secret_read", path);
    enum err e = check_mode(c, fd, path, forbidden);
    if (e == OK)
        e = read_all(c, fd, path, out);
    close(fd);
    return e;
}

/* "smtp_password" → the value of GUANXI_SMTP_PASSWORD_FILE. */
static const char *named_file(const char *name) {
    char variable[NAME_BYTES];
    int n = snprintf(variable, sizeof variable, "GUANXI_%s_FILE", name);
    if (n < 0 || (size_t)n >= sizeof variable)
        return NULL;
    for (int i = 0; i < n; i++)
        variable[i] = (char)toupper((unsigned char)variable[i]);
    return getenv(variable);
}

enum err secret_read(struct ctx *c, const char *name, struct str *out,
                     bool *found) {
    struct str path = str_of(named_file(name));
    struct str folder = str_of(getenv("CREDENTIALS_DIRECTORY"));
    *found = false;
    if (path.n > 0) {
        TRY(read_file(c, path, 077, out, found));
        return *found ? OK : refuse(c, ERR_IO, "secret_read", path);
    }
    if (folder.n == 0)
        return OK;
    path = str_fmt(c->arena, STR_FMT "/%s", STR_ARG(folder), name);
    return read_file(c, path, 007, out, found);
}

enum err secret_key(struct ctx *c, struct str text,
                    unsigned char out[KEY_BYTES]) {
    size_t n = 0;
    if (text.n == (size_t)2 * KEY_BYTES &&
        sodium_hex2bin(out, KEY_BYTES, text.p, text.n, NULL, &n, NULL) == 0 &&
        n == KEY_BYTES)
        return OK;
    if (text.n < KEY_BYTES)
        return fail(c, ERR_INVALID, "", "secret_key");
    hash_sha256(text, out);
    return OK;
}

/* Written under another name first: a key is whole or absent. */
static enum err make_key(struct ctx *c, struct str path,
                         unsigned char out[KEY_BYTES]) {
    char hex[2 * KEY_BYTES + 1];
    const char *to = str_cstr(c->arena, path);
    const char *draft =
        str_cstr(c->arena, str_fmt(c->arena, STR_FMT ".%d", STR_ARG(path),
                                   (int)getpid()));
    c->random(out, KEY_BYTES);
    sodium_bin2hex(hex, sizeof hex, out, KEY_BYTES);
    hex[sizeof hex - 1] = '\n';
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, hex, sizeof hex) == (ssize_t)sizeof hex &&
                fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    /* link, not rename: a key that somebody else made first is kept */
    good = good && link(draft, to) == 0;
    int why = errno;
    unlink(draft);
    sodium_memzero(hex, sizeof hex);
    return good || why == EEXIST ? OK : refuse(c, ERR_IO, "secret_read", path);
}

enum err secret_key_file(struct ctx *c, struct str path, bool make,
                         unsigned char out[KEY_BYTES], bool *found) {
    struct str text;
    TRY(read_file(c, path, 077, &text, found));
    if (!*found && make) {
        TRY(make_key(c, path, out));
        TRY(read_file(c, path, 077, &text, found));
    }
    return *found ? secret_key(c, text, out) : OK;
}
