/*
 * match.h: pycocotools' assignment of one class's detections to its annotations, for up to four area ranges and sixteen
 * IoU thresholds at once: one bit each of a 64-bit word, bit 16*range + threshold.
 */
#pragma once
#include "core/metric/order.h"
#include "core/metric/scene.h"

#define BX_LANES  16
#define BX_RANGES 4

struct bx_match_rules {
    size_t niou, nranges;
    double iou[BX_LANES];
    double range[BX_RANGES][2];
    uint32_t limit; /* detections an image and class; UINT32_MAX: all */
    bool crowds;    /* false (LVIS): no annotation is a crowd */
};

/* One worker's room, reused from class to class. */
struct bx_match_room {
    uint32_t *first, *rank; /* [nimages] zero between classes */
    size_t nimages;
    struct bx_sort_room sort;
    uint64_t *consumed, *counted; /* [annotations of the class] */
    double *iou;
    struct bx_candidate *candidates;
    size_t ann_cap, row_cap;
};
void bx_match_room_init(struct bx_match_room *r, size_t nimages);
void bx_match_room_free(struct bx_match_room *r);

/* What became of the class's detections, in descending order of score; arrays of n. */
struct bx_matches {
    size_t n;
    uint32_t *det;          /* sorted in place */
    uint32_t *rank;         /* place within its image and class, from 0 */
    uint64_t *tp;           /* matched to an annotation that counts */
    uint64_t *out;          /* ignored: matched to an ignored annotation, or unmatched and of another size. Neither bit: a false positive */
    size_t npig[BX_RANGES]; /* annotations that count */
};

/* det: the class's detections in (image, input) order, sorted here by score. anns: its annotations by image. m's arrays are the caller's,
 * m->n = ndet. Detections at or beyond rules->limit have neither bit and are marked by their rank. */
void bx_match_class(const struct bx_scene *s, const struct bx_match_rules *rules, uint32_t *det, size_t ndet, const uint32_t *anns,
                    size_t nanns, struct bx_match_room *room, struct bx_matches *m);
