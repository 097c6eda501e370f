/*
 * coco.h: average precision and recall as COCO and LVIS define them, with pycocotools' bits.
 *
 *     struct bx_coco_options o = {0};                       // COCO's thresholds, sizes and limits
 *     struct bx_coco c;
 *     bx_coco_eval(&scene, &o, &c, &arena);
 *     double map = bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_ALL, -1, &arena);
 */
#pragma once
#include "core/data/rules.h"
#include "core/metric/match.h"

#define BX_RECALLS    101                   /* the recall grid: i * 0.01 */
#define BX_COCO_SIZES (2 * (BX_RANGES - 1)) /* beside that of all; each BX_RANGES - 1 of them are matched at once */

struct bx_coco_options {
    const double *iou; /* NULL: 0.5 to 0.95 in steps of 0.05 */
    size_t niou;
    const uint32_t *max_dets;        /* detections an image and class, ascending; NULL: 1, 10, 100 */
    size_t nmax_dets;                /* at most BX_MOST_LIMITS (match.h) */
    const struct bx_size_bin *sizes; /* [nsizes] at most BX_COCO_SIZES beside "all"; NULL: small, medium, large */
    size_t nsizes;
    bool relative; /* they are shares of the image's area */
    bool agnostic; /* all classes are one */
    bool lvis;     /* no crowds; max_dets NULL: no limit */
    bool arrays;   /* precision and scores for every limit, not only precision for the last: what pycocotools' hashes need */
    bool matches;  /* keep every detection's verdict (also beyond the limits), for curves, calibration and per-image counts */
    bool spend; /* nobody asks for the detections' geometry afterwards: its memory may be used for their orders, which then last as long */
    int threads;
};

/* What pycocotools keeps in `eval`, as one plane for each area range a and limit m: plane[a * M + m] is precision[t][r][k], recall [t][k].
 * Undefined values are -1. */
struct bx_coco {
    size_t T, R, K, A, M;
    double *iou;                            /* [T] */
    uint32_t *max_dets;                     /* [M] */
    double **precision, **scores, **recall; /* [A*M]; precision of a limit before the last and all scores: NULL without `arrays` */
    size_t *npig;                           /* [A][K] annotations that count */
    /* With `matches` (needs T <= 16): detections in descending order of score, all and by class, and what became of each. */
    size_t norder;
    uint32_t *order;     /* [norder] of the classes of the test set */
    size_t *match_begin; /* [K+1]; NULL without `matches` */
    uint32_t *match_det;
    /* By detection, for the first sizes and for the rest; indices of `within` are those of max_dets. */
    struct bx_matches matches[BX_COCO_SIZES / (BX_RANGES - 1)];
};
/* A board's rules as options: thresholds, sizes, and up to three limits, 1, 10 and the board's, which are put into `limits`. What the rules
 * do not set is left NULL. */
void bx_coco_rules(const struct bx_rules *r, struct bx_coco_options *o, uint32_t limits[3]);
/* Can an evaluation with these options keep what detections met, with this threshold among its own? */
bool bx_coco_keeps(const struct bx_coco_options *o, double iou);
void bx_coco_eval(const struct bx_scene *s, const struct bx_coco_options *o, struct bx_coco *c, struct bx_arena *a);

/* Means over what is defined, -1 when nothing is. size: BX_SIZE_ALL, or by place where `sizes` were given. t: index of the threshold, or
 * BX_COCO_ANY for all. k: class, or -1 for all. AP is at the last limit; AR at limit m. */
#define BX_COCO_ANY SIZE_MAX
double bx_coco_ap(const struct bx_coco *c, size_t t, enum bx_size size, int64_t k, struct bx_arena *scratch);
double bx_coco_ar(const struct bx_coco *c, enum bx_size size, size_t m, int64_t k, struct bx_arena *scratch);
/* The same over the nk classes in ks (LVIS' frequency groups), in that order. */
double bx_coco_ap_of(const struct bx_coco *c, enum bx_size size, const size_t *ks, size_t nk, struct bx_arena *scratch);
size_t bx_coco_threshold(const struct bx_coco *c, double iou); /* its index on the grid, BX_COCO_ANY when it is not there */

/* SHA-256 of the arrays as pycocotools lays them out: [T,R,K,A,M] and [T,K,A,M], little-endian f64. Needs `arrays`. which: 'p', 'r', 's'.
 */
void bx_coco_hash(const struct bx_coco *c, char which, char hex[65]);
