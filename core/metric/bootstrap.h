/*
 * bootstrap.h: a model's numbers on test sets that might have been: each resample has every image as often as weights.h says, and is
 * evaluated as if these images were there, each detection followed at once by its copies. The same bits for any number of threads.
 *
 *     struct bx_boot boot;
 *     bx_bootstrap(&scene, &coco, half, &options, &boot, &arena);   // coco with `matches`
 *     boot.value[BX_BOOT_AP][b]                                     // NaN: no class had anything to find
 *
 * Precision is rounded to whole units of 2^-42, so that sums over classes come out the same in any order.
 */
#pragma once
#include "core/data/resamples.h"
#include "core/metric/coco.h"
#include <signal.h>

enum bx_boot_metric {
    BX_BOOT_AP,
    BX_BOOT_AP50, /* NaN throughout where the grid has no such threshold */
    BX_BOOT_AP75,
    BX_BOOT_F1, /* at IoU 0.5 and a confidence that stays as it is: means over the classes */
    BX_BOOT_PRECISION,
    BX_BOOT_RECALL,
    BX_BOOT_F1_MICRO,
    BX_BOOT_SIZES, /* AP of the first size, and of those that follow it */
    BX_BOOT_METRICS = BX_BOOT_SIZES + BX_COCO_SIZES
};
struct bx_boot_options {
    uint64_t seed;     /* bx_weights_seed */
    size_t resamples;  /* B; 0: BX_RESAMPLES */
    double confidence; /* of F1; NaN: it is left out */
    bool classes;      /* AP of each class, too */
    /* Places of the scene's images in the whole test set, whose weights they have; NULL: they are it. */
    const uint32_t *image;
    size_t whole; /* images of the whole test set; 0: those of the scene */
    int threads;
    const volatile sig_atomic_t *stop; /* becomes non-zero: what is still to come is left out, and the rest is of no use. NULL: never */
};
struct bx_boot {
    size_t B, nmetrics;             /* nmetrics: BX_BOOT_SIZES + the evaluation's sizes */
    double *value[BX_BOOT_METRICS]; /* [B] each */
    size_t K;
    double **of_class; /* [K][B] AP; NULL: of a class with nothing to find, or not asked for */
};
/* c: with `matches`; half: an evaluation that kept what was met at IoU 0.5, c or one of its own (bx_coco_half). */
void bx_bootstrap(const struct bx_scene *s, const struct bx_coco *c, const struct bx_coco *half, const struct bx_boot_options *o,
                  struct bx_boot *out, struct bx_arena *a);
