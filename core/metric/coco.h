/*
 * coco.h: average precision and recall as COCO and LVIS define them, with pycocotools' bits.
 *
 *     struct bx_coco_options o = {0};                       // COCO's thresholds, sizes and limits
 *     struct bx_coco c;
 *     bx_coco_eval(&scene, &o, &c, &arena);
 *     double map = bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_ALL, -1);
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

/* What pycocotools keeps in `eval`, as one plane for each area range a and limit m: plane[a * M + m] is precision[t][r][column], recall
 * [t][column]. A class has a column where it has annotations that count in that range: elsewhere it is undefined, which is -1. */
struct bx_coco {
    size_t T, R, K, A, M;
    double *iou;                            /* [T] */
    uint32_t *max_dets;                     /* [M] */
    double **precision, **scores, **recall; /* [A*M]; precision of a limit before the last and all scores: NULL without `arrays` */
    size_t *npig;                           /* [A][K] annotations that count */
    size_t *columns;                        /* [A] how many classes have one */
    uint32_t *column;                       /* [A][K] which; BX_COCO_NONE */
    /* With `matches` (needs T <= 16): detections in descending order of score, all and by class, and what became of each. */
    size_t norder;
    uint32_t *order;     /* [norder] of the classes of the test set */
    size_t *match_begin; /* [K+1]; NULL without `matches` */
    uint32_t *match_det;
    /* By detection, for the first sizes and for the rest; indices of `within` are those of max_dets. */
    struct bx_matches matches[BX_COCO_SIZES / (BX_RANGES - 1)];
    struct bx_match_rules rules[BX_COCO_SIZES / (BX_RANGES - 1)]; /* by which each was matched; their `limits` are max_dets */
};
/* A board's rules as options: thresholds, sizes, and up to three limits, 1, 10 and the board's, which are put into `limits`. What the rules
 * do not set is left NULL. */
void bx_coco_rules(const struct bx_rules *r, struct bx_coco_options *o, uint32_t limits[3]);
/* Can an evaluation with these options keep what detections met, with this threshold among its own? */
bool bx_coco_keeps(const struct bx_coco_options *o, double iou);
void bx_coco_eval(const struct bx_scene *s, const struct bx_coco_options *o, struct bx_coco *c, struct bx_arena *a);

/* F1, the curves and calibration are at IoU 0.5 whether the grid has it or not: c, where it kept what detections met there, or else *own,
 * an evaluation at 0.5 alone with the same options otherwise. */
const struct bx_coco *bx_coco_half(const struct bx_scene *s, const struct bx_coco_options *o, const struct bx_coco *c, struct bx_coco *own,
                                   struct bx_arena *a);

#define BX_COCO_NONE UINT32_MAX
/* At the last limit, whatever the size: of class k, which has annotations that count. */
static inline double bx_coco_precision(const struct bx_coco *c, size_t t, size_t r, size_t k)
{
    return c->precision[c->M - 1][(t * c->R + r) * c->columns[BX_SIZE_ALL] + c->column[k]];
}
/* Its mean over the thresholds [t0, t1) and the classes that have such annotations, or of class k alone; NaN without any. */
double bx_coco_mean_precision(const struct bx_coco *c, size_t t0, size_t t1, size_t r, int64_t k);

/* Means over what is defined, -1 when nothing is. size: BX_SIZE_ALL, or by place where `sizes` were given. t: index of the threshold, or
 * BX_COCO_ANY for all. k: class, or -1 for all. AP is at the last limit; AR at limit m. */
#define BX_COCO_ANY SIZE_MAX
double bx_coco_ap(const struct bx_coco *c, size_t t, enum bx_size size, int64_t k);
double bx_coco_ar(const struct bx_coco *c, enum bx_size size, size_t m, int64_t k);
/* The same over the nk classes in ks (LVIS' frequency groups), in that order. */
double bx_coco_ap_of(const struct bx_coco *c, enum bx_size size, const size_t *ks, size_t nk);
size_t bx_coco_threshold(const struct bx_coco *c, double iou); /* its index on the grid, BX_COCO_ANY when it is not there */

/* SHA-256 of the arrays as pycocotools lays them out: [T,R,K,A,M] and [T,K,A,M], little-endian f64. Needs `arrays`. which: 'p', 'r', 's'.
 */
void bx_coco_hash(const struct bx_coco *c, char which, char hex[65]);
