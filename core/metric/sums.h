/*
 * sums.h: NumPy's sum of a contiguous run of doubles (eight accumulators up to 128 values, split in two above), because the
 * references' last bit depends on it.
 */
#pragma once
#include <stddef.h>

double bx_sum(const double *v, size_t n);
double bx_mean(const double *v, size_t n);                       /* bx_sum / n */
double bx_mean_defined(const double *v, size_t n, double *room); /* the mean of the values above -1, -1 without any; room holds n doubles */
