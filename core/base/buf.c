/* buf.c: the growing byte string and its escapers. */
#include "core/base/buf.h"
#include "core/base/arena.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <stdbool.h>
#include <stdint.h>

static char *room(struct bx_buf *b, size_t n)
{
    if (n > SIZE_MAX - b->n - 1)
        abort();
    if (b->cap - b->n <= n)
        b->p = bx_grow(b->p, &b->cap, b->n + n + 1, 1);
    return b->p + b->n;
}

void bx_buf_free(struct bx_buf *b)
{
    if (!b)
        return;
    free(b->p);
    *b = (struct bx_buf){0};
}

bool bx_buf_drop_mark(struct bx_buf *b)
{
    size_t mark = b->p ? bx_utf8_mark(b->p, b->n) : 0;
    if (mark)
        memmove(b->p, b->p + mark, b->n - mark + 1); /* its NUL too */
    b->n -= mark;
    return mark > 0;
}

void bx_buf_clear(struct bx_buf *b)
{
    b->n = 0;
    if (b->p)
        b->p[0] = '\0';
}

void bx_buf_add(struct bx_buf *b, const void *p, size_t n)
{
    char *to = room(b, n);
    if (n)
        memcpy(to, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void bx_buf_adds(struct bx_buf *b, const char *s)
{
    bx_buf_add(b, s, strlen(s));
}

void bx_buf_addc(struct bx_buf *b, char c)
{
    bx_buf_add(b, &c, 1);
}

void bx_buf_vaddf(struct bx_buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    char *to = room(b, 255);
    size_t space = b->cap - b->n;
    int n = vsnprintf(to, space, fmt, ap);
    if (n < 0)
        abort();
    if ((size_t)n >= space)
        vsnprintf(room(b, (size_t)n), (size_t)n + 1, fmt, again);
    va_end(again);
    b->n += (size_t)n;
}

void bx_buf_addf(struct bx_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bx_buf_vaddf(b, fmt, ap);
    va_end(ap);
}

const char *bx_buf_str(const struct bx_buf *b)
{
    return b->p ? b->p : "";
}

void bx_buf_add_html(struct bx_buf *b, const char *s, size_t n)
{
    size_t plain = 0;
    for (size_t i = 0; i < n; i++) {
        const char *entity;
        switch (s[i]) {
        case '&':
            entity = "&amp;";
            break;
        case '<':
            entity = "&lt;";
            break;
        case '>':
            entity = "&gt;";
            break;
        case '"':
            entity = "&quot;";
            break;
        case '\'':
            entity = "&#39;";
            break;
        default:
            continue;
        }
        bx_buf_add(b, s + plain, i - plain);
        bx_buf_adds(b, entity);
        plain = i + 1;
    }
    bx_buf_add(b, s + plain, n - plain);
}

static void json_escape(struct bx_buf *b, unsigned char c)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *l = letters; *l; l += 2)
        if ((unsigned char)l[0] == c) {
            bx_buf_addc(b, '\\');
            bx_buf_addc(b, l[1]);
            return;
        }
    bx_buf_addf(b, "\\u%04x", c);
}

void bx_buf_add_json_string(struct bx_buf *b, const char *s, size_t n)
{
    size_t plain = 0, i = 0;
    bx_buf_addc(b, '"');
    while (i < n) {
        uint32_t cp;
        size_t step = bx_utf8_step(s + i, n - i, &cp);
        if (step && cp >= 0x20 && cp != '"' && cp != '\\') {
            i += step;
            continue;
        }
        bx_buf_add(b, s + plain, i - plain);
        if (step)
            json_escape(b, (unsigned char)s[i]);
        else
            bx_buf_adds(b, "\xEF\xBF\xBD");
        plain = ++i;
    }
    bx_buf_add(b, s + plain, n - plain);
    bx_buf_addc(b, '"');
}

void bx_buf_add_url_segment(struct bx_buf *b, const char *s, size_t n)
{
    static const char hex[] = "0123456789ABCDEF";
    bool dots = (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '~' ||
                     (c == '.' && !dots);
        if (plain) {
            bx_buf_addc(b, (char)c);
        } else {
            char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
            bx_buf_add(b, escaped, 3);
        }
    }
}

/* A negative number is not a formula. */
static bool is_number(const char *s, size_t n)
{
    size_t i = 0, digits = 0;
    if (i < n && (s[i] == '-' || s[i] == '+'))
        i++;
    for (; i < n && ((s[i] >= '0' && s[i] <= '9') || s[i] == '.'); i++)
        digits++;
    if (digits && i < n && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < n && (s[i] == '-' || s[i] == '+'))
            i++;
        while (i < n && s[i] >= '0' && s[i] <= '9')
            i++;
    }
    return digits && i == n;
}

void bx_buf_add_visible(struct bx_buf *b, const char *s, size_t n)
{
    char piece[12];
    for (size_t i = 0, took; i < n; i += took) {
        size_t length = bx_visible_step(s + i, n - i, piece, &took);
        bx_buf_add(b, piece, length);
    }
}

void bx_buf_add_cell(struct bx_buf *b, const char *s, size_t width, size_t most)
{
    BX_CLEANUP_BUF struct bx_buf whole = {0};
    bx_buf_add_visible(&whole, s, strlen(s));
    const char *text = bx_buf_str(&whole);
    size_t columns = 0, bytes = 0, before = 0;
    while (text[bytes] && columns < most) {
        before = bytes++;
        while (((unsigned char)text[bytes] & 0xC0) == 0x80)
            bytes++;
        columns++;
    }
    const bool cut = text[bytes] != '\0' && columns;
    bx_buf_add(b, text, cut ? before : bytes);
    if (cut)
        bx_buf_adds(b, "…");
    for (; columns < width; columns++)
        bx_buf_addc(b, ' ');
}

void bx_buf_add_csv(struct bx_buf *b, const char *s, size_t n)
{
    bool formula = n && memchr("=+-@\t\r", s[0], 6) && !is_number(s, n);
    bool quote = formula || (n && (s[0] == ' ' || s[n - 1] == ' '));
    for (size_t i = 0; i < n && !quote; i++)
        quote = s[i] == ',' || s[i] == '"' || s[i] == '\n' || s[i] == '\r';
    if (!quote) {
        bx_buf_add(b, s, n);
        return;
    }
    bx_buf_addc(b, '"');
    if (formula)
        bx_buf_addc(b, '\'');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"')
            bx_buf_addc(b, '"');
        bx_buf_addc(b, s[i]);
    }
    bx_buf_addc(b, '"');
}

void bx_buf_add_base64(struct bx_buf *b, const void *p, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = p;
    char part[4096];
    size_t have = 0;
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)in[i] << 16 | (i + 1 < n ? (unsigned)in[i + 1] << 8 : 0u) | (i + 2 < n ? in[i + 2] : 0u);
        part[have++] = digits[v >> 18];
        part[have++] = digits[v >> 12 & 63];
        part[have++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
        part[have++] = i + 2 < n ? digits[v & 63] : '=';
        if (have == sizeof part) {
            bx_buf_add(b, part, have);
            have = 0;
        }
    }
    bx_buf_add(b, part, have);
}
