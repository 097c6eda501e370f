/* model_plots.c: the plots of one model: its curves and its latencies. */
#include "core/data/latency.h"
#include "render/site/plots.h"
#include <math.h>
#include <string.h>

static struct bx_plot_curve curve_of(const struct bx_report *r, const char *name, int32_t class_index, struct bx_arena *a)
{
    for (size_t i = 0; i < r->ncurves; i++) {
        const struct bx_curve *c = &r->curves[i];
        if (c->class_index != class_index || strcmp(c->name, name) != 0)
            continue;
        double *x = BX_NEW(a, double, c->n), *y = BX_NEW(a, double, c->n);
        for (size_t k = 0; k < c->n; k++)
            x[k] = (double)c->x[k], y[k] = (double)c->y[k];
        return (struct bx_plot_curve){x, y, c->n};
    }
    return (struct bx_plot_curve){0};
}

bool bx_make_pr(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    static const struct {
        double iou;
        const char *curve;
        enum bx_metric ap;
    } kinds[] = {{.5, "pr_50", BX_METRIC_MAP_50}, {.75, "pr_75", BX_METRIC_MAP_75}, {NAN, "pr_mean", BX_METRIC_MAP}};
    const struct bx_report *r = of->model->report;
    struct bx_plot_iou *at = BX_NEW(a, struct bx_plot_iou, 3);
    const double *iou;
    bool mean = bx_rules_ious(&of->board->by, &iou) > 1;
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        struct bx_plot_curve c = curve_of(r, kinds[i].curve, -1, a);
        if (c.n && isfinite(bx_report_get(r, kinds[i].ap, -1))) /* by the board's rules 0.5 or 0.75 may be no threshold of its mAP */
            at[n++] = (struct bx_plot_iou){isnan(kinds[i].iou) && !mean ? iou[0] : kinds[i].iou, bx_report_get(r, kinds[i].ap, -1), c};
        if (i == 2 && n > 1 && fabs(at[n - 1].iou - at[n - 2].iou) < 1e-9) /* the mean over one */
            n--;
    }
    p->kind = BX_PLOT_PR;
    p->pr = (struct bx_plot_pr){at, n, bx_rules_own_ious(&of->board->by) ? bx_rules_iou_words(&of->board->by, a) : NULL};
    return n > 0;
}

bool bx_make_confidence(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    const struct bx_report *r = of->model->report;
    p->kind = BX_PLOT_CONFIDENCE;
    p->confidence = (struct bx_plot_confidence){.precision = curve_of(r, "conf_precision", -1, a),
                                                .recall = curve_of(r, "conf_recall", -1, a),
                                                .f1 = curve_of(r, "conf_f1", -1, a),
                                                .best_f1 = bx_report_get(r, BX_METRIC_MAX_F1, -1),
                                                .best_at = bx_report_get(r, BX_METRIC_MAX_F1_CONFIDENCE, -1),
                                                .operating = r->operating_is_max_f1 ? NAN : r->operating_confidence,
                                                .f1_operating = r->operating_is_max_f1 ? NAN : bx_report_get(r, BX_METRIC_F1, -1)};
    return p->confidence.f1.n > 0;
}

bool bx_make_latencies(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    (void)a;
    const struct bx_view_model *m = of->model;
    size_t n = isfinite(m->latency_ms) ? m->nlatencies : 0, skip = n > BX_LATENCY_WARM_UP ? BX_LATENCY_WARM_UP : 0;
    p->kind = BX_PLOT_LATENCY;
    p->latency = (struct bx_plot_latency){n ? m->latencies + skip : NULL, n - skip, m->latency_ms};
    return n > 0;
}

bool bx_make_pr_by_class(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    const struct bx_view_board *b = of->board;
    const struct bx_report *r = of->model->report;
    struct bx_plot_class *at = BX_NEW(a, struct bx_plot_class, b->nclasses);
    size_t n = 0;
    for (size_t k = 0; k < b->nclasses; k++) {
        struct bx_plot_curve c = curve_of(r, "pr_50", (int32_t)k, a);
        if (c.n && isfinite(bx_report_get(r, BX_METRIC_MAP_50, -1)))
            at[n++] = (struct bx_plot_class){b->classes[k].name, bx_report_get(r, BX_METRIC_MAP_50, (int32_t)k), c,
                                             b->classes[k].images < BX_VIEW_ENOUGH};
    }
    p->kind = BX_PLOT_PR_BY_CLASS;
    p->pr_by_class = (struct bx_plot_pr_by_class){.5, at, n};
    return n > 0;
}
