/*
 * confusion.h: supervision's confusion matrix: true class against predicted class, the last row and column being the
 * background.
 */
#pragma once
#include "core/metric/scene.h"

struct bx_confusion {
    size_t n; /* classes of the test set + 1 */
    size_t ncells;
    struct bx_confusion_cell {
        uint32_t row, column; /* true class, predicted class; n - 1: the background */
        uint64_t count;       /* not 0 */
    } * cell;                 /* by row, then by column */
};
/* Detections with at least this confidence, matched above this IoU; pairs of one class first, then by IoU. */
void bx_confusion(const struct bx_scene *s, double confidence, double iou, struct bx_confusion *c, struct bx_arena *a);
