/*
 * charts.h: which plots a board and a model have, and their data as chart.h takes it. Every plot has a name that is its file's stem,
 * its id on a page and what `boxscore plot` calls it. What has nothing to show is left out.
 */
#pragma once
#include "render/chart/chart.h"
#include "render/view/view.h"

struct bx_view_plot {
    const char *name; /* "latency" */
    const char *note; /* one or two sentences beside it: how to read it, where its numbers come from */
    struct bx_plot plot;
    const size_t *item; /* the plot's item i is board->models[item[i]]; NULL when its items are no models */
};
struct bx_view_plots {
    struct bx_view_plot *at;
    size_t n;
};

/* Of the board: "latency", "parameters", "map-by-size", "f1-by-size"; of the ranked models, in the board's order. */
struct bx_view_plots bx_view_board_plots(const struct bx_view_board *b, struct bx_arena *a);

/* Of one model: "precision-recall", "f1-confidence", "latencies", "precision-recall-classes". None without numbers. */
struct bx_view_plots bx_view_model_plots(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);

/* The same from a report alone, without a board. classes: the names by index. ms: one an image, median NaN when not known; n 0 for none. */
struct bx_view_plots bx_view_report_plots(const struct bx_report *r, const char *const *classes, size_t nclasses, const double *ms,
                                          size_t nms, double median, struct bx_arena *a);

/* All names, for messages: NULL-terminated. The first ones are the board's, the others a model's. */
enum { BX_VIEW_BOARD_PLOTS = 4 };
extern const char *const bx_view_plot_names[];
