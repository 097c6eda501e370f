/*
 * plots.h: which plots a board and a model have (plots.def), and their data as chart.h takes it. What has nothing to show is left out.
 */
#pragma once
#include "render/chart/chart.h"
#include "render/view/view.h"

enum bx_plot_place { BX_AT_FRONT, BX_AT_PLOTS, BX_AT_CURVES, BX_AT_CLASSES }; /* from CURVES on a model's */

/* What a plot is of. */
struct bx_plot_of {
    const struct bx_view_board *board;
    const size_t *item; /* the ranked models, as indices into board->models, in the board's order: the items of every plot of the board */
    size_t n;
    const struct bx_view_model *model; /* NULL: the board's */
};
struct bx_plot_info {
    const char *name, *note;
    enum bx_plot_place place;
    bool png;
    bool (*make)(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a);
};
enum bx_plot_id {
#define PLOT(id, name, place, format, note) BX_PLOT_ID_##id,
#include "render/site/plots.def"
    BX_NPLOTS
};
extern const struct bx_plot_info bx_plots[BX_NPLOTS];
bool bx_plot_is_models(const struct bx_plot_info *info); /* not the board's */

#define PLOT(id, name, place, format, note) bool bx_make_##id(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a);
#include "render/site/plots.def"

/* glyphs.c: a model's slug where the fonts here lack a part of its name, else NULL; and the warnings that say so. */
const char *bx_plot_label(const struct bx_view_model *m);
void bx_warn_models(const struct bx_view_board *b);
void bx_warn_classes(const struct bx_view_board *b);

struct bx_site_plot {
    const struct bx_plot_info *info;
    struct bx_plot plot;
    const size_t *item; /* the plot's item i is board->models[item[i]]; NULL when its items are no models */
};
/* Those of the board (m NULL), or of a model. */
struct bx_site_plot *bx_site_plots(const struct bx_view_board *b, const struct bx_view_model *m, size_t *n, struct bx_arena *a);
