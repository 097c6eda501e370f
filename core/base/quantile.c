/* quantile.c: see quantile.h. */
#include "core/base/quantile.h"
#include <stdlib.h>

static int by_value(const void *pa, const void *pb)
{
    double x = *(const double *)pa, y = *(const double *)pb;
    return (x > y) - (x < y);
}

void bx_sort_numbers(double *v, size_t n)
{
    if (n)
        qsort(v, n, sizeof *v, by_value);
}

double bx_quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;
    return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}
