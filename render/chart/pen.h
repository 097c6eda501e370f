/*
 * pen.h: cairo and Pango, once, for all plots: a surface in either format, text, snapped lines, marks.
 *
 * A pen is opened without a surface, because how high a plot is depends on how wide its text is: measure, then bx_pen_begin, then draw,
 * then bx_pen_end. All lengths are CSS px. Font options are fixed (no hinting), so that a plot does not depend on the desktop's settings.
 */
#pragma once
#include "render/chart/label.h"
#include "render/chart/chart.h"
#include "render/chart/theme.h"
#include <cairo.h>
#include <pango/pango.h>

enum { BX_PNG_SCALE = 2, BX_WIDE_PX = 680, BX_NARROW_PX = 328 };

struct bx_pen {
    const struct bx_palette *t;
    enum bx_chart_format format;
    enum bx_chart_theme theme;
    double width, height;
    PangoFontMap *fonts;
    PangoContext *text;
    cairo_surface_t *surface; /* from bx_pen_begin on */
    cairo_t *cr;
    struct bx_buf raw;      /* what cairo wrote */
    struct bx_colour *inks; /* drawn in both themes, cairo is told their numbers as colours, and the tidied file has the pairs */
    size_t ninks, capinks;
    struct bx_chart_spot *spots; /* of the image */
    size_t nspots, capspots;
};

bool bx_pen_open(struct bx_pen *p, struct bx_chart_style s, struct bx_err *e);
bool bx_pen_begin(struct bx_pen *p, double width, double height, struct bx_err *e);
bool bx_pen_end(struct bx_pen *p, struct bx_chart_image *img, struct bx_err *e); /* the bytes, tidied */
void bx_pen_close(struct bx_pen *p);                                             /* in every case; NULL-safe fields */

/* A style of text. Sizes: 12, and 11 in narrow panels. */
struct bx_type {
    double size;
    bool bold;
    struct bx_colour colour;
};
enum bx_align { BX_LEFT, BX_CENTRE, BX_RIGHT };

/* Characters that no font has are drawn as "?". The first of them, 0 for none. */
uint32_t bx_text_missing(struct bx_pen *p, const char *s);
/* Width of a line of text, shortened in its middle to at most `most` px (0: no limit). */
double bx_text_width(struct bx_pen *p, struct bx_type type, double most, const char *s);
/* Draw it: x is its left end, centre or right end, y the middle of its digits. Returns its width. */
double bx_text(struct bx_pen *p, struct bx_type type, enum bx_align align, double x, double y, double most, const char *s);
/* The box a label takes around (x: left end, y: middle), with the margin of its plate. */
struct bx_rect bx_text_box(struct bx_type type, double x, double y, double width);

double bx_snap(double v); /* to the middle of a px: where a 1 px line is sharp */
void bx_line(struct bx_pen *p, struct bx_colour colour, double width, double x0, double y0, double x1, double y1);
void bx_hline(struct bx_pen *p, struct bx_colour colour, double x0, double x1, double y); /* 1 px, snapped */
void bx_vline(struct bx_pen *p, struct bx_colour colour, double x, double y0, double y1);
void bx_plate(struct bx_pen *p, struct bx_rect r); /* paper, behind a label */
void bx_fill_rect(struct bx_pen *p, struct bx_colour colour, struct bx_rect r);
void bx_stroke_rect(struct bx_pen *p, struct bx_colour colour, double width, struct bx_rect r);
void bx_dot(struct bx_pen *p, struct bx_colour colour, double x, double y, double r);                /* filled, with a rim of paper */
void bx_ring(struct bx_pen *p, struct bx_colour colour, double width, double x, double y, double r); /* paper inside */

/* Leaves out the points of a polyline that no eye would miss: its line stays within `near` px of all of them. Gives how many are left. */
size_t bx_thin(double *x, double *y, size_t n, double near);
/* A polyline; points with a NaN break it. dash: lengths, NULL for solid. */
void bx_polyline(struct bx_pen *p, struct bx_colour colour, double width, const double *dash, int ndash, const double *x, const double *y,
                 size_t n);
void bx_pen_spot(struct bx_pen *p, double x, double y, size_t item);
void bx_set_colour(struct bx_pen *p, struct bx_colour colour);
/* The whole plot is one sentence in an empty frame. */
bool bx_pen_nothing(struct bx_pen *p, double width, const char *why, struct bx_err *e);
