/* alike.c: what names look like. */
#include "core/base/alike.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <glib.h>
#include <string.h>

/* Letters that fonts draw with one outline, as Unicode's confusables (UTS #39) have them. */
static char latin(uint32_t c)
{
    static const struct {
        uint16_t from;
        char to;
    } same[] = {
        {0x391, 'A'}, {0x392, 'B'}, {0x395, 'E'}, {0x396, 'Z'}, {0x397, 'H'}, {0x399, 'I'}, {0x39a, 'K'}, {0x39c, 'M'}, {0x39d, 'N'},
        {0x39f, 'O'}, {0x3a1, 'P'}, {0x3a4, 'T'}, {0x3a5, 'Y'}, {0x3a7, 'X'}, {0x3b1, 'a'}, {0x3b3, 'y'}, {0x3b9, 'i'}, {0x3bd, 'v'},
        {0x3bf, 'o'}, {0x3c1, 'p'}, {0x3c5, 'u'}, {0x3f2, 'c'}, {0x3f3, 'j'}, {0x3f9, 'C'}, {0x405, 'S'}, {0x406, 'I'}, {0x408, 'J'},
        {0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'}, {0x41a, 'K'}, {0x41c, 'M'}, {0x41d, 'H'}, {0x41e, 'O'}, {0x420, 'P'}, {0x421, 'C'},
        {0x422, 'T'}, {0x423, 'Y'}, {0x425, 'X'}, {0x430, 'a'}, {0x435, 'e'}, {0x43e, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'},
        {0x445, 'x'}, {0x455, 's'}, {0x456, 'i'}, {0x458, 'j'}, {0x475, 'v'}, {0x4bb, 'h'}, {0x4cf, 'l'}, {0x501, 'd'}, {0x50c, 'G'},
        {0x51a, 'Q'}, {0x51b, 'q'}, {0x51c, 'W'}, {0x51d, 'w'},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (same[i].from == c)
            return same[i].to;
    return '\0';
}

char *bx_likeness(struct bx_arena *a, const char *name)
{
    size_t n = strlen(name), used = 0;
    char *normal = bx_utf8_valid(name, n) ? g_utf8_normalize(name, (gssize)n, G_NORMALIZE_ALL_COMPOSE) : NULL;
    if (!normal)
        return bx_strdup(a, name);
    char *out = BX_NEW(a, char, strlen(normal) + 1);
    for (const char *p = normal, *next; *p; p = next) {
        gunichar c = g_utf8_get_char(p);
        char to = latin(c);
        next = g_utf8_next_char(p);
        if (to)
            out[used++] = to;
        else if (!bx_utf8_is_invisible(c) && c != 0x200C && c != 0x200D) {
            memcpy(out + used, p, (size_t)(next - p));
            used += (size_t)(next - p);
        }
    }
    out[used] = '\0';
    g_free(normal);
    return out;
}

char *bx_spelled(struct bx_arena *a, const char *name)
{
    enum { MOST = 8 };
    BX_CLEANUP_BUF struct bx_buf b = {0};
    size_t n = strlen(name), count = 0;
    uint32_t c;
    for (size_t i = 0, step; i < n && (step = bx_utf8_step(name + i, n - i, &c)) > 0; i += step)
        if (c >= 128 && count++ < MOST)
            bx_buf_addf(&b, "%sU+%04X", b.n ? " " : "", c);
    return bx_printf(a, "'%s' (%s%s)", name, count ? bx_buf_str(&b) : "ASCII", count > MOST ? " …" : "");
}
