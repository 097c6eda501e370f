/* tensor.c: the geometry and arithmetic of a network's input. No contraction of a * b + c (CMakeLists.txt), but where fmaf says so. */
#include "core/image/tensor.h"
#include <math.h>
#include <string.h>

#define GREY 114

static uint32_t at_least_one(double v)
{
    double r = rint(v); /* halves to even */
    return r < 1 ? 1 : (uint32_t)r;
}
static uint32_t lesser_half(uint32_t pad)
{
    double r = rint(pad / 2.0 - 0.1); /* the odd one goes below, or to the right */
    return r < 0 ? 0 : (uint32_t)r;
}

bool bx_frame_make(enum bx_fit fit, uint32_t w, uint32_t h, uint32_t W, uint32_t H, uint32_t rect, struct bx_frame *f)
{
    double by_h = (double)H / h, by_w = (double)W / w, r = by_h < by_w ? by_h : by_w;
    *f = (struct bx_frame){w, h, W, H, W, H, 0, 0};
    switch (fit) {
    case BX_FIT_LETTERBOX:
        f->nh = at_least_one(h * r);
        f->nw = at_least_one(w * r);
        if (rect) {
            f->H = f->nh + (H - f->nh) % rect;
            f->W = f->nw + (W - f->nw) % rect;
        }
        f->top = lesser_half(f->H - f->nh);
        f->left = lesser_half(f->W - f->nw);
        return true;
    case BX_FIT_TOP_LEFT:
        f->nh = (uint32_t)(h * r);
        f->nw = (uint32_t)(w * r);
        return f->nh && f->nw;
    case BX_FIT_NONE:
        f->W = f->nw = w;
        f->H = f->nh = h;
        return true;
    default:
        return true;
    }
}

struct tap {
    uint32_t a, b;
    int p, q;
};

/* A column beyond the edge takes the edge alone; a row keeps its weights, and both its indices are clamped: OpenCV's two loops differ. */
static struct tap *byte_taps(uint32_t src, uint32_t dst, bool columns, struct bx_arena *a)
{
    struct tap *taps = BX_NEW(a, struct tap, dst);
    double step = 1.0 / ((double)dst / src);
    int last = (int)src - 1;
    for (uint32_t i = 0; i < dst; i++) {
        float x = (float)((i + 0.5) * step - 0.5);
        int k = (int)floorf(x);
        float t = x - (float)k;
        if (columns && k < 0)
            k = 0, t = 0;
        if (columns && k >= last)
            k = last, t = 0;
        int first = k < 0 ? 0 : k > last ? last : k, second = k + 1 < 0 ? 0 : k + 1 > last ? last : k + 1;
        taps[i] = (struct tap){(uint32_t)first, (uint32_t)second, (int)lrintf((1 - t) * 2048), (int)lrintf(t * 2048)};
    }
    return taps;
}

void bx_resize_rgb(const uint8_t *in, uint32_t w, uint32_t h, uint8_t *out, uint32_t nw, uint32_t nh, size_t stride,
                   struct bx_arena *scratch)
{
    const size_t line = (size_t)w * 3;
    if (w == nw && h == nh) {
        for (uint32_t y = 0; y < h; y++)
            memcpy(out + y * stride, in + y * line, line);
        return;
    }
    if (w == (uint64_t)nw * 2 && h == (uint64_t)nh * 2) { /* its only special ratio */
        for (uint32_t y = 0; y < nh; y++)
            for (size_t x = 0; x < (size_t)nw * 3; x++) {
                const uint8_t *p = in + (size_t)y * 2 * line + x / 3 * 6 + x % 3;
                out[y * stride + x] = (uint8_t)((p[0] + p[3] + p[line] + p[line + 3] + 2) >> 2);
            }
        return;
    }
    struct bx_arena_mark mark = bx_arena_mark(scratch);
    const struct tap *columns = byte_taps(w, nw, true, scratch), *rows = byte_taps(h, nh, false, scratch);
    for (uint32_t y = 0; y < nh; y++) {
        const struct tap r = rows[y];
        const uint8_t *upper = in + r.a * line, *lower = in + r.b * line;
        uint8_t *to = out + y * stride;
        for (uint32_t x = 0; x < nw; x++)
            for (unsigned k = 0; k < 3; k++) {
                const struct tap c = columns[x];
                const size_t i = (size_t)c.a * 3 + k, j = (size_t)c.b * 3 + k;
                int v0 = upper[i] * c.p + upper[j] * c.q, v1 = lower[i] * c.p + lower[j] * c.q;
                *to++ = (uint8_t)((((v0 >> 4) * r.p >> 16) + ((v1 >> 4) * r.q >> 16) + 2) >> 2);
            }
    }
    bx_arena_pop(scratch, mark);
}

struct side {
    uint32_t a, b;
    float u, t;
};

static struct side side_at(uint32_t src, uint32_t i, float step)
{
    float x = ((float)i + 0.5f) * step;
    x = x - 0.5f;
    if (!(x > 0))
        x = 0;
    struct side s = {.a = x >= (float)(src - 1) ? src - 1 : (uint32_t)x};
    s.b = s.a + 1 < src ? s.a + 1 : src - 1;
    s.t = x - (float)s.a;
    s.t = s.t < 0 ? 0 : s.t > 1 ? 1 : s.t;
    s.u = 1 - s.t;
    return s;
}
static float step_of(uint32_t src, uint32_t dst, float told)
{
    return told > 0 ? told : (float)((double)src / dst);
}

void bx_bilinear(const float *in, uint32_t w, uint32_t h, size_t stride, float *out, uint32_t ow, uint32_t oh, float sx, float sy,
                 struct bx_part part, struct bx_arena *scratch)
{
    if (part.x0 >= part.x1 || part.y0 >= part.y1)
        return;
    if (w == ow && h == oh) {
        for (uint32_t y = part.y0; y < part.y1; y++)
            memcpy(out + (size_t)y * ow + part.x0, in + y * stride + part.x0, (part.x1 - part.x0) * sizeof *out);
        return;
    }
    struct bx_arena_mark mark = bx_arena_mark(scratch);
    struct side *columns = BX_NEW(scratch, struct side, part.x1 - part.x0);
    sx = step_of(w, ow, sx);
    sy = step_of(h, oh, sy);
    for (uint32_t x = part.x0; x < part.x1; x++)
        columns[x - part.x0] = side_at(w, x, sx);
    for (uint32_t y = part.y0; y < part.y1; y++) {
        const struct side r = side_at(h, y, sy);
        const float *upper = in + r.a * stride, *lower = in + r.b * stride;
        for (uint32_t x = part.x0; x < part.x1; x++) {
            const struct side c = columns[x - part.x0];
            float v0 = fmaf(upper[c.a], c.u, upper[c.b] * c.t), v1 = fmaf(lower[c.a], c.u, lower[c.b] * c.t);
            out[(size_t)y * ow + x] = fmaf(v0, r.u, v1 * r.t);
        }
    }
    bx_arena_pop(scratch, mark);
}

struct bx_part bx_bilinear_source(uint32_t w, uint32_t h, uint32_t ow, uint32_t oh, float sx, float sy, struct bx_part part)
{
    if (part.x0 >= part.x1 || part.y0 >= part.y1)
        return (struct bx_part){0};
    if (w == ow && h == oh)
        return part;
    sx = step_of(w, ow, sx);
    sy = step_of(h, oh, sy);
    return (struct bx_part){side_at(w, part.x0, sx).a, side_at(h, part.y0, sy).a, side_at(w, part.x1 - 1, sx).b + 1,
                            side_at(h, part.y1 - 1, sy).b + 1};
}

static float value(enum bx_values values, float v, unsigned channel)
{
    static const float mean[] = {0.485f, 0.456f, 0.406f}, deviation[] = {0.229f, 0.224f, 0.225f};
    return values == BX_VALUES_IMAGENET ? (v - mean[channel]) / deviation[channel] : v;
}

void bx_tensor_fill(const struct bx_pixels *px, const struct bx_frame *f, enum bx_fit fit, enum bx_values values, float *out,
                    struct bx_arena *scratch)
{
    struct bx_arena_mark mark = bx_arena_mark(scratch);
    const bool bgr = values == BX_VALUES_BGR || values == BX_VALUES_BGR_UNIT;
    const float by = values == BX_VALUES_BGR || values == BX_VALUES_RGB_255 ? 1.0f : 255.0f;
    const size_t plane = (size_t)f->W * f->H, line = (size_t)f->W * 3;
    if (fit == BX_FIT_STRETCH_FLOAT) {
        const size_t n = (size_t)px->w * px->h;
        float *from = BX_NEW(scratch, float, n);
        for (unsigned k = 0; k < 3; k++) {
            for (size_t i = 0; i < n; i++)
                from[i] = (float)px->p[3 * i + (bgr ? 2 - k : k)] / by;
            bx_bilinear(from, px->w, px->h, px->w, out + k * plane, f->W, f->H, 0, 0, (struct bx_part){0, 0, f->W, f->H}, scratch);
            for (size_t i = 0; i < plane; i++)
                out[k * plane + i] = value(values, out[k * plane + i], k);
        }
    } else {
        uint8_t *canvas = BX_NEW(scratch, uint8_t, plane * 3);
        memset(canvas, GREY, plane * 3);
        bx_resize_rgb(px->p, px->w, px->h, canvas + f->top * line + (size_t)f->left * 3, f->nw, f->nh, line, scratch);
        for (unsigned k = 0; k < 3; k++)
            for (size_t i = 0; i < plane; i++)
                out[k * plane + i] = value(values, (float)canvas[3 * i + (bgr ? 2 - k : k)] / by, k);
    }
    bx_arena_pop(scratch, mark);
}
