/* scatter.c: accuracy against cost, the Pareto front as a staircase, names beside the points. */
#include "core/base/pareto.h"
#include "core/base/text.h"
#include "render/chart/kinds.h"
#include "render/chart/words.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALL_LABELLED = 40, TOP_LABELLED = 10, LIST_NAMES = 8, LIST_LINE = 18 };

/* What stands at one place: a model, or several that are equal there. */
struct mark {
    const struct bx_plot_point *of; /* the first of them */
    double x, y, lo, hi;            /* px; lo and hi NaN without an interval */
    size_t n;
    bool front, labelled, placed, leader;
    struct bx_rect label;
    const char *text, *names; /* the label; whose it is */
    bool listed;              /* on the front and without room for the names: the label is a number, and they stand under the plot */
};

/* What a cost is called. */
struct cost_names {
    const char *title, *axis, *head, *unit, *their, *least, *none;
};
static const struct cost_names *cost_names(enum bx_plot_cost cost)
{
    static const struct cost_names names[] = {
        {"Accuracy and latency", "latency, ms per image", "ms", "ms", "for their time", "needs the least time",
         "No model has a latency from this machine yet."},
        {"Accuracy and parameters", "parameters, millions", "M par.", "M", "for their size", "is the smallest",
         "No model states its parameters."},
        {"Accuracy and operations", "operations, GFLOP per image", "GFLOP", "GFLOP", "for their operations", "needs the fewest operations",
         "No model states its operations."},
    };
    return &names[(size_t)cost < 3 ? cost : 0];
}

/* Has an x > 0 and a y. */
static bool point_shown(const struct bx_plot_point *q)
{
    return isfinite(q->x) && q->x > 0 && isfinite(q->y);
}

struct by_cost {
    const struct bx_plot_point *q;
    size_t i;
};

static int compare_cost(const void *a, const void *b)
{
    const struct by_cost *x = a, *y = b;
    if (x->q->x != y->q->x)
        return x->q->x < y->q->x ? -1 : 1;
    if (x->q->y != y->q->y)
        return x->q->y > y->q->y ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

void bx_chart_front(const struct bx_plot_point *at, size_t n, bool *on)
{
    double *cost = bx_xrealloc(NULL, 2 * n + 1, sizeof *cost), *value = cost + n;
    for (size_t i = 0; i < n; i++)
        cost[i] = at[i].x, value[i] = at[i].y;
    bx_pareto(cost, value, n, on);
    free(cost);
}

/* The order in which labels get their place: the front, then by accuracy. */
static int compare_importance(const void *a, const void *b)
{
    const struct mark *x = *(struct mark *const *)a, *y = *(struct mark *const *)b;
    if (x->front != y->front)
        return x->front ? -1 : 1;
    if (x->of->y != y->of->y)
        return x->of->y > y->of->y ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int compare_accuracy(const void *a, const void *b)
{
    const struct mark *x = *(struct mark *const *)a, *y = *(struct mark *const *)b;
    if (x->of->y != y->of->y)
        return x->of->y > y->of->y ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool has_interval(const struct bx_plot_point *q)
{
    return isfinite(q->lo) && isfinite(q->hi) && q->lo <= q->hi;
}

static void make_axes(const struct bx_plot_scatter *d, bool wide, struct bx_axis *x, struct bx_axis *y)
{
    double x0 = INFINITY, x1 = 0, y0 = INFINITY, y1 = -INFINITY;
    for (size_t i = 0; i < d->n; i++) {
        const struct bx_plot_point *q = &d->at[i];
        if (!point_shown(q))
            continue;
        bool interval = has_interval(q);
        x0 = fmin(x0, q->x), x1 = fmax(x1, q->x);
        y0 = fmin(y0, interval ? fmin(q->y, q->lo) : q->y);
        y1 = fmax(y1, interval ? fmax(q->y, q->hi) : q->y);
    }
    bx_axis_around_log(x, x0, x1, wide ? 9 : 6);
    bx_axis_around(y, fmax(0, y0 * 100), fmin(100, y1 * 100), .06, 0, 100, wide ? 7 : 6);
}

/* The staircase's corners; the marks come by cost, so the front is in order. */
static size_t staircase(struct mark *const *front, size_t n, double bottom, double right, double *x, double *y)
{
    size_t m = 0;
    for (size_t k = 0; k < n; k++) {
        x[m] = front[k]->x, y[m++] = k ? front[k - 1]->y : bottom;
        x[m] = front[k]->x, y[m++] = front[k]->y;
    }
    x[m] = right, y[m] = n ? front[n - 1]->y : bottom;
    return m + 1;
}

static void draw_frame(struct bx_pen *p, const struct bx_plot_scatter *d, const struct bx_axis *x, const struct bx_axis *y, double left)
{
    const struct bx_type tick = {12, false, p->t->ink3}, title = {12, false, p->t->ink2};
    char text[BX_NUMBER], name[160];
    snprintf(name, sizeof name, "%.120s, %%", d->metric ? d->metric : "mAP 50:95");
    bx_text(p, title, BX_LEFT, 0, 8, p->width, name);
    for (size_t i = 0; i < y->n; i++) {
        double at = bx_axis_at(y, y->tick[i]);
        if (at < y->at_lo - 1)
            bx_hline(p, p->t->rule, left, p->width, at);
        bx_text(p, tick, BX_RIGHT, left - 8, bx_snap(at), 0, bx_tick_text(text, y->tick[i], y->decimals));
    }
    double free_from = 0;
    for (size_t i = 0; i < x->n; i++) {
        double at = bx_snap(bx_axis_at(x, x->tick[i]));
        bx_vline(p, p->t->ink, at, y->at_lo, y->at_lo + 5.5);
        double w = bx_text_width(p, tick, 0, bx_tick_text(text, x->tick[i], bx_tick_decimals(x, i)));
        double from = fmin(fmax(0, at - w / 2), p->width - w);
        if (from < free_from)
            continue;
        bx_text(p, tick, BX_LEFT, from, y->at_lo + 15, 0, text);
        free_from = from + w + 6;
    }
    bx_hline(p, p->t->ink, left, p->width, y->at_lo);
    snprintf(name, sizeof name, "%s, log scale", cost_names(d->cost)->axis);
    bx_text(p, title, BX_RIGHT, p->width, y->at_lo + 34, p->width, name);
}

/* "better", with its arrow to the upper left, if nothing is in its way. */
static bool place_better(struct bx_pen *p, struct bx_taken *place, double left, double top)
{
    double w = bx_text_width(p, (struct bx_type){.size = 12}, 0, "better");
    struct bx_rect box = {left + 6, top - 6, left + 28 + w, top + 22};
    for (size_t i = 0; i < place->nmarks; i++)
        if (bx_rect_meets(box, place->marks[i]))
            return false;
    for (size_t i = 0; i < place->nlines; i++)
        if (bx_rect_length_inside(box, place->lines[i]) > 0)
            return false;
    bx_taken_label(place, box);
    return true;
}

static void draw_better(struct bx_pen *p, double left, double top)
{
    const struct bx_type type = {12, false, p->t->ink3};
    double x = left + 9.5, y = top - 4.5, w = bx_text_width(p, type, 0, "better");
    bx_plate(p, (struct bx_rect){left + 24, top + 6, left + 28 + w, top + 21});
    bx_line(p, p->t->ink3, 1.25, x, y, x + 14, y + 14);
    bx_line(p, p->t->ink3, 1.25, x, y, x + 7, y);
    bx_line(p, p->t->ink3, 1.25, x, y, x, y + 7);
    bx_text(p, type, BX_LEFT, left + 26, top + 14, 0, "better");
}

static struct bx_type label_type(const struct bx_pen *p, const struct mark *m)
{
    return (struct bx_type){12, m->front, m->front ? p->t->ink : p->t->ink2};
}

static bool place_label(struct bx_pen *p, struct bx_taken *place, struct mark *m, size_t rings, double most)
{
    double w = bx_text_width(p, label_type(p, m), most, m->text);
    m->placed = bx_taken_around(place, m->x, m->y, w + 4, 15, rings, &m->label, &m->leader);
    if (!m->placed)
        return false;
    bx_taken_label(place, m->label);
    if (m->leader) {
        double nx, ny;
        bx_rect_nearest(m->label, m->x, m->y, &nx, &ny);
        bx_taken_line(place, m->x, m->y, nx, ny);
    }
    return true;
}

/* Every model on the front is named: where the names of two do not fit, or there are more, a number stands for them. The number comes
 * first: it must fit. */
static void number_front(struct bx_pen *p, struct bx_taken *place, struct mark *marks, size_t n, struct bx_arena *a)
{
    size_t number = 0;
    for (size_t i = 0; i < n; i++) {
        struct mark *m = &marks[i];
        if (!m->front || m->placed)
            continue;
        m->text = bx_printf(a, "%zu", ++number);
        m->listed = true;
        if (!place_label(p, place, m, BX_RINGS, 0)) { /* on top of what is there */
            double w = bx_text_width(p, label_type(p, m), 0, m->text) + 4, left = fmin(m->x + 7, place->frame.x1 - w);
            m->label = (struct bx_rect){left, m->y - 7.5, left + w, m->y + 7.5};
            m->placed = true;
        }
    }
}

static void place_labels(struct bx_pen *p, struct bx_taken *place, struct mark *marks, size_t n, double most, struct bx_arena *a)
{
    struct mark **order = BX_NEW(a, struct mark *, n);
    for (size_t i = 0; i < n; i++)
        order[i] = &marks[i];
    qsort(order, n, sizeof *order, compare_accuracy);
    for (size_t k = 0; k < n; k++)
        order[k]->labelled = n <= ALL_LABELLED || order[k]->front || order[k]->n > 1 || k < TOP_LABELLED;
    qsort(order, n, sizeof *order, compare_importance);
    size_t k = 0;
    for (; k < n && order[k]->front; k++)
        if (order[k]->n <= 2)
            place_label(p, place, order[k], BX_RINGS, (double)order[k]->n * most);
    number_front(p, place, marks, n, a);
    for (; k < n; k++) {
        struct mark *m = order[k];
        size_t rings = n <= ALL_LABELLED ? 5 : 4;
        if (!m->labelled || (m->n <= 2 && place_label(p, place, m, rings, (double)m->n * most)) || m->n == 1)
            continue;
        m->text = bx_printf(a, "%zu models", m->n);
        place_label(p, place, m, rings, most);
    }
}

/* The list of numbers under the plot: as many columns as there is room for. Draws unless p has no surface yet; returns its height. */
static double number_list(struct bx_pen *p, const struct mark *marks, size_t n, double width, double top)
{
    const struct bx_type bold = {12, true, p->t->ink}, plain = {12, false, p->t->ink2};
    size_t listed = 0, columns = width > BX_NARROW_PX ? 3 : 1;
    double column = (width - 24 * (double)(columns - 1)) / (double)columns;
    for (size_t i = 0; i < n; i++)
        if (marks[i].listed && marks[i].n > 1)
            columns = 1, column = width; /* several names in one entry */
    for (size_t i = 0; i < n; i++) {
        if (!marks[i].listed)
            continue;
        double x = (double)(listed % columns) * (column + 24), y = top + LIST_LINE * (double)(listed / columns) + LIST_LINE / 2.;
        if (p->cr) {
            bx_text(p, bold, BX_RIGHT, x + 16, y, 0, marks[i].text);
            bx_text(p, plain, BX_LEFT, x + 24, y, column - 24, marks[i].names);
        }
        listed++;
    }
    return listed ? LIST_LINE * (double)((listed + columns - 1) / columns) + 8 : 0;
}

static void draw_marks(struct bx_pen *p, const struct mark *marks, size_t n, double most)
{
    for (size_t i = 0; i < n; i++)
        if (marks[i].placed) {
            if (marks[i].leader) {
                double nx, ny;
                bx_rect_nearest(marks[i].label, marks[i].x, marks[i].y, &nx, &ny);
                bx_line(p, p->t->ink3, .75, marks[i].x, marks[i].y, nx, ny);
            }
            struct bx_rect plate = marks[i].label;
            bx_plate(p, (struct bx_rect){plate.x0, plate.y0 + 1, plate.x1, plate.y1 - 1}); /* no line that just passes is cut */
        }
    for (int front = 0; front < 2; front++) /* the front on top */
        for (size_t i = 0; i < n; i++) {
            const struct mark *m = &marks[i];
            if (m->front != front)
                continue;
            if (m->front)
                bx_dot(p, p->t->link, m->x, m->y, 4.5);
            else
                bx_ring(p, p->t->ink3, 1.5, m->x, m->y, 4.5);
        }
    for (size_t i = 0; i < n; i++)
        if (marks[i].placed)
            bx_text(p, label_type(p, &marks[i]), BX_LEFT, marks[i].label.x0 + 2, (marks[i].label.y0 + marks[i].label.y1) / 2,
                    most * (double)marks[i].n, marks[i].text);
}

/* Equal points are one mark. One that the front hides steps aside. */
static bool join(struct mark *marks, size_t n, struct mark *new, struct bx_arena *a)
{
    for (size_t i = n; i-- > 0 && marks[i].x > new->x - 6;) {
        struct mark *m = &marks[i];
        if (m->x != new->x || m->y != new->y)
            continue;
        if (m->front != new->front) {
            *(m->front ? &new->x : &m->x) += 5;
            continue;
        }
        if (++m->n <= LIST_NAMES)
            m->names = bx_printf(a, "%s, %s", m->names, new->names);
        return true;
    }
    return false;
}

/* The drawn points, by cost, in px. */
static size_t make_marks(struct bx_pen *p, const struct bx_plot_scatter *d, const struct bx_axis *x, const struct bx_axis *y,
                         struct bx_arena *a, struct mark *marks)
{
    bool *on = BX_NEW(a, bool, d->n);
    struct by_cost *order = BX_NEW(a, struct by_cost, d->n);
    bx_chart_front(d->at, d->n, on);
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        if (point_shown(&d->at[i]))
            order[n++] = (struct by_cost){&d->at[i], i};
    qsort(order, n, sizeof *order, compare_cost);
    size_t nmarks = 0;
    for (size_t k = 0; k < n; k++) {
        const struct bx_plot_point *q = order[k].q;
        struct mark new = {.of = q, .front = on[order[k].i], .lo = NAN, .hi = NAN, .n = 1};
        new.x = bx_snap(bx_axis_at(x, q->x));
        new.y = bx_snap(bx_axis_at(y, q->y * 100));
        if (has_interval(q)) {
            new.lo = bx_axis_at(y, q->lo * 100);
            new.hi = bx_axis_at(y, q->hi * 100);
        }
        new.text = new.names = q->label ? q->label : bx_name_of(q->name);
        if (!join(marks, nmarks, &new, a))
            marks[nmarks++] = new;
        bx_pen_spot(p, new.x, new.y, order[k].i);
    }
    for (size_t i = 0; i < nmarks; i++)
        if (marks[i].n > 1) {
            if (marks[i].n > LIST_NAMES)
                marks[i].names = bx_printf(a, "%s and %zu more", marks[i].names, marks[i].n - LIST_NAMES);
            marks[i].text = marks[i].n == 2 ? marks[i].names : bx_printf(a, "%zu models", marks[i].n);
        }
    return nmarks;
}

static void draw_lines(struct bx_pen *p, const struct mark *marks, size_t n, const double *x, const double *y, size_t corners)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(marks[i].lo))
            bx_line(p, bx_mix(marks[i].front ? p->t->link : p->t->ink3, p->t->paper, .35), 1.25, marks[i].x, marks[i].lo, marks[i].x,
                    marks[i].hi);
    bx_polyline(p, p->t->link, 1.25, NULL, 0, x, y, corners);
}

bool bx_draw_scatter(struct bx_pen *p, bool wide, const struct bx_plot_scatter *d, struct bx_err *e)
{
    double width = wide ? BX_WIDE_PX : BX_NARROW_PX, most = wide ? 220 : 140, labels = 0;
    size_t shown = 0, nfront = 0;
    for (size_t i = 0; i < d->n; i++)
        shown += point_shown(&d->at[i]);
    if (!shown)
        return bx_pen_nothing(p, width, cost_names(d->cost)->none, e);
    struct bx_axis x = {0}, y = {0};
    make_axes(d, wide, &x, &y);
    char text[BX_NUMBER];
    for (size_t i = 0; i < y.n; i++)
        labels = fmax(labels, bx_text_width(p, (struct bx_type){.size = 12}, 0, bx_tick_text(text, y.tick[i], y.decimals)));
    y.at_hi = 30;
    y.at_lo = wide ? 392 : 272;
    x.at_lo = ceil(labels) + 12;
    x.at_hi = width;
    struct bx_arena a = {0};
    struct mark *marks = BX_NEW(&a, struct mark, d->n), **front = BX_NEW(&a, struct mark *, d->n);
    size_t n = make_marks(p, d, &x, &y, &a, marks);
    struct bx_taken place = {.frame = {x.at_lo + 1, y.at_hi - 14, width, y.at_lo - 1}};
    for (size_t i = 0; i < n; i++) {
        if (marks[i].front)
            front[nfront++] = &marks[i];
        bx_taken_mark(&place, (struct bx_rect){marks[i].x - 5, marks[i].y - 5, marks[i].x + 5, marks[i].y + 5});
        if (isfinite(marks[i].lo))
            bx_taken_line(&place, marks[i].x, marks[i].lo, marks[i].x, marks[i].hi);
    }
    double *sx = BX_NEW(&a, double, 2 * nfront + 1), *sy = BX_NEW(&a, double, 2 * nfront + 1);
    size_t corners = staircase(front, nfront, bx_snap(y.at_lo), width, sx, sy);
    for (size_t i = 1; i < corners; i++)
        bx_taken_line(&place, sx[i - 1], sy[i - 1], sx[i], sy[i]);
    bool better = place_better(p, &place, x.at_lo, y.at_hi + 8);
    place_labels(p, &place, marks, n, most, &a);
    bool ok = bx_pen_begin(p, width, y.at_lo + 44 + number_list(p, marks, n, width, 0), e);
    if (ok) {
        draw_frame(p, d, &x, &y, x.at_lo);
        draw_lines(p, marks, n, sx, sy, corners);
        if (better)
            draw_better(p, x.at_lo, y.at_hi + 8);
        draw_marks(p, marks, n, most);
        number_list(p, marks, n, width, y.at_lo + 48);
    }
    bx_taken_free(&place);
    bx_arena_release(&a);
    return ok;
}

/* ---- words ---- */

struct entry {
    const struct bx_plot_point *q;
    size_t i;
};

/* By cost; what has none comes last, in the order given. */
static int compare_entry(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    bool sx = point_shown(x->q), sy = point_shown(y->q);
    if (sx != sy)
        return sx ? -1 : 1;
    if (sx && x->q->x != y->q->x)
        return x->q->x < y->q->x ? -1 : 1;
    if (sx && x->q->y != y->q->y)
        return x->q->y > y->q->y ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

struct front {
    const struct bx_plot_scatter *d;
    struct entry *order;
    bool *on;
    size_t shown, n; /* drawn; on the front */
};

static struct front front_of(const struct bx_plot_scatter *d, struct bx_arena *a)
{
    struct front f = {.d = d, .order = BX_NEW(a, struct entry, d->n), .on = BX_NEW(a, bool, d->n)};
    bx_chart_front(d->at, d->n, f.on);
    for (size_t i = 0; i < d->n; i++) {
        f.order[i] = (struct entry){&d->at[i], i};
        f.n += f.on[i];
        f.shown += point_shown(&d->at[i]);
    }
    qsort(f.order, d->n, sizeof *f.order, compare_entry);
    return f;
}

static bool all_zero(const struct front *f)
{
    for (size_t i = 0; i < f->d->n; i++)
        if (point_shown(&f->d->at[i]) && f->d->at[i].y >= .0005)
            return false;
    return true;
}

static const char *scatter_finding(const struct front *f, struct bx_arena *a)
{
    const struct cost_names *c = cost_names(f->d->cost);
    if (!f->shown)
        return c->none;
    const struct bx_plot_point *first = NULL;
    for (size_t k = 0; k < f->d->n && !first; k++)
        if (f->on[f->order[k].i])
            first = f->order[k].q;
    if (f->shown == 1)
        return bx_printf(a, "%s reaches %s%% at %s %s.", bx_name_of(first->name), bx_percent_text(a, first->y), bx_cost_text(a, first->x),
                         c->unit);
    if (first->y < .0005 && all_zero(f))
        return "Every model has 0.0%.";
    if (f->n == 1)
        return bx_printf(a, "%s is the most accurate and %s.", bx_name_of(first->name), c->least);
    if (f->n == f->shown)
        return bx_printf(a, "Each of the %s models is the most accurate %s.", bx_count_word(a, f->n, false),
                         f->d->cost == BX_COST_PARAMETERS ? "of its size"
                         : f->d->cost == BX_COST_FLOPS    ? "for its operations"
                                                          : "for its time");
    return bx_printf(a, "%s models give the most accuracy %s.", bx_count_word(a, f->n, true), c->their);
}

static const char *scatter_alt(const struct front *f, const char *finding, struct bx_arena *a)
{
    const struct cost_names *c = cost_names(f->d->cost);
    enum { NAMED = 10 };
    struct bx_buf b = {0};
    bx_buf_addf(&b, "%s in percent against %s, log scale, for %zu model%s. %s", f->d->metric ? f->d->metric : "mAP 50:95", c->axis,
                f->shown, bx_plural(f->shown), finding);
    if (f->n)
        bx_buf_addf(&b, " The Pareto front, cheapest first:");
    size_t named = 0;
    for (size_t k = 0; k < f->d->n && f->n; k++) {
        const struct entry *q = &f->order[k];
        if (!f->on[q->i] || named == NAMED)
            continue;
        bx_buf_addf(&b, "%s %s %s%% at %s %s", named ? "," : "", bx_name_of(q->q->name), bx_percent_text(a, q->q->y),
                    bx_cost_text(a, q->q->x), c->unit);
        named++;
    }
    if (f->n > named)
        bx_buf_addf(&b, " and %zu more", f->n - named);
    if (f->n)
        bx_buf_addc(&b, '.');
    if (f->shown < f->d->n)
        bx_buf_addf(&b, " %zu %s in the table only: a value is missing.", f->d->n - f->shown, f->d->n - f->shown == 1 ? "is" : "are");
    return bx_keep(a, &b);
}

void bx_words_scatter(const struct bx_plot_scatter *d, struct bx_arena *a, struct bx_chart_words *w)
{
    const struct cost_names *c = cost_names(d->cost);
    struct front f = front_of(d, a);
    bool intervals = false;
    for (size_t i = 0; i < d->n; i++)
        intervals = intervals || (isfinite(d->at[i].lo) && isfinite(d->at[i].hi));
    w->title = c->title;
    w->finding = scatter_finding(&f, a);
    w->alt = scatter_alt(&f, w->finding, a);
    const char *const head[] = {"Model", c->head, d->metric ? d->metric : "mAP", "from", "to"};
    bx_table_make(&w->table, a, head, intervals ? 5 : 3, d->n, true);
    for (size_t k = 0; k < d->n; k++) {
        const struct bx_plot_point *q = f.order[k].q;
        struct bx_chart_row *row = &w->table.rows[k];
        row->item = f.order[k].i;
        row->strong = f.on[row->item];
        row->cells[0] = bx_name_of(q->name);
        row->cells[1] = bx_cost_text(a, q->x > 0 ? q->x : NAN);
        row->cells[2] = bx_percent_text(a, q->y);
        if (intervals) {
            row->cells[3] = bx_percent_text(a, q->lo);
            row->cells[4] = bx_percent_text(a, q->hi);
        }
    }
}
