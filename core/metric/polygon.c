/* polygon.c: quadrilaterals: areas, hulls, and what two of them share (Sutherland-Hodgman, in coordinates relative to the pair). */
#include "core/metric/polygon.h"
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
        x0 = fmin(x0, q[2 * i]);
        x1 = fmax(x1, q[2 * i]);
        y0 = fmin(y0, q[2 * i + 1]);
        y1 = fmax(y1, q[2 * i + 1]);
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

double bx_quad_intersection(const double p[8], const double q[8])
{
    double a[32], b[32], w[8];
    for (int i = 0; i < 8; i++) {
        a[i] = p[i] - q[i & 1];
        w[i] = q[i] - q[i & 1];
    }
    if (signed_area(w, 4) < 0)
        for (int i = 0; i < 2; i++)
            for (int c = 0; c < 2; c++) {
                double v = w[2 * i + c];
                w[2 * i + c] = w[2 * (3 - i) + c];
                w[2 * (3 - i) + c] = v;
            }
    size_t n = 4;
    for (int i = 0; i < 4 && n; i++) {
        n = clip(a, n, w + 2 * i, w + 2 * ((i + 1) & 3), b);
        memcpy(a, b, 2 * n * sizeof *a);
    }
    return n < 3 ? 0 : fabs(signed_area(a, n));
}
