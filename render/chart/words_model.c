/* words_model.c: what one model's plots say. */
#include "render/chart/words.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 20 }; /* rows of a curve's table, less one */

static const char *iou_text(struct bx_arena *a, double iou)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_iou(text, iou));
}

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
                        bx_percent_text(a, d->at[i].ap), i == 0 ? "IoU " : "", iou_text(a, d->at[i].iou));
        bx_buf_addc(&b, '.');
        w->finding = bx_keep(a, &b);
    }
    w->alt = bx_printf(a, "Precision against recall, %zu curve%s by IoU, all classes together. %s", n, n == 1 ? "" : "s", w->finding);
    const char *head[COLUMNS + 1] = {"recall"};
    for (size_t i = 0; i < n; i++)
        head[i + 1] = bx_printf(a, "at IoU %s", iou_text(a, d->at[i].iou));
    bx_table_make(&w->table, a, head, n + 1, n ? STEPS + 1 : 0, false);
    for (size_t k = 0; k < w->table.n; k++) {
        double x = (double)k / STEPS;
        w->table.rows[k].cells[0] = bx_fixed_text(a, x, 2);
        for (size_t i = 0; i < n; i++)
            w->table.rows[k].cells[i + 1] = bx_percent_text(a, bx_curve_at(&d->at[i].precision, x));
    }
}

void bx_words_pr_by_class(const struct bx_plot_pr_by_class *d, struct bx_arena *a, struct bx_chart_words *w)
{
    size_t *order = BX_NEW(a, size_t, d->n), with = 0;
    bx_class_order(d, order, BX_NEW(a, bool, d->n));
    while (with < d->n && isfinite(d->at[order[with]].ap))
        with++;
    const char *ap = bx_printf(a, "AP%ld", lround(d->iou * 100));
    w->title = "Precision and recall by class";
    if (!with)
        w->finding = "No class has a precision–recall curve.";
    else {
        const struct bx_plot_class *best = &d->at[order[0]], *worst = &d->at[order[with - 1]];
        const char *high = bx_percent_text(a, best->ap), *low = bx_percent_text(a, worst->ap);
        w->finding = with == 1            ? bx_printf(a, "%s: %s %s.", bx_name_of(best->name), ap, high)
                     : !strcmp(high, low) ? bx_printf(a, "Every class has %s %s.", ap, high)
                                          : bx_printf(a, "Best at %s (%s %s), worst at %s (%s).", bx_name_of(best->name), ap, high,
                                                      bx_name_of(worst->name), low);
    }
    w->alt = bx_printf(a, "Precision against recall at IoU %s, a small plot for each of %zu class%s, best first. %s", iou_text(a, d->iou),
                       d->n, d->n == 1 ? "" : "es", w->finding);
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

void bx_words_confidence(const struct bx_plot_confidence *d, struct bx_arena *a, struct bx_chart_words *w)
{
    double best, at, operating;
    bx_confidence_marks(d, &best, &at, &operating);
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

void bx_words_latency(const struct bx_plot_latency *d, struct bx_arena *a, struct bx_chart_words *w)
{
    struct bx_histogram h;
    bx_histogram_make(d, &h);
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
    bx_buf_addf(&b, "How many of %zu image%s took how many milliseconds, one at a time. %s", h.n, h.n == 1 ? "" : "s", w->finding);
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
