/*
 * results_reading.h: a results file while it is read, by one thread or several. Shared by results*.c alone.
 */
#pragma once
#include "core/base/parallel.h"
#include "core/data/results_columns.h"
#include "core/data/results_names.h"
#include "core/data/results_record.h"

/* No detection is written in fewer bytes: {"image_id":1,"category_id":1,"score":1,"obb":[...]} */
#define BX_LEAST_RESULT 50

struct bx_results_reading {
    struct bx_record_rules rules;
    const struct bx_results_options *o;
    const struct bx_classmap_pair *categories; /* the caller's, or the file's own */
    size_t ncategories;
    struct bx_ids class;
    struct bx_result_columns c;
    struct bx_result_runs runs;
    const char **names, **told;      /* told: the known ones alone, for all threads: the other list moves as it grows */
    size_t nnames, known, names_cap; /* known: classes with a name; categories the test set does not have follow */
    struct bx_name_table name_table; /* of the known ones */
    struct bx_extra_names extra;
    uint32_t *extra_name; /* [extra.n] places in `names` */
    size_t extra_cap;
    struct bx_arena *a;
    bool any_mask, all_given;
    bool boxes_alone;          /* a box is all that is asked for */
    bool named, numbered, met; /* there are classes by name; all of them have numbers, too; one of them is known */
    const char *kind;
    size_t elements; /* in the blocks before */
    struct bx_growing_ids strays;
    bool stray_names; /* some have more than a number */
    struct bx_results_said said;
};

/* One thread's reading of a block of the list. Its detections go to columns of its own, until it is known how many came before. */
struct bx_results_part {
    struct bx_results_reading *v;
    struct bx_arena a, columns;
    struct bx_record record;
    struct bx_result_columns c; /* .n: read so far */
    struct bx_result_runs runs;
    size_t cap;
    struct bx_extra_names extra;  /* categories the test set does not have, in order of first use here */
    struct bx_growing_ids strays; /* numbers that are none of its images */
    int64_t last_category;
    uint32_t last_name;
    bool any_mask, any_given, all_given, named, numbered, met, stray_names;
    size_t elements;
    struct bx_results_said said; /* of the block */
    struct bx_err why; /* the last mask is none; here, since clearing it for each detection costs more than all else that is done */
    BX_APART;
};

/* results_part.c: what the part's record says, into its columns. False: r->failed; `at`: where the element begins. */
bool bx_results_part_add(struct bx_results_part *q, struct bx_json *r, const char *at);
/* results_list.c: the list that r is in, behind its '['. Whatever was read before is forgotten. */
bool bx_results_list(struct bx_results_reading *v, struct bx_json *list);
