/* pen.c: surfaces, text and marks. */
#include "render/chart/pen.h"
#include "render/chart/svg.h"
#include <cairo-svg.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

/* Liberation Sans first: the site's fonts share its widths, and with it files are alike on every machine. */
static const char families[] = "Liberation Sans,Helvetica Neue,Helvetica,Arial,Roboto,Noto Sans,sans-serif";
enum { LONGEST = 1024 }; /* bytes of a text that are laid out at all */

static cairo_status_t append(void *into, const unsigned char *p, unsigned n)
{
    bx_buf_add(into, p, n);
    return CAIRO_STATUS_SUCCESS;
}

/* Without any font Pango draws boxes of hex digits: no plot is better than that. */
static bool any_font(const struct bx_pen *p)
{
    PangoFontDescription *wanted = pango_font_description_new();
    pango_font_description_set_family_static(wanted, families);
    PangoFont *font = pango_font_map_load_font(p->fonts, p->text, wanted);
    pango_font_description_free(wanted);
    if (font)
        g_object_unref(font);
    return font != NULL;
}

bool bx_pen_open(struct bx_pen *p, struct bx_chart_style s, struct bx_err *e)
{
    *p = (struct bx_pen){.t = &bx_palette, .format = s.format, .theme = s.theme};
    if (s.theme == BX_CHART_BOTH && s.format == BX_CHART_PNG)
        p->theme = BX_CHART_LIGHT;
    p->fonts = g_object_ref(pango_cairo_font_map_get_default());
    p->text = pango_font_map_create_context(p->fonts);
    if (!any_font(p))
        return bx_fail(e, BX_IO, "no font is installed, plots need one: install Liberation Sans (package fonts-liberation2)");
    pango_cairo_context_set_resolution(p->text, 96);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(p->text, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(p->text, FALSE);
    pango_context_set_language(p->text, pango_language_from_string("en"));
    pango_context_set_base_dir(p->text, PANGO_DIRECTION_WEAK_LTR);
    if (s.format == BX_CHART_PNG) {
        PangoMatrix m = PANGO_MATRIX_INIT;
        pango_matrix_scale(&m, BX_PNG_SCALE, BX_PNG_SCALE);
        pango_context_set_matrix(p->text, &m);
    }
    return true;
}

static bool cairo_ok(cairo_status_t status, struct bx_err *e)
{
    return status == CAIRO_STATUS_SUCCESS || bx_fail(e, BX_DATA, "cannot draw the plot: %s", cairo_status_to_string(status));
}

bool bx_pen_begin(struct bx_pen *p, double width, double height, struct bx_err *e)
{
    p->width = width;
    p->height = ceil(height);
    if (p->format == BX_CHART_SVG) {
        p->surface = cairo_svg_surface_create_for_stream(append, &p->raw, width, p->height);
        cairo_svg_surface_set_document_unit(p->surface, CAIRO_SVG_UNIT_PX);
    } else
        p->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width * BX_PNG_SCALE, (int)p->height * BX_PNG_SCALE);
    if (!cairo_ok(cairo_surface_status(p->surface), e))
        return false;
    p->cr = cairo_create(p->surface);
    if (p->format == BX_CHART_PNG)
        cairo_scale(p->cr, BX_PNG_SCALE, BX_PNG_SCALE);
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
    bx_fill_rect(p, p->t->paper, (struct bx_rect){0, 0, width, p->height});
    return cairo_ok(cairo_status(p->cr), e);
}

bool bx_pen_end(struct bx_pen *p, struct bx_chart_image *img, struct bx_err *e)
{
    if (!cairo_ok(cairo_status(p->cr), e))
        return false;
    if (p->format == BX_CHART_PNG) {
        if (!cairo_ok(cairo_surface_write_to_png_stream(p->surface, append, &p->raw), e))
            return false;
        img->bytes = p->raw;
        p->raw = (struct bx_buf){0};
    } else {
        cairo_surface_finish(p->surface);
        if (!cairo_ok(cairo_surface_status(p->surface), e))
            return false;
        img->bytes = (struct bx_buf){0};
        bool both = p->theme == BX_CHART_BOTH;
        if (!bx_svg_tidy(p->raw.p, p->raw.n, both ? p->inks : NULL, p->ninks, &img->bytes, e)) {
            bx_buf_free(&img->bytes);
            return false;
        }
    }
    img->spots = p->spots;
    img->nspots = p->nspots;
    p->spots = NULL;
    img->width = (int)p->width;
    img->height = (int)p->height;
    return true;
}

void bx_pen_close(struct bx_pen *p)
{
    if (p->cr)
        cairo_destroy(p->cr);
    if (p->surface)
        cairo_surface_destroy(p->surface); /* an SVG that was begun and given up still writes: into raw, so raw goes last */
    if (p->text)
        g_object_unref(p->text);
    if (p->fonts)
        g_object_unref(p->fonts);
    bx_buf_free(&p->raw);
    free(p->inks);
    free(p->spots);
    *p = (struct bx_pen){0};
}

/* A name from outside: valid UTF-8, one line, not endless. */
static char *clean(const char *s)
{
    size_t n = s ? strnlen(s, LONGEST) : 0;
    char *out = g_utf8_make_valid(s ? s : "", (gssize)n);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 32 || *c == 127)
            *c = ' ';
    return out;
}

static double text_px(PangoLayout *layout)
{
    int width;
    pango_layout_get_size(layout, &width, NULL);
    return (double)width / PANGO_SCALE;
}

/* `keep` of the text's n characters, half of them from each end; never between a letter and its marks. */
static void set_ends(PangoLayout *layout, const char *text, size_t n, const bool *stop, size_t keep)
{
    size_t head = (keep + 1) / 2, tail = n - keep / 2;
    while (head > 0 && !stop[head])
        head--;
    while (tail < n && !stop[tail])
        tail++;
    const char *end = g_utf8_offset_to_pointer(text, (glong)head), *rest = g_utf8_offset_to_pointer(text, (glong)tail);
    while (end > text && end[-1] == ' ')
        end--;
    while (*rest == ' ')
        rest++;
    char *cut = g_strdup_printf("%.*s…%s", (int)(end - text), text, rest);
    pango_layout_set_text(layout, cut, -1);
    g_free(cut);
}

/* As much of both ends as fits: names differ at their ends. (Pango's own ellipsis in the middle leaves a gap.) */
static void shorten(PangoLayout *layout, const char *text, double most)
{
    size_t n = (size_t)g_utf8_strlen(text, -1), fits = 0, too_much = n;
    int nattrs;
    const PangoLogAttr *attrs = pango_layout_get_log_attrs_readonly(layout, &nattrs);
    bool *stop = bx_xrealloc(NULL, n + 1, sizeof *stop); /* copied: the layout's own die with its first new text */
    for (size_t i = 0; i <= n; i++)
        stop[i] = i >= (size_t)nattrs || attrs[i].is_cursor_position;
    while (too_much - fits > 1) {
        size_t keep = fits + (too_much - fits) / 2;
        set_ends(layout, text, n, stop, keep);
        if (text_px(layout) <= most)
            fits = keep;
        else
            too_much = keep;
    }
    set_ends(layout, text, n, stop, fits);
    free(stop);
}

/* The layout's text with one "?" for each run of characters that no font has: Pango would draw boxes of hex digits. *first: one of them. */
static char *without_missing(PangoLayout *layout, const char *text, gunichar *first)
{
    GString *out = g_string_new(NULL);
    GHashTable *missing = g_hash_table_new(NULL, NULL);
    PangoLayoutIter *at = pango_layout_get_iter(layout);
    do {
        const PangoLayoutRun *run = pango_layout_iter_get_run_readonly(at);
        for (int i = 0; run && i < run->glyphs->num_glyphs; i++)
            if (run->glyphs->glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG)
                g_hash_table_add(missing, GUINT_TO_POINTER(run->glyphs->glyphs[i].glyph & ~PANGO_GLYPH_UNKNOWN_FLAG));
    } while (pango_layout_iter_next_run(at));
    pango_layout_iter_free(at);
    bool before = false;
    *first = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool gone = g_hash_table_contains(missing, GUINT_TO_POINTER(c));
        if (gone && !*first)
            *first = c;
        if (!gone)
            g_string_append_unichar(out, c);
        else if (!before)
            g_string_append_c(out, '?');
        before = gone;
    }
    g_hash_table_destroy(missing);
    return g_string_free(out, FALSE);
}

/* Sets the text; *missing: the first character that no font has, 0 for none. */
static char *set_text(PangoLayout *layout, const char *s, gunichar *missing)
{
    char *text = clean(s);
    *missing = 0;
    pango_layout_set_text(layout, text, -1);
    if (pango_layout_get_unknown_glyphs_count(layout)) {
        char *whole = text;
        text = without_missing(layout, whole, missing);
        g_free(whole);
        pango_layout_set_text(layout, text, -1);
    }
    return text;
}

static PangoLayout *lay_out(struct bx_pen *p, struct bx_type type, double most, const char *s)
{
    PangoLayout *layout = pango_layout_new(p->text);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, families);
    pango_font_description_set_absolute_size(font, type.size * PANGO_SCALE);
    pango_font_description_set_weight(font, type.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    gunichar missing;
    char *text = set_text(layout, s, &missing);
    if (most > 0 && text_px(layout) > most)
        shorten(layout, text, most);
    g_free(text);
    return layout;
}

uint32_t bx_text_missing(struct bx_pen *p, const char *s)
{
    gunichar missing;
    PangoLayout *layout = lay_out(p, (struct bx_type){.size = 12}, 0, "");
    g_free(set_text(layout, s, &missing));
    g_object_unref(layout);
    return missing;
}

double bx_text_width(struct bx_pen *p, struct bx_type type, double most, const char *s)
{
    PangoLayout *layout = lay_out(p, type, most, s);
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    g_object_unref(layout);
    return (double)logical.width / PANGO_SCALE;
}

double bx_text(struct bx_pen *p, struct bx_type type, enum bx_align align, double x, double y, double most, const char *s)
{
    PangoLayout *layout = lay_out(p, type, most, s);
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    double width = (double)logical.width / PANGO_SCALE;
    double left = align == BX_LEFT ? x : align == BX_RIGHT ? x - width : x - width / 2;
    double baseline = round(y + .355 * type.size); /* digits are .71 em high */
    bx_set_colour(p, type.colour);
    cairo_move_to(p->cr, left - (double)logical.x / PANGO_SCALE, baseline - (double)pango_layout_get_baseline(layout) / PANGO_SCALE);
    pango_cairo_show_layout(p->cr, layout);
    cairo_new_path(p->cr);
    g_object_unref(layout);
    return width;
}

struct bx_rect bx_text_box(struct bx_type type, double x, double y, double width)
{
    return (struct bx_rect){x - 2, y - .62 * type.size, x + width + 2, y + .62 * type.size};
}

static uint32_t number_of(struct bx_pen *p, struct bx_colour c)
{
    size_t i = 0;
    while (i < p->ninks && (p->inks[i].light != c.light || p->inks[i].dark != c.dark))
        i++;
    if (i == p->ninks) {
        p->inks = bx_grow(p->inks, &p->capinks, p->ninks + 1, sizeof *p->inks);
        p->inks[p->ninks++] = c;
    }
    return (uint32_t)i;
}

void bx_set_colour(struct bx_pen *p, struct bx_colour colour)
{
    uint32_t c = p->theme == BX_CHART_BOTH ? number_of(p, colour) : p->theme == BX_CHART_DARK ? colour.dark : colour.light;
    cairo_set_source_rgb(p->cr, (double)(c >> 16 & 255) / 255, (double)(c >> 8 & 255) / 255, (double)(c & 255) / 255);
}

double bx_snap(double v)
{
    return floor(v) + .5;
}

void bx_pen_spot(struct bx_pen *p, double x, double y, size_t item)
{
    p->spots = bx_grow(p->spots, &p->capspots, p->nspots + 1, sizeof *p->spots);
    p->spots[p->nspots++] = (struct bx_chart_spot){x, y, item};
}

void bx_line(struct bx_pen *p, struct bx_colour colour, double width, double x0, double y0, double x1, double y1)
{
    bx_set_colour(p, colour);
    cairo_set_line_width(p->cr, width);
    cairo_move_to(p->cr, x0, y0);
    cairo_line_to(p->cr, x1, y1);
    cairo_stroke(p->cr);
}

void bx_hline(struct bx_pen *p, struct bx_colour colour, double x0, double x1, double y)
{
    bx_line(p, colour, 1, x0, bx_snap(y), x1, bx_snap(y));
}

void bx_vline(struct bx_pen *p, struct bx_colour colour, double x, double y0, double y1)
{
    bx_line(p, colour, 1, bx_snap(x), y0, bx_snap(x), y1);
}

void bx_fill_rect(struct bx_pen *p, struct bx_colour colour, struct bx_rect r)
{
    bx_set_colour(p, colour);
    cairo_rectangle(p->cr, r.x0, r.y0, r.x1 - r.x0, r.y1 - r.y0);
    cairo_fill(p->cr);
}

void bx_plate(struct bx_pen *p, struct bx_rect r)
{
    bx_fill_rect(p, p->t->paper, (struct bx_rect){round(r.x0), round(r.y0), round(r.x1), round(r.y1)});
}

void bx_stroke_rect(struct bx_pen *p, struct bx_colour colour, double width, struct bx_rect r)
{
    bx_set_colour(p, p->t->paper);
    cairo_rectangle(p->cr, r.x0, r.y0, r.x1 - r.x0, r.y1 - r.y0);
    cairo_fill_preserve(p->cr);
    bx_set_colour(p, colour);
    cairo_set_line_width(p->cr, width);
    cairo_stroke(p->cr);
}

static void outlined(struct bx_pen *p, struct bx_colour fill, struct bx_colour stroke, double width)
{
    bx_set_colour(p, fill);
    cairo_fill_preserve(p->cr);
    bx_set_colour(p, stroke);
    cairo_set_line_width(p->cr, width);
    cairo_stroke(p->cr);
}

void bx_dot(struct bx_pen *p, struct bx_colour colour, double x, double y, double r)
{
    cairo_new_path(p->cr);
    cairo_arc(p->cr, x, y, r + .5, 0, 2 * M_PI);
    cairo_close_path(p->cr);
    outlined(p, colour, p->t->paper, 1);
}

void bx_ring(struct bx_pen *p, struct bx_colour colour, double width, double x, double y, double r)
{
    cairo_new_path(p->cr);
    cairo_arc(p->cr, x, y, r - width / 2, 0, 2 * M_PI);
    cairo_close_path(p->cr);
    outlined(p, p->t->paper, colour, width);
}

/* Douglas-Peucker: of the points between two that stay the farthest from their line stays as well, if it is far enough. */
static void keep_far(const double *x, const double *y, size_t a, size_t b, double near, bool *keep)
{
    while (b - a > 1) {
        double dx = x[b] - x[a], dy = y[b] - y[a], length2 = dx * dx + dy * dy, most = 0;
        size_t at = a;
        for (size_t i = a + 1; i < b; i++) {
            double ex = x[i] - x[a], ey = y[i] - y[a], along = ex * dx + ey * dy;
            double t = length2 > 0 ? fmin(1, fmax(0, along / length2)) : 0, fx = ex - t * dx, fy = ey - t * dy, off2 = fx * fx + fy * fy;
            if (off2 > most)
                most = off2, at = i;
        }
        if (most <= near * near)
            return;
        keep[at] = true;
        bool left = at - a < b - at; /* the shorter part by a call: no deeper than log2 n */
        keep_far(x, y, left ? a : at, left ? at : b, near, keep);
        if (left)
            a = at;
        else
            b = at;
    }
}

size_t bx_thin(double *x, double *y, size_t n, double near)
{
    bool *keep = bx_xrealloc(NULL, n + 1, sizeof *keep);
    size_t m = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && isfinite(x[end]) && isfinite(y[end]); end++)
            keep[end] = false;
        if (end > i) {
            keep[i] = keep[end - 1] = true;
            keep_far(x, y, i, end - 1, near, keep);
        }
        if (end < n)
            keep[end++] = true;
    }
    for (size_t i = 0; i < n; i++)
        if (keep[i]) {
            x[m] = x[i];
            y[m++] = y[i];
        }
    free(keep);
    return m;
}

void bx_polyline(struct bx_pen *p, struct bx_colour colour, double width, const double *dash, int ndash, const double *x, const double *y,
                 size_t n)
{
    bx_set_colour(p, colour);
    cairo_set_line_width(p->cr, width);
    if (dash)
        cairo_set_dash(p->cr, dash, ndash, 0);
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        bool there = isfinite(x[i]) && isfinite(y[i]);
        if (there && open)
            cairo_line_to(p->cr, x[i], y[i]);
        else if (there)
            cairo_move_to(p->cr, x[i], y[i]);
        open = there;
    }
    cairo_stroke(p->cr);
    if (dash)
        cairo_set_dash(p->cr, NULL, 0, 0);
}

bool bx_pen_nothing(struct bx_pen *p, double width, const char *why, struct bx_err *e)
{
    if (!bx_pen_begin(p, width, 64, e))
        return false;
    bx_hline(p, p->t->rule, 0, width, 0);
    bx_text(p, (struct bx_type){12, false, p->t->ink2}, BX_LEFT, 0, 32, width, why);
    bx_hline(p, p->t->rule, 0, width, 63);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(pango_font_family_get_name(*(PangoFontFamily *const *)a), pango_font_family_get_name(*(PangoFontFamily *const *)b));
}

void bx_chart_environment(struct bx_buf *out)
{
    PangoFontFamily **list;
    int n;
    bx_buf_addf(out, "cairo %s, pango %s", cairo_version_string(), pango_version_string());
    pango_font_map_list_families(pango_cairo_font_map_get_default(), &list, &n);
    if (n > 0)
        qsort(list, (size_t)n, sizeof *list, by_name);
    for (int i = 0; i < n; i++)
        bx_buf_addf(out, "\n%s", pango_font_family_get_name(list[i]));
    g_free(list);
}
