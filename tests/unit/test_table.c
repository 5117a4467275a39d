/* The readers of tabular files and the CSV writer. */
#include "base/csv_write.h"
#include "base/table.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>
#include <zip.h>
#include <zlib.h>

static struct ctx c;

/* A file in memory holding s. */
static int file_of(struct str s) {
    int fd = memfd_create("table", 0);
    CHECK(write(fd, s.p, s.n) == (ssize_t)s.n);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* All rows as text: cells joined with |, rows with \n, "!problem" behind; an
 * error is printed as <code>. */
static struct str read_all(int fd, const struct table_opts *opts) {
    struct table *t;
    struct table_row row;
    struct buf b;
    bool more = true;
    buf_init(&b, c.arena, 64u << 20);
    fail_clear(&c);
    enum err e = table_open(&c, fd, opts, &t);
    while (e == OK && (e = table_next(&c, t, &row, &more)) == OK && more) {
        for (size_t i = 0; i < row.n; i++) {
            if (i > 0)
                buf_byte(&b, '|');
            buf_str(&b, row.cells[i]);
        }
        if (row.problem != NULL)
            buf_fmt(&b, "!%s@%lld", row.problem, (long long)row.line);
        buf_byte(&b, '\n');
    }
    if (e != OK) {
        const struct problem *p = &c.problems.p[0];
        buf_fmt(&b, "<" STR_FMT, STR_ARG(p->code));
        if (p->args[0].type == VAL_I64)
            buf_fmt(&b, " %lld", (long long)p->args[0].i);
        buf_byte(&b, '>');
    }
    close(fd);
    return buf_view(&b);
}

static struct str text_of(struct str s) {
    return read_all(file_of(s), NULL);
}

static struct str gzip_of(struct str s) {
    size_t cap = s.n + 1000;
    unsigned char *out = arena_alloc(c.arena, cap);
    z_stream z = {0};
    CHECK(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0) == Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)s.p;
    z.avail_in = (unsigned)s.n;
    z.next_out = out;
    z.avail_out = (unsigned)cap;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t n = cap - z.avail_out;
    deflateEnd(&z);
    return (struct str){(char *)out, n};
}

static void splits_csv(void) {
    CHECK_STR(text_of(S("a,b\n1,2\n")), "a|b\n1|2\n");
    CHECK_STR(text_of(S("a,b\r\n1,2\r\n\r\n\n3,4")), "a|b\n1|2\n3|4\n");
    CHECK_STR(text_of(S("a,b\r1,2\r")), "a|b\n1|2\n");
    CHECK_STR(text_of(S("a;b\n1,5;2\n")), "a|b\n1,5|2\n");
    CHECK_STR(text_of(S("a\tb\n1\t2\n")), "a|b\n1|2\n");
    CHECK_STR(text_of(S("a|b\n1|\n")), "a|b\n1|\n");
    CHECK_STR(text_of(S("sep=;\r\na,b;c\n1,2;3\n")), "a,b|c\n1,2|3\n");
    CHECK_STR(text_of(S("a,b\n\"x,\"\"y\"\"\",\"two\nlines\"\n,\n")),
              "a|b\nx,\"y\"|two\nlines\n|\n");
    CHECK_STR(text_of(S("a,b\n1 \"2\",3\n")), "a|b\n1 \"2\"|3\n");
    CHECK_STR(text_of(S("\xEF\xBB\xBFid\n\xC3\xA9\n")), "id\n\xC3\xA9\n");
    CHECK_STR(text_of(S("")), "");
    CHECK_STR(text_of(S("\n\n")), "");
    struct table_opts semicolon = {.delimiter = ';'};
    CHECK_STR(read_all(file_of(S("a,b;c\n")), &semicolon), "a,b|c\n");
}

static void reports_rows_that_are_wrong(void) {
    CHECK_STR(text_of(S("a,b\n1\n2,3\n4,5,6\n7,8,,\n")),
              "a|b\n1!row_ragged@2\n2|3\n4|5|6!row_ragged@4\n7|8\n");
    CHECK_STR(text_of(S("a,b\n\"x\ny\",2\n\"1\"2,3\n4,5\n")),
              "a|b\nx\ny|2\n1|3!row_quotes@4\n4|5\n");
    CHECK_STR(text_of(S("a,b\n1,2\n3,\"4\n5,6\n")),
              "a|b\n1|2\n3|4\n5,6\n!row_quotes@3\n");
    struct buf b;
    buf_init(&b, c.arena, 1u << 20);
    buf_cstr(&b, "a,b\n");
    for (int i = 0; i < 10000; i++)
        buf_cstr(&b, "1,2\n");
    buf_str(&b, S("3,\0004\n"));
    struct str s = text_of(buf_view(&b));
    CHECK(str_ends(s, S("!row_nul@10002\n")));
}

static void bounds_rows(void) {
    struct table_opts o = {.max_cell = 10, .max_row = 1000, .max_cells = 4};
    CHECK_STR(read_all(file_of(S("a,b\n1,2\n12345678901,2\n")), &o),
              "a|b\n1|2\n<cell_too_long 3>");
    CHECK_STR(read_all(file_of(S("a,b,c,d,e\n")), &o), "<row_too_wide 1>");
    char *big = arena_alloc(c.arena, 500000);
    memset(big, 'x', 500000);
    memcpy(big, "a,b\n\"", 5);
    CHECK_STR(read_all(file_of((struct str){big, 500000}), &o),
              "a|b\n<row_too_long 2>");
    o = (struct table_opts){.max_bytes = 400000};
    struct str packed = gzip_of((struct str){big, 500000});
    CHECK(
        str_ends(read_all(file_of(packed), &o), S("<file_too_large 400000>")));
}

static void refuses_other_files(void) {
    CHECK_STR(text_of(S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 xls")),
              "<file_old_excel>");
    CHECK_STR(text_of(S("\x7f"
                        "ELF\0\0\0\1")),
              "<file_not_table>");
    CHECK_STR(text_of(S("PK\x03\x04 and no more")), "<xlsx_broken>");
    struct table *t;
    fail_clear(&c);
    CHECK_I64(table_open_path(&c, S("/no/such/file"), NULL, &t), ERR_NOT_FOUND);
    fail_clear(&c);
    CHECK_I64(table_open_path(&c, S("/tmp"), NULL, &t), ERR_INVALID);
}

static void unpacks_gzip(void) {
    struct str one = gzip_of(S("a,b\n1,2\n")), two = gzip_of(S("3,4\n"));
    CHECK_STR(text_of(one), "a|b\n1|2\n");
    CHECK_STR(text_of(str_cat(c.arena, one, two)), "a|b\n1|2\n3|4\n");
    CHECK_STR(text_of(str_cat(c.arena, one, S("\0\0\0"))), "a|b\n1|2\n");
    CHECK_STR(text_of(str_cat(c.arena, one, S("xyz"))), "<gzip_broken>");
    CHECK_STR(text_of(str_sub(one, 0, one.n - 5)), "<gzip_truncated>");
    CHECK_STR(text_of(S("\x1f\x8b\x08\x00garbage-garbage")), "<gzip_broken>");
    for (size_t n = 2; n < one.n; n++) { /* every cut, and a flipped byte */
        CHECK(str_has_byte(text_of(str_sub(one, 0, n)), '<'));
        char *copy = arena_alloc(c.arena, one.n);
        memcpy(copy, one.p, one.n);
        copy[n] = (char)(copy[n] ^ 0x55);
        (void)text_of((struct str){copy, one.n});
    }
}

static struct str encoding_of(struct str s, const char *want_text) {
    struct table *t;
    struct table_row row;
    bool more = true;
    int fd = file_of(s);
    CHECK_STR(text_of(s), want_text);
    fail_clear(&c);
    CHECK_OK(table_open(&c, fd, NULL, &t));
    while (table_next(&c, t, &row, &more) == OK && more)
        ;
    struct str name = table_info(t).encoding;
    close(fd);
    return name;
}

static void detects_encodings(void) {
    const char *want = "客户,x\n张伟,1\n", *rows = "客户|x\n张伟|1\n";
    CHECK_STR(encoding_of(str_of(want), rows), "utf-8");
    CHECK_STR(encoding_of(S("\xBF\xCD\xBB\xA7,x\n\xD5\xC5\xCE\xB0,1\n"), rows),
              "gb18030");
    CHECK_STR(encoding_of(S("\xFF\xFE"
                            "a\0,\0b\0\n\0\x20\x5F,\0\x31\0\n\0"),
                          "a|b\n张|1\n"),
              "utf-16le");
    CHECK_STR(encoding_of(S("\xFE\xFF\0a\0,\0b\0\n\x5F\x20\0,\0\x31\0\n"),
                          "a|b\n张|1\n"),
              "utf-16be");
    CHECK_STR(encoding_of(S("a,b\n1,2\n"), "a|b\n1|2\n"), "utf-8");
    /* four-byte GB18030 */
    CHECK_STR(encoding_of(S("a\n\x81\x30\x81\x30\n"), "a\n\xC2\x80\n"),
              "gb18030");
}

/* The same text at every offset against the reader's buffers. */
static void decides_at_any_offset(void) {
    for (size_t pad = 65530; pad < 65545; pad++) {
        struct arena *a = arena_new();
        char *p = arena_alloc(a, pad + 100);
        memset(p, 'x', pad);
        p[0] = 'h';
        p[1] = '\n';
        memcpy(p + pad, "\xD5\xC5\xCE\xB0\n", 5);
        CHECK(str_ends(text_of((struct str){p, pad + 5}), S("x张伟\n")));
        memcpy(p + pad, "张伟\n", 7);
        CHECK(str_ends(text_of((struct str){p, pad + 7}), S("x张伟\n")));
        arena_free(a);
    }
}

static void refuses_wrong_bytes(void) {
    struct str good = S("name\n客户客户客户客户客户客户\n");
    CHECK_STR(text_of(str_cat(c.arena, good,
                              S("a\xFF"
                                "b\n"))),
              "name\n客户客户客户客户客户客户\n<encoding_invalid 3>");
    CHECK(str_ends(text_of(str_cat(c.arena, good, S("\xE5\xAE"))),
                   S("<encoding_invalid 3>")));
    CHECK(str_ends(text_of(S("name\n\xFF\xFF\xFF\n")),
                   S("<encoding_invalid 2>")));
    CHECK(str_ends(text_of(S("\xEF\xBB\xBFname\n\xC0\x80\n")),
                   S("<encoding_invalid 2>")));
    CHECK(str_ends(text_of(S("\xFF\xFE"
                             "a\0\0\xD8")),
                   S("<encoding_invalid 1>")));
    struct table_opts o = {.encoding = S("klingon")};
    CHECK_STR(read_all(file_of(S("a\n")), &o), "<encoding_unknown>");
    o.encoding = S("windows-1252");
    CHECK_STR(read_all(file_of(S("caf\xE9\n")), &o), "café\n");
}

/* Random tables, written by our writer, read back by our reader. */
static void writer_and_reader_agree(void) {
    static const char *const bits[] = {"a",  "\"", ",", "\n", "\r\n", " ",
                                       "张", ";",  "1", "é",  "",     "|"};
    uint64_t x = 88172645463325252u;
    for (int round = 0; round < 300; round++) {
        struct buf csv, want;
        struct csv_writer w;
        buf_init(&csv, c.arena, 1u << 20);
        buf_init(&want, c.arena, 1u << 20);
        csv_init(&w, &csv);
        for (int row = 0; row < 20; row++) {
            for (int col = 0; col < 3; col++) {
                struct buf cell;
                buf_init(&cell, c.arena, 1000);
                buf_cstr(&cell, row == 0 ? "h" : col == 0 ? "x" : "");
                for (int i = 0; i < 4; i++) {
                    x ^= x << 13;
                    x ^= x >> 7;
                    x ^= x << 17;
                    if (row > 0)
                        buf_cstr(&cell, bits[x % COUNT_OF(bits)]);
                }
                csv_cell_raw(&w, buf_view(&cell));
                if (col > 0)
                    buf_byte(&want, '|');
                buf_str(&want, buf_view(&cell));
            }
            csv_row_end(&w);
            buf_byte(&want, '\n');
        }
        CHECK(str_eq(text_of(buf_view(&csv)), buf_view(&want)));
    }
}

static void neutralises_formulas(void) {
    static const char *const bad[] = {
        "=1+1",     "+1+1",       "-1+1",
        "@SUM(A1)", "\t=1",       "\r=1",
        "\n=1",     "  =1",       "＝1",
        "＋1+1",    "－A1",       "＠x",
        "　=1",     "\xC2\xA0=1", "-",
        "=",        "\x01=1",     "\xE2\x80\x8B=1",
        "\tx",      "-5\t",       "\xEF\xBB\xBF@x",
    };
    static const char *const good[] = {
        "",      "x=1",  "-5",    "+5", "-0.5",
        "1,234", " -5 ", "a@b.c", "王", "+8613800138000",
        "'=1",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(csv_is_formula(str_of(bad[i])));
    for (size_t i = 0; i < COUNT_OF(good); i++)
        CHECK(!csv_is_formula(str_of(good[i])));
    struct buf b;
    struct csv_writer w;
    buf_init(&b, c.arena, 1000);
    csv_init(&w, &b);
    csv_cell(&w, S("=1,2"));
    csv_cell(&w, S("-7"));
    csv_cell(&w, S("a \"b\""));
    csv_cell_raw(&w, S("-x"));
    csv_row_end(&w);
    CHECK_STR(buf_view(&b), "\"'=1,2\",-7,\"a \"\"b\"\"\",-x\r\n");
}

static int temp_file(char *path) {
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    return fd;
}

static void reads_xlsx(void) {
    char path[] = "/tmp/guanxi-table-XXXXXX";
    close(temp_file(path));
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "订单");
    lxw_format *date = workbook_add_format(book);
    lxw_format *own = workbook_add_format(book);
    format_set_num_format_index(date, 14);
    format_set_num_format(own, "yyyy\"年\"m\"月\"d\"日\" hh:mm");
    worksheet_write_string(sheet, 0, 0, "客户", NULL);
    worksheet_write_string(sheet, 0, 1, "date", NULL);
    worksheet_write_string(sheet, 0, 2, "price", NULL);
    worksheet_write_string(sheet, 0, 3, "flag", NULL);
    worksheet_write_string(sheet, 1, 0, "张伟 & <b>", NULL);
    worksheet_write_number(sheet, 1, 1, 46102, date); /* 2026-03-21 */
    worksheet_write_number(sheet, 1, 2, 2.55, NULL);
    worksheet_write_boolean(sheet, 1, 3, 1, NULL);
    worksheet_write_number(sheet, 3, 1, 46102.354166666664, own);
    worksheet_write_number(sheet, 3, 2, 1234567890123.0, NULL);
    worksheet_write_formula_num(sheet, 4, 2, "=0.1+0.2", NULL, 0.1 + 0.2);
    worksheet_write_number(sheet, 5, 2, 1e-7, NULL);
    worksheet_write_number(sheet, 5, 1, 60, date);
    worksheet_write_number(sheet, 6, 2, -1.5, NULL);
    worksheet_write_number(sheet, 6, 1, 0.5, own);
    worksheet_write_string(sheet, 7, 4, "too far", NULL);
    workbook_close(book);
    int fd = open(path, 0);
    unlink(path);
    CHECK_STR(read_all(fd, NULL), "客户|date|price|flag\n"
                                  "张伟 & <b>|2026-03-21|2.55|TRUE\n"
                                  "|2026-03-21 08:30:00|1234567890123|\n"
                                  "||0.3|\n"
                                  "|1900-02-29|0.0000001|\n"
                                  "|12:00:00|-1.5|\n"
                                  "||||too far!row_ragged@8\n");
}

/* An archive with a workbook and the given sheet; extra may replace parts. */
static int xlsx_of(struct str sheet, const char *extra, struct str text) {
    char path[] = "/tmp/guanxi-table-XXXXXX";
    close(temp_file(path));
    int e;
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &e);
    static const char book[] =
        "<x:workbook xmlns:x='m' xmlns:r='r'><x:sheets><x:sheet name='S' "
        "sheetId='1' r:id='rId1'/></x:sheets></x:workbook>";
    zip_file_add(z, "xl/workbook.xml",
                 zip_source_buffer(z, book, sizeof book - 1, 0), 0);
    zip_file_add(z, "xl/worksheets/sheet1.xml",
                 zip_source_buffer(z, sheet.p, sheet.n, 0), 0);
    if (extra != NULL)
        zip_file_add(z, extra, zip_source_buffer(z, text.p, text.n, 0),
                     ZIP_FL_OVERWRITE);
    CHECK(zip_close(z) == 0);
    int fd = open(path, 0);
    unlink(path);
    return fd;
}

static struct str sheet_text(const char *rows) {
    struct str s = str_fmt(
        c.arena, "<worksheet><sheetData>%s</sheetData></worksheet>", rows);
    return read_all(xlsx_of(s, NULL, S("")), NULL);
}

static void reads_odd_xlsx(void) {
    CHECK_STR(sheet_text("<row><c t='inlineStr'><is><t>a</t><rPh><t>zz</t>"
                         "</rPh><r><t>b</t></r></is></c><c><v>1</v></c></row>"
                         "<row r='9'><c r='B9'><v>2E3</v></c></row>"),
              "ab|1\n|2000\n");
    CHECK_STR(sheet_text("<row><c t='s'><v>7</v></c><c><v>1</v></c></row>"),
              "|1\n");
    CHECK_STR(sheet_text("<v>x</v><row><c/></row><v>y</v><row><v>z</v>"
                         "<c><v>1</v></c></row>"),
              "1\n");
    CHECK_STR(sheet_text(""), "");
    CHECK_STR(sheet_text("<row><c r='XFD1'><v>1</v></c></row>"),
              "<row_too_wide 1>");
    CHECK_STR(sheet_text("<row><c r='ZZZZZZ1'><v>1</v></c></row>"),
              "<row_too_wide 1>");
    CHECK_STR(sheet_text("<row><c><v>1</v></row>"), "<xlsx_broken>");
    struct str shared = S("<sst><si><t>one</t></si><si><r><t>t</t></r><r><t>wo"
                          "</t></r></si></sst>");
    CHECK_STR(read_all(xlsx_of(S("<worksheet><sheetData><row><c t='s'><v>1</v>"
                                 "</c><c t='s'><v>0</v></c></row></sheetData>"
                                 "</worksheet>"),
                               "xl/sharedStrings.xml", shared),
                       NULL),
              "two|one\n");
}

static void refuses_hostile_xlsx(void) {
    struct str rows = S("<worksheet><sheetData/></worksheet>");
    struct str dtd = S("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
                       "<worksheet><row><c><v>&x;</v></c></row></worksheet>");
    CHECK_STR(read_all(xlsx_of(dtd, NULL, S("")), NULL), "<xlsx_doctype>");
    CHECK_STR(read_all(xlsx_of(rows, "xl/sharedStrings.xml", dtd), NULL),
              "<xlsx_doctype>");
    /* 100 MB of spaces pack to 100 KB */
    size_t n = 100u << 20;
    char *spaces = arena_alloc(c.arena, n);
    memset(spaces, ' ', n);
    CHECK_STR(read_all(xlsx_of((struct str){spaces, n}, NULL, S("")), NULL),
              "<xlsx_bomb>");
    n = 20u << 20; /* one tag that never ends */
    spaces[0] = '<';
    spaces[1] = 'a';
    CHECK_STR(read_all(xlsx_of((struct str){spaces, n}, NULL, S("")), NULL),
              "<xlsx_broken>");
    struct table_opts small = {.max_shared = 20};
    CHECK_STR(read_all(xlsx_of(rows, "xl/sharedStrings.xml",
                               S("<sst><si><t>0123456789</t></si></sst>")),
                       &small),
              "<xlsx_strings 20>");
    struct buf b; /* one address, a million times */
    buf_init(&b, c.arena, 64u << 20);
    buf_cstr(&b, "<worksheet><row>");
    for (int i = 0; i < 200000; i++)
        buf_fmt(&b, "<c r='A1'><v>%d</v></c>", i);
    buf_cstr(&b, "</row></worksheet>");
    CHECK_STR(read_all(xlsx_of(buf_view(&b), NULL, S("")), NULL),
              "<row_too_wide 1>");
    CHECK_STR(read_all(xlsx_of(rows, "xl/workbook.xml", S("<a></b>")), NULL),
              "<xlsx_broken>");
}

/* More parts than any workbook has, and an end that claims more than follow. */
static void refuses_many_entries(void) {
    char path[] = "/tmp/guanxi-table-XXXXXX";
    close(temp_file(path));
    int e;
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &e);
    for (int i = 0; i < 10001; i++) {
        char name[32];
        snprintf(name, sizeof name, "part%d", i);
        CHECK(zip_file_add(z, name, zip_source_buffer(z, "", 0, 0), 0) >= 0);
    }
    CHECK(zip_close(z) == 0);
    int fd = open(path, 0);
    unlink(path);
    CHECK_STR(read_all(fd, NULL), "<xlsx_bomb>");
    struct buf b; /* 64 bits wide: a billion entries */
    buf_init(&b, c.arena, 4096);
    buf_str(&b, S("PK\3\4"));
    size_t at = b.n;
    buf_str(&b, S("PK\6\6"));
    for (int i = 0; i < 28; i++)
        buf_byte(&b, '\0');
    buf_str(&b, (struct str){"\0\xCA\x9A\x3B\0\0\0\0", 8});
    for (int i = 0; i < 16; i++)
        buf_byte(&b, '\0');
    buf_str(&b, (struct str){"PK\6\7\0\0\0\0", 8});
    buf_byte(&b, (char)at);
    for (int i = 0; i < 11; i++)
        buf_byte(&b, '\0');
    buf_str(&b, (struct str){"PK\5\6\0\0\0\0\xff\xff\xff\xff", 12});
    for (int i = 0; i < 10; i++)
        buf_byte(&b, '\0');
    CHECK_STR(text_of(buf_view(&b)), "<xlsx_bomb>");
}

/* Rows by the hundred thousand, with TORTURE=1 a million: the memory of the
 * reader does not follow their number. */
static void streams_xlsx(void) {
    bool torture = getenv("TORTURE") != NULL;
    lxw_row_t n = torture ? 1000000 : 200000;
    char path[] = "/tmp/guanxi-table-XXXXXX", text[32];
    close(temp_file(path));
    lxw_workbook_options o = {.constant_memory = LXW_TRUE};
    lxw_workbook *book = workbook_new_opt(path, &o);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "S");
    for (lxw_row_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "客户%u", (unsigned)i);
        worksheet_write_string(sheet, i, 0, text, NULL);
        worksheet_write_number(sheet, i, 1, (double)i, NULL);
        worksheet_write_string(sheet, i, 2, "13800000000", NULL);
    }
    workbook_close(book);
    int fd = open(path, 0);
    unlink(path);
    struct table *t;
    struct table_row row;
    bool more = true;
    lxw_row_t seen = 0;
    size_t before = arena_used(c.arena), most = 0;
    struct arena *outer = c.arena, *batch = arena_new();
    CHECK(table_open(&c, fd, NULL, &t) == OK);
    for (c.arena = batch; more; arena_reset(batch)) {
        CHECK(table_next(&c, t, &row, &more) == OK);
        seen += more;
        CHECK(!more || row.n == 3);
        most = arena_used(batch) > most ? arena_used(batch) : most;
    }
    c.arena = outer;
    arena_free(batch);
    close(fd);
    CHECK(seen == n);
    CHECK(most < 1024 * 1024);
    CHECK(arena_used(c.arena) - before < 4 * 1024 * 1024);
}

/* Every cut of a small workbook, and a changed byte at every place. */
static void survives_damaged_xlsx(void) {
    int fd = xlsx_of(S("<worksheet><row><c><v>1</v></c></row></worksheet>"),
                     NULL, S(""));
    char data[4096];
    ssize_t n = read(fd, data, sizeof data);
    close(fd);
    CHECK(n > 100 && n < (ssize_t)sizeof data);
    for (ssize_t i = 4; i < n; i++) {
        struct str s = text_of((struct str){data, (size_t)i});
        CHECK(str_has_byte(s, '<'));
        data[i] = (char)(data[i] ^ 0x21);
        (void)text_of((struct str){data, (size_t)n});
        data[i] = (char)(data[i] ^ 0x21);
    }
    CHECK_STR(text_of((struct str){data, (size_t)n}), "1\n");
}

static void tells_progress(void) {
    struct table *t;
    struct table_row row;
    bool more = true;
    uint64_t done, total;
    int fd = file_of(S("a,b\n1,2\n"));
    fail_clear(&c);
    CHECK_OK(table_open(&c, fd, NULL, &t));
    while (more)
        CHECK_OK(table_next(&c, t, &row, &more));
    table_progress(t, &done, &total);
    CHECK_I64(done, 8);
    CHECK_I64(total, 8);
    CHECK_STR(table_info(t).format, "csv");
    CHECK_I64(table_info(t).delimiter, ',');
    CHECK(!table_info(t).gzip);
    close(fd);
}

int main(void) {
    ctx_init(&c, arena_new());
    RUN(splits_csv);
    RUN(reports_rows_that_are_wrong);
    RUN(bounds_rows);
    RUN(refuses_other_files);
    RUN(unpacks_gzip);
    RUN(detects_encodings);
    RUN(decides_at_any_offset);
    RUN(refuses_wrong_bytes);
    RUN(writer_and_reader_agree);
    RUN(neutralises_formulas);
    RUN(reads_xlsx);
    RUN(reads_odd_xlsx);
    RUN(refuses_hostile_xlsx);
    RUN(refuses_many_entries);
    RUN(streams_xlsx);
    RUN(survives_damaged_xlsx);
    RUN(tells_progress);
    arena_free(c.arena);
    return test_end();
}
