/* say.c: the sentences a page opens with, made from data. What cannot be told apart at the digits shown, or rests on fewer than
 * BX_VIEW_ENOUGH images, is no finding; 0.0 is no strength. */
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what can be told apart ---- */

static long shown(const struct bx_view_model *m, enum bx_metric metric)
{
    return bx_shown_tenths(bx_view_get(m, metric));
}

/* The ranked model that alone has the best displayed value, above 0, and is better than all others for sure; NULL: there is none. */
static const struct bx_view_model *best_alone(const struct bx_view_board *b, enum bx_metric metric)
{
    const struct bx_view_model *best = NULL;
    bool alone = false;
    for (size_t i = 0; i < b->nranked; i++) {
        const struct bx_view_model *m = &b->models[i];
        if (!isfinite(bx_view_get(m, metric)))
            continue;
        long more = best ? shown(m, metric) - shown(best, metric) : 1;
        if (more > 0)
            best = m;
        alone = more > 0 || (alone && more < 0);
    }
    if (!alone || shown(best, metric) <= 0)
        return NULL;
    for (size_t i = 0; i < b->nranked; i++)
        if (&b->models[i] != best && isfinite(bx_view_get(&b->models[i], metric)) && !bx_view_better(b, best, &b->models[i], metric))
            return NULL;
    return best;
}

struct size {
    enum bx_metric metric;
    const char *words;
    bool enough; /* images to speak of */
};

/* The board's own sizes, or COCO's. */
static size_t sizes_of(const struct bx_view_board *b, struct size size[BX_RULES_SIZES], struct bx_arena *a)
{
    const struct bx_size_bin *bins;
    size_t n = bx_rules_sizes(&b->by, &bins);
    bool own = bx_rules_own_sizes(&b->by);
    for (size_t i = 0; i < n; i++) {
        size[i].metric = (enum bx_metric)((own ? BX_METRIC_MAP_SIZE_1 : BX_METRIC_MAP_SMALL) + (int)i);
        size[i].words = bx_printf(a, own ? "objects of size %s" : "%s objects", bins[i].name);
        size[i].enough = b->size_images[i] >= BX_VIEW_ENOUGH;
    }
    return n;
}

static size_t of_rank(const struct bx_view_board *b, unsigned rank)
{
    size_t n = 0;
    for (size_t i = 0; i < b->nranked; i++)
        n += b->models[i].rank == rank;
    return n;
}

static void say_model(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    bx_say_name(parts, m->name, bx_url_model(a, b, m));
}

/* ---- the board ---- */

static void say_leaders(cJSON *parts, const struct bx_view_board *b, size_t n, struct bx_arena *a)
{
    const struct bx_view_model *first = b->models;
    const char *map = bx_show_percent(a, bx_view_get(first, BX_METRIC_MAP));
    if (b->certain && n > 1 && shown(first, BX_METRIC_MAP) != shown(first + n - 1, BX_METRIC_MAP)) {
        say_model(parts, b, first, a);
        bx_say(parts, bx_printf(a, " has the highest mAP, %s%%; ", map));
        say_model(parts, b, first + 1, a);
        bx_say(parts, n == 2 ? " may be as good. " : bx_printf(a, " and %zu more may be as good. ", n - 2));
        return;
    }
    if (n == b->nranked && (n > 2 || (n == 2 && shown(first, BX_METRIC_MAP) <= 0))) {
        const char *all = n == 2 ? "Both" : bx_printf(a, "All %zu", n);
        bx_say(parts, bx_printf(a, "%s ranked models have the same mAP, %s%%. ", all, map));
        return;
    }
    say_model(parts, b, first, a);
    if (b->nranked == 1) {
        bx_say(parts, bx_printf(a, " is the only ranked model, with %s%% mAP. ", map));
        return;
    }
    if (n == 1) {
        bx_say(parts, bx_printf(a, " leads with %s%% mAP. ", map));
        return;
    }
    bx_say(parts, n == 2 ? " and " : ", ");
    say_model(parts, b, first + 1, a);
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
    return "half"; /* of less than half the time, rounded */
}

/* The most accurate of the others that needs less than half the time of the fastest leader, and keeps half of the accuracy. */
static const struct bx_view_model *quick_one(const struct bx_view_board *b, size_t leaders, double *part)
{
    double time = INFINITY;
    for (size_t i = 0; i < leaders; i++)
        time = fmin(time, b->models[i].latency_ms); /* fmin passes over NaN */
    for (size_t i = leaders; i < b->nranked && isfinite(time); i++) {
        const struct bx_view_model *m = &b->models[i];
        if (m->latency_ms < time / 2) {
            *part = m->latency_ms / time;
            return bx_view_get(m, BX_METRIC_MAP) >= bx_view_get(b->models, BX_METRIC_MAP) / 2 ? m : NULL;
        }
    }
    return NULL;
}

cJSON *bx_view_board_verdict(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = bx_tree(), *parts = bx_put(o, "parts", bx_list());
    if (b->nranked == 0) {
        bx_say(parts, b->nmodels > b->nretired ? "No model has complete numbers yet." : "There is no model yet.");
        return o;
    }
    size_t leaders = of_rank(b, 1);
    say_leaders(parts, b, leaders, a);
    if (shown(b->models, BX_METRIC_MAP) <= 0)
        return o;
    struct size size[BX_RULES_SIZES];
    sizes_of(b, size, a); /* the first are the small ones */
    double part = 1;
    const struct bx_view_model *quick = quick_one(b, leaders, &part), *small = size[0].enough ? best_alone(b, size[0].metric) : NULL;
    if (small && small->rank == 1)
        small = NULL;
    if (quick) {
        say_model(parts, b, quick, a);
        double kept = bx_view_get(quick, BX_METRIC_MAP) / bx_view_get(b->models, BX_METRIC_MAP);
        bx_say(parts, bx_printf(a, " keeps %.0f%% of %s accuracy in under %s of the time%s", fmin(kept * 100, 99),
                                leaders > 1 ? "their" : "its", part_of_time(part),
                                small && small != quick ? ", and "
                                : small                 ? " and"
                                                        : "."));
    }
    if (small) {
        if (small != quick)
            say_model(parts, b, small, a);
        bx_say(parts, bx_printf(a, " is the best at %s.", size[0].words));
    }
    return o;
}

/* ---- the plots ---- */

static void say_front(cJSON *parts, const struct bx_view_board *b)
{
    bool *on = bx_xrealloc(NULL, b->nranked + 1, sizeof *on);
    size_t n = bx_view_front(b, on), timed = 0;
    const struct bx_view_model *top = NULL;
    bool costs = false; /* it has models of different accuracy */
    for (size_t i = 0; i < b->nranked; i++) {
        timed += isfinite(b->models[i].latency_ms) != 0;
        costs = costs || (on[i] && top && shown(&b->models[i], BX_METRIC_MAP) != shown(top, BX_METRIC_MAP));
        top = on[i] ? &b->models[i] : top;
    }
    free(on);
    if (costs)
        bx_say(parts, "Accuracy costs time: of the models whose names are in bold, the Pareto front, none is beaten in both. ");
    else if (n == 1 && timed > 1 && shown(top, BX_METRIC_MAP) > 0)
        bx_say(parts, timed == b->nranked ? "The most accurate model is also the fastest. "
                                          : "Of the models with a latency, the most accurate is also the fastest. ");
}

/* How the ranked models do at the smallest and at the largest objects. */
static void say_small_and_large(cJSON *parts, const struct bx_view_board *b, struct bx_arena *a)
{
    size_t worse = 0, n = 0, other = 0;
    if (bx_rules_own_sizes(&b->by) || b->size_images[0] < BX_VIEW_ENOUGH || b->size_images[2] < BX_VIEW_ENOUGH)
        return;
    for (size_t i = 0; i < b->nranked; i++) {
        const struct bx_view_model *m = &b->models[i];
        if (!isfinite(bx_view_get(m, BX_METRIC_MAP_SMALL)) || !isfinite(bx_view_get(m, BX_METRIC_MAP_LARGE)))
            continue;
        n++;
        worse += shown(m, BX_METRIC_MAP_SMALL) < shown(m, BX_METRIC_MAP_LARGE);
        other += shown(m, BX_METRIC_MAP_SMALL) != shown(m, BX_METRIC_MAP_LARGE);
    }
    if (!other) /* all values 0, or nobody has any */
        return;
    const char *than = "worse at small objects than at large ones.";
    if (worse == n)
        bx_say(parts, bx_printf(a, n == 1 ? "The model is %s" : n == 2 ? "Both models are %s" : "Every model is %s", than));
    else if (worse)
        bx_say(parts, bx_printf(a, "%zu of %zu models %s %s", worse, n, worse == 1 ? "is" : "are", than));
    else
        bx_say(parts, bx_printf(a, n == 1 ? "The model is not %s" : "No model is %s", than));
}

cJSON *bx_view_plots_verdict(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = bx_tree(), *parts = bx_put(o, "parts", bx_list());
    if (b->nranked == 0) {
        bx_say(parts, b->nmodels > b->nretired ? "No model has complete numbers yet." : "There is no model yet.");
        return o;
    }
    say_front(parts, b);
    say_small_and_large(parts, b, a);
    if (!parts->child)
        bx_say(parts, bx_printf(a, "Accuracy of %s against cost, and by object size.",
                                bx_show_plural(a, b->nranked, "ranked model", "ranked models")));
    return o;
}

/* ---- a model ---- */

/* The bound under which m is the most accurate: a round number of ms above its own latency and not above that of the next model that is as
 * accurate; NaN: it is not, or no round number lies between. */
static double bound_of(const struct bx_view_board *b, const struct bx_view_model *m)
{
    double next = INFINITY;
    for (size_t i = 0; i < b->nranked; i++) {
        const struct bx_view_model *o = &b->models[i];
        if (o == m || !isfinite(o->latency_ms) || shown(o, BX_METRIC_MAP) < shown(m, BX_METRIC_MAP))
            continue;
        if (o->latency_ms <= m->latency_ms)
            return (double)NAN;
        next = fmin(next, o->latency_ms);
    }
    static const double round[] = {8, 6, 5, 4, 3, 2.5, 2, 1.5, 1.2, 1};
    if (!isfinite(m->latency_ms) || isinf(next))
        return (double)NAN;
    for (double ten = 1e6; ten > 1e-4; ten /= 10)
        for (size_t i = 0; i < sizeof round / sizeof *round; i++)
            if (round[i] * ten <= next && round[i] * ten > m->latency_ms)
                return round[i] * ten;
    return (double)NAN;
}

static bool say_strength(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    if (shown(m, BX_METRIC_MAP) <= 0) {
        bx_say_strong(parts, "Its mAP is 0.0%.");
        return true;
    }
    if (m->rank == 1) {
        size_t n = of_rank(b, 1);
        if (b->certain && n > 1 && shown(b->models, BX_METRIC_MAP) != shown(b->models + n - 1, BX_METRIC_MAP)) {
            bx_say_strong(parts, bx_printf(a, "One of %zu models that may be the most accurate of this board.", n));
            return true;
        }
        bx_say_strong(parts, b->nranked == 1   ? "The only ranked model of this board."
                             : n == b->nranked ? "As accurate as every other ranked model of this board."
                             : n > 1           ? "Among the most accurate models of this board."
                                               : "The most accurate model of this board.");
        return true;
    }
    double bound = bound_of(b, m);
    if (isfinite(bound)) {
        bx_say_strong(parts,
                      bx_printf(a, b->certain ? "The highest mAP under %s ms per image." : "The most accurate model under %s ms per image.",
                                bound == floor(bound) ? bx_printf(a, "%.0f", bound) : bx_show_cost(a, bound)));
        return true;
    }
    struct size size[BX_RULES_SIZES];
    size_t n = sizes_of(b, size, a);
    for (size_t i = 0; i < n; i++)
        if (size[i].enough && best_alone(b, size[i].metric) == m) {
            bx_say_strong(parts, bx_printf(a, "The best at %s.", size[i].words));
            return true;
        }
    return false;
}

static void say_rank(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, bool strength, struct bx_arena *a)
{
    const char *space = strength ? " " : "";
    if (m->rank != m->rank_last) {
        bx_say(parts, bx_printf(a, "%sIts rank is between %u and %u of %zu. ", space, m->rank, m->rank_last, b->nranked));
        return;
    }
    if (!m->shared) {
        if (m->rank > 1)
            bx_say(parts, bx_printf(a, "%sIt ranks %u of %zu. ", space, m->rank, b->nranked));
        else
            bx_say(parts, " ");
        return;
    }
    size_t n = of_rank(b, m->rank) - 1;
    const struct bx_view_model *other = NULL;
    for (size_t i = 0; i < b->nranked && !other; i++)
        other = b->models[i].rank == m->rank && &b->models[i] != m ? &b->models[i] : NULL;
    if (!other) {
        bx_say(parts, " ");
        return;
    }
    bx_say(parts, bx_printf(a, "%sIt shares rank %u with ", space, m->rank));
    say_model(parts, b, other, a);
    if (n > 1)
        bx_say(parts, bx_printf(a, " and %zu more", n - 1));
    double r = m->latency_ms / other->latency_ms;
    if (n == 1 && isfinite(r) && r > 0)
        bx_say(parts, r < 0.01   ? " and needs less than 1% of its time"
                      : r < 0.95 ? bx_printf(a, " and needs %.0f%% of its time", r * 100)
                      : r > 1.05 ? bx_printf(a, " and needs %.1f times its time", r)
                                 : " in about the same time");
    bx_say(parts, ". ");
}

/* Who is ahead in accuracy and in time. */
static void say_beaten(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    const struct bx_view_model *by = NULL; /* the most accurate: models stand by accuracy */
    size_t n = 0;
    for (size_t i = 0; i < b->nranked; i++) {
        const struct bx_view_model *o = &b->models[i];
        if (o->latency_ms < m->latency_ms && bx_view_better(b, o, m, BX_METRIC_MAP)) {
            by = by ? by : o;
            n++;
        }
    }
    if (!by)
        return;
    say_model(parts, b, by, a);
    bx_say(parts,
           n == 1 ? " is both more accurate and faster. " : bx_printf(a, " and %zu more are both more accurate and faster. ", n - 1));
}

struct loss {
    const char *words, *name;
    double own, best;
};

static struct loss worst_size(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    struct loss w = {0};
    struct size size[BX_RULES_SIZES];
    size_t n = sizes_of(b, size, a);
    for (size_t i = 0; i < n; i++) {
        double own = bx_view_get(m, size[i].metric), top = own;
        for (size_t k = 0; k < b->nranked; k++)
            top = fmax(top, bx_view_get(&b->models[k], size[i].metric));
        if (size[i].enough && top - own > w.best - w.own)
            w = (struct loss){size[i].words, NULL, own, top};
    }
    return w;
}

static struct loss worst_class(const struct bx_view_board *b, const struct bx_view_model *m)
{
    struct loss w = {0};
    for (size_t c = 0; c < b->nclasses; c++) {
        double own = bx_report_get(m->report, BX_METRIC_MAP, (int32_t)c), top = b->classes[c].best_ap;
        if (b->classes[c].images >= BX_VIEW_ENOUGH && top - own > w.best - w.own)
            w = (struct loss){NULL, b->classes[c].name, own, top};
    }
    return w;
}

static void say_losses(cJSON *parts, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    const double worth_saying = 0.01;
    struct loss size = worst_size(b, m, a), class = worst_class(b, m);
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
        say_beaten(parts, b, m, a);
        say_losses(parts, b, m, a);
        return o;
    }
    static const char *const words[] = {
        [BX_VIEW_OK] = "Not ranked: it has no mAP on this test set.",
        [BX_VIEW_PARTIAL] = "Not ranked: it did not answer for every image.",
        [BX_VIEW_FAILED] = "Not ranked: it failed.",
        [BX_VIEW_CHANGED] = "Not ranked: it changed since its last run.",
        [BX_VIEW_NEVER] = "Not ranked: it was never run.",
        [BX_VIEW_RETIRED] = "Retired: its config is gone, its numbers stay.",
    };
    bx_say_strong(parts, m->left ? "Retired: it takes part in this board no more, its numbers stay." : words[m->status]);
    if (m->report && m->current && isfinite(bx_view_get(m, BX_METRIC_MAP)))
        bx_say(parts, bx_printf(a, " The numbers below are its last good ones, of %s.", bx_show_date(a, m->current->ended_ms)));
    return o;
}
