/* rle_polygon.c: polygons to run lengths, to the pixel as cocoapi's rleFrPoly draws them (ALGORITHMS 1.6). */
#include "core/data/rle.h"
#include <math.h>
#include <stdlib.h>

#define SCALE 5.0
#define FAR 1000000000 /* coordinates beyond are drawn as if they were here: every image ends long before */

/* Where the outline crosses into a column of pixels: x * h + y, one number each crossing. */
struct crossings {
    uint32_t *at;
    size_t n, cap;
    uint32_t h, w;
    int u, v; /* the last point drawn */
    bool begun;
};

static int scaled(double c)
{
    double v = SCALE * c + .5;
    return v >= FAR ? FAR : v > -FAR ? (int)v : -FAR;
}

static void draw(struct crossings *c, int u, int v)
{
    if (c->begun && u != c->u) {
        double x = (u < c->u ? u : u - 1), y = (v < c->v ? v : c->v);
        x = (x + .5) / SCALE - .5;
        if (floor(x) == x && x >= 0 && x <= (double)c->w - 1) {
            y = (y + .5) / SCALE - .5;
            y = ceil(y < 0 ? 0 : y > c->h ? c->h : y);
            c->at = bx_grow(c->at, &c->cap, c->n + 2, sizeof *c->at);
            c->at[c->n++] = (uint32_t)x * c->h + (uint32_t)y;
        }
    }
    c->u = u;
    c->v = v;
    c->begun = true;
}

static void draw_edge(struct crossings *c, int xs, int ys, int xe, int ye)
{
    int dx = abs(xe - xs), dy = abs(ye - ys);
    bool flip = (dx >= dy && xs > xe) || (dx < dy && ys > ye);
    if (flip) {
        int t = xs;
        xs = xe;
        xe = t;
        t = ys;
        ys = ye;
        ye = t;
    }
    if (dx >= dy) {
        double s = dx ? (double)(ye - ys) / dx : 0;
        for (int d = 0; d <= dx; d++) {
            int t = flip ? dx - d : d;
            draw(c, t + xs, (int)(ys + s * t + .5));
        }
    } else {
        double s = (double)(xe - xs) / dy;
        for (int d = 0; d <= dy; d++) {
            int t = flip ? dy - d : d;
            draw(c, (int)(xs + s * t + .5), t + ys);
        }
    }
}

static int ascending(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return a < b ? -1 : a > b;
}

struct bx_rle bx_rle_from_polygon(const double *xy, size_t npoints, uint32_t h, uint32_t w, struct bx_arena *a)
{
    struct crossings c = {.h = h, .w = w};
    for (size_t i = 0; i < npoints; i++) {
        size_t j = i + 1 < npoints ? i + 1 : 0;
        draw_edge(&c, scaled(xy[2 * i]), scaled(xy[2 * i + 1]), scaled(xy[2 * j]), scaled(xy[2 * j + 1]));
    }
    c.at = bx_grow(c.at, &c.cap, c.n + 1, sizeof *c.at);
    c.at[c.n++] = h * w;
    qsort(c.at, c.n, sizeof *c.at, ascending);
    uint32_t *counts = BX_NEW(a, uint32_t, c.n), before = 0;
    size_t m = 0;
    bool join = false; /* a run of length zero joins its neighbours */
    for (size_t i = 0; i < c.n; i++) {
        uint32_t run = c.at[i] - before;
        before = c.at[i];
        if (join) {
            counts[m - 1] += run;
            join = false;
        } else if (run > 0 || m == 0)
            counts[m++] = run;
        else
            join = true;
    }
    free(c.at);
    return (struct bx_rle){h, w, m, counts};
}

struct bx_rle bx_rle_from_box(const double box[4], uint32_t h, uint32_t w, struct bx_arena *a)
{
    double x0 = box[0], y0 = box[1], x1 = box[0] + box[2], y1 = box[1] + box[3];
    double xy[8] = {x0, y0, x0, y1, x1, y1, x1, y0};
    return bx_rle_from_polygon(xy, 4, h, w, a);
}
