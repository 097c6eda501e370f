/*
 * scene.h: what every metric of this room reads: one test set and one set of detections in one geometry, with the columns they share
 * (image and class of each detection, areas, hulls). Made once, read-only afterwards.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/detections.h"
#include "core/data/testset.h"
#include "core/data/polygon.h"

struct bx_metric_input {
    const struct bx_testset *testset;
    const struct bx_detections *detections;
    /* Class of each of the detections' names, or BX_UNMAPPED. Indices from testset->nclasses up to nclasses are classes that only
     * detections have: they leave no trace in COCO's numbers, but supervision and TIDE count them. */
    const uint32_t *class_of;
    size_t nclasses; /* 0: testset->nclasses */
    enum bx_geometry geometry;
    bool reference; /* the references' defects: of masks with runs of length zero cocoapi's IoU (rle.h), not that of their pixels */
    bool lvis;      /* the federated rules: 300 detections an image, judged classes alone; the test set must have been read as
                       LVIS */
};

struct bx_scene {
    struct bx_metric_input in;
    const struct bx_testset *t;
    const struct bx_detections *d;
    size_t nimages, nclasses, nd, ng;
    uint32_t *det_class; /* [nd] below nclasses, or BX_UNMAPPED */
    uint32_t *ann_image; /* [ng] */
    /* [nd] as COCO has it: of masks the pixels; under `reference` w*h of each that came with a box, whatever is scored. NULL: w*h */
    double *det_area;
    double *det_size; /* [nd] as supervision has it; NULL: the corners' */
    /* Oriented boxes and masks: a box around each, and its own area (pixels or square pixels). NULL for boxes; for detections also where
     * they are oriented boxes or masks that are still text, which are asked one by one. */
    double *det_hull, *ann_hull; /* [n][4] */
    double *det_own, *ann_own;   /* [n] */
    bool *ann_plain, *det_plain; /* masks: bx_rle_plain; det_plain NULL where they are text */
    size_t unplain;              /* masks that are not */
    double *ann_covered; /* [n] oriented boxes: what the IoU is over; differs from the shoelace area where an outline crosses itself */
    uint8_t *det_unsure; /* [nd] LVIS: its class is not annotated exhaustively on its image; NULL otherwise */
};

static inline double bx_scene_area(const struct bx_scene *s, uint32_t d)
{
    if (s->in.geometry == BX_GEOM_OBB)
        return bx_quad_area(s->d->obb + 8 * (size_t)d);
    if (s->d->mask_text && !(s->in.reference && (!s->d->box_given || s->d->box_given[d])))
        return s->d->mask_text[d].area;
    return s->det_area ? s->det_area[d] : s->d->box[4 * (size_t)d + 2] * s->d->box[4 * (size_t)d + 3];
}
static inline double bx_scene_size(const struct bx_scene *s, uint32_t d)
{
    const double *b = s->d->box + 4 * (size_t)d;
    if (s->in.geometry == BX_GEOM_OBB)
        return bx_quad_area(s->d->obb + 8 * (size_t)d);
    if (s->d->mask_text)
        return s->d->mask_text[d].area;
    return s->det_size ? s->det_size[d] : (b[0] + b[2] - b[0]) * (b[1] + b[3] - b[1]);
}

/* BX_DATA when the detections or the test set lack the geometry. */
bool bx_scene_make(const struct bx_metric_input *in, struct bx_scene *s, struct bx_arena *a, struct bx_err *e);

/* Detections and annotations by class; within a class by image, within an image in file order. With one class for all: within an image in
 * file order (supervision), or by class and then in file order (pycocotools). `only_testset`: leave classes beyond the test set's out. */
enum bx_grouping { BX_BY_CLASS, BX_ONE_CLASS, BX_ONE_CLASS_COCO };
struct bx_groups {
    size_t nclasses;
    size_t *det_begin, *ann_begin; /* [nclasses + 1] */
    uint32_t *det, *ann;
};
void bx_scene_groups(const struct bx_scene *s, enum bx_grouping how, bool only_testset, struct bx_groups *g, struct bx_arena *a);

/* [nd] the image of each detection, for whom needs it: d->image_begin says it in less memory. */
const uint32_t *bx_scene_images(const struct bx_scene *s, struct bx_arena *a);

/* A box around detection d, x y w h: its own, or that of its mask's pixels or its corners. */
void bx_scene_hull(const struct bx_scene *s, uint32_t d, double hull[4]);

/* Boxes that share more than an edge. */
bool bx_hulls_meet(const double *d, const double *g);
/* No IoU is above this: two shapes share no more than their boxes do, and than either's own area. The slack of who compares is far more
 * than its rounding. */
double bx_iou_bound(const double *dh, double da, const double *gh, double ga, bool crowd);

/* cocoapi's bbIou, in its order of operations. (libm's fmin and fmax are calls; nothing here is NaN that matters.) */
static inline double bx_box_iou(const double *d, const double *g, bool crowd)
{
    double dx = d[2] + d[0], gx = g[2] + g[0], dy = d[3] + d[1], gy = g[3] + g[1];
    double w = (dx < gx ? dx : gx) - (d[0] > g[0] ? d[0] : g[0]);
    if (w <= 0)
        return 0;
    double h = (dy < gy ? dy : gy) - (d[1] > g[1] ? d[1] : g[1]);
    if (h <= 0)
        return 0;
    double i = w * h, da = d[2] * d[3], ga = g[2] * g[3];
    return i / (crowd ? da : da + ga - i);
}

/* IoU of detection d with each of the n annotations, as COCO has it: f64, over the detection's area where the annotation is a crowd and
 * `crowds` is set. */
void bx_scene_iou(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, bool crowds, double *out);
/* The same, but where IoU is certainly below `least` it may be given as 0 without having been computed. */
void bx_scene_iou_from(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, bool crowds, double least, double *out);
/* As supervision has it: f32, of pixels, crowds are nothing special. Below `least` it may be given as 0. */
void bx_scene_iou32(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, double least, float *out);
/* The same of boxes that were first rounded to f32 as corners, as supervision's confusion matrix has them. */
void bx_scene_iou_rounded(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, float *out);
