/* rank.c: who is ranked, where, and in which order the board stands. */
#include "render/view/view.h"
#include "core/base/pareto.h"
#include "render/view/number.h"
#include <stdlib.h>
#include <string.h>

double bx_view_get(const struct bx_view_model *m, enum bx_metric metric)
{
    return m->report ? bx_report_get(m->report, metric, -1) : (double)NAN;
}

bool bx_view_on_board(const struct bx_view_model *m)
{
    return m->status != BX_VIEW_RETIRED;
}

size_t bx_view_front(const struct bx_view_board *b, bool *on)
{
    double *cost = bx_xrealloc(NULL, 2 * b->nranked + 1, sizeof *cost), *value = cost + b->nranked;
    for (size_t i = 0; i < b->nranked; i++) {
        cost[i] = b->models[i].latency_ms;
        value[i] = bx_view_get(&b->models[i], BX_METRIC_MAP);
    }
    size_t n = bx_pareto(cost, value, b->nranked, on);
    free(cost);
    return n;
}

static int group(const struct bx_view_model *m)
{
    return m->ranked ? 0 : m->status == BX_VIEW_RETIRED ? 2 : 1;
}

/* Ranked ones by displayed mAP, then by all its digits; the rest by name. The slug is unique. */
static int by_place(const void *pa, const void *pb)
{
    const struct bx_view_model *a = pa, *b = pb;
    if (group(a) != group(b))
        return group(a) - group(b);
    if (a->ranked) {
        double x = bx_view_get(a, BX_METRIC_MAP), y = bx_view_get(b, BX_METRIC_MAP);
        if (x != y)
            return x > y ? -1 : 1;
    }
    int c = strcmp(a->name, b->name);
    return c ? c : strcmp(a->slug, b->slug);
}

/* Every model's place by its own interval: only where all have one, for a model without could stand anywhere. */
static bool rank_certain(struct bx_view_board *b)
{
    const size_t n = b->nranked;
    bool all = n > 0;
    for (size_t i = 0; i < n && all; i++)
        all = b->models[i].interval.there && b->models[i].resamples->B == b->models[0].resamples->B;
    if (!all)
        return false;
    double *value = bx_xrealloc(NULL, n, sizeof *value);
    const double **resample = bx_xrealloc(NULL, n, sizeof *resample);
    struct bx_rank *rank = bx_xrealloc(NULL, n, sizeof *rank);
    for (size_t i = 0; i < n; i++) {
        value[i] = bx_view_get(&b->models[i], BX_METRIC_MAP);
        resample[i] = bx_resamples_of(b->models[i].resamples, BX_METRIC_MAP);
    }
    bx_ranks(value, resample, n, b->models[0].resamples->B, rank, NULL);
    for (size_t i = 0; i < n; i++) {
        struct bx_view_model *m = &b->models[i];
        m->rank = rank[i].lo;
        m->rank_last = rank[i].hi;
        m->shared = (i > 0 && rank[i - 1].lo == rank[i].lo) || (i + 1 < n && rank[i + 1].lo == rank[i].lo);
    }
    free(rank);
    free(resample);
    free(value);
    return true;
}

static void rank_displayed(struct bx_view_board *b)
{
    for (size_t i = 0; i < b->nranked; i++) {
        struct bx_view_model *m = &b->models[i];
        m->rank = m->rank_last = (unsigned)i + 1;
        if (i > 0 && bx_shown_tenths(bx_view_get(m, BX_METRIC_MAP)) == bx_shown_tenths(bx_view_get(m - 1, BX_METRIC_MAP))) {
            m->rank = m->rank_last = m[-1].rank;
            m->shared = m[-1].shared = true;
        }
    }
}

static struct bx_interval interval_of(const struct bx_view_model *m)
{
    const double *resample = bx_resamples_of(m->resamples, BX_METRIC_MAP);
    return resample ? bx_interval(bx_view_get(m, BX_METRIC_MAP), resample, m->resamples->B) : (struct bx_interval){0};
}

static void find_best(struct bx_view_board *b)
{
    for (size_t c = 0; c < b->nclasses; c++) {
        b->classes[c].best = NULL;
        b->classes[c].best_ap = (double)NAN;
    }
    for (size_t i = 0; i < b->nranked; i++) {
        for (size_t k = 0; k < b->nclasses; k++) {
            struct bx_view_class *c = &b->classes[k];
            double v = bx_report_get(b->models[i].report, BX_METRIC_MAP, (int32_t)k);
            if (isfinite(v) && (!c->best || v > c->best_ap)) {
                c->best = &b->models[i];
                c->best_ap = v;
            }
        }
    }
}

void bx_view_rank(struct bx_view_board *b)
{
    b->nranked = b->nretired = 0;
    for (size_t i = 0; i < b->nmodels; i++) {
        struct bx_view_model *m = &b->models[i];
        m->ranked = m->complete && m->status != BX_VIEW_RETIRED && isfinite(bx_view_get(m, BX_METRIC_MAP));
        b->nranked += m->ranked;
        b->nretired += m->status == BX_VIEW_RETIRED;
        int64_t age = m->current ? b->as_of_ms - m->current->ended_ms : 0;
        m->age_days = (int)(age > 0 ? age / 86400000 : 0);
        m->overdue = m->current && b->max_age_ms > 0 && age > b->max_age_ms;
    }
    qsort(b->models, b->nmodels, sizeof *b->models, by_place);
    for (size_t i = 0; i < b->nmodels; i++) {
        struct bx_view_model *m = &b->models[i];
        m->rank = m->rank_last = 0;
        m->shared = false;
        m->interval = interval_of(m);
    }
    b->certain = rank_certain(b);
    if (!b->certain)
        rank_displayed(b);
    find_best(b);
}
