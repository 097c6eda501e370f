/*
 * kinds.h: what chart.c hands out to, one pair a kind of plot. Each draw function measures, begins the pen's surface and draws.
 */
#pragma once
#include "render/chart/axis.h"
#include "render/chart/pen.h"

enum { BX_WIDE_PX = 680, BX_NARROW_PX = 328 };

bool bx_draw_scatter(struct bx_pen *p, bool wide, const struct bx_plot_scatter *d, struct bx_err *e);
bool bx_draw_map_by_size(struct bx_pen *p, bool wide, const struct bx_plot_by_size *d, struct bx_err *e);
bool bx_draw_f1_by_size(struct bx_pen *p, bool wide, const struct bx_plot_by_size *d, struct bx_err *e);
bool bx_draw_pr(struct bx_pen *p, const struct bx_plot_pr *d, struct bx_err *e);
bool bx_draw_pr_by_class(struct bx_pen *p, bool wide, const struct bx_plot_pr_by_class *d, struct bx_err *e);
bool bx_draw_confidence(struct bx_pen *p, const struct bx_plot_confidence *d, struct bx_err *e);
bool bx_draw_latency(struct bx_pen *p, const struct bx_plot_latency *d, struct bx_err *e);
bool bx_draw_nothing(struct bx_pen *p, double width, const char *why, struct bx_err *e); /* one sentence, in an empty frame */

void bx_words_scatter(const struct bx_plot_scatter *d, struct bx_arena *a, struct bx_chart_words *w);
void bx_words_by_size(const struct bx_plot_by_size *d, bool f1, struct bx_arena *a, struct bx_chart_words *w);
void bx_words_pr(const struct bx_plot_pr *d, struct bx_arena *a, struct bx_chart_words *w);
void bx_words_pr_by_class(const struct bx_plot_pr_by_class *d, struct bx_arena *a, struct bx_chart_words *w);
void bx_words_confidence(const struct bx_plot_confidence *d, struct bx_arena *a, struct bx_chart_words *w);
void bx_words_latency(const struct bx_plot_latency *d, struct bx_arena *a, struct bx_chart_words *w);

/* Scatter: what a cost is called. */
struct bx_cost_names {
    const char *title, *axis, *head, *unit, *their, *least, *none;
};
const struct bx_cost_names *bx_cost_names(enum bx_plot_cost cost);
bool bx_point_shown(const struct bx_plot_point *q); /* has an x > 0 and a y */

/* By size: which rows are drawn (all, or of more than BX_SIZE_ROWS the first of them and every row that holds a best), and whether row i
 * shows the best number of a size: equal as displayed. `shown` has n entries; returns how many are drawn. */
enum { BX_SIZE_ROWS = 80 };
size_t bx_size_rows(const struct bx_plot_by_size *d, bool *shown);
bool bx_size_best(const struct bx_plot_by_size *d, size_t i, int size);
double bx_size_top(const struct bx_plot_by_size *d, int size); /* the best ranked value, NaN when there is none */

/* Curves. Values are NaN where there is none. */
bool bx_curve_has(const struct bx_plot_curve *c, size_t i);
double bx_curve_x(const struct bx_plot_curve *c, size_t i);
double bx_curve_at(const struct bx_plot_curve *c, double x);   /* by linear interpolation; left of the first point that point's */
double bx_curve_from(const struct bx_plot_curve *c, double x); /* of the first point at x or right of it: a threshold's value */
bool bx_curve_empty(const struct bx_plot_curve *c);
void bx_confidence_marks(const struct bx_plot_confidence *d, double *best, double *best_at, double *operating); /* NaN where unknown */

/* Classes: their order, best AP first (classes without one last), and which of them are drawn. order and shown have n entries. */
enum { BX_CLASS_PANELS = 24 };
size_t bx_class_order(const struct bx_plot_pr_by_class *d, size_t *order, bool *shown);

/* Latency: the bins, and the marks' values. */
enum { BX_HISTOGRAM_BINS = 64 };
struct bx_histogram {
    double lo, width; /* bin i is lo + i·width … */
    size_t count[BX_HISTOGRAM_BINS], bins;
    size_t over; /* samples beyond the last bin */
    size_t n;    /* usable samples */
    double median, p95, p99, most;
};
void bx_histogram_make(const struct bx_plot_latency *d, struct bx_histogram *h);
