/*
 * detections.h: what a model answered, as columns grouped by image, in the order answered, in the model's own class names, before mapping
 * and clipping. Images are those of the test set, in its order; detections of image i are [image_begin[i], image_begin[i+1]).
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/data/rle.h"
#include "core/data/testset.h"
#include <stddef.h>
#include <stdint.h>

struct bx_detections {
    size_t nnames;
    const char **names; /* the model's own class names, in order of first use; a name never used is not there */
    size_t nimages;
    size_t *image_begin; /* [nimages + 1] */
    size_t n;
    uint32_t *name;                /* [n] index in names */
    double *score;                 /* [n] finite (NaN only in coco-reference/1) */
    double *box;                   /* [n][4] x y w h, pixels as displayed; the hull where the model gave only a mask or an oriented box */
    double *obb;                   /* [n][8] or NULL */
    struct bx_rle *mask;           /* [n] or NULL */
    struct bx_rle_text *mask_text; /* [n] in place of `mask`, from bx_results_read's `lazy_masks` alone: to be scored, not to be stored; the
                                      text stays the file's. `box` is then only there where given */
    bool mapped;                   /* that text is a mapped file, whose pages may be given back when they were used */
    uint8_t *box_given;            /* [n] 1: the model gave this box, 0: derived; NULL: all given. coco-reference/1 asks */
};

/* Append-only builder: one image after another, in the test set's order or not; finish sorts by image, stably. */
struct bx_detection {
    uint32_t name;
    double score;
    double box[4];
    const double *obb;         /* 8 numbers or NULL */
    const struct bx_rle *mask; /* or NULL */
    bool box_given;
};
struct bx_detections_builder; /* opaque */
struct bx_detections_builder *bx_detections_builder_new(void);
uint32_t bx_detections_builder_name(struct bx_detections_builder *b, const char *name, size_t n);            /* index, added when new */
void bx_detections_builder_add(struct bx_detections_builder *b, size_t image, const struct bx_detection *d); /* copies all */
/* Columns in a; frees the builder. */
void bx_detections_builder_finish(struct bx_detections_builder *b, size_t nimages, struct bx_detections *out, struct bx_arena *a);
void bx_detections_builder_free(struct bx_detections_builder *b);

/* What each of the detections has: bit 1u << enum bx_geometry. Every box is there, given or derived; all of none have everything. */
unsigned bx_detections_geometries(const struct bx_detections *d);

/* Columns that did not come from a builder (results.h: no mask that stayed text) made what one makes of the same answers: names by first
 * use, and no column that says nothing. In place; the names' list goes to a. */
void bx_detections_settle(struct bx_detections *d, struct bx_arena *a);

/* Canonical bytes of images [first, first+count) as a self-describing block: u32 count, per image u32 detections, then each column
 * byte-shuffled and the whole deflated (zlib). One block per BX_DETECTIONS_BLOCK images. Unpacking checks every length and index.
 */
#define BX_DETECTIONS_BLOCK 256
void bx_detections_pack(const struct bx_detections *d, size_t first, size_t count, struct bx_buf *out);
bool bx_detections_unpack(const void *const *blocks, const size_t *sizes, size_t nblocks, const char *const *names, size_t nnames,
                          struct bx_detections *out, struct bx_arena *a, struct bx_err *e);

/* "bx1-dets-<hex>": over the names, the per-image counts and the columns' raw little-endian bytes (not the deflated ones: another zlib must
 * not change it). */
bool bx_detections_digest(const struct bx_detections *d, char out[BX_DIGEST_SIZE], struct bx_err *e);

/*
 * The class map: from a model's names to the test set's. By name first; the explicit pairs of the config override; what is left is
 * unmapped. `to[i]` is the class index of names[i], or BX_UNMAPPED (its detections leave no trace in coco/1, as pycocotools drops unknown
 * categories). An explicit pair whose right side is no class of the test set is an error; a left side that the model never uses is not.
 */
#define BX_UNMAPPED UINT32_MAX
struct bx_classmap_pair {
    const char *from, *to; /* to == NULL: explicitly ignored */
};
bool bx_classmap_resolve(const struct bx_detections *d, const struct bx_testset *t, const struct bx_classmap_pair *pairs, size_t npairs,
                         uint32_t *to, struct bx_err *e);
