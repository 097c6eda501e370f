/* spread.c: accuracy on large objects against that on small ones, where there are too many models for rows. */
#include "render/chart/size.h"
#include "render/chart/words.h"
#include <math.h>
#include <stdlib.h>

enum { SIDE = 400, TOP = 29, OUTLIERS = 6 };

struct mark {
    const struct bx_plot_size_row *of;
    double x, y, off; /* px; how far its loss is from the others' */
    bool best, placed, leader;
    struct bx_rect label;
};

struct frame {
    int small, large; /* the sizes */
    struct bx_axis x, y;
};

static int compare_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What is best first, then what is farthest from the others. */
static int compare_interest(const void *a, const void *b)
{
    const struct mark *x = *(struct mark *const *)a, *y = *(struct mark *const *)b;
    if (x->best != y->best)
        return x->best ? -1 : 1;
    if (x->off != y->off)
        return x->off > y->off ? -1 : 1;
    return x->of < y->of ? -1 : x->of > y->of;
}

static bool has_both(const struct bx_plot_size_row *r, const struct frame *f)
{
    return isfinite(r->v[f->small]) && isfinite(r->v[f->large]);
}

static size_t make_marks(struct bx_pen *p, const struct bx_plot_by_size *d, const struct frame *f, struct mark *marks, struct bx_arena *a)
{
    double *share = BX_NEW(a, double, d->n);
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct bx_plot_size_row *r = &d->at[i];
        if (!has_both(r, f))
            continue;
        double small = r->v[f->small], large = r->v[f->large];
        marks[n] = (struct mark){.of = r, .best = bx_size_best(d, i, f->small) || bx_size_best(d, i, f->large)};
        marks[n].x = bx_snap(bx_axis_at(&f->x, small * 100));
        marks[n].y = bx_snap(bx_axis_at(&f->y, large * 100));
        share[n] = marks[n].off = large > 0 ? fmin(fmax(small / large, 0), 10) : 0;
        bx_pen_spot(p, marks[n].x, marks[n].y, i);
        n++;
    }
    if (!n)
        return 0;
    qsort(share, n, sizeof *share, compare_number);
    for (size_t i = 0; i < n; i++)
        marks[i].off = fabs(marks[i].off - share[n / 2]);
    return n;
}

static struct bx_type label_type(const struct bx_pen *p, const struct mark *m)
{
    return (struct bx_type){12, m->best, m->best ? p->t->ink : p->t->ink2};
}

static void draw_frame(struct bx_pen *p, const struct frame *f, const char *metric)
{
    const struct bx_type tick = {12, false, p->t->ink3}, title = {12, false, p->t->ink2};
    char text[BX_NUMBER], name[120];
    snprintf(name, sizeof name, "%.60s on %s objects, %%", metric, bx_size_word(f->large));
    bx_text(p, title, BX_LEFT, 0, 8, p->width, name);
    for (size_t i = 0; i < f->y.n; i++) {
        double at = bx_axis_at(&f->y, f->y.tick[i]), x = bx_axis_at(&f->x, f->x.tick[i]);
        bx_tick_text(text, f->y.tick[i], f->y.decimals);
        if (at < f->y.at_lo - 1)
            bx_hline(p, p->t->rule, f->x.at_lo, f->x.at_hi, at);
        bx_text(p, tick, BX_RIGHT, f->x.at_lo - 8, bx_snap(at), 0, text);
        bx_vline(p, p->t->ink, x, f->y.at_lo, f->y.at_lo + 5.5);
        double w = bx_text_width(p, tick, 0, text), left = fmin(bx_snap(x) - w / 2, p->width - w);
        bx_text(p, tick, BX_LEFT, left, f->y.at_lo + 15, 0, text);
    }
    bx_line(p, p->t->rule1, .75, f->x.at_lo, f->y.at_lo, f->x.at_hi, f->y.at_hi);
    bx_hline(p, p->t->ink, f->x.at_lo, f->x.at_hi, f->y.at_lo);
    snprintf(name, sizeof name, "%.60s on %s objects, %%", metric, bx_size_word(f->small));
    bx_text(p, title, BX_RIGHT, f->x.at_hi, f->y.at_lo + 34, p->width, name);
}

static void draw_marks(struct bx_pen *p, const struct frame *f, struct mark *marks, size_t n, struct bx_arena *a)
{
    struct bx_taken place = {.frame = {f->x.at_lo + 1, f->y.at_hi - 14, p->width, f->y.at_lo - 1}};
    struct mark **order = BX_NEW(a, struct mark *, n);
    for (size_t i = 0; i < n; i++) {
        order[i] = &marks[i];
        bx_taken_mark(&place, (struct bx_rect){marks[i].x - 5, marks[i].y - 5, marks[i].x + 5, marks[i].y + 5});
    }
    bx_taken_line(&place, f->x.at_lo, f->y.at_lo, f->x.at_hi, f->y.at_hi);
    const struct bx_type note = {12, false, p->t->ink3};
    double w = bx_text_width(p, note, 0, "alike"), x = f->x.at_lo + .7 * (f->x.at_hi - f->x.at_lo),
           y = f->y.at_lo + .7 * (f->y.at_hi - f->y.at_lo) + 12;
    struct bx_rect alike = bx_text_box(note, x, y, w);
    if (isfinite(bx_taken_cost(&place, alike, true))) {
        bx_taken_label(&place, alike);
        bx_text(p, note, BX_LEFT, x, y, 0, "alike");
    }
    qsort(order, n, sizeof *order, compare_interest);
    for (size_t k = 0, others = 0; k < n && others < OUTLIERS; k++) {
        struct mark *m = order[k];
        others += !m->best;
        double most = 200, width = bx_text_width(p, label_type(p, m), most, bx_size_label(m->of));
        m->placed = bx_taken_around(&place, m->x, m->y, width + 4, 15, m->best ? BX_RINGS : 5, &m->label, &m->leader);
        if (!m->placed)
            continue;
        bx_taken_label(&place, m->label);
        if (m->leader) {
            double nx, ny;
            bx_rect_nearest(m->label, m->x, m->y, &nx, &ny);
            bx_taken_line(&place, m->x, m->y, nx, ny);
            bx_line(p, p->t->ink3, .75, m->x, m->y, nx, ny);
        }
    }
    for (size_t k = n; k-- > 0;) { /* the best on top */
        const struct mark *m = order[k];
        if (m->placed) {
            bx_plate(p, (struct bx_rect){m->label.x0, m->label.y0 + 1, m->label.x1, m->label.y1 - 1});
            bx_text(p, label_type(p, m), BX_LEFT, m->label.x0 + 2, (m->label.y0 + m->label.y1) / 2, 200, bx_size_label(m->of));
        }
        if (m->best)
            bx_dot(p, p->t->link, m->x, m->y, 4.5);
        else
            bx_ring(p, p->t->ink3, 1.5, m->x, m->y, 4.5);
    }
    bx_taken_free(&place);
}

bool bx_draw_spread(struct bx_pen *p, bool wide, const struct bx_plot_by_size *d, const char *metric, struct bx_err *e)
{
    double width = wide ? BX_WIDE_PX : BX_NARROW_PX, lo = INFINITY, hi = -INFINITY, labels = 0;
    struct frame f = {0};
    if (!bx_size_ends(d, &f.small, &f.large))
        return bx_pen_nothing(p, width, "Fewer than two object sizes have numbers.", e);
    for (size_t i = 0; i < d->n; i++) {
        const double *v = d->at[i].v;
        if (has_both(&d->at[i], &f))
            lo = fmin(lo, fmin(v[f.small], v[f.large])), hi = fmax(hi, fmax(v[f.small], v[f.large]));
    }
    bx_axis_around(&f.x, lo * 100, hi * 100, .04, 0, 100, 7); /* one range for both, so that the diagonal is there */
    f.y = f.x;
    char text[BX_NUMBER];
    for (size_t i = 0; i < f.y.n; i++)
        labels = fmax(labels, bx_text_width(p, (struct bx_type){.size = 12}, 0, bx_tick_text(text, f.y.tick[i], f.y.decimals)));
    f.x.at_lo = ceil(labels) + 12;
    f.x.at_hi = wide ? f.x.at_lo + SIDE : width;
    f.y.at_hi = TOP;
    f.y.at_lo = TOP + f.x.at_hi - f.x.at_lo;
    struct bx_arena a = {0};
    struct mark *marks = BX_NEW(&a, struct mark, d->n);
    bool ok = bx_pen_begin(p, width, f.y.at_lo + 44, e);
    if (ok) {
        size_t n = make_marks(p, d, &f, marks, &a);
        draw_frame(p, &f, metric);
        draw_marks(p, &f, marks, n, &a);
    }
    bx_arena_release(&a);
    return ok;
}
