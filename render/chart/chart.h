/*
 * chart.h: the plots. Plain numbers in; an SVG or a PNG, and the words and the table that say the same, out.
 *
 * A `struct bx_plot` is one plot's data. bx_chart_draw draws it, in a theme, a width and a format; bx_chart_words gives the sentence above
 * it, its alt text and its table, made from the same numbers. Nothing here knows the store, reads a clock or keeps state: equal input gives
 * equal bytes, whatever was drawn before.
 *
 * Metrics are fractions (0.474) and shown times 100 with one decimal. NaN is "no value": the mark is left out, the table says "–".
 * Names are UTF-8 of any length and script; they belong to the caller and live as long as the plot. Every pointer may be NULL where its
 * count is 0.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* BOTH: one file that follows the page's colour scheme, and is light on paper. A PNG cannot, and is light then. */
enum bx_chart_theme { BX_CHART_LIGHT, BX_CHART_DARK, BX_CHART_BOTH };
enum bx_chart_width { BX_CHART_WIDE, BX_CHART_NARROW }; /* 680 and 328 CSS px */
enum bx_chart_format { BX_CHART_SVG, BX_CHART_PNG };    /* a PNG has two pixels a CSS pixel */

struct bx_chart_style {
    enum bx_chart_theme theme;
    enum bx_chart_width width;
    enum bx_chart_format format;
};

/* Where one of the plot's items stands, in CSS px, for a link over the picture. */
struct bx_chart_spot {
    double x, y;
    size_t item;
};
struct bx_chart_image {
    struct bx_buf bytes;
    int width, height; /* CSS px, for the attributes of <img> and <source>; the height depends on the width and on the data */
    struct bx_chart_spot *spots;
    size_t nspots;
};
void bx_chart_image_free(struct bx_chart_image *img);

enum bx_plot_kind {
#define KIND(id, name, data, widths) BX_PLOT_##id,
#include "render/chart/kinds.def"
    BX_NPLOT_KINDS
};

/* Accuracy against cost. The front: no other model is as good and as cheap, and better in one of the two. */
enum bx_plot_cost { BX_COST_LATENCY /* ms an image */, BX_COST_PARAMETERS /* millions */, BX_COST_FLOPS /* GFLOP */ };
struct bx_plot_point {
    const char *name;
    double x;          /* the cost; a point without x > 0 or without y is in the table only */
    double y;          /* 0..1 */
    double lo, hi;     /* 95% interval of y, or NaN */
    const char *label; /* what is drawn in place of the name, which is in the words alone; NULL: the name */
};
struct bx_plot_scatter {
    enum bx_plot_cost cost;
    const char *metric; /* NULL: "mAP 50:95" */
    const struct bx_plot_point *at;
    size_t n;
};

/* mAP or F1 by object size, rows in the board's order. */
enum { BX_PLOT_SMALL, BX_PLOT_MEDIUM, BX_PLOT_LARGE };
struct bx_plot_size_row {
    const char *name;
    double v[3];       /* small, medium, large */
    unsigned rank;     /* equal ranks stand together; 0: not ranked, never the best */
    const char *label; /* as a point's */
};
struct bx_plot_by_size {
    const struct bx_plot_size_row *at;
    size_t n;
    bool few[3]; /* too few images have an object of the size: nobody leads there */
};

/* Curves. x ascending within 0..1; NULL: 0, 1/(n-1), … 1 (COCO's 101 recall points). A y of NaN or below 0: no value there. */
struct bx_plot_curve {
    const double *x, *y;
    size_t n;
};
struct bx_plot_iou {
    double iou; /* NaN: the mean over several */
    double ap;
    struct bx_plot_curve precision; /* by recall */
};
struct bx_plot_pr {
    const struct bx_plot_iou *at; /* up to 4 are drawn */
    size_t n;
    const char *mean; /* over which; NULL: ".50:.95" */
};
struct bx_plot_class {
    const char *name;
    double ap;
    struct bx_plot_curve precision;
    bool few; /* too few images have it: neither the best nor the worst */
};
struct bx_plot_pr_by_class {
    double iou;
    const struct bx_plot_class *at; /* drawn best first; of more than 24 the 12 best and the 12 worst */
    size_t n;
};
struct bx_plot_confidence {
    struct bx_plot_curve precision, recall, f1;
    double best_f1, best_at; /* max-F1 and its confidence, from the metric; NaN: read from the curve */
    double operating;        /* the model's operating confidence, or NaN */
    double f1_operating;     /* F1 there, or NaN: read from the curve, at its lowest confidence not below */
};

struct bx_plot_latency {
    const double *ms; /* one an image, any order */
    size_t n;
    double median; /* as the board shows it; NaN: from the samples */
};

struct bx_plot {
    enum bx_plot_kind kind;
    union {
#define KIND(id, name, data, widths) data name;
#include "render/chart/kinds.def"
    };
};

struct bx_chart_row {
    const char **cells; /* `cols` strings, the first the name; "–" is no value */
    bool strong;        /* bold in the plot too: on the front, the best */
    size_t item;        /* index into the plot's own items (models, classes, IoUs), SIZE_MAX when it stands for none */
};
struct bx_chart_table {
    const char **head; /* `cols` strings; the unit is in the head */
    size_t cols;       /* the first column is text where `names`, all others are numbers */
    bool names;
    struct bx_chart_row *rows;
    size_t n;
};
struct bx_chart_words {
    const char *title;   /* "Accuracy and latency" */
    const char *finding; /* the sentence above the plot: "Six models give the most accuracy for their time." */
    const char *alt;     /* what, against what, how many; the finding with its numbers. Plain text, not escaped */
    struct bx_chart_table table;
};

/* Draw. img is filled when true is returned. Fails with BX_IO when no font at all is installed, BX_DATA when cairo refuses. */
bool bx_chart_draw(const struct bx_plot *p, struct bx_chart_style s, struct bx_chart_image *img, struct bx_err *e);

/* The words and the table, allocated from a. */
void bx_chart_words(const struct bx_plot *p, struct bx_arena *a, struct bx_chart_words *w);

/* Whether the kind exists in 328 px only (then style.width is ignored). */
bool bx_chart_narrow_only(enum bx_plot_kind kind);

/* The package of a font that has what the fonts here lack of this text; NULL when they have it all. Missing characters are drawn as "?", so
 * that no plot has boxes of hex digits: who names things with a slug too gives that as their label. *missing, if wanted: the first of them.
 */
const char *bx_chart_missing(const char *text, uint32_t *missing);

/* What a drawing depends on beside its data: the libraries that draw, and the fonts that are installed. Appended. */
void bx_chart_environment(struct bx_buf *out);

/* Which points are on the Pareto front: on[i] for each of n. */
void bx_chart_front(const struct bx_plot_point *at, size_t n, bool *on);
