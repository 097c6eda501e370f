/* curves.c: one model's curves in the unit square: precision by recall, and precision, recall and F1 by confidence. */
#include "render/chart/curve.h"
#include "core/base/text.h"
#include "render/chart/kinds.h"
#include "render/chart/words.h"
#include <math.h>
#include <stdlib.h>

enum { LEFT = 36, RIGHT = 318, TOP = 29, BOTTOM = 258, HEIGHT = 300 };

/* NaN where unknown. */
static void confidence_marks(const struct bx_plot_confidence *d, double *best, double *best_at, double *operating)
{
    *best = d->best_f1;
    *best_at = d->best_at;
    if (!isfinite(*best) || !isfinite(*best_at)) {
        *best = *best_at = NAN;
        for (size_t i = 0; i < d->f1.n; i++)
            if (bx_curve_has(&d->f1, i) && !(d->f1.y[i] <= *best)) {
                *best = d->f1.y[i];
                *best_at = bx_curve_x(&d->f1, i);
            }
    }
    *operating = isfinite(d->f1_operating) ? d->f1_operating : bx_curve_from(&d->f1, d->operating);
    if (!isfinite(d->operating) || d->operating < 0 || d->operating > 1)
        *operating = NAN;
}

static double px(double x)
{
    return LEFT + (RIGHT - LEFT) * fmin(1, fmax(0, x));
}

static double py(double y)
{
    return BOTTOM - (BOTTOM - TOP) * fmin(1, fmax(0, y)) + .5;
}

static void draw_unit_frame(struct bx_pen *p, const char *y_title, const char *x_title)
{
    const struct bx_type tick = {12, false, p->t->ink3}, title = {12, false, p->t->ink2};
    static const char *const names[] = {"0", "0.25", "0.5", "0.75", "1"};
    bx_text(p, title, BX_LEFT, 0, 8, p->width, y_title);
    for (int i = 0; i < 5; i++) {
        if (i)
            bx_hline(p, p->t->rule, LEFT, RIGHT, py(i / 4.) - .5);
        bx_text(p, tick, BX_RIGHT, LEFT - 8, py(i / 4.), 0, names[i]);
        bx_vline(p, p->t->ink, fmin(px(i / 4.), RIGHT - .5), BOTTOM, BOTTOM + 5.5);
        bx_text(p, tick, BX_CENTRE, px(i / 4.), BOTTOM + 15, 0, names[i]);
    }
    bx_hline(p, p->t->ink, LEFT, RIGHT, BOTTOM);
    bx_text(p, title, BX_RIGHT, RIGHT, BOTTOM + 34, p->width, x_title);
}

enum { THIN = 6 }; /* 1/THIN px: what a line of 1.5 px hides */

/* A curve in px; where it has no value, NaN. A precision curve is cut after its last value above 0: recall ends there. */
struct line {
    double *x, *y;
    size_t n;
};
static struct line to_px(const struct bx_plot_curve *c, bool cut, struct bx_arena *a)
{
    struct line l = {BX_NEW(a, double, c->n), BX_NEW(a, double, c->n), c->n};
    while (cut && l.n > 1 && !(bx_curve_has(c, l.n - 1) && c->y[l.n - 1] > 0))
        l.n--;
    for (size_t i = 0; i < l.n; i++) {
        l.x[i] = px(bx_curve_x(c, i));
        l.y[i] = bx_curve_has(c, i) ? py(c->y[i]) : NAN;
    }
    l.n = bx_thin(l.x, l.y, l.n, 1. / THIN);
    return l;
}

/* Its i-th piece; false: a gap. */
static bool piece(const struct line *l, size_t i, struct bx_segment *s)
{
    *s = (struct bx_segment){l->x[i], l->y[i], l->x[i + 1], l->y[i + 1]};
    return isfinite(s->y0) && isfinite(s->y1);
}

static double length_of(const struct bx_segment *s)
{
    return hypot(s->x1 - s->x0, s->y1 - s->y0);
}

static void avoid_line(struct bx_taken *place, const struct line *l)
{
    struct bx_segment s;
    for (size_t i = 0; i + 1 < l->n; i++)
        if (piece(l, i, &s))
            bx_taken_line(place, s.x0, s.y0, s.x1, s.y1);
}

/* Where a label may stand from a point of its curve, in order of liking. */
static const struct {
    double x, y;
} offsets[] = {{7, 0},    {-7, 0}, {11, 0},  {-11, 0}, {0, -13}, {0, 13}, {7, -12}, {-7, 12}, {7, 12},
               {-7, -12}, {16, 0}, {-16, 0}, {0, -28}, {0, 28},  {24, 0}, {-24, 0}, {0, 44},  {0, -44}};
enum { FAR = 10 }; /* from this one on another curve may be nearer */

/* How far a line is from the box; from `most` on, most. */
static double nearest(const struct line *l, struct bx_rect box, double most)
{
    struct bx_segment s;
    for (size_t i = 0; i + 1 < l->n && most > 0; i++)
        if (piece(l, i, &s))
            most = bx_rect_away(box, s, most);
    return most;
}

/* Whether the label would stand nearer to another line than to its own: it would be read as that one's. */
static bool nearer_to_another(const struct line *lines, size_t n, const struct line *own, struct bx_rect box)
{
    double mine = nearest(own, box, INFINITY);
    for (size_t i = 0; i < n; i++)
        if (&lines[i] != own && nearest(&lines[i], box, mine) < mine)
            return true;
    return false;
}

/* Where a curve's name is looked for: from a place on it, a share `along` of its length. */
struct search {
    const struct bx_taken *place;
    const struct line *lines, *own;
    size_t n;
    struct bx_type type;
    double width, best;
    struct bx_rect at;
};

static void look_around(struct search *s, double x, double y, double along)
{
    for (size_t k = 0; k < sizeof offsets / sizeof *offsets; k++) {
        double dx = offsets[k].x, left = dx > 0 ? x + dx : dx < 0 ? x + dx - s->width : x - s->width / 2;
        struct bx_rect box = bx_text_box(s->type, left, y + offsets[k].y, s->width);
        double liking = 60 * fabs(along - .55) + 1.5 * (double)k + (k >= FAR ? 40 : 0);
        if (liking >= s->best)
            continue;
        double cost = bx_taken_cost(s->place, box, false) + liking;
        if (cost < s->best && nearer_to_another(s->lines, s->n, s->own, box))
            cost += 50;
        if (cost < s->best)
            s->best = cost, s->at = box;
    }
}

/* Name a curve where there is most room beside it, rather at its middle than at its ends. */
static void label_line(struct bx_pen *p, struct bx_taken *place, const struct line *lines, size_t n, const struct line *l,
                       struct bx_type type, const char *text)
{
    enum { PLACES = 40 };
    struct search look = {
        .place = place, .lines = lines, .own = l, .n = n, .type = type, .width = bx_text_width(p, type, 0, text), .best = INFINITY};
    struct bx_segment s;
    double length = 0, before = 0;
    size_t next = 0;
    for (size_t i = 0; i + 1 < l->n; i++)
        length += piece(l, i, &s) ? length_of(&s) : 0;
    for (size_t i = 0; i + 1 < l->n; i++) {
        if (!piece(l, i, &s))
            continue;
        const double here = length_of(&s);
        for (; next <= PLACES && length * (double)next <= PLACES * (before + here); next++) {
            double t = here > 0 ? fmin(1, fmax(0, (length * (double)next / PLACES - before) / here)) : 0;
            look_around(&look, s.x0 + t * (s.x1 - s.x0), s.y0 + t * (s.y1 - s.y0), (double)next / PLACES);
        }
        before += here;
    }
    for (size_t i = 0; i < l->n && !isfinite(look.best) && length <= 0; i++) /* a curve of one value */
        if (isfinite(l->y[i]))
            look_around(&look, l->x[i], l->y[i], 1);
    if (!isfinite(look.best))
        return;
    bx_taken_label(place, look.at);
    bx_plate(p, look.at);
    bx_text(p, type, BX_LEFT, look.at.x0 + 2, (look.at.y0 + look.at.y1) / 2, 0, text);
}

static const char *iou_of(const struct bx_plot_pr *d, size_t i, struct bx_arena *a)
{
    return isnan(d->at[i].iou) && d->mean ? d->mean : bx_iou_text(a, d->at[i].iou);
}

bool bx_draw_pr(struct bx_pen *p, bool wide, const struct bx_plot_pr *d, struct bx_err *e)
{
    (void)wide;
    size_t n = d->n < 4 ? d->n : 4;
    if (!n)
        return bx_pen_nothing(p, BX_NARROW_PX, "There is no precision–recall curve.", e);
    if (!bx_pen_begin(p, BX_NARROW_PX, HEIGHT, e))
        return false;
    draw_unit_frame(p, "precision", "recall");
    struct bx_arena a = {0};
    struct bx_taken place = {.frame = {LEFT + 1, TOP - 8, p->width, BOTTOM - 1}};
    struct line *lines = BX_NEW(&a, struct line, n);
    for (size_t i = 0; i < n; i++) {
        lines[i] = to_px(&d->at[i].precision, true, &a);
        avoid_line(&place, &lines[i]);
    }
    for (size_t i = n; i-- > 0;)
        bx_polyline(p, p->t->series[i], 2, NULL, 0, lines[i].x, lines[i].y, lines[i].n);
    for (size_t i = 0; i < n; i++) {
        const char *text = bx_printf(&a, "IoU %s  AP %s", iou_of(d, i, &a), bx_percent_text(&a, d->at[i].ap));
        label_line(p, &place, lines, n, &lines[i], (struct bx_type){12, true, p->t->word[i]}, text);
    }
    bx_taken_free(&place);
    bx_arena_release(&a);
    return true;
}

/* A mark on the F1 curve with a line down to the axis and two words at it: what it is, and at which confidence. */
struct stop {
    double x, y;
    char head[80], foot[80];
    bool strong;
};

static void draw_stop(struct bx_pen *p, struct bx_taken *place, const struct stop *s)
{
    const struct bx_type head = {12, s->strong, s->strong ? p->t->ink : p->t->ink2}, foot = {12, false, p->t->ink2};
    double w = fmax(bx_text_width(p, head, 0, s->head), bx_text_width(p, foot, 0, s->foot)), best = INFINITY;
    double x = bx_snap(px(s->x)), y = py(s->y);
    struct bx_rect at = {0};
    bool up = false;
    for (int level = 0; level < 16; level++)
        for (int side = 0; side < 3; side++) { /* right or left of its line; centred only above the mark */
            double top = BOTTOM - 34 - 12 * level, left = side == 0 ? x + 4 : side == 1 ? x - 8 - w : x - w / 2 - 2;
            struct bx_rect box = {left, top, left + w + 4, top + 31};
            bool above = box.y1 < y - 8;
            if (side == 2 && !above)
                continue;
            double cost = bx_taken_cost(place, box, false) + 8 * level + 2 * side + (above ? 10 : 0);
            if (cost < best)
                best = cost, at = box, up = above;
        }
    if (isfinite(best) && up)
        bx_line(p, p->t->ink3, .75, x, y, fmin(fmax(x, at.x0), at.x1), at.y1);
    if (isfinite(best)) {
        bx_taken_label(place, at);
        bx_plate(p, at);
        bx_text(p, head, BX_LEFT, at.x0 + 2, at.y0 + 8, 0, s->head);
        bx_text(p, foot, BX_LEFT, at.x0 + 2, at.y0 + 23, 0, s->foot);
    }
    if (s->strong)
        bx_dot(p, p->t->ink, x, y, 4.5);
    else
        bx_ring(p, p->t->ink, 1.5, x, y, 4.5);
}

static size_t make_stops(const struct bx_plot_confidence *d, struct stop stop[2])
{
    char value[BX_NUMBER], at[BX_NUMBER];
    double best, best_at, operating;
    confidence_marks(d, &best, &best_at, &operating);
    size_t n = 0;
    if (isfinite(best)) {
        bool same = isfinite(operating) && fabs(d->operating - best_at) < .005;
        struct stop *s = &stop[n++];
        *s = (struct stop){.x = best_at, .y = best, .strong = true};
        snprintf(s->head, sizeof s->head, "best F1 %s", bx_percent(value, best));
        snprintf(s->foot, sizeof s->foot, same ? "at %s, as operated" : "at %s", bx_fixed(at, best_at, 2));
        if (same)
            return n;
    }
    if (isfinite(operating)) {
        struct stop *s = &stop[n++];
        *s = (struct stop){.x = d->operating, .y = operating};
        snprintf(s->head, sizeof s->head, "operating %s", bx_percent(value, operating));
        snprintf(s->foot, sizeof s->foot, "at %s", bx_fixed(at, d->operating, 2));
    }
    return n;
}

bool bx_draw_confidence(struct bx_pen *p, bool wide, const struct bx_plot_confidence *d, struct bx_err *e)
{
    (void)wide;
    if (bx_curve_empty(&d->f1) && bx_curve_empty(&d->precision) && bx_curve_empty(&d->recall))
        return bx_pen_nothing(p, BX_NARROW_PX, "There is no F1–confidence curve.", e);
    if (!bx_pen_begin(p, BX_NARROW_PX, HEIGHT, e))
        return false;
    draw_unit_frame(p, "precision, recall, F1", "confidence threshold");
    static const double dashes[] = {5, 3}, dots[] = {1.5, 2.5};
    struct bx_arena a = {0};
    struct bx_taken place = {.frame = {LEFT + 1, TOP - 8, p->width, BOTTOM - 1}};
    enum { PRECISION, RECALL, F1 };
    struct line l[] = {to_px(&d->precision, false, &a), to_px(&d->recall, false, &a), to_px(&d->f1, false, &a)};
    for (int i = 0; i < 3; i++)
        avoid_line(&place, &l[i]);
    struct stop stop[2];
    size_t n = make_stops(d, stop);
    for (size_t i = 0; i < n; i++) {
        double x = bx_snap(px(stop[i].x)), y = py(stop[i].y);
        bx_line(p, stop[i].strong ? p->t->ink2 : p->t->ink3, stop[i].strong ? 1 : .75, x, y, x, BOTTOM);
        bx_taken_line(&place, x, y, x, BOTTOM);
        bx_taken_mark(&place, (struct bx_rect){x - 5, y - 5, x + 5, y + 5});
    }
    bx_polyline(p, p->t->series[1], 1.5, dashes, 2, l[PRECISION].x, l[PRECISION].y, l[PRECISION].n);
    bx_polyline(p, p->t->series[2], 1.5, dots, 2, l[RECALL].x, l[RECALL].y, l[RECALL].n);
    bx_polyline(p, p->t->ink, 2, NULL, 0, l[F1].x, l[F1].y, l[F1].n);
    for (size_t i = 0; i < n; i++)
        draw_stop(p, &place, &stop[i]);
    label_line(p, &place, l, 3, &l[F1], (struct bx_type){12, true, p->t->ink}, "F1");
    label_line(p, &place, l, 3, &l[PRECISION], (struct bx_type){12, true, p->t->word[1]}, "precision");
    label_line(p, &place, l, 3, &l[RECALL], (struct bx_type){12, true, p->t->word[2]}, "recall");
    bx_taken_free(&place);
    bx_arena_release(&a);
    return true;
}

/* ---- words ---- */

enum { STEPS = 20 }; /* rows of a curve's table, less one */

void bx_words_pr(const struct bx_plot_pr *d, struct bx_arena *a, struct bx_chart_words *w)
{
    enum { COLUMNS = 4 };
    size_t n = d->n < COLUMNS ? d->n : COLUMNS;
    w->title = "Precision and recall";
    if (!n)
        w->finding = "There is no precision–recall curve.";
    else {
        struct bx_buf b = {0}; /* AP is 64.6 at IoU .50, 51.4 at .75 and 47.4 at .50:.95. */
        for (size_t i = 0; i < n; i++)
            bx_buf_addf(&b, "%s%s at %s%s",
                        i == 0       ? "AP is "
                        : i + 1 == n ? " and "
                                     : ", ",
                        bx_percent_text(a, d->at[i].ap), i == 0 ? "IoU " : "", iou_of(d, i, a));
        bx_buf_addc(&b, '.');
        w->finding = bx_keep(a, &b);
    }
    w->alt = bx_printf(a, "Precision against recall, %zu curve%s by IoU, all classes together. %s", n, bx_plural(n), w->finding);
    const char *head[COLUMNS + 1] = {"recall"};
    for (size_t i = 0; i < n; i++)
        head[i + 1] = bx_printf(a, "at IoU %s", iou_of(d, i, a));
    bx_table_make(&w->table, a, head, n + 1, n ? STEPS + 1 : 0, false);
    for (size_t k = 0; k < w->table.n; k++) {
        double x = (double)k / STEPS;
        w->table.rows[k].cells[0] = bx_fixed_text(a, x, 2);
        for (size_t i = 0; i < n; i++)
            w->table.rows[k].cells[i + 1] = bx_percent_text(a, bx_curve_at(&d->at[i].precision, x));
    }
}

void bx_words_confidence(const struct bx_plot_confidence *d, struct bx_arena *a, struct bx_chart_words *w)
{
    double best, at, operating;
    confidence_marks(d, &best, &at, &operating);
    w->title = "F1 by confidence";
    if (!isfinite(best))
        w->finding = "There is no F1–confidence curve.";
    else if (isfinite(operating) && fabs(d->operating - at) >= .005)
        w->finding = bx_printf(a, "F1 is best, %s, at confidence %s; at the operating %s it is %s.", bx_percent_text(a, best),
                               bx_fixed_text(a, at, 2), bx_fixed_text(a, d->operating, 2), bx_percent_text(a, operating));
    else
        w->finding = bx_printf(a, "F1 is best, %s, at confidence %s%s.", bx_percent_text(a, best), bx_fixed_text(a, at, 2),
                               isfinite(operating) ? ", where it operates" : "");
    w->alt = bx_printf(a, "Precision, recall and F1 against the confidence threshold, 3 curves. %s", w->finding);
    const char *const head[] = {"confidence", "precision", "recall", "F1"};
    bool empty = bx_curve_empty(&d->f1) && bx_curve_empty(&d->precision) && bx_curve_empty(&d->recall);
    bx_table_make(&w->table, a, head, 4, empty ? 0 : STEPS + 1, false);
    for (size_t k = 0; k < w->table.n; k++) {
        double x = (double)k / STEPS;
        const char **cells = w->table.rows[k].cells;
        cells[0] = bx_fixed_text(a, x, 2);
        cells[1] = bx_percent_text(a, bx_curve_from(&d->precision, x));
        cells[2] = bx_percent_text(a, bx_curve_from(&d->recall, x));
        cells[3] = bx_percent_text(a, bx_curve_from(&d->f1, x));
    }
}
