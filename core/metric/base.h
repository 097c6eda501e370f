/*
 * base.h: are the category numbers of a file taken as they are meant? Counted from another number they would all be classes of the test
 * set, and average precision many times what it is.
 */
#pragma once
#include "core/data/bases.h"
#include "core/metric/scene.h"

struct bx_base_guess {
    enum bx_base base;   /* what they are meant as */
    double as_is, meant; /* AP at IoU 0.5 */
    size_t unknown;      /* detections of numbers that the test set does not have, as it is */
    const char *first;   /* where the test set's classes have no numbers of their own: the first in order of name; or NULL */
    int64_t number;      /* the first of those numbers */
};
/* in: as it would be scored. category: [names] the number of each; INT64_MIN: it has none, and nothing is guessed. True: another base is
 * meant. The cost is that of a few evaluations at one threshold, and only where numbers at one end of the test set's are never used. */
bool bx_base_guess(const struct bx_metric_input *in, const int64_t *category, struct bx_base_guess *g);

/* As an error: `base` sets what is meant ("--category-base 1"), `names` a name for each number. Where the classes have no numbers, only who
 * made the file knows their order, and any that fits better than another may still be wrong. Under 300 bytes, as a reason is. */
bool bx_base_fail(const struct bx_base_guess *g, const char *base, const char *names, struct bx_err *e);
