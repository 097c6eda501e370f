/*
 * rle_polygon.c: polygons to run lengths, to the pixel as cocoapi's rleFrPoly draws them.
 *
 * The original draws every point of the outline, five to a pixel, and keeps the steps from one column of points to the next that fall on
 * the middle of a column of pixels. Here only those steps are computed: the edge's point is a function of how far along one is, so each is
 * found directly.
 *
 * A step is a place, column * h + y, where the mask changes; two at one place undo each other. An outline has few of them and they are
 * listed; of one that has more than the image is large it is only kept, a bit a place, whether their number is odd.
 */
#include "core/data/rle.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCALE  5
#define MIDDLE 2          /* the step at column x of pixels is that between points 5x + 2 and 5x + 3 */
#define FAR    1000000000 /* coordinates beyond are drawn as if they were here: every image ends long before */

struct crossings {
    uint32_t *x, *y; /* a column of pixels, and where in it the outline passes: 0..h */
    size_t n, cap, y_cap, most;
    uint64_t *odd; /* instead of the list, once it would have become longer than `most` */
    uint32_t h, w;
};

static int scaled(double c)
{
    double v = SCALE * c + .5;
    return v >= FAR ? FAR : v > -FAR ? (int)v : -FAR;
}

static uint64_t places(const struct crossings *c)
{
    return (uint64_t)c->h * c->w;
}

static void toggle(struct crossings *c, uint32_t x, uint32_t y)
{
    uint64_t at = (uint64_t)x * c->h + y;
    c->odd[at / 64] ^= UINT64_C(1) << at % 64;
}

static void give_up_list(struct crossings *c)
{
    size_t words = (size_t)(places(c) / 64) + 1;
    c->odd = bx_xrealloc(NULL, words, sizeof *c->odd);
    memset(c->odd, 0, words * sizeof *c->odd);
    for (size_t i = 0; i < c->n; i++)
        toggle(c, c->x[i], c->y[i]);
    c->n = 0;
}

/* v: fifths of pixels. cocoapi's y is ceil((v + .5) / 5 - .5), within 0..h; the quotient is exact where it matters. */
static void cross(struct crossings *c, int64_t column, int v)
{
    int64_t y = v <= MIDDLE ? 0 : ((int64_t)v + MIDDLE) / SCALE;
    uint32_t at = y > c->h ? c->h : (uint32_t)y;
    if (c->odd) {
        toggle(c, (uint32_t)column, at);
        return;
    }
    c->x[c->n] = (uint32_t)column;
    c->y[c->n++] = at;
}

/* The first step t at which the edge's column, xs + s*t rounded, has passed the middle of a column of pixels. */
static int64_t first_past(int64_t column, int xs, double s, int64_t dy)
{
    int64_t left = SCALE * column + MIDDLE;
    double guess = ((double)left + .5 - xs) / s;
    int64_t t = guess < 0 ? 0 : guess > (double)dy ? dy : (int64_t)guess;
    if (s > 0) {
        while (t > 0 && (int)(xs + s * (double)(t - 1) + .5) > left)
            t--;
        while (t <= dy && (int)(xs + s * (double)t + .5) <= left)
            t++;
    } else {
        while (t > 0 && (int)(xs + s * (double)(t - 1) + .5) <= left)
            t--;
        while (t <= dy && (int)(xs + s * (double)t + .5) > left)
            t++;
    }
    return t;
}

/* The columns of pixels whose middle an edge passes. */
static bool columns_of(int xs, int xe, uint32_t w, int64_t *first, int64_t *last)
{
    int64_t low = xs < xe ? xs : xe, high = xs < xe ? xe : xs;
    *first = low <= MIDDLE ? 0 : (low - MIDDLE + SCALE - 1) / SCALE;
    *last = high < MIDDLE + 1 ? -1 : (high - MIDDLE - 1) / SCALE;
    if (*last > (int64_t)w - 1)
        *last = (int64_t)w - 1;
    return *first <= *last;
}

uint64_t bx_rle_polygon_crossings(const double *xy, size_t npoints, uint32_t w)
{
    uint64_t n = 0;
    int64_t first, last;
    for (size_t i = 0; i < npoints; i++)
        if (columns_of(scaled(xy[2 * i]), scaled(xy[2 * (i + 1 < npoints ? i + 1 : 0)]), w, &first, &last))
            n += (uint64_t)(last - first) + 1;
    return n;
}

static void draw_edge(struct crossings *c, int xs, int ys, int xe, int ye)
{
    int dx = abs(xe - xs), dy = abs(ye - ys);
    if ((dx >= dy && xs > xe) || (dx < dy && ys > ye)) {
        int t = xs;
        xs = xe;
        xe = t;
        t = ys;
        ys = ye;
        ye = t;
    }
    int64_t first, last;
    if (!columns_of(xs, xe, c->w, &first, &last))
        return;
    size_t more = (size_t)(last - first) + 1;
    if (!c->odd && c->n + more > c->most)
        give_up_list(c);
    if (!c->odd) {
        c->x = bx_grow(c->x, &c->cap, c->n + more, sizeof *c->x);
        c->y = bx_grow(c->y, &c->y_cap, c->n + more, sizeof *c->y);
    }
    if (dx >= dy) {
        double s = dx ? (double)(ye - ys) / dx : 0;
        for (int64_t x = first; x <= last; x++) {
            int t = (int)(SCALE * x + MIDDLE - xs);
            int before = (int)(ys + s * t + .5), after = (int)(ys + s * (t + 1) + .5);
            cross(c, x, before < after ? before : after);
        }
        return;
    }
    double s = (double)(xe - xs) / dy;
    for (int64_t x = first; x <= last; x++) {
        int64_t t = first_past(x, xs, s, dy);
        if (t > 0 && t <= dy)
            cross(c, x, (int)(t - 1) + ys);
    }
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* x * h + y of every crossing in ascending order: by column, then in the column. Returns the arena's array of n + 1, the last being h * w.
 */
static uint32_t *sort_crossings(const struct crossings *c, struct bx_arena *a)
{
    uint32_t low = UINT32_MAX, high = 0;
    for (size_t i = 0; i < c->n; i++) {
        low = c->x[i] < low ? c->x[i] : low;
        high = c->x[i] > high ? c->x[i] : high;
    }
    uint32_t *at = BX_NEW(a, uint32_t, c->n + 1);
    if (c->n) {
        size_t *next = BX_NEW(a, size_t, high - low + 2);
        for (size_t i = 0; i < c->n; i++)
            next[c->x[i] - low + 1]++;
        for (size_t i = 1; i < high - low + 2; i++)
            next[i] += next[i - 1];
        for (size_t i = 0; i < c->n; i++)
            at[next[c->x[i] - low]++] = c->x[i] * c->h + c->y[i];
    }
    /* Nearly in order, most often; an outline that runs to and fro is not, and must not take its square. */
    uint64_t moves = 0, most = 16 * (uint64_t)c->n + 4096;
    for (size_t i = 1; i < c->n && moves < most; i++) {
        uint32_t v = at[i];
        size_t j = i;
        for (; j > 0 && at[j - 1] > v; j--)
            at[j] = at[j - 1];
        at[j] = v;
        moves += i - j;
    }
    if (moves >= most)
        qsort(at, c->n, sizeof *at, by_value);
    at[c->n] = c->h * c->w;
    return at;
}

static struct bx_rle runs_of_list(const struct crossings *c, struct bx_arena *a)
{
    uint32_t *counts = BX_NEW(a, uint32_t, c->n + 1), before = 0;
    struct bx_arena_mark mark = bx_arena_mark(a);
    uint32_t *at = sort_crossings(c, a);
    size_t m = 0;
    bool join = false; /* a run of length zero joins its neighbours */
    for (size_t i = 0; i <= c->n; i++) {
        uint32_t run = at[i] - before;
        before = at[i];
        if (join) {
            counts[m - 1] += run;
            join = false;
        } else if (run > 0 || m == 0)
            counts[m++] = run;
        else
            join = true;
    }
    bx_arena_pop(a, mark);
    return (struct bx_rle){c->h, c->w, m, counts};
}

/* What is left of a list when pairs at one place are gone: the first run may still be of length zero. */
static struct bx_rle runs_of_bits(const struct crossings *c, struct bx_arena *a)
{
    size_t words = (size_t)(places(c) / 64) + 1, n = 1, m = 0;
    for (size_t i = 0; i < words; i++)
        n += (size_t)__builtin_popcountll(c->odd[i]);
    uint32_t *counts = BX_NEW(a, uint32_t, n), before = 0, end = (uint32_t)places(c);
    for (size_t i = 0; i < words; i++)
        for (uint64_t word = c->odd[i]; word; word &= word - 1) {
            uint32_t at = (uint32_t)(i * 64 + (size_t)__builtin_ctzll(word));
            if (at < end) {
                counts[m++] = at - before;
                before = at;
            }
        }
    counts[m++] = end - before;
    return (struct bx_rle){c->h, c->w, m, counts};
}

struct bx_rle bx_rle_from_polygon(const double *xy, size_t npoints, uint32_t h, uint32_t w, struct bx_arena *a)
{
    struct crossings c = {.h = h, .w = w};
    c.most = (size_t)(places(&c) / 32) + 256; /* as large as the bits, or smaller */
    for (size_t i = 0; i < npoints; i++) {
        size_t j = i + 1 < npoints ? i + 1 : 0;
        draw_edge(&c, scaled(xy[2 * i]), scaled(xy[2 * i + 1]), scaled(xy[2 * j]), scaled(xy[2 * j + 1]));
    }
    struct bx_rle r = c.odd ? runs_of_bits(&c, a) : runs_of_list(&c, a);
    free(c.x);
    free(c.y);
    free(c.odd);
    return r;
}

struct bx_rle bx_rle_from_box(const double box[4], uint32_t h, uint32_t w, struct bx_arena *a)
{
    double x0 = box[0], y0 = box[1], x1 = box[0] + box[2], y1 = box[1] + box[3];
    double xy[8] = {x0, y0, x0, y1, x1, y1, x1, y0};
    return bx_rle_from_polygon(xy, 4, h, w, a);
}
