/*
 * rle.h: instance masks as run lengths, COCO's way: column-major, runs alternate 0 and 1 and begin with zeros (the first may be 0).
 * Rasterisation is pycocotools', to the pixel. Counts are uint32_t; h*w must fit in 2^32 - 1.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include <stddef.h>
#include <stdint.h>

struct bx_rle {
    uint32_t h, w;
    size_t n;
    const uint32_t *counts;
};

/* All functions that build one take its memory from the arena. */
struct bx_rle bx_rle_from_polygon(const double *xy, size_t npoints, uint32_t h, uint32_t w, struct bx_arena *a);
/* How often its edges pass the middle of a column of pixels: what drawing it costs in time and memory. */
uint64_t bx_rle_polygon_crossings(const double *xy, size_t npoints, uint32_t w);
struct bx_rle bx_rle_from_box(const double box[4], uint32_t h, uint32_t w, struct bx_arena *a);
struct bx_rle bx_rle_merge(const struct bx_rle *r, size_t n, bool intersect, struct bx_arena *a); /* all of one size */
bool bx_rle_from_string(const char *s, size_t n, uint32_t h, uint32_t w, struct bx_rle *out, struct bx_arena *a, struct bx_err *e);
bool bx_rle_valid(const struct bx_rle *r, struct bx_err *e); /* do the counts add up to h*w? */
char *bx_rle_to_string(const struct bx_rle *r, struct bx_arena *a);
uint32_t bx_rle_area(const struct bx_rle *r);
void bx_rle_box(const struct bx_rle *r, double box[4]); /* pycocotools 2.0.11's rleToBbox */

/* A mask as its compressed text, with what one pass over it tells: for who scores many and merges few. The text must outlive it. */
struct bx_rle_text {
    const char *p;
    uint32_t n : 30;
    uint32_t escaped : 1; /* as it stands in JSON, where each backslash is written twice; n counts both */
    uint32_t plain : 1;   /* as bx_rle_plain */
    uint32_t h, w;
    uint32_t area, box[4]; /* as bx_rle_area and bx_rle_box (x y w h) */
};
/* Reads the text once. *sum: how many pixels the counts cover. Errors as bx_rle_from_string. */
bool bx_rle_text_read(const char *p, size_t n, uint32_t h, uint32_t w, struct bx_rle_text *out, uint64_t *sum, struct bx_err *e);
/* The same of [p, end), the content of a JSON string: false where there is another escape than that of the backslash, or anything wrong. */
bool bx_rle_text_scan(const char *p, const char *end, uint32_t h, uint32_t w, struct bx_rle_text *out, uint64_t *sum);
/* The counts of a text that was read; room for t->n of them. Stays within both even if the text has changed since. */
struct bx_rle bx_rle_text_counts(const struct bx_rle_text *t, uint32_t *counts);

/* A mask of h x w pixels has no more runs than that but for those of length zero; text or counts with more say nothing and take room. */
static inline uint64_t bx_rle_most_runs(uint32_t h, uint32_t w)
{
    return (uint64_t)h * w + 1;
}
uint64_t bx_rle_text_runs(const char *p, size_t n); /* how many counts such a text has, without a look at what they are */

/* IoU of two masks by merging runs: intersection over union, or over d's area when g is a crowd; sizes differ: -1. */
double bx_rle_iou(const struct bx_rle *d, const struct bx_rle *g, bool crowd);

/* Plain: the counts fill the mask, and none but the first is 0. Of a mask with a run of length zero further on cocoapi sees only what is
 * before it, as soon as the other mask changes at the same place: bx_rle_iou is that IoU. Over the pixels, for all masks, it is what two of
 * one size share over their areas' sum less that; of plain masks the two are the same. */
bool bx_rle_plain(const struct bx_rle *r);
struct bx_rle bx_rle_made_plain(const struct bx_rle *r, struct bx_arena *a); /* the same pixels */
uint32_t bx_rle_intersection(const struct bx_rle *d, const struct bx_rle *g);
