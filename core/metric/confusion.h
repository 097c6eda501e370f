/*
 * confusion.h: supervision's confusion matrix: true class against predicted class, the last row and column being the
 * background.
 */
#pragma once
#include "core/metric/scene.h"

struct bx_confusion {
    size_t n;        /* classes of the test set + 1 */
    uint64_t *count; /* [n][n] row: true class, column: predicted class */
};
/* Detections with at least this confidence, matched above this IoU; pairs of one class first, then by IoU. */
void bx_confusion(const struct bx_scene *s, double confidence, double iou, struct bx_confusion *c, struct bx_arena *a);
