/*
 * supervision.h: F1, precision, recall and mean average recall as supervision 0.31.2 defines them: assignment by IoU alone,
 * every detection counts whatever its confidence, crowds are ordinary targets (but for the average recall).
 */
#pragma once
#include "core/metric/scene.h"

#define BX_SV_THRESHOLDS 10 /* f32(0.5 to 0.95); index 0 is "@50", 5 is "@75" */
#define BX_SV_LIMITS     3  /* average recall at 1, 10, 100 detections an image and class */

struct bx_sv {
    size_t K;                 /* classes, those of detections alone included; 1 when agnostic */
    uint32_t *tp, *fp, *fn;   /* [size][K][threshold] */
    uint32_t *support;        /* [size][K] targets */
    uint8_t *present;         /* [size][K] does the class count: a target, or a detection that is not ignored */
    uint32_t *hits, *targets; /* average recall: [limit][size][K][threshold], [size][K] */
};
enum bx_sv_metric { BX_SV_F1, BX_SV_PRECISION, BX_SV_RECALL };
enum bx_sv_averaging { BX_SV_MACRO, BX_SV_MICRO, BX_SV_WEIGHTED };

void bx_sv_eval(const struct bx_scene *s, bool agnostic, int threads, struct bx_sv *v, struct bx_arena *a);
double bx_sv_class(const struct bx_sv *v, enum bx_sv_metric m, enum bx_size size, size_t k, size_t t);
double bx_sv_overall(const struct bx_sv *v, enum bx_sv_metric m, enum bx_sv_averaging how, enum bx_size size,
                     size_t t); /* 0 without classes */
double bx_sv_class_recall(const struct bx_sv *v, size_t limit, enum bx_size size, size_t k, size_t t);
double bx_sv_mar(const struct bx_sv *v, size_t limit, enum bx_size size); /* 0 without targets */
