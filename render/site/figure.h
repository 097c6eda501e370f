/* figure.h: a plot drawn in the variants a page chooses from, as files and as the tree that part/figure shows. */
#pragma once
#include "render/publish/publish.h"
#include "render/site/inputs.h"
#include "render/site/plots.h"

/* Where drawings go, and what they are made from: one with the same input as on the live site is not drawn again. */
struct bx_drawn_into {
    struct bx_publish *publish; /* NULL: drawn, named, but not written; and no inputs */
    struct bx_inputs *inputs;
    uint8_t input[32]; /* of all that the plots are of */
};
/* name: the files' stem before the plot's own name. The tree belongs to the caller. */
bool bx_site_figure(const struct bx_drawn_into *f, const struct bx_view_board *b, const struct bx_site_plot *plot, const char *name,
                    cJSON **tree, struct bx_arena *a, struct bx_err *e);
