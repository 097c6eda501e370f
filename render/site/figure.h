/* figure.h: a plot drawn in the variants a page chooses from, as files and as the tree that part/figure shows. */
#pragma once
#include "render/publish/publish.h"
#include "render/site/plots.h"

/* p NULL: drawn, named, but not written. name: the files' stem before the plot's own name. The tree belongs to the caller. */
bool bx_site_figure(struct bx_publish *p, const struct bx_view_board *b, const struct bx_site_plot *plot, const char *name, cJSON **tree,
                    struct bx_arena *a, struct bx_err *e);
