/* page.c: addresses, what every page has, and the pages that are mostly words. */
#include "core/base/text.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <string.h>

char *bx_url_board(struct bx_arena *a, const struct bx_view_board *b)
{
    return bx_printf(a, "b/%s/index.html", b->slug);
}

char *bx_url_sorted(struct bx_arena *a, const struct bx_view_board *b, const char *column)
{
    return strcmp(column, "map") != 0 ? bx_printf(a, "b/%s/by-%s.html", b->slug, column) : bx_url_board(a, b);
}

char *bx_url_model(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m)
{
    return bx_printf(a, "b/%s/m/%s.html", b->slug, m->slug);
}

char *bx_url_run(struct bx_arena *a, const struct bx_view_run *r)
{
    return bx_printf(a, "runs/%.10s-%.8s.html", bx_show_iso(a, r->started_ms), r->id);
}

char *bx_url_data(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m, const char *ext)
{
    return m ? bx_printf(a, "data/%s/%s.%s", b->slug, m->slug, ext) : bx_printf(a, "data/%s.%s", b->slug, ext);
}

static char *root_of(const char *path, struct bx_arena *a)
{
    char *root = bx_strdup(a, "");
    for (const char *p = path; *p; p++)
        if (*p == '/')
            root = bx_printf(a, "%s../", root);
    return root;
}

static void add_nav(cJSON *nav, const char *label, const char *href, bool current)
{
    cJSON *o = bx_push(nav, bx_tree());
    bx_put_str(o, "label", label);
    bx_put_str(o, "href", href);
    bx_put_bool(o, "current", current);
}

static cJSON *nav_tree(const struct bx_view_board *b, const char *kind, struct bx_arena *a)
{
    cJSON *nav = bx_list();
    add_nav(nav, "Board", bx_url_board(a, b), !strcmp(kind, "board"));
    add_nav(nav, "Plots", bx_printf(a, "b/%s/plots.html", b->slug), !strcmp(kind, "plots"));
    add_nav(nav, "Runs", "runs/index.html", !strcmp(kind, "runs"));
    add_nav(nav, "Methodology", "methodology.html", !strcmp(kind, "methodology"));
    add_nav(nav, "FAQ", "faq.html", !strcmp(kind, "faq"));
    return nav;
}

/* "11 ranked, 1 stale, 1 failed, 1 never run" */
static char *tonight(const struct bx_view_board *b, struct bx_arena *a)
{
    static const char *const words[] = {[BX_VIEW_OK] = "without numbers", [BX_VIEW_PARTIAL] = "partial", [BX_VIEW_FAILED] = "failed",
                                        [BX_VIEW_CHANGED] = "changed",    [BX_VIEW_NEVER] = "never run", [BX_VIEW_RETIRED] = NULL};
    size_t count[BX_VIEW_RETIRED + 1] = {0}, stale = 0;
    for (size_t i = 0; i < b->nmodels; i++) {
        count[b->models[i].status] += !b->models[i].ranked;
        stale += b->models[i].ranked && b->models[i].stale;
    }
    char *s = bx_printf(a, "%zu ranked", b->nranked);
    if (stale)
        s = bx_printf(a, "%s (%zu stale)", s, stale);
    for (size_t k = 0; k < BX_VIEW_RETIRED; k++)
        if (count[k])
            s = bx_printf(a, "%s, %zu %s", s, count[k], words[k]);
    return s;
}

static cJSON *test_set_tree(const struct bx_view_board *b, struct bx_arena *a)
{
    static const char *const geometry[] = {[BX_GEOM_BOX] = "boxes", [BX_GEOM_MASK] = "instance masks", [BX_GEOM_OBB] = "oriented boxes"};
    if (!b->digest)
        return NULL;
    cJSON *o = bx_tree();
    const char *hex = strrchr(b->digest, '-');
    bx_put_str(o, "digest", b->digest);
    bx_put_str(o, "digest_short", bx_strndup(a, hex ? hex + 1 : b->digest, strnlen(hex ? hex + 1 : b->digest, 8)));
    bx_put_str(o, "geometry", geometry[b->geometry]);
    bx_put_str(o, "images", bx_show_plural(a, b->nimages, "image", "images"));
    bx_put_str(o, "objects", bx_show_plural(a, b->nobjects, "object", "objects"));
    bx_put_str(o, "classes", bx_show_plural(a, b->nclasses, "class", "classes"));
    cJSON *list = bx_put(o, "class_list", bx_list());
    for (size_t i = 0; i < b->nclasses; i++) {
        cJSON *c = bx_push(list, bx_tree());
        bx_put_str(c, "name", b->classes[i].name);
        bx_put_bool(c, "last", i + 1 == b->nclasses);
    }
    return o;
}

static cJSON *board_tree(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = bx_tree();
    bx_put_str(o, "slug", b->slug);
    bx_put_str(o, "title", b->title);
    bx_put_str(o, "href", bx_url_board(a, b));
    bx_put_str(o, "tonight", tonight(b, a));
    bx_put_str(o, "machine", b->machine);
    bx_put(o, "test_set", test_set_tree(b, a));
    cJSON *data = bx_put(o, "data", bx_tree());
    bx_put_str(data, "csv", bx_url_data(a, b, NULL, "csv"));
    bx_put_str(data, "json", bx_url_data(a, b, NULL, "json"));
    return o;
}

cJSON *bx_view_page(const struct bx_view_site *s, const char *path, const char *kind, const char *title, const char *description,
                    struct bx_arena *a)
{
    const struct bx_view_board *b = s->board;
    cJSON *page = bx_tree();
    bx_put_num(page, "context", BX_CONTEXT_VERSION);
    bx_put_str(page, "root", root_of(path, a));
    cJSON *p = bx_put(page, "page", bx_tree());
    bx_put_str(p, "path", path);
    bx_put_str(p, "kind", kind);
    bx_put_str(p, "title", bx_printf(a, "%s · %s", title, b->title));
    bx_put_str(p, "heading", title);
    bx_put_str(p, "description", description);
    cJSON *site = bx_put(page, "site", bx_tree());
    bx_put_str(site, "title", b->title);
    bx_put_str(site, "generator", s->generator);
    bx_put_str(site, "stale_after", bx_show_duration(a, b->stale_after_ms));
    bx_put_num(site, "stale_after_ms", (double)b->stale_after_ms);
    cJSON *as_of = bx_put(site, "as_of", b->as_of_ms ? bx_tree() : NULL);
    if (b->as_of_ms) {
        bx_put_str(as_of, "iso", bx_show_iso(a, b->as_of_ms));
        bx_put_num(as_of, "ms", (double)b->as_of_ms);
        bx_put_str(as_of, "date", bx_show_date(a, b->as_of_ms));
        bx_put_str(as_of, "time", bx_show_clock(a, b->as_of_ms));
    }
    bx_put(site, "assets", cJSON_Duplicate(s->assets, true));
    bx_put(page, "nav", nav_tree(b, kind, a));
    bx_put(page, "board", board_tree(b, a));
    return page;
}

void bx_view_methodology_page(cJSON *page, const struct bx_view_board *b, struct bx_arena *a)
{
    (void)b;
    (void)a;
    cJSON *groups = bx_put(page, "catalogue", bx_list()), *rows = NULL;
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++) {
        const struct bx_metric_info *m = &bx_metrics[i];
        if (!rows || m->group != bx_metrics[i - 1].group) {
            cJSON *group = bx_push(groups, bx_tree());
            bx_put_str(group, "folded", bx_metric_groups[m->group].folded);
            rows = bx_put(group, "rows", bx_list());
        }
        cJSON *o = bx_push(rows, bx_tree());
        bx_put_str(o, "name", m->name);
        bx_put_str(o, "label", m->label);
        bx_put_str(o, "unit", bx_unit_name(m->unit));
        bx_put_bool(o, "per_class", m->per_class);
        bx_put_str(o, "arrow", m->better == BX_HIGHER ? "↑" : m->better == BX_LOWER ? "↓" : NULL);
        bx_put_str(o, "better", m->better == BX_HIGHER ? "higher is better" : m->better == BX_LOWER ? "lower is better" : NULL);
        bx_put_str(o, "definition", m->definition);
    }
}

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

void bx_view_runs_page(cJSON *page, const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *runs = bx_put(page, "runs", bx_tree());
    bx_put_bool(runs, "has", b->nruns > 0);
    bx_put_str(runs, "summary",
               b->nruns ? bx_printf(a, "%s, newest first.", bx_show_plural(a, b->nruns, "run", "runs")) : "No run has been recorded yet.");
    cJSON *list = bx_put(runs, "list", bx_list());
    for (size_t i = 0; i < b->nruns; i++)
        bx_push(list, run_tree(&b->runs[i], a));
}

static void add_fact(cJSON *list, const char *term, const char *text)
{
    if (!text)
        return;
    cJSON *o = bx_push(list, bx_tree());
    bx_put_str(o, "term", term);
    bx_put_str(o, "text", text);
}

void bx_view_run_page(cJSON *page, const struct bx_view_board *b, const struct bx_view_run *r, struct bx_arena *a)
{
    cJSON *run = bx_put(page, "run", run_tree(r, a));
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
