/*
 * compare.h: what differs between two test sets, and by how much. Two formats of one data set may round differently and then have different
 * digests: this says whether it is rounding, or more. Nothing is ever merged on "almost".
 *
 * Images are paired by their bytes, classes by name, annotations within an image and class by nearest box. Both sets were looked at.
 */
#pragma once
#include "core/data/testset.h"

struct bx_deviation {
    double largest, sum;
    size_t n;
    const char *where; /* "a.jpg, annotation 7 of the first, 9 of the second"; NULL when nothing deviates */
};
struct bx_testset_diff {
    size_t images_both, images_only[2];
    const char *image_only[2]; /* the first of them; NULL: none */
    size_t renamed;            /* same bytes, other name */
    size_t resized;            /* same bytes, other size: one of them took the orientation otherwise */
    size_t classes_both, classes_only[2];
    const char *class_only[2];
    bool class_order, image_order; /* the same things in another order: which changes the digest */
    size_t annotations[2];
    size_t paired, unpaired[2];
    const char *unpaired_at[2];
    size_t flags; /* pairs of which one is a crowd or ignored and the other is not */
    const char *flags_at;
    size_t reordered;                                         /* images whose annotations come in another order */
    struct bx_deviation box;                                  /* pixels, of any corner coordinate */
    struct bx_deviation area;                                 /* relative: |a - b| / max(a, b) */
    struct bx_deviation mask;                                 /* 1 - IoU; n == 0: not both have masks */
    bool same_digest[BX_NGEOMETRIES], digest[BX_NGEOMETRIES]; /* digest: both have one */
};

bool bx_testset_compare(const struct bx_testset *a, const struct bx_testset *b, struct bx_testset_diff *d, struct bx_arena *arena,
                        struct bx_err *e);
