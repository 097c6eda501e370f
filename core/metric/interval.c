/* interval.c: mean, standard deviation and what follows from them. */
#include "core/metric/interval.h"
#include <math.h>
#include <stdlib.h>

static double at(const double *va, const double *vb, size_t i)
{
    return vb ? va[i] - vb[i] : va[i];
}

/* Of va, or of va - vb. */
static struct bx_interval spread(double estimate, const double *va, const double *vb, size_t n)
{
    struct bx_interval r = {.estimate = estimate, .mean = NAN, .sd = NAN, .lo = NAN, .hi = NAN};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(at(va, vb, i))) {
            sum += at(va, vb, i);
            r.defined++;
        }
    if (r.defined)
        r.mean = sum / (double)r.defined;
    for (size_t i = 0; i < n; i++)
        if (!isnan(at(va, vb, i))) {
            double d = at(va, vb, i) - r.mean;
            squares += d * d;
        }
    if (r.defined > 1)
        r.sd = sqrt(squares / (double)(r.defined - 1));
    r.has = !isnan(estimate) && r.defined > 1 && 10 * r.defined >= 9 * n;
    return r;
}

struct bx_interval bx_interval_of(double estimate, const double *v, size_t n)
{
    struct bx_interval r = spread(estimate, v, NULL, n);
    if (r.has) {
        r.lo = estimate - BX_NORMAL_95 * r.sd;
        r.hi = estimate + BX_NORMAL_95 * r.sd;
    }
    return r;
}

struct bx_difference bx_difference_of(double a, double b, const double *va, const double *vb, size_t n)
{
    struct bx_difference r = {.i = spread(a - b, va, vb, n), .z = NAN, .p = NAN, .superiority = NAN};
    double e = a - b, m = r.i.mean, s = r.i.sd, above = 0;
    if (!r.i.has)
        return r;
    for (size_t i = 0; i < n; i++)
        if (!isnan(va[i] - vb[i]))
            above += va[i] > vb[i] ? 1 : va[i] == vb[i] ? 0.5 : 0;
    r.superiority = above / (double)r.i.defined;
    r.i.lo = fmin(e, m) - BX_NORMAL_95 * s;
    r.i.hi = fmax(e, m) + BX_NORMAL_95 * s;
    if (s > 0)
        r.z = e * m <= 0 ? 0 : copysign(fmin(fabs(e), fabs(m)) / s, e);
    else
        r.z = e == 0 ? 0 : copysign(INFINITY, e);
    r.p = erfc(fabs(r.z) / sqrt(2));
    return r;
}
