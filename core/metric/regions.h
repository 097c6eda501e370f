/*
 * regions.h: regions where nobody labelled: VisDrone's category 0 (BX_ANN_REGION), and the objects of the classes that a board's rules call
 * regions. One rule for all geometries: of an image's regions together, whatever their class, a detection that has half of its own area or
 * more in them is left out, and so is an object of the test set: neither right nor wrong, found nor missed. It is left out before anything
 * else counts, limits of detections included. That is the rule of VisDrone's toolkit, but of exact areas where that counts rounded pixels.
 * A crowd is no region: it stays pycocotools' (match.h), whose share rises with the IoU threshold.
 *
 * Areas: boxes as they stand, oriented boxes as their outlines, masks in pixels. What has no area lies in no region.
 */
#pragma once
#include "core/data/detections.h"
#include "core/data/rules.h"
#include "core/data/testset.h"

struct bx_regions {
    bool *anns; /* [nanns] regions themselves and what lies in them; NULL: there are no regions */
    bool *dets; /* [n] detections that lie in them */
};
/* A geometry that either lacks is no reason to fail: nothing lies in regions then, and the scene says so. */
void bx_regions_find(const struct bx_rules *r, const struct bx_testset *t, const struct bx_detections *d, enum bx_geometry g,
                     struct bx_regions *out, struct bx_arena *a);
