/* json.c: every number of `boxscore eval` as one JSON object. Its members are those of the reference libraries. */
#include "cmd/eval/eval.h"
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

static void key_of(struct bx_buf *out, const char *key)
{
    comma(out);
    bx_buf_add_json_string(out, key, strlen(key));
    bx_buf_addc(out, ':');
}

static void number(struct bx_buf *out, double x)
{
    comma(out);
    bx_buf_add_double(out, x);
}

static void open_at(struct bx_buf *out, const char *key, char bracket)
{
    key_of(out, key);
    bx_buf_addc(out, bracket);
}

static void member(struct bx_buf *out, const char *key, double x)
{
    key_of(out, key);
    number(out, x);
}

static void class_key(const struct bx_eval *v, struct bx_buf *out, size_t k, bool agnostic)
{
    char id[32];
    snprintf(id, sizeof id, "%lld", agnostic ? -1 : (long long)v->class_id[k]);
    key_of(out, id);
}

static void coco_class(const struct bx_eval *v, const struct bx_coco *c, const struct bx_eval_ap *n, struct bx_buf *out)
{
    char room[32], key[40];
    bx_buf_addc(out, '{');
    for (size_t z = BX_SIZE_ALL; z < c->A; z++) {
        snprintf(key, sizeof key, "AP%s", bx_eval_size(v, z, room));
        member(out, key, n->ap[z]);
    }
    if (!isnan(n->ap_50))
        member(out, "AP50", n->ap_50);
    if (!isnan(n->ap_75))
        member(out, "AP75", n->ap_75);
    for (size_t m = 0; m < c->M; m++) {
        snprintf(key, sizeof key, "AR%u", c->max_dets[m]);
        member(out, key, n->ar[m]);
    }
    bx_buf_addc(out, '}');
}

static void text(struct bx_buf *out, const char *key, const char *s)
{
    key_of(out, key);
    bx_buf_add_json_string(out, s, strlen(s));
}

static void grid(const struct bx_eval *v, const struct bx_coco *c, struct bx_buf *out)
{
    open_at(out, "iou_thresholds", '[');
    for (size_t t = 0; t < c->T; t++)
        number(out, c->iou[t]);
    bx_buf_addc(out, ']');
    open_at(out, "max_dets", '[');
    for (size_t m = 0; m < c->M; m++)
        number(out, c->max_dets[m]);
    bx_buf_addc(out, ']');
    if (!v->options.sizes)
        return;
    open_at(out, v->options.relative ? "relative_sizes" : "sizes", '[');
    for (size_t i = 0; i < v->options.nsizes; i++) {
        const struct bx_size_bin *bin = &v->options.sizes[i];
        comma(out);
        bx_buf_addc(out, '{');
        key_of(out, "name");
        bx_buf_add_json_string(out, bin->name, strlen(bin->name));
        member(out, "min", bin->lo);
        member(out, "max", bin->hi);
        bx_buf_addc(out, '}');
    }
    bx_buf_addc(out, ']');
}

static void coco(const struct bx_eval *v, const struct bx_eval_grid *g, const char *key, bool agnostic, struct bx_buf *out)
{
    const struct bx_coco *c = g->coco;
    const struct bx_eval_ap *n = &g->all;
    open_at(out, key, '{');
    grid(v, c, out);
    open_at(out, "stats", '[');
    bool hundred = !v->reference || c->max_dets[c->M - 1] == 100; /* pycocotools looks for the literal 100 */
    number(out, hundred ? n->ap[BX_SIZE_ALL] : -1);
    number(out, isnan(n->ap_50) ? -1 : n->ap_50);
    number(out, isnan(n->ap_75) ? -1 : n->ap_75);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        number(out, n->ap[z]);
    for (size_t m = 0; m < c->M; m++)
        number(out, n->ar[m]);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        number(out, n->ar_size[z]);
    bx_buf_addc(out, ']');
    open_at(out, "per_class", '{');
    for (size_t k = 0; k < c->K; k++) {
        if (!agnostic && v->scored && !v->scored[k])
            continue;
        class_key(v, out, k, agnostic);
        coco_class(v, c, &g->of_class[k], out);
    }
    bx_buf_addc(out, '}');
    text(out, "precision_sha256", g->precision_sha256);
    text(out, "recall_sha256", g->recall_sha256);
    text(out, "scores_sha256", g->scores_sha256);
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
            number(out, bx_sv_overall(sv, metric, (enum bx_sv_averaging)how, z, t));
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
            number(out, bx_sv_class(sv, metric, z, k, t));
        bx_buf_addc(out, ']');
    }
    bx_buf_addc(out, ']');
    open_at(out, "classes", '[');
    for (size_t i = 0; i < sv->K; i++)
        if (sv->present[(size_t)z * sv->K + nth(v, sv, i)])
            number(out, agnostic ? -1 : (double)v->class_id[nth(v, sv, i)]);
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
            number(out, bx_sv_class_recall(sv, 2, z, k, t));
        bx_buf_addc(out, ']');
    }
    bx_buf_addc(out, ']');
    open_at(out, "classes", '[');
    for (size_t i = 0; i < sv->K; i++)
        if (sv->targets[(size_t)z * sv->K + nth(v, sv, i)])
            number(out, agnostic ? -1 : (double)v->class_id[nth(v, sv, i)]);
    bx_buf_addc(out, ']');
}

static void supervision(const struct bx_eval *v, const struct bx_sv *sv, const char *key, bool agnostic, struct bx_buf *out)
{
    static const char *const metric[] = {"f1", "precision", "recall"};
    open_at(out, key, '{');
    for (int m = 0; m < 4; m++) {
        open_at(out, m < 3 ? metric[m] : "mar", '{');
        for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++) {
            open_at(out, bx_size_name(z), '{');
            if (m < 3)
                sv_scores(v, sv, (enum bx_sv_metric)m, z, agnostic, out);
            else
                sv_recall(v, sv, z, agnostic, out);
            bx_buf_addc(out, '}');
        }
        bx_buf_addc(out, '}');
    }
    bx_buf_addc(out, '}');
}

static void confusion(const struct bx_eval *v, struct bx_buf *out)
{
    open_at(out, "confusion_matrix", '[');
    for (size_t i = 0; i < v->numbers.nconfusions; i++) {
        const struct bx_eval_confusion *of = &v->numbers.confusion[i];
        const struct bx_confusion *m = &of->matrix;
        comma(out);
        bx_buf_addc(out, '{');
        member(out, "conf_threshold", of->confidence);
        member(out, "iou_threshold", of->iou);
        open_at(out, "nonzero", '[');
        for (size_t c = 0; c < m->n * m->n; c++)
            if (m->count[c]) {
                comma(out);
                bx_buf_addf(out, "[%zu,%zu,%llu]", c / m->n, c % m->n, (unsigned long long)m->count[c]);
            }
        bx_buf_adds(out, "]}");
    }
    bx_buf_addc(out, ']');
}

static void calibration_at(const struct bx_eval *v, const char *key, const struct bx_eval_calibration *n, struct bx_buf *out)
{
    const struct bx_calibration *c = &n->calibration;
    if (!n->has)
        return;
    open_at(out, key, '{');
    if (n->refused) {
        text(out, "error", n->why.text);
        bx_buf_addc(out, '}');
        return;
    }
    member(out, "ece", c->ece);
    member(out, "mce", c->mce);
    member(out, "num_detections", (double)c->count);
    open_at(out, "bins", '[');
    for (size_t i = 0; i < BX_CALIBRATION_BINS; i++) {
        const struct bx_calibration_bin *b = &c->bin[i];
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
        if (!isnan(c->class_ece[k])) {
            class_key(v, out, k, false);
            number(out, c->class_ece[k]);
        }
    bx_buf_adds(out, "}}");
}

static void calibration(const struct bx_eval *v, struct bx_buf *out)
{
    open_at(out, "calibration", '{');
    calibration_at(v, "0.5", &v->numbers.calibration[0], out);
    calibration_at(v, "0.75", &v->numbers.calibration[1], out);
    bx_buf_addc(out, '}');
}

static void tide(const struct bx_tide *t, struct bx_buf *out)
{
    open_at(out, "tide", '{');
    member(out, "AP50_percent", t->ap50);
    open_at(out, "main_dAP", '{');
    for (int i = 0; i < BX_TIDE_ERRORS; i++)
        member(out, bx_tide_names[i], t->dap[i]);
    bx_buf_addc(out, '}');
    open_at(out, "special_dAP", '{');
    member(out, "FalsePos", t->false_positives);
    member(out, "FalseNeg", t->false_negatives);
    bx_buf_addc(out, '}');
    open_at(out, "counts", '{');
    for (int i = 0; i < BX_TIDE_ERRORS; i++)
        member(out, bx_tide_names[i], (double)t->count[i]);
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
        number(out, *(const double *)((const char *)&c->point[i] + offset));
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
static void confidence_at(const char *key, const struct bx_eval_curve *n, struct bx_buf *out)
{
    const struct bx_confidence_curve *c = &n->curve;
    if (!n->has)
        return;
    open_at(out, key, '{');
    maximum(out, "max_f1", c->max.f1, c->max.score, c->best);
    maximum(out, "max_f1_micro", c->micro_max.micro_f1, c->micro_max.score, c->micro_best);
    column(out, "confidence", c, offsetof(struct bx_confidence_point, score));
    column(out, "precision", c, offsetof(struct bx_confidence_point, precision));
    column(out, "recall", c, offsetof(struct bx_confidence_point, recall));
    column(out, "f1", c, offsetof(struct bx_confidence_point, f1));
    column(out, "precision_micro", c, offsetof(struct bx_confidence_point, micro_precision));
    column(out, "recall_micro", c, offsetof(struct bx_confidence_point, micro_recall));
    column(out, "f1_micro", c, offsetof(struct bx_confidence_point, micro_f1));
    bx_buf_addc(out, '}');
}

/* Precision at each recall of the grid, a list for each class and IoU threshold; empty where the class has nothing to find. */
static void precision_recall(const struct bx_eval *v, struct bx_buf *out)
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
                number(out, plane[(t * c->R + r) * c->K + k]);
            bx_buf_addc(out, ']');
        }
        bx_buf_addc(out, ']');
        pass_on(out);
    }
    bx_buf_addc(out, '}');
}

/* At IoU 0.5 and the operating confidence, or that of max F1. */
static void images(const struct bx_eval *v, const struct bx_report *r, struct bx_buf *out)
{
    member(out, "operating_confidence", r->operating_confidence);
    open_at(out, "images", '[');
    for (size_t i = 0; i < r->nimages; i++) {
        const struct bx_image_result *m = &r->images[i];
        const char *key = v->testset.image_key ? v->testset.image_key[i] : NULL;
        comma(out);
        bx_buf_addc(out, '{');
        key_of(out, "image_id");
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

static void lvis_numbers(const struct bx_eval *v, const struct bx_eval_ap *n, bool all, struct bx_buf *out)
{
    static const char *const ap[] = {"AP", "APs", "APm", "APl"}, *const ar[] = {"AR", "ARs", "ARm", "ARl"},
                             *const frequency[] = {"APr", "APc", "APf"};
    const uint32_t most = v->coco.max_dets[v->coco.M - 1]; /* without a limit of its own it is the task's 300 */
    char key[32];
    bx_buf_addc(out, '{');
    for (size_t z = BX_SIZE_ALL; z < BX_NSIZES; z++)
        member(out, ap[z], n->ap[z]);
    if (!isnan(n->ap_50))
        member(out, "AP50", n->ap_50);
    if (!isnan(n->ap_75))
        member(out, "AP75", n->ap_75);
    for (size_t z = BX_SIZE_ALL; z < (all ? BX_NSIZES : BX_SIZE_SMALL); z++) {
        snprintf(key, sizeof key, "%s@%u", ar[z], most == UINT32_MAX ? 300 : most);
        member(out, key, n->ar_size[z]);
    }
    for (size_t i = 0; all && i < 3; i++)
        member(out, frequency[i], v->numbers.frequency[i]);
    bx_buf_addc(out, '}');
}

static void lvis(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_eval_grid *g = &v->numbers.grid;
    open_at(out, "lvis", '{');
    key_of(out, "results");
    lvis_numbers(v, &g->all, true, out);
    open_at(out, "per_class", '{');
    for (size_t k = 0; k < g->coco->K; k++) {
        class_key(v, out, k, false);
        lvis_numbers(v, &g->of_class[k], false, out);
    }
    bx_buf_addc(out, '}');
    text(out, "precision_sha256", g->precision_sha256);
    text(out, "recall_sha256", g->recall_sha256);
    bx_buf_addc(out, '}');
}

void bx_eval_json(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_eval_numbers *n = &v->numbers;
    bx_buf_addc(out, '{');
    text(out, "protocol", v->protocol);
    if (v->lvis) {
        lvis(v, out);
        bx_buf_adds(out, "}\n");
        return;
    }
    text(out, "geometry", bx_geometry_name(v->geometry));
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
    open_at(out, "confidence_curves", '{');
    confidence_at("0.5", &n->curve[0], out);
    confidence_at("0.75", &n->curve[1], out);
    bx_buf_addc(out, '}');
    precision_recall(v, out);
    if (n->has_report)
        images(v, &n->report, out);
    bx_buf_adds(out, "}\n");
}
