/* made.h: a test set and detections on it, ready to be scored. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include "core/metric/scene.h"
#include "tests/build.h"
#include <math.h>

struct made {
    struct bx_arena arena;
    struct bx_testset t;
    struct bx_detections d;
    uint32_t *class_of;
};

/* Class indices of detections from nclasses on are unmapped. */
static inline void make(struct made *m, size_t nimages, size_t nclasses, const struct gt *g, size_t ng, const struct dt *d, size_t nd)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct bx_err e;
    *m = (struct made){.arena = {0}};
    m->t = build_testset(&m->arena, names, nclasses, nimages, g, ng);
    m->d = build_detections(&m->arena, names, nimages, d, nd);
    m->class_of = BX_NEW(&m->arena, uint32_t, m->d.nnames);
    assert_true(bx_classmap_resolve(&m->d, &m->t, NULL, 0, m->class_of, &e));
}

static inline void make_scene(struct made *m, struct bx_scene *s)
{
    struct bx_metric_input in = {.testset = &m->t, .detections = &m->d, .class_of = m->class_of, .geometry = BX_GEOM_BOX};
    struct bx_err e;
    assert_true(bx_scene_make(&in, s, &m->arena, &e));
}
