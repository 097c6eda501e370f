/* Which plots a board and a model have, and that the plots' items are the right models. */
#include "render/site/plots.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A board of three: the first unranked, the second without a latency, the third with all. Two classes. */
struct fixture {
    struct bx_view_board board;
    struct bx_view_model models[3];
    struct bx_view_class classes[2];
    struct bx_report reports[2];
    struct bx_curve curves[10];
    float x[3], y[3];
    double ms[6];
};

static void make(struct fixture *f, struct bx_arena *a)
{
    static const struct fixture empty;
    *f = empty;
    memcpy(f->x, (float[]){0, .5f, 1}, sizeof f->x);
    memcpy(f->y, (float[]){1, .75f, 0}, sizeof f->y);
    memcpy(f->ms, (double[]){900, 800, 700, 4, 6, 5}, sizeof f->ms);
    for (int i = 0; i < 2; i++) {
        static const struct {
            enum bx_metric metric;
            int32_t class_index;
            double value;
        } values[] = {
            {BX_METRIC_MAP_50, -1, .7},   {BX_METRIC_MAP_75, -1, .6}, {BX_METRIC_MAP_SMALL, -1, .1},         {BX_METRIC_MAP_LARGE, -1, .9},
            {BX_METRIC_F1_SMALL, -1, .2}, {BX_METRIC_MAX_F1, -1, .8}, {BX_METRIC_MAX_F1_CONFIDENCE, -1, .4}, {BX_METRIC_F1, -1, .75},
            {BX_METRIC_MAP_50, 0, .65},   {BX_METRIC_MAP_50, 1, .55}};
        struct bx_report *r = &f->reports[i];
        bx_report_init(r, 2, a);
        r->operating_confidence = .3;
        bx_report_set(r, BX_METRIC_MAP, -1, .5 + i * .1);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            bx_report_set(r, values[k].metric, values[k].class_index, values[k].value);
    }
    static const struct {
        const char *name;
        int32_t class_index;
    } curves[] = {{"pr_50", -1}, {"pr_75", -1},          {"pr_mean", -1},     {"pr_50", 0},
                  {"pr_50", 1},  {"conf_precision", -1}, {"conf_recall", -1}, {"conf_f1", -1}};
    f->reports[1].ncurves = sizeof curves / sizeof *curves;
    for (size_t i = 0; i < f->reports[1].ncurves; i++)
        f->curves[i] = (struct bx_curve){curves[i].name, curves[i].class_index, 3, f->x, f->y};
    f->reports[1].curves = f->curves;
    f->models[0] = (struct bx_view_model){.slug = "failed", .name = "Failed", .config = {.parameters = 1e6}, .latency_ms = NAN};
    f->models[1] = (struct bx_view_model){
        .slug = "a", .name = "A", .config = {.parameters = 3.2e6}, .latency_ms = NAN, .ranked = true, .rank = 2, .report = &f->reports[0]};
    f->models[2] = (struct bx_view_model){.slug = "b",
                                          .name = "B",
                                          .config = {.parameters = NAN},
                                          .latency_ms = 5,
                                          .ranked = true,
                                          .rank = 1,
                                          .report = &f->reports[1],
                                          .overdue = true, /* and plotted all the same */
                                          .latencies = f->ms,
                                          .nlatencies = 6};
    f->classes[0].name = "circle";
    f->classes[1].name = "square";
    f->board = (struct bx_view_board){.slug = "s", .models = f->models, .nmodels = 3, .nranked = 2, .classes = f->classes, .nclasses = 2};
}

/* The plots of a board or a model, which must be these, in this order. */
static const struct bx_site_plot *plots(const struct bx_view_board *b, const struct bx_view_model *m, const char *names, struct bx_arena *a)
{
    size_t n;
    const struct bx_site_plot *p = bx_site_plots(b, m, &n, a);
    char *got = bx_strdup(a, "");
    for (size_t i = 0; i < n; i++)
        got = bx_printf(a, "%s%s%s", got, i ? " " : "", p[i].info->name);
    assert_string_equal(got, names);
    return p;
}

static void a_board_has_the_plots_of_its_ranked_models(void **state)
{
    (void)state;
    struct fixture f;
    struct bx_arena a = {0};
    make(&f, &a);
    const struct bx_site_plot *p = plots(&f.board, NULL, "latency parameters map-by-size f1-by-size", &a);
    for (size_t i = 0; i < 4; i++)
        assert_true(p[i].item[0] == 1 && p[i].item[1] == 2);
    const struct bx_plot_scatter *latency = &p[0].plot.scatter, *parameters = &p[1].plot.scatter;
    assert_int_equal(latency->n, 2);
    assert_true(isnan(latency->at[0].x) && latency->at[1].x == 5 && latency->at[1].y == .6);
    assert_true(parameters->cost == BX_COST_PARAMETERS && fabs(parameters->at[0].x - 3.2) < 1e-12 && isnan(parameters->at[1].x));
    const struct bx_plot_by_size *sizes = &p[2].plot.map_by_size;
    assert_true(sizes->at[1].rank == 1 && sizes->at[0].v[BX_PLOT_SMALL] == .1 && isnan(sizes->at[0].v[BX_PLOT_MEDIUM]) &&
                sizes->at[0].v[BX_PLOT_LARGE] == .9);
    bx_arena_release(&a);
}

static void operations_are_plotted_when_two_ranked_models_state_them(void **state)
{
    (void)state;
    struct fixture f;
    struct bx_arena a = {0};
    make(&f, &a);
    f.models[0].config.flops = 1e9; /* not ranked */
    f.models[2].config.flops = 7e9;
    plots(&f.board, NULL, "latency parameters map-by-size f1-by-size", &a);
    f.models[1].config.flops = 2.5e9;
    const struct bx_site_plot *p = plots(&f.board, NULL, "latency parameters flops map-by-size f1-by-size", &a);
    const struct bx_plot_scatter *d = &p[2].plot.scatter;
    assert_true(d->cost == BX_COST_FLOPS && d->n == 2 && d->at[0].x == 2.5 && d->at[1].x == 7);
    bx_arena_release(&a);
}

static void what_has_nothing_to_show_is_left_out(void **state)
{
    (void)state;
    struct fixture f;
    struct bx_arena a = {0};
    make(&f, &a);
    f.models[2].latency_ms = NAN;
    f.models[1].config.parameters = NAN;
    plots(&f.board, NULL, "map-by-size f1-by-size", &a);
    f.models[1].ranked = f.models[2].ranked = false;
    plots(&f.board, NULL, "", &a);
    plots(&f.board, &f.models[0], "", &a); /* no report */
    plots(&f.board, &f.models[1], "", &a); /* a report without curves */
    bx_arena_release(&a);
}

static void a_model_has_its_curves_and_its_latencies(void **state)
{
    (void)state;
    struct fixture f;
    struct bx_arena a = {0};
    make(&f, &a);
    const struct bx_site_plot *p = plots(&f.board, &f.models[2], "precision-recall f1-confidence latencies precision-recall-classes", &a);
    assert_true(p[0].plot.pr.n == 3 && p[0].plot.pr.at[1].ap == .6 && isnan(p[0].plot.pr.at[2].iou) && p[0].plot.pr.at[2].ap == .6);
    const struct bx_plot_confidence *c = &p[1].plot.confidence;
    assert_true(c->f1.n == 3 && c->f1.x[1] == .5 && c->f1.y[1] == .75 && c->best_f1 == .8 && c->best_at == .4 && c->operating == .3 &&
                c->f1_operating == .75);
    assert_true(p[2].plot.latency.n == 3 && p[2].plot.latency.ms[0] == 4 && p[2].plot.latency.median == 5); /* the first three left out */
    assert_true(p[3].plot.pr_by_class.n == 2 && p[3].plot.pr_by_class.at[1].ap == .55);
    assert_null(p[0].plot.pr.mean);
    f.board.by = (struct bx_rules){.niou = 2, .iou = {.6, .8}}; /* neither 0.5 nor 0.75 is in the grid */
    bx_report_set(&f.reports[1], BX_METRIC_MAP_50, -1, NAN);
    bx_report_set(&f.reports[1], BX_METRIC_MAP_75, -1, NAN);
    p = plots(&f.board, &f.models[2], "precision-recall f1-confidence latencies", &a);
    assert_true(p[0].plot.pr.n == 1 && isnan(p[0].plot.pr.at[0].iou));
    assert_string_equal(p[0].plot.pr.mean, "0.60, 0.80");
    f.board.by = (struct bx_rules){.niou = 1, .iou = {.75}};
    bx_report_set(&f.reports[1], BX_METRIC_MAP_75, -1, .6);
    p = plots(&f.board, &f.models[2], "precision-recall f1-confidence latencies", &a);
    assert_true(p[0].plot.pr.n == 1 && p[0].plot.pr.at[0].iou == .75);
    f.board.by = (struct bx_rules){0};
    bx_report_set(&f.reports[1], BX_METRIC_MAP_50, -1, .7);
    f.reports[1].operating_is_max_f1 = true; /* none was declared: only the maximum is marked */
    p = plots(&f.board, &f.models[2], "precision-recall f1-confidence latencies precision-recall-classes", &a);
    assert_true(isnan(p[1].plot.confidence.operating));
    f.models[2].latency_ms = NAN; /* measured on another machine */
    plots(&f.board, &f.models[2], "precision-recall f1-confidence precision-recall-classes", &a);
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_has_the_plots_of_its_ranked_models),
        cmocka_unit_test(operations_are_plotted_when_two_ranked_models_state_them),
        cmocka_unit_test(what_has_nothing_to_show_is_left_out),
        cmocka_unit_test(a_model_has_its_curves_and_its_latencies),
    };
    return cmocka_run_group_tests_name("view_charts", tests, NULL, NULL);
}
