/* scale.c: smaller pictures by area average: every source pixel counts by how much of it lies under the target pixel. */
#include "core/image/image.h"
#include <string.h>

void bx_image_fit(uint32_t w, uint32_t h, uint32_t max_w, uint32_t max_h, uint32_t *out_w, uint32_t *out_h)
{
    uint64_t fw = w, fh = h;
    if (fw > max_w)
        fw = max_w, fh = ((uint64_t)h * max_w + w / 2) / w;
    if (fh > max_h)
        fh = max_h, fw = ((uint64_t)w * max_h + h / 2) / h;
    *out_w = fw ? (uint32_t)fw : 1;
    *out_h = fh ? (uint32_t)fh : 1;
}

/* The part of source cell i that target cell j of a n -> m reduction covers, times m; integers, so that sums are exact. */
static uint64_t cover(uint64_t i, uint64_t j, uint64_t n, uint64_t m)
{
    uint64_t lo = i * m > j * n ? i * m : j * n, hi = (i + 1) * m < (j + 1) * n ? (i + 1) * m : (j + 1) * n;
    return hi > lo ? hi - lo : 0;
}

/* Add one source row, weighted, to the sums of a target row: colour times alpha, and alpha last. */
static void add_row(double *sum, const uint8_t *row, const struct bx_pixels *in, uint32_t w, double weight)
{
    unsigned ch = in->channels;
    for (uint32_t j = 0; j < w; j++, sum += 4) {
        double part[4] = {0};
        for (uint64_t i = (uint64_t)j * in->w / w; i < in->w && i * w < (uint64_t)(j + 1) * in->w; i++) {
            double covered = (double)cover(i, j, in->w, w);
            const uint8_t *p = row + i * ch;
            double alpha = ch == 4 ? covered * p[3] : covered;
            for (int k = 0; k < 3; k++)
                part[k] += alpha * p[k];
            part[3] += alpha;
        }
        for (int k = 0; k < 4; k++)
            sum[k] += weight * part[k];
    }
}

static uint8_t rounded(double v)
{
    return v >= 255 ? 255 : (uint8_t)(v + 0.5);
}

struct bx_pixels bx_image_scale(const struct bx_pixels *in, uint32_t w, uint32_t h, struct bx_arena *a)
{
    w = w < in->w ? w : in->w;
    h = h < in->h ? h : in->h;
    struct bx_pixels out = {w, h, in->channels, BX_NEW(a, uint8_t, (size_t)w * h * in->channels)};
    size_t in_stride = (size_t)in->w * in->channels;
    double *sum = BX_NEW(a, double, (size_t)w * 4), cell = (double)in->w * in->h; /* the weights of one target pixel add up to this */
    for (uint32_t j = 0; j < h; j++) {
        memset(sum, 0, (size_t)w * 4 * sizeof *sum);
        for (uint64_t i = (uint64_t)j * in->h / h; i < in->h && i * h < (uint64_t)(j + 1) * in->h; i++)
            add_row(sum, in->p + i * in_stride, in, w, (double)cover(i, j, in->h, h));
        uint8_t *to = out.p + (size_t)j * w * in->channels;
        for (uint32_t x = 0; x < w; x++, to += in->channels) {
            const double *s = sum + (size_t)x * 4;
            for (int k = 0; k < 3; k++)
                to[k] = s[3] > 0 ? rounded(s[k] / s[3]) : 0;
            if (in->channels == 4)
                to[3] = rounded(s[3] / cell);
        }
    }
    return out;
}
