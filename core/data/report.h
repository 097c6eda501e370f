/*
 * report.h: what the metric says of one model on one test set: catalogued scalars (over all classes and per class), curves, and the blobs
 * kept for the current evaluation. Memory belongs to the arena it was made with.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/data/metrics.h"
#include "core/data/terms.h"
#include <math.h>
#include <stddef.h>
#include <stdint.h>

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

/* Detections of a class that the test set lacks and no class map mentions: they count for nothing, and are told. */
struct bx_fallen {
    const char *name; /* as the model has it */
    uint64_t n;
    const char *near; /* the test set's class that may be meant; NULL: none is near */
};
enum { BX_FALLEN_MOST = 12 };

struct bx_report {
    const char *protocol; /* BX_PROTOCOL_… */
    enum bx_geometry geometry;
    double overall[BX_NMETRICS]; /* NaN: absent */
    size_t nclasses;
    double *by_class; /* [nclasses][BX_NCLASS_METRICS] */
    size_t ncurves;
    struct bx_curve *curves;
    size_t nimages;
    struct bx_image_result *images;
    double operating_confidence; /* what f1, precision and recall were taken at */
    bool operating_is_max_f1;    /* no confidence was declared: it is the maximum's own */
    uint64_t nfallen_detections;
    size_t nfallen_classes;
    struct bx_fallen *fallen; /* [nfallen] those with the most detections, at most BX_FALLEN_MOST */
    size_t nfallen;
};

/* "134 detections of 2 classes that the test set lacks: 'aeroplane' (100; is 'airplane' meant?), 'tvmonitor' (34)"; NULL: there are none.
 */
char *bx_fallen_words(const struct bx_report *r, struct bx_arena *a);

/* No value yet, of so many classes; the other fields are left as they are. */
void bx_report_init(struct bx_report *r, size_t nclasses, struct bx_arena *a);
/* class_index -1: over all classes. What is not finite is absent; a class's value of a metric that classes do not have is dropped. */
void bx_report_set(struct bx_report *r, enum bx_metric m, int32_t class_index, double value);
/* What is kept of a slice's report: a few scalars over all classes; no classes, curves or images. */
void bx_report_slim(struct bx_report *r);
/* NaN when absent. */
static inline double bx_report_get(const struct bx_report *r, enum bx_metric m, int32_t class_index)
{
    if (class_index < 0)
        return r->overall[m];
    if ((size_t)class_index >= r->nclasses || !bx_metrics[m].per_class)
        return (double)NAN;
    return r->by_class[(size_t)class_index * BX_NCLASS_METRICS + (size_t)bx_metrics[m].place];
}
