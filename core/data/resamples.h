/*
 * resamples.h: a report's numbers on resampled test sets (core/metric/bootstrap.h): what intervals, differences and ranks are made from
 * (trust.h). Derived: it is made again from the detections at will.
 */
#pragma once
#include "core/data/metrics.h"
#include <stddef.h>

/* Of the resampling itself: with another one what the store has is made again, and is compared with nothing. */
#define BX_RESAMPLES_RULE  1
#define BX_RESAMPLES       1000
#define BX_RESAMPLES_CLASS 10 /* images with objects of a class, from which on its own interval means something */

struct bx_resamples {
    size_t B, n;
    enum bx_metric *metric; /* [n] over all classes */
    double *value;          /* [n][B]; NaN: not defined in that resample */
    size_t nclasses;
    double *class_sd; /* [nclasses] of a class's mAP; NaN: it has nothing to find, or not in enough of the resamples */
};

/* [B], or NULL. */
static inline const double *bx_resamples_of(const struct bx_resamples *r, enum bx_metric m)
{
    for (size_t i = 0; r && i < r->n; i++)
        if (r->metric[i] == m)
            return r->value + i * r->B;
    return NULL;
}
