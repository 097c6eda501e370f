/*
 * rules.h: the rules of a board: what is counted, and how. Default rules are COCO's. Where a board sets one of them it is part of the
 * protocol's name in its canonical form, so of every report's key, and stands in the column's head:
 *
 *     coco/1                                              the default
 *     coco/1;dets=500;sizes=tiny:0-256,small:256-1024     set by the board
 *
 * Read-only; memory belongs to the arena it was made with.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BX_RULES_SIZES 6   /* most size bins, beside "all" */
#define BX_RULES_IOUS  64  /* most IoU thresholds */
#define BX_RULES_LIMIT 100 /* COCO's detections an image and class */

/* lo <= area <= hi (both ends inclusive, as pycocotools), in pixels squared, or as a share 0..1 of the image's area. */
struct bx_size_bin {
    char name[24];
    double lo, hi;
};
struct bx_rules {
    uint32_t max_detections; /* 0: BX_RULES_LIMIT; the last of the limits 1, 10, this: of each class and image, as pycocotools counts */
    size_t nsizes;           /* 0: COCO's small, medium, large */
    bool relative;           /* the bins are shares of the image's area */
    struct bx_size_bin size[BX_RULES_SIZES];
    size_t niou; /* 0: 0.50 to 0.95 in steps of 0.05 */
    double iou[BX_RULES_IOUS];
    const char **classes; /* names: only these classes are scored; n 0: all. In the test set's order */
    size_t nclasses;
    const char **ignore; /* names: their objects count neither way (as difficult ones), detections of them are dropped */
    size_t nignore;
    uint8_t (*images)[32]; /* SHA-256 of the images that are scored; n 0: all */
    size_t nimages;
};
