/* frame.c: answers given in the file's raw frame are turned into the frame as displayed. */
#include "core/backend/answer.h"
#include "core/base/banned.h"
#include "core/image/image.h"
#include <stdlib.h>
#include <string.h>

enum bx_answer_frame bx_frame_of(uint32_t w, uint32_t h, uint32_t image_w, uint32_t image_h, uint8_t orientation)
{
    if (w == image_w && h == image_h)
        return BX_FRAME_DISPLAYED;
    /* 2, 3 and 4 keep the size, so nobody can tell; 5 to 8 exchange the sides. */
    if (orientation >= 5 && orientation <= 8 && w == image_h && h == image_w)
        return BX_FRAME_RAW;
    return BX_FRAME_OTHER;
}

/* A mask by way of its pixels: runs do not survive a turn. */
static struct bx_rle turn_mask(const struct bx_rle *m, uint8_t orientation, struct bx_arena *a)
{
    uint32_t w = m->w, h = m->h, out_w = h, out_h = w;
    uint8_t *px = calloc((size_t)w * h + 1, 1);
    uint32_t *counts = NULL;
    size_t cap = 0, n = 0, at = 0;
    if (!px)
        abort();
    for (size_t i = 0; i < m->n; i++) {
        for (uint32_t k = 0; i % 2 && k < m->counts[i]; k++) {
            double x = (double)((at + k) / h) + 0.5, y = (double)((at + k) % h) + 0.5;
            bx_orient_point(orientation, w, h, &x, &y);
            px[(size_t)x * out_h + (size_t)y] = 1;
        }
        at += m->counts[i];
    }
    size_t total = (size_t)w * h, run = 0;
    uint8_t value = 0;
    for (size_t i = 0; i < total; i++) {
        if (px[i] != value) {
            counts = bx_grow(counts, &cap, n + 1, sizeof *counts);
            counts[n++] = (uint32_t)run;
            run = 0;
            value = px[i];
        }
        run++;
    }
    counts = bx_grow(counts, &cap, n + 1, sizeof *counts);
    counts[n++] = (uint32_t)run;
    uint32_t *kept = BX_NEW(a, uint32_t, n);
    memcpy(kept, counts, n * sizeof *kept);
    free(counts);
    free(px);
    return (struct bx_rle){out_h, out_w, n, kept};
}

void bx_frame_turn(struct bx_detection *d, size_t n, uint32_t raw_w, uint32_t raw_h, uint8_t orientation, struct bx_arena *a)
{
    for (size_t i = 0; i < n; i++) {
        bx_orient_box(orientation, raw_w, raw_h, d[i].box);
        if (d[i].obb) {
            double *c = bx_memdup(a, d[i].obb, 8 * sizeof *c);
            for (size_t k = 0; k < 4; k++)
                bx_orient_point(orientation, raw_w, raw_h, &c[2 * k], &c[2 * k + 1]);
            d[i].obb = c;
        }
        if (d[i].mask) {
            struct bx_rle turned = turn_mask(d[i].mask, orientation, a);
            d[i].mask = bx_memdup(a, &turned, sizeof turned);
        }
    }
}
