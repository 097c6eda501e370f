/* overlay.c: see overlay.h. */
#include "render/chart/overlay.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <cairo.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

/* As bright as each other, and none of them like its neighbour. */
static const double colours[][3] = {{.16, .45, .91}, {.87, .44, .15}, {.10, .62, .32}, {.78, .17, .52}, {.55, .45, .05},
                                    {.12, .60, .70}, {.50, .30, .80}, {.80, .20, .18}, {.40, .40, .40}};
enum { COLOURS = sizeof colours / sizeof *colours, NAME_PX = 12 };

static void paint_image(cairo_surface_t *to, uint32_t w, uint32_t h, const uint8_t *rgb, const struct bx_overlay_shape *s, size_t n)
{
    uint8_t *at = cairo_image_surface_get_data(to);
    size_t stride = (size_t)cairo_image_surface_get_stride(to);
    cairo_surface_flush(to);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            size_t i = (size_t)y * w + x;
            double c[3] = {rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]};
            for (size_t k = 0; k < n; k++)
                for (int j = 0; s[k].mask && s[k].mask[i] && j < 3; j++)
                    c[j] = c[j] * .55 + 255 * colours[s[k].colour % COLOURS][j] * .45;
            uint32_t pixel = (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | (uint32_t)c[2];
            memcpy(at + y * stride + 4 * (size_t)x, &pixel, 4);
        }
    cairo_surface_mark_dirty(to);
}

static void outline(cairo_t *c, const struct bx_overlay_shape *s)
{
    static const double dash[] = {6, 4};
    const double *rgb = colours[s->colour % COLOURS];
    cairo_new_path(c);
    for (int i = 0; i < 4; i++)
        cairo_line_to(c, s->corner[2 * i], s->corner[2 * i + 1]);
    cairo_close_path(c);
    cairo_set_dash(c, dash, s->dashed ? 2 : 0, 0);
    cairo_set_line_width(c, 4);
    cairo_set_source_rgb(c, 1, 1, 1);
    cairo_stroke_preserve(c);
    cairo_set_line_width(c, 2);
    cairo_set_source_rgb(c, rgb[0], rgb[1], rgb[2]);
    cairo_stroke(c);
}

/* Above the shape's upper left, or where there is room. */
static void name(cairo_t *c, PangoLayout *layout, uint32_t w, uint32_t h, const struct bx_overlay_shape *s)
{
    BX_CLEANUP_BUF struct bx_buf shown = {0};
    const double *rgb = colours[s->colour % COLOURS];
    double x = s->corner[0], y = s->corner[1];
    int width, height;
    bx_buf_add_visible(&shown, s->name, strlen(s->name));
    pango_layout_set_text(layout, bx_buf_str(&shown), -1);
    pango_layout_get_pixel_size(layout, &width, &height);
    for (int i = 1; i < 4; i++) {
        x = fmin(x, s->corner[2 * i]);
        y = fmin(y, s->corner[2 * i + 1]);
    }
    x = fmax(0, fmin(x, (double)w - width - 4));
    y = y - height < 0 ? fmax(0, fmin(y, (double)h - height)) : y - height;
    cairo_rectangle(c, x, y, width + 4, height);
    cairo_set_source_rgb(c, rgb[0] * .7, rgb[1] * .7, rgb[2] * .7);
    cairo_fill(c);
    cairo_move_to(c, x + 2, y);
    cairo_set_source_rgb(c, 1, 1, 1);
    pango_cairo_show_layout(c, layout);
}

static cairo_status_t sink(void *out, const unsigned char *p, unsigned n)
{
    bx_buf_add(out, p, n);
    return CAIRO_STATUS_SUCCESS;
}

bool bx_overlay_png(uint32_t w, uint32_t h, const uint8_t *rgb, const struct bx_overlay_shape *shapes, size_t n, struct bx_buf *out,
                    struct bx_err *e)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)w, (int)h);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(surface);
        return bx_fail(e, BX_DATA, "cannot draw on %u x %u pixels", w, h);
    }
    paint_image(surface, w, h, rgb, shapes, n);
    cairo_t *c = cairo_create(surface);
    PangoLayout *layout = pango_cairo_create_layout(c);
    PangoFontDescription *font = pango_font_description_from_string("Liberation Sans, Noto Sans, sans-serif");
    pango_font_description_set_absolute_size(font, NAME_PX * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    for (size_t i = 0; i < n; i++)
        outline(c, &shapes[i]);
    for (size_t i = 0; i < n; i++)
        name(c, layout, w, h, &shapes[i]);
    pango_font_description_free(font);
    g_object_unref(layout);
    bool ok = cairo_status(c) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(c);
    ok = cairo_surface_write_to_png_stream(surface, sink, out) == CAIRO_STATUS_SUCCESS && ok;
    cairo_surface_destroy(surface);
    return ok || bx_fail(e, BX_DATA, "cannot draw %zu shapes on %u x %u pixels", n, w, h);
}
