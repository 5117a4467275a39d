/* assetgen: a folder of web files → one C table and one block of bytes.
 *
 *     assetgen DIST OUT.c OUT.bin DEPFILE
 *     assetgen --none OUT.c OUT.bin DEPFILE     one page saying it is not built
 *
 * What compresses is stored compressed only (gzip, and br when that is
 * smaller); source maps are left out. The block enters the object by .incbin,
 * so that no compiler ever parses it. The same input gives the same output.
 * One-shot build tool: memory is never given back. */
#include "base/buf.h"
#include "base/die.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_BROTLI
#include <brotli/encode.h>
#endif

#define MAX_TOTAL ((size_t)256 * 1024 * 1024)

struct file {
    struct str path;   /* "/assets/a.js" */
    const char *where; /* on disk; NULL for the built-in page */
    struct str bytes;
};

struct gen {
    struct arena *a;
    VEC(struct file) files;
    struct buf table, block;
};

static const char not_built[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<title>Guanxi</title>\n"
    "<p>This server was built without the web interface. "
    "The interface for programs is at <code>/api/v1</code>.</p>\n"
    "<p lang=\"zh\">此服务器编译时未包含网页界面。程序接口位于 "
    "<code>/api/v1</code>。</p>\n</html>\n";

/* --- reading ------------------------------------------------------------ */

static struct str read_file(struct arena *a, const char *name) {
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || (size_t)st.st_size > MAX_TOTAL)
        die("assetgen: %s: %s", name, strerror(errno));
    char *p = arena_alloc(a, (size_t)st.st_size);
    size_t n = 0;
    while (n < (size_t)st.st_size) {
        ssize_t got = read(fd, p + n, (size_t)st.st_size - n);
        if (got <= 0)
            die("assetgen: %s: %s", name, strerror(errno));
        n += (size_t)got;
    }
    close(fd);
    return (struct str){p, n};
}

static void collect(struct gen *g, struct str dir, struct str path) {
    DIR *d = opendir(str_cstr(g->a, dir));
    if (d == NULL)
        die("assetgen: %s: %s (build the web interface first, or configure "
            "with -Dweb=false)",
            str_cstr(g->a, dir), strerror(errno));
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        struct str name = str_of(e->d_name);
        struct str full =
            str_fmt(g->a, "%s/%s", str_cstr(g->a, dir), e->d_name);
        struct str url =
            str_fmt(g->a, "%s/%s", str_cstr(g->a, path), e->d_name);
        struct stat st;
        if (str_starts(name, S(".")) || str_ends(name, S(".map")) ||
            stat(str_cstr(g->a, full), &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            collect(g, full, url);
        } else if (S_ISREG(st.st_mode)) {
            const char *where = str_cstr(g->a, full);
            *VEC_PUSH(g->a, &g->files) =
                (struct file){url, where, read_file(g->a, where)};
        }
    }
    closedir(d);
}

static int by_path(const void *x, const void *y) {
    return str_cmp(((const struct file *)x)->path,
                   ((const struct file *)y)->path);
}

/* --- compressing -------------------------------------------------------- */

static struct str gzip(struct arena *a, struct str s) {
    z_stream z = {0};
    if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        die("assetgen: zlib");
    size_t cap = deflateBound(&z, s.n);
    char *p = arena_alloc(a, cap);
    z.next_in = (unsigned char *)(uintptr_t)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (unsigned char *)p;
    z.avail_out = (uInt)cap;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        die("assetgen: zlib");
    deflateEnd(&z);
    return (struct str){p, z.total_out};
}

static struct str brotli(struct arena *a, struct str s) {
#ifdef HAVE_BROTLI
    size_t n = BrotliEncoderMaxCompressedSize(s.n);
    uint8_t *p = arena_alloc(a, n);
    if (!BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_DEFAULT_WINDOW,
                               BROTLI_MODE_GENERIC, s.n, (const uint8_t *)s.p,
                               &n, p))
        die("assetgen: brotli");
    return (struct str){(char *)p, n};
#else
    return S("");
#endif
}

/* --- writing ------------------------------------------------------------ */

static const char *type_of(struct str path) {
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
        {".wasm", "application/wasm"},
    };
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_ends(path, str_of(types[i][0])))
            return types[i][1];
    return "application/octet-stream";
}

/* "/assets/index-4f2a91bc.js", as the bundler names what it may cache. */
static bool is_hashed(struct str path) {
    size_t dot = path.n;
    while (dot > 0 && path.p[dot - 1] != '.')
        dot--;
    return str_starts(path, S("/assets/")) && dot > 10 &&
           path.p[dot - 10] == '-';
}

static void c_string(struct buf *b, struct str s) {
    buf_cstr(b, "S_INIT(\"");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch < ' ' || ch == '"' || ch == '\\' || ch > '~' || ch == '?')
            buf_fmt(b, "\\%03o", ch);
        else
            buf_byte(b, (char)ch);
    }
    buf_cstr(b, "\")");
}

/* Appends bytes to the block and their place to the table. */
static void stored(struct gen *g, const char *member, struct str s) {
    if (s.n == 0)
        return;
    buf_fmt(&g->table, "     .%s = {web_asset_bytes + %zu, %zu},\n", member,
            g->block.n, s.n);
    buf_str(&g->block, s);
}

static void emit_file(struct gen *g, const struct file *f) {
    struct str gz = gzip(g->a, f->bytes);
    bool packs = gz.n < f->bytes.n - f->bytes.n / 10;
    struct str br = packs ? brotli(g->a, f->bytes) : S("");
    buf_cstr(&g->table, "    {.path = ");
    c_string(&g->table, f->path);
    buf_cstr(&g->table, ",\n     .type = ");
    c_string(&g->table, str_of(type_of(f->path)));
    buf_cstr(&g->table, ",\n     .etag = ");
    c_string(&g->table,
             str_fmt(g->a, "%016llx", (unsigned long long)str_hash(f->bytes)));
    buf_fmt(&g->table, ",\n     .size = %zu,\n     .hashed = %s,\n", f->bytes.n,
            is_hashed(f->path) ? "true" : "false");
    stored(g, "plain", packs ? S("") : f->bytes);
    stored(g, "gzip", packs ? gz : S(""));
    stored(g, "br", br.n < gz.n ? br : S(""));
    buf_cstr(&g->table, "    },\n");
}

static void write_file(const char *name, struct str s) {
    FILE *f = fopen(name, "wb");
    if (f == NULL || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0)
        die("assetgen: %s: %s", name, strerror(errno));
}

static void emit(struct gen *g, const char *bin) {
    struct buf *b = &g->table;
    buf_cstr(b, "/* Written by assetgen. */\n#include \"http/asset.h\"\n\n"
                "__asm__(\".section .rodata,\\\"a\\\"\\n.balign 16\\n\"\n"
                "        \".globl web_asset_bytes\\nweb_asset_bytes:\\n\"\n");
    buf_fmt(b, "        \".incbin \\\"%s\\\"\\n.byte 0\\n.text\\n\");\n", bin);
    buf_cstr(b, "extern const char web_asset_bytes[]\n"
                "    __attribute__((visibility(\"hidden\")));\n\n"
                "static const struct asset files[] = {\n");
    for (size_t i = 0; i < g->files.n; i++)
        emit_file(g, &g->files.p[i]);
    buf_fmt(b, "};\n\nconst struct asset_table web_assets = {files, %zu};\n",
            g->files.n);
}

static struct str depfile(struct gen *g, const char *out) {
    struct buf b;
    buf_init(&b, g->a, MAX_TOTAL);
    buf_fmt(&b, "%s:", out);
    for (size_t i = 0; i < g->files.n; i++)
        if (g->files.p[i].where != NULL)
            buf_fmt(&b, " \\\n %s", g->files.p[i].where);
    buf_byte(&b, '\n');
    return buf_view(&b);
}

int main(int argc, char **argv) {
    struct gen g = {.a = arena_new()};
    if (argc != 5) {
        fputs("usage: assetgen DIST|--none OUT.c OUT.bin DEPFILE\n", stderr);
        return 2;
    }
    buf_init(&g.table, g.a, MAX_TOTAL);
    buf_init(&g.block, g.a, MAX_TOTAL);
    if (strcmp(argv[1], "--none") == 0)
        *VEC_PUSH(g.a, &g.files) =
            (struct file){S("/index.html"), NULL, str_of(not_built)};
    else
        collect(&g, str_of(argv[1]), S(""));
    qsort(g.files.p, g.files.n, sizeof g.files.p[0], by_path);
    write_file(argv[3], S("")); /* so that its whole name can be found */
    char bin[PATH_MAX];
    if (realpath(argv[3], bin) == NULL)
        die("assetgen: %s: %s", argv[3], strerror(errno));
    emit(&g, bin);
    if (!buf_ok(&g.table) || !buf_ok(&g.block))
        die("assetgen: more than %zu bytes", MAX_TOTAL);
    write_file(argv[3], buf_view(&g.block));
    write_file(argv[2], buf_view(&g.table));
    write_file(argv[4], depfile(&g, argv[2]));
    arena_free(g.a);
    return 0;
}
