/* classes.c: precision by recall, a small panel a class, the other classes behind it in grey for scale. */
#include "render/chart/curve.h"
#include "render/chart/kinds.h"
#include "render/chart/words.h"
#include <math.h>
#include <stdlib.h>

enum { PANEL = 152, GAP = 24, PITCH = 170, PLOT = 118, INSET = 22, BEHIND = 12, CLASS_PANELS = 24 };

struct by_ap {
    double ap;
    size_t i;
};

static int compare_ap(const void *a, const void *b)
{
    const struct by_ap *x = a, *y = b;
    if (x->ap != y->ap)
        return x->ap > y->ap ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

/* Best AP first, classes without one last; which of them are drawn. order and shown have n entries. */
static size_t class_order(const struct bx_plot_pr_by_class *d, size_t *order, bool *shown)
{
    struct by_ap *by = bx_xrealloc(NULL, d->n + 1, sizeof *by);
    for (size_t i = 0; i < d->n; i++)
        by[i] = (struct by_ap){isfinite(d->at[i].ap) ? d->at[i].ap : -1, i};
    qsort(by, d->n, sizeof *by, compare_ap);
    size_t n = 0, with = 0;
    while (with < d->n && by[with].ap >= 0)
        with++;
    for (size_t k = 0; k < d->n; k++) {
        order[k] = by[k].i;
        size_t half = CLASS_PANELS / 2;
        shown[by[k].i] = with <= CLASS_PANELS ? k < CLASS_PANELS : k < half || (k >= with - half && k < with);
        n += shown[by[k].i];
    }
    free(by);
    return n;
}

/* Points of one stroke, with a NaN between its lines: a panel is four strokes and not fifty. */
struct stroke {
    double *x, *y;
    size_t n;
};

static void add_point(struct stroke *s, double x, double y)
{
    s->x[s->n] = x;
    s->y[s->n++] = y;
}

static void add_line(struct stroke *s, double x0, double y0, double x1, double y1)
{
    add_point(s, x0, y0);
    add_point(s, x1, y1);
    add_point(s, NAN, NAN);
}

static void add_curve(struct stroke *s, const struct bx_plot_curve *c, double x0, double y0, double width)
{
    double *x = s->x + s->n, *y = s->y + s->n;
    size_t n = c->n;
    while (n > 1 && !(bx_curve_has(c, n - 1) && c->y[n - 1] > 0))
        n--;
    for (size_t i = 0; i < n; i++) {
        x[i] = x0 + (PANEL - INSET) * fmin(1, fmax(0, bx_curve_x(c, i)));
        y[i] = bx_curve_has(c, i) ? y0 + PLOT * (1 - fmin(1, c->y[i])) + .5 : NAN;
    }
    s->n += bx_thin(x, y, n, width / 10);
    add_point(s, NAN, NAN);
}

static struct stroke room(const struct bx_plot_pr_by_class *d, const size_t *which, size_t n, struct bx_arena *a)
{
    size_t points = 0;
    for (size_t i = 0; i < n; i++)
        points += d->at[which[i]].precision.n + 1;
    return (struct stroke){BX_NEW(a, double, points), BX_NEW(a, double, points), 0};
}

static void draw_stroke(struct bx_pen *p, struct bx_colour colour, double width, const struct stroke *s)
{
    bx_polyline(p, colour, width, NULL, 0, s->x, s->y, s->n);
}

/* "50"; nothing for an IoU that is none. */
static const char *iou_digits(char out[8], double iou)
{
    snprintf(out, 8, "%.0f", iou * 100);
    return iou >= 0 && iou <= 1 ? out : "";
}

static void draw_panel(struct bx_pen *p, const struct bx_plot_pr_by_class *d, size_t i, double x, double y, const size_t *behind,
                       size_t nbehind)
{
    const struct bx_type tick = {11, false, p->t->ink3}, note = {12, false, p->t->ink2};
    static const char *const names[] = {"0", ".5", "1"};
    struct bx_arena a = {0};
    char ap[64], value[BX_NUMBER], iou[8];
    snprintf(ap, sizeof ap, "AP%s %s", iou_digits(iou, d->iou), bx_percent(value, d->at[i].ap));
    double w = bx_text(p, note, BX_RIGHT, x + PANEL, y + 8, 0, ap);
    bx_text(p, (struct bx_type){12, true, p->t->ink}, BX_LEFT, x, y + 8, PANEL - w - 8, d->at[i].name);
    double left = x + INSET, top = y + 24, bottom = top + PLOT;
    double rules[2][6], inks[2][12];
    struct stroke rule = {rules[0], rules[1], 0}, ink = {inks[0], inks[1], 0}, grey = room(d, behind, nbehind, &a),
                  own = room(d, &i, 1, &a);
    for (int k = 0; k < 3; k++) {
        double ty = bottom - PLOT * k / 2., tx = left + (PANEL - INSET) * k / 2.;
        if (k)
            add_line(&rule, left, bx_snap(ty), x + PANEL, bx_snap(ty));
        double tick_x = bx_snap(fmin(tx, x + PANEL - 1));
        add_line(&ink, tick_x, bottom, tick_x, bottom + 4.5);
        bx_text(p, tick, BX_RIGHT, left - 7, ty + .5, 0, names[k]);
        bx_text(p, tick, k == 0 ? BX_LEFT : k == 1 ? BX_CENTRE : BX_RIGHT, tx, bottom + 12, 0, names[k]);
    }
    add_line(&ink, left, bx_snap(bottom), x + PANEL, bx_snap(bottom));
    for (size_t k = 0; k < nbehind; k++) /* its own too, which is drawn over: the same lines in every panel are written once */
        add_curve(&grey, &d->at[behind[k]].precision, left, top, .75);
    draw_stroke(p, p->t->rule, 1, &rule);
    draw_stroke(p, p->t->rule1, .75, &grey);
    draw_stroke(p, p->t->ink, 1, &ink);
    if (bx_curve_empty(&d->at[i].precision))
        bx_text(p, (struct bx_type){11, false, p->t->ink3}, BX_CENTRE, left + (PANEL - INSET) / 2., top + PLOT / 4. + 2, 0, "no object");
    else {
        add_curve(&own, &d->at[i].precision, left, top, 2);
        draw_stroke(p, p->t->link, 2, &own);
    }
    bx_arena_release(&a);
}

bool bx_draw_pr_by_class(struct bx_pen *p, bool wide, const struct bx_plot_pr_by_class *d, struct bx_err *e)
{
    double width = wide ? BX_WIDE_PX : BX_NARROW_PX;
    size_t across = wide ? 4 : 2;
    if (!d->n)
        return bx_pen_nothing(p, width, "There is no class with a precision–recall curve.", e);
    struct bx_arena a = {0};
    size_t *order = BX_NEW(&a, size_t, d->n), behind[BEHIND], nbehind = 0;
    bool *shown = BX_NEW(&a, bool, d->n);
    size_t n = class_order(d, order, shown), lines = (n + across - 1) / across;
    /* Grey lines: all classes, or as many evenly spread by AP. */
    for (size_t k = 0; k < BEHIND && k < d->n; k++)
        behind[nbehind++] = order[d->n <= BEHIND ? k : k * (d->n - 1) / (BEHIND - 1)];
    bool ok = bx_pen_begin(p, width, (double)(lines * PITCH) - 6 + (n < d->n ? 20 : 0), e);
    size_t at = 0;
    for (size_t k = 0; k < d->n && ok; k++)
        if (shown[order[k]]) {
            draw_panel(p, d, order[k], (double)(at % across) * (PANEL + GAP), (double)(at / across) * PITCH, behind, nbehind);
            at++;
        }
    if (ok && n < d->n) {
        char text[120];
        snprintf(text, sizeof text, "The %zu best and the %zu worst of %zu classes.", n / 2, n - n / 2, d->n);
        bx_text(p, (struct bx_type){12, false, p->t->ink2}, BX_LEFT, 0, p->height - 9, width, text);
    }
    bx_arena_release(&a);
    return ok;
}

void bx_words_pr_by_class(const struct bx_plot_pr_by_class *d, struct bx_arena *a, struct bx_chart_words *w)
{
    size_t *order = BX_NEW(a, size_t, d->n), with = 0;
    class_order(d, order, BX_NEW(a, bool, d->n));
    while (with < d->n && isfinite(d->at[order[with]].ap))
        with++;
    char iou[8];
    const char *ap = bx_printf(a, "AP%s", iou_digits(iou, d->iou));
    w->title = "Precision and recall by class";
    if (!with)
        w->finding = "No class has a precision–recall curve.";
    else {
        size_t first = 0, last = with - 1; /* of those that enough images have */
        while (first < with && d->at[order[first]].few)
            first++;
        while (last > first && d->at[order[last]].few)
            last--;
        const bool none = first == with;
        const struct bx_plot_class *best = &d->at[order[none ? 0 : first]], *worst = &d->at[order[none ? 0 : last]];
        const char *high = bx_percent_text(a, best->ap), *low = bx_percent_text(a, worst->ap);
        w->finding = none && with > 1             ? bx_printf(a, "%s by class: none is on enough images to compare by.", ap)
                     : with == 1 || first == last ? bx_printf(a, "%s: %s %s.", bx_name_of(best->name), ap, high)
                     : !strcmp(high, low)         ? bx_printf(a, "Every class has %s %s.", ap, high)
                                                  : bx_printf(a, "Best at %s (%s %s), worst at %s (%s).", bx_name_of(best->name), ap, high,
                                                              bx_name_of(worst->name), low);
    }
    w->alt = bx_printf(a, "Precision against recall at IoU %s, a small plot for each of %zu class%s, best first. %s",
                       bx_iou_text(a, d->iou), d->n, d->n == 1 ? "" : "es", w->finding);
    const char *const head[] = {"Class", ap, "P at recall .25", "P at .50", "P at .75", "recall up to"};
    bx_table_make(&w->table, a, head, 6, d->n, true);
    for (size_t k = 0; k < d->n; k++) {
        const struct bx_plot_class *c = &d->at[order[k]];
        const char **cells = w->table.rows[k].cells;
        w->table.rows[k].item = order[k];
        cells[0] = bx_name_of(c->name);
        cells[1] = bx_percent_text(a, c->ap);
        for (size_t q = 1; q < 4; q++)
            cells[1 + q] = bx_percent_text(a, bx_curve_at(&c->precision, (double)q / 4));
        double reach = NAN;
        for (size_t i = 0; i < c->precision.n; i++)
            if (bx_curve_has(&c->precision, i) && c->precision.y[i] > 0)
                reach = bx_curve_x(&c->precision, i);
        cells[5] = bx_percent_text(a, reach);
    }
}
