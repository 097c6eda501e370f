/* csv.c: the numbers of `boxscore eval` as a line each. */
#include "cmd/eval/eval.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

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
static void own_rows(const struct bx_eval *v, int64_t k, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    const struct bx_eval_ap *n = k < 0 ? &v->numbers.grid.all : &v->numbers.grid.of_class[k];
    row(v, "map", k, defined(n->ap[BX_SIZE_ALL]), out);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        row(v, of_size(v, z, BX_METRIC_MAP_SMALL, BX_METRIC_MAP_SIZE_1), k, defined(n->ap[z]), out);
    row(v, "map_50", k, defined(n->ap_50), out);
    row(v, "map_75", k, defined(n->ap_75), out);
    for (size_t m = 0; m < c->M; m++) {
        char name[32];
        snprintf(name, sizeof name, "ar_%u", v->lvis && c->max_dets[m] == UINT32_MAX ? 300 : c->max_dets[m]);
        row(v, name, k, defined(n->ar[m]), out);
    }
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        row(v, of_size(v, z, BX_METRIC_AR_SMALL, BX_METRIC_AR_SIZE_1), k, defined(n->ar_size[z]), out);
    for (size_t i = 0; v->lvis && k < 0 && i < 3; i++) {
        static const char *const group[] = {"map_rare", "map_common", "map_frequent"};
        row(v, group[i], k, defined(v->numbers.frequency[i]), out);
    }
}

static void error_rows(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_tide *t = &v->numbers.tide;
    row(v, "tide.ap50", -1, t->ap50, out);
    for (int i = 0; i < BX_TIDE_ERRORS; i++) {
        char name[32];
        snprintf(name, sizeof name, "tide.%s", bx_tide_names[i]);
        row(v, name, -1, t->dap[i], out);
    }
    row(v, "tide.FalsePos", -1, t->false_positives, out);
    row(v, "tide.FalseNeg", -1, t->false_negatives, out);
}

static void calibration_rows(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_eval_calibration *n = &v->numbers.calibration[0];
    if (!n->has || n->refused)
        return;
    row(v, "calibration.ece", -1, n->calibration.ece, out);
    row(v, "calibration.mce", -1, n->calibration.mce, out);
    for (size_t k = 0; v->per_class && k < v->coco.K; k++)
        if (!v->scored || v->scored[k])
            row(v, "calibration.ece", (int64_t)k, n->calibration.class_ece[k], out);
}

enum whose { OVERALL = 1, CLASSES = 2 };

static void metric_rows(const struct bx_eval *v, const struct bx_report *r, const enum bx_metric *list, size_t n, unsigned whose,
                        bool *written, struct bx_buf *out)
{
    int32_t end = whose & CLASSES && v->per_class ? (int32_t)r->nclasses : 0;
    for (int32_t k = whose & OVERALL ? -1 : 0; k < end; k++)
        for (size_t i = 0; i < n && (k < 0 || !v->scored || v->scored[k]); i++)
            if (bx_rules_give(&v->rules, list[i]))
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
void bx_eval_csv(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_eval_numbers *n = &v->numbers;
    bx_buf_adds(out, "metric,class,value\r\n");
    if (strchr(v->protocol, ';')) {
        bx_buf_adds(out, "protocol,,");
        bx_buf_add_csv(out, v->protocol, strlen(v->protocol));
        bx_buf_adds(out, "\r\n");
    }
    for (int64_t k = -1; n->own && k < (v->per_class ? (int64_t)v->coco.K : 0); k++)
        own_rows(v, k, out);
    if (n->has_report)
        board_rows(v, &n->report, out);
    if (n->has_tide)
        error_rows(v, out);
    calibration_rows(v, out);
    bx_eval_slices_csv(v, out);
}
