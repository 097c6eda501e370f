/* charts.c: from loaded boards and reports to the plots' data. */
#include "render/site/charts.h"
#include "core/data/latency.h"
#include <math.h>
#include <string.h>

const char *const bx_view_plot_names[] = {
    "latency", "parameters", "map-by-size", "f1-by-size", "precision-recall", "f1-confidence", "latencies", "precision-recall-classes",
    NULL};

static struct bx_view_plot *add(struct bx_view_plots *p, const char *name, const char *note, enum bx_plot_kind kind)
{
    struct bx_view_plot *v = &p->at[p->n++];
    *v = (struct bx_view_plot){.name = name, .note = note, .plot.kind = kind};
    return v;
}

/* The ranked models, as indices; item i of every board plot. */
static size_t *ranked_models(const struct bx_view_board *b, size_t *n, struct bx_arena *a)
{
    size_t *item = BX_NEW(a, size_t, b->nmodels);
    *n = 0;
    for (size_t i = 0; i < b->nmodels; i++)
        if (b->models[i].ranked && b->models[i].report)
            item[(*n)++] = i;
    return item;
}

static void add_scatter(struct bx_view_plots *p, const struct bx_view_board *b, const size_t *item, size_t n, enum bx_plot_cost cost,
                        struct bx_arena *a)
{
    struct bx_plot_point *at = BX_NEW(a, struct bx_plot_point, n);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const struct bx_view_model *m = &b->models[item[i]];
        double x = cost == BX_COST_LATENCY ? m->latency_ms : m->config.parameters / 1e6;
        at[i] = (struct bx_plot_point){m->name, x, bx_view_get(m, BX_METRIC_MAP), NAN, NAN, m->stale};
        any = any || (isfinite(x) && x > 0 && isfinite(at[i].y));
    }
    if (!any)
        return;
    struct bx_view_plot *v =
        cost == BX_COST_LATENCY
            ? add(p, "latency",
                  "Medians on one machine, one image at a time, the first three left out. The line is the best mAP that can be had for "
                  "that time.",
                  BX_PLOT_SCATTER)
            : add(p, "parameters", "Parameters as the models' authors state them. The line is the best mAP that can be had for that size.",
                  BX_PLOT_SCATTER);
    v->plot.scatter = (struct bx_plot_scatter){.cost = cost, .at = at, .n = n};
    v->item = item;
}

static void add_by_size(struct bx_view_plots *p, const struct bx_view_board *b, const size_t *item, size_t n, bool f1, struct bx_arena *a)
{
    static const enum bx_metric metrics[2][3] = {{BX_METRIC_MAP_SMALL, BX_METRIC_MAP_MEDIUM, BX_METRIC_MAP_LARGE},
                                                 {BX_METRIC_F1_SMALL, BX_METRIC_F1_MEDIUM, BX_METRIC_F1_LARGE}};
    struct bx_plot_size_row *at = BX_NEW(a, struct bx_plot_size_row, n);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const struct bx_view_model *m = &b->models[item[i]];
        at[i] = (struct bx_plot_size_row){.name = m->name, .rank = m->rank};
        for (int s = 0; s < 3; s++) {
            at[i].v[s] = bx_view_get(m, metrics[f1][s]);
            any = any || isfinite(at[i].v[s]);
        }
    }
    if (!any)
        return;
    struct bx_view_plot *v =
        f1 ? add(p, "f1-by-size",
                 "At each model’s operating confidence. A bigger square is a bigger object. Filled: the best of that size.",
                 BX_PLOT_F1_BY_SIZE)
           : add(p, "map-by-size",
                 "Rows as on the board. The best of each size is in blue and its number in a box. Sizes are COCO’s, by area in the image.",
                 BX_PLOT_MAP_BY_SIZE);
    v->plot.by_size = (struct bx_plot_by_size){at, n};
    v->item = item;
}

struct bx_view_plots bx_view_board_plots(const struct bx_view_board *b, struct bx_arena *a)
{
    struct bx_view_plots p = {.at = BX_NEW(a, struct bx_view_plot, BX_VIEW_BOARD_PLOTS)};
    size_t n;
    const size_t *item = ranked_models(b, &n, a);
    if (!n)
        return p;
    add_scatter(&p, b, item, n, BX_COST_LATENCY, a);
    add_scatter(&p, b, item, n, BX_COST_PARAMETERS, a);
    add_by_size(&p, b, item, n, false, a);
    add_by_size(&p, b, item, n, true, a);
    return p;
}

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

static void add_pr(struct bx_view_plots *p, const struct bx_report *r, struct bx_arena *a)
{
    static const struct {
        double iou;
        const char *curve;
        enum bx_metric ap;
    } kinds[] = {{.5, "pr_50", BX_METRIC_MAP_50}, {.75, "pr_75", BX_METRIC_MAP_75}, {NAN, "pr_mean", BX_METRIC_MAP}};
    struct bx_plot_iou *at = BX_NEW(a, struct bx_plot_iou, 3);
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        struct bx_plot_curve c = curve_of(r, kinds[i].curve, -1, a);
        if (c.n)
            at[n++] = (struct bx_plot_iou){kinds[i].iou, bx_report_get(r, kinds[i].ap, -1), c};
    }
    if (n)
        add(p, "precision-recall", "All classes together: the mean over them at each recall.", BX_PLOT_PR)->plot.pr =
            (struct bx_plot_pr){at, n};
}

static void add_confidence(struct bx_view_plots *p, const struct bx_report *r, struct bx_arena *a)
{
    struct bx_plot_confidence c = {.precision = curve_of(r, "conf_precision", -1, a),
                                   .recall = curve_of(r, "conf_recall", -1, a),
                                   .f1 = curve_of(r, "conf_f1", -1, a),
                                   .best_f1 = bx_report_get(r, BX_METRIC_MAX_F1, -1),
                                   .best_at = bx_report_get(r, BX_METRIC_MAX_F1_CONFIDENCE, -1),
                                   .operating = r->operating_is_max_f1 ? NAN : r->operating_confidence,
                                   .f1_operating = r->operating_is_max_f1 ? NAN : bx_report_get(r, BX_METRIC_F1, -1)};
    if (c.f1.n)
        add(p, "f1-confidence", "At IoU .50, the mean over the classes, for every confidence threshold.", BX_PLOT_CONFIDENCE)
            ->plot.confidence = c;
}

static void add_latency(struct bx_view_plots *p, const double *ms, size_t n, double median)
{
    size_t skip = n > BX_LATENCY_WARM_UP ? BX_LATENCY_WARM_UP : 0;
    if (n)
        add(p, "latencies", "One image at a time, as the caller waits for it; the first three left out.", BX_PLOT_LATENCY)->plot.latency =
            (struct bx_plot_latency){ms + skip, n - skip, median};
}

static void add_classes(struct bx_view_plots *p, const struct bx_report *r, const char *const *classes, size_t nclasses, struct bx_arena *a)
{
    struct bx_plot_class *at = BX_NEW(a, struct bx_plot_class, nclasses);
    size_t n = 0;
    for (size_t k = 0; k < nclasses; k++) {
        struct bx_plot_curve c = curve_of(r, "pr_50", (int32_t)k, a);
        if (c.n)
            at[n++] = (struct bx_plot_class){classes[k], bx_report_get(r, BX_METRIC_MAP_50, (int32_t)k), c};
    }
    if (n)
        add(p, "precision-recall-classes", "IoU .50. Grey: the other classes, for scale.", BX_PLOT_PR_BY_CLASS)->plot.pr_by_class =
            (struct bx_plot_pr_by_class){.5, at, n};
}

struct bx_view_plots bx_view_report_plots(const struct bx_report *r, const char *const *classes, size_t nclasses, const double *ms,
                                          size_t nms, double median, struct bx_arena *a)
{
    struct bx_view_plots p = {.at = BX_NEW(a, struct bx_view_plot, 4)};
    add_pr(&p, r, a);
    add_confidence(&p, r, a);
    add_latency(&p, ms, nms, median);
    add_classes(&p, r, classes, nclasses, a);
    return p;
}

struct bx_view_plots bx_view_model_plots(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    if (!m->report)
        return (struct bx_view_plots){0};
    const char **classes = bx_alloc(a, b->nclasses, sizeof *classes);
    for (size_t k = 0; k < b->nclasses; k++)
        classes[k] = b->classes[k].name;
    size_t nms = isfinite(m->latency_ms) ? m->nlatencies : 0;
    return bx_view_report_plots(m->report, classes, b->nclasses, m->latencies, nms, m->latency_ms, a);
}
