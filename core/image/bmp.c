/* bmp.c: the pixels of a BMP: 1 to 32 bits, with masks, run lengths. An alpha mask is not looked at: what writes one fills it with zeros as
 * often as not. */
#include "core/image/decode.h"

enum { PLAIN, RLE8, RLE4, MASKS, ALPHA_MASKS = 6 };

struct bmp {
    const char *name;
    struct view v;
    uint32_t w, h, compression, offset;
    unsigned bits;
    bool from_top;
    size_t palette, entry, colours;
    uint32_t mask[3]; /* red, green, blue of 16 and 32 bits */
};

static bool is_known(const struct bmp *b)
{
    switch (b->compression) {
    case PLAIN:
        return b->bits == 1 || b->bits == 4 || b->bits == 8 || b->bits == 16 || b->bits == 24 || b->bits == 32;
    case RLE8:
        return b->bits == 8;
    case RLE4:
        return b->bits == 4;
    case MASKS:
    case ALPHA_MASKS:
        return (b->bits == 16 || b->bits == 32) && has(b->v, 54, 12);
    default:
        return false;
    }
}

static void find_masks(struct bmp *b)
{
    static const uint32_t of_16[3] = {0x7C00, 0x03E0, 0x001F}, of_32[3] = {0xFF0000, 0xFF00, 0xFF};
    for (size_t i = 0; i < 3; i++)
        b->mask[i] = b->compression != PLAIN ? number(b->v, 54 + 4 * i, 4, false) : b->bits == 16 ? of_16[i] : of_32[i];
}

static bool colour(const struct bmp *b, unsigned index, uint32_t x, uint32_t y, uint8_t *to, struct bx_err *e)
{
    if (index >= b->colours)
        return bx_fail(e, BX_DATA, "%s: BMP pixel %u,%u has colour %u of a palette of %zu", b->name, x, y, index, b->colours);
    const uint8_t *bgr = b->v.p + b->palette + index * b->entry;
    to[0] = bgr[2], to[1] = bgr[1], to[2] = bgr[0];
    return true;
}

static uint8_t masked(uint32_t pixel, uint32_t mask)
{
    if (!mask)
        return 0;
    int shift = __builtin_ctz(mask);
    return (uint8_t)((uint64_t)((pixel & mask) >> shift) * 255 / (mask >> shift));
}

static bool plain_row(const struct bmp *b, const uint8_t *row, uint32_t y, uint8_t *to, struct bx_err *e)
{
    for (uint32_t x = 0; x < b->w; x++, to += 3) {
        if (b->bits == 24) {
            const uint8_t *bgr = row + 3 * (size_t)x;
            to[0] = bgr[2], to[1] = bgr[1], to[2] = bgr[0];
        } else if (b->bits >= 16) {
            uint32_t pixel = number((struct view){row, SIZE_MAX}, (size_t)x * (b->bits / 8), b->bits / 8, false);
            for (int i = 0; i < 3; i++)
                to[i] = masked(pixel, b->mask[i]);
        } else {
            size_t bit = (size_t)x * b->bits;
            unsigned index = (unsigned)row[bit / 8] >> (8 - b->bits - bit % 8) & ((1u << b->bits) - 1);
            if (!colour(b, index, x, y, to, e))
                return false;
        }
    }
    return true;
}

static bool plain(const struct bmp *b, struct bx_pixels *px, struct bx_err *e)
{
    size_t stride = ((size_t)b->w * b->bits + 31) / 32 * 4;
    if (b->offset > b->v.n || stride > (b->v.n - b->offset) / b->h)
        return bx_fail(e, BX_DATA, "%s: BMP is cut short: %zu bytes, expected %zu rows of %zu from byte %u", b->name, b->v.n, (size_t)b->h,
                       stride, b->offset);
    for (uint32_t y = 0; y < b->h; y++)
        if (!plain_row(b, b->v.p + b->offset + (size_t)(b->from_top ? y : b->h - 1 - y) * stride, y, px->p + (size_t)y * b->w * 3, e))
            return false;
    return true;
}

/* Runs, copies and jumps, from the bottom row up. What is jumped over is colour 0; what does not fit into a row is dropped, as Pillow does.
 */
static bool runs(const struct bmp *b, uint8_t *index, struct bx_err *e)
{
    struct view v = b->v;
    size_t at = b->offset, x = 0, y = 0;
    const bool halves = b->bits == 4;
    while (y < b->h) {
        if (!has(v, at, 2))
            return bx_fail(e, BX_DATA, "%s: BMP is cut short: %zu bytes end in row %zu of %u", b->name, v.n, y + 1, b->h);
        unsigned n = v.p[at], what = v.p[at + 1];
        bool copy = n == 0 && what > 2;
        at += 2;
        if (n == 0 && what == 0)
            x = 0, y++;
        else if (n == 0 && what == 1)
            break;
        else if (n == 0 && what == 2) {
            if (!has(v, at, 2))
                continue;
            x += v.p[at], y += v.p[at + 1];
            at += 2;
        } else {
            size_t bytes = !copy ? 0 : halves ? (what + 1) / 2 : what;
            if (!has(v, at, bytes))
                return bx_fail(e, BX_DATA, "%s: BMP is cut short: %zu bytes end in row %zu of %u", b->name, v.n, y + 1, b->h);
            for (unsigned i = 0, most = copy ? what : n; i < most && x < b->w; i++, x++) {
                unsigned byte = !copy ? what : v.p[at + (halves ? i / 2 : i)];
                index[(b->h - 1 - y) * b->w + x] = (uint8_t)(!halves ? byte : i % 2 ? byte & 15 : byte >> 4);
            }
            at += bytes + (bytes & 1);
        }
    }
    return true;
}

bool bx_bmp_decode(const char *name, struct view v, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e)
{
    uint32_t header = number(v, 14, 4, false);
    bool short_header = header == 12;
    struct bmp b = {.name = name,
                    .v = v,
                    .w = px->w,
                    .h = px->h,
                    .compression = short_header ? PLAIN : number(v, 30, 4, false),
                    .offset = number(v, 10, 4, false),
                    .bits = number(v, short_header ? 24 : 28, 2, false),
                    .from_top = !short_header && number(v, 22, 4, false) > INT32_MAX,
                    .palette = 14 + (size_t)header,
                    .entry = short_header ? 3 : 4};
    if (!is_known(&b))
        return bx_fail(e, BX_DATA, "%s: BMP with %u bits a pixel and compression %u, expected 1 to 32 bits, plain, masked or run lengths",
                       name, b.bits, b.compression);
    find_masks(&b);
    if (b.offset <= v.n && b.offset > b.palette)
        b.colours = (b.offset - b.palette) / b.entry;
    px->channels = 3;
    px->p = BX_NEW(a, uint8_t, (size_t)px->w * px->h * 3);
    if (b.compression != RLE8 && b.compression != RLE4)
        return plain(&b, px, e);
    uint8_t *index = BX_NEW(a, uint8_t, (size_t)px->w * px->h);
    if (!runs(&b, index, e))
        return false;
    for (uint32_t y = 0; y < px->h; y++)
        for (uint32_t x = 0; x < px->w; x++) {
            size_t i = (size_t)y * px->w + x;
            if (!colour(&b, index[i], x, y, px->p + 3 * i, e))
                return false;
        }
    return true;
}
