/* quantile.h: order statistics. */
#pragma once
#include <stddef.h>

enum { BX_QUANTILE_ENOUGH = 20 }; /* samples to speak of 95% of them */

void bx_sort_numbers(double *v, size_t n); /* ascending; none is NaN */
/* Linear interpolation between order statistics, NumPy's and R's default. v ascending, n > 0, 0 <= q <= 1. */
double bx_quantile(const double *v, size_t n, double q);
