/* table.c: the numbers of `boxscore eval` for people: pycocotools' summary, F1, and a line a class. */
#include "cmd/eval/eval.h"
#include "core/metric/calibration.h"
#include "core/metric/curves.h"
#include "core/metric/metric.h"
#include "core/metric/tide.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void line(struct bx_buf *out, const char *title, const char *mark, double iou0, double iou1, const char *area, uint32_t max_dets,
                 double value)
{
    char iou[32], dets[16];
    if (iou0 == iou1)
        snprintf(iou, sizeof iou, "%0.2f", iou0);
    else
        snprintf(iou, sizeof iou, "%0.2f:%0.2f", iou0, iou1);
    snprintf(dets, sizeof dets, max_dets == UINT32_MAX ? "all" : "%3u", max_dets);
    bx_buf_addf(out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3s ] = %0.3f\n", title, mark, iou, area, dets, value);
}

static const char *area_name(const struct bx_eval *v, size_t z)
{
    return z && v->options.sizes ? v->options.sizes[z - 1].name : bx_size_name((enum bx_size)z);
}

static void summary(struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    struct bx_arena *a = &v->arena;
    const char *ap = "Average Precision", *ar = "Average Recall";
    uint32_t most = c->max_dets[c->M - 1];
    double first = c->iou[0], last = c->iou[c->T - 1];
    if (strchr(v->protocol, ';'))
        bx_buf_addf(out, " Protocol %s\n (%s)\n\n", v->protocol, bx_rules_words(&v->rules, a));
    line(out, ap, "(AP)", first, last, "all", most, bx_coco_ap(c, BX_COCO_ANY, BX_SIZE_ALL, -1, a));
    static const double marks[] = {0.5, 0.75};
    for (size_t i = 0; i < 2; i++) {
        size_t t = bx_coco_threshold(c, marks[i]);
        if (t != BX_COCO_ANY && c->T > 1)
            line(out, ap, "(AP)", marks[i], marks[i], "all", most, bx_coco_ap(c, t, BX_SIZE_ALL, -1, a));
    }
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        line(out, ap, "(AP)", first, last, area_name(v, z), most, bx_coco_ap(c, BX_COCO_ANY, (enum bx_size)z, -1, a));
    for (size_t m = 0; m < c->M; m++)
        line(out, ar, "(AR)", first, last, "all", c->max_dets[m], bx_coco_ar(c, BX_SIZE_ALL, m, -1, a));
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        line(out, ar, "(AR)", first, last, area_name(v, z), most, bx_coco_ar(c, (enum bx_size)z, c->M - 1, -1, a));
}

static double macro(const struct bx_coco *c, const struct bx_counts *n, double (*f)(const struct bx_counts *))
{
    double sum = 0;
    size_t classes = 0;
    for (size_t k = 0; k < c->K; k++)
        if (c->npig[k]) {
            sum += f(&n[k]);
            classes++;
        }
    return classes ? sum / (double)classes : 0;
}

static void f1(struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_coco *c = v->half;
    size_t t50 = bx_coco_threshold(c, 0.5);
    if (t50 == BX_COCO_ANY || !c->match_begin)
        return;
    struct bx_confidence_curve curve;
    uint8_t *verdicts = bx_verdicts(&v->scene, c, t50, BX_SIZE_ALL, &v->arena);
    bx_confidence(&v->scene, c, verdicts, BX_SIZE_ALL, false, &curve, &v->arena);
    if (curve.best == SIZE_MAX)
        return;
    struct bx_counts *n = bx_counts_at(&v->scene, c, verdicts, BX_SIZE_ALL, curve.max.score, &v->arena);
    bx_buf_addf(out, "\n Maximum F1         (macro) @[ IoU=0.50 ] = %0.3f at confidence %0.4g (precision %0.3f, recall %0.3f)\n",
                curve.max.f1, curve.max.score, macro(c, n, bx_counts_precision), macro(c, n, bx_counts_recall));
    bx_buf_addf(out, " Maximum F1         (micro) @[ IoU=0.50 ] = %0.3f at confidence %0.4g\n", curve.micro_max.micro_f1,
                curve.micro_max.score);
    if (isnan(v->operating))
        return;
    n = bx_counts_at(&v->scene, c, verdicts, BX_SIZE_ALL, v->operating, &v->arena);
    bx_buf_addf(out, " F1                 (macro) @[ IoU=0.50 ] = %0.3f at confidence %0.4g\n", macro(c, n, bx_counts_f1), v->operating);
}

static void cell(struct bx_buf *out, double x, int width)
{
    if (x < 0)
        bx_buf_addf(out, "%*s", width, "-");
    else
        bx_buf_addf(out, "%*.4f", width, x);
}

static void classes(struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    size_t t50 = bx_coco_threshold(c, 0.5), t75 = bx_coco_threshold(c, 0.75);
    bx_buf_addf(out, "\n %-24s objects      AP    AP50    AP75", "class");
    int width[1 + BX_COCO_SIZES];
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++) {
        const char *head = bx_printf(&v->arena, "AP%s", bx_eval_size(v, z));
        width[z] = strlen(head) < 7 ? 8 : (int)strlen(head) + 1;
        bx_buf_addf(out, "%*s", width[z], head);
    }
    bx_buf_adds(out, "      AR\n");
    for (size_t k = 0; k < c->K; k++) {
        if (v->scored && !v->scored[k])
            continue;
        bx_buf_addf(out, " %-24.60s %7zu", v->testset.class_name[k], c->npig[k]);
        cell(out, bx_coco_ap(c, BX_COCO_ANY, BX_SIZE_ALL, (int64_t)k, &v->arena), 8);
        cell(out, t50 == BX_COCO_ANY ? -1 : bx_coco_ap(c, t50, BX_SIZE_ALL, (int64_t)k, &v->arena), 8);
        cell(out, t75 == BX_COCO_ANY ? -1 : bx_coco_ap(c, t75, BX_SIZE_ALL, (int64_t)k, &v->arena), 8);
        for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
            cell(out, bx_coco_ap(c, BX_COCO_ANY, (enum bx_size)z, (int64_t)k, &v->arena), width[z]);
        cell(out, bx_coco_ar(c, BX_SIZE_ALL, c->M - 1, (int64_t)k, &v->arena), 8);
        bx_buf_addc(out, '\n');
    }
}

void bx_eval_table(struct bx_eval *v, struct bx_buf *out)
{
    summary(v, out);
    f1(v, out);
    if (v->per_class)
        classes(v, out);
    if (v->all)
        bx_eval_all(v, out);
}

static void row(const struct bx_eval *v, const char *metric, int64_t k, double value, struct bx_buf *out)
{
    if (!isfinite(value))
        return;
    bx_buf_addf(out, "%s,", metric);
    if (k >= 0)
        bx_buf_add_csv(out, v->testset.class_name[k], strlen(v->testset.class_name[k]));
    bx_buf_addc(out, ',');
    bx_buf_add_double(out, value);
    bx_buf_adds(out, "\r\n");
}

/* pycocotools' -1 is no value. */
static double defined(double value)
{
    return value < 0 ? NAN : value;
}

static const char *of_size(const struct bx_eval *v, size_t z, enum bx_metric cocos, enum bx_metric own)
{
    return bx_metrics[(v->options.sizes ? own : cocos) + z - 1].name;
}

/* AP and AR of what was asked for: a list of limits, the references' or LVIS'. */
static void own_rows(struct bx_eval *v, int64_t k, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    struct bx_arena *a = &v->arena;
    static const double marks[] = {0.5, 0.75};
    static const char *const at[] = {"map_50", "map_75"};
    row(v, "map", k, defined(bx_coco_ap(c, BX_COCO_ANY, BX_SIZE_ALL, k, a)), out);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        row(v, of_size(v, z, BX_METRIC_MAP_SMALL, BX_METRIC_MAP_SIZE_1), k, defined(bx_coco_ap(c, BX_COCO_ANY, (enum bx_size)z, k, a)),
            out);
    for (size_t i = 0; i < 2; i++) {
        size_t t = bx_coco_threshold(c, marks[i]);
        if (t != BX_COCO_ANY)
            row(v, at[i], k, defined(bx_coco_ap(c, t, BX_SIZE_ALL, k, a)), out);
    }
    for (size_t m = 0; m < c->M; m++) {
        char name[32];
        snprintf(name, sizeof name, "ar_%u", v->lvis && c->max_dets[m] == UINT32_MAX ? 300 : c->max_dets[m]);
        row(v, name, k, defined(bx_coco_ar(c, BX_SIZE_ALL, m, k, a)), out);
    }
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        row(v, of_size(v, z, BX_METRIC_AR_SMALL, BX_METRIC_AR_SIZE_1), k, defined(bx_coco_ar(c, (enum bx_size)z, c->M - 1, k, a)), out);
    for (size_t i = 0; v->lvis && k < 0 && i < 3; i++) {
        static const char *const group[] = {"map_rare", "map_common", "map_frequent"};
        row(v, group[i], k, defined(bx_eval_frequency(v, "rcf"[i])), out);
    }
}

static void error_rows(struct bx_eval *v, struct bx_buf *out)
{
    struct bx_tide t;
    bx_tide(&v->plain, &t, &v->arena);
    row(v, "tide.ap50", -1, t.ap50, out);
    for (int i = 0; i < BX_TIDE_ERRORS; i++) {
        char name[32];
        snprintf(name, sizeof name, "tide.%s", bx_tide_names[i]);
        row(v, name, -1, t.dap[i], out);
    }
    row(v, "tide.FalsePos", -1, t.false_positives, out);
    row(v, "tide.FalseNeg", -1, t.false_negatives, out);
}

static void calibration_rows(struct bx_eval *v, struct bx_buf *out)
{
    struct bx_calibration c;
    struct bx_err e;
    size_t t = bx_coco_threshold(v->half, 0.5);
    if (t == BX_COCO_ANY || !v->half->match_begin || !bx_calibrate(&v->scene, v->half, t, &c, &v->arena, &e))
        return;
    row(v, "calibration.ece", -1, c.ece, out);
    row(v, "calibration.mce", -1, c.mce, out);
    for (size_t k = 0; v->per_class && k < v->coco.K; k++)
        row(v, "calibration.ece", (int64_t)k, c.class_ece[k], out);
}

enum whose { OVERALL = 1, CLASSES = 2 };

static void metric_rows(const struct bx_eval *v, const struct bx_report *r, const enum bx_metric *list, size_t n, unsigned whose,
                        bool *written, struct bx_buf *out)
{
    int32_t end = whose & CLASSES && v->per_class ? (int32_t)r->nclasses : 0;
    for (int32_t k = whose & OVERALL ? -1 : 0; k < end; k++)
        for (size_t i = 0; i < n; i++)
            row(v, bx_metrics[list[i]].name, k, bx_report_get(r, list[i], k), out);
    for (size_t i = 0; i < n; i++)
        written[list[i]] = true;
}

/* The lines stand where they always stood, for those who compare two files; of what is not named here they follow in the catalogue's order.
 */
static void board_rows(const struct bx_eval *v, const struct bx_report *r, struct bx_buf *out)
{
    bool written[BX_NMETRICS] = {false};
#define ROWS(whose, ...)                                                                                                                   \
    do {                                                                                                                                   \
        static const enum bx_metric list[] = {__VA_ARGS__};                                                                                \
        metric_rows(v, r, list, sizeof list / sizeof *list, whose, written, out);                                                          \
    } while (0)
    ROWS(OVERALL, BX_METRIC_MAP, BX_METRIC_AR_100, BX_METRIC_MAP_SMALL, BX_METRIC_AR_SMALL, BX_METRIC_MAP_MEDIUM, BX_METRIC_AR_MEDIUM,
         BX_METRIC_MAP_LARGE, BX_METRIC_AR_LARGE, BX_METRIC_AR_1, BX_METRIC_AR_10, BX_METRIC_MAP_50, BX_METRIC_MAP_75);
    ROWS(CLASSES, BX_METRIC_MAP_50, BX_METRIC_MAP_75, BX_METRIC_MAP);
    ROWS(OVERALL | CLASSES, BX_METRIC_F1, BX_METRIC_PRECISION, BX_METRIC_RECALL);
    ROWS(OVERALL, BX_METRIC_F1_MICRO, BX_METRIC_F1_SMALL, BX_METRIC_F1_MEDIUM, BX_METRIC_F1_LARGE, BX_METRIC_OPERATING_CONFIDENCE);
    ROWS(OVERALL | CLASSES, BX_METRIC_MAX_F1, BX_METRIC_MAX_F1_CONFIDENCE);
    ROWS(CLASSES, BX_METRIC_OBJECTS, BX_METRIC_IMAGES);
    ROWS(OVERALL, BX_METRIC_OBJECTS, BX_METRIC_IMAGES, BX_METRIC_DETECTIONS);
#undef ROWS
    static const enum bx_metric first[] = {BX_METRIC_SV_F1_MACRO_50, BX_METRIC_SV_PRECISION_MACRO_50, BX_METRIC_SV_RECALL_MACRO_50},
                                mar[] = {BX_METRIC_SV_MAR_1, BX_METRIC_SV_MAR_10, BX_METRIC_SV_MAR_100};
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 24; k++) { /* averaging, size, threshold */
            enum bx_metric m = first[i] + 12 * (k % 2) + 4 * (k / 8) + k / 2 % 4;
            metric_rows(v, r, &m, 1, OVERALL, written, out);
        }
        metric_rows(v, r, &mar[i], 1, OVERALL, written, out);
    }
    for (enum bx_metric m = 0; m < BX_NMETRICS; m++)
        if (!written[m])
            metric_rows(v, r, &m, 1, OVERALL | CLASSES, written, out);
}

/* A line a value: the board's catalogue, or the AP and AR of the limits or the rule book asked for; then error types and calibration. A
 * value that is not defined has no line. Rules of one's own are named first. */
void bx_eval_csv(struct bx_eval *v, struct bx_buf *out)
{
    struct bx_report r;
    bool own = v->lvis || v->reference || v->options.max_dets;
    bx_buf_adds(out, "metric,class,value\r\n");
    if (strchr(v->protocol, ';')) {
        bx_buf_adds(out, "protocol,,");
        bx_buf_add_csv(out, v->protocol, strlen(v->protocol));
        bx_buf_adds(out, "\r\n");
    }
    for (int64_t k = -1; own && k < (v->per_class ? (int64_t)v->coco.K : 0); k++)
        own_rows(v, k, out);
    if (!own && bx_eval_report(v, &r))
        board_rows(v, &r, out);
    if (v->lvis)
        return;
    if (!v->rules.nignore)
        error_rows(v, out);
    calibration_rows(v, out);
}
