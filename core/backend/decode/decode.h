/*
 * decode.h: what a detector's network put out -> detections in the image's pixels. Pure functions over tensors; every number may be
 * hostile.
 *
 * The steps are those of the programs that the networks come from (Ultralytics, YOLOv5, YOLOX, RF-DETR, DETR, torchvision), in float32 and
 * in their order, so that scores and boxes are theirs to the bit. Rows with a number that is none, or a class that is none, are left out
 * and counted.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/networks.h"
#include "core/data/rle.h"
#include "core/image/tensor.h"

#define BX_OUTPUT_RANK 6
#define BX_OUTPUTS     8

struct bx_output {
    const char *name;
    size_t rank, dim[BX_OUTPUT_RANK], n; /* n: the product */
    const float *v;
    bool whole; /* integers, once */
};

enum bx_head {
#define X(constant, ...) BX_HEAD_##constant,
    BX_HEADS(X)
#undef X
        BX_NHEADS,
    BX_HEAD_BY_SHAPE = BX_NHEADS
};
struct bx_head_info {
    const char *name, *task;
    enum bx_fit fit;
    enum bx_values values;
};
extern const struct bx_head_info bx_heads[BX_NHEADS];
/* Of bx_fit_words and bx_values_words, in their order. */
extern const enum bx_fit bx_fits[];
extern const enum bx_values bx_values[];

struct bx_decoder {
    enum bx_head head;
    size_t nc;    /* classes */
    size_t at[3]; /* which output is the first, second, third of the head */
    float conf;   /* strictly above */
    double iou;   /* strictly above: one goes */
    size_t most;  /* detections */
};

/* By the outputs' number, names and shapes; task (of the metadata, or "") and the number of names (0: unknown) where these leave a choice.
 * W, H: the input's size. told: a head, or BX_HEAD_BY_SHAPE. Fills all but the thresholds, which become the head's defaults. The error
 * says what the outputs are. */
bool bx_head_choose(const struct bx_output *o, size_t n, uint32_t W, uint32_t H, const char *task, size_t nnames, enum bx_head told,
                    struct bx_decoder *d, struct bx_err *e);

struct bx_found {
    uint32_t class;
    float score, box[4]; /* x1 y1 x2 y2; of an oriented one cx cy w h */
    float angle, obb[8]; /* oriented alone */
    struct bx_rle mask;  /* n == 0: none */
};
struct bx_founds {
    struct bx_found *at;
    size_t n, left_out; /* left_out: rows that are none */
};
/* f: where the image lay in the input. False: the outputs are not those that the head was chosen by. */
bool bx_decode(const struct bx_decoder *d, const struct bx_output *o, size_t n, const struct bx_frame *f, struct bx_founds *out,
               struct bx_arena *a, struct bx_err *e);
