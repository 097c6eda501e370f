/* json_place.c: where the pull reader stands, what it complains of there, and the white space it steps over. */
#include "core/base/json_internal.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <stdarg.h>

void bx_json_place(const struct bx_json *r, const char *at, size_t *line, size_t *column)
{
    size_t lines = 1;
    if (!at)
        at = r->p;
    const char *begin = r->start + bx_utf8_mark(r->start, (size_t)(at - r->start)); /* no editor counts it */
    for (const char *nl; begin < at && (nl = memchr(begin, '\n', (size_t)(at - begin))) != NULL; begin = nl + 1)
        lines++;
    *line = lines;
    *column = (size_t)(at - begin) + 1;
}

bool bx_json_fail(struct bx_json *r, const char *at, const char *fmt, ...)
{
    if (r->failed)
        return false;
    struct bx_err e = {0};
    size_t line, column;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e.text, sizeof e.text, fmt, ap);
    va_end(ap);
    e.text[bx_utf8_cut(e.text, strlen(e.text))] = '\0';
    bx_json_place(r, at, &line, &column);
    r->failed = true;
    return bx_fail(r->err, BX_DATA, "%s:%zu:%zu: %s", r->name, line, column, e.text);
}

bool bx_json_unexpected(struct bx_json *r, const char *at, const char *expected)
{
    if (at >= r->end)
        return bx_json_fail(r, at, "found the end of the file, expected %s", expected);
    size_t n = 0, left = (size_t)(r->end - at);
    uint32_t cp;
    while (n < left && n < 24 &&
           ((at[n] >= 'a' && at[n] <= 'z') || (at[n] >= 'A' && at[n] <= 'Z') || (at[n] >= '0' && at[n] <= '9') || at[n] == '.' ||
            at[n] == '-' || at[n] == '+' || at[n] == '_'))
        n++;
    if (!n)
        n = bx_utf8_step(at, left, &cp);
    if (n && !(n <= 4 && bx_utf8_step(at, left, &cp) == n && bx_utf8_is_control(cp)))
        return bx_json_fail(r, at, "found %s%.*s%s, expected %s", *at == '\'' ? "\"" : "'", (int)n, at, *at == '\'' ? "\"" : "'", expected);
    return bx_json_fail(r, at, "found byte 0x%02X, expected %s", (unsigned char)*at, expected);
}

/* A comment at r->p, if there is one. */
static bool skip_comment(struct bx_json *r)
{
    const char *p = r->p;
    if (!(r->flags & BX_JSON_COMMENTS) || r->end - p < 2 || p[0] != '/')
        return false;
    if (p[1] == '/') {
        const char *nl = memchr(p, '\n', (size_t)(r->end - p));
        const char *stop = nl ? nl : r->end;
        r->p = stop;
        return true;
    }
    if (p[1] != '*')
        return false;
    for (const char *s = p + 2; s + 1 < r->end; s++)
        if (s[0] == '*' && s[1] == '/') {
            r->p = s + 2;
            return true;
        }
    return bx_json_fail(r, p, "found a comment without an end, expected '*/'");
}

bool bx_json_space_slow(struct bx_json *r)
{
    do {
        while (r->p < r->end && bx_json_is_space(*r->p))
            r->p++;
    } while (r->p < r->end && *r->p == '/' && skip_comment(r));
    return !r->failed;
}
