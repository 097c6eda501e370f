/* numbers.c: all that is asked for is computed here, once; the printers only print. */
#include "cmd/eval/eval.h"
#include "core/metric/metric.h"
#include <math.h>
#include <stdio.h>

/* The board's numbers, by the rules that were asked for. */
bool bx_eval_report(struct bx_eval *v, const struct bx_rules *by, struct bx_report *r)
{
    struct bx_err e;
    struct bx_rules rules = *by; /* what they leave out is out already */
    struct bx_metric_options o = {.geometry = v->geometry, .operating_confidence = v->operating, .threads = v->threads, .rules = &rules};
    uint32_t *class_of = BX_NEW(&v->arena, uint32_t, v->detections.nnames);
    rules.nclasses = rules.nignore = rules.nregions = 0;
    rules.nimages = by == &v->rules ? 0 : rules.nimages;
    for (size_t i = 0; i < v->detections.nnames; i++)
        class_of[i] = v->class_of[i] < v->testset.nclasses ? v->class_of[i] : BX_UNMAPPED;
    return bx_metric_report(&v->testset, &v->detections, class_of, &o, r, &v->arena, &e);
}

static void make_ap(const struct bx_coco *c, int64_t k, struct bx_eval_ap *out, struct bx_arena *a)
{
    const size_t t50 = bx_coco_threshold(c, 0.5), t75 = bx_coco_threshold(c, 0.75);
    for (size_t z = BX_SIZE_ALL; z < c->A; z++) {
        out->ap[z] = bx_coco_ap(c, BX_COCO_ANY, (enum bx_size)z, k);
        out->ar_size[z] = bx_coco_ar(c, (enum bx_size)z, c->M - 1, k);
    }
    out->ap_50 = t50 == BX_COCO_ANY ? (double)NAN : bx_coco_ap(c, t50, BX_SIZE_ALL, k);
    out->ap_75 = t75 == BX_COCO_ANY ? (double)NAN : bx_coco_ap(c, t75, BX_SIZE_ALL, k);
    out->ar = BX_NEW(a, double, c->M);
    for (size_t m = 0; m < c->M; m++)
        out->ar[m] = bx_coco_ar(c, BX_SIZE_ALL, m, k);
}

#define MOST_CELLS ((size_t)1 << 28) /* 2 GiB of pycocotools' arrays are not gone over to be hashed: that is of 22,000 classes */

static void make_grid(struct bx_eval *v, const struct bx_coco *c, bool classes, struct bx_eval_grid *g)
{
    g->coco = c;
    make_ap(c, -1, &g->all, &v->arena);
    if (classes) {
        g->of_class = BX_NEW(&v->arena, struct bx_eval_ap, c->K);
        for (size_t k = 0; k < c->K; k++)
            make_ap(c, (int64_t)k, &g->of_class[k], &v->arena);
    }
    if (v->print == BX_EVAL_JSON && c->T * c->R * c->K * c->A * c->M <= MOST_CELLS) {
        bx_coco_hash(c, 'p', g->precision_sha256);
        bx_coco_hash(c, 'r', g->recall_sha256);
        if (!v->lvis)
            bx_coco_hash(c, 's', g->scores_sha256);
    }
}

/* What a table says where there is nothing to find. */
static double macro(const struct bx_coco *c, const struct bx_counts *n, double (*f)(const struct bx_counts *))
{
    double mean = bx_counts_macro(c, BX_SIZE_ALL, n, f);
    return isnan(mean) ? 0 : mean;
}

/* The threshold's place in the evaluation that kept what detections met there; BX_COCO_ANY: none did. */
static size_t matched(const struct bx_eval *v, double iou)
{
    return v->half->match_begin ? bx_coco_threshold(v->half, iou) : BX_COCO_ANY;
}

static void make_curve(struct bx_eval *v, double iou, bool points, struct bx_eval_curve *out)
{
    const struct bx_coco *c = v->half;
    struct bx_arena scratch = {0};
    size_t t = matched(v, iou);
    if (t == BX_COCO_ANY)
        return;
    const uint8_t *verdicts = bx_verdicts(&v->scene, c, t, BX_SIZE_ALL, &scratch);
    bx_confidence(&v->scene, c, verdicts, BX_SIZE_ALL, points, &out->curve, &v->arena);
    out->has = true;
    if (v->print == BX_EVAL_TABLE && out->curve.best != SIZE_MAX) {
        const struct bx_counts *n = bx_counts_at(&v->scene, c, verdicts, BX_SIZE_ALL, out->curve.max.score, &scratch);
        out->precision = macro(c, n, bx_counts_precision);
        out->recall = macro(c, n, bx_counts_recall);
        if (!isnan(v->operating))
            out->operating_f1 = macro(c, bx_counts_at(&v->scene, c, verdicts, BX_SIZE_ALL, v->operating, &scratch), bx_counts_f1);
    }
    bx_arena_release(&scratch);
}

static void make_calibration(struct bx_eval *v, double iou, struct bx_eval_calibration *out)
{
    size_t t = matched(v, iou);
    out->has = t != BX_COCO_ANY;
    out->refused = out->has && !bx_calibrate(&v->scene, v->half, t, &out->calibration, &v->arena, &out->why);
}

static void make_confusion(struct bx_eval *v, double confidence, double iou)
{
    struct bx_eval_confusion *m = &v->numbers.confusion[v->numbers.nconfusions++];
    m->confidence = confidence;
    m->iou = iou;
    bx_confusion(&v->plain, confidence, iou, &m->matrix, &v->arena);
}

static void make_frequencies(struct bx_eval *v)
{
    size_t *ks = BX_NEW(&v->arena, size_t, v->coco.K);
    for (size_t i = 0; i < 3; i++) {
        size_t n = 0;
        for (size_t k = 0; k < v->coco.K; k++)
            if (v->testset.class_frequency[k] == "rcf"[i])
                ks[n++] = k;
        v->numbers.frequency[i] = bx_coco_ap_of(&v->coco, BX_SIZE_ALL, ks, n);
    }
}

static void make_agnostic(struct bx_eval *v)
{
    struct bx_coco *one = BX_NEW(&v->arena, struct bx_coco, 1);
    struct bx_coco_options o = v->options;
    o.agnostic = true;
    o.matches = false;
    bx_coco_eval(&v->agnostic, &o, one, &v->arena);
    make_grid(v, one, true, &v->numbers.agnostic);
}

void bx_eval_compute(struct bx_eval *v)
{
    struct bx_eval_numbers *n = &v->numbers;
    const bool json = v->print == BX_EVAL_JSON, csv = v->print == BX_EVAL_CSV, all = v->print == BX_EVAL_TABLE && v->all;
    const bool much = !v->lvis && (json || all), plain = !v->rules.nignore; /* what is to be ignored is so class by class */
    n->own = v->lvis || v->reference || v->options.max_dets;
    /* First: it needs much memory for a while. */
    n->has_report = (much || (csv && !n->own)) && bx_eval_report(v, &v->rules, &n->report);
    make_grid(v, &v->coco, json || v->per_class || v->plots, &n->grid);
    if (v->lvis)
        make_frequencies(v);
    if (json && much && plain)
        make_agnostic(v);
    n->has_supervision = much && bx_rules_have_supervision(&v->rules);
    if (n->has_supervision)
        bx_sv_eval(&v->plain, false, v->threads, &n->supervision, &v->arena);
    if (n->has_supervision && json)
        bx_sv_eval(&v->plain, true, v->threads, &n->supervision_agnostic, &v->arena);
    if (json && much && plain) {
        make_confusion(v, 0.3, 0.5);
        make_confusion(v, 0.05, 0.5);
        make_confusion(v, 0.3, 0.75);
    }
    n->has_tide = (much || (csv && !v->lvis)) && plain;
    if (n->has_tide)
        bx_tide(&v->plain, &n->tide, &v->arena);
    if (much || (csv && !v->lvis))
        make_calibration(v, 0.5, &n->calibration[0]);
    if (much && json)
        make_calibration(v, 0.75, &n->calibration[1]);
    if (all && plain && n->has_report)
        make_confusion(v, n->report.operating_confidence, 0.5);
    /* Last: a point a score is much. */
    if (v->print == BX_EVAL_TABLE || v->plots || (json && much))
        make_curve(v, 0.5, v->plots || json, &n->curve[0]);
    if (json && much)
        make_curve(v, 0.75, true, &n->curve[1]);
}

const char *bx_eval_size(const struct bx_eval *v, size_t z, char room[32])
{
    static const char *const cocos[] = {"", "s", "m", "l"};
    if (!z || !v->options.sizes)
        return cocos[z];
    snprintf(room, 32, "_%.30s", v->options.sizes[z - 1].name);
    return room;
}
