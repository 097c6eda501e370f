/* polygon.c: quadrilaterals: areas, hulls, and what two of them share (Sutherland-Hodgman, in coordinates relative to the pair). */
#include "core/data/polygon.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

static double signed_area(const double *xy, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = i + 1 < n ? i + 1 : 0;
        s += xy[2 * i] * xy[2 * j + 1] - xy[2 * j] * xy[2 * i + 1];
    }
    return s / 2;
}

double bx_quad_area(const double q[8])
{
    double r[8];
    for (int i = 0; i < 8; i++)
        r[i] = q[i] - q[i & 1];
    return fabs(signed_area(r, 4));
}

void bx_quad_hull(const double q[8], double box[4])
{
    double x0 = q[0], x1 = q[0], y0 = q[1], y1 = q[1];
    for (int i = 1; i < 4; i++) {
        double x = q[2 * i], y = q[2 * i + 1];
        x0 = x < x0 ? x : x0;
        x1 = x > x1 ? x : x1;
        y0 = y < y0 ? y : y0;
        y1 = y > y1 ? y : y1;
    }
    box[0] = x0;
    box[1] = y0;
    box[2] = x1 - x0;
    box[3] = y1 - y0;
}

static size_t clip(const double *in, size_t n, const double a[2], const double b[2], double *out)
{
    size_t m = 0;
    double ex = b[0] - a[0], ey = b[1] - a[1];
    for (size_t i = 0; i < n; i++) {
        const double *p = in + 2 * i, *q = in + 2 * (i + 1 < n ? i + 1 : 0);
        double sp = ex * (p[1] - a[1]) - ey * (p[0] - a[0]), sq = ex * (q[1] - a[1]) - ey * (q[0] - a[0]);
        if (sp >= 0) {
            out[2 * m] = p[0];
            out[2 * m + 1] = p[1];
            m++;
        }
        if ((sp >= 0) != (sq >= 0)) {
            double f = sp / (sp - sq);
            out[2 * m] = p[0] + f * (q[0] - p[0]);
            out[2 * m + 1] = p[1] + f * (q[1] - p[1]);
            m++;
        }
    }
    return m;
}

static double cross(const double *o, const double *p, const double *q)
{
    return (p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0]);
}

/* What a quadrilateral covers, as convex polygons: itself, or two triangles where its outline crosses itself or has a dent. */
struct pieces {
    size_t n, corners;
    double xy[2][8];
};

static void add_triangle(struct pieces *s, const double *a, const double *b, const double *c)
{
    double *t = s->xy[s->n++];
    s->corners = 3;
    memcpy(t, a, 2 * sizeof *t);
    memcpy(t + 2, b, 2 * sizeof *t);
    memcpy(t + 4, c, 2 * sizeof *t);
}

/* Where the segments a-b and c-d cross, if they do so inside both. */
static bool crossing(const double *a, const double *b, const double *c, const double *d, double at[2])
{
    double sa = cross(c, d, a), sb = cross(c, d, b), sc = cross(a, b, c), sd = cross(a, b, d);
    if (!(((sa > 0 && sb < 0) || (sa < 0 && sb > 0)) && ((sc > 0 && sd < 0) || (sc < 0 && sd > 0))))
        return false;
    double f = sa / (sa - sb);
    at[0] = a[0] + f * (b[0] - a[0]);
    at[1] = a[1] + f * (b[1] - a[1]);
    return true;
}

static void split(const double q[8], struct pieces *s)
{
    const double *a = q, *b = q + 2, *c = q + 4, *d = q + 6;
    double at[2];
    s->n = 0;
    if (crossing(a, b, c, d, at)) {
        add_triangle(s, a, at, d);
        add_triangle(s, b, at, c);
        return;
    }
    if (crossing(b, c, d, a, at)) {
        add_triangle(s, a, b, at);
        add_triangle(s, c, d, at);
        return;
    }
    double turn = signed_area(q, 4);
    for (size_t i = 0; i < 4; i++) {
        const double *p = q + 2 * i, *next = q + 2 * ((i + 1) & 3), *across = q + 2 * ((i + 2) & 3), *before = q + 2 * ((i + 3) & 3);
        double here = cross(before, p, next);
        if ((turn > 0 && here < 0) || (turn < 0 && here > 0)) {
            add_triangle(s, p, next, across);
            add_triangle(s, p, across, before);
            return;
        }
    }
    s->n = 1;
    s->corners = 4;
    memcpy(s->xy[0], q, sizeof s->xy[0]);
}

static double convex_intersection(const double *p, size_t np, const double *q, size_t nq)
{
    double a[32], b[32], w[8];
    bool clockwise = signed_area(q, nq) < 0;
    for (size_t i = 0; i < nq; i++)
        memcpy(w + 2 * i, q + 2 * (clockwise ? nq - 1 - i : i), 2 * sizeof *w);
    memcpy(a, p, 2 * np * sizeof *a);
    for (size_t i = 0; i < nq && np; i++) {
        np = clip(a, np, w + 2 * i, w + 2 * (i + 1 < nq ? i + 1 : 0), b);
        memcpy(a, b, 2 * np * sizeof *a);
    }
    return np < 3 ? 0 : fabs(signed_area(a, np));
}

/* Both relative to q's first corner: far from the origin products of coordinates lose the digits that matter. */
static void pieces_of(const double p[8], const double origin[2], struct pieces *s)
{
    double r[8];
    for (int i = 0; i < 8; i++)
        r[i] = p[i] - origin[i & 1];
    split(r, s);
}

double bx_quad_covered(const double q[8])
{
    struct pieces s;
    double area = 0;
    pieces_of(q, q, &s);
    for (size_t i = 0; i < s.n; i++)
        area += fabs(signed_area(s.xy[i], s.corners));
    return area;
}

double bx_quad_intersection(const double p[8], const double q[8])
{
    struct pieces s, t;
    double area = 0;
    pieces_of(p, q, &s);
    pieces_of(q, q, &t);
    for (size_t i = 0; i < s.n; i++)
        for (size_t j = 0; j < t.n; j++)
            if (fabs(signed_area(s.xy[i], s.corners)) > 0 && fabs(signed_area(t.xy[j], t.corners)) > 0)
                area += convex_intersection(s.xy[i], s.corners, t.xy[j], t.corners);
    return area;
}
