/* say.c: the sentences a page opens with, and the words of a status, made from data. */
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <string.h>

enum { NSIZES = 3 };
static const struct {
    enum bx_metric metric;
    const char *words;
} sizes[NSIZES] = {
    {BX_METRIC_MAP_SMALL, "small objects"}, {BX_METRIC_MAP_MEDIUM, "medium objects"}, {BX_METRIC_MAP_LARGE, "large objects"}};

static const struct bx_view_model *best_at(const struct bx_view_board *b, enum bx_metric metric)
{
    const struct bx_view_model *best = NULL;
    for (size_t i = 0; i < b->nranked; i++)
        if (isfinite(bx_view_get(&b->models[i], metric)) && (!best || bx_view_get(&b->models[i], metric) > bx_view_get(best, metric)))
            best = &b->models[i];
    return best;
}

static void say_model(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    bx_say_name(parts, m->name, bx_url_model(a, b, m));
}

static void say_leaders(cJSON *parts, const struct bx_view_board *b, struct bx_arena *a)
{
    size_t n = 1;
    while (n < b->nranked && b->models[n].rank == 1)
        n++;
    const char *map = bx_show_percent(a, bx_view_get(&b->models[0], BX_METRIC_MAP));
    say_model(parts, b, &b->models[0], a);
    if (n == 1) {
        bx_say(parts, bx_printf(a, " leads with %s%% mAP. ", map));
        return;
    }
    bx_say(parts, n == 2 ? " and " : ", ");
    say_model(parts, b, &b->models[1], a);
    if (n > 2)
        bx_say(parts, bx_printf(a, " and %zu more", n - 2));
    bx_say(parts, bx_printf(a, " share first place with %s%% mAP. ", map));
}

static const char *part_of_time(double r)
{
    static const struct {
        double below;
        const char *words;
    } words[] = {{0.01, "a hundredth"}, {0.02, "a fiftieth"}, {0.05, "a twentieth"}, {0.1, "a tenth"},
                 {0.2, "a fifth"},      {0.25, "a quarter"},  {1. / 3, "a third"},   {0.5, "half"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (r < words[i].below)
            return words[i].words;
    return NULL;
}

cJSON *bx_view_board_verdict(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = bx_tree(), *parts = bx_put(o, "parts", bx_list());
    if (b->nranked == 0) {
        bx_say(parts, b->nmodels > b->nretired ? "No model has complete numbers yet." : "There is no model yet.");
        return o;
    }
    say_leaders(parts, b, a);
    const struct bx_view_model *first = &b->models[0], *quick = NULL, *small = best_at(b, BX_METRIC_MAP_SMALL);
    for (size_t i = 1; i < b->nranked && !quick; i++)
        if (b->models[i].rank > 1 && b->models[i].latency_ms < first->latency_ms / 2)
            quick = &b->models[i];
    if (quick && bx_view_get(quick, BX_METRIC_MAP) < bx_view_get(first, BX_METRIC_MAP) / 2)
        quick = NULL;
    if (small && (small->rank == 1 ||
                  bx_shown_tenths(bx_view_get(small, BX_METRIC_MAP_SMALL)) == bx_shown_tenths(bx_view_get(first, BX_METRIC_MAP_SMALL))))
        small = NULL;
    if (quick) {
        say_model(parts, b, quick, a);
        bx_say(parts, bx_printf(a, " keeps %.0f%% of %s accuracy in under %s of the time%s",
                                bx_view_get(quick, BX_METRIC_MAP) / bx_view_get(first, BX_METRIC_MAP) * 100,
                                b->nranked > 1 && b->models[1].rank == 1 ? "their" : "its",
                                part_of_time(quick->latency_ms / first->latency_ms), small ? ", and " : "."));
    }
    if (small) {
        say_model(parts, b, small, a);
        bx_say(parts, " is the best at small objects.");
    }
    return o;
}

cJSON *bx_view_plots_verdict(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = bx_tree(), *parts = bx_put(o, "parts", bx_list());
    size_t worse = 0, n = 0, timed = 0;
    for (size_t i = 0; i < b->nranked; i++) {
        double s = bx_view_get(&b->models[i], BX_METRIC_MAP_SMALL), l = bx_view_get(&b->models[i], BX_METRIC_MAP_LARGE);
        n += isfinite(s) && isfinite(l);
        worse += s < l;
        timed += isfinite(b->models[i].latency_ms) != 0;
    }
    if (b->nranked == 0) {
        bx_say(parts, "No model has complete numbers yet.");
        return o;
    }
    if (timed > 1)
        bx_say(parts, "Accuracy costs time: names in bold are on the Pareto front, no model is better in both. ");
    if (n == 0) /* sizes of the board's own, or a test set that lacks one */
        return o;
    if (worse == n)
        bx_say(parts, n == 1 ? "The model is worse at small objects than at large ones."
                             : "Every model is worse at small objects than at large ones.");
    else if (worse)
        bx_say(parts, bx_printf(a, "%zu of %zu models are worse at small objects than at large ones.", worse, n));
    else
        bx_say(parts, "No model is worse at small objects than at large ones.");
    return o;
}

/* The bound under which m is the most accurate: a round number of ms between its own latency and that of the next more accurate model; NaN:
 * it is not. */
static double bound_of(const struct bx_view_board *b, const struct bx_view_model *m)
{
    double next = INFINITY;
    for (size_t i = 0; i < b->nranked; i++) {
        const struct bx_view_model *o = &b->models[i];
        if (o == m || !isfinite(o->latency_ms) || bx_view_get(o, BX_METRIC_MAP) <= bx_view_get(m, BX_METRIC_MAP))
            continue;
        if (o->latency_ms <= m->latency_ms)
            return (double)NAN;
        next = fmin(next, o->latency_ms);
    }
    static const double round[] = {8, 6, 5, 4, 3, 2.5, 2, 1.5, 1};
    if (!isfinite(m->latency_ms) || isinf(next))
        return (double)NAN;
    for (double ten = 1e6; ten > 1e-4; ten /= 10)
        for (size_t i = 0; i < sizeof round / sizeof *round; i++)
            if (round[i] * ten <= next && round[i] * ten > m->latency_ms)
                return round[i] * ten;
    return next;
}

static bool say_strength(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    if (m->rank == 1) {
        bx_say_strong(parts, m->shared ? "Among the most accurate models of this board." : "The most accurate model of this board.");
        return true;
    }
    double bound = bound_of(b, m);
    if (isfinite(bound)) {
        bx_say_strong(parts, bx_printf(a, "The most accurate model under %s ms per image.",
                                       bound == floor(bound) ? bx_printf(a, "%.0f", bound) : bx_show_cost(a, bound)));
        return true;
    }
    for (size_t i = 0; i < NSIZES; i++)
        if (best_at(b, sizes[i].metric) == m) {
            bx_say_strong(parts, bx_printf(a, "The best at %s.", sizes[i].words));
            return true;
        }
    return false;
}

static void say_rank(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, bool strength, struct bx_arena *a)
{
    if (!m->shared) {
        if (m->rank > 1 || !strength)
            bx_say(parts, bx_printf(a, "%sIt ranks %u of %zu. ", strength ? " " : "", m->rank, b->nranked));
        else
            bx_say(parts, " ");
        return;
    }
    const struct bx_view_model *other = NULL;
    size_t n = 0;
    for (size_t i = 0; i < b->nranked; i++)
        if (b->models[i].rank == m->rank && &b->models[i] != m) {
            other = other ? other : &b->models[i];
            n++;
        }
    if (!other)
        return;
    bx_say(parts, bx_printf(a, "%sIt shares rank %u with ", strength ? " " : "", m->rank));
    say_model(parts, b, other, a);
    if (n > 1)
        bx_say(parts, bx_printf(a, " and %zu more", n - 1));
    double r = m->latency_ms / other->latency_ms;
    if (n == 1 && isfinite(r))
        bx_say(parts, r < 0.95   ? bx_printf(a, " and needs %.0f%% of its time", r * 100)
                      : r > 1.05 ? bx_printf(a, " and needs %.1f times its time", r)
                                 : " in about the same time");
    bx_say(parts, ". ");
}

struct loss {
    const char *words, *name;
    double own, best;
};

static struct loss worst_size(const struct bx_view_board *b, const struct bx_view_model *m)
{
    struct loss w = {0};
    for (size_t i = 0; i < NSIZES; i++) {
        const struct bx_view_model *best = best_at(b, sizes[i].metric);
        double own = bx_view_get(m, sizes[i].metric), top = best ? bx_view_get(best, sizes[i].metric) : (double)NAN;
        if (top - own > w.best - w.own)
            w = (struct loss){sizes[i].words, NULL, own, top};
    }
    return w;
}

static struct loss worst_class(const struct bx_view_board *b, const struct bx_view_model *m)
{
    struct loss w = {0};
    for (size_t c = 0; c < b->nclasses; c++) {
        double own = bx_report_get(m->report, BX_METRIC_MAP, (int32_t)c), top = b->classes[c].best_ap;
        if (top - own > w.best - w.own)
            w = (struct loss){NULL, b->classes[c].name, own, top};
    }
    return w;
}

static void say_losses(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    const double worth_saying = 0.01;
    struct loss size = worst_size(b, m), class = worst_class(b, m);
    bool s = size.best - size.own >= worth_saying, c = class.best - class.own >= worth_saying;
    if (!s && !c)
        return;
    bx_say(parts, "It loses most on ");
    if (s)
        bx_say(parts, bx_printf(a, "%s (%s, best %s)%s", size.words, bx_show_percent(a, size.own), bx_show_percent(a, size.best),
                                c ? " and on " : "."));
    if (c) {
        bx_say(parts, "class ");
        bx_say_name(parts, class.name, NULL);
        bx_say(parts, bx_printf(a, " (%s, best %s).", bx_show_percent(a, class.own), bx_show_percent(a, class.best)));
    }
}

cJSON *bx_view_model_verdict(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    cJSON *o = bx_tree(), *parts = bx_put(o, "parts", bx_list());
    if (m->ranked) {
        say_rank(parts, b, m, say_strength(parts, b, m, a), a);
        say_losses(parts, b, m, a);
        return o;
    }
    static const char *const words[] = {
        [BX_VIEW_OK] = "Not ranked: it has no mAP on this test set.",
        [BX_VIEW_PARTIAL] = "Not ranked: it did not answer for every image.",
        [BX_VIEW_FAILED] = "Not ranked: its last run failed.",
        [BX_VIEW_CHANGED] = "Not ranked: it changed since its last run.",
        [BX_VIEW_NEVER] = "Not ranked: it was never run.",
        [BX_VIEW_RETIRED] = "Retired: its config is gone, its numbers stay.",
    };
    bx_say_strong(parts, m->left ? "Retired: it takes part in this board no more, its numbers stay." : words[m->status]);
    if (m->report && m->current && isfinite(bx_view_get(m, BX_METRIC_MAP)))
        bx_say(parts, bx_printf(a, " The numbers below are its last good ones, of %s.", bx_show_date(a, m->current->ended_ms)));
    return o;
}
