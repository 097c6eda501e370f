/*
 * results.h: COCO results JSON (an array of {image_id, category_id, score, bbox and/or segmentation}) → detections, for `eval` and the
 * predictions backend.
 *
 * Detections go to t's images, in file order. Categories by id: names are the test set's class names; an id that the test set does not have
 * keeps its number as a name ("category 77") and so stays unmapped. An unknown image id is an error naming element index and id. An empty
 * array is no detections. Under `reference` the tokens NaN and Infinity are numbers, and pycocotools' rule holds that the first element
 * decides the kind for all.
 */
#pragma once
#include "core/data/detections.h"
#include "core/data/testset.h"

struct bx_results_options {
    bool reference;
    bool lvis;
    bool mapped;        /* the text is a file mapped read-only: pages that were read may be given back */
    bool lazy_masks;    /* geometry mask: leave compressed run lengths as the text they are (struct bx_detections): it must outlive d */
    int threads;        /* that read a large file at once (0: one a processor); what is read does not depend on it */
    size_t block_bytes; /* for tests: what one of them reads at a time; 0: what is worth it */
    enum bx_geometry geometry;                 /* what must be there */
    const struct bx_classmap_pair *categories; /* from: the id as text, to: the model's class name; NULL: the ids are the test set's */
    size_t ncategories;
};
bool bx_results_read(const char *name, const char *data, size_t n, const struct bx_testset *t, const struct bx_results_options *o,
                     struct bx_detections *d, struct bx_arena *a, struct bx_err *e);
