/* err.c: filling and wrapping the caller's error. */
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <errno.h>
#include <stdarg.h>

/* What was found may be anybody's bytes, and a precision (%.40s) cuts characters in two: no error says more than can be printed. */
static void put_visible(char out[sizeof((struct bx_err *)0)->text], const char *s, size_t n)
{
    char piece[12];
    size_t used = 0, took, length;
    for (size_t i = 0; i < n; i += took, used += length) {
        length = bx_visible_step(s + i, n - i, piece, &took);
        if (used + length >= sizeof((struct bx_err *)0)->text)
            break;
        memcpy(out + used, piece, length);
    }
    out[used] = '\0';
}

/* The text is made in a buffer of its own: the arguments may point into e->text. */
static void set(struct bx_err *e, enum bx_code code, const char *tail, const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));
static void set(struct bx_err *e, enum bx_code code, const char *tail, const char *fmt, va_list ap)
{
    char text[sizeof e->text];
    int n = vsnprintf(text, sizeof text, fmt, ap);
    size_t used = n < 0 ? 0 : (size_t)n;
    if (used >= sizeof text)
        used = sizeof text - 1;
    if (tail) {
        size_t room = sizeof text - 1 - used, want = strlen(tail) + 2;
        if (want > room && want < sizeof text) /* the reason is worth more than the end of the context */
            used = bx_utf8_cut(text, sizeof text - 1 - want);
        n = snprintf(text + used, sizeof text - used, ": %s", tail);
        used = n < 0 ? used : used + (size_t)n;
        if (used >= sizeof text)
            used = sizeof text - 1;
    }
    if (used == sizeof text - 1)
        used = bx_utf8_cut(text, used);
    e->code = code;
    put_visible(e->text, text, used);
}

bool bx_vfail(struct bx_err *e, enum bx_code code, const char *fmt, va_list ap)
{
    if (e)
        set(e, code, NULL, fmt, ap);
    return false;
}

bool bx_fail(struct bx_err *e, enum bx_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bx_vfail(e, code, fmt, ap);
    va_end(ap);
    return false;
}

bool bx_fail_errno(struct bx_err *e, const char *fmt, ...)
{
    if (!e)
        return false;
    char reason[128];
    const char *why = strerror_r(errno, reason, sizeof reason);
    va_list ap;
    va_start(ap, fmt);
    set(e, BX_IO, why, fmt, ap);
    va_end(ap);
    return false;
}

bool bx_wrap(struct bx_err *e, const char *fmt, ...)
{
    if (!e)
        return false;
    char inner[sizeof e->text];
    memcpy(inner, e->text, sizeof inner);
    va_list ap;
    va_start(ap, fmt);
    set(e, e->code, inner, fmt, ap);
    va_end(ap);
    return false;
}

int bx_exit_status(enum bx_code code)
{
    switch (code) {
    case BX_OK:
        return 0;
    case BX_TIMEOUT:
        return 1;
    case BX_USAGE:
        return 2;
    case BX_CONFIG:
    case BX_DATA:
        return 3;
    case BX_IO:
    case BX_NET:
    case BX_DB:
        return 4;
    case BX_BUSY:
        return 5;
    case BX_INTERRUPTED:
        return 130;
    }
    return 4;
}
