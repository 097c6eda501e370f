/*
 * curves.h: precision, recall and F1 against confidence, from the matches bx_coco_eval kept. Of all detections, without a
 * limit an image; ignored ones are left out.
 */
#pragma once
#include "core/metric/coco.h"

/* What became of each detection at one threshold and size; [scene->nd], by detection. */
enum bx_verdict { BX_NOT_COUNTED, BX_FALSE_POSITIVE, BX_TRUE_POSITIVE };
uint8_t *bx_verdicts(const struct bx_scene *s, const struct bx_coco *c, size_t t, enum bx_size size, struct bx_arena *a);

/* What the detections with at least this score give: means over the classes that have annotations that count (a class with TP = 0 has 0),
 * and micro, from the counts of all classes together. The means are exact to 1e-14. */
struct bx_confidence_point {
    double score, precision, recall, f1, micro_precision, micro_recall, micro_f1;
};
/* A point for each distinct score, from the highest. */
struct bx_confidence_curve {
    size_t n;
    struct bx_confidence_point *point;         /* [n], NULL when not asked for */
    size_t best, micro_best;                   /* the first maximum of F1, SIZE_MAX when there is no point */
    struct bx_confidence_point max, micro_max; /* those points; precision and recall of `max` are NaN without points */
};
void bx_confidence(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size, bool points,
                   struct bx_confidence_curve *out, struct bx_arena *a);

/* One operating point, by class. */
struct bx_counts {
    uint64_t tp, fp, fn;
};
double bx_counts_precision(const struct bx_counts *n); /* 0 when undefined, as are the next two */
double bx_counts_recall(const struct bx_counts *n);
double bx_counts_f1(const struct bx_counts *n);
/* The mean of f over the classes that have annotations of this size that count; NaN without any. n: [c->K]. */
double bx_counts_macro(const struct bx_coco *c, enum bx_size size, const struct bx_counts *n, double (*f)(const struct bx_counts *));
/* [c->K] counts of the detections with at least this score. */
struct bx_counts *bx_counts_at(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size,
                               double confidence, struct bx_arena *a);
/* A class's own first maximum of F1; false when it has no detection that counts or no annotation. */
bool bx_class_max_f1(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size, size_t k, double *f1,
                     double *confidence);
