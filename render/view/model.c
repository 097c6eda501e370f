/* model.c: one model's page. */
#include "core/base/quantile.h"
#include "core/data/backends.h"
#include "core/data/latency.h"
#include "core/data/tags.h"
#include "core/base/json_writer.h"
#include "core/registry/registry.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include "render/view/seen.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void set_best(cJSON *number)
{
    cJSON_ReplaceItemInObjectCaseSensitive(number, "best", cJSON_CreateTrue());
}

/* ---- key numbers ---- */

static void add_key(cJSON *list, const char *label, const char *value, const char *unit, const char *with)
{
    cJSON *o = bx_push(list, bx_tree());
    bx_put_str(o, "label", label);
    bx_put_str(o, "value", value);
    bx_put_str(o, "unit", unit);
    bx_put_bool(o, "none", !value);
    bx_put_str(o, "with", with ? with : "");
}

/* "rank 3 of 11" by a cost or a metric among the ranked models, with those that have it; NULL when there is nothing to compare. */
static char *place_among(const struct bx_view_board *b, double own, double (*value)(const struct bx_view_model *), bool lower,
                         struct bx_arena *a)
{
    size_t better = 0, n = 0;
    for (size_t i = 0; i < b->nranked; i++) {
        double v = value(&b->models[i]);
        n += isfinite(v) != 0;
        better += lower ? v < own : v > own;
    }
    return isfinite(own) && n > 1 ? bx_printf(a, "rank %zu of %zu", better + 1, n) : NULL;
}

static double latency_of(const struct bx_view_model *m)
{
    return m->latency_ms;
}

static double parameters_of(const struct bx_view_model *m)
{
    return m->config.parameters;
}

static double f1_of(const struct bx_view_model *m)
{
    return bx_view_get(m, BX_METRIC_F1);
}

static cJSON *keys_tree(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    cJSON *list = bx_list();
    double map = bx_view_get(m, BX_METRIC_MAP), f1 = bx_view_get(m, BX_METRIC_F1);
    add_key(list, bx_rules_label(&b->by, BX_METRIC_MAP, a), bx_show_percent(a, map), "%",
            !isfinite(map) ? (m->complete && m->report ? "no objects to find" : "no good numbers yet")
            : b->certain && m->ranked
                ? bx_printf(a, "± %s, rank %s of %zu", bx_show_percent(a, BX_Z95 * m->interval.sd),
                            m->rank == m->rank_last ? bx_printf(a, "%u", m->rank) : bx_printf(a, "%u–%u", m->rank, m->rank_last),
                            b->nranked)
            : m->ranked ? bx_printf(a, "rank %u%s of %zu", m->rank, m->shared ? ", shared," : "", b->nranked)
                        : "not ranked");
    const char *place = m->ranked ? place_among(b, f1, f1_of, false, a) : NULL;
    const char *at = m->report && isfinite(m->report->operating_confidence)
                         ? bx_printf(a, "at confidence %.2f%s%s%s", m->report->operating_confidence,
                                     m->report->operating_is_max_f1 ? ", its best" : "", place ? ", " : "", place ? place : "")
                         : NULL;
    add_key(list, "F1", bx_show_percent(a, f1), "%", at);
    place = m->ranked ? place_among(b, m->latency_ms, latency_of, true, a) : NULL;
    const char *with =
        m->nlatencies >= BX_LATENCY_WARM_UP + BX_QUANTILE_ENOUGH
            ? bx_printf(a, "95%% under %s ms%s%s", bx_show_cost(a, bx_latency_quantile(m->latencies, m->nlatencies, 0.95, a)),
                        place ? ", " : "", place ? place : "")
            : place;
    add_key(list, "Latency", bx_show_cost(a, m->latency_ms), "ms",
            isfinite(m->latency_ms)                   ? with
            : m->current && m->current->other_machine ? "measured on another machine"
                                                      : "not measured");
    place = m->ranked ? place_among(b, m->config.parameters, parameters_of, true, a) : NULL;
    add_key(list, "Parameters", bx_show_cost(a, m->config.parameters / 1e6), "M",
            isfinite(m->config.flops)
                ? bx_printf(a, "%s GFLOP%s%s", bx_show_cost(a, m->config.flops / 1e9), place ? ", " : "", place ? place : "")
            : isfinite(m->config.parameters) ? place ? place : "as stated"
                                             : "not stated");
    add_key(list, "Input",
            m->config.input_w ? m->config.input_w == m->config.input_h ? bx_printf(a, "%u", m->config.input_w)
                                                                       : bx_printf(a, "%u×%u", m->config.input_w, m->config.input_h)
                              : NULL,
            "px", m->config.input_w ? "as stated" : "not stated");
    if (isfinite(m->reported_map)) {
        long delta = bx_shown_tenths(map - m->reported_map);
        add_key(list, "Reported mAP", bx_show_percent(a, m->reported_map), "%",
                !isfinite(map) ? NULL
                : delta == 0
                    ? "measured is the same"
                    : bx_printf(a, "measured is %s %s", bx_show_percent(a, fabs(map - m->reported_map)), delta > 0 ? "higher" : "lower"));
    } else {
        double n = bx_view_get(m, BX_METRIC_DETECTIONS);
        add_key(list, "Detections", bx_show_count(a, n), "",
                isfinite(n) && b->nimages ? bx_printf(a, "%.1f an image", n / (double)b->nimages) : NULL);
    }
    return list;
}

/* ---- by class ---- */

struct class_place {
    double ap;
    size_t index;
    bool few; /* images: too few for its AP to say something */
};
static int by_ap(const void *pa, const void *pb) /* best first, no value last, and behind them those that say little */
{
    const struct class_place *a = pa, *b = pb;
    if (a->few != b->few)
        return a->few ? 1 : -1;
    if (isnan(a->ap) != isnan(b->ap))
        return isnan(a->ap) ? 1 : -1;
    if (a->ap != b->ap && !isnan(a->ap))
        return a->ap > b->ap ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* The gap plot's scale: 200 px wide, with room for half of "100" at its ends; from a round number below the lowest value to one above the
 * highest. */
struct scale {
    int from, to, step; /* percent */
};
static double x_of(const struct scale *s, double fraction)
{
    double x = 10 + 180 * (fmin(1, fmax(0, fraction)) * 100 - s->from) / (s->to - s->from);
    return round(x * 10) / 10;
}

static struct scale scale_of(const struct bx_view_board *b, const struct bx_view_model *m)
{
    double lo = 1, hi = 0;
    for (size_t c = 0; c < b->nclasses; c++) {
        double v[2] = {bx_report_get(m->report, BX_METRIC_MAP, (int32_t)c), b->classes[c].best_ap};
        for (int i = 0; i < 2; i++)
            if (isfinite(v[i])) {
                lo = fmin(lo, fmax(0, v[i]));
                hi = fmax(hi, fmin(1, v[i]));
            }
    }
    struct scale s = {(int)floor(lo * 10) * 10, (int)ceil(hi * 10) * 10, 10};
    if (s.from >= s.to)
        s = (struct scale){0, 100, 20};
    if (s.to - s.from > 60)
        s = (struct scale){s.from / 20 * 20, (s.to + 19) / 20 * 20, 20};
    return s;
}

static cJSON *axis_tree(const struct scale *s)
{
    cJSON *o = bx_tree();
    bx_put_num(o, "from", s->from);
    bx_put_num(o, "to", s->to);
    cJSON *ticks = bx_put(o, "ticks", bx_list());
    for (int v = s->from; v <= s->to; v += s->step) {
        cJSON *t = bx_push(ticks, bx_tree());
        bx_put_num(t, "x", x_of(s, v / 100.));
        bx_put_num(t, "label", v);
    }
    return o;
}

static void put_percent(cJSON *o, const char *key, double v, struct bx_arena *a)
{
    bx_put(o, key, bx_number_tree(bx_show_percent(a, v)));
}

static cJSON *class_tree(const struct bx_view_board *b, const struct bx_view_model *m, size_t c, const struct scale *s, struct bx_arena *a)
{
    int32_t k = (int32_t)c;
    const struct bx_report *r = m->report;
    const struct bx_view_model *held = b->classes[c].images >= BX_VIEW_ENOUGH ? b->classes[c].best : NULL;
    double ap = bx_report_get(r, BX_METRIC_MAP, k), best = b->classes[c].best_ap;
    cJSON *o = bx_tree();
    bx_put_str(o, "name", b->classes[c].name);
    put_percent(o, "ap", ap, a);
    put_percent(o, "best", best, a);
    put_percent(o, "ap_50", bx_report_get(r, BX_METRIC_MAP_50, k), a);
    put_percent(o, "precision", bx_report_get(r, BX_METRIC_PRECISION, k), a);
    put_percent(o, "recall", bx_report_get(r, BX_METRIC_RECALL, k), a);
    put_percent(o, "f1", bx_report_get(r, BX_METRIC_F1, k), a);
    bx_put(o, "objects", bx_number_tree(bx_show_count(a, (double)b->classes[c].objects)));
    bx_put(o, "images", bx_number_tree(bx_show_count(a, (double)b->classes[c].images)));
    bx_put_str(o, "held", held == m ? "this model" : held ? held->name : NULL);
    cJSON *gap = bx_put(o, "gap", isfinite(ap) ? bx_tree() : NULL);
    if (isfinite(ap)) {
        bool other = isfinite(best) && b->classes[c].best != m;
        bx_put_num(gap, "x1", x_of(s, ap));
        bx_put_num(gap, "x2", other ? x_of(s, best) : (double)NAN);
        bx_put_num(gap, "other", other ? x_of(s, best) : (double)NAN);
        bx_put_bool(gap, "both", other);
    }
    return o;
}

static void put_classes(cJSON *o, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    bool has = m->report && b->nclasses > 0;
    bx_put_bool(o, "has_classes", has);
    cJSON *list = bx_put(o, "classes", bx_list());
    bx_put(o, "axis", NULL);
    if (!has) {
        bx_put_str(o, "few_classes", NULL);
        return;
    }
    struct scale s = scale_of(b, m);
    cJSON_ReplaceItemInObjectCaseSensitive(o, "axis", axis_tree(&s));
    struct class_place *p = BX_NEW(a, struct class_place, b->nclasses);
    size_t n = 0, few = 0;
    for (size_t c = 0; c < b->nclasses; c++)
        if (!b->classes[c].left_out) {
            p[n] = (struct class_place){bx_report_get(m->report, BX_METRIC_MAP, (int32_t)c), c, b->classes[c].images < BX_VIEW_ENOUGH};
            few += p[n++].few;
        }
    qsort(p, n, sizeof *p, by_ap);
    bx_put_str(o, "few_classes",
               few == 0   ? NULL
               : few == n ? bx_printf(a, "Each class is on fewer than %d images, which is too few to compare models by.", BX_VIEW_ENOUGH)
                          : bx_printf(a, "%s on fewer than %d images %s last: too few to compare models by.",
                                      bx_show_plural(a, few, "class", "classes"), BX_VIEW_ENOUGH, few == 1 ? "stands" : "stand"));
    for (size_t c = 0; c < n; c++)
        bx_push(list, class_tree(b, m, p[c].index, &s, a));
}

/* ---- by size ---- */

static void put_sizes(cJSON *o, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    static const enum bx_metric cocos[] = {BX_METRIC_MAP_SMALL, BX_METRIC_AR_SMALL, BX_METRIC_F1_SMALL},
                                own[] = {BX_METRIC_MAP_SIZE_1, BX_METRIC_AR_SIZE_1, BX_METRIC_F1_SIZE_1};
    const enum bx_metric all[] = {BX_METRIC_MAP, bx_rules_give(&b->by, BX_METRIC_AR_100) ? BX_METRIC_AR_100 : BX_METRIC_AR_MAX,
                                  BX_METRIC_F1},
                         *first = bx_rules_own_sizes(&b->by) ? own : cocos;
    const struct bx_size_bin *bins;
    const size_t nbins = bx_rules_sizes(&b->by, &bins);
    const char *const heads[] = {"mAP, %", bx_printf(a, "AR %u, %%", bx_rules_limit(&b->by)), "F1, %"};
    bx_put_bool(o, "has_sizes", m->report != NULL);
    bx_put_str(o, "size_words", bx_rules_size_words(&b->by, a));
    cJSON *columns = bx_put(o, "size_columns", bx_list()), *list = bx_put(o, "sizes", bx_list());
    if (!m->report)
        return;
    for (size_t i = 0; i < 3; i++) {
        cJSON *c = bx_push(columns, bx_tree());
        bx_put_str(c, "label", heads[i]);
        bx_put_str(c, "arrow", "↑");
    }
    for (size_t r = 0; r <= nbins; r++) {
        cJSON *row = bx_push(list, bx_tree());
        bx_put_str(row, "label", r ? bins[r - 1].name : "all");
        cJSON *cells = bx_put(row, "cells", bx_list());
        for (size_t i = 0; i < 3; i++) {
            const enum bx_metric metric = r ? (enum bx_metric)(first[i] + r - 1) : all[i];
            double v = bx_view_get(m, metric), top = v;
            for (size_t k = 0; k < b->nranked; k++)
                top = fmax(top, bx_view_get(&b->models[k], metric));
            cJSON *n = bx_push(cells, bx_number_tree(bx_show_percent(a, v)));
            if (m->ranked && b->nranked > 1 && isfinite(v) && bx_shown_tenths(v) == bx_shown_tenths(top))
                set_best(n);
        }
    }
}

/* ---- by tag ---- */

/* The lowest mAP of those that rest on enough images; of equal ones the first. */
static const struct bx_view_slice *worst_slice(const struct bx_view_model *m)
{
    const struct bx_view_slice *worst = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < m->nslices; i++) {
        double v = bx_report_get(m->slices[i].report, BX_METRIC_MAP, -1);
        if (m->slices[i].nimages < BX_TAG_ENOUGH || !(v < least))
            continue;
        least = v;
        worst = &m->slices[i];
    }
    return worst;
}

static void put_slices(cJSON *o, const struct bx_view_model *m, struct bx_arena *a)
{
    const struct bx_view_slice *worst = worst_slice(m);
    const double whole = bx_view_get(m, BX_METRIC_MAP);
    bx_put_bool(o, "has_slices", m->nslices > 0);
    cJSON *w = bx_put(o, "worst_slice", worst ? bx_tree() : NULL);
    if (worst) {
        double v = bx_report_get(worst->report, BX_METRIC_MAP, -1);
        bx_put_str(w, "tag", worst->tag);
        bx_put_str(w, "images", bx_show_plural(a, worst->nimages, "image", "images"));
        bx_put_str(w, "map", bx_show_percent(a, v));
        bx_put_str(w, "delta", isfinite(whole) ? bx_show_signed(a, v - whole) : NULL);
    }
    cJSON *list = bx_put(o, "slices", bx_list());
    for (size_t i = 0; i < m->nslices; i++) {
        const struct bx_view_slice *s = &m->slices[i];
        double v = bx_report_get(s->report, BX_METRIC_MAP, -1);
        cJSON *row = bx_push(list, bx_tree());
        bx_put_str(row, "tag", s->tag);
        bx_put_bool(row, "worst", s == worst);
        bx_put(row, "images", bx_number_tree(bx_show_count(a, (double)s->nimages)));
        bx_put(row, "objects", bx_number_tree(bx_show_count(a, bx_report_get(s->report, BX_METRIC_OBJECTS, -1))));
        put_percent(row, "map", v, a);
        bx_put(row, "delta", bx_number_tree(isfinite(v - whole) ? bx_show_signed(a, v - whole) : NULL));
        put_percent(row, "map_50", bx_report_get(s->report, BX_METRIC_MAP_50, -1), a);
        put_percent(row, "f1", bx_report_get(s->report, BX_METRIC_F1, -1), a);
    }
}

/* ---- what was reported ---- */

static void put_reported(cJSON *o, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    cJSON *list = bx_put(o, "reported", bx_list());
    const struct bx_reported *r = NULL;
    while ((r = bx_view_reported(b, m, r))) {
        enum bx_metric metric = bx_metric_find(r->metric);
        double own = bx_view_get(m, metric), delta = own - r->value;
        bool share = bx_metrics[metric].unit == BX_UNIT_FRACTION;
        cJSON *row = bx_push(list, bx_tree());
        bx_put_str(row, "label", bx_metrics[metric].label);
        bx_put_str(row, "unit", bx_show_unit(metric));
        bx_put(row, "value", bx_number_tree(bx_show_metric(a, metric, r->value)));
        bx_put(row, "measured", bx_number_tree(bx_show_metric(a, metric, own)));
        cJSON *d = bx_put(row, "delta", bx_number_tree(share ? bx_show_signed(a, delta) : NULL));
        cJSON_ReplaceItemInObjectCaseSensitive(d, "strong", cJSON_CreateBool(share && fabs(delta) >= 0.01));
        bool link = r->source && bx_registry_is_url(r->source);
        bx_put_str(row, "test_set", r->test_set);
        bx_put_str(row, "source", r->source);
        bx_put_str(row, "href", link ? r->source : NULL);
    }
    bx_put_bool(o, "has_reported", list->child != NULL);
}

/* ---- all numbers ---- */

static void put_numbers(cJSON *o, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    bx_put_bool(o, "has_numbers", m->report != NULL);
    cJSON *list = bx_put(o, "numbers", bx_list()), *rows = NULL;
    enum bx_metric_group last = BX_NMETRIC_GROUPS;
    for (enum bx_metric i = 0; m->report && i < BX_NMETRICS; i++) {
        const struct bx_metric_info *info = &bx_metrics[i];
        if (!bx_rules_tell(&b->by, i))
            continue;
        if (info->group != last) {
            cJSON *group = bx_push(list, bx_tree());
            bx_put_str(group, "folded", bx_metric_groups[info->group].folded);
            rows = bx_put(group, "rows", bx_list());
            last = info->group;
        }
        cJSON *row = bx_push(rows, bx_tree());
        bx_put_str(row, "label", bx_rules_label(&b->by, i, a));
        bx_put_str(row, "name", info->name);
        bx_put_str(row, "unit", bx_show_unit(i));
        bx_put_str(row, "definition", bx_rules_definition(&b->by, i, a));
        bx_put(row, "number", bx_number_tree(bx_show_metric(a, i, bx_view_get(m, i))));
    }
}

/* ---- history, trouble, provenance ---- */

static void put_history(cJSON *o, const struct bx_view_model *m, struct bx_arena *a)
{
    enum { SHOWN = 60 };
    bx_put_bool(o, "has_history", m->nhistory > 0);
    cJSON *list = bx_put(o, "history", bx_list());
    for (size_t i = 0; i < m->nhistory && i < SHOWN; i++) {
        const struct bx_view_evaluation *e = &m->history[i];
        cJSON *row = bx_push(list, bx_tree());
        bx_put_str(row, "iso", bx_show_iso(a, e->ended_ms));
        bx_put_str(row, "date", bx_printf(a, "%s, %s", bx_show_date(a, e->ended_ms), bx_show_clock(a, e->ended_ms)));
        bx_put(row, "status", bx_view_outcome_tree(e->status));
        put_percent(row, "map", e->map, a);
        bx_put_str(row, "version", bx_strndup(a, e->version, strnlen(e->version, 8)));
        bx_put_str(row, "reason", e->reason ? e->reason : "");
    }
}

static void put_trouble(cJSON *o, const struct bx_view_model *m, struct bx_arena *a)
{
    bool failed = m->status == BX_VIEW_FAILED || m->status == BX_VIEW_PARTIAL;
    const char *reason = m->status == BX_VIEW_OK && m->ranked ? NULL : bx_view_reason(m, a);
    cJSON *t = bx_put(o, "trouble", reason ? bx_tree() : NULL);
    if (!reason)
        return;
    bx_put_str(t, "title",
               m->status == BX_VIEW_PARTIAL ? "What is missing"
               : failed                     ? "What went wrong"
               : m->status == BX_VIEW_OK    ? "Why it has no mAP"
                                            : "Why it did not run");
    bx_put_str(t, "note",
               failed && m->last
                   ? bx_printf(a, "Last try: %s, %s UTC.%s", bx_show_date(a, m->last->ended_ms), bx_show_clock(a, m->last->ended_ms),
                               m->failures > 1 ? bx_printf(a, " It failed %u times in a row.", m->failures) : "")
                   : "");
    bx_put_str(t, "reason", reason);
    bx_put_str(t, "output", failed && m->last ? m->last->output : NULL);
}

static const char *joined(const char *const *list, size_t n, struct bx_arena *a)
{
    const char *s = NULL;
    for (size_t i = 0; i < n; i++)
        s = s ? bx_printf(a, "%s, %s", s, list[i]) : list[i];
    return s;
}

static void given(cJSON *list, const char *term, const char *text, bool mono, const char *with)
{
    if (!text)
        return;
    cJSON *o = bx_push(list, bx_tree());
    bx_put_str(o, "term", term);
    bx_put_str(o, "text", text);
    bx_put_bool(o, "mono", mono);
    bx_put_str(o, "with", with);
}

static char *short_hex(const char *hex, struct bx_arena *a)
{
    return hex && strlen(hex) > 16 ? bx_printf(a, "%.8s…%s", hex, hex + strlen(hex) - 4) : bx_strdup(a, hex);
}

/* As it can be typed: where there are several boards, numbers to look at are one board's. */
static const char *command(const struct bx_page_of *of, const struct bx_view_evaluation *e, struct bx_arena *a)
{
    const char *slug = of->model->slug;
    const char *board = of->all->nstored > 1 ? bx_printf(a, " --board %s", of->board->slug) : "";
    const char *export = e && e->kept ? bx_printf(a, "\nboxscore export %.8s --output %s%s", e->id, slug, board) : "";
    return bx_printf(a, "boxscore run %s --force%s", slug, export);
}

static void put_provenance(cJSON *o, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_board *b = of->board;
    const struct bx_view_model *m = of->model;
    cJSON *list = bx_put(o, "provenance", bx_list());
    const struct bx_view_evaluation *e = m->current ? m->current : m->last;
    const struct bx_backend_info *backend = bx_backend_info(&m->config.backend);
    bx_put_str(o, "command", command(of, e, a));
    given(list, "Config", m->config_file, true, backend ? bx_printf(a, "asked by %s", backend->asked) : NULL);
    given(list, "Version", m->version, true, "its program, settings and files");
    given(list, "Files", m->files, true, NULL);
    given(list, "Test set", b->digest, true,
          bx_printf(a, "%s, %s%s", bx_show_plural(a, b->nimages, "image", "images"), bx_show_plural(a, b->nscored, "class", "classes"),
                    b->by.nimages || b->nscored < b->nclasses ? " scored" : ""));
    if (isfinite(m->config.operating_confidence))
        given(list, "Confidence", bx_printf(a, "%g", m->config.operating_confidence), false,
              "declared; F1, precision and recall are taken at it");
    if (e) {
        given(list, "Run",
              bx_printf(a, "%s, %s–%s UTC", bx_show_date(a, e->started_ms), bx_show_clock(a, e->started_ms), bx_show_clock(a, e->ended_ms)),
              false, e->sittings > 1 ? bx_printf(a, "in %u sittings, so it has no latency", e->sittings) : NULL);
        given(list, "Evaluation", e->id, true, NULL);
        given(list, "Machine", e->host, false, e->other_machine ? "another machine than the board’s" : NULL);
        given(list, "Versions",
              bx_printf(a, "boxscore %s%s%s", e->boxscore ? e->boxscore : "?", e->runner ? ", " : "", e->runner ? e->runner : ""), false,
              NULL);
        given(list, "Detections", e->detections ? bx_printf(a, "%s", bx_show_count(a, (double)e->ndetections)) : NULL, false,
              e->detections
                  ? bx_printf(a, "%s %s", short_hex(strrchr(e->detections, '-') ? strrchr(e->detections, '-') + 1 : e->detections, a),
                              e->kept ? "stored, can be scored again" : "no longer stored, not re-scorable")
                  : NULL);
    }
    given(list, "Trained on", joined(m->config.training_data, m->config.ntraining_data, a), false, NULL);
    given(list, "Tags", joined(m->config.tags, m->config.ntags, a), false, NULL);
    struct bx_buf BX_CLEANUP_BUF pretty = {0};
    if (m->config.config_json)
        bx_json_indent(&pretty, m->config.config_json, strlen(m->config.config_json));
    bx_put_str(o, "config", pretty.n ? bx_show_text(a, bx_buf_str(&pretty), true) : NULL);
}

static void put_links(cJSON *o, const struct bx_view_model *m)
{
    const struct {
        const char *label, *href;
    } links[] = {{"code", m->config.link_code}, {"paper", m->config.link_paper}, {"weights", m->config.link_weights}};
    cJSON *list = bx_put(bx_put(o, "links", bx_tree()), "list", bx_list());
    for (size_t i = 0; i < 3; i++) {
        if (!links[i].href)
            continue;
        cJSON *l = bx_push(list, bx_tree());
        bool last = true;
        for (size_t k = i + 1; k < 3; k++)
            last = last && !links[k].href;
        bx_put_str(l, "label", links[i].label);
        bx_put_str(l, "href", links[i].href);
        bx_put_bool(l, "last", last);
    }
}

void bx_tree_model(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_board *b = of->board;
    const struct bx_view_model *m = of->model;
    cJSON *o = bx_put(page, "model", bx_tree());
    bx_put_str(o, "slug", m->slug);
    bx_put_str(o, "name", m->name);
    bx_put_str(o, "family", m->config.family && strcmp(m->config.family, m->name) != 0 ? m->config.family : NULL);
    bx_put(o, "verdict", bx_view_model_verdict(b, m, a));
    bx_put_str(o, "license", m->config.license);
    put_links(o, m);
    bx_put_str(o, "training", joined(m->config.training_data, m->config.ntraining_data, a));
    bx_put(o, "status", bx_view_status_tree(m, a));
    bx_put_str(o, "status_with",
               m->ranked && m->current && !m->overdue ? bx_printf(a, "run at %s UTC", bx_show_clock(a, m->current->ended_ms)) : NULL);
    bx_put_str(o, "fallen", bx_view_fallen(m, a));
    bx_put(o, "keys", keys_tree(b, m, a));
    put_trouble(o, m, a);
    bx_put_seen(o, b, m, a);
    put_classes(o, b, m, a);
    put_sizes(o, b, m, a);
    put_slices(o, m, a);
    put_reported(o, b, m, a);
    put_numbers(o, b, m, a);
    put_history(o, m, a);
    bx_put_places(o, of, a);
    put_provenance(o, of, a);
    cJSON *data = bx_put(o, "data", bx_tree());
    bx_put_str(data, "json", bx_url_data(a, b, m, "json"));
    bx_put_str(data, "csv", bx_url_data(a, b, m, "csv"));
}
