/* build.h: test sets and detections from short tables, for the tests of the metrics. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include "core/metric/scene.h"
#include <math.h>
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
struct made {
    struct bx_arena arena;
    struct bx_testset t;
    struct bx_detections d;
    uint32_t *class_of;
};

/* Both tables must be sorted by image. Class indices from nclasses on are unmapped. */
static inline void make(struct made *m, size_t nimages, size_t nclasses, const struct gt *g, size_t ng, const struct dt *d, size_t nd)
{
    struct bx_arena *a = &m->arena;
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    *m = (struct made){.arena = {0}};
    struct bx_testset *t = &m->t;
    t->nclasses = nclasses;
    t->class_name = BX_NEW(a, const char *, nclasses);
    t->class_id = BX_NEW(a, int64_t, nclasses);
    for (size_t k = 0; k < nclasses; k++) {
        t->class_name[k] = names[k];
        t->class_id[k] = (int64_t)k + 1;
    }
    t->nimages = nimages;
    t->nanns = ng;
    t->ann_begin = BX_NEW(a, size_t, nimages + 1);
    t->ann_class = BX_NEW(a, uint32_t, ng);
    t->ann_flags = BX_NEW(a, uint8_t, ng);
    t->ann_area = BX_NEW(a, double, ng);
    t->ann_id = BX_NEW(a, int64_t, ng);
    t->ann_box = BX_NEW(a, double, 4 * ng);
    for (size_t i = 0; i < ng; i++) {
        t->ann_begin[g[i].image + 1]++;
        t->ann_class[i] = g[i].class_index;
        t->ann_flags[i] = g[i].flags;
        t->ann_area[i] = g[i].area > 0 ? g[i].area : g[i].box[2] * g[i].box[3];
        t->ann_id[i] = (int64_t)i + 1;
        memcpy(t->ann_box + 4 * i, g[i].box, sizeof g[i].box);
    }
    struct bx_detections *x = &m->d;
    x->nimages = nimages;
    x->n = nd;
    x->nnames = 5;
    x->names = (const char **)bx_memdup(a, names, sizeof names);
    x->image_begin = BX_NEW(a, size_t, nimages + 1);
    x->name = BX_NEW(a, uint32_t, nd);
    x->score = BX_NEW(a, double, nd);
    x->box = BX_NEW(a, double, 4 * nd);
    for (size_t i = 0; i < nd; i++) {
        x->image_begin[d[i].image + 1]++;
        x->name[i] = d[i].class_index;
        x->score[i] = d[i].score;
        memcpy(x->box + 4 * i, d[i].box, sizeof d[i].box);
    }
    for (size_t i = 0; i < nimages; i++) {
        t->ann_begin[i + 1] += t->ann_begin[i];
        x->image_begin[i + 1] += x->image_begin[i];
    }
    m->class_of = BX_NEW(a, uint32_t, 5);
    for (uint32_t i = 0; i < 5; i++)
        m->class_of[i] = i < nclasses ? i : BX_UNMAPPED;
}

static inline void make_scene(struct made *m, struct bx_scene *s)
{
    struct bx_metric_input in = {.testset = &m->t, .detections = &m->d, .class_of = m->class_of, .geometry = BX_GEOM_BOX};
    struct bx_err e;
    assert_true(bx_scene_make(&in, s, &m->arena, &e));
}
