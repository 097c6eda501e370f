/* masks.c: coefficients times prototypes, enlarged to the image as Ultralytics' retina masks are; only what lies in its box is computed. */
#include "core/backend/decode/parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t pad(uint32_t whole, uint32_t side, double r)
{
    double scaled = rint(side * r);
    uint32_t n = scaled < 1 ? 1 : (uint32_t)scaled;
    return whole > n ? whole - n : 0;
}

/* How much the logits are enlarged before their padding is cut off, so that it ends between two of them. */
static uint32_t factor(uint32_t pw, uint32_t ph, const struct bx_frame *f)
{
    double by_h = 4.0 * ph / f->h, by_w = 4.0 * pw / f->w, r = by_h < by_w ? by_h : by_w;
    uint32_t odd = pad(4 * ph, f->h, r) | pad(4 * pw, f->w, r), bits = odd | odd / 2;
    return bits % 2 ? 4 : bits % 4 ? 2 : 1;
}

/* The first pixel at or after v, whole numbers (not middles). */
static uint32_t pixel(float v, uint32_t most)
{
    float c = ceilf(v);
    return c <= 0 ? 0 : c >= (float)most ? most : (uint32_t)c;
}

static struct bx_rle runs(const float *logits, struct bx_part p, uint32_t w, uint32_t h, struct bx_arena *a)
{
    uint32_t *counts = NULL, length = 0;
    size_t n = 0, cap = 0;
    bool inside = false, any = false;
    for (uint32_t x = 0; x < w; x++)
        if (x < p.x0 || x >= p.x1) {
            if (inside) {
                counts = bx_grow(counts, &cap, n + 1, sizeof *counts);
                counts[n++] = length;
                length = 0, inside = false;
            }
            length += h;
        } else
            for (uint32_t y = 0; y < h; y++) {
                bool in = y >= p.y0 && y < p.y1 && logits[(size_t)y * w + x] > 0;
                any |= in;
                if (in != inside) {
                    counts = bx_grow(counts, &cap, n + 1, sizeof *counts);
                    counts[n++] = length;
                    length = 0, inside = in;
                }
                length++;
            }
    counts = bx_grow(counts, &cap, n + 1, sizeof *counts);
    counts[n++] = length;
    struct bx_rle r = {h, w, any ? n : 0, any ? bx_memdup(a, counts, n * sizeof *counts) : NULL};
    free(counts);
    return r;
}

void decode_masks(const struct bx_output *coefficients, size_t first, bool by_column, const struct bx_output *protos,
                  const struct bx_frame *f, struct bx_founds *out, const struct rows *rows, struct bx_arena *a)
{
    const size_t m = protos->dim[1];
    const uint32_t ph = (uint32_t)protos->dim[2], pw = (uint32_t)protos->dim[3], k = factor(pw, ph, f);
    struct bx_frame g;
    bx_frame_make(BX_FIT_LETTERBOX, f->w, f->h, pw * k, ph * k, 0, &g);
    float *logits = BX_NEW(a, float, (size_t)pw *ph), *enlarged = BX_NEW(a, float, (size_t)g.W *g.H),
          *whole = BX_NEW_LARGE(a, float, (size_t)f->w * f->h);
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct bx_found *o = &out->at[i];
        struct bx_part p = {pixel(o->box[0], f->w), pixel(o->box[1], f->h), pixel(o->box[2], f->w), pixel(o->box[3], f->h)};
        if (p.x0 >= p.x1 || p.y0 >= p.y1)
            continue;
        memset(logits, 0, (size_t)pw * ph * sizeof *logits);
        for (size_t c = 0; c < m; c++) {
            size_t at = rows->at[i].index;
            float by = by_column ? coefficients->v[(first + c) * coefficients->dim[2] + at]
                                 : coefficients->v[at * coefficients->dim[2] + first + c];
            const float *plane = protos->v + c * pw * ph;
            for (size_t j = 0; j < (size_t)pw * ph; j++)
                logits[j] += by * plane[j];
        }
        struct bx_part q = bx_bilinear_source(g.nw, g.nh, f->w, f->h, 0, 0, p);
        struct bx_part moved = {q.x0 + g.left, q.y0 + g.top, q.x1 + g.left, q.y1 + g.top};
        const float *source = logits;
        if (k > 1) {
            bx_bilinear(logits, pw, ph, pw, enlarged, g.W, g.H, 1.0f / (float)k, 1.0f / (float)k, moved, a);
            source = enlarged;
        }
        bx_bilinear(source + (size_t)g.top * g.W + g.left, g.nw, g.nh, g.W, whole, f->w, f->h, 0, 0, p, a);
        o->mask = runs(whole, p, f->w, f->h, a);
        if (o->mask.n)
            out->at[kept++] = *o;
    }
    out->n = kept; /* one without a pixel is none, box and all */
}
