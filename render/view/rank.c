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
        m->rank = 0;
        m->shared = false;
        if (!m->ranked)
            continue;
        m->rank = (unsigned)i + 1;
        if (i > 0 && bx_shown_tenths(bx_view_get(m, BX_METRIC_MAP)) == bx_shown_tenths(bx_view_get(m - 1, BX_METRIC_MAP))) {
            m->rank = m[-1].rank;
            m->shared = m[-1].shared = true;
        }
    }
    find_best(b);
}
