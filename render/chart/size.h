/* size.h: what the plots by object size share. */
#pragma once
#include "render/chart/kinds.h"

enum { BX_SIZE_ROWS = 24 }; /* of more models, rows say nothing that the table does not */

/* by_size.c */
double bx_size_top(const struct bx_plot_by_size *d, int size);          /* the best ranked value, NaN when there is none */
bool bx_size_best(const struct bx_plot_by_size *d, size_t i, int size); /* row i shows the best number of a size: equal as displayed */
const char *bx_size_label(const struct bx_plot_size_row *r);            /* what a row is called in the plot */
const char *bx_size_word(int size);                                     /* "small" */
bool bx_size_ends(const struct bx_plot_by_size *d, int *small,
                  int *large); /* the least and the greatest size with numbers; false: only one */

/* spread.c: one size against another, for many models. */
bool bx_draw_spread(struct bx_pen *p, bool wide, const struct bx_plot_by_size *d, const char *metric, struct bx_err *e);
