/*
 * match.h: pycocotools' assignment of detections to annotations, image by image, for up to four area ranges and sixteen IoU thresholds at
 * once: one bit each of a 64-bit word, bit 16*range + threshold.
 */
#pragma once
#include "core/metric/order.h"
#include "core/metric/scene.h"

#define BX_LANES       16
#define BX_RANGES      4
#define BX_MOST_LIMITS 254

struct bx_match_rules {
    size_t niou, nranges, nlimits;
    double iou[BX_LANES];
    double range[BX_RANGES][2];
    bool relative;          /* ranges but the first are of an area's share of its image (core/data/rules.h) */
    const uint32_t *limits; /* [nlimits] detections an image and class, ascending */
    bool beyond;            /* match also those beyond the last limit */
    bool crowds;            /* false (LVIS): no annotation is a crowd */
    bool agnostic;          /* all classes are one */
};

/* A detection that met an annotation: matched to one that counts; ignored, because matched to one that is ignored, or unmatched and of
 * another size. Neither bit: a false positive. */
struct bx_met {
    uint64_t tp, out;
};
/* What became of each detection: most meet nothing, and are told by their size alone. */
struct bx_place {
    uint32_t hit;   /* index in met + 1; 0: it met nothing */
    uint8_t within; /* index of the first limit that lets it count; the number of limits: none */
    uint8_t ranges; /* bit a: when it meets nothing, it counts (as a false positive) in range a */
};
struct bx_matches {
    struct bx_place *place; /* [nd] */
    struct bx_met *met;
    uint64_t everywhere; /* the bits in use */
};
static inline uint64_t bx_match_lanes(unsigned ranges, uint64_t everywhere) /* the bits of a set of ranges */
{
    return (((uint64_t)ranges & 1) * 0xFFFF | ((uint64_t)ranges >> 1 & 1) * 0xFFFF0000u | ((uint64_t)ranges >> 2 & 1) * 0xFFFF00000000u |
            ((uint64_t)ranges >> 3 & 1) * 0xFFFF000000000000u) &
           everywhere;
}
static inline struct bx_met bx_match_of(const struct bx_matches *m, uint32_t d)
{
    const struct bx_place *p = &m->place[d];
    return p->hit ? m->met[p->hit - 1] : (struct bx_met){0, m->everywhere & ~bx_match_lanes(p->ranges, m->everywhere)};
}

/* Detections and annotations by image. Detections in descending order of score, annotations by class and then in file order; those that no
 * class of the test set has are not there. */
struct bx_by_image {
    size_t *det_begin, *ann_begin; /* [nimages + 1] */
    uint32_t *det;                 /* NULL: they are in that order as they stand */
    uint32_t *ann;
};
/* The ranges in which an annotation counts, bit a: range a; none: it is ignored. */
unsigned bx_match_counts(const struct bx_scene *s, const struct bx_match_rules *rules, size_t annotation);

/* Fills m, whose places are the caller's and zero, and npig[range][class]: annotations that count. Detections that are not in `lists` keep
 * 0 everywhere. */
void bx_match(const struct bx_scene *s, const struct bx_match_rules *rules, const struct bx_by_image *lists, int threads,
              struct bx_matches *m, size_t *npig, struct bx_arena *a);
