/* overview.c: what stays of each loaded board for the pages that speak of several. */
#include "core/store/store.h"
#include "render/view/view.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_slug(const void *a, const void *b)
{
    return strcmp(((const struct bx_view_place *)a)->slug, ((const struct bx_view_place *)b)->slug);
}

static int by_run(const void *pa, const void *pb)
{
    const struct bx_view_asked *a = pa, *b = pb;
    int c = strcmp(a->run, b->run);
    return c ? c : a->index < b->index ? -1 : a->index > b->index;
}

static void take_models(struct bx_view_glance *g, const struct bx_view_board *b, struct bx_arena *a)
{
    struct bx_view_place *places = BX_NEW(a, struct bx_view_place, b->nmodels);
    for (size_t i = 0; i < b->nmodels; i++) {
        const struct bx_view_model *m = &b->models[i];
        places[i] = (struct bx_view_place){
            .slug = bx_strdup(a, m->slug),
            .name = bx_strdup(a, m->name),
            .status = m->status,
            .ranked = m->ranked,
            .shared = m->shared,
            .rank = m->rank,
            .map = bx_view_get(m, BX_METRIC_MAP),
        };
        g->nasked += m->nhistory;
        if (m->last && m->last->ended_ms > g->asked_ms)
            g->asked_ms = m->last->ended_ms;
        if (m->ranked && m->rank == 1)
            g->nleaders++;
    }
    g->leaders = bx_memdup(a, places, g->nleaders * sizeof *places); /* ranked ones come first, by rank */
    if (b->nmodels)
        qsort(places, b->nmodels, sizeof *places, by_slug);
    g->places = places;
    g->nplaces = b->nmodels;
}

static const char *place_name(const struct bx_view_glance *g, const char *slug, const char **kept)
{
    const struct bx_view_place *p = bx_view_place(g, slug);
    *kept = p->slug;
    return p->name;
}

static void take_history(struct bx_view_glance *g, const struct bx_view_board *b, struct bx_arena *a)
{
    struct bx_view_asked *asked = BX_NEW(a, struct bx_view_asked, g->nasked), *next = asked;
    for (size_t i = 0; i < b->nmodels; i++) {
        const char *slug, *name = place_name(g, b->models[i].slug, &slug);
        for (size_t k = 0; k < b->models[i].nhistory; k++) {
            const struct bx_view_evaluation *e = &b->models[i].history[k];
            if (!e->run)
                continue;
            *next = (struct bx_view_asked){
                .index = (size_t)(next - asked),
                .slug = slug,
                .name = name,
                .reason = bx_strdup(a, e->reason),
                .status = e->status,
                .map = e->map,
                .latency_ms = e->latency_ms,
                .detections = e->detections ? (double)e->ndetections : (double)NAN,
            };
            memcpy(next->run, e->run, strnlen(e->run, sizeof next->run - 1));
            next++;
        }
    }
    g->asked = asked;
    g->nasked = (size_t)(next - asked);
    if (g->nasked)
        qsort(asked, g->nasked, sizeof *asked, by_run);
}

static void take_runs(struct bx_view_overview *o, const struct bx_view_board *b, struct bx_arena *a)
{
    struct bx_view_run *runs = bx_memdup(a, b->runs, b->nruns * sizeof *runs);
    for (size_t i = 0; i < b->nruns; i++) {
        runs[i].verb = bx_strdup(a, runs[i].verb);
        runs[i].id = bx_strdup(a, runs[i].id);
        runs[i].outcome = bx_strdup(a, runs[i].outcome);
        runs[i].host = bx_strdup(a, runs[i].host);
        runs[i].boxscore = bx_strdup(a, runs[i].boxscore);
    }
    o->runs = runs;
    o->nruns = b->nruns;
    o->as_of_ms = b->as_of_ms;
}

void bx_view_overview_add(struct bx_view_overview *o, const struct bx_view_board *b, struct bx_arena *a)
{
    if (!o->n) /* they are the store's: every board has the same */
        take_runs(o, b, a);
    struct bx_view_glance *g = &o->boards[o->n++];
    *g = (struct bx_view_glance){
        .slug = bx_strdup(a, b->slug),
        .title = bx_strdup(a, b->title),
        .rules = bx_strdup(a, b->rules),
        .digest = bx_strdup(a, b->digest),
        .split = bx_strdup(a, b->split),
        .geometry = b->geometry,
        .nimages = b->nimages,
        .nobjects = b->nobjects,
        .nmodels = b->nmodels - b->nretired,
        .nranked = b->nranked,
    };
    const char **classes = BX_NEW(a, const char *, b->nclasses);
    for (size_t i = 0; i < b->nclasses; i++)
        if (!b->classes[i].left_out)
            classes[g->nclasses++] = bx_strdup(a, b->classes[i].name);
    g->classes = classes;
    take_models(g, b, a);
    take_history(g, b, a);
}

const struct bx_view_place *bx_view_place(const struct bx_view_glance *g, const char *slug)
{
    const struct bx_view_place key = {.slug = slug};
    return g->nplaces ? bsearch(&key, g->places, g->nplaces, sizeof key, by_slug) : NULL;
}

size_t bx_view_asked_in(const struct bx_view_glance *g, const char *run, const struct bx_view_asked **first)
{
    size_t lo = 0, hi = g->nasked, n = 0;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(g->asked[mid].run, run) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo + n < g->nasked && !strcmp(g->asked[lo + n].run, run))
        n++;
    *first = g->asked + lo;
    return n;
}
