/*
 * voc_encoding.c: XML in the encoding that it declares → UTF-8. The C library's iconv has the tables; which of its encodings are used is
 * listed here, for what stands in a stranger's file must not choose among all that a machine happens to have.
 */
#include "core/base/banned.h"
#include "core/testset/voc_xml.h"
#include <ctype.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A declared name without its hyphens; a '#' stands for one or two digits, which follow iconv's name too. The narrow names of Chinese,
 * Japanese and Korean encodings are declared for their supersets. */
static const struct {
    const char *declared, *iconv;
} encodings[] = {
    {"windows125#", "CP125"}, {"cp125#", "CP125"},      {"windows874", "CP874"},   {"tis620", "CP874"},   {"iso8859#", "ISO-8859-"},
    {"latin1", "ISO-8859-1"}, {"latin2", "ISO-8859-2"}, {"latin9", "ISO-8859-15"}, {"gb2312", "GB18030"}, {"gbk", "GB18030"},
    {"gb18030", "GB18030"},   {"cp936", "GB18030"},     {"windows936", "GB18030"}, {"xgbk", "GB18030"},   {"big5", "BIG5"},
    {"cp950", "CP950"},       {"windows950", "CP950"},  {"shiftjis", "CP932"},     {"sjis", "CP932"},     {"windows31j", "CP932"},
    {"cp932", "CP932"},       {"mskanji", "CP932"},     {"eucjp", "EUC-JP"},       {"euckr", "CP949"},    {"cp949", "CP949"},
    {"ksc56011987", "CP949"}, {"koi8r", "KOI8-R"},      {"koi8u", "KOI8-U"},       {"cp437", "CP437"},    {"ibm437", "CP437"},
    {"cp850", "CP850"},       {"ibm850", "CP850"},      {"cp866", "CP866"},        {"ibm866", "CP866"},   {"macintosh", "MACINTOSH"},
};

/* What can be read as it is: that it can be read byte by byte shows that it is none of the wide ones, whatever it says. */
static bool is_utf8(const char *name)
{
    static const char *const names[] = {"utf8", "usascii", "ascii", "utf16", "utf16le", "utf16be", "unicode", "ucs2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static bool known(const char *name, char out[16])
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        const char *declared = encodings[i].declared, *digits = strchr(declared, '#');
        size_t n = digits ? (size_t)(digits - declared) : strlen(declared), more = strlen(name) - n;
        if (strncmp(name, declared, n) != 0 || (digits ? more < 1 || more > 2 || strspn(name + n, "0123456789") != more : more != 0))
            continue;
        snprintf(out, 16, "%s%s", encodings[i].iconv, digits ? name + n : "");
        return true;
    }
    return false;
}

/* The name in <?xml … encoding="…"?>, as it stands and in small letters and digits; false: there is none. */
static bool declared(const char *p, size_t n, char as_is[40], char plain[40])
{
    size_t end = 0, k = 0;
    if (n < 6 || strncmp(p, "<?xml", 5) != 0)
        return false;
    while (end < n && end < 1000 && p[end] != '>')
        end++;
    const char *at = memmem(p, end, "encoding", 8);
    if (!at)
        return false;
    for (at += 8; at < p + end && strchr(" \t\r\n=", *at);)
        at++;
    if (at == p + end || (*at != '"' && *at != '\''))
        return false;
    const char *close = memchr(at + 1, *at, (size_t)(p + end - at - 1));
    if (!close || close - at - 1 >= 40)
        return false;
    memcpy(as_is, at + 1, (size_t)(close - at - 1));
    as_is[close - at - 1] = '\0';
    for (const char *s = as_is; *s; s++)
        if (isalnum((unsigned char)*s))
            plain[k++] = (char)tolower((unsigned char)*s);
    plain[k] = '\0';
    return true;
}

static size_t line_of(const struct bx_buf *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text->p[i] == '\n';
    return line;
}

static bool convert(struct bx_buf *text, size_t skip, const char *from, size_t *line, char why[120])
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    iconv_t c = iconv_open("UTF-8", from);
    *line = 1;
    if (c == (iconv_t)-1) {
        snprintf(why, 120, "is encoded as %s, which this machine's C library does not know", from);
        return false;
    }
    char *in = text->p + skip, piece[4096];
    size_t left = text->n - skip;
    bool ok = true;
    while (ok && left) {
        char *to = piece;
        size_t room = sizeof piece, before = left;
        iconv(c, &in, &left, &to, &room);
        bx_buf_add(&out, piece, (size_t)(to - piece));
        if (left == before) {
            *line = line_of(text, (size_t)(in - text->p));
            snprintf(why, 120, "found the byte 0x%02x, which is no character of %s", (unsigned)(unsigned char)*in, from);
            ok = false;
        }
    }
    iconv_close(c);
    if (ok) {
        bx_buf_free(text);
        *text = out;
        out = (struct bx_buf){0};
    }
    return ok;
}

bool bx_voc_utf8(struct bx_buf *text, size_t *line, char why[120])
{
    const char *p = bx_buf_str(text);
    char as_is[40], plain[40], from[16];
    *line = 1;
    if (bx_buf_drop_mark(text))
        return true;
    if (text->n >= 2 && (!memcmp(p, "\xFF\xFE", 2) || !memcmp(p, "\xFE\xFF", 2)))
        return convert(text, 2, *p == '\xFF' ? "UTF-16LE" : "UTF-16BE", line, why);
    if (text->n >= 4 && (!memcmp(p, "<\0", 2) || !memcmp(p, "\0<", 2)))
        return convert(text, 0, *p ? "UTF-16LE" : "UTF-16BE", line, why);
    if (!declared(p, text->n, as_is, plain) || is_utf8(plain))
        return true;
    if (known(plain, from))
        return convert(text, 0, from, line, why);
    snprintf(why, 120, "declares the encoding '%s', which is not one that is read", as_is);
    return false;
}
