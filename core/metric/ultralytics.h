/*
 * ultralytics.h: what Ultralytics' validator computes (8.4.190: model.val()), on detections that are there already: `ultralytics/1`. It is
 * not COCO's: no crowds, no sizes, f32 overlaps, straight lines between recall points, and for oriented boxes a similarity of two Gaussians
 * in place of an overlap.
 *
 * Of equal scores the image that comes first is first; the validator's own sort leaves that open. Masks are compared at the size of their
 * image; the validator compares them at a quarter of the network's input, which no file of masks holds.
 */
#pragma once
#include "core/metric/confusion.h"
#include "core/metric/scene.h"

#define BX_UL_THRESHOLDS 10   /* f32(0.5), f32(0.55), ... f32(0.95) */
#define BX_UL_POINTS     1000 /* of a curve: confidence, or recall, k/999 */
#define BX_UL_CONFUSIONS 2    /* at confidence 0.25, the function's default, and at the validator's own limit */

struct bx_ul_options {
    bool single_class; /* all classes are one */
    bool whole_masks;  /* overlap_mask off: a smaller object's mask takes nothing from the larger one's */
    bool confusions;   /* also what was taken for what; masks have none */
    int threads;
};
struct bx_ul_class {
    uint32_t k;                   /* its index in the test set; 0 where all are one */
    size_t images, labels;        /* labels of it, and images with one */
    double precision, recall, f1; /* at IoU 0.5 and the one confidence of all */
    double ap[BX_UL_THRESHOLDS], ap_mean;
    double tp, fp; /* as the validator counts them back from precision and recall */
};
struct bx_ul {
    double least;                       /* a detection counts above this confidence, as f32 */
    size_t most;                        /* detections an image, of all classes */
    size_t nclasses;                    /* of the test set */
    size_t nimages, labels, detections; /* what is left to be scored */
    /* Means over the classes that have labels; all 0 without any. */
    double map, map_50, map_75, precision, recall, f1;
    size_t best; /* the point where the smoothed mean of F1 is highest: the confidence of all */
    double confidence, smoothed_f1;
    size_t K; /* classes with labels */
    struct bx_ul_class *of_class;
    uint32_t (*image)[3]; /* [nimages] true and false positives at IoU 0.5, labels missed */
    /* [K][BX_UL_POINTS]: precision, recall and F1 at IoU 0.5 against confidence; precision against recall */
    double *p_curve, *r_curve, *f1_curve, *pr_curve;
    size_t nconfusions; /* 0: none were asked for, or masks */
    double confusion_confidence[BX_UL_CONFUSIONS];
    struct bx_confusion confusion[BX_UL_CONFUSIONS]; /* rows: predicted; columns: true */
};
#define BX_UL_CONFUSION_IOU 0.45

/* Annotations that are crowds, boxes without an extent and repeated labels are left out; "ignore" says nothing here. false: two masks of
 * one image have different sizes. */
bool bx_ul_eval(const struct bx_scene *s, const struct bx_ul_options *o, struct bx_ul *u, struct bx_arena *a, struct bx_err *e);
