/*
 * scope.h: what a board's rules let count: the test set and the detections without the classes and images that are left out. Class indices
 * stay those of the test set; a class that is not scored has no object and no detection.
 */
#pragma once
#include "core/data/detections.h"
#include "core/data/rules.h"
#include "core/data/testset.h"

struct bx_scope {
    /* The caller's own where the rules leave nothing out. */
    const struct bx_testset *testset;
    const struct bx_detections *detections;
    const uint32_t *class_of;
    const uint32_t *image; /* [testset->nimages] index in the caller's test set; NULL: the same */
    const bool *scored;    /* [nclasses]; NULL: all */
    struct bx_testset own_testset;
    struct bx_detections own_detections;
};
/* What lies in regions to be ignored (regions.h) is out, and so are those. Of the objects to be ignored those stay that a detection can
 * meet in this geometry; `reference`: all (scene.h). Errors: bx_rules_fit's.
 */
bool bx_scope_make(const struct bx_rules *r, const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                   enum bx_geometry geometry, bool reference, struct bx_scope *out, struct bx_arena *a, struct bx_err *e);
