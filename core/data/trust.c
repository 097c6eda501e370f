/* trust.c: intervals, differences, Benjamini-Hochberg, rank intervals. */
#include "core/data/trust.h"
#include "core/base/arena.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two passes, resamples ascending. */
static void moments(const double *x, size_t n, struct bx_interval *v)
{
    double sum = 0, square = 0;
    v->defined = 0;
    for (size_t b = 0; b < n; b++)
        if (!isnan(x[b])) {
            v->defined++;
            sum += x[b];
        }
    v->mean = v->defined ? sum / (double)v->defined : (double)NAN;
    for (size_t b = 0; b < n; b++)
        if (!isnan(x[b]))
            square += (x[b] - v->mean) * (x[b] - v->mean);
    v->sd = v->defined > 1 ? sqrt(square / (double)(v->defined - 1)) : (double)NAN;
    v->there = v->defined > 1 && 10 * v->defined >= 9 * n && !isnan(v->estimate);
}

struct bx_interval bx_interval(double estimate, const double *resample, size_t n)
{
    struct bx_interval v = {.estimate = estimate};
    moments(resample, n, &v);
    v.lo = v.there ? estimate - BX_Z95 * v.sd : (double)NAN;
    v.hi = v.there ? estimate + BX_Z95 * v.sd : (double)NAN;
    return v;
}

struct bx_difference bx_difference(double e1, const double *r1, double e2, const double *r2, size_t n)
{
    struct bx_difference d = {.interval.estimate = e1 - e2, .z = NAN, .p = NAN, .superiority = NAN};
    struct bx_interval *v = &d.interval;
    double *x = bx_xrealloc(NULL, n, sizeof *x), better = 0;
    for (size_t b = 0; b < n; b++) {
        x[b] = r1[b] - r2[b];
        better += x[b] > 0 ? 1 : x[b] == 0 ? 0.5 : 0;
    }
    moments(x, n, v);
    free(x);
    v->lo = v->hi = NAN;
    if (!v->there)
        return d;
    double e = v->estimate, mean = v->mean;
    v->lo = (e < mean ? e : mean) - BX_Z95 * v->sd;
    v->hi = (e > mean ? e : mean) + BX_Z95 * v->sd;
    if (v->sd > 0) {
        double least = fabs(e) < fabs(mean) ? fabs(e) : fabs(mean);
        d.z = e * mean <= 0 ? 0 : copysign(least / v->sd, e);
        d.p = erfc(fabs(d.z) / sqrt(2));
    } else {
        d.z = e == 0 ? 0 : copysign(INFINITY, e);
        d.p = e == 0 ? 1 : 0;
    }
    d.superiority = better / (double)v->defined;
    return d;
}

struct pair {
    double p;
    uint32_t a, b; /* a is the better one */
    size_t order;
};
static int by_p(const void *pa, const void *pb)
{
    const struct pair *x = pa, *y = pb;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Places in the table: by value, best first, equal ones as they came. */
struct place {
    double value;
    uint32_t model;
};
static int by_value(const void *pa, const void *pb)
{
    const struct place *x = pa, *y = pb;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return x->model < y->model ? -1 : x->model > y->model;
}

static size_t all_pairs(const struct place *at, size_t n, const double *const *resample, size_t resamples, struct pair *pair)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++, m++) {
            uint32_t a = at[i].model, b = at[k].model;
            double p = 1;
            if (resample[a] && resample[b]) {
                struct bx_difference d = bx_difference(at[i].value, resample[a], at[k].value, resample[b], resamples);
                p = d.interval.there ? d.p : 1;
            }
            pair[m] = (struct pair){p, a, b, m};
        }
    return m;
}

void bx_ranks(const double *value, const double *const *resample, size_t n, size_t resamples, struct bx_rank *rank, uint8_t *separable)
{
    struct place *at = bx_xrealloc(NULL, n + 1, sizeof *at);
    size_t ranked = 0, certain = 0;
    if (n)
        memset(rank, 0, n * sizeof *rank);
    if (n && separable)
        memset(separable, 0, n * n);
    for (size_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            at[ranked++] = (struct place){value[i], (uint32_t)i};
    qsort(at, ranked, sizeof *at, by_value);
    struct pair *pair = bx_xrealloc(NULL, ranked * ranked / 2 + 1, sizeof *pair);
    size_t m = all_pairs(at, ranked, resample, resamples, pair);
    qsort(pair, m, sizeof *pair, by_p);
    for (size_t k = 0; k < m; k++)
        if (pair[k].p <= 0.05 * (double)(k + 1) / (double)m)
            certain = k + 1;
    for (size_t i = 0; i < ranked; i++)
        rank[at[i].model] = (struct bx_rank){1, (uint32_t)ranked};
    for (size_t k = 0; k < certain; k++) {
        rank[pair[k].b].lo++;
        rank[pair[k].a].hi--;
        if (separable)
            separable[pair[k].a * n + pair[k].b] = 1;
    }
    for (size_t i = ranked; i-- > 1;)
        if (rank[at[i].model].lo < rank[at[i - 1].model].lo)
            rank[at[i - 1].model].lo = rank[at[i].model].lo;
    for (size_t i = 1; i < ranked; i++)
        if (rank[at[i].model].hi < rank[at[i - 1].model].hi)
            rank[at[i].model].hi = rank[at[i - 1].model].hi;
    free(pair);
    free(at);
}
