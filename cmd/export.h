/* export.h: what export writes of one evaluation. */
#pragma once
#include "core/base/buf.h"
#include "core/metric/scope.h"
#include "core/store/store.h"

struct bx_export {
    const char *slug;
    const struct bx_evaluation *evaluation;
    enum bx_geometry geometry;
    struct bx_testset set;
    struct bx_detections detections;
    uint32_t *class_of; /* class of each of the detections' names, or BX_UNMAPPED */
    const struct bx_rules *rules;
    struct bx_scope scope; /* what of the two they let count */
    struct bx_report report;
};
/* COCO JSON with ids from 1 in the order of evaluation, of what counts by the board's rules; the rest of the rules are the numbers'
 * "params". For masks dt.json has no boxes: pycocotools would take their areas for the masks'.
 */
void bx_export_ground_truth(const struct bx_export *x, struct bx_buf *out, struct bx_arena *a);
void bx_export_detections(const struct bx_export *x, struct bx_buf *out, struct bx_arena *a);
void bx_export_numbers(const struct bx_export *x, struct bx_buf *out);
size_t bx_export_ignored(const struct bx_export *x); /* annotations with a meaning that pycocotools drops */
