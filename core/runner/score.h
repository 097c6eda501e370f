/* score.h: detections → report: the night's and the rescore's. */
#pragma once
#include "core/data/tags.h"
#include "core/data/board.h"
#include "core/data/detections.h"
#include "core/data/model.h"
#include "core/data/report.h"

/* Which class of the test set each of the detections' names is under the model's class map, or BX_UNMAPPED. class_of: [d->nnames] */
bool bx_score_classes(const struct bx_testset *set, const struct bx_model *m, const struct bx_detections *d, uint32_t *class_of,
                      struct bx_arena *a, struct bx_err *e);

/* By a test set's labels, a board's geometry and rules, and a model's class map and operating confidence. BX_DATA or BX_CONFIG: the
 * model's own failure. */
/* A slice of what bx_score scored, slim (report.h): it has no memory of its own. */
bool bx_score_slice(const struct bx_testset *set, enum bx_geometry g, const struct bx_slice_of *slice, const struct bx_model *m,
                    int threads, const struct bx_detections *d, struct bx_report *out, struct bx_err *e);
bool bx_score(const struct bx_testset *set, enum bx_geometry g, const struct bx_rules *rules, const struct bx_model *m, int threads,
              const struct bx_detections *d, struct bx_report *out, struct bx_arena *a, struct bx_err *e);
