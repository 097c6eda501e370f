/* latency.c: how long the images took: a histogram with its median and its late ones marked. */
#include "core/base/quantile.h"
#include "core/base/text.h"
#include "render/chart/kinds.h"
#include "render/chart/words.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOP = 29,
    BOTTOM = 258,
    HEIGHT = 300,
    RIGHT = 318,
    MARK = 17 /* px a mark's words need, above the bars */
};
#define NONSENSE 1e15 /* ms; 30,000 years stand for all that is longer */

enum { BINS = 64 };
struct histogram {
    double lo, width; /* bin i is lo + i·width … */
    size_t count[BINS], bins;
    size_t over; /* samples beyond the last bin */
    size_t n;    /* usable samples */
    double median, p95, p99, most;
};
static void histogram_make(const struct bx_plot_latency *d, struct histogram *h)
{
    *h = (struct histogram){.median = NAN, .p95 = NAN, .p99 = NAN, .most = NAN};
    double *v = bx_xrealloc(NULL, d->n + 1, sizeof *v);
    for (size_t i = 0; i < d->n; i++)
        if (isfinite(d->ms[i]) && d->ms[i] >= 0)
            v[h->n++] = fmin(d->ms[i], NONSENSE);
    if (h->n) {
        bx_sort_numbers(v, h->n);
        h->median = isfinite(d->median) ? d->median : bx_quantile(v, h->n, .5);
        h->most = v[h->n - 1];
        if (h->n >= BX_QUANTILE_ENOUGH) {
            h->p95 = bx_quantile(v, h->n, .95);
            h->p99 = bx_quantile(v, h->n, .99);
        }
        double least = v[0], late = bx_quantile(v, h->n, h->n < 10 ? .5 : h->n < 200 ? .9 : .97);
        double end = fmin(h->most, late + 1.5 * (late - least)); /* one stray second must not squeeze all others into one bar */
        end = fmax(end, least + fmax(least * .05, 1e-6));
        h->width = bx_nice_step(end - least, h->n < 100 ? 20 : 40);
        h->lo = floor(least / h->width + 1e-9) * h->width;
        for (size_t i = 0; i < h->n; i++) {
            double bin = floor((v[i] - h->lo) / h->width + 1e-9);
            if (v[i] > end || bin >= BINS) {
                h->over++;
                continue;
            }
            size_t b = bin > 0 ? (size_t)bin : 0;
            h->count[b]++;
            h->bins = b + 1 > h->bins ? b + 1 : h->bins;
        }
    }
    free(v);
}

static void draw_frame(struct bx_pen *p, const struct bx_axis *x, const struct bx_axis *y)
{
    const struct bx_type tick = {12, false, p->t->ink3}, title = {12, false, p->t->ink2};
    char text[BX_NUMBER];
    bx_text(p, title, BX_LEFT, 0, 8, p->width, "images");
    for (size_t i = 0; i < y->n; i++) {
        double at = bx_axis_at(y, y->tick[i]);
        if (y->tick[i] > 0)
            bx_hline(p, p->t->rule, x->at_lo, x->at_hi, at);
        bx_text(p, tick, BX_RIGHT, x->at_lo - 8, bx_snap(at), 0, bx_tick_text(text, y->tick[i], y->decimals));
    }
    double free_from = 0;
    for (size_t i = 0; i < x->n; i++) {
        double at = bx_snap(bx_axis_at(x, x->tick[i]) - .25);
        bx_vline(p, p->t->ink, at, BOTTOM, BOTTOM + 5.5);
        double w = bx_text_width(p, tick, 0, bx_tick_text(text, x->tick[i], x->decimals)), from = fmin(at - w / 2, p->width - w);
        if (from < free_from)
            continue;
        bx_text(p, tick, BX_LEFT, from, BOTTOM + 15, 0, text);
        free_from = from + w + 6;
    }
    bx_text(p, title, BX_RIGHT, RIGHT, BOTTOM + 34, p->width, "ms per image, one at a time");
}

static void draw_bars(struct bx_pen *p, const struct histogram *h, const struct bx_axis *x, const struct bx_axis *y)
{
    for (size_t i = 0; i < h->bins; i++) {
        if (!h->count[i])
            continue;
        double from = bx_axis_at(x, h->lo + (double)i * h->width), to = bx_axis_at(x, h->lo + (double)(i + 1) * h->width);
        double top = fmin(bx_axis_at(y, (double)h->count[i]), BOTTOM - 1), gap = to - from > 4 ? 1 : 0;
        bx_fill_rect(p, p->t->ink3, (struct bx_rect){from, top, to - gap, BOTTOM});
    }
    bx_hline(p, p->t->ink, x->at_lo, x->at_hi, BOTTOM);
}

struct mark {
    double v;
    char text[BX_NUMBER + 16];
    struct bx_type type;
};

/* Median, 95% and 99%: those that are known and not beyond `most`. */
static size_t make_marks(const struct bx_pen *p, const struct histogram *h, double most, struct mark marks[3])
{
    static const char *const names[] = {"median", "95%", "99%"};
    const double v[] = {h->median, h->p95, h->p99};
    char value[BX_NUMBER];
    size_t n = 0;
    for (size_t i = 0; i < 3; i++)
        if (isfinite(v[i]) && v[i] >= 0 && v[i] <= most) {
            marks[n] = (struct mark){.v = v[i], .type = {12, i == 0, i ? p->t->ink2 : p->t->ink}};
            snprintf(marks[n].text, sizeof marks[n].text, "%s  %s", names[i], bx_cost(value, v[i]));
            n++;
        }
    return n;
}

/* How far the axis must go for the words to stand right of their lines: there they are never crossed by the next line, which starts lower.
 */
static double room_for_words(struct bx_pen *p, const struct histogram *h, const struct bx_axis *x)
{
    struct mark marks[3];
    size_t n = make_marks(p, h, x->hi, marks);
    double hi = x->hi;
    for (size_t i = 0; i < n; i++) {
        double space = BX_NARROW_PX - 8 - bx_text_width(p, marks[i].type, 0, marks[i].text) - x->at_lo;
        hi = fmax(hi, x->lo + (marks[i].v - x->lo) * (x->at_hi - x->at_lo) / fmax(space, 60));
    }
    return hi;
}

static void draw_marks(struct bx_pen *p, const struct histogram *h, const struct bx_axis *x)
{
    struct mark marks[3];
    size_t n = make_marks(p, h, x->hi, marks);
    for (size_t i = 0; i < n; i++) {
        double at = bx_snap(bx_axis_at(x, marks[i].v)), top = TOP + MARK * (double)i;
        const struct bx_type type = marks[i].type;
        const char *text = marks[i].text;
        double w = bx_text_width(p, type, 0, text), left = fmin(at + 8, p->width - w);
        bx_plate(p, bx_text_box(type, left, top + 7, w));
        bx_line(p, p->t->paper, 3.5, at, top, at, BOTTOM);
        bx_line(p, p->t->link, 1.5, at, top, at, BOTTOM);
        bx_text(p, type, BX_LEFT, left, top + 7, 0, text);
    }
}

bool bx_draw_latency(struct bx_pen *p, bool wide, const struct bx_plot_latency *d, struct bx_err *e)
{
    (void)wide;
    struct histogram h;
    histogram_make(d, &h);
    if (!h.n)
        return bx_pen_nothing(p, BX_NARROW_PX, "No latency was measured.", e);
    double most = 1, end = h.lo + (double)h.bins * h.width;
    for (size_t i = 0; i < h.bins; i++)
        most = fmax(most, (double)h.count[i]);
    struct bx_axis y = {.lo = 0, .hi = most * (BOTTOM - TOP) / (BOTTOM - TOP - 3 * MARK - 4.), .at_lo = BOTTOM, .at_hi = TOP};
    bx_axis_ticks(&y, most < 4 ? (size_t)most + 1 : 6);
    const struct bx_type tick = {12, false, p->t->ink3};
    char text[200], a[BX_NUMBER], b[BX_NUMBER];
    double labels = 0;
    for (size_t i = 0; i < y.n; i++)
        labels = fmax(labels, bx_text_width(p, tick, 0, bx_tick_text(a, y.tick[i], y.decimals)));
    struct bx_axis x = {.lo = h.lo, .hi = fmax(end, h.lo + 8 * h.width), .at_lo = ceil(labels) + 12, .at_hi = RIGHT};
    x.hi = room_for_words(p, &h, &x);
    bx_axis_ticks(&x, 7);
    if (!bx_pen_begin(p, BX_NARROW_PX, HEIGHT, e))
        return false;
    draw_frame(p, &x, &y);
    draw_bars(p, &h, &x, &y);
    draw_marks(p, &h, &x);
    if (h.over) {
        bool late = isfinite(h.p99) && h.p99 > x.hi; /* its mark would be off the plot */
        char c[BX_NUMBER];
        snprintf(text, sizeof text, "%s%s%s%zu over %s, at most %s ms", late ? "99% " : "", late ? bx_cost(c, h.p99) : "", late ? ", " : "",
                 h.over, bx_cost(a, end), bx_cost(b, h.most));
        bx_text(p, (struct bx_type){12, false, p->t->ink2}, BX_RIGHT, RIGHT, 8, 250, text);
    }
    return true;
}

void bx_words_latency(const struct bx_plot_latency *d, struct bx_arena *a, struct bx_chart_words *w)
{
    struct histogram h;
    histogram_make(d, &h);
    int edge = 0;
    w->title = "Latency";
    if (!h.n)
        w->finding = "No latency was measured.";
    else if (isfinite(h.p99))
        w->finding = bx_printf(a, "Half of the images take up to %s ms, one in a hundred more than %s.", bx_cost_text(a, h.median),
                               bx_cost_text(a, h.p99));
    else
        w->finding = bx_printf(a, "Half of the images take up to %s ms.", bx_cost_text(a, h.median));
    struct bx_buf b = {0};
    bx_buf_addf(&b, "How many of %zu image%s took how many milliseconds, one at a time. %s", h.n, bx_plural(h.n), w->finding);
    if (isfinite(h.p95))
        bx_buf_addf(&b, " 95%% take up to %s ms.", bx_cost_text(a, h.p95));
    if (h.n)
        bx_buf_addf(&b, " The longest is %s ms.", bx_cost_text(a, h.most));
    w->alt = bx_keep(a, &b);
    const char *const head[] = {"ms, from", "to", "images"};
    bx_table_make(&w->table, a, head, 3, h.bins + (h.over > 0), false);
    for (double step = h.width; edge < 9 && fabs(step - round(step)) > 1e-6 * step; edge++)
        step *= 10;
    for (size_t i = 0; i < w->table.n; i++) {
        bool over = i == h.bins;
        const char **cells = w->table.rows[i].cells;
        cells[0] = bx_fixed_text(a, h.lo + (double)i * h.width, edge);
        cells[1] = over ? bx_cost_text(a, h.most) : bx_fixed_text(a, h.lo + (double)(i + 1) * h.width, edge);
        cells[2] = bx_printf(a, "%zu", over ? h.over : h.count[i]);
    }
}
