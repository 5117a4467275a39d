/* The table of kinds of file that are taken. Owns const tables; pure. What a
 * browser could run (HTML, SVG, scripts) has no row. */
#include "base/sniff.h"

/* One way a kind of file begins. */
struct magic {
    size_t at;
    struct str bytes;
    const char *endings; /* of names, each behind a space */
    struct str type;
};

static const struct magic magics[] = {
    {0, S_INIT("%PDF-"), " pdf", S_INIT("application/pdf")},
    {0, S_INIT("\x89PNG\r\n\x1a\n"), " png", S_INIT("image/png")},
    {0, S_INIT("\xff\xd8\xff"), " jpg jpeg", S_INIT("image/jpeg")},
    {0, S_INIT("GIF87a"), " gif", S_INIT("image/gif")},
    {0, S_INIT("GIF89a"), " gif", S_INIT("image/gif")},
    {8, S_INIT("WEBP"), " webp", S_INIT("image/webp")},
    {0, S_INIT("BM"), " bmp", S_INIT("image/bmp")},
    {0, S_INIT("II*\0"), " tif tiff", S_INIT("image/tiff")},
    {0, S_INIT("MM\0*"), " tif tiff", S_INIT("image/tiff")},
    {4, S_INIT("ftypheic"), " heic heif", S_INIT("image/heic")},
    {4, S_INIT("ftypM4A"), " m4a", S_INIT("audio/mp4")},
    {4, S_INIT("ftypqt"), " mov", S_INIT("video/quicktime")},
    {4, S_INIT("ftyp"), " mp4 m4v", S_INIT("video/mp4")},
    {0, S_INIT("ID3"), " mp3", S_INIT("audio/mpeg")},
    {0, S_INIT("\xff\xfb"), " mp3", S_INIT("audio/mpeg")},
    {8, S_INIT("WAVE"), " wav", S_INIT("audio/wav")},
    {0, S_INIT("OggS"), " ogg oga", S_INIT("audio/ogg")},
    {0, S_INIT("#!AMR"), " amr", S_INIT("audio/amr")},
    {0, S_INIT("PK\x03\x04"), " docx",
     S_INIT("application/vnd.openxmlformats-officedocument.wordprocessingml."
            "document")},
    {0, S_INIT("PK\x03\x04"), " xlsx",
     S_INIT("application/vnd.openxmlformats-officedocument.spreadsheetml."
            "sheet")},
    {0, S_INIT("PK\x03\x04"), " pptx",
     S_INIT("application/vnd.openxmlformats-officedocument.presentationml."
            "presentation")},
    {0, S_INIT("PK\x03\x04"), " zip odt ods odp ofd wps",
     S_INIT("application/zip")},
    {0, S_INIT("\xd0\xcf\x11\xe0"), " doc wps", S_INIT("application/msword")},
    {0, S_INIT("\xd0\xcf\x11\xe0"), " xls et",
     S_INIT("application/vnd.ms-excel")},
    {0, S_INIT("\xd0\xcf\x11\xe0"), " ppt dps",
     S_INIT("application/vnd.ms-powerpoint")},
    {0, S_INIT("\xd0\xcf\x11\xe0"), " msg",
     S_INIT("application/vnd.ms-outlook")},
    {0, S_INIT("{\\rtf"), " rtf", S_INIT("application/rtf")},
    {0, S_INIT("7z\xbc\xaf\x27\x1c"), " 7z",
     S_INIT("application/x-7z-compressed")},
    {0, S_INIT("Rar!\x1a\x07"), " rar", S_INIT("application/vnd.rar")},
    {0, S_INIT("\x1f\x8b"), " gz", S_INIT("application/gzip")},
};

/* Texts begin with anything but what a browser takes for a page. */
static const struct {
    const char *endings;
    struct str type;
} texts[] = {
    {" csv", S_INIT("text/csv")},
    {" ics", S_INIT("text/calendar")},
    {" vcf", S_INIT("text/vcard")},
    {" json", S_INIT("application/json")},
    {" eml", S_INIT("message/rfc822")},
    {" txt md log tsv", S_INIT("text/plain")},
};

static bool fits(const struct magic *m, struct str head) {
    return head.n >= m->at + m->bytes.n &&
           str_eq(str_sub(head, m->at, m->at + m->bytes.n), m->bytes);
}

static bool is_text(struct str head) {
    if (str_has_byte(head, '\0'))
        return false;
    if (str_starts(head, S("\xef\xbb\xbf")))
        head = str_sub(head, 3, head.n);
    head = str_trim(head);
    return head.n > 0 && head.p[0] != '<' && !str_starts(head, S("#!"));
}

/* The ending of a name behind its last dot; empty when there is none. */
static struct str ending_of(struct str name) {
    size_t i = name.n;
    while (i > 0 && name.p[i - 1] != '.')
        i--;
    return i == 0 ? (struct str){0} : str_sub(name, i, name.n);
}

static bool among(const char *endings, struct str ending) {
    struct str all = str_of(endings), word;
    while (str_cut(&all, ' ', &word))
        if (word.n > 0 && str_eq_nocase(word, ending))
            return true;
    return false;
}

static enum sniffed by_content(struct str head, struct str ending,
                               struct str *type_out) {
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(magics); i++) {
        if (!fits(&magics[i], head))
            continue;
        known = true;
        if (!among(magics[i].endings, ending))
            continue;
        *type_out = magics[i].type;
        return SNIFF_OK;
    }
    if (known)
        return SNIFF_NAME;
    if (!is_text(head))
        return SNIFF_UNKNOWN;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (!among(texts[i].endings, ending))
            continue;
        *type_out = texts[i].type;
        return SNIFF_OK;
    }
    return SNIFF_NAME;
}

static struct str family_of(struct str type) {
    struct str family = {0};
    str_cut(&type, '/', &family);
    return family;
}

/* Browsers name documents and texts in many ways; pictures, sound and films in
 * one. Nobody declares a page and means something else. */
static bool agrees(struct str declared, struct str type) {
    struct str media = {0};
    str_cut(&declared, ';', &media);
    media = str_trim(media);
    if (media.n == 0 || str_eq_nocase(media, S("application/octet-stream")))
        return true;
    if (str_eq_nocase(media, type))
        return true;
    static const char *const pages[] = {"text/html", "image/svg+xml",
                                        "application/xhtml+xml",
                                        "text/javascript", "text/xml"};
    for (size_t i = 0; i < COUNT_OF(pages); i++)
        if (str_eq_nocase(media, str_of(pages[i])))
            return false;
    static const struct str strict[] = {S_INIT("image"), S_INIT("audio"),
                                        S_INIT("video")};
    struct str a = family_of(media), b = family_of(type);
    for (size_t i = 0; i < COUNT_OF(strict); i++)
        if (str_eq_nocase(a, strict[i]) != str_eq_nocase(b, strict[i]))
            return false;
    return true;
}

enum sniffed sniff(struct str head, struct str name, struct str declared,
                   struct str *type_out) {
    enum sniffed s = by_content(head, ending_of(name), type_out);
    if (s != SNIFF_OK)
        return s;
    return agrees(declared, *type_out) ? SNIFF_OK : SNIFF_DECLARED;
}
