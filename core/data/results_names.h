/*
 * results_names.h: what a file of predictions calls the classes that the test set does not have: numbers and names, in order of first use.
 * For results.c and core/dump.
 */
#pragma once
#include "core/base/json_reader.h"
#include "core/base/names.h"
#include "core/data/ids.h"

struct bx_extra_names { /* {0} is empty */
    struct bx_extra_name {
        const char *text; /* NULL: it is a number */
        int64_t number;
    } * at;
    size_t n, cap;
    struct bx_growing_ids ids;
    struct bx_name_list texts;
    uint32_t *of_id, *of_text; /* places in `at` */
    size_t of_text_cap, of_id_cap;
};
/* Its place among them, new or old. A new text goes to a. */
uint32_t bx_extra_number(struct bx_extra_names *x, int64_t number);
uint32_t bx_extra_text(struct bx_extra_names *x, struct bx_slice text, struct bx_arena *a);
void bx_extra_names_free(struct bx_extra_names *x); /* and it is empty */

/* Names are shown: one that cannot be is none, and is called so. */
struct bx_slice bx_name_shown(struct bx_slice name);
/* The one of n classes that is alike but for case, spaces, '-' and '_'; SIZE_MAX: none is, or several are. */
size_t bx_name_alike(struct bx_slice name, const char *const *classes, size_t n);
