/* runs.c: the list of runs, and one run's page. */
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <string.h>

static cJSON *run_tree(const struct bx_view_run *r, struct bx_arena *a)
{
    cJSON *o = bx_tree();
    bx_put_str(o, "href", bx_url_run(a, r));
    bx_put_str(o, "id_short", bx_strndup(a, r->id, strnlen(r->id, 8)));
    bx_put_str(o, "iso", bx_show_iso(a, r->started_ms));
    bx_put_str(o, "started", bx_printf(a, "%s, %s", bx_show_date(a, r->started_ms), bx_show_clock(a, r->started_ms)));
    bx_put_str(o, "ended", r->ended_ms ? bx_show_clock(a, r->ended_ms) : "not finished");
    bx_put_str(o, "outcome", r->outcome);
    bx_put_str(o, "count", bx_printf(a, "%u", r->models));
    bx_put_str(o, "failed", bx_printf(a, "%u", r->failed));
    bx_put_str(o, "machine", r->host);
    bx_put_str(o, "version", r->boxscore);
    return o;
}

void bx_tree_runs(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_overview *all = of->all;
    cJSON *runs = bx_put(page, "runs", bx_tree());
    bx_put_bool(runs, "has", all->nruns > 0);
    bx_put_str(runs, "summary",
               all->nruns ? bx_printf(a, "%s, newest first.", bx_show_plural(a, all->nruns, "run", "runs"))
                          : "No run has been recorded yet.");
    cJSON *list = bx_put(runs, "list", bx_list());
    for (size_t i = 0; i < all->nruns; i++)
        bx_push(list, run_tree(&all->runs[i], a));
}

static void add_fact(cJSON *list, const char *term, const char *text)
{
    if (!text)
        return;
    cJSON *o = bx_push(list, bx_tree());
    bx_put_str(o, "term", term);
    bx_put_str(o, "text", text);
}

/* The answers of one run that one board scores. */
static cJSON *part_tree(const struct bx_view_glance *g, const struct bx_view_asked *asked, size_t n, struct bx_arena *a)
{
    cJSON *part = bx_tree(), *list = bx_put(part, "evaluations", bx_list());
    bool counted = false;
    bx_put_str(part, "title", g->title);
    bx_put_str(part, "slug", g->slug);
    bx_put_str(part, "href", bx_url_place(a, g->slug, NULL));
    for (size_t i = 0; i < n; i++) {
        const struct bx_view_asked *e = &asked[i];
        counted = counted || isfinite(e->detections);
        cJSON *o = bx_push(list, bx_tree());
        bx_put_str(o, "name", e->name);
        bx_put_str(o, "href", bx_url_place(a, g->slug, e->slug));
        bx_put(o, "status", bx_view_outcome_tree(e->status));
        bx_put(o, "map", bx_number_tree(bx_show_percent(a, e->map)));
        bx_put(o, "latency", bx_number_tree(bx_show_cost(a, e->latency_ms)));
        bx_put(o, "detections", bx_number_tree(bx_show_count(a, e->detections)));
        bx_put_str(o, "reason", e->reason ? e->reason : "");
    }
    bx_put_bool(part, "has_detections", counted); /* they are known of the newest answers alone */
    return part;
}

void bx_tree_run(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_run *r = of->run;
    cJSON *run = bx_put(page, "run", run_tree(r, a));
    bx_put_str(run, "summary",
               r->models == 0 ? "Nothing was due."
                              : bx_printf(a, "%s asked, %u failed.", bx_show_plural(a, r->models, "model was", "models were"), r->failed));
    cJSON *facts = bx_put(run, "facts", bx_list());
    add_fact(facts, "Outcome", r->outcome);
    add_fact(facts, "Took", r->ended_ms ? bx_show_duration(a, r->ended_ms - r->started_ms) : NULL);
    add_fact(facts, "Machine", r->host);
    add_fact(facts, "boxscore", r->boxscore);
    cJSON *list = bx_put(run, "parts", bx_list()), *flat = bx_put(run, "evaluations", bx_list()); /* flat: of templates for one board */
    for (size_t i = 0; i < of->all->n; i++) {
        const struct bx_view_asked *first;
        size_t n = bx_view_asked_in(&of->all->boards[i], r->id, &first);
        if (!n)
            continue;
        cJSON *part = bx_push(list, part_tree(&of->all->boards[i], first, n, a));
        for (const cJSON *o = cJSON_GetObjectItemCaseSensitive(part, "evaluations")->child; o; o = o->next)
            bx_push(flat, cJSON_Duplicate(o, true));
    }
    bx_put_bool(run, "has_evaluations", list->child != NULL);
}
