/*
 * results_record.h: one element of a COCO results file → what it says. Shared by results.c and results_record.c alone.
 */
#pragma once
#include "core/data/join.h"
#include "core/data/quick.h"
#include "core/data/results.h"
#include "core/data/segmentation.h"

struct bx_record {
    bool has_image, has_category, has_score, has_box, has_obb;
    size_t image; /* index, or BX_NO_INDEX: none of the test set's; the next element of a file most often has the same */
    enum bx_join_rule rule;
    struct bx_slice file; /* the file name that `image` was found by, as it stands in the text; n 0: none was */
    struct bx_slice lost; /* the last one that is no image's */
    bool counted;         /* `image` was found by `number` */
    int64_t number;
    struct bx_slice who; /* what no image was found by, as it stands in the text */
    int64_t category;
    struct bx_slice name; /* of its class; n 0: it has none */
    double score, box[4], obb[8];
    struct bx_slice segmentation; /* its text, where it has to wait for the rest */
    struct bx_segmentation seg;   /* read at once where image and use are known: seg_read */
    bool seg_read, negative;      /* negative: it has a box, of a size below 0, which is none */
    size_t seg_image;
    bool by_file, ids_only; /* a file name has found the image; the element before had none, so that this one's id is taken for its image */
    struct bx_quick_form form; /* of the element before */
};

/* What all elements share. */
struct bx_record_rules {
    const struct bx_testset *t;
    const struct bx_results_options *o;
    struct bx_join join;
    bool lazy;  /* compressed run lengths stay text */
    bool names; /* classes by name, where there are names */
    bool boxes; /* under `reference` the kind of all elements: the first one has a box */
};

/* Reads the next element, by its usual spelling where it has that. Masks come from `a`. False, and r->failed: what is wrong. */
bool bx_record_read(struct bx_json *r, const struct bx_record_rules *rules, struct bx_record *d, struct bx_arena *a);
/* The mask of a record whose segmentation had to wait. False: it is none, and why; under `reference` r->failed. */
bool bx_record_mask(struct bx_json *r, const struct bx_record_rules *rules, const struct bx_record *d, struct bx_segmentation *out,
                    struct bx_arena *a, struct bx_err *why);
