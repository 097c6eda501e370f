/* chart.c: hands each kind of plot to the file that draws it. */
#include "render/chart/chart.h"
#include "render/chart/kinds.h"

struct kind {
    bool narrow_only;
    bool (*draw)(struct bx_pen *pen, bool wide, const struct bx_plot *p, struct bx_err *e);
    void (*words)(const struct bx_plot *p, struct bx_arena *a, struct bx_chart_words *w);
};

#define KIND(id, name, data, widths)                                                                                                       \
    static bool draw_##name(struct bx_pen *pen, bool wide, const struct bx_plot *p, struct bx_err *e)                                      \
    {                                                                                                                                      \
        return bx_draw_##name(pen, wide, &p->name, e);                                                                                     \
    }                                                                                                                                      \
    static void words_##name(const struct bx_plot *p, struct bx_arena *a, struct bx_chart_words *w)                                        \
    {                                                                                                                                      \
        bx_words_##name(&p->name, a, w);                                                                                                   \
    }
#include "render/chart/kinds.def"

enum { BOTH = false, NARROW = true };
#define KIND(id, name, data, widths) [BX_PLOT_##id] = {widths, draw_##name, words_##name},
static const struct kind kinds[BX_NPLOT_KINDS] = {
#include "render/chart/kinds.def"
};

bool bx_chart_narrow_only(enum bx_plot_kind kind)
{
    return kinds[kind].narrow_only;
}

bool bx_chart_draw(const struct bx_plot *p, struct bx_chart_style s, struct bx_chart_image *img, struct bx_err *e)
{
    *img = (struct bx_chart_image){0};
    struct bx_pen pen;
    bool ok = bx_pen_open(&pen, s, e) && kinds[p->kind].draw(&pen, s.width == BX_CHART_WIDE, p, e) && bx_pen_end(&pen, img, e);
    bx_pen_close(&pen);
    return ok;
}

void bx_chart_words(const struct bx_plot *p, struct bx_arena *a, struct bx_chart_words *w)
{
    *w = (struct bx_chart_words){.title = "", .finding = "", .alt = ""};
    kinds[p->kind].words(p, a, w);
}
