/* webp.c: the pixels of a WebP, by libwebp. Of an animation the first frame, on a canvas that is clear where it does not reach. */
#include "core/image/decode.h"
#include <webp/decode.h>

/* What is to be decoded, and where on the canvas it goes. */
struct frame {
    struct view bytes;
    uint32_t x, y, w, h;
};

static bool first_frame(const char *name, struct view v, const struct bx_pixels *px, struct frame *f, struct bx_err *e)
{
    for (size_t at = 12; has(v, at, 8);) {
        size_t length = number(v, at + 4, 4, false);
        if (is(v, at, "ANMF", 4)) {
            if (length < 16 || !has(v, at + 8, length))
                return bx_fail(e, BX_DATA, "%s: WebP is cut short in its first frame", name);
            *f = (struct frame){part(v, at + 24, length - 16), 2 * number(v, at + 8, 3, false), 2 * number(v, at + 11, 3, false),
                                number(v, at + 14, 3, false) + 1, number(v, at + 17, 3, false) + 1};
            if (f->x + f->w > px->w || f->y + f->h > px->h)
                return bx_fail(e, BX_DATA, "%s: WebP's first frame of %u x %u pixels at %u,%u is not within %u x %u", name, f->w, f->h,
                               f->x, f->y, px->w, px->h);
            return true;
        }
        if (!has(v, at + 8, length))
            break;
        at += 8 + length + (length & 1);
    }
    return bx_fail(e, BX_DATA, "%s: WebP says that it is animated, and has no whole frame", name);
}

static const char *why(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return "not enough memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return "of a kind that libwebp does not read";
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return "it is cut short";
    default:
        return "its data are damaged";
    }
}

bool bx_webp_decode(const char *name, struct view v, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e)
{
    struct frame f = {v, 0, 0, px->w, px->h};
    bool extended = is(v, 12, "VP8X", 4);
    WebPDecoderConfig c;
    if (extended && v.p[20] & 0x02 && !first_frame(name, v, px, &f, e))
        return false;
    if (!WebPInitDecoderConfig(&c))
        return bx_fail(e, BX_DATA, "%s: libwebp is of another version than its headers", name);
    VP8StatusCode code = WebPGetFeatures(f.bytes.p, f.bytes.n, &c.input);
    if (code != VP8_STATUS_OK)
        return bx_fail(e, BX_DATA, "%s: cannot decode WebP: %s", name, why(code));
    if (c.input.has_animation || (uint32_t)c.input.width != f.w || (uint32_t)c.input.height != f.h)
        return bx_fail(e, BX_DATA, "%s: WebP decodes to %d x %d pixels, its header says %u x %u", name, c.input.width, c.input.height, f.w,
                       f.h);
    px->channels = c.input.has_alpha || (extended && v.p[20] & 0x10) ? 4 : 3;
    size_t stride = (size_t)px->w * px->channels, begin = f.y * stride + (size_t)f.x * px->channels;
    px->p = BX_NEW(a, uint8_t, stride * px->h);
    c.output.colorspace = px->channels == 4 ? MODE_RGBA : MODE_RGB;
    c.output.is_external_memory = 1;
    c.output.u.RGBA = (WebPRGBABuffer){px->p + begin, (int)stride, stride * px->h - begin};
    code = WebPDecode(f.bytes.p, f.bytes.n, &c);
    WebPFreeDecBuffer(&c.output);
    return code == VP8_STATUS_OK || bx_fail(e, BX_DATA, "%s: cannot decode WebP: %s", name, why(code));
}
