/* plots.c: `boxscore eval --plots DIR`: the plots of one evaluation, as SVG and PNG files. */
#include "cmd/eval/eval.h"
#include "core/base/file.h"
#include "render/chart/chart.h"
#include <math.h>

static bool draw(const char *dir, const char *name, const struct bx_plot *p, struct bx_arena *a, struct bx_err *e)
{
    static const struct {
        enum bx_chart_format format;
        const char *extension;
    } files[] = {{BX_CHART_SVG, "svg"}, {BX_CHART_PNG, "png"}};
    for (size_t i = 0; i < 2; i++) {
        struct bx_chart_style style = {BX_CHART_BOTH, bx_chart_narrow_only(p->kind) ? BX_CHART_NARROW : BX_CHART_WIDE, files[i].format};
        struct bx_chart_image image = {0};
        const char *path = bx_path_join(a, dir, bx_printf(a, "%s.%s", name, files[i].extension));
        bool ok = bx_chart_draw(p, style, &image, e) && bx_file_write(path, image.bytes.p, image.bytes.n, e);
        bx_chart_image_free(&image);
        if (!ok)
            return bx_wrap(e, "plot '%s'", name);
    }
    return true;
}

/* Precision at each recall of the grid: of class k, or the mean over those that have something to find; over the thresholds t0..t1. */
static struct bx_plot_curve precision(struct bx_eval *v, int64_t k, size_t t0, size_t t1)
{
    const struct bx_coco *c = &v->coco;
    double *y = BX_NEW(&v->arena, double, c->R);
    for (size_t r = 0; r < c->R; r++)
        y[r] = bx_coco_mean_precision(c, t0, t1, r, k);
    return (struct bx_plot_curve){NULL, y, c->R};
}

static bool plot_pr(struct bx_eval *v, const char *dir, struct bx_err *e)
{
    const struct bx_coco *c = &v->coco;
    struct bx_plot_iou at[3];
    struct bx_plot p = {.kind = BX_PLOT_PR};
    size_t n = 0;
    static const double marks[] = {0.5, 0.75};
    for (size_t i = 0; i < 2; i++) {
        size_t t = bx_coco_threshold(c, marks[i]);
        if (t != BX_COCO_ANY)
            at[n++] = (struct bx_plot_iou){marks[i], i ? v->numbers.grid.all.ap_75 : v->numbers.grid.all.ap_50, precision(v, -1, t, t + 1)};
    }
    const double *iou;
    bool mean = bx_rules_ious(&v->rules, &iou) > 1;
    if (mean || !n) /* the mean over one is drawn already where it is a mark */
        at[n++] = (struct bx_plot_iou){mean ? NAN : iou[0], v->numbers.grid.all.ap[BX_SIZE_ALL], precision(v, -1, 0, c->T)};
    p.pr = (struct bx_plot_pr){at, n, bx_rules_own_ious(&v->rules) ? bx_rules_iou_words(&v->rules, &v->arena) : NULL};
    return draw(dir, "precision-recall", &p, &v->arena, e);
}

static bool plot_classes(struct bx_eval *v, const char *dir, struct bx_err *e)
{
    const struct bx_coco *c = &v->coco;
    struct bx_plot p = {.kind = BX_PLOT_PR_BY_CLASS};
    struct bx_plot_class *at = BX_NEW(&v->arena, struct bx_plot_class, c->K);
    size_t n = 0, t = bx_coco_threshold(c, 0.5);
    if (t == BX_COCO_ANY) /* the rules' grid has it not */
        return true;
    for (size_t k = 0; k < c->K; k++)
        if (c->npig[k])
            at[n++] = (struct bx_plot_class){v->testset.class_name[k], v->numbers.grid.of_class[k].ap_50,
                                             precision(v, (int64_t)k, t, t + 1), false};
    p.pr_by_class = (struct bx_plot_pr_by_class){0.5, at, n};
    return draw(dir, "precision-recall-by-class", &p, &v->arena, e);
}

static bool plot_confidence(struct bx_eval *v, const char *dir, struct bx_err *e)
{
    const struct bx_confidence_curve *c = &v->numbers.curve[0].curve;
    struct bx_arena *a = &v->arena;
    if (!v->numbers.curve[0].has)
        return true;
    double *column[4];
    for (int i = 0; i < 4; i++)
        column[i] = BX_NEW(a, double, c->n);
    for (size_t i = 0; i < c->n; i++) { /* from the lowest confidence */
        const struct bx_confidence_point *q = &c->point[c->n - 1 - i];
        column[0][i] = q->score;
        column[1][i] = q->precision;
        column[2][i] = q->recall;
        column[3][i] = q->f1;
    }
    struct bx_plot p = {.kind = BX_PLOT_CONFIDENCE};
    p.confidence = (struct bx_plot_confidence){.precision = {column[0], column[1], c->n},
                                               .recall = {column[0], column[2], c->n},
                                               .f1 = {column[0], column[3], c->n},
                                               .best_f1 = c->best == SIZE_MAX ? NAN : c->max.f1,
                                               .best_at = c->best == SIZE_MAX ? NAN : c->max.score,
                                               .operating = v->operating,
                                               .f1_operating = NAN};
    return draw(dir, "confidence", &p, a, e);
}

bool bx_eval_plots(struct bx_eval *v, const char *dir, struct bx_err *e)
{
    return bx_mkdirs(dir, e) && plot_pr(v, dir, e) && plot_classes(v, dir, e) && plot_confidence(v, dir, e);
}
