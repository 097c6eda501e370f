/* tiff.c: the first directory of a TIFF structure: in a TIFF file, and in EXIF. */
#include "core/image/header.h"

enum { SUBFILE = 254, WIDTH = 256, HEIGHT = 257, ORIENTATION = 274, BANDS = 277 };
enum { BYTE = 1, SHORT = 3, LONG = 4, LONG8 = 16 };

static uint64_t number8(struct view v, size_t at, bool big)
{
    uint64_t first = number(v, at, 4, big), second = number(v, at + 4, 4, big);
    return big ? first << 32 | second : second << 32 | first;
}

/* One value of an entry; 0 when it is of a type that these tags do not have, or does not fit. */
static uint32_t value(struct view v, size_t at, uint32_t type, bool big)
{
    uint64_t n = type == LONG8   ? number8(v, at, big)
                 : type == LONG  ? number(v, at, 4, big)
                 : type == SHORT ? number(v, at, 2, big)
                 : type == BYTE  ? number(v, at, 1, big)
                                 : 0;
    return n > UINT32_MAX ? 0 : (uint32_t)n;
}

bool bx_tiff_read(struct view v, struct bx_tiff *t)
{
    bool big = is(v, 0, "MM", 2), large;
    *t = (struct bx_tiff){.orientation = 1};
    if ((!big && !is(v, 0, "II", 2)) || !has(v, 0, 8))
        return false;
    large = number(v, 2, 2, big) == 43;
    if (large ? number(v, 4, 2, big) != 8 || !has(v, 0, 16) : number(v, 2, 2, big) != 42)
        return false;
    uint64_t at = large ? number8(v, 8, big) : number(v, 4, 4, big);
    const size_t counts = large ? 8 : 2, entry = large ? 20 : 12;
    if (at > v.n || !has(v, (size_t)at, counts))
        return false;
    uint64_t entries = large ? number8(v, (size_t)at, big) : number(v, (size_t)at, 2, big);
    size_t p = (size_t)at + counts;
    bool oriented = false;
    for (uint64_t i = 0; i < entries && has(v, p, entry); i++, p += entry) {
        uint32_t tag = number(v, p, 2, big), type = number(v, p + 2, 2, big), n = value(v, p + (large ? 12 : 8), type, big);
        if (tag == WIDTH)
            t->w = n;
        else if (tag == HEIGHT)
            t->h = n;
        else if (tag == BANDS)
            t->bands = n;
        else if (tag == SUBFILE)
            t->reduced = n & 1;
        else if (tag == ORIENTATION && !oriented) {
            t->orientation = type == SHORT && n >= 1 && n <= 8 ? (uint8_t)n : 1;
            oriented = true;
        }
    }
    return true;
}
