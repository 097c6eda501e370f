/* plots.c: see plots.h. */
#include "render/site/plots.h"

enum { SVG = false, PNG = true };
#define PLOT(id, name, place, format, note) [BX_PLOT_ID_##id] = {name, note, BX_AT_##place, format, bx_make_##id},
const struct bx_plot_info bx_plots[BX_NPLOTS] = {
#include "render/site/plots.def"
};

bool bx_plot_is_models(const struct bx_plot_info *info)
{
    return info->place >= BX_AT_CURVES;
}

static size_t *ranked_models(const struct bx_view_board *b, size_t *n, struct bx_arena *a)
{
    size_t *item = BX_NEW(a, size_t, b->nmodels);
    *n = 0;
    for (size_t i = 0; i < b->nmodels; i++)
        if (b->models[i].ranked && b->models[i].report)
            item[(*n)++] = i;
    return item;
}

struct bx_site_plot *bx_site_plots(const struct bx_view_board *b, const struct bx_view_model *m, size_t *n, struct bx_arena *a)
{
    struct bx_site_plot *list = BX_NEW(a, struct bx_site_plot, BX_NPLOTS);
    struct bx_plot_of of = {.board = b, .model = m};
    *n = 0;
    if (!m)
        of.item = ranked_models(b, &of.n, a);
    if (m ? !m->report : !of.n)
        return list;
    for (size_t i = 0; i < BX_NPLOTS; i++) {
        struct bx_site_plot *p = &list[*n];
        *p = (struct bx_site_plot){.info = &bx_plots[i], .item = of.item};
        *n += bx_plot_is_models(&bx_plots[i]) == (m != NULL) && bx_plots[i].make(&of, &p->plot, a);
    }
    return list;
}
