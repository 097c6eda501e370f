/*
 * build.h: test sets and detections from short tables, in memory. What a table does not say is plain: class ids from 1, images of 640 x 480
 * named 000001.jpg and so on, each with other bytes. A test that is about one of these columns writes it afterwards.
 */
#pragma once
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/detections.h"
#include <string.h>

struct gt {
    uint32_t image, class_index;
    double box[4];
    uint8_t flags;
    double area; /* 0: w*h */
};
struct dt {
    uint32_t image, class_index;
    double box[4], score;
};

/* g in any order: annotations of an image keep theirs. Their ids are their places in g, from 1. */
static inline struct bx_testset build_testset(struct bx_arena *a, const char *const *classes, size_t nclasses, size_t nimages,
                                              const struct gt *g, size_t n)
{
    struct bx_testset t = {.source = "made up", .nclasses = nclasses, .nimages = nimages, .nanns = n};
    t.class_name = BX_NEW(a, const char *, nclasses);
    t.class_id = BX_NEW(a, int64_t, nclasses);
    for (size_t k = 0; k < nclasses; k++) {
        t.class_name[k] = classes[k];
        t.class_id[k] = (int64_t)k + 1;
    }
    t.image_file = BX_NEW(a, const char *, nimages);
    t.image_id = BX_NEW(a, int64_t, nimages);
    t.image_w = BX_NEW(a, uint32_t, nimages);
    t.image_h = BX_NEW(a, uint32_t, nimages);
    t.image_sha = bx_alloc(a, nimages, sizeof *t.image_sha);
    for (size_t i = 0; i < nimages; i++) {
        t.image_file[i] = bx_printf(a, "%06zu.jpg", i + 1);
        t.image_id[i] = (int64_t)i + 1;
        t.image_w[i] = 640;
        t.image_h[i] = 480;
        bx_sha256(&i, sizeof i, t.image_sha[i]);
    }
    t.ann_begin = BX_NEW(a, size_t, nimages + 1);
    t.ann_class = BX_NEW(a, uint32_t, n);
    t.ann_flags = BX_NEW(a, uint8_t, n);
    t.ann_area = BX_NEW(a, double, n);
    t.ann_id = BX_NEW(a, int64_t, n);
    t.ann_box = BX_NEW(a, double, 4 * n);
    for (size_t i = 0; i < n; i++)
        t.ann_begin[g[i].image + 1]++;
    for (size_t i = 0; i < nimages; i++)
        t.ann_begin[i + 1] += t.ann_begin[i];
    size_t *next = bx_memdup(a, t.ann_begin, (nimages + 1) * sizeof *next);
    for (size_t i = 0; i < n; i++) {
        size_t k = next[g[i].image]++;
        t.ann_class[k] = g[i].class_index;
        t.ann_flags[k] = g[i].flags;
        t.ann_area[k] = g[i].area > 0 ? g[i].area : g[i].box[2] * g[i].box[3];
        t.ann_id[k] = (int64_t)i + 1;
        memcpy(t.ann_box + 4 * k, g[i].box, sizeof g[i].box);
    }
    return t;
}

/* The class indices are those of names, which may be others than the test set's. */
static inline struct bx_detections build_detections(struct bx_arena *a, const char *const *names, size_t nimages, const struct dt *d,
                                                    size_t n)
{
    struct bx_detections_builder *b = bx_detections_builder_new();
    for (size_t i = 0; i < n; i++) {
        const char *name = names[d[i].class_index];
        struct bx_detection one = {.name = bx_detections_builder_name(b, name, strlen(name)), .score = d[i].score, .box_given = true};
        memcpy(one.box, d[i].box, sizeof one.box);
        bx_detections_builder_add(b, d[i].image, &one);
    }
    struct bx_detections out;
    bx_detections_builder_finish(b, nimages, &out, a);
    return out;
}
