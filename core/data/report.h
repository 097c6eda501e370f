/*
 * report.h: what the metric says of one model on one test set: catalogued scalars (over all classes and per class), curves, and the blobs
 * kept for the current evaluation. Memory belongs to the arena it was made with.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/data/terms.h"
#include <math.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The catalogue: every scalar that may be stored, with the words for people. Values are in the metric's own unit: mAP and F1 are fractions
 * 0..1 (the site prints them times 100). A value that is not defined (no ground truth, no detection) is absent, never -1 or NaN.
 */
enum bx_better { BX_HIGHER, BX_LOWER, BX_NEITHER };
struct bx_metric_info {
    const char *name;  /* "map", "map_50", "map_small", "ar_100", "f1", "sv.f1_macro_50", "objects", … */
    const char *label; /* "mAP 50:95" */
    const char *unit;  /* "fraction", "confidence", "count", "ms" */
    enum bx_better better;
    bool per_class;         /* also stored for each class (at most ten such) */
    const char *definition; /* one sentence in a reader's words, for the methodology page and the tooltips */
};
extern const struct bx_metric_info bx_metrics[];
extern const size_t bx_nmetrics;
const struct bx_metric_info *bx_metric_find(const char *name);

struct bx_value {
    const struct bx_metric_info *metric;
    int32_t class_index; /* -1: over all classes */
    double value;        /* finite */
};

/*
 * Curves: named arrays of points; x[i], y[i] as float. Names: "pr_50", "pr_75", "pr_mean" (x recall on the 101-point grid, y precision,
 * mean over classes); "conf_precision", "conf_recall", "conf_f1" (x confidence; macro at IoU 0.5), "conf_f1_micro"; per class "pr_50" with
 * class_index >= 0. Confidence curves are thinned to at most 1,000 points, keeping the maximum and both ends exactly.
 */
struct bx_curve {
    const char *name;
    int32_t class_index;
    size_t n;
    float *x, *y;
};

/* Per image, at IoU 0.5 and the operating confidence: for galleries, diffs and resampling. */
struct bx_image_result {
    uint32_t tp, fp, fn;
};

struct bx_report {
    const char *protocol; /* BX_PROTOCOL_… */
    enum bx_geometry geometry;
    size_t nvalues;
    struct bx_value *values;
    size_t ncurves;
    struct bx_curve *curves;
    size_t nimages;
    struct bx_image_result *images;
    double operating_confidence; /* what f1, precision and recall were taken at */
    bool operating_is_max_f1;    /* no confidence was declared: it is the maximum's own */
};

/* The value of a metric, NaN when absent. class_index -1: overall. */
double bx_report_get(const struct bx_report *r, const char *metric, int32_t class_index);
