/*
 * results_object.h: a COCO object whose annotations have scores: where its list is, and what its own tables call the images and classes.
 * Shared by results.c and results_object.c alone.
 */
#pragma once
#include "core/data/results_record.h"

struct bx_results_object {
    bool has_list;
    struct bx_slice list; /* of the annotations, with its brackets */
    size_t nimages, ncategories, image_cap, category_cap;
    struct bx_classmap_pair *categories; /* malloc'ed, as are the next; names in the arena */
    int64_t *image_id;
    const char **image_file;
};
/* Reads all of r, which is at '{'; the annotations are only looked through. */
bool bx_results_object_read(struct bx_json *r, struct bx_results_object *o, struct bx_arena *a);
void bx_results_object_free(struct bx_results_object *o);
