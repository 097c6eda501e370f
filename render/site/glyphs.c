/* glyphs.c: what the fonts here cannot draw is said, and models are then called by their slugs. */
#include "core/base/log.h"
#include "core/base/text.h"
#include "render/site/plots.h"

const char *bx_plot_label(const struct bx_view_model *m)
{
    return bx_chart_missing(m->name, NULL) ? m->slug : NULL;
}

void bx_warn_models(const struct bx_view_board *b)
{
    for (size_t i = 0; i < b->nmodels; i++) {
        const struct bx_view_model *m = &b->models[i];
        uint32_t c;
        const char *package = bx_chart_missing(m->name, &c);
        if (package)
            bx_warn("model '%s': no font here has U+%04X of its name '%s', so plots call it '%s': install %s or the like", m->slug, c,
                    m->name, m->slug, package);
    }
}

void bx_warn_classes(const struct bx_view_board *b)
{
    size_t n = 0, first = 0;
    for (size_t i = 0; i < b->nclasses; i++)
        if (bx_chart_missing(b->classes[i].name, NULL) && !n++)
            first = i;
    uint32_t c;
    if (n)
        bx_warn("board '%s': no font here has all of %zu class name%s, '%s' the first, so plots show '?' in %s: install %s or the like",
                b->slug, n, bx_plural(n), b->classes[first].name, n == 1 ? "it" : "them", bx_chart_missing(b->classes[first].name, &c));
}
