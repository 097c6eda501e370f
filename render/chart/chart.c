/* chart.c: hands each kind of plot to the file that draws it. */
#include "render/chart/chart.h"
#include "render/chart/kinds.h"

bool bx_chart_narrow_only(enum bx_plot_kind kind)
{
    return kind == BX_PLOT_PR || kind == BX_PLOT_CONFIDENCE || kind == BX_PLOT_LATENCY;
}

bool bx_draw_nothing(struct bx_pen *p, double width, const char *why, struct bx_err *e)
{
    if (!bx_pen_begin(p, width, 64, e))
        return false;
    bx_hline(p, p->t->rule, 0, width, 0);
    bx_text(p, (struct bx_type){12, false, p->t->ink2}, BX_LEFT, 0, 32, width, why);
    bx_hline(p, p->t->rule, 0, width, 63);
    return true;
}

static bool draw(struct bx_pen *pen, const struct bx_plot *p, bool wide, struct bx_err *e)
{
    switch (p->kind) {
    case BX_PLOT_SCATTER:
        return bx_draw_scatter(pen, wide, &p->scatter, e);
    case BX_PLOT_MAP_BY_SIZE:
        return bx_draw_map_by_size(pen, wide, &p->by_size, e);
    case BX_PLOT_F1_BY_SIZE:
        return bx_draw_f1_by_size(pen, wide, &p->by_size, e);
    case BX_PLOT_PR:
        return bx_draw_pr(pen, &p->pr, e);
    case BX_PLOT_PR_BY_CLASS:
        return bx_draw_pr_by_class(pen, wide, &p->pr_by_class, e);
    case BX_PLOT_CONFIDENCE:
        return bx_draw_confidence(pen, &p->confidence, e);
    case BX_PLOT_LATENCY:
        return bx_draw_latency(pen, &p->latency, e);
    }
    return bx_fail(e, BX_DATA, "unknown kind of plot %d", (int)p->kind);
}

bool bx_chart_draw(const struct bx_plot *p, struct bx_chart_style s, struct bx_chart_image *img, struct bx_err *e)
{
    *img = (struct bx_chart_image){0};
    struct bx_pen pen;
    bool ok = bx_pen_open(&pen, s, e) && draw(&pen, p, s.width == BX_CHART_WIDE, e) && bx_pen_end(&pen, img, e);
    bx_pen_close(&pen);
    return ok;
}

void bx_chart_words(const struct bx_plot *p, struct bx_arena *a, struct bx_chart_words *w)
{
    *w = (struct bx_chart_words){.title = "", .finding = "", .alt = ""};
    switch (p->kind) {
    case BX_PLOT_SCATTER:
        bx_words_scatter(&p->scatter, a, w);
        break;
    case BX_PLOT_MAP_BY_SIZE:
        bx_words_by_size(&p->by_size, false, a, w);
        break;
    case BX_PLOT_F1_BY_SIZE:
        bx_words_by_size(&p->by_size, true, a, w);
        break;
    case BX_PLOT_PR:
        bx_words_pr(&p->pr, a, w);
        break;
    case BX_PLOT_PR_BY_CLASS:
        bx_words_pr_by_class(&p->pr_by_class, a, w);
        break;
    case BX_PLOT_CONFIDENCE:
        bx_words_confidence(&p->confidence, a, w);
        break;
    case BX_PLOT_LATENCY:
        bx_words_latency(&p->latency, a, w);
        break;
    }
}
