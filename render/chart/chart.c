/* chart.c: hands each kind of plot to the file that draws it. */
#include "render/chart/chart.h"
#include "render/chart/kinds.h"
#include <stdlib.h>

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

void bx_chart_image_free(struct bx_chart_image *img)
{
    bx_buf_free(&img->bytes);
    free(img->spots);
    *img = (struct bx_chart_image){0};
}

/* Debian's names, which others are near. */
static const char *package_of(uint32_t c)
{
    switch (g_unichar_get_script(c)) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_HANGUL:
    case G_UNICODE_SCRIPT_BOPOMOFO:
        return "fonts-noto-cjk";
    case G_UNICODE_SCRIPT_COMMON:
        if ((c >= 0x1F000 && c < 0x1FB00) || (c >= 0x2600 && c < 0x27C0))
            return "fonts-noto-color-emoji";
        return c >= 0x3000 && c < 0x3400 ? "fonts-noto-cjk" : "fonts-noto-core";
    default:
        return "fonts-noto-core";
    }
}

const char *bx_chart_missing(const char *text, uint32_t *missing)
{
    bool plain = true;
    for (const char *p = text; p && *p; p++)
        plain = plain && !(*p & 0x80);
    if (plain)
        return NULL;
    struct bx_pen pen;
    struct bx_err e;
    uint32_t c = bx_pen_open(&pen, (struct bx_chart_style){0}, &e) ? bx_text_missing(&pen, text) : 0;
    bx_pen_close(&pen);
    if (missing)
        *missing = c;
    return c ? package_of(c) : NULL;
}

void bx_chart_words(const struct bx_plot *p, struct bx_arena *a, struct bx_chart_words *w)
{
    *w = (struct bx_chart_words){.title = "", .finding = "", .alt = ""};
    kinds[p->kind].words(p, a, w);
}
