/*
 * segmentation.h: boxes, oriented boxes and masks as JSON has them, for labels, results and the runner protocol alike. What one of them
 * takes and another does not is an option here. null, and an empty list, stand for none.
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
    size_t stray;       /* under `labels`: rings of too few numbers, or of an odd number of them; run lengths that end too early */
    uint64_t crossings; /* where drawn: how often the polygons pass the middle of a column of pixels, which is the work they make */
};
/* COCO's `segmentation` values: polygons, uncompressed and compressed run lengths → one mask. */
struct bx_segmentation_rules {
    uint32_t h,
        w;     /* of the image: polygons are drawn on it. Run lengths have their own size, which must be the image's unless `reference` */
    bool draw; /* false: check, and give the hull, but draw no polygon */
    bool reference; /* what pycocotools accepts: run lengths that do not fill the image */
    bool compressed_only;
    bool labels; /* what pycocotools draws: beside a ring of five numbers or more (under `reference`: the first) others may have fewer,
                    and have no pixels; of an odd number the last is left. Run lengths that end too early are filled up */
    bool loose;  /* a polygon of one or two points is none */
    bool lazy;   /* compressed run lengths stay text */
    bool near;   /* no polygon further away than twice the image: who answers in other units than pixels is told */
    uint64_t crossings; /* at most so many; 0: as many as there are */
};
bool bx_segmentation_read(struct bx_json *r, const struct bx_segmentation_rules *rules, struct bx_segmentation *out, struct bx_arena *a);
/* The crossings of whoever is not trusted: no outline that means anything has more, and memory follows from the image. */
uint64_t bx_segmentation_bound(uint32_t h, uint32_t w);

/* [x, y, width, height]; `any`: a negative size too, as pycocotools has it. bx_box_fits is that check alone, of a box read elsewhere. */
bool bx_box_read(struct bx_json *r, bool any, double box[4], bool *has);
bool bx_box_fits(struct bx_json *r, const char *at, const double box[4]);
bool bx_corners_read(struct bx_json *r, double box[4], bool *has); /* [x1, y1, x2, y2] → x, y, width, height */
bool bx_obb_read(struct bx_json *r, double obb[8], bool *has);     /* four corners, one behind the other or each a list of its own */
/* A segmentation of one ring of four corners, the last perhaps the first again, or their flat list: what tools without a word for oriented
 * boxes write. `text`: a value that was checked. */
bool bx_quadrilateral(struct bx_slice text, double corners[8]);
void bx_turned_corners(const double rbox[5], double obb[8]);   /* centre x, y, width, height, radians → four corners */
void bx_points_box(const double *xy, size_t n, double box[4]); /* the box around n > 0 points */
