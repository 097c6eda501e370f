/*
 * results_columns.h: what a results file is read into: columns in file order, and whose the detections are. Shared by results*.c alone.
 */
#pragma once
#include "core/base/arena.h"
#include "core/data/results.h"

/* Columns in file order, with room for as many detections as the text can hold: memory that is not used is never touched. */
struct bx_result_columns {
    size_t n;
    uint32_t *name;
    double *score, *box, *obb;
    struct bx_rle *mask;
    struct bx_rle_text *mask_text;
    uint8_t *derived; /* 1: the box was not given; touched only where one was not */
};

/* Whose the detections are, in file order: most files have an image's one behind the other. */
struct bx_result_runs {
    struct bx_result_run {
        uint32_t image, length;
    } * run;
    size_t n, cap;
};
void bx_result_runs_add(struct bx_result_runs *r, struct bx_result_run more);
void bx_result_runs_free(struct bx_result_runs *r); /* and it is empty */

/* Of what the geometry needs; lazy: masks as text. */
void bx_result_columns_make(struct bx_result_columns *c, enum bx_geometry g, bool lazy, size_t cap, struct bx_arena *a);

/* What of columns was written: the rest is 0, and stays untouched where they are copied to. */
struct bx_result_written {
    bool any_mask, any_given, all_given;
};
void bx_result_columns_copy(const struct bx_result_columns *to, size_t first, const struct bx_result_columns *from,
                            struct bx_result_written w);

/* Into the order of the images, one of which begins at begin[i]. The runs are freed before the columns need room: in a file of no order
 * they are as many as the detections. */
void bx_result_columns_sort(const struct bx_result_columns *c, struct bx_result_runs *r, const size_t *begin, size_t nimages);
