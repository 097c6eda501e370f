/* utf8.h: one step through UTF-8 text (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The length of the valid sequence at p (n > 0 bytes are there), its code point in *cp; 0 when there is none. */
static inline size_t bx_utf8_step(const char *p, size_t n, uint32_t *cp)
{
    const unsigned char *s = (const unsigned char *)p;
    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    size_t len = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (n < len)
        return 0;
    uint32_t v = s[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        v = v << 6 | (s[i] & 0x3F);
    }
    if ((len == 3 && (v < 0x800 || (v >= 0xD800 && v <= 0xDFFF))) || (len == 4 && (v < 0x10000 || v > 0x10FFFF)))
        return 0;
    *cp = v;
    return len;
}

/* The sequence of a code point, no surrogate and at most U+10FFFF, at p, where 4 bytes fit; its length. */
static inline size_t bx_utf8_put(char *p, uint32_t cp)
{
    if (cp < 0x80) {
        p[0] = (char)cp;
        return 1;
    }
    size_t more = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
    p[0] = (char)((more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0) | cp >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        p[i] = (char)(0x80 | (cp >> (6 * (more - i)) & 0x3F));
    return more + 1;
}

/* How many of the first n bytes to keep so that no sequence is cut in two. */
static inline size_t bx_utf8_cut(const char *p, size_t n)
{
    size_t back = 0;
    while (back < 3 && back < n && ((unsigned char)p[n - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back >= n)
        return n;
    unsigned char lead = (unsigned char)p[n - 1 - back];
    size_t len = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return lead >= 0xC0 && back + 1 < len ? n - 1 - back : n;
}

/* White space that is not there, joiners at a place where they join nothing: what makes two names look alike. U+200C and U+200D have their
 * use in scripts. */
static inline int bx_utf8_is_invisible(uint32_t cp)
{
    return cp == 0xAD || cp == 0x61C || cp == 0x115F || cp == 0x1160 || cp == 0x180E || cp == 0x200B || cp == 0x200E || cp == 0x200F ||
           (cp >= 0x2060 && cp <= 0x206F) || cp == 0x3164 || cp == 0xFEFF || cp == 0xFFA0 || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
           (cp >= 0xE0000 && cp <= 0xE0FFF);
}

/* What can fake a line of a log or of a page: C0, DEL, C1, line and paragraph separators, bidirectional embeddings, overrides and isolates.
 */
static inline int bx_utf8_is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029 || (cp >= 0x202A && cp <= 0x202E) ||
           (cp >= 0x2066 && cp <= 0x2069);
}
