/* names.c: a Python literal of class names. */
#include "core/backend/onnx/onnx.h"
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 1000

static const char *blank(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

static void add_rune(struct bx_buf *b, uint32_t c)
{
    char bytes[4];
    bx_buf_add(b, bytes, bx_utf8_put(bytes, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c));
}

/* Up to `most` digits; false: fewer than `least`, or no character has that number. */
static bool digits(const char **p, unsigned base, unsigned least, unsigned most, uint32_t *v)
{
    unsigned n = 0;
    for (*v = 0; n < most; n++, ++*p) {
        unsigned char c = (unsigned char)**p;
        unsigned d = c >= '0' && c <= '9' ? c - 48u : c >= 'a' && c <= 'f' ? c - 87u : c >= 'A' && c <= 'F' ? c - 55u : 99;
        if (d >= base)
            break;
        *v = *v * base + d;
    }
    return n >= least && *v < 0x110000;
}

/* Behind the closing quote, or NULL. */
static const char *quoted(const char *p, struct bx_buf *b)
{
    static const char from[] = "\\'\"nrtabfv", to[] = "\\'\"\n\r\t\a\b\f\v";
    const char quote = *p++;
    for (; *p && *p != quote;) {
        uint32_t v;
        if (*p != '\\') {
            bx_buf_addc(b, *p++);
            continue;
        }
        const char c = *++p, *at = c ? strchr(from, c) : NULL;
        bool ok = true;
        if (c == '\n') { /* the line goes on */
            p++;
            continue;
        }
        if (at) {
            bx_buf_addc(b, to[at - from]);
            p++;
            continue;
        }
        if (c >= '0' && c <= '7')
            ok = digits(&p, 8, 1, 3, &v);
        else if (c == 'x' || c == 'u' || c == 'U') {
            unsigned n = c == 'x' ? 2 : c == 'u' ? 4 : 8;
            p++;
            ok = digits(&p, 16, n, n, &v);
        } else {
            bx_buf_addc(b, '\\'); /* as Python keeps it */
            continue;
        }
        if (!ok)
            return NULL;
        add_rune(b, v);
    }
    return *p ? p + 1 : NULL;
}

const char **bx_onnx_names(const char *literal, size_t *n, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    const char *p = blank(literal ? literal : ""), **names = BX_NEW(a, const char *, BX_ONNX_MOST_NAMES);
    const char close = *p == '{' ? '}' : *p == '[' ? ']' : 0;
    size_t most = 0, next = 0;
    *n = 0;
    if (!close)
        return names;
    for (p = blank(p + 1); *p && *p != close;) {
        if (close == '}') {
            char *end;
            const bool text = *p == '\'' || *p == '"'; /* {"0": …} */
            unsigned long long key = strtoull(p + text, &end, 10);
            if (end == p + text || (text && *end++ != *p))
                return names;
            next = p[text] == '-' || key >= BX_ONNX_MOST_NAMES ? BX_ONNX_MOST_NAMES : (size_t)key;
            p = blank(end);
            if (*p++ != ':')
                return names;
            p = blank(p);
        }
        if (*p != '\'' && *p != '"')
            return names;
        bx_buf_clear(&b);
        p = quoted(p, &b);
        if (!p)
            return names;
        if (next < BX_ONNX_MOST_NAMES) {
            bool usable = b.n && b.n <= MOST_BYTES && !memchr(b.p, 0, b.n);
            names[next] = usable ? bx_strndup(a, b.p, b.n) : NULL;
            most = next + 1 > most ? next + 1 : most;
            next++;
        }
        p = blank(p);
        if (*p == ',')
            p = blank(p + 1);
        else if (*p != close)
            return names;
    }
    if (*p == close)
        *n = most;
    return names;
}

bool bx_onnx_names_file(const char *path, const char ***names, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_map map;
    if (!bx_map_open(&map, path, e))
        return false;
    *names = BX_NEW(a, const char *, BX_ONNX_MOST_NAMES);
    *n = 0;
    const char *p = map.data, *end = p + map.n;
    bool ok = true;
    while (ok && p < end) {
        const char *line = memchr(p, '\n', (size_t)(end - p)), *stop = line ? line : end;
        size_t length = (size_t)(stop - p) - (stop > p && stop[-1] == '\r');
        if (!length || length > MOST_BYTES || memchr(p, 0, length) || !bx_utf8_valid(p, length) || bx_has_control(p, length) ||
            *n == BX_ONNX_MOST_NAMES)
            ok = bx_fail(e, BX_DATA, "%s:%zu: expected a class name of 1 to %d bytes without control characters, at most %d of them", path,
                         *n + 1, MOST_BYTES, BX_ONNX_MOST_NAMES);
        else
            (*names)[(*n)++] = bx_strndup(a, p, length);
        p = line ? line + 1 : end;
    }
    bx_map_close(&map);
    return ok;
}
