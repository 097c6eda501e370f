/*
 * segmentation.h: COCO's `segmentation` values, the same in annotations and results: polygons, uncompressed and compressed run lengths →
 * one mask.
 */
#pragma once
#include "core/base/json_reader.h"
#include "core/data/rle.h"

struct bx_segmentation {
    bool present; /* false: null, or an empty list */
    bool polygon;
    double hull[4]; /* x y w h: of the polygons' corners, or of the run lengths' pixels */
    struct bx_rle_text
        text; /* in place of mask where `lazy` was asked for and the run lengths are compressed: p is not NULL, and in the arena */
    struct bx_rle mask; /* polygons of an image without a size, or not `draw`n: {0} */
};
struct bx_segmentation_rules {
    uint32_t h,
        w;     /* of the image: polygons are drawn on it. Run lengths have their own size, which must be the image's unless `reference` */
    bool draw; /* false: check, and give the hull, but draw no polygon */
    bool reference; /* what pycocotools accepts: run lengths that do not fill the image */
    bool compressed_only;
    bool lazy; /* compressed run lengths stay text */
};
bool bx_segmentation_read(struct bx_json *r, const struct bx_segmentation_rules *rules, struct bx_segmentation *out, struct bx_arena *a);
