/*
 * kinds.h: what chart.c hands out to, one pair a kind of plot (kinds.def). Each draw function measures, begins the pen's surface and draws.
 */
#pragma once
#include "render/chart/pen.h"

#define KIND(id, name, data, widths)                                                                                                       \
    bool bx_draw_##name(struct bx_pen *p, bool wide, const data *d, struct bx_err *e);                                                     \
    void bx_words_##name(const data *d, struct bx_arena *a, struct bx_chart_words *w);
#include "render/chart/kinds.def"
