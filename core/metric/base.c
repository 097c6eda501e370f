/* base.c: average precision under other bases, when those fit. */
#include "core/metric/base.h"
#include "core/metric/coco.h"
#include <stdlib.h>
#include <string.h>

/* What it takes to refuse a file: precision that is worth something, and a multiple of what it is. More of both where no number is unknown,
 * since then nothing but precision says so. */
#define LEAST         0.1
#define TIMES         4.0
#define LEAST_ALONE   0.3
#define TIMES_ALONE   10.0
#define OBJECTS_ALONE 20

/* AP at IoU 0.5, with these classes for the names. */
static double precision(const struct bx_metric_input *in, const uint32_t *class_of)
{
    static const double iou[] = {0.5};
    static const uint32_t limit[] = {100};
    static const struct bx_size_bin none[1];
    const struct bx_coco_options o = {.iou = iou, .niou = 1, .max_dets = limit, .nmax_dets = 1, .sizes = none, .nsizes = 0};
    struct bx_metric_input with = *in;
    struct bx_scene scene;
    struct bx_arena a = {0};
    struct bx_err unsaid = {0};
    struct bx_coco c;
    double ap = -1;
    with.class_of = class_of;
    with.nclasses = 0;
    if (bx_scene_make(&with, &scene, &a, &unsaid)) {
        bx_coco_eval(&scene, &o, &c, &a);
        ap = bx_coco_ap(&c, 0, BX_SIZE_ALL, -1);
    }
    bx_arena_release(&a);
    return ap;
}

/* The classes under a base; false: a number that is used has none, or they are the same as in `now`. */
static bool classes_under(enum bx_base base, const struct bx_metric_input *in, const int64_t *category, const size_t *used,
                          const uint32_t *now, uint32_t *class_of)
{
    const struct bx_testset *t = in->testset;
    const struct bx_detections *d = in->detections;
    struct bx_arena a = {0};
    size_t n;
    const struct bx_classmap_pair *pairs = bx_base_categories(base, t, &n, &a);
    bool all = true, same = true;
    for (size_t i = 0; i < d->nnames && all; i++) {
        class_of[i] = BX_UNMAPPED;
        for (size_t p = 0; p < n && class_of[i] == BX_UNMAPPED; p++)
            for (size_t k = 0; strtoll(pairs[p].from, NULL, 10) == category[i] && k < t->nclasses; k++)
                if (!strcmp(t->class_name[k], pairs[p].to)) {
                    class_of[i] = (uint32_t)k;
                    break;
                }
        all = !used[i] || class_of[i] != BX_UNMAPPED;
        same = same && (!used[i] || class_of[i] == now[i]);
    }
    bx_arena_release(&a);
    return all && !same;
}

static size_t objects(const struct bx_testset *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->nanns; i++)
        n += !(t->ann_flags[i] & (BX_ANN_CROWD | BX_ANN_IGNORE));
    return n;
}

static bool much_better(const struct bx_base_guess *g, const struct bx_testset *t)
{
    double now = g->as_is > 0 ? g->as_is : 0;
    if (g->unknown)
        return g->meant >= LEAST && g->meant >= TIMES * now;
    return g->meant >= LEAST_ALONE && g->meant >= TIMES_ALONE * now && objects(t) >= OBJECTS_ALONE;
}

bool bx_base_guess(const struct bx_metric_input *in, const int64_t *category, struct bx_base_guess *g)
{
    const struct bx_testset *t = in->testset;
    const struct bx_detections *d = in->detections;
    struct bx_arena a = {0};
    size_t *used = BX_NEW(&a, size_t, d->nnames);
    uint32_t *now = BX_NEW(&a, uint32_t, d->nnames), *then = BX_NEW(&a, uint32_t, d->nnames);
    bool asked = false, better = false;
    *g = (struct bx_base_guess){.first = t->own_classes && t->nclasses ? t->class_name[0] : NULL};
    for (size_t i = 0; i < d->n; i++)
        used[d->name[i]]++;
    bool numbered = d->n > 0 && t->nanns > 0;
    for (size_t i = 0; i < d->nnames; i++) {
        now[i] = in->class_of[i] < t->nclasses ? in->class_of[i] : BX_UNMAPPED;
        numbered = numbered && (!used[i] || category[i] != INT64_MIN);
        if (used[i] && now[i] == BX_UNMAPPED) {
            g->number = g->unknown ? g->number : category[i];
            g->unknown += used[i];
        }
    }
    for (int base = BX_BASE_ZERO; numbered && base < BX_NBASES && d->nnames <= 10000; base++) {
        struct bx_base_guess one = *g;
        if (!classes_under((enum bx_base)base, in, category, used, now, then))
            continue;
        if (!asked)
            g->as_is = one.as_is = precision(in, now);
        asked = true;
        one.meant = precision(in, then);
        one.base = (enum bx_base)base;
        if (much_better(&one, t) && (!better || one.meant > g->meant)) {
            *g = one;
            better = true;
        }
    }
    bx_arena_release(&a);
    return better;
}

bool bx_base_fail(const struct bx_base_guess *g, const char *base, const char *names, struct bx_err *e)
{
    char unknown[120] = "";
    const double as_is = g->as_is > 0 ? g->as_is : 0;
    const char *counted = g->base == BX_BASE_ZERO ? "from 0" : g->base == BX_BASE_ONE ? "from 1" : "as COCO's 91";
    if (g->first && g->base != BX_BASE_COCO91)
        return bx_fail(
            e, BX_CONFIG,
            "its category ids say nothing, as the test set's classes have none: in order of name ('%.40s' first) AP at IoU 0.50 is "
            "%.2f, counted %s %.2f. Name each: %s; or, if that order is the model's: %s",
            g->first, as_is, counted, g->meant, names, base);
    if (g->unknown)
        snprintf(unknown, sizeof unknown, ", and %zu detections are of classes it does not have (category %lld)", g->unknown,
                 (long long)g->number);
    return bx_fail(e, BX_CONFIG,
                   "its classes are not numbered as the test set's: AP at IoU 0.50 is %.2f%s; counted %s it is %.2f: %s says so", as_is,
                   unknown, counted, g->meant, base);
}
