/* latency.c: see latency.h. */
#include "core/data/latency.h"
#include "core/base/quantile.h"
#include <math.h>

double bx_latency_quantile(const double *ms, size_t n, double q, struct bx_arena *a)
{
    if (n <= BX_LATENCY_WARM_UP)
        return (double)NAN;
    n -= BX_LATENCY_WARM_UP;
    double *v = bx_memdup(a, ms + BX_LATENCY_WARM_UP, n * sizeof *v);
    bx_sort_numbers(v, n);
    return bx_quantile(v, n, q);
}

double bx_latency_median(const int64_t *ns, size_t n, struct bx_arena *a)
{
    double *v = BX_NEW(a, double, n);
    for (size_t i = 0; i < n; i++)
        v[i] = (double)ns[i];
    return bx_latency_quantile(v, n, 0.5, a) / 1e6;
}
