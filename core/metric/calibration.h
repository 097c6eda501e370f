/*
 * calibration.h: does a confidence of 0.8 mean right four times in five? Equal bins of confidence against the share of
 * correct detections, among those that COCO's evaluation counts, with Wilson's 95% interval; expected and largest calibration error.
 */
#pragma once
#include "core/metric/coco.h"

#define BX_CALIBRATION_BINS 10

struct bx_calibration_bin {
    double lower, upper; /* i/n, (i+1)/n */
    uint64_t count, correct;
    double mean_score, accuracy; /* NaN when empty */
    double low, high;            /* Wilson's interval of the accuracy, NaN when empty */
};
struct bx_calibration {
    uint64_t count;
    double ece, mce; /* NaN without detections */
    struct bx_calibration_bin bin[BX_CALIBRATION_BINS];
    double *class_ece; /* [K], NaN without detections of it */
};
/* c: with matches; its last limit holds. t: index of the threshold. BX_DATA names the first score outside 0 to 1. */
bool bx_calibrate(const struct bx_scene *s, const struct bx_coco *c, size_t t, struct bx_calibration *out, struct bx_arena *a,
                  struct bx_err *e);
