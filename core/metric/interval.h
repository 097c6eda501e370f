/*
 * interval.h: what the resamples of one model, or of two with the same weights, say of a number. A value that a resample does not define is
 * NaN and left out; where fewer than 0.9 of them are defined there is no interval. Intervals are normal ones around the printed value,
 * never percentiles: repeated images lift the precision envelope, so that resamples lie above the printed value.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define BX_NORMAL_95 1.959963984540054 /* the normal distribution's 0.975 quantile */

struct bx_interval {
    double estimate; /* as printed; NaN: not defined */
    size_t defined;
    double mean, sd; /* of what is defined, by n - 1; two passes, in the resamples' order */
    bool has;        /* lo and hi are there */
    double lo, hi;   /* 95% */
};
/* estimate ± 1.96 sd. v: [n] */
struct bx_interval bx_interval_of(double estimate, const double *v, size_t n);

/* a - b by the same weights. With e the printed difference, m the mean and s the SD of the resamples':
 * lo, hi = min(e, m) - 1.96 s, max(e, m) + 1.96 s; z = min(|e|, |m|) / s with e's sign, 0 where e and m differ in sign;
 * p = erfc(|z| / sqrt 2). s = 0: p = 1 if e = 0, else 0. p < 0.05 exactly where 0 is outside the interval. */
struct bx_difference {
    struct bx_interval i;
    double z, p;        /* z is infinite where s = 0 and e is not */
    double superiority; /* the share of resamples in which a is above b, ties by half */
};
struct bx_difference bx_difference_of(double a, double b, const double *va, const double *vb, size_t n);
