/* curve.c: see curve.h. */
#include "render/chart/curve.h"
#include <math.h>

bool bx_curve_has(const struct bx_plot_curve *c, size_t i)
{
    return isfinite(c->y[i]) && c->y[i] >= 0;
}

bool bx_curve_empty(const struct bx_plot_curve *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (bx_curve_has(c, i))
            return false;
    return true;
}

double bx_curve_x(const struct bx_plot_curve *c, size_t i)
{
    return c->x ? c->x[i] : c->n > 1 ? (double)i / (double)(c->n - 1) : 0;
}

/* The first point at x or right of it; c->n when there is none. */
static size_t first_from(const struct bx_plot_curve *c, double x)
{
    size_t lo = 0, hi = c->n;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (bx_curve_x(c, middle) < x)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

double bx_curve_from(const struct bx_plot_curve *c, double x)
{
    size_t i = isnan(x) ? c->n : first_from(c, x - 1e-9);
    return i < c->n && bx_curve_has(c, i) ? c->y[i] : NAN;
}

double bx_curve_at(const struct bx_plot_curve *c, double x)
{
    size_t i = isnan(x) ? c->n : first_from(c, x - 1e-9);
    if (i == c->n || !bx_curve_has(c, i))
        return NAN;
    double x1 = bx_curve_x(c, i);
    if (i == 0 || x1 <= x + 1e-9)
        return c->y[i];
    double x0 = bx_curve_x(c, i - 1);
    return bx_curve_has(c, i - 1) ? c->y[i - 1] + (x - x0) / (x1 - x0) * (c->y[i] - c->y[i - 1]) : NAN;
}
