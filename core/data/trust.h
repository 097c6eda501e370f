/*
 * trust.h: from resamples (core/metric/bootstrap.h) to what may be said: how far a number would be another on another test set of the same
 * size, whether one model is better than another, and between which ranks each stands. Rules and their measured error rates: the
 * methodology page.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BX_Z95 1.959963984540054

/* 95%: value - 1.96 SD to value + 1.96 SD of the resamples. Never their percentiles: repeated images lift average precision, so resamples
 * lie above the value. */
struct bx_interval {
    bool there; /* at least nine tenths of the resamples are defined */
    double estimate, mean, sd, lo, hi;
    size_t defined;
};
struct bx_interval bx_interval(double estimate, const double *resample, size_t n); /* NaN: not defined */

/* First less second, both resampled alike. z = min(|e|, |mean|) / SD with e's sign, 0 where e and the mean disagree; p, of two sides, by
 * the normal distribution; superiority: the share of resamples in which the first is better, equal ones by half. */
struct bx_difference {
    struct bx_interval interval;
    double z, p, superiority;
};
struct bx_difference bx_difference(double e1, const double *r1, double e2, const double *r2, size_t n);

/* All pairs of n models. Benjamini-Hochberg at q = 0.05 over the pairs' p. lo: 1 + those certainly better; hi: n - those certainly worse;
 * then monotone down the table, which is by value, best first: that only widens. */
struct bx_rank {
    uint32_t lo, hi;
};
/* value[i]: NaN: not ranked (lo = hi = 0); resample[i]: NULL: none; such a model is separable from no other. separable: [n][n] or NULL, 1:
 * i is better than k for sure. */
void bx_ranks(const double *value, const double *const *resample, size_t n, size_t resamples, struct bx_rank *rank, uint8_t *separable);
