/* size.c: mAP and F1 by object size, a row a model. */
#include "render/chart/kinds.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *limits;
} sizes[3] = {{"Small", "under 32² px"}, {"Medium", "32²–96² px"}, {"Large", "over 96² px"}};

/* Where the rows stand. Wide: the name left of its marks. Narrow: above them, so that no name is cut and stems keep a length. */
struct rows {
    const struct bx_plot_by_size *d;
    bool *shown;
    size_t n, hidden;
    bool wide;
    double size;        /* of text */
    double names;       /* width of the column of names; 0 when narrow */
    double top, bottom; /* of the area of marks */
    double *y;          /* middle of row i's marks */
};

double bx_size_top(const struct bx_plot_by_size *d, int size)
{
    double top = NAN;
    for (size_t i = 0; i < d->n; i++)
        if (d->at[i].rank && isfinite(d->at[i].v[size]) && !(d->at[i].v[size] <= top))
            top = d->at[i].v[size];
    return top;
}

bool bx_size_best(const struct bx_plot_by_size *d, size_t i, int size)
{
    char a[BX_NUMBER], b[BX_NUMBER];
    double v = d->at[i].v[size], top = bx_size_top(d, size);
    return d->at[i].rank && isfinite(v) && isfinite(top) && !strcmp(bx_percent(a, v), bx_percent(b, top));
}

size_t bx_size_rows(const struct bx_plot_by_size *d, bool *shown)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        shown[i] = d->n <= BX_SIZE_ROWS || i < BX_SIZE_ROWS;
        for (int s = 0; s < 3 && !shown[i]; s++) {
            double v = d->at[i].v[s], top = bx_size_top(d, s);
            shown[i] = d->at[i].rank && isfinite(v) && v == top;
        }
        n += shown[i];
    }
    return n;
}

static void rows_make(struct bx_pen *p, struct rows *r, const struct bx_plot_by_size *d, bool wide, double top, struct bx_arena *a)
{
    *r = (struct rows){.d = d, .wide = wide, .size = wide ? 12 : 11, .top = top};
    r->shown = BX_NEW(a, bool, d->n);
    r->y = BX_NEW(a, double, d->n);
    r->n = bx_size_rows(d, r->shown);
    r->hidden = d->n - r->n;
    double y = top + (wide ? 14 : 26);
    const struct bx_plot_size_row *last = NULL;
    for (size_t i = 0; i < d->n; i++) {
        if (!r->shown[i])
            continue;
        if (last)
            y += (wide ? 20 : 40) + (last->rank != d->at[i].rank ? 7 : 0);
        r->y[i] = floor(y) + .5;
        r->bottom = y + 12;
        last = &d->at[i];
        if (wide)
            r->names = fmax(r->names, bx_text_width(p, (struct bx_type){12, false, 0}, 210, last->name));
    }
}

static void draw_names(struct bx_pen *p, const struct rows *r)
{
    for (size_t i = 0; i < r->d->n; i++)
        if (r->shown[i]) {
            struct bx_type type = {12, false, r->d->at[i].rank ? p->t->ink : p->t->ink2};
            double y = r->wide ? r->y[i] : r->y[i] - 16;
            double w = bx_text_width(p, type, r->wide ? 210 : p->width - 4, r->d->at[i].name);
            if (!r->wide)
                bx_plate(p, (struct bx_rect){0, y - 7, w + 3, y + 7});
            bx_text(p, type, BX_LEFT, 0, y, r->wide ? 210 : p->width - 4, r->d->at[i].name);
        }
}

static void draw_hidden(struct bx_pen *p, const struct rows *r, double y)
{
    if (!r->hidden)
        return;
    char text[80];
    snprintf(text, sizeof text, "%zu more models are in the table only.", r->hidden);
    bx_text(p, (struct bx_type){r->size, false, p->t->ink2}, BX_LEFT, 0, y, p->width, text);
}

static double foot(const struct rows *r)
{
    return r->bottom + 24 + (r->hidden ? 20 : 0);
}

/* One panel: its head, its grid, its stems from 0, its column of numbers. */
static void draw_panel(struct bx_pen *p, const struct rows *r, int s, double x0, double x1, double numbers, const struct bx_axis *scale)
{
    struct bx_axis x = *scale;
    x.at_lo = x0;
    x.at_hi = x1 - numbers;
    const struct bx_type bold = {r->size, true, p->t->ink}, note = {r->size, false, p->t->ink3};
    double w = bx_text(p, bold, BX_LEFT, x0, 8, 0, sizes[s].name);
    if (r->wide)
        bx_text(p, note, BX_LEFT, x0 + w + 8, 8, 0, sizes[s].limits);
    else
        bx_text(p, note, BX_LEFT, x0, 22, 0, sizes[s].limits);
    bx_hline(p, p->t->ink, x0, x1, r->top - 8);
    char text[BX_NUMBER];
    for (size_t i = 0; i < x.n; i++) {
        double at = bx_axis_at(&x, x.tick[i]);
        bx_vline(p, p->t->rule, at, r->top, r->bottom);
        bx_text(p, note, i ? BX_CENTRE : BX_LEFT, i ? bx_snap(at) : at, r->bottom + 13, 0, bx_tick_text(text, x.tick[i], x.decimals));
    }
    for (size_t i = 0; i < r->d->n; i++) {
        if (!r->shown[i])
            continue;
        double v = r->d->at[i].v[s], y = r->y[i];
        bool best = bx_size_best(r->d, i, s);
        if (isfinite(v)) {
            double at = bx_axis_at(&x, v * 100);
            bx_line(p, best ? p->t->link : bx_mix(p->t->ink3, p->t->paper, .45), best ? 1.5 : 1.25, x0, y, at, y);
            bx_dot(p, best ? p->t->link : p->t->ink3, at, y, best ? 4 : 3);
        }
        bx_percent(text, v);
        const struct bx_type number = {r->size, best, best ? p->t->ink : p->t->ink2};
        if (best) {
            double nw = bx_text_width(p, number, 0, text);
            bx_stroke_rect(p, p->t->ink, 1.5, (struct bx_rect){floor(x1 - nw - 4) + .25, y - 9.25, x1 + 3.25, y + 8.75});
        }
        bx_text(p, number, BX_RIGHT, x1, y, 0, text);
    }
}

bool bx_draw_map_by_size(struct bx_pen *p, bool wide, const struct bx_plot_by_size *d, struct bx_err *e)
{
    double width = wide ? BX_WIDE_PX : BX_NARROW_PX, top = 0;
    for (size_t i = 0; i < d->n; i++)
        for (int s = 0; s < 3; s++)
            if (isfinite(d->at[i].v[s]))
                top = fmax(top, fmin(100, d->at[i].v[s] * 100));
    if (!d->n)
        return bx_draw_nothing(p, width, "No model has numbers yet.", e);
    struct bx_arena a = {0};
    struct rows r;
    rows_make(p, &r, d, wide, wide ? 28 : 42, &a);
    struct bx_axis scale = {.lo = 0, .hi = top > 0 ? top : 100};
    bx_axis_ticks(&scale, wide ? 6 : 4);
    double x0 = wide ? ceil(fmax(r.names + 20, 110)) : 0, gap = wide ? 26 : 16;
    double panel = floor((width - 4 - x0 - 2 * gap) / 3);
    bool ok = bx_pen_begin(p, width, foot(&r), e);
    for (int s = 0; s < 3 && ok; s++) {
        double left = x0 + s * (panel + gap);
        draw_panel(p, &r, s, left, left + panel, wide ? 44 : 36, &scale);
    }
    if (ok) {
        draw_names(p, &r);
        draw_hidden(p, &r, r.bottom + 32);
    }
    bx_arena_release(&a);
    return ok;
}

static struct bx_rect square(double x, double y, int s)
{
    static const double side[] = {6, 9, 12};
    return (struct bx_rect){x - side[s] / 2, y - side[s] / 2, x + side[s] / 2, y + side[s] / 2};
}

static void draw_square(struct bx_pen *p, double x, double y, int s, bool best)
{
    struct bx_rect q = square(x, y, s);
    if (best) {
        bx_fill_rect(p, p->t->paper, (struct bx_rect){q.x0 - 1, q.y0 - 1, q.x1 + 1, q.y1 + 1});
        bx_fill_rect(p, p->t->link, q);
    } else
        bx_stroke_rect(p, p->t->ink2, 1.25, (struct bx_rect){q.x0 + .625, q.y0 + .625, q.x1 - .625, q.y1 - .625});
}

static void draw_f1_legend(struct bx_pen *p, double x)
{
    static const char *const names[] = {"small", "medium", "large"};
    for (int s = 0; s < 3; s++) {
        draw_square(p, x + 6, 8.5, s, false);
        x += 16 + bx_text(p, (struct bx_type){12, false, p->t->ink2}, BX_LEFT, x + 16, 8, 0, names[s]) + 18;
    }
}

static void draw_f1_row(struct bx_pen *p, const struct rows *r, size_t i, const struct bx_axis *x)
{
    const struct bx_plot_size_row *row = &r->d->at[i];
    double y = r->y[i], from = INFINITY, to = -INFINITY, at[3];
    struct bx_layout place = {.frame = {x->at_lo - 8, y - 12, p->width, y + 12}};
    for (int s = 0; s < 3; s++) {
        at[s] = isfinite(row->v[s]) ? bx_axis_at(x, row->v[s] * 100) : NAN;
        if (isfinite(at[s])) {
            from = fmin(from, at[s]), to = fmax(to, at[s]);
            bx_layout_mark(&place, square(at[s], y, s));
        }
    }
    if (to > from)
        bx_line(p, bx_mix(p->t->ink3, p->t->paper, .45), 1.25, from, y, to, y);
    for (int s = 2; s >= 0; s--)
        if (isfinite(at[s])) {
            if (!bx_size_best(r->d, i, s))
                continue;
            char text[BX_NUMBER];
            const struct bx_type type = {r->size, true, p->t->ink};
            double w = bx_text_width(p, type, 0, bx_percent(text, row->v[s]));
            struct bx_rect q = square(at[s], y, s);
            for (int side = 0; side < 2; side++) {
                struct bx_rect box = bx_text_box(type, side ? q.x0 - w - 6 : q.x1 + 6, y, w);
                if (!isfinite(bx_layout_cost(&place, box, true)))
                    continue;
                bx_layout_label(&place, box);
                bx_plate(p, (struct bx_rect){side ? box.x0 : q.x1, box.y0, side ? q.x0 : box.x1, box.y1}); /* no stub of line before it */
                bx_text(p, type, BX_LEFT, box.x0 + 2, y, 0, text);
                break;
            }
        }
    for (int s = 2; s >= 0; s--)
        if (isfinite(at[s]))
            draw_square(p, at[s], y, s, bx_size_best(r->d, i, s));
    if (!(to >= from))
        bx_text(p, (struct bx_type){r->size, false, p->t->ink3}, BX_LEFT, x->at_lo + 4, y, 0, "no value");
    bx_layout_free(&place);
}

bool bx_draw_f1_by_size(struct bx_pen *p, bool wide, const struct bx_plot_by_size *d, struct bx_err *e)
{
    double width = wide ? BX_WIDE_PX : BX_NARROW_PX, lo = INFINITY, hi = -INFINITY;
    for (size_t i = 0; i < d->n; i++)
        for (int s = 0; s < 3; s++)
            if (isfinite(d->at[i].v[s]))
                lo = fmin(lo, fmax(0, d->at[i].v[s] * 100)), hi = fmax(hi, fmin(100, d->at[i].v[s] * 100));
    if (!d->n)
        return bx_draw_nothing(p, width, "No model has numbers yet.", e);
    if (!(lo <= hi && lo <= 100 && hi >= 0))
        lo = 0, hi = 100;
    struct bx_arena a = {0};
    struct rows r;
    bool tall = d->n > 24; /* then the ticks stand above too */
    rows_make(p, &r, d, wide, tall ? 38 : 24, &a);
    struct bx_axis x = {0};
    bx_axis_around(&x, lo, hi, .02, 0, 100, wide ? 6 : 5);
    x.at_lo = wide ? ceil(fmax(r.names + 20, 110)) : 8;
    x.at_hi = width - (wide ? 44 : 36);
    bool ok = bx_pen_begin(p, width, foot(&r), e);
    if (ok) {
        char text[BX_NUMBER];
        draw_f1_legend(p, wide ? x.at_lo : 0);
        for (size_t i = 0; i < x.n; i++) {
            double at = bx_axis_at(&x, x.tick[i]);
            const struct bx_type tick = {r.size, false, p->t->ink3};
            bx_vline(p, p->t->rule, at, r.top, r.bottom);
            bx_tick_text(text, x.tick[i], x.decimals);
            bx_text(p, tick, BX_CENTRE, bx_snap(at), r.bottom + 13, 0, text);
            if (tall)
                bx_text(p, tick, BX_CENTRE, bx_snap(at), r.top - 10, 0, text);
        }
        draw_names(p, &r);
        for (size_t i = 0; i < d->n; i++)
            if (r.shown[i])
                draw_f1_row(p, &r, i, &x);
        draw_hidden(p, &r, r.bottom + 32);
    }
    bx_arena_release(&a);
    return ok;
}
