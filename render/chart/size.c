/* size.c: mAP and F1 by object size, a row a model. */
#include "render/chart/size.h"
#include "core/base/text.h"
#include "render/chart/words.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *limits;
} sizes[3] = {{"Small", "under 32² px"}, {"Medium", "32²–96² px"}, {"Large", "over 96² px"}};

/* Where the rows stand. Wide: the name left of its marks. Narrow: above them, so that no name is cut and stems keep a length. */
struct rows {
    const struct bx_plot_by_size *d;
    bool wide;
    double size;        /* of text */
    double names;       /* width of the column of names; 0 when narrow */
    double top, bottom; /* of the area of marks */
    double *y;          /* middle of row i's marks */
};

static void rows_make(struct bx_pen *p, struct rows *r, const struct bx_plot_by_size *d, bool wide, double top, struct bx_arena *a)
{
    *r = (struct rows){.d = d, .wide = wide, .size = wide ? 12 : 11, .top = top};
    r->y = BX_NEW(a, double, d->n);
    double y = top + (wide ? 14 : 26);
    const struct bx_plot_size_row *last = NULL;
    for (size_t i = 0; i < d->n; i++) {
        if (last)
            y += (wide ? 20 : 40) + (last->rank != d->at[i].rank ? 7 : 0);
        r->y[i] = floor(y) + .5;
        r->bottom = y + 12;
        last = &d->at[i];
        if (wide)
            r->names = fmax(r->names, bx_text_width(p, (struct bx_type){.size = 12}, 210, bx_size_label(last)));
    }
}

static void draw_names(struct bx_pen *p, const struct rows *r)
{
    for (size_t i = 0; i < r->d->n; i++) {
        struct bx_type type = {12, false, r->d->at[i].rank ? p->t->ink : p->t->ink2};
        double y = r->wide ? r->y[i] : r->y[i] - 16;
        double w = bx_text_width(p, type, r->wide ? 210 : p->width - 4, bx_size_label(&r->d->at[i]));
        if (!r->wide)
            bx_plate(p, (struct bx_rect){0, y - 7, w + 3, y + 7});
        bx_text(p, type, BX_LEFT, 0, y, r->wide ? 210 : p->width - 4, bx_size_label(&r->d->at[i]));
    }
}

static double foot(const struct rows *r)
{
    return r->bottom + 24;
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
    if (d->n > BX_SIZE_ROWS)
        return bx_draw_spread(p, wide, d, "mAP", e);
    double width = wide ? BX_WIDE_PX : BX_NARROW_PX, top = 0;
    for (size_t i = 0; i < d->n; i++)
        for (int s = 0; s < 3; s++)
            if (isfinite(d->at[i].v[s]))
                top = fmax(top, fmin(100, d->at[i].v[s] * 100));
    if (!d->n)
        return bx_pen_nothing(p, width, "No model has numbers yet.", e);
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
    if (ok)
        draw_names(p, &r);
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
    struct bx_taken place = {.frame = {x->at_lo - 8, y - 12, p->width, y + 12}};
    for (int s = 0; s < 3; s++) {
        at[s] = isfinite(row->v[s]) ? bx_axis_at(x, row->v[s] * 100) : NAN;
        if (isfinite(at[s])) {
            from = fmin(from, at[s]), to = fmax(to, at[s]);
            bx_taken_mark(&place, square(at[s], y, s));
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
                if (!isfinite(bx_taken_cost(&place, box, true)))
                    continue;
                bx_taken_label(&place, box);
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
    bx_taken_free(&place);
}

bool bx_draw_f1_by_size(struct bx_pen *p, bool wide, const struct bx_plot_by_size *d, struct bx_err *e)
{
    if (d->n > BX_SIZE_ROWS)
        return bx_draw_spread(p, wide, d, "F1", e);
    double width = wide ? BX_WIDE_PX : BX_NARROW_PX, lo = INFINITY, hi = -INFINITY;
    for (size_t i = 0; i < d->n; i++)
        for (int s = 0; s < 3; s++)
            if (isfinite(d->at[i].v[s]))
                lo = fmin(lo, fmax(0, d->at[i].v[s] * 100)), hi = fmax(hi, fmin(100, d->at[i].v[s] * 100));
    if (!d->n)
        return bx_pen_nothing(p, width, "No model has numbers yet.", e);
    if (!(lo <= hi && lo <= 100 && hi >= 0))
        lo = 0, hi = 100;
    struct bx_arena a = {0};
    struct rows r;
    rows_make(p, &r, d, wide, 24, &a);
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
        }
        draw_names(p, &r);
        for (size_t i = 0; i < d->n; i++)
            draw_f1_row(p, &r, i, &x);
    }
    bx_arena_release(&a);
    return ok;
}

/* ---- words ---- */

/* Who is best at a size: the models that show the best number. */
struct leader {
    const char *who; /* NULL: nobody has a value */
    size_t n, first;
    double v;
};

static struct leader leader_of(const struct bx_plot_by_size *d, int s, struct bx_arena *a)
{
    struct leader l = {.v = bx_size_top(d, s)};
    size_t second = 0;
    for (size_t i = 0; i < d->n && isfinite(l.v); i++)
        if (bx_size_best(d, i, s)) {
            if (l.n == 0)
                l.first = i;
            if (l.n == 1)
                second = i;
            l.n++;
        }
    if (l.n == 1)
        l.who = bx_name_of(d->at[l.first].name);
    else if (l.n == 2)
        l.who = bx_printf(a, "%s and %s", bx_name_of(d->at[l.first].name), bx_name_of(d->at[second].name));
    else if (l.n)
        l.who = bx_printf(a, "%s models", bx_count_word(a, l.n, false));
    return l;
}

static bool same_leader(const struct leader *x, const struct leader *y)
{
    return x->n == y->n && x->first == y->first && x->who && y->who && !strcmp(x->who, y->who);
}

static const char *leads(const struct leader *l)
{
    return l->n == 1 ? "leads" : "lead";
}

static char *size_leads(const struct leader l[3], struct bx_arena *a)
{
    int with[3], n = 0;
    for (int s = 0; s < 3; s++)
        if (l[s].who)
            with[n++] = s;
    if (!n)
        return bx_strdup(a, "No model has numbers by object size");
    const struct leader *x = &l[with[0]], *y = n > 1 ? &l[with[1]] : NULL, *z = n > 2 ? &l[with[2]] : NULL;
    if (n == 1)
        return bx_printf(a, "%s %s on %s objects", x->who, leads(x), bx_size_word(with[0]));
    if (same_leader(x, y) && (!z || same_leader(x, z)))
        return bx_printf(a, n == 3 ? "%s %s at every size" : "%s %s on both sizes", x->who, leads(x));
    if (!z)
        return bx_printf(a, "%s %s on %s objects, %s on %s", x->who, leads(x), bx_size_word(with[0]), y->who, bx_size_word(with[1]));
    for (int odd = 0; odd < 3; odd++) { /* two sizes have the same leader */
        const struct leader *o = &l[odd], *p = &l[(odd + 1) % 3], *q = &l[(odd + 2) % 3];
        if (same_leader(p, q))
            return bx_printf(a, "%s %s on %s objects, %s on the others", o->who, leads(o), bx_size_word(odd), p->who);
    }
    return bx_printf(a, "%s %s on small objects, %s on medium, %s on large", x->who, leads(x), y->who, z->who);
}

/* Where nobody leads: nothing was found by anybody, or there is one model alone. NULL otherwise. */
static char *few_lead(const struct bx_plot_by_size *d, const struct leader l[3], struct bx_arena *a)
{
    double top = NAN;
    for (int s = 0; s < 3; s++)
        top = fmax(top, l[s].v);
    if (isfinite(top) && top < .0005)
        return bx_strdup(a, d->n == 1 ? "The one model has 0.0 at every size" : "Every model has 0.0 at every size");
    if (d->n != 1 || !isfinite(top))
        return NULL;
    struct bx_buf b = {0};
    for (int s = 0; s < 3; s++)
        if (l[s].who)
            bx_buf_addf(&b, "%s %s on %s", b.n ? "," : l[s].who, bx_percent_text(a, l[s].v), bx_size_word(s));
    bx_buf_adds(&b, " objects");
    return bx_keep(a, &b);
}

/* The least any ranked model loses from large objects to small, as a share; NaN when fewer than two can be compared. */
static double least_loss(const struct bx_plot_by_size *d)
{
    double least = INFINITY;
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct bx_plot_size_row *r = &d->at[i];
        if (!r->rank || !isfinite(r->v[BX_PLOT_SMALL]) || !isfinite(r->v[BX_PLOT_LARGE]) || !(r->v[BX_PLOT_LARGE] > 0))
            continue;
        least = fmin(least, 1 - r->v[BX_PLOT_SMALL] / r->v[BX_PLOT_LARGE]);
        n++;
    }
    return n > 1 ? least : NAN;
}

static void capital(char *s)
{
    if (*s >= 'a' && *s <= 'z' && (!strncmp(s, "two ", 4) || !strncmp(s, "three ", 6) || strstr(s, " models lead")))
        *s = (char)(*s - 'a' + 'A');
}

static void words_by_size(const struct bx_plot_by_size *d, bool f1, struct bx_arena *a, struct bx_chart_words *w)
{
    struct leader l[3];
    for (int s = 0; s < 3; s++)
        l[s] = leader_of(d, s, a);
    char *leading = few_lead(d, l, a);
    if (!leading) {
        bool values = l[0].who || l[1].who || l[2].who;
        for (int s = 0; s < 3; s++) /* nobody leads with 0.0, or by a handful of images */
            if (d->few[s] || !(l[s].v >= .0005))
                l[s] = (struct leader){0};
        leading = values && !l[0].who && !l[1].who && !l[2].who ? bx_strdup(a, f1 ? "F1 by object size" : "mAP by object size")
                                                                : size_leads(l, a);
    }
    if (l[0].n > 2 || l[1].n > 2 || l[2].n > 2)
        capital(leading);
    double loss = f1 && !d->few[0] && !d->few[2] ? floor(least_loss(d) * 20 + 1e-9) * 5 : NAN;
    w->title = f1 ? "F1 by object size" : "mAP by object size";
    if (loss >= 10)
        w->finding = bx_printf(a, "%s; every model loses %.0f%% or more from large objects to small.", leading, loss);
    else
        w->finding = bx_printf(a, "%s.", leading);
    struct bx_buf b = {0};
    int small, large;
    if (d->n > BX_SIZE_ROWS && bx_size_ends(d, &small, &large))
        bx_buf_addf(&b, "%s in percent on %s objects against that on %s ones, for %zu models. %s", f1 ? "F1" : "mAP 50:95",
                    bx_size_word(large), bx_size_word(small), d->n, w->finding);
    else
        bx_buf_addf(&b, "%s in percent of %zu model%s on small, medium and large objects. %s", f1 ? "F1" : "mAP 50:95", d->n,
                    bx_plural(d->n), w->finding);
    int n = 0;
    for (int s = 0; s < 3; s++)
        if (l[s].who)
            bx_buf_addf(&b, "%s %s %s (%s)", n++ ? "," : " Best:", bx_size_word(s), bx_percent_text(a, l[s].v), l[s].who);
    bx_buf_adds(&b, n ? "." : "");
    w->alt = bx_keep(a, &b);
    const char *const head[] = {"Model", "small", "medium", "large"};
    bx_table_make(&w->table, a, head, 4, d->n, true);
    for (size_t i = 0; i < d->n; i++) {
        w->table.rows[i].item = i;
        w->table.rows[i].cells[0] = bx_strdup(a, bx_name_of(d->at[i].name));
        for (int s = 0; s < 3; s++)
            w->table.rows[i].cells[s + 1] = bx_percent_text(a, d->at[i].v[s]);
    }
}

void bx_words_map_by_size(const struct bx_plot_by_size *d, struct bx_arena *a, struct bx_chart_words *w)
{
    words_by_size(d, false, a, w);
}

void bx_words_f1_by_size(const struct bx_plot_by_size *d, struct bx_arena *a, struct bx_chart_words *w)
{
    words_by_size(d, true, a, w);
}
