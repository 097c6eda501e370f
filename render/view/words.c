/* words.c: the pages that are mostly words. */
#include "render/view/json.h"
#include "render/view/pages.h"

void bx_tree_methodology(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    bool ruled = false; /* has any board rules of its own? */
    for (size_t i = 0; i < of->all->n; i++)
        ruled = ruled || (of->all->boards[i].rules && *of->all->boards[i].rules);
    bx_put_boards(page, of->all, a);
    cJSON *groups = bx_put(page, "catalogue", bx_list()), *rows = NULL;
    enum bx_metric_group last = BX_NMETRIC_GROUPS;
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++) {
        const struct bx_metric_info *m = &bx_metrics[i];
        if (m->group == BX_GROUP_RULES && !ruled)
            continue;
        if (m->group != last) {
            cJSON *group = bx_push(groups, bx_tree());
            bx_put_str(group, "folded", bx_metric_groups[m->group].folded);
            rows = bx_put(group, "rows", bx_list());
            last = m->group;
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

void bx_tree_faq(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    bx_put_boards(page, of->all, a);
}

/* A page of the template folder's own sees what the questions see. */
void bx_tree_own(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    bx_put_boards(page, of->all, a);
}

/* Where a renamed model used to be. */
void bx_tree_moved(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    cJSON *o = bx_put(page, "moved", bx_tree());
    bx_put_str(o, "name", of->model->name);
    bx_put_str(o, "href", bx_url_model(a, of->board, of->model));
}

void bx_tree_plots(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    bx_put(cJSON_GetObjectItemCaseSensitive(page, "board"), "plots_verdict", bx_view_plots_verdict(of->board, a));
}
