/* numbers.c: what several of the printers say. */
#include "cmd/eval/eval.h"
#include "core/metric/metric.h"

bool bx_eval_report(struct bx_eval *v, struct bx_report *r)
{
    struct bx_err e;
    struct bx_rules rules = v->rules; /* what they leave out is out already */
    struct bx_metric_options o = {.geometry = v->geometry, .operating_confidence = v->operating, .threads = v->threads, .rules = &rules};
    uint32_t *class_of = BX_NEW(&v->arena, uint32_t, v->detections.nnames);
    rules.nclasses = rules.nignore = rules.nimages = 0;
    for (size_t i = 0; i < v->detections.nnames; i++)
        class_of[i] = v->class_of[i] < v->testset.nclasses ? v->class_of[i] : BX_UNMAPPED;
    return bx_metric_report(&v->testset, &v->detections, class_of, &o, r, &v->arena, &e);
}

double bx_eval_frequency(struct bx_eval *v, char frequency)
{
    size_t n = 0, *ks = BX_NEW(&v->arena, size_t, v->coco.K);
    for (size_t k = 0; k < v->coco.K; k++)
        if (v->testset.class_frequency[k] == frequency)
            ks[n++] = k;
    return bx_coco_ap_of(&v->coco, BX_SIZE_ALL, ks, n, &v->arena);
}

const char *bx_eval_size(struct bx_eval *v, size_t z)
{
    static const char *const cocos[] = {"", "s", "m", "l"};
    return z && v->options.sizes ? bx_printf(&v->arena, "_%s", v->options.sizes[z - 1].name) : cocos[z];
}
