/* resample.c: the board's numbers on resampled test sets. */
#include "core/data/trust.h"
#include "core/metric/bootstrap.h"
#include "core/metric/metric.h"
#include "core/metric/scope.h"
#include "core/metric/weights.h"
#include <math.h>
#include <string.h>

static enum bx_metric metric_of(const struct bx_rules *rules, size_t m)
{
    static const enum bx_metric of[BX_BOOT_SIZES] = {BX_METRIC_MAP,       BX_METRIC_MAP_50, BX_METRIC_MAP_75,  BX_METRIC_F1,
                                                     BX_METRIC_PRECISION, BX_METRIC_RECALL, BX_METRIC_F1_MICRO};
    if (m < BX_BOOT_SIZES)
        return of[m];
    return (enum bx_metric)((bx_rules_own_sizes(rules) ? BX_METRIC_MAP_SIZE_1 : BX_METRIC_MAP_SMALL) + m - BX_BOOT_SIZES);
}

static bool any(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            return true;
    return false;
}

/* What no resample has is not kept: a threshold that the grid lacks, a size without objects. */
static void keep(const struct bx_rules *rules, const struct bx_boot *boot, struct bx_resamples *out, struct bx_arena *a)
{
    *out = (struct bx_resamples){.B = boot->B, .nclasses = boot->K};
    out->metric = BX_NEW(a, enum bx_metric, boot->nmetrics);
    out->value = BX_NEW(a, double, boot->nmetrics * boot->B);
    for (size_t m = 0; m < boot->nmetrics; m++)
        if (any(boot->value[m], boot->B)) {
            memcpy(out->value + out->n * out->B, boot->value[m], out->B * sizeof *out->value);
            out->metric[out->n++] = metric_of(rules, m);
        }
    out->class_sd = BX_NEW(a, double, boot->K);
    for (size_t k = 0; k < boot->K; k++) {
        const struct bx_interval v = boot->of_class[k] ? bx_interval(0, boot->of_class[k], boot->B) : (struct bx_interval){0};
        out->class_sd[k] = v.there ? v.sd : (double)NAN;
    }
}

static bool resample(const struct bx_rules *rules, const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                     const struct bx_metric_options *o, const char *images, const volatile sig_atomic_t *stop, struct bx_resamples *out,
                     struct bx_arena *a, struct bx_arena *scratch, struct bx_err *e)
{
    static const char prefix[] = "bx1-images-";
    struct bx_scope scope;
    struct bx_scene s;
    struct bx_coco coco, half_alone;
    struct bx_coco_options co = {.matches = true, .threads = o->threads};
    uint32_t limits[3];
    if (!bx_scope_make(rules, t, d, class_of, o->geometry, false, &scope, scratch, e))
        return false;
    const struct bx_metric_input in = {
        .testset = scope.testset, .detections = scope.detections, .class_of = scope.class_of, .geometry = o->geometry, .lvis = rules->lvis};
    if (!bx_scene_make(&in, &s, scratch, e))
        return false;
    bx_coco_rules(rules, &co, limits);
    if (co.niou > BX_LANES) { /* more thresholds than what a detection met is kept of */
        *out = (struct bx_resamples){.B = BX_RESAMPLES};
        return true;
    }
    bx_coco_eval(&s, &co, &coco, scratch);
    const struct bx_coco *half = bx_coco_half(&s, &co, &coco, &half_alone, scratch);
    const struct bx_boot_options bo = {
        .seed = bx_weights_seed(strncmp(images, prefix, sizeof prefix - 1) ? images : images + sizeof prefix - 1),
        .confidence = o->operating_confidence,
        .classes = true,
        .image = scope.image,
        .whole = t->nimages,
        .threads = o->threads,
        .stop = stop};
    struct bx_boot boot;
    bx_bootstrap(&s, &coco, half, &bo, &boot, scratch);
    if (stop && *stop)
        return bx_fail(e, BX_INTERRUPTED, "interrupted");
    keep(rules, &boot, out, a);
    return true;
}

bool bx_metric_resample(const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                        const struct bx_metric_options *o, const char *images, const volatile sig_atomic_t *stop, struct bx_resamples *out,
                        struct bx_arena *a, struct bx_err *e)
{
    static const struct bx_rules cocos = {0};
    struct bx_arena scratch = {0};
    bool ok = resample(o->rules ? o->rules : &cocos, t, d, class_of, o, images, stop, out, a, &scratch, e);
    bx_arena_release(&scratch);
    return ok;
}
