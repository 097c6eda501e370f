/* trust.c: how far the numbers of a board go. */
#include "render/view/number.h"
#include "render/view/view.h"
#include <math.h>
#include <stdlib.h>

static bool difference(const struct bx_view_model *x, const struct bx_view_model *y, enum bx_metric metric, struct bx_difference *d)
{
    const double *rx = bx_resamples_of(x->resamples, metric), *ry = bx_resamples_of(y->resamples, metric);
    if (!rx || !ry || x->resamples->B != y->resamples->B)
        return false;
    *d = bx_difference(bx_view_get(x, metric), rx, bx_view_get(y, metric), ry, x->resamples->B);
    return d->interval.there;
}

bool bx_view_better(const struct bx_view_board *b, const struct bx_view_model *x, const struct bx_view_model *y, enum bx_metric metric)
{
    struct bx_difference d;
    if (bx_shown_tenths(bx_view_get(x, metric)) <= bx_shown_tenths(bx_view_get(y, metric)))
        return false;
    return !b->certain || (difference(x, y, metric, &d) && d.p < 0.05 && d.interval.estimate > 0);
}

double bx_view_half(const struct bx_view_model *m, enum bx_metric metric)
{
    const double *resample = bx_resamples_of(m->resamples, metric);
    if (!resample)
        return (double)NAN;
    const struct bx_interval v = bx_interval(bx_view_get(m, metric), resample, m->resamples->B);
    return v.there ? BX_Z95 * v.sd : (double)NAN;
}

double bx_view_class_half(const struct bx_view_board *b, const struct bx_view_model *m, size_t class_index)
{
    if (!m->resamples || class_index >= m->resamples->nclasses || b->classes[class_index].images < BX_RESAMPLES_CLASS)
        return (double)NAN;
    return BX_Z95 * m->resamples->class_sd[class_index];
}

bool bx_view_rough(const struct bx_view_board *b)
{
    size_t there = 0, enough = 0;
    for (size_t c = 0; c < b->nclasses; c++) {
        there += b->classes[c].objects > 0;
        enough += b->classes[c].objects > 0 && b->classes[c].images >= BX_RESAMPLES_CLASS;
    }
    return 2 * enough < there;
}

static int by_size(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

double bx_view_resolution(const struct bx_view_board *b)
{
    double *sd = bx_xrealloc(NULL, b->nranked + 1, sizeof *sd), median = (double)NAN;
    size_t n = 0;
    for (size_t i = 1; b->certain && i < b->nranked; i++) {
        struct bx_difference d;
        if (difference(&b->models[i - 1], &b->models[i], BX_METRIC_MAP, &d) && d.interval.sd > 0)
            sd[n++] = d.interval.sd;
    }
    if (n) {
        qsort(sd, n, sizeof *sd, by_size);
        median = (sd[(n - 1) / 2] + sd[n / 2]) / 2;
    }
    free(sd);
    return BX_Z95 * median;
}

const char *bx_view_interval_words(const struct bx_view_board *b, struct bx_arena *a)
{
    size_t made = 0, missing = 0;
    for (size_t i = 0; i < b->nranked; i++) {
        made += b->models[i].interval.there;
        missing += !b->models[i].resamples;
    }
    if (b->certain)
        return bx_printf(a, "Another test set of this size would give a number within so much of it, 19 times in 20.%s",
                         bx_view_rough(b) ? " Rough here: fewer than half of the classes are on 10 images or more." : "");
    if (missing)
        return bx_printf(
            a,
            "%s no interval yet, so ranks are by the displayed number. The next night makes what is missing, as “boxscore rescore” does.",
            made ? bx_printf(a, "%zu of %zu ranked models have", missing, b->nranked) : "There is");
    return b->nranked ? "The test set is too small for intervals: ranks are by the displayed number." : NULL;
}

const char *bx_view_resolution_words(const struct bx_view_board *b, struct bx_arena *a)
{
    const double least = bx_view_resolution(b);
    if (!isfinite(least))
        return NULL;
    return bx_printf(a,
                     "Of two neighbours in this table these %s tell differences from about %s points of mAP on. To tell half of that takes "
                     "four times as many.",
                     bx_show_plural(a, b->nimages, "image", "images"), bx_printf(a, least < 0.001 ? "%.2f" : "%.1f", least * 100));
}
