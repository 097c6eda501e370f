/* board_plots.c: the plots of a board: accuracy against a cost, and by object size. */
#include "render/site/plots.h"
#include <math.h>

/* Of at least `least` models that have the cost. */
static bool scatter(const struct bx_plot_of *of, enum bx_plot_cost cost, double (*value)(const struct bx_view_model *), size_t least,
                    struct bx_plot *p, struct bx_arena *a)
{
    struct bx_plot_point *at = BX_NEW(a, struct bx_plot_point, of->n);
    size_t with = 0;
    for (size_t i = 0; i < of->n; i++) {
        const struct bx_view_model *m = &of->board->models[of->item[i]];
        double x = value(m);
        at[i] = (struct bx_plot_point){m->name, x, bx_view_get(m, BX_METRIC_MAP), NAN, NAN, bx_plot_label(m)};
        with += isfinite(x) && x > 0 && isfinite(at[i].y);
    }
    p->kind = BX_PLOT_SCATTER;
    const struct bx_rules *by = &of->board->by;
    p->scatter = (struct bx_plot_scatter){.cost = cost, .at = at, .n = of->n};
    p->scatter.metric = bx_rules_own_ious(by) ? bx_rules_label(by, BX_METRIC_MAP, a) : NULL;
    return with >= least;
}

static double latency_of(const struct bx_view_model *m)
{
    return m->latency_ms;
}

static double parameters_of(const struct bx_view_model *m)
{
    return m->config.parameters / 1e6;
}

static double flops_of(const struct bx_view_model *m)
{
    return m->config.flops / 1e9;
}

bool bx_make_latency(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    return scatter(of, BX_COST_LATENCY, latency_of, 1, p, a);
}

bool bx_make_parameters(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    return scatter(of, BX_COST_PARAMETERS, parameters_of, 1, p, a);
}

/* Few authors state it: one point alone says nothing that its row does not. */
bool bx_make_flops(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    return scatter(of, BX_COST_FLOPS, flops_of, 2, p, a);
}

static bool by_size(const struct bx_plot_of *of, const enum bx_metric metric[3], struct bx_plot_by_size *out, struct bx_arena *a)
{
    struct bx_plot_size_row *at = BX_NEW(a, struct bx_plot_size_row, of->n);
    bool any = false;
    for (size_t i = 0; i < of->n; i++) {
        const struct bx_view_model *m = &of->board->models[of->item[i]];
        at[i] = (struct bx_plot_size_row){.name = m->name, .rank = m->rank, .label = bx_plot_label(m)};
        for (int s = 0; s < 3; s++) {
            at[i].v[s] = bx_view_get(m, metric[s]);
            any = any || isfinite(at[i].v[s]);
        }
    }
    *out = (struct bx_plot_by_size){.at = at, .n = of->n};
    for (int s = 0; s < 3; s++)
        out->few[s] = of->board->size_images[s] < BX_VIEW_ENOUGH;
    return any;
}

bool bx_make_map_by_size(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    static const enum bx_metric metric[] = {BX_METRIC_MAP_SMALL, BX_METRIC_MAP_MEDIUM, BX_METRIC_MAP_LARGE};
    p->kind = BX_PLOT_MAP_BY_SIZE;
    return by_size(of, metric, &p->map_by_size, a);
}

bool bx_make_f1_by_size(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    static const enum bx_metric metric[] = {BX_METRIC_F1_SMALL, BX_METRIC_F1_MEDIUM, BX_METRIC_F1_LARGE};
    p->kind = BX_PLOT_F1_BY_SIZE;
    return by_size(of, metric, &p->f1_by_size, a);
}
