/* board.c: the leaderboard as a tree: columns in groups, rows in bodies, filters. */
#include "core/base/quantile.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { METRIC, LATENCY, PARAMETERS, FLOPS, INPUT, REPORTED, DELTA, LICENSE, LINKS, STATUS };
struct column {
    const char *key; /* by-<key>.html, and "column" of the cell; NULL page for LICENSE and behind */
    enum kind kind;
    enum bx_metric metric; /* of METRIC */
    const char *label;
    enum bx_better better;
    const char *group;
    const char *sorted_by; /* its name in "Sorted by …"; NULL: not listed */
};
static const struct column columns[] = {
    {"map", METRIC, BX_METRIC_MAP, "50:95", BX_HIGHER, "map", "mAP"},
    {"map-50", METRIC, BX_METRIC_MAP_50, "50", BX_HIGHER, "map", NULL},
    {"map-75", METRIC, BX_METRIC_MAP_75, "75", BX_HIGHER, "map", NULL},
    {"map-small", METRIC, BX_METRIC_MAP_SMALL, "small", BX_HIGHER, "size", "small objects"},
    {"map-medium", METRIC, BX_METRIC_MAP_MEDIUM, "medium", BX_HIGHER, "size", NULL},
    {"map-large", METRIC, BX_METRIC_MAP_LARGE, "large", BX_HIGHER, "size", NULL},
    {"f1", METRIC, BX_METRIC_F1, "operating", BX_HIGHER, "f1", "F1"},
    {"latency", LATENCY, BX_NMETRICS, "ms", BX_LOWER, "cost", "latency"},
    {"parameters", PARAMETERS, BX_NMETRICS, "M par.", BX_LOWER, "cost", "parameters"},
    {"flops", FLOPS, BX_NMETRICS, "GFLOP", BX_LOWER, "cost", NULL},
    {"input", INPUT, BX_NMETRICS, "px", BX_NEITHER, "cost", NULL},
    {"reported", REPORTED, BX_NMETRICS, "reported", BX_NEITHER, "reported", NULL},
    {"delta", DELTA, BX_NMETRICS, "Δ", BX_NEITHER, "reported", NULL},
    {"license", LICENSE, BX_NMETRICS, "License", BX_NEITHER, "use", NULL},
    {"links", LINKS, BX_NMETRICS, "Links", BX_NEITHER, "use", NULL},
    {"status", STATUS, BX_NMETRICS, "Last run", BX_NEITHER, "status", NULL},
};
enum { NCOLUMNS = sizeof columns / sizeof *columns };
static const struct {
    const char *key, *title, *more;
} groups[] = {
    {"map", "mAP, %", NULL},        {"size", "mAP by object size, %", "By size"}, {"f1", "F1, %", "F1"},
    {"cost", "Cost", "Cost"},       {"reported", "Reported mAP, %", "Reported"},  {"use", "Use", "License"},
    {"status", "Status", "Status"},
};

/* The board being made: what the columns need to know of all rows. */
struct board {
    const struct bx_view_board *b;
    struct bx_arena *a;
    bool shown[NCOLUMNS];
    const char *best[NCOLUMNS]; /* the best ranked value as displayed */
    int decimals[NCOLUMNS];     /* the most digits behind a point in the column */
    bool marked;                /* some F1 is at max-F1 */
    double latency_limit;       /* of the latency filter; NaN: no such filter */
    const char *families[8];
    size_t nfamilies; /* 0: no such filter */
};

static double value_of(const struct bx_view_model *m, const struct column *c)
{
    switch (c->kind) {
    case METRIC:
        return bx_view_get(m, c->metric);
    case LATENCY:
        return m->latency_ms;
    case PARAMETERS:
        return m->config.parameters;
    case FLOPS:
        return m->config.flops;
    case INPUT:
        return m->config.input_w ? sqrt((double)m->config.input_w * m->config.input_h) : (double)NAN;
    case REPORTED:
        return m->reported_map;
    case DELTA:
        return bx_view_get(m, BX_METRIC_MAP) - m->reported_map;
    case LICENSE:
    case LINKS:
    case STATUS:
        break;
    }
    return (double)NAN;
}

static char *text_of(const struct bx_view_model *m, const struct column *c, struct bx_arena *a)
{
    double v = value_of(m, c);
    if (!isfinite(v))
        return NULL;
    switch (c->kind) {
    case METRIC:
    case REPORTED:
        return bx_show_percent(a, v);
    case DELTA:
        return bx_show_signed(a, v);
    case LATENCY:
        return bx_show_cost(a, v);
    case PARAMETERS:
        return bx_show_cost(a, v / 1e6);
    case FLOPS:
        return bx_show_cost(a, v / 1e9);
    case INPUT:
        return m->config.input_w == m->config.input_h ? bx_printf(a, "%u", m->config.input_w)
                                                      : bx_printf(a, "%u×%u", m->config.input_w, m->config.input_h);
    case LICENSE:
    case LINKS:
    case STATUS:
        break;
    }
    return NULL;
}

static int decimals_of(const char *text)
{
    const char *dot = strchr(text, '.');
    return dot ? (int)strlen(dot + 1) : 0;
}

static bool on_board(const struct bx_view_model *m)
{
    return m->status != BX_VIEW_RETIRED;
}

static void look_at_column(struct board *t, size_t k)
{
    const struct column *c = &columns[k];
    t->shown[k] = c->kind == METRIC || c->kind == LICENSE || c->kind == STATUS;
    double best = (double)NAN;
    for (size_t i = 0; i < t->b->nmodels; i++) {
        const struct bx_view_model *m = &t->b->models[i];
        const char *text = on_board(m) ? text_of(m, c, t->a) : NULL;
        t->shown[k] |= c->kind == LINKS && on_board(m) && (m->config.link_code || m->config.link_paper);
        if (!text)
            continue;
        t->shown[k] = true;
        if (decimals_of(text) > t->decimals[k])
            t->decimals[k] = decimals_of(text);
        double v = value_of(m, c);
        if (m->ranked && c->better != BX_NEITHER && (isnan(best) || (c->better == BX_HIGHER ? v > best : v < best))) {
            best = v;
            t->best[k] = text;
        }
    }
}

/* A round limit that parts the models about in the middle. */
static double latency_limit(const struct bx_view_board *b, struct bx_arena *a)
{
    double *v = BX_NEW(a, double, b->nmodels + 1);
    size_t n = 0;
    for (size_t i = 0; i < b->nmodels; i++)
        if (on_board(&b->models[i]) && isfinite(b->models[i].latency_ms))
            v[n++] = b->models[i].latency_ms;
    bx_sort_numbers(v, n);
    static const double round[] = {1, 2, 5};
    double best = (double)NAN;
    size_t best_off = n;
    for (double ten = 0.01; ten < 1e6; ten *= 10)
        for (size_t k = 0; k < 3; k++) {
            size_t under = 0;
            while (under < n && v[under] <= round[k] * ten)
                under++;
            size_t off = under > n / 2 ? under - n / 2 : n / 2 - under;
            if (under > 0 && under < n && off < best_off) {
                best_off = off;
                best = round[k] * ten;
            }
        }
    return best;
}

static void look_at_families(struct board *t)
{
    for (size_t i = 0; i < t->b->nmodels; i++) {
        const struct bx_view_model *m = &t->b->models[i];
        if (!on_board(m) || !m->config.family)
            continue;
        size_t k = 0;
        while (k < t->nfamilies && strcmp(t->families[k], m->config.family) != 0)
            k++;
        if (k < t->nfamilies)
            continue;
        if (t->nfamilies == 8) {
            t->nfamilies = 0; /* too many to choose from by radio buttons */
            return;
        }
        t->families[t->nfamilies++] = m->config.family;
    }
    if (t->nfamilies < 2)
        t->nfamilies = 0;
    for (size_t i = 1; i < t->nfamilies; i++) /* by name, whatever the order of the models */
        for (size_t k = i; k > 0 && strcmp(t->families[k], t->families[k - 1]) < 0; k--) {
            const char *swap = t->families[k];
            t->families[k] = t->families[k - 1];
            t->families[k - 1] = swap;
        }
}

enum license_kind { LICENSE_PERMISSIVE = 1, LICENSE_COPYLEFT, LICENSE_OTHER };

static enum license_kind license_kind(const char *l)
{
    static const char *const permissive[] = {"MIT",     "Apache-", "BSD-",      "ISC",       "Zlib",       "Unlicense",  "CC0-",
                                             "BSL-1.0", "0BSD",    "CC-BY-4.0", "CC-BY-3.0", "PostgreSQL", "Python-2.0", "WTFPL"};
    static const char *const copyleft[] = {"GPL-", "AGPL-", "LGPL-", "MPL-", "EUPL-", "EPL-", "CDDL-", "CC-BY-SA-"};
    if (!l)
        return LICENSE_OTHER;
    if (*l == '(')
        l++;
    for (size_t i = 0; i < sizeof copyleft / sizeof *copyleft; i++)
        if (strstr(l, copyleft[i]))
            return LICENSE_COPYLEFT;
    for (size_t i = 0; i < sizeof permissive / sizeof *permissive; i++)
        if (!strncmp(l, permissive[i], strlen(permissive[i])))
            return LICENSE_PERMISSIVE;
    return LICENSE_OTHER;
}

static cJSON *add_facet(cJSON *facets, const char *label)
{
    cJSON *f = bx_push(facets, bx_tree());
    bx_put_str(f, "label", label);
    return bx_put(f, "options", bx_list());
}

static void add_option(cJSON *options, const char *facet, int index, int value, const char *word, const char *label, struct bx_arena *a)
{
    cJSON *o = bx_push(options, bx_tree());
    bx_put_str(o, "facet", facet);
    bx_put_str(o, "id", bx_printf(a, "f%d-%d", index, value));
    bx_put_str(o, "value", word);
    bx_put_str(o, "label", label);
    bx_put_bool(o, "checked", value == 0);
}

static cJSON *facets_tree(const struct board *t)
{
    static const char *const kinds[] = {NULL, "permissive", "copyleft", "other"};
    cJSON *facets = bx_list();
    bool have[4] = {false};
    bool apart = false;
    for (size_t i = 0; i < t->b->nmodels; i++)
        if (on_board(&t->b->models[i])) {
            have[license_kind(t->b->models[i].config.license)] = true;
            apart |= !t->b->models[i].ranked;
        }
    if (have[1] + have[2] + have[3] > 1) {
        cJSON *o = add_facet(facets, "License");
        add_option(o, "license", 1, 0, "", "any", t->a);
        for (int k = 1; k < 4; k++)
            if (have[k])
                add_option(o, "license", 1, k, kinds[k], kinds[k], t->a);
    }
    if (t->nfamilies) {
        cJSON *o = add_facet(facets, "Family");
        add_option(o, "family", 2, 0, "", "any", t->a);
        for (size_t k = 0; k < t->nfamilies; k++)
            add_option(o, "family", 2, (int)k + 1, t->families[k], t->families[k], t->a);
    }
    if (isfinite(t->latency_limit)) {
        cJSON *o = add_facet(facets, "Latency");
        add_option(o, "latency", 3, 0, "", "any", t->a);
        add_option(o, "latency", 3, 1, "fast", bx_printf(t->a, "%g ms or less", t->latency_limit), t->a);
    }
    if (apart) {
        cJSON *o = add_facet(facets, "Status");
        add_option(o, "status", 4, 0, "", "all", t->a);
        add_option(o, "status", 4, 1, "ranked", "ranked", t->a);
    }
    return facets;
}

static char *classes_of(const struct board *t, const struct bx_view_model *m)
{
    size_t family = 0;
    while (family < t->nfamilies && (!m->config.family || strcmp(t->families[family], m->config.family) != 0))
        family++;
    return bx_printf(t->a, " f1-%d%s%s%s", (int)license_kind(m->config.license),
                     family < t->nfamilies ? bx_printf(t->a, " f2-%zu", family + 1) : "", m->latency_ms <= t->latency_limit ? " f3-1" : "",
                     m->ranked ? " f4-1" : "");
}

static char *class_of(const struct board *t, size_t k, bool sorted)
{
    const struct column *c = &columns[k];
    const char *base = c->kind == LICENSE ? "license" : c->kind == LINKS ? "links" : c->kind == STATUS ? "status" : "num";
    bool first = true;
    for (size_t i = k; i-- > 0 && !strcmp(columns[i].group, c->group);)
        first = first && !t->shown[i];
    return bx_printf(t->a, "%s%s%s", base, first ? " first" : "", sorted ? " sorted" : "");
}

static cJSON *groups_tree(const struct board *t, const char *sort)
{
    cJSON *list = bx_list();
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        cJSON *in = bx_list();
        for (size_t k = 0; k < NCOLUMNS; k++) {
            const struct column *c = &columns[k];
            if (!t->shown[k] || strcmp(c->group, groups[g].key) != 0)
                continue;
            bool sorted = !strcmp(c->key, sort);
            cJSON *o = bx_push(in, bx_tree());
            bx_put_str(o, "key", c->key);
            bx_put_str(o, "label", c->label);
            bx_put_str(o, "class", class_of(t, k, sorted));
            bx_put_str(o, "arrow", c->better == BX_HIGHER ? "↑" : c->better == BX_LOWER ? "↓" : NULL);
            bx_put_str(o, "better", c->better == BX_HIGHER ? "higher is better" : c->better == BX_LOWER ? "lower is better" : NULL);
            bx_put_bool(o, "sorted", sorted);
            bx_put_str(o, "direction", c->better == BX_LOWER ? "ascending" : "descending");
            bx_put_str(o, "href", c->kind >= LICENSE ? NULL : bx_url_sorted(t->a, t->b, c->key));
            bx_put_str(o, "title", c->kind == METRIC ? bx_metrics[c->metric].definition : NULL);
            bx_put_bool(o, "marked", t->marked && !strcmp(c->group, "f1"));
        }
        int span = cJSON_GetArraySize(in);
        if (span == 0) {
            cJSON_Delete(in);
            continue;
        }
        cJSON *o = bx_push(list, bx_tree());
        bx_put_str(o, "id", bx_printf(t->a, "g-%s", groups[g].key));
        bx_put_str(o, "title", groups[g].title);
        bx_put_str(o, "more", groups[g].more);
        bx_put_num(o, "span", span);
        bx_put(o, "columns", in);
    }
    return list;
}

static cJSON *number_cell(const struct board *t, const struct bx_view_model *m, size_t k)
{
    const struct column *c = &columns[k];
    const char *text = text_of(m, c, t->a);
    cJSON *n = bx_number_tree(text);
    bool in_f1 = t->marked && !strcmp(c->group, "f1");
    if (text) {
        int missing = t->decimals[k] - decimals_of(text);
        if (missing > 0)
            cJSON_ReplaceItemInObjectCaseSensitive(
                n, "pad", cJSON_CreateString(bx_printf(t->a, "%s%.*s", decimals_of(text) ? "" : ".", missing, "000000")));
        if (m->ranked && t->best[k] && !strcmp(t->best[k], text))
            cJSON_ReplaceItemInObjectCaseSensitive(n, "best", cJSON_CreateTrue());
        if (c->kind == DELTA && labs(bx_shown_tenths(value_of(m, c))) >= 10)
            cJSON_ReplaceItemInObjectCaseSensitive(n, "strong", cJSON_CreateTrue());
        if (in_f1 && m->report->operating_is_max_f1)
            cJSON_ReplaceItemInObjectCaseSensitive(n, "suffix", cJSON_CreateString("†"));
    }
    if (in_f1)
        cJSON_ReplaceItemInObjectCaseSensitive(n, "slot", cJSON_CreateTrue());
    return n;
}

static void add_link(cJSON *list, const char *label, const char *href)
{
    if (!href)
        return;
    cJSON *last = list->child ? cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1) : NULL;
    if (last)
        cJSON_ReplaceItemInObjectCaseSensitive(last, "last", cJSON_CreateFalse());
    cJSON *o = bx_push(list, bx_tree());
    bx_put_str(o, "label", label);
    bx_put_str(o, "href", href);
    bx_put_bool(o, "last", true);
}

static cJSON *cell_tree(const struct board *t, const struct bx_view_model *m, size_t k)
{
    const struct column *c = &columns[k];
    cJSON *o = bx_tree();
    const char *class = class_of(t, k, false);
    if (c->kind == LICENSE && m->config.license && strlen(m->config.license) <= 20)
        class = bx_printf(t->a, "%s short", class);
    bx_put_str(o, "column", c->key);
    bx_put_str(o, "class", class);
    bx_put(o, "number", c->kind < LICENSE ? number_cell(t, m, k) : NULL);
    bx_put_str(o, "license", c->kind == LICENSE ? m->config.license : NULL);
    bx_put_bool(o, "empty", c->kind == LICENSE && !m->config.license);
    cJSON *links = bx_put(o, "links", c->kind == LINKS ? bx_tree() : NULL);
    if (c->kind == LINKS) {
        cJSON *list = bx_put(links, "list", bx_list());
        add_link(list, "code", m->config.link_code);
        add_link(list, "paper", m->config.link_paper);
    }
    bx_put(o, "status", c->kind == STATUS ? bx_view_status_tree(t->b, m, t->a) : NULL);
    return o;
}

static cJSON *row_tree(const struct board *t, const struct bx_view_model *m)
{
    cJSON *o = bx_tree();
    bx_put_str(o, "slug", m->slug);
    bx_put_str(o, "name", m->name);
    bx_put_bool(o, "short", strlen(m->name) <= 26);
    bx_put_str(o, "href", bx_url_model(t->a, t->b, m));
    bx_put_bool(o, "ranked", m->ranked);
    bx_put_num(o, "rank", m->ranked ? (double)m->rank : (double)NAN);
    bx_put_bool(o, "shared", m->shared);
    bx_put_str(o, "classes", classes_of(t, m));
    cJSON *cells = bx_put(o, "cells", bx_list());
    for (size_t k = 0; k < NCOLUMNS; k++)
        if (t->shown[k])
            bx_push(cells, cell_tree(t, m, k));
    return o;
}

/* For a page sorted by another column: (value, place on the board), best first, no value last. */
struct place {
    double value;
    const char *name;
    size_t index;
    bool ascending, by_name;
};
static int by_place(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    if (a->by_name) {
        int c = strcmp(a->name, b->name);
        if (c)
            return c;
    } else if (isnan(a->value) != isnan(b->value)) {
        return isnan(a->value) ? 1 : -1;
    } else if (a->value != b->value && !isnan(a->value)) {
        return (a->value < b->value) == a->ascending ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

/* One body for each group of rows that show the same (rank, or value of the sorted column): the line between two bodies means a change. */
static cJSON *bodies_tree(const struct board *t, const char *sort)
{
    const struct column *c = NULL;
    for (size_t k = 1; k < NCOLUMNS; k++)
        if (!strcmp(columns[k].key, sort))
            c = &columns[k];
    bool by_name = !strcmp(sort, "model");
    struct place *p = BX_NEW(t->a, struct place, t->b->nranked + 1);
    for (size_t i = 0; i < t->b->nranked; i++)
        p[i] = (struct place){c ? value_of(&t->b->models[i], c) : 0, t->b->models[i].name, i, c && c->better == BX_LOWER, by_name};
    qsort(p, t->b->nranked, sizeof *p, by_place);
    cJSON *bodies = bx_list(), *rows = NULL;
    const char *before = NULL;
    for (size_t i = 0; i < t->b->nranked; i++) {
        const struct bx_view_model *m = &t->b->models[p[i].index];
        const char *now = by_name ? bx_printf(t->a, "%zu", i) : c ? text_of(m, c, t->a) : bx_printf(t->a, "%u", m->rank);
        now = now ? now : "";
        if (!rows || strcmp(now, before) != 0)
            rows = bx_put(bx_push(bodies, bx_tree()), "rows", bx_list());
        before = now;
        bx_push(rows, row_tree(t, m));
    }
    return bodies;
}

static void add_note(cJSON *notes, const char *term, const char *text)
{
    cJSON *o = bx_push(notes, bx_tree());
    bx_put_str(o, "term", term);
    bx_put_str(o, "text", text);
}

static cJSON *notes_tree(const struct board *t)
{
    cJSON *notes = bx_list();
    bool latency = false, delta = false, elsewhere = false;
    for (size_t k = 0; k < NCOLUMNS; k++) {
        latency |= columns[k].kind == LATENCY && t->shown[k];
        delta |= columns[k].kind == DELTA && t->shown[k];
    }
    for (size_t i = 0; i < t->b->nmodels; i++)
        elsewhere |= t->b->models[i].current && t->b->models[i].current->other_machine;
    add_note(notes, "Size.", "By area in the image: small up to 32² px, medium up to 96² px, large above.");
    add_note(notes, "F1.",
             t->marked ? "At the model’s operating confidence, IoU 0.50, mean over classes. † It declares none: at the confidence where "
                         "its F1 is highest."
                       : "At the model’s operating confidence, IoU 0.50, mean over classes.");
    if (latency)
        add_note(notes, "ms.",
                 elsewhere ? "Median time for one image, one at a time. A dash: not measured so, or on another machine."
                           : "Median time for one image, one at a time.");
    if (delta)
        add_note(notes, "Δ.", "Measured less reported. Bold from ±1.0. A dash means that the authors gave no number for this test set.");
    return notes;
}

static cJSON *sorts_tree(const struct board *t, const char *sort)
{
    cJSON *list = bx_list();
    for (size_t k = 0; k < NCOLUMNS; k++) {
        if (!t->shown[k] || !columns[k].sorted_by || !strcmp(columns[k].key, sort))
            continue;
        cJSON *o = bx_push(list, bx_tree());
        bx_put_str(o, "href", bx_url_sorted(t->a, t->b, columns[k].key));
        bx_put_str(o, "label", columns[k].sorted_by);
    }
    return list;
}

static void look(struct board *t, const struct bx_view_board *b, struct bx_arena *a)
{
    *t = (struct board){.b = b, .a = a};
    for (size_t k = 0; k < NCOLUMNS; k++)
        look_at_column(t, k);
    for (size_t i = 0; i < b->nmodels; i++)
        t->marked |= on_board(&b->models[i]) && b->models[i].report && b->models[i].report->operating_is_max_f1;
    t->latency_limit = latency_limit(b, a);
    look_at_families(t);
}

const char *const *bx_view_sorts(const struct bx_view_board *b, size_t *n, struct bx_arena *a)
{
    struct board t;
    look(&t, b, a);
    const char **keys = BX_NEW(a, const char *, NCOLUMNS + 1);
    *n = 0;
    for (size_t k = 0; k < NCOLUMNS; k++)
        if (t.shown[k] && columns[k].kind < LICENSE)
            keys[(*n)++] = columns[k].key;
    keys[(*n)++] = "model";
    return keys;
}

void bx_tree_board(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_board *b = of->board;
    struct board t;
    look(&t, b, a);
    const char *sort = of->column ? of->column : "map";
    const char *by = "mAP 50:95", *line = "rank";
    for (size_t k = 1; k < NCOLUMNS; k++)
        if (!strcmp(columns[k].key, sort)) {
            by = columns[k].sorted_by ? columns[k].sorted_by : bx_printf(a, "%s, %s", columns[k].group, columns[k].label);
            line = "value of the sorted column";
        }
    if (!strcmp(sort, "model"))
        by = line = "name";
    cJSON *o = cJSON_GetObjectItemCaseSensitive(page, "board");
    size_t n = b->nmodels - b->nretired;
    bx_put_bool(o, "has_models", n > 0);
    bx_put(o, "verdict", bx_view_board_verdict(b, a));
    bx_put_str(o, "caption", bx_printf(a, "%s, sorted by %s", bx_show_plural(a, n, "model", "models"), by));
    bx_put_str(o, "count", bx_show_plural(a, n, "model", "models"));
    bx_put(o, "facets", facets_tree(&t));
    cJSON *gs = bx_put(o, "groups", groups_tree(&t, sort));
    int all = 2;
    for (const cJSON *g = gs->child; g; g = g->next)
        all += (int)cJSON_GetObjectItemCaseSensitive(g, "span")->valuedouble;
    bx_put_num(o, "columns_all", all);
    cJSON *mc = bx_put(o, "model_column", bx_tree());
    bx_put_bool(mc, "sorted", !strcmp(sort, "model"));
    bx_put_str(mc, "href", bx_url_sorted(a, b, "model"));
    bx_put(o, "bodies", bodies_tree(&t, sort));
    cJSON *apart = bx_put(o, "apart", bx_list()), *reasons = bx_put(o, "reasons", bx_list());
    for (size_t i = b->nranked; i < b->nmodels; i++) {
        const struct bx_view_model *m = &b->models[i];
        if (!on_board(m))
            continue;
        bx_push(apart, row_tree(&t, m));
        cJSON *r = bx_push(reasons, bx_view_status_tree(b, m, a));
        bx_put_str(r, "name", m->name);
        bx_put_str(r, "href", bx_url_model(a, b, m));
        bx_put_str(r, "reason", bx_view_reason(b, m, a));
    }
    bx_put_bool(o, "has_apart", apart->child != NULL);
    bx_put_str(o, "rank_note", "One plus the number of ranked models with a higher mAP 50:95; = marks a shared rank.");
    bx_put_str(bx_put(o, "sort", bx_tree()), "line", line);
    bx_put(o, "notes", notes_tree(&t));
    bx_put(o, "sorts", sorts_tree(&t, sort));
}
