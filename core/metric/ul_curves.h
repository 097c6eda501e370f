/*
 * ul_curves.h: from what each detection found to Ultralytics' average precision, and its precision, recall and F1 against confidence.
 */
#pragma once
#include "core/metric/ultralytics.h"

struct bx_ul_found {
    size_t nclasses;
    size_t *labels, *images; /* [nclasses] labels of each class; images with one */
    size_t n;
    uint32_t *item; /* [n] detections by class, best first */
    size_t *begin;  /* [nclasses + 1] */
    const double *score;
    const uint16_t *right; /* by detection: bit t: it found a label at threshold t */
};
/* Fills what of u is made of classes and curves. */
void bx_ul_curves(const struct bx_ul_found *f, struct bx_ul *u, struct bx_arena *a);
