/* budget.c: what a budget of time buys: the most accurate ranked model under each of at most five round bounds that part them. */
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <string.h>

enum { MOST = 5, BOUNDS = 3 * 12 };

/* Ranked models stand by accuracy: the first that is quick enough. */
static const struct bx_view_model *best_under(const struct bx_view_board *b, double bound)
{
    for (size_t i = 0; i < b->nranked; i++)
        if (b->models[i].latency_ms < bound)
            return &b->models[i];
    return NULL;
}

cJSON *bx_view_budget(const struct bx_view_board *b, struct bx_arena *a)
{
    static const double round[] = {1, 2, 5};
    struct {
        double bound;
        const struct bx_view_model *best;
    } at[BOUNDS];
    size_t n = 0;
    for (size_t k = 0; k < BOUNDS; k++) {
        double bound = round[k % 3] * pow(10, (double)(k / 3) - 3);
        const struct bx_view_model *m = best_under(b, bound);
        if (!m || (n && m == at[n - 1].best) || bx_shown_tenths(bx_view_get(m, BX_METRIC_MAP)) <= 0)
            continue;
        at[n].bound = bound;
        at[n++].best = m;
    }
    if (n < 2) /* time buys nothing here */
        return NULL;
    cJSON *o = bx_tree(), *list = bx_put(o, "list", bx_list());
    size_t shown = n < MOST ? n : MOST;
    for (size_t i = 0; i < shown; i++) { /* the first, the last, and what lies evenly between them */
        size_t k = i * (n - 1) / (shown - 1);
        cJSON *one = bx_push(list, bx_tree());
        bx_put_str(one, "bound", bx_printf(a, "%g", at[k].bound));
        bx_put_str(one, "slug", at[k].best->slug);
        bx_put_str(one, "name", at[k].best->name);
        bx_put_str(one, "map", bx_show_percent(a, bx_view_get(at[k].best, BX_METRIC_MAP)));
    }
    return o;
}
