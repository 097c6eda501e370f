/*
 * bootstrap.h: average precision in resamples of the images. A resample is the evaluation in which image i stands w_i times, Poisson(1)
 * each (weights.h): inside its class every detection, in pycocotools' order, is followed at once by its copies, and annotations count as
 * often. A class without annotations in a resample leaves its mean. Weights of 1 give pycocotools' precision.
 */
#pragma once
#include "core/metric/coco.h"

enum bx_resampled { BX_RE_AP, BX_RE_AP50, BX_RE_AP75, BX_RE_APS, BX_RE_APM, BX_RE_APL, BX_RESAMPLED };
extern const char *const bx_resampled_name[BX_RESAMPLED]; /* AP, AP50, AP75, APs, APm, APl */

struct bx_bootstrap {
    size_t n, K;
    double *value[BX_RESAMPLED];   /* [n]; NaN: the resample has no class with annotations */
    double **class_ap;             /* [K] of classes with annotations that count: [n]; NULL for others, and unless asked for */
    size_t *images[BX_NSIZES];     /* [K] in how many images it has annotations that count */
    double estimate[BX_RESAMPLED]; /* the printed value; NaN: not defined */
};
/* c: by COCO's sizes and at most 16 thresholds, with `matches`. Bits do not depend on `threads`. */
void bx_bootstrap(const struct bx_scene *s, const struct bx_coco *c, uint64_t seed, size_t resamples, bool classes, int threads,
                  struct bx_bootstrap *out, struct bx_arena *a);

/* Fewer images with a class, in that range, give no interval of its own; *rough* is an overall one of which under half of the classes have
 * as many. */
#define BX_ENOUGH_IMAGES 10
bool bx_bootstrap_rough(const struct bx_bootstrap *b, enum bx_resampled what);
