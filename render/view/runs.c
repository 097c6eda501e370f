/* runs.c: the list of runs, and one run's page. */
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <string.h>

static cJSON *run_tree(const struct bx_view_board *b, const struct bx_view_run *r, struct bx_arena *a)
{
    cJSON *o = bx_tree();
    bx_put_str(o, "href", bx_url_run(a, b, r));
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
    const struct bx_view_board *b = of->board;
    cJSON *runs = bx_put(page, "runs", bx_tree());
    bx_put_bool(runs, "has", b->nruns > 0);
    bx_put_str(runs, "summary",
               b->nruns ? bx_printf(a, "%s, newest first.", bx_show_plural(a, b->nruns, "run", "runs")) : "No run has been recorded yet.");
    cJSON *list = bx_put(runs, "list", bx_list());
    for (size_t i = 0; i < b->nruns; i++)
        bx_push(list, run_tree(b, &b->runs[i], a));
}

static void add_fact(cJSON *list, const char *term, const char *text)
{
    if (!text)
        return;
    cJSON *o = bx_push(list, bx_tree());
    bx_put_str(o, "term", term);
    bx_put_str(o, "text", text);
}

void bx_tree_run(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_board *b = of->board;
    const struct bx_view_run *r = of->run;
    cJSON *run = bx_put(page, "run", run_tree(b, r, a));
    bx_put_str(run, "summary",
               r->models == 0 ? "Nothing was due."
                              : bx_printf(a, "%s asked, %u failed.", bx_show_plural(a, r->models, "model was", "models were"), r->failed));
    cJSON *facts = bx_put(run, "facts", bx_list());
    add_fact(facts, "Outcome", r->outcome);
    add_fact(facts, "Took", r->ended_ms ? bx_show_duration(a, r->ended_ms - r->started_ms) : NULL);
    add_fact(facts, "Machine", r->host);
    add_fact(facts, "boxscore", r->boxscore);
    cJSON *list = bx_put(run, "evaluations", bx_list());
    for (size_t i = 0; i < b->nmodels; i++)
        for (size_t k = 0; k < b->models[i].nhistory; k++) {
            const struct bx_view_evaluation *e = &b->models[i].history[k];
            if (!e->run || strcmp(e->run, r->id) != 0)
                continue;
            cJSON *o = bx_push(list, bx_tree());
            bx_put_str(o, "name", b->models[i].name);
            bx_put_str(o, "href", bx_url_model(a, b, &b->models[i]));
            bx_put(o, "status", bx_view_outcome_tree(e, a));
            bx_put(o, "map", bx_number_tree(e->report ? bx_show_percent(a, bx_report_get(e->report, BX_METRIC_MAP, -1)) : NULL));
            bx_put(o, "latency", bx_number_tree(bx_show_cost(a, e->latency_ms)));
            bx_put(o, "detections", bx_number_tree(e->detections ? bx_show_count(a, (double)e->ndetections) : NULL));
            bx_put_str(o, "reason", e->reason ? e->reason : "");
        }
    bx_put_bool(run, "has_evaluations", list->child != NULL);
}
