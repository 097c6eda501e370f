/* json.c: every number of `boxscore eval` as one JSON object. Its members are those of the reference libraries. */
#include "cmd/eval/eval.h"
#include "core/base/json_writer.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void class_key(const struct bx_eval *v, struct bx_jw *out, size_t k, bool agnostic)
{
    char id[32];
    snprintf(id, sizeof id, "%lld", agnostic ? -1 : (long long)v->class_id[k]);
    bx_jw_key(out, id);
}

static void coco_class(const struct bx_eval *v, const struct bx_coco *c, const struct bx_eval_ap *n, struct bx_jw *out)
{
    char room[32], key[40];
    bx_jw_object(out, NULL);
    for (size_t z = BX_SIZE_ALL; z < c->A; z++) {
        snprintf(key, sizeof key, "AP%s", bx_eval_size(v, z, room));
        bx_jw_num(out, key, n->ap[z]);
    }
    if (!isnan(n->ap_50))
        bx_jw_num(out, "AP50", n->ap_50);
    if (!isnan(n->ap_75))
        bx_jw_num(out, "AP75", n->ap_75);
    for (size_t m = 0; m < c->M; m++) {
        snprintf(key, sizeof key, "AR%u", c->max_dets[m]);
        bx_jw_num(out, key, n->ar[m]);
    }
    bx_jw_object_end(out);
}

static void grid(const struct bx_eval *v, const struct bx_coco *c, struct bx_jw *out)
{
    bx_jw_array(out, "iou_thresholds");
    for (size_t t = 0; t < c->T; t++)
        bx_jw_num(out, NULL, c->iou[t]);
    bx_jw_array_end(out);
    bx_jw_array(out, "max_dets");
    for (size_t m = 0; m < c->M; m++)
        bx_jw_num(out, NULL, c->max_dets[m]);
    bx_jw_array_end(out);
    if (!v->options.sizes)
        return;
    bx_jw_array(out, v->options.relative ? "relative_sizes" : "sizes");
    for (size_t i = 0; i < v->options.nsizes; i++) {
        const struct bx_size_bin *bin = &v->options.sizes[i];
        bx_jw_object(out, NULL);
        bx_jw_key(out, "name");
        bx_jw_str(out, NULL, bin->name);
        bx_jw_num(out, "min", bin->lo);
        bx_jw_num(out, "max", bin->hi);
        bx_jw_object_end(out);
    }
    bx_jw_array_end(out);
}

static void hash(struct bx_jw *out, const char *key, const char *hex)
{
    bx_jw_str(out, key, *hex ? hex : NULL);
}

static void coco(const struct bx_eval *v, const struct bx_eval_grid *g, const char *key, bool agnostic, struct bx_jw *out)
{
    const struct bx_coco *c = g->coco;
    const struct bx_eval_ap *n = &g->all;
    bx_jw_object(out, key);
    grid(v, c, out);
    bx_jw_array(out, "stats");
    bool hundred = !v->reference || c->max_dets[c->M - 1] == 100; /* pycocotools looks for the literal 100 */
    bx_jw_num(out, NULL, hundred ? n->ap[BX_SIZE_ALL] : -1);
    bx_jw_num(out, NULL, isnan(n->ap_50) ? -1 : n->ap_50);
    bx_jw_num(out, NULL, isnan(n->ap_75) ? -1 : n->ap_75);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        bx_jw_num(out, NULL, n->ap[z]);
    for (size_t m = 0; m < c->M; m++)
        bx_jw_num(out, NULL, n->ar[m]);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        bx_jw_num(out, NULL, n->ar_size[z]);
    bx_jw_array_end(out);
    bx_jw_object(out, "per_class");
    for (size_t k = 0; k < c->K; k++) {
        if (!agnostic && v->scored && !v->scored[k])
            continue;
        class_key(v, out, k, agnostic);
        coco_class(v, c, &g->of_class[k], out);
    }
    bx_jw_object_end(out);
    hash(out, "precision_sha256", g->precision_sha256);
    hash(out, "recall_sha256", g->recall_sha256);
    hash(out, "scores_sha256", g->scores_sha256);
    bx_jw_object_end(out);
}

/* The k-th class in ascending order of ids; agnostic: the only one. */
static size_t nth(const struct bx_eval *v, const struct bx_sv *sv, size_t i)
{
    return sv->K == 1 && v->scene.nclasses != 1 ? 0 : v->by_id[i];
}

static void sv_scores(const struct bx_eval *v, const struct bx_sv *sv, enum bx_sv_metric metric, enum bx_size z, bool agnostic,
                      struct bx_jw *out)
{
    static const char *const averaging[] = {"macro", "micro", "weighted"};
    for (int how = 0; how < 3; how++) {
        bx_jw_array(out, averaging[how]);
        for (size_t t = 0; t < BX_SV_THRESHOLDS; t++)
            bx_jw_num(out, NULL, bx_sv_overall(sv, metric, (enum bx_sv_averaging)how, z, t));
        bx_jw_array_end(out);
    }
    bx_jw_array(out, "per_class");
    for (size_t i = 0; i < sv->K; i++) {
        size_t k = nth(v, sv, i);
        if (!sv->present[(size_t)z * sv->K + k])
            continue;
        bx_jw_array(out, NULL);
        for (size_t t = 0; t < BX_SV_THRESHOLDS; t++)
            bx_jw_num(out, NULL, bx_sv_class(sv, metric, z, k, t));
        bx_jw_array_end(out);
    }
    bx_jw_array_end(out);
    bx_jw_array(out, "classes");
    for (size_t i = 0; i < sv->K; i++)
        if (sv->present[(size_t)z * sv->K + nth(v, sv, i)])
            bx_jw_num(out, NULL, agnostic ? -1 : (double)v->class_id[nth(v, sv, i)]);
    bx_jw_array_end(out);
}

static void sv_recall(const struct bx_eval *v, const struct bx_sv *sv, enum bx_size z, bool agnostic, struct bx_jw *out)
{
    static const char *const at[] = {"mAR_at_1", "mAR_at_10", "mAR_at_100"};
    for (size_t m = 0; m < BX_SV_LIMITS; m++)
        bx_jw_num(out, at[m], bx_sv_mar(sv, m, z));
    bx_jw_array(out, "recall_per_class_at_100");
    for (size_t i = 0; i < sv->K; i++) {
        size_t k = nth(v, sv, i);
        if (!sv->targets[(size_t)z * sv->K + k])
            continue;
        bx_jw_array(out, NULL);
        for (size_t t = 0; t < BX_SV_THRESHOLDS; t++)
            bx_jw_num(out, NULL, bx_sv_class_recall(sv, 2, z, k, t));
        bx_jw_array_end(out);
    }
    bx_jw_array_end(out);
    bx_jw_array(out, "classes");
    for (size_t i = 0; i < sv->K; i++)
        if (sv->targets[(size_t)z * sv->K + nth(v, sv, i)])
            bx_jw_num(out, NULL, agnostic ? -1 : (double)v->class_id[nth(v, sv, i)]);
    bx_jw_array_end(out);
}

static void supervision(const struct bx_eval *v, const struct bx_sv *sv, const char *key, bool agnostic, struct bx_jw *out)
{
    static const char *const metric[] = {"f1", "precision", "recall"};
    bx_jw_object(out, key);
    for (int m = 0; m < 4; m++) {
        bx_jw_object(out, m < 3 ? metric[m] : "mar");
        for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++) {
            bx_jw_object(out, bx_size_name(z));
            if (m < 3)
                sv_scores(v, sv, (enum bx_sv_metric)m, z, agnostic, out);
            else
                sv_recall(v, sv, z, agnostic, out);
            bx_jw_object_end(out);
        }
        bx_jw_object_end(out);
    }
    bx_jw_object_end(out);
}

/* Rows and columns are numbered among the classes that are scored, whose ids stand beside; the last is the background. */
static void confusion(const struct bx_eval *v, struct bx_jw *out)
{
    const size_t K = v->testset.nclasses;
    uint32_t *place = bx_xrealloc(NULL, K + 1, sizeof *place), n = 0;
    for (size_t k = 0; k < K; k++) {
        place[k] = n;
        n += !v->scored || v->scored[k];
    }
    place[K] = n;
    bx_jw_array(out, "confusion_matrix");
    for (size_t i = 0; i < v->numbers.nconfusions; i++) {
        const struct bx_eval_confusion *of = &v->numbers.confusion[i];
        const struct bx_confusion *m = &of->matrix;
        bx_jw_object(out, NULL);
        bx_jw_num(out, "conf_threshold", of->confidence);
        bx_jw_num(out, "iou_threshold", of->iou);
        bx_jw_array(out, "classes");
        for (size_t k = 0; k < K; k++)
            if (!v->scored || v->scored[k])
                bx_jw_int(out, NULL, v->class_id[k]);
        bx_jw_array_end(out);
        bx_jw_array(out, "nonzero");
        for (size_t c = 0; c < m->ncells; c++) {
            bx_jw_array(out, NULL);
            bx_jw_uint(out, NULL, place[m->cell[c].row]);
            bx_jw_uint(out, NULL, place[m->cell[c].column]);
            bx_jw_uint(out, NULL, m->cell[c].count);
            bx_jw_array_end(out);
        }
        bx_jw_array_end(out);
        bx_jw_object_end(out);
    }
    bx_jw_array_end(out);
    free(place);
}

static void calibration_at(const struct bx_eval *v, const char *key, const struct bx_eval_calibration *n, struct bx_jw *out)
{
    const struct bx_calibration *c = &n->calibration;
    if (!n->has)
        return;
    bx_jw_object(out, key);
    if (n->refused) {
        bx_jw_str(out, "error", n->why.text);
        bx_jw_object_end(out);
        return;
    }
    bx_jw_num(out, "ece", c->ece);
    bx_jw_num(out, "mce", c->mce);
    bx_jw_num(out, "num_detections", (double)c->count);
    bx_jw_array(out, "bins");
    for (size_t i = 0; i < BX_CALIBRATION_BINS; i++) {
        const struct bx_calibration_bin *b = &c->bin[i];
        bx_jw_object(out, NULL);
        bx_jw_num(out, "lower", b->lower);
        bx_jw_num(out, "upper", b->upper);
        bx_jw_num(out, "count", (double)b->count);
        bx_jw_num(out, "mean_score", b->mean_score);
        bx_jw_num(out, "accuracy", b->accuracy);
        bx_jw_num(out, "accuracy_low", b->low);
        bx_jw_num(out, "accuracy_high", b->high);
        bx_jw_object_end(out);
    }
    bx_jw_array_end(out);
    bx_jw_object(out, "per_class_ece");
    for (size_t k = 0; k < v->coco.K; k++)
        if (!isnan(c->class_ece[k])) {
            class_key(v, out, k, false);
            bx_jw_num(out, NULL, c->class_ece[k]);
        }
    bx_jw_object_end(out);
    bx_jw_object_end(out);
}

static void calibration(const struct bx_eval *v, struct bx_jw *out)
{
    bx_jw_object(out, "calibration");
    calibration_at(v, "0.5", &v->numbers.calibration[0], out);
    calibration_at(v, "0.75", &v->numbers.calibration[1], out);
    bx_jw_object_end(out);
}

static void tide(const struct bx_tide *t, struct bx_jw *out)
{
    bx_jw_object(out, "tide");
    bx_jw_num(out, "AP50_percent", t->ap50);
    bx_jw_object(out, "main_dAP");
    for (int i = 0; i < BX_TIDE_ERRORS; i++)
        bx_jw_num(out, bx_tide_names[i], t->dap[i]);
    bx_jw_object_end(out);
    bx_jw_object(out, "special_dAP");
    bx_jw_num(out, "FalsePos", t->false_positives);
    bx_jw_num(out, "FalseNeg", t->false_negatives);
    bx_jw_object_end(out);
    bx_jw_object(out, "counts");
    for (int i = 0; i < BX_TIDE_ERRORS; i++)
        bx_jw_num(out, bx_tide_names[i], (double)t->count[i]);
    bx_jw_object_end(out);
    bx_jw_object_end(out);
}

static void column(struct bx_jw *out, const char *key, const struct bx_confidence_curve *c, size_t offset)
{
    bx_jw_array(out, key);
    for (size_t i = 0; i < c->n; i++) {
        bx_jw_num(out, NULL, *(const double *)((const char *)&c->point[i] + offset));
    }
    bx_jw_array_end(out);
}

static void maximum(struct bx_jw *out, const char *key, double f1, double score, size_t best)
{
    bx_jw_object(out, key);
    bx_jw_num(out, "f1", best == SIZE_MAX ? NAN : f1);
    bx_jw_num(out, "confidence", best == SIZE_MAX ? NAN : score);
    bx_jw_object_end(out);
}

/* Precision, recall and F1 against confidence: a point for each distinct score, from the highest. */
static void confidence_at(const char *key, const struct bx_eval_curve *n, struct bx_jw *out)
{
    const struct bx_confidence_curve *c = &n->curve;
    if (!n->has)
        return;
    bx_jw_object(out, key);
    maximum(out, "max_f1", c->max.f1, c->max.score, c->best);
    maximum(out, "max_f1_micro", c->micro_max.micro_f1, c->micro_max.score, c->micro_best);
    column(out, "confidence", c, offsetof(struct bx_confidence_point, score));
    column(out, "precision", c, offsetof(struct bx_confidence_point, precision));
    column(out, "recall", c, offsetof(struct bx_confidence_point, recall));
    column(out, "f1", c, offsetof(struct bx_confidence_point, f1));
    column(out, "precision_micro", c, offsetof(struct bx_confidence_point, micro_precision));
    column(out, "recall_micro", c, offsetof(struct bx_confidence_point, micro_recall));
    column(out, "f1_micro", c, offsetof(struct bx_confidence_point, micro_f1));
    bx_jw_object_end(out);
}

/* Precision at each recall of the grid, a list for each class and IoU threshold; empty where the class has nothing to find. */
static void precision_recall(const struct bx_eval *v, struct bx_jw *out)
{
    const struct bx_coco *c = &v->coco;
    bx_jw_object(out, "precision_recall");
    for (size_t k = 0; k < c->K; k++) {
        if (v->scored && !v->scored[k])
            continue;
        class_key(v, out, k, false);
        bx_jw_array(out, NULL);
        for (size_t t = 0; c->npig[k] && t < c->T; t++) {
            bx_jw_array(out, NULL);
            for (size_t r = 0; r < c->R; r++)
                bx_jw_num(out, NULL, bx_coco_precision(c, t, r, k));
            bx_jw_array_end(out);
        }
        bx_jw_array_end(out);
    }
    bx_jw_object_end(out);
}

/* At IoU 0.5 and the operating confidence, or that of max F1. */
static void images(const struct bx_eval *v, const struct bx_report *r, struct bx_jw *out)
{
    bx_jw_num(out, "operating_confidence", r->operating_confidence);
    bx_jw_array(out, "images");
    for (size_t i = 0; i < r->nimages; i++) {
        const struct bx_image_result *m = &r->images[i];
        const char *key = v->testset.image_key ? v->testset.image_key[i] : NULL;
        bx_jw_object(out, NULL);
        bx_jw_key(out, "image_id");
        if (key)
            bx_jw_str(out, NULL, key);
        else
            bx_jw_int(out, NULL, v->testset.image_id[i]);
        bx_jw_num(out, "tp", m->tp);
        bx_jw_num(out, "fp", m->fp);
        bx_jw_num(out, "fn", m->fn);
        bx_jw_num(out, "f1", m->tp + m->fp + m->fn ? 2.0 * m->tp / (2.0 * m->tp + m->fp + m->fn) : NAN);
        bx_jw_object_end(out);
    }
    bx_jw_array_end(out);
}

static void lvis_numbers(const struct bx_eval *v, const struct bx_eval_ap *n, bool all, struct bx_jw *out)
{
    static const char *const ap[] = {"AP", "APs", "APm", "APl"}, *const ar[] = {"AR", "ARs", "ARm", "ARl"},
                             *const frequency[] = {"APr", "APc", "APf"};
    const uint32_t most = v->coco.max_dets[v->coco.M - 1]; /* without a limit of its own it is the task's 300 */
    char key[32];
    bx_jw_object(out, NULL);
    for (size_t z = BX_SIZE_ALL; z < BX_NSIZES; z++)
        bx_jw_num(out, ap[z], n->ap[z]);
    if (!isnan(n->ap_50))
        bx_jw_num(out, "AP50", n->ap_50);
    if (!isnan(n->ap_75))
        bx_jw_num(out, "AP75", n->ap_75);
    for (size_t z = BX_SIZE_ALL; z < (all ? BX_NSIZES : BX_SIZE_SMALL); z++) {
        snprintf(key, sizeof key, "%s@%u", ar[z], most == UINT32_MAX ? 300 : most);
        bx_jw_num(out, key, n->ar_size[z]);
    }
    for (size_t i = 0; all && i < 3; i++)
        bx_jw_num(out, frequency[i], v->numbers.frequency[i]);
    bx_jw_object_end(out);
}

static void lvis(const struct bx_eval *v, struct bx_jw *out)
{
    const struct bx_eval_grid *g = &v->numbers.grid;
    bx_jw_object(out, "lvis");
    bx_jw_key(out, "results");
    lvis_numbers(v, &g->all, true, out);
    bx_jw_object(out, "per_class");
    for (size_t k = 0; k < g->coco->K; k++) {
        class_key(v, out, k, false);
        lvis_numbers(v, &g->of_class[k], false, out);
    }
    bx_jw_object_end(out);
    hash(out, "precision_sha256", g->precision_sha256);
    hash(out, "recall_sha256", g->recall_sha256);
    bx_jw_object_end(out);
}

static void everything(const struct bx_eval *v, struct bx_jw *out)
{
    const struct bx_eval_numbers *n = &v->numbers;
    bx_jw_object(out, NULL);
    bx_jw_str(out, "protocol", v->protocol);
    if (*v->digest)
        bx_jw_str(out, "digest", v->digest);
    if (v->lvis) {
        lvis(v, out);
        bx_jw_object_end(out);
        return;
    }
    bx_jw_str(out, "geometry", bx_geometry_name(v->geometry));
    coco(v, &n->grid, "coco", false, out);
    if (n->agnostic.coco)
        coco(v, &n->agnostic, "coco_class_agnostic", true, out);
    if (n->has_supervision) {
        supervision(v, &n->supervision, "supervision", false, out);
        supervision(v, &n->supervision_agnostic, "supervision_class_agnostic", true, out);
    }
    if (n->nconfusions)
        confusion(v, out);
    calibration(v, out);
    if (n->has_tide)
        tide(&n->tide, out);
    bx_jw_object(out, "confidence_curves");
    confidence_at("0.5", &n->curve[0], out);
    confidence_at("0.75", &n->curve[1], out);
    bx_jw_object_end(out);
    precision_recall(v, out);
    if (n->has_report)
        images(v, &n->report, out);
    bx_eval_slices_json(v, out);
    bx_jw_object_end(out);
}

void bx_eval_json(const struct bx_eval *v, struct bx_buf *out)
{
    struct bx_jw w = {.out = out, .to = stdout};
    everything(v, &w);
    bx_buf_addc(out, '\n');
}
