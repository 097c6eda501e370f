/*
 * results_quick.h: the usual spelling of a detection, read without asking for each token: {"image_id": 1, "category_id": 2, "bbox": [..],
 * "score": 0.5}, members in any order, `id`, `area` and `iscrowd` skipped. Whatever is not usual is left to the pull reader, which reads
 * the same detection again from its beginning and has the last word on what is wrong.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BX_QUICK_IMAGE = 1, BX_QUICK_CATEGORY = 2, BX_QUICK_SCORE = 4, BX_QUICK_BOX = 8, BX_QUICK_OBB = 16 };
struct bx_quick {
    unsigned seen;
    int64_t image, category;
    double score, box[4], obb[8];
};
/* Reads from '{' at p. Behind the '}', or at the value of a "segmentation" member (*segmentation set), or NULL: not usual. */
const char *bx_quick_begin(const char *p, const char *end, struct bx_quick *q, bool *segmentation);
/* The usual spelling of compressed run lengths, {"size": [h, w], "counts": "..."}: the first byte of the counts, or NULL. */
const char *bx_quick_rle(const char *p, const char *end, uint32_t size[2]);
/* Behind the '}', from the counts' closing quote; or NULL. */
const char *bx_quick_rle_end(const char *quote, const char *end);
/* Goes on behind that value. */
const char *bx_quick_resume(const char *p, const char *end, struct bx_quick *q, bool *segmentation);
