/*
 * tensor.h: pixels to what a detector's network is given, to the bit as the references do it: OpenCV's INTER_LINEAR on bytes, torch's
 * bilinear (half-pixel centres, no low-pass) on floats, Ultralytics' letterbox. Pure functions; sizes are 1 to 2^20 a side.
 */
#pragma once
#include "core/image/image.h"

enum bx_fit {
    BX_FIT_LETTERBOX, /* centred, the rest grey (114) */
    BX_FIT_STRETCH,
    BX_FIT_STRETCH_FLOAT, /* values first, then resized as floats */
    BX_FIT_TOP_LEFT,      /* YOLOX: sides truncated, the rest grey */
    BX_FIT_NONE,          /* the image's own size */
};
enum bx_values {
    BX_VALUES_UNIT,     /* RGB / 255 */
    BX_VALUES_IMAGENET, /* the same, less ImageNet's mean, by its deviation */
    BX_VALUES_BGR,      /* B, G, R, 0 .. 255 */
    BX_VALUES_RGB_255,
    BX_VALUES_BGR_UNIT,
};

/* Where the scaled image lies in the input. */
struct bx_frame {
    uint32_t w, h;      /* the image */
    uint32_t W, H;      /* the input */
    uint32_t nw, nh;    /* the scaled image */
    uint32_t left, top; /* its first column and row */
};
/* rect: 0, or the stride that a dynamic input is padded up to: W and H of the frame are then at most those asked for. False: a side of
 * YOLOX's becomes 0. */
bool bx_frame_make(enum bx_fit fit, uint32_t w, uint32_t h, uint32_t W, uint32_t H, uint32_t rect, struct bx_frame *f);

/* px (RGB, of the frame's w x h) to planes of H x W floats, 3 * H * W of them. */
void bx_tensor_fill(const struct bx_pixels *px, const struct bx_frame *f, enum bx_fit fit, enum bx_values values, float *out,
                    struct bx_arena *scratch);

/* OpenCV's INTER_LINEAR of 3 channels: to nw x nh, rows `stride` bytes apart. */
void bx_resize_rgb(const uint8_t *in, uint32_t w, uint32_t h, uint8_t *out, uint32_t nw, uint32_t nh, size_t stride,
                   struct bx_arena *scratch);

/* One plane of floats, rows `stride` floats apart, from w x h to ow x oh; of the result only the columns x0 <= x < x1 and rows
 * y0 <= y < y1 are written, each where it would lie in rows of ow. sx, sy: source steps, or 0 for w / ow and h / oh. */
struct bx_part {
    uint32_t x0, y0, x1, y1;
};
void bx_bilinear(const float *in, uint32_t w, uint32_t h, size_t stride, float *out, uint32_t ow, uint32_t oh, float sx, float sy,
                 struct bx_part part, struct bx_arena *scratch);
/* What of the source such a part is made from, last row and column included in x1, y1. */
struct bx_part bx_bilinear_source(uint32_t w, uint32_t h, uint32_t ow, uint32_t oh, float sx, float sy, struct bx_part part);
