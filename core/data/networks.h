/*
 * networks.h: what a detector's network puts out, and how it is given an image, as lists: configs and the runner's options name them
 * (core/registry/keys.c, cmd/runner.c); core/backend/decode and core/image do them.
 */
#pragma once
#include <stddef.h>

/* X(constant, name, task, fit, values): a head, and how its pipeline prepares an image. */
/* clang-format off */
#define BX_HEADS(X) \
    X(DETECT, "detect", detect, LETTERBOX, UNIT) \
    X(SEGMENT, "segment", segment, LETTERBOX, UNIT) \
    X(OBB, "obb", obb, LETTERBOX, UNIT) \
    X(END_DETECT, "end-detect", detect, LETTERBOX, UNIT) \
    X(END_SEGMENT, "end-segment", segment, LETTERBOX, UNIT) \
    X(END_OBB, "end-obb", obb, LETTERBOX, UNIT) \
    X(YOLOV5, "yolov5", detect, LETTERBOX, UNIT) \
    X(YOLOX, "yolox", detect, TOP_LEFT, BGR) \
    X(RFDETR, "rfdetr", detect, STRETCH_FLOAT, IMAGENET) \
    X(DETR, "detr", detect, STRETCH, IMAGENET) \
    X(TORCHVISION, "torchvision", detect, STRETCH, UNIT)
/* X(constant, name): enum bx_fit and enum bx_values of core/image/tensor.h. */
#define BX_FITS(X) \
    X(LETTERBOX, "letterbox") \
    X(STRETCH, "stretch") \
    X(STRETCH_FLOAT, "stretch-float") \
    X(TOP_LEFT, "top-left") \
    X(NONE, "none")
#define BX_VALUES(X) \
    X(UNIT, "rgb/255") \
    X(IMAGENET, "imagenet") \
    X(BGR, "bgr") \
    X(RGB_255, "rgb") \
    X(BGR_UNIT, "bgr/255")
/* clang-format on */

struct bx_words {
    const char *const *at;
    size_t n;
};
extern const struct bx_words bx_head_words, bx_fit_words, bx_values_words;
/* Its place in the list, or n. */
size_t bx_words_find(const struct bx_words *w, const char *word);
