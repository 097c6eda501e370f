/* status.c: how it stands with a model or an evaluation, and why. */
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <string.h>

static cJSON *status_tree(const char *word, const char *text, const char *look, char shape, const char *iso)
{
    cJSON *o = bx_tree();
    bx_put_str(o, "word", word);
    bx_put_str(o, "text", text);
    bx_put_str(o, "look", look);
    bx_put_str(o, "iso", iso);
    bx_put_bool(o, "is_ok", shape == 'o');
    bx_put_bool(o, "is_stale", shape == 's');
    bx_put_bool(o, "is_failed", shape == 'x');
    bx_put_bool(o, "is_open", shape == '.');
    return o;
}

cJSON *bx_view_status_tree(const struct bx_view_model *m, struct bx_arena *a)
{
    const struct bx_view_evaluation *e = m->last;
    switch (m->status) {
    case BX_VIEW_OK:
        if (!m->current || !m->complete)
            break;
        if (m->overdue)
            return status_tree("overdue", bx_printf(a, "%d d", m->age_days), "warn", 's', bx_show_iso(a, m->current->ended_ms));
        return status_tree(NULL, bx_show_date(a, m->current->ended_ms), "ok", 'o', bx_show_iso(a, m->current->ended_ms));
    case BX_VIEW_FAILED:
    case BX_VIEW_PARTIAL: {
        const bool failed = m->status == BX_VIEW_FAILED;
        const char *since = m->failures > 1 ? bx_printf(a, "%u nights", m->failures) : e ? bx_show_date(a, e->ended_ms) : "";
        return status_tree(failed ? "failed" : "partial", since, failed ? "bad" : "warn", failed ? 'x' : 's',
                           e ? bx_show_iso(a, e->ended_ms) : NULL);
    }
    case BX_VIEW_CHANGED:
        return status_tree("changed", "", "never", '.', NULL);
    case BX_VIEW_NEVER:
        return status_tree("never run", "", "never", '.', NULL);
    case BX_VIEW_RETIRED:
        return status_tree("retired", "", "never", '.', NULL);
    }
    return status_tree("no numbers", "", "never", '.', NULL);
}

cJSON *bx_view_outcome_tree(enum bx_view_status status)
{
    switch (status) {
    case BX_VIEW_OK:
        return status_tree(NULL, "ok", "ok", 'o', NULL);
    case BX_VIEW_PARTIAL:
        return status_tree("partial", "", "warn", 's', NULL);
    case BX_VIEW_FAILED:
    case BX_VIEW_CHANGED:
    case BX_VIEW_NEVER:
    case BX_VIEW_RETIRED:
        break;
    }
    return status_tree("failed", "", "bad", 'x', NULL);
}

const char *bx_view_fallen(const struct bx_view_model *m, struct bx_arena *a)
{
    return m->report ? bx_show_text(a, bx_fallen_words(m->report, a), false) : NULL;
}

const char *bx_view_reason(const struct bx_view_model *m, struct bx_arena *a)
{
    if (m->note)
        return m->note;
    if (m->status == BX_VIEW_CHANGED)
        return m->last ? bx_printf(a, "its config or files changed after its run of %s", bx_show_date(a, m->last->ended_ms))
                       : "its config or files changed";
    if (m->status == BX_VIEW_NEVER)
        return "it was not run yet";
    if (m->status == BX_VIEW_RETIRED)
        return m->left ? "it takes part in this board no more" : "its config is gone";
    if (m->status == BX_VIEW_OK && m->complete && !isfinite(bx_view_get(m, BX_METRIC_MAP)))
        return "of what this board scores, its images have no object";
    return m->last && m->last->reason ? m->last->reason : NULL;
}
