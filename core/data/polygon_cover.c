/* polygon_cover.c: what of a quadrilateral others cover together: upright strips between all corners and crossings, in each of which every
 * outline is a straight line, so that a strip's middle says its area. */
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/data/polygon.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct span {
    double from, to;
};
struct cover {
    double *x; /* where strips begin and end */
    size_t nx, cap;
    double from, to; /* the quadrilateral's ends */
};

static int ascending(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

static int by_begin(const void *pa, const void *pb)
{
    const struct span *a = pa, *b = pb;
    return a->from != b->from ? (a->from < b->from ? -1 : 1) : a->to < b->to ? -1 : a->to > b->to;
}

static void add(struct cover *c, double x)
{
    if (!(x >= c->from && x <= c->to))
        return;
    c->x = bx_grow(c->x, &c->cap, c->nx + 1, sizeof *c->x);
    c->x[c->nx++] = x;
}

/* An upright edge lies where a strip begins anyway. */
static void add_crossing(struct cover *c, const double *a, const double *b, const double *p, const double *q)
{
    double rx = b[0] - a[0], ry = b[1] - a[1], sx = q[0] - p[0], sy = q[1] - p[1], det = rx * sy - ry * sx;
    if (rx == 0 || sx == 0 || det == 0)
        return;
    double f = ((p[0] - a[0]) * sy - (p[1] - a[1]) * sx) / det, g = ((p[0] - a[0]) * ry - (p[1] - a[1]) * rx) / det;
    if (f > 0 && f < 1 && g > 0 && g < 1)
        add(c, a[0] + f * rx);
}

static const double *corner(const double *q, size_t i)
{
    return q + 2 * (i & 3);
}

/* Where the upright line at x is inside: pairs of crossings, by even and odd. */
static size_t inside(const double *q, double from, double to, struct span out[2])
{
    double y[4], x = from + (to - from) / 2;
    size_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        const double *a = corner(q, i), *b = corner(q, i + 1);
        if (fmin(a[0], b[0]) <= from && fmax(a[0], b[0]) >= to)
            y[n++] = a[1] + (b[1] - a[1]) * ((x - a[0]) / (b[0] - a[0]));
    }
    qsort(y, n, sizeof *y, ascending);
    for (size_t i = 0; i + 1 < n; i += 2)
        out[i / 2] = (struct span){y[i], y[i + 1]};
    return n / 2;
}

static double overlap(const struct span *own, size_t nown, double from, double to)
{
    double sum = 0;
    for (size_t i = 0; i < nown; i++) {
        double d = fmin(own[i].to, to) - fmax(own[i].from, from);
        sum += d > 0 ? d : 0;
    }
    return sum;
}

static double strip(const double q[8], const double *quads, size_t n, double from, double to, struct span *spans)
{
    struct span own[2];
    size_t nown = inside(q, from, to, own), nspans = 0;
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        nspans += inside(quads + 8 * k, from, to, spans + nspans);
    if (nspans)
        qsort(spans, nspans, sizeof *spans, by_begin);
    for (size_t i = 0, j; i < nspans; i = j) {
        double end = spans[i].to;
        for (j = i + 1; j < nspans && spans[j].from <= end; j++)
            end = fmax(end, spans[j].to);
        sum += overlap(own, nown, spans[i].from, end);
    }
    return sum * (to - from);
}

double bx_quad_covered_by(const double q[8], const double *quads, size_t n)
{
    struct cover c = {.from = fmin(fmin(q[0], q[2]), fmin(q[4], q[6])), .to = fmax(fmax(q[0], q[2]), fmax(q[4], q[6]))};
    double sum = 0;
    for (size_t k = 0; k <= n; k++)
        for (size_t i = 0; i < 4; i++) {
            const double *own = k < n ? quads + 8 * k : q;
            add(&c, corner(own, i)[0]);
            for (size_t m = 0; m <= k; m++)
                for (size_t j = 0; j < 4; j++) {
                    const double *other = m < n ? quads + 8 * m : q;
                    add_crossing(&c, corner(own, i), corner(own, i + 1), corner(other, j), corner(other, j + 1));
                }
        }
    struct span *spans = bx_xrealloc(NULL, 2 * n + 1, sizeof *spans);
    if (c.nx)
        qsort(c.x, c.nx, sizeof *c.x, ascending);
    for (size_t i = 1; i < c.nx; i++)
        if (c.x[i] > c.x[i - 1])
            sum += strip(q, quads, n, c.x[i - 1], c.x[i], spans);
    free(spans);
    free(c.x);
    return sum;
}
