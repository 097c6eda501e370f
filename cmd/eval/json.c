/* json.c: every number of `boxscore eval` as one JSON object. Its members are those of the reference libraries. */
#include "cmd/eval/eval.h"
#include "core/metric/calibration.h"
#include "core/metric/confusion.h"
#include "core/metric/curves.h"
#include "core/metric/metric.h"
#include "core/metric/supervision.h"
#include "core/metric/tide.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void comma(struct bx_buf *out)
{
    char last = out->n ? out->p[out->n - 1] : '{';
    if (last != '{' && last != '[' && last != ':')
        bx_buf_addc(out, ',');
}

void bx_eval_key(struct bx_buf *out, const char *key)
{
    comma(out);
    bx_buf_add_json_string(out, key, strlen(key));
    bx_buf_addc(out, ':');
}

void bx_eval_number(struct bx_buf *out, double x)
{
    comma(out);
    bx_buf_add_double(out, x);
}

static void open_at(struct bx_buf *out, const char *key, char bracket)
{
    bx_eval_key(out, key);
    bx_buf_addc(out, bracket);
}

static void member(struct bx_buf *out, const char *key, double x)
{
    bx_eval_key(out, key);
    bx_eval_number(out, x);
}

static void class_key(const struct bx_eval *v, struct bx_buf *out, size_t k, bool agnostic)
{
    char id[32];
    snprintf(id, sizeof id, "%lld", agnostic ? -1 : (long long)v->class_id[k]);
    bx_eval_key(out, id);
}

static void coco_class(struct bx_eval *v, const struct bx_coco *c, int64_t k, struct bx_buf *out)
{
    size_t t50 = bx_coco_threshold(c, 0.5), t75 = bx_coco_threshold(c, 0.75);
    struct bx_arena *a = &v->arena;
    bx_buf_addc(out, '{');
    for (size_t z = BX_SIZE_ALL; z < c->A; z++)
        member(out, bx_printf(a, "AP%s", bx_eval_size(v, z)), bx_coco_ap(c, BX_COCO_ANY, (enum bx_size)z, k, a));
    if (t50 != BX_COCO_ANY)
        member(out, "AP50", bx_coco_ap(c, t50, BX_SIZE_ALL, k, a));
    if (t75 != BX_COCO_ANY)
        member(out, "AP75", bx_coco_ap(c, t75, BX_SIZE_ALL, k, a));
    for (size_t m = 0; m < c->M; m++) {
        char key[32];
        snprintf(key, sizeof key, "AR%u", c->max_dets[m]);
        member(out, key, bx_coco_ar(c, BX_SIZE_ALL, m, k, a));
    }
    bx_buf_addc(out, '}');
}

static void hash(const struct bx_coco *c, char which, const char *key, struct bx_buf *out)
{
    char hex[65];
    bx_coco_hash(c, which, hex);
    bx_eval_key(out, key);
    bx_buf_add_json_string(out, hex, 64);
}

static void grid(const struct bx_eval *v, const struct bx_coco *c, struct bx_buf *out)
{
    open_at(out, "iou_thresholds", '[');
    for (size_t t = 0; t < c->T; t++)
        bx_eval_number(out, c->iou[t]);
    bx_buf_addc(out, ']');
    open_at(out, "max_dets", '[');
    for (size_t m = 0; m < c->M; m++)
        bx_eval_number(out, c->max_dets[m]);
    bx_buf_addc(out, ']');
    if (!v->options.sizes)
        return;
    open_at(out, v->options.relative ? "relative_sizes" : "sizes", '[');
    for (size_t i = 0; i < v->options.nsizes; i++) {
        const struct bx_size_bin *bin = &v->options.sizes[i];
        comma(out);
        bx_buf_addc(out, '{');
        bx_eval_key(out, "name");
        bx_buf_add_json_string(out, bin->name, strlen(bin->name));
        member(out, "min", bin->lo);
        member(out, "max", bin->hi);
        bx_buf_addc(out, '}');
    }
    bx_buf_addc(out, ']');
}

static void coco(struct bx_eval *v, const struct bx_coco *c, const char *key, bool agnostic, struct bx_buf *out)
{
    size_t t50 = bx_coco_threshold(c, 0.5), t75 = bx_coco_threshold(c, 0.75), last = c->M - 1;
    struct bx_arena *a = &v->arena;
    open_at(out, key, '{');
    grid(v, c, out);
    open_at(out, "stats", '[');
    bool hundred = !v->reference || c->max_dets[last] == 100; /* pycocotools looks for the literal 100 */
    bx_eval_number(out, hundred ? bx_coco_ap(c, BX_COCO_ANY, BX_SIZE_ALL, -1, a) : -1);
    bx_eval_number(out, t50 == BX_COCO_ANY ? -1 : bx_coco_ap(c, t50, BX_SIZE_ALL, -1, a));
    bx_eval_number(out, t75 == BX_COCO_ANY ? -1 : bx_coco_ap(c, t75, BX_SIZE_ALL, -1, a));
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        bx_eval_number(out, bx_coco_ap(c, BX_COCO_ANY, (enum bx_size)z, -1, a));
    for (size_t m = 0; m < c->M; m++)
        bx_eval_number(out, bx_coco_ar(c, BX_SIZE_ALL, m, -1, a));
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        bx_eval_number(out, bx_coco_ar(c, (enum bx_size)z, last, -1, a));
    bx_buf_addc(out, ']');
    open_at(out, "per_class", '{');
    for (size_t k = 0; k < c->K; k++) {
        if (!agnostic && v->scored && !v->scored[k])
            continue;
        class_key(v, out, k, agnostic);
        coco_class(v, c, (int64_t)k, out);
    }
    bx_buf_addc(out, '}');
    hash(c, 'p', "precision_sha256", out);
    hash(c, 'r', "recall_sha256", out);
    hash(c, 's', "scores_sha256", out);
    bx_buf_addc(out, '}');
}

/* The k-th class in ascending order of ids; agnostic: the only one. */
static size_t nth(const struct bx_eval *v, const struct bx_sv *sv, size_t i)
{
    return sv->K == 1 && v->scene.nclasses != 1 ? 0 : v->by_id[i];
}

static void sv_scores(const struct bx_eval *v, const struct bx_sv *sv, enum bx_sv_metric metric, enum bx_size z, bool agnostic,
                      struct bx_buf *out)
{
    static const char *const averaging[] = {"macro", "micro", "weighted"};
    for (int how = 0; how < 3; how++) {
        open_at(out, averaging[how], '[');
        for (size_t t = 0; t < BX_SV_THRESHOLDS; t++)
            bx_eval_number(out, bx_sv_overall(sv, metric, (enum bx_sv_averaging)how, z, t));
        bx_buf_addc(out, ']');
    }
    open_at(out, "per_class", '[');
    for (size_t i = 0; i < sv->K; i++) {
        size_t k = nth(v, sv, i);
        if (!sv->present[(size_t)z * sv->K + k])
            continue;
        comma(out);
        bx_buf_addc(out, '[');
        for (size_t t = 0; t < BX_SV_THRESHOLDS; t++)
            bx_eval_number(out, bx_sv_class(sv, metric, z, k, t));
        bx_buf_addc(out, ']');
    }
    bx_buf_addc(out, ']');
    open_at(out, "classes", '[');
    for (size_t i = 0; i < sv->K; i++)
        if (sv->present[(size_t)z * sv->K + nth(v, sv, i)])
            bx_eval_number(out, agnostic ? -1 : (double)v->class_id[nth(v, sv, i)]);
    bx_buf_addc(out, ']');
}

static void sv_recall(const struct bx_eval *v, const struct bx_sv *sv, enum bx_size z, bool agnostic, struct bx_buf *out)
{
    static const char *const at[] = {"mAR_at_1", "mAR_at_10", "mAR_at_100"};
    for (size_t m = 0; m < BX_SV_LIMITS; m++)
        member(out, at[m], bx_sv_mar(sv, m, z));
    open_at(out, "recall_per_class_at_100", '[');
    for (size_t i = 0; i < sv->K; i++) {
        size_t k = nth(v, sv, i);
        if (!sv->targets[(size_t)z * sv->K + k])
            continue;
        comma(out);
        bx_buf_addc(out, '[');
        for (size_t t = 0; t < BX_SV_THRESHOLDS; t++)
            bx_eval_number(out, bx_sv_class_recall(sv, 2, z, k, t));
        bx_buf_addc(out, ']');
    }
    bx_buf_addc(out, ']');
    open_at(out, "classes", '[');
    for (size_t i = 0; i < sv->K; i++)
        if (sv->targets[(size_t)z * sv->K + nth(v, sv, i)])
            bx_eval_number(out, agnostic ? -1 : (double)v->class_id[nth(v, sv, i)]);
    bx_buf_addc(out, ']');
}

static void supervision(struct bx_eval *v, const char *key, bool agnostic, struct bx_buf *out)
{
    static const char *const metric[] = {"f1", "precision", "recall"};
    struct bx_sv sv;
    bx_sv_eval(&v->plain, agnostic, v->threads, &sv, &v->arena);
    open_at(out, key, '{');
    for (int m = 0; m < 4; m++) {
        open_at(out, m < 3 ? metric[m] : "mar", '{');
        for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++) {
            open_at(out, bx_size_name(z), '{');
            if (m < 3)
                sv_scores(v, &sv, (enum bx_sv_metric)m, z, agnostic, out);
            else
                sv_recall(v, &sv, z, agnostic, out);
            bx_buf_addc(out, '}');
        }
        bx_buf_addc(out, '}');
    }
    bx_buf_addc(out, '}');
}

static void confusion(struct bx_eval *v, struct bx_buf *out)
{
    static const double at[][2] = {{0.3, 0.5}, {0.05, 0.5}, {0.3, 0.75}};
    open_at(out, "confusion_matrix", '[');
    for (size_t i = 0; i < 3; i++) {
        struct bx_confusion m;
        bx_confusion(&v->plain, at[i][0], at[i][1], &m, &v->arena);
        comma(out);
        bx_buf_addc(out, '{');
        member(out, "conf_threshold", at[i][0]);
        member(out, "iou_threshold", at[i][1]);
        open_at(out, "nonzero", '[');
        for (size_t c = 0; c < m.n * m.n; c++)
            if (m.count[c]) {
                comma(out);
                bx_buf_addf(out, "[%zu,%zu,%llu]", c / m.n, c % m.n, (unsigned long long)m.count[c]);
            }
        bx_buf_adds(out, "]}");
    }
    bx_buf_addc(out, ']');
}

/* The evaluation that kept what detections met at this threshold; NULL: none did. */
static const struct bx_coco *matched(const struct bx_eval *v, double iou, size_t *t)
{
    *t = bx_coco_threshold(v->half, iou);
    return *t != BX_COCO_ANY && v->half->match_begin ? v->half : NULL;
}

static void calibration_at(struct bx_eval *v, const char *key, double iou, struct bx_buf *out)
{
    struct bx_calibration c;
    struct bx_err e;
    size_t t;
    const struct bx_coco *grid = matched(v, iou, &t);
    if (!grid)
        return;
    bx_eval_key(out, key);
    if (!bx_calibrate(&v->scene, grid, t, &c, &v->arena, &e)) {
        bx_buf_addc(out, '{');
        bx_eval_key(out, "error");
        bx_buf_add_json_string(out, e.text, strlen(e.text));
        bx_buf_addc(out, '}');
        return;
    }
    bx_buf_addc(out, '{');
    member(out, "ece", c.ece);
    member(out, "mce", c.mce);
    member(out, "num_detections", (double)c.count);
    open_at(out, "bins", '[');
    for (size_t i = 0; i < BX_CALIBRATION_BINS; i++) {
        const struct bx_calibration_bin *b = &c.bin[i];
        comma(out);
        bx_buf_addc(out, '{');
        member(out, "lower", b->lower);
        member(out, "upper", b->upper);
        member(out, "count", (double)b->count);
        member(out, "mean_score", b->mean_score);
        member(out, "accuracy", b->accuracy);
        member(out, "accuracy_low", b->low);
        member(out, "accuracy_high", b->high);
        bx_buf_addc(out, '}');
    }
    bx_buf_addc(out, ']');
    open_at(out, "per_class_ece", '{');
    for (size_t k = 0; k < v->coco.K; k++)
        if (!isnan(c.class_ece[k])) {
            class_key(v, out, k, false);
            bx_eval_number(out, c.class_ece[k]);
        }
    bx_buf_adds(out, "}}");
}

static void calibration(struct bx_eval *v, struct bx_buf *out)
{
    open_at(out, "calibration", '{');
    calibration_at(v, "0.5", 0.5, out);
    calibration_at(v, "0.75", 0.75, out);
    bx_buf_addc(out, '}');
}

static void tide(struct bx_eval *v, struct bx_buf *out)
{
    struct bx_tide t;
    bx_tide(&v->plain, &t, &v->arena);
    open_at(out, "tide", '{');
    member(out, "AP50_percent", t.ap50);
    open_at(out, "main_dAP", '{');
    for (int i = 0; i < BX_TIDE_ERRORS; i++)
        member(out, bx_tide_names[i], t.dap[i]);
    bx_buf_addc(out, '}');
    open_at(out, "special_dAP", '{');
    member(out, "FalsePos", t.false_positives);
    member(out, "FalseNeg", t.false_negatives);
    bx_buf_addc(out, '}');
    open_at(out, "counts", '{');
    for (int i = 0; i < BX_TIDE_ERRORS; i++)
        member(out, bx_tide_names[i], (double)t.count[i]);
    bx_buf_adds(out, "}}");
}

/* The text so far, all but the last character, on which the next comma depends: what is long is not kept. */
static void pass_on(struct bx_buf *out)
{
    const size_t much = (size_t)1 << 20;
    if (out->n < much)
        return;
    fwrite(out->p, 1, out->n - 1, stdout);
    out->p[0] = out->p[out->n - 1];
    out->n = 1;
}

static void column(struct bx_buf *out, const char *key, const struct bx_confidence_curve *c, size_t offset)
{
    open_at(out, key, '[');
    for (size_t i = 0; i < c->n; i++) {
        bx_eval_number(out, *(const double *)((const char *)&c->point[i] + offset));
        pass_on(out);
    }
    bx_buf_addc(out, ']');
}

static void maximum(struct bx_buf *out, const char *key, double f1, double score, size_t best)
{
    open_at(out, key, '{');
    member(out, "f1", best == SIZE_MAX ? NAN : f1);
    member(out, "confidence", best == SIZE_MAX ? NAN : score);
    bx_buf_addc(out, '}');
}

/* Precision, recall and F1 against confidence: a point for each distinct score, from the highest. */
static void confidence_at(struct bx_eval *v, const char *key, double iou, struct bx_buf *out)
{
    struct bx_confidence_curve c;
    struct bx_arena_mark mark = bx_arena_mark(&v->arena);
    size_t t;
    const struct bx_coco *grid = matched(v, iou, &t);
    if (!grid)
        return;
    bx_confidence(&v->scene, grid, bx_verdicts(&v->scene, grid, t, BX_SIZE_ALL, &v->arena), BX_SIZE_ALL, true, &c, &v->arena);
    open_at(out, key, '{');
    maximum(out, "max_f1", c.max.f1, c.max.score, c.best);
    maximum(out, "max_f1_micro", c.micro_max.micro_f1, c.micro_max.score, c.micro_best);
    column(out, "confidence", &c, offsetof(struct bx_confidence_point, score));
    column(out, "precision", &c, offsetof(struct bx_confidence_point, precision));
    column(out, "recall", &c, offsetof(struct bx_confidence_point, recall));
    column(out, "f1", &c, offsetof(struct bx_confidence_point, f1));
    column(out, "precision_micro", &c, offsetof(struct bx_confidence_point, micro_precision));
    column(out, "recall_micro", &c, offsetof(struct bx_confidence_point, micro_recall));
    column(out, "f1_micro", &c, offsetof(struct bx_confidence_point, micro_f1));
    bx_buf_addc(out, '}');
    bx_arena_pop(&v->arena, mark);
}

/* Precision at each recall of the grid, a list for each class and IoU threshold; empty where the class has nothing to find. */
static void precision_recall(struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    const double *plane = c->precision[c->M - 1];
    open_at(out, "precision_recall", '{');
    for (size_t k = 0; k < c->K; k++) {
        if (v->scored && !v->scored[k])
            continue;
        class_key(v, out, k, false);
        bx_buf_addc(out, '[');
        for (size_t t = 0; c->npig[k] && t < c->T; t++) {
            comma(out);
            bx_buf_addc(out, '[');
            for (size_t r = 0; r < c->R; r++)
                bx_eval_number(out, plane[(t * c->R + r) * c->K + k]);
            bx_buf_addc(out, ']');
        }
        bx_buf_addc(out, ']');
        pass_on(out);
    }
    bx_buf_addc(out, '}');
}

/* At IoU 0.5 and the operating confidence, or that of max F1. */
static void images(struct bx_eval *v, struct bx_buf *out)
{
    struct bx_report r;
    if (!bx_eval_report(v, &r))
        return;
    member(out, "operating_confidence", r.operating_confidence);
    open_at(out, "images", '[');
    for (size_t i = 0; i < r.nimages; i++) {
        const struct bx_image_result *m = &r.images[i];
        const char *key = v->testset.image_key ? v->testset.image_key[i] : NULL;
        comma(out);
        bx_buf_addc(out, '{');
        bx_eval_key(out, "image_id");
        if (key)
            bx_buf_add_json_string(out, key, strlen(key));
        else
            bx_buf_addf(out, "%lld", (long long)v->testset.image_id[i]);
        member(out, "tp", m->tp);
        member(out, "fp", m->fp);
        member(out, "fn", m->fn);
        member(out, "f1", m->tp + m->fp + m->fn ? 2.0 * m->tp / (2.0 * m->tp + m->fp + m->fn) : NAN);
        bx_buf_addc(out, '}');
        pass_on(out);
    }
    bx_buf_addc(out, ']');
}

void bx_eval_json(struct bx_eval *v, struct bx_buf *out)
{
    struct bx_coco one;
    struct bx_coco_options o = v->options;
    o.agnostic = true;
    o.matches = false;
    bx_buf_addc(out, '{');
    bx_eval_key(out, "protocol");
    bx_buf_add_json_string(out, v->protocol, strlen(v->protocol));
    bx_eval_key(out, "geometry");
    bx_buf_add_json_string(out, bx_geometry_name(v->geometry), strlen(bx_geometry_name(v->geometry)));
    coco(v, &v->coco, "coco", false, out);
    const bool ignore = v->rules.nignore; /* then what is to be ignored is so class by class */
    if (!ignore) {
        bx_coco_eval(&v->agnostic, &o, &one, &v->arena);
        coco(v, &one, "coco_class_agnostic", true, out);
    }
    if (bx_rules_have_supervision(&v->rules)) {
        supervision(v, "supervision", false, out);
        supervision(v, "supervision_class_agnostic", true, out);
    }
    if (!ignore)
        confusion(v, out);
    calibration(v, out);
    if (!ignore)
        tide(v, out);
    open_at(out, "confidence_curves", '{');
    confidence_at(v, "0.5", 0.5, out);
    confidence_at(v, "0.75", 0.75, out);
    bx_buf_addc(out, '}');
    precision_recall(v, out);
    images(v, out);
    bx_buf_adds(out, "}\n");
}

static void lvis_numbers(struct bx_eval *v, int64_t k, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    static const char *const ap[] = {"AP", "APs", "APm", "APl"}, *const ar[] = {"AR@300", "ARs@300", "ARm@300", "ARl@300"};
    bx_buf_addc(out, '{');
    for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++)
        member(out, ap[z], bx_coco_ap(c, BX_COCO_ANY, z, k, &v->arena));
    member(out, "AP50", bx_coco_ap(c, 0, BX_SIZE_ALL, k, &v->arena));
    member(out, "AP75", bx_coco_ap(c, 5, BX_SIZE_ALL, k, &v->arena));
    for (enum bx_size z = BX_SIZE_ALL; z < (k < 0 ? BX_NSIZES : BX_SIZE_SMALL); z++)
        member(out, ar[z], bx_coco_ar(c, z, 0, k, &v->arena));
    if (k < 0) {
        member(out, "APr", bx_eval_frequency(v, 'r'));
        member(out, "APc", bx_eval_frequency(v, 'c'));
        member(out, "APf", bx_eval_frequency(v, 'f'));
    }
    bx_buf_addc(out, '}');
}

void bx_eval_json_lvis(struct bx_eval *v, struct bx_buf *out)
{
    bx_buf_adds(out, "{\"protocol\":");
    bx_buf_add_json_string(out, v->protocol, strlen(v->protocol));
    bx_buf_adds(out, ",\"lvis\":{");
    bx_eval_key(out, "results");
    lvis_numbers(v, -1, out);
    open_at(out, "per_class", '{');
    for (size_t k = 0; k < v->coco.K; k++) {
        class_key(v, out, k, false);
        lvis_numbers(v, (int64_t)k, out);
    }
    bx_buf_addc(out, '}');
    hash(&v->coco, 'p', "precision_sha256", out);
    hash(&v->coco, 'r', "recall_sha256", out);
    bx_buf_adds(out, "}}\n");
}
