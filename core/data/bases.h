/*
 * bases.h: what the category numbers of a file of predictions count from. The same file may be written from 0 or from 1 by one program's
 * versions, and nothing in it says which: whoever knows says so ("category_base", --category-base).
 */
#pragma once
#include "core/data/detections.h"

/* X(constant, name): the test set's own ids; its classes in order from 0, or from 1; the ids that COCO's 80 classes have among 1 to 90. */
#define BX_BASES(X)                                                                                                                        \
    X(TEST_SET, "test-set")                                                                                                                \
    X(ZERO, "0")                                                                                                                           \
    X(ONE, "1")                                                                                                                            \
    X(COCO91, "coco91")

enum bx_base {
#define X(constant, name) BX_BASE_##constant,
    BX_BASES(X)
#undef X
        BX_NBASES
};
extern const char *const bx_base_names[BX_NBASES];
bool bx_base_parse(const char *name, enum bx_base *base);

/* A name for each number, as a config's "categories"; none (NULL) for BX_BASE_TEST_SET. */
const struct bx_classmap_pair *bx_base_categories(enum bx_base base, const struct bx_testset *t, size_t *n, struct bx_arena *a);
