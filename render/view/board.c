/* board.c: the leaderboard as a tree: columns in groups, rows in bodies, filters. */
#include "render/view/columns.h"
#include "render/view/facets.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The board being made: what the columns need to know of all rows. */
struct board {
    const struct bx_view_board *b;
    struct bx_arena *a;
    enum bx_column column[BX_NCOLUMNS]; /* those that are shown, in the site's order */
    size_t n;
    const char *best[BX_NCOLUMNS]; /* the best ranked value as displayed */
    int decimals[BX_NCOLUMNS];     /* the most digits behind a point in the column */
    bool marked, all_marked;       /* some F1 is, or all are, at max-F1 */
    struct bx_facets facets;
};

enum { FIRST_ROWS = 25 }; /* of a phone's first look */

static int decimals_of(const char *text)
{
    const char *dot = strchr(text, '.');
    return dot ? (int)strlen(dot + 1) : 0;
}

/* Is it shown? A column of numbers nobody has is not. */
static bool look_at_column(struct board *t, enum bx_column c)
{
    enum bx_column_kind kind = bx_columns[c].kind;
    enum bx_better better = bx_column_better(c);
    if (kind == BX_KIND_METRIC && !bx_rules_tell(&t->b->by, bx_columns[c].metric))
        return false;
    bool shown = kind == BX_KIND_METRIC || kind == BX_KIND_LICENSE || kind == BX_KIND_STATUS;
    double best = (double)NAN;
    for (size_t i = 0; i < t->b->nmodels; i++) {
        const struct bx_view_model *m = &t->b->models[i];
        if (!bx_view_on_board(m))
            continue;
        shown |= kind == BX_KIND_LINKS ? m->config.link_code || m->config.link_paper : bx_column_text(c, t->b, m, t->a) != NULL;
        const char *text = bx_column_show(c, m, t->a);
        if (!text)
            continue;
        shown = true;
        if (decimals_of(text) > t->decimals[c])
            t->decimals[c] = decimals_of(text);
        double v = bx_column_number(c, m);
        if (m->ranked && better != BX_NEITHER && (isnan(best) || (better == BX_HIGHER ? v > best : v < best))) {
            best = v;
            t->best[c] = text;
        }
    }
    return shown;
}

static char *class_of(const struct board *t, size_t k, bool sorted)
{
    enum bx_column c = t->column[k];
    enum bx_column_kind kind = bx_columns[c].kind;
    const char *base = kind == BX_KIND_LICENSE  ? "license"
                       : kind == BX_KIND_LINKS  ? "links"
                       : kind == BX_KIND_STATUS ? "status"
                       : bx_column_is_number(c) ? "num"
                                                : "text";
    bool first = k == 0 || bx_columns[t->column[k - 1]].group != bx_columns[c].group;
    return bx_printf(t->a, "%s%s%s", base, first ? " first" : "", sorted ? " sorted" : "");
}

static cJSON *column_tree(const struct board *t, size_t k, const char *sort)
{
    enum bx_column c = t->column[k];
    const struct bx_column_info *info = &bx_columns[c];
    enum bx_better better = bx_column_is_number(c) ? bx_column_better(c) : BX_NEITHER;
    bool sorted = !strcmp(info->key, sort);
    cJSON *o = bx_tree();
    bx_put_str(o, "key", info->key);
    const char *own = info->kind == BX_KIND_METRIC ? bx_rules_own_label(&t->b->by, info->metric, t->a) : NULL;
    bx_put_str(o, "label", own ? own : info->label);
    bx_put_str(o, "class", class_of(t, k, sorted));
    bx_put_str(o, "arrow", better == BX_HIGHER ? "↑" : better == BX_LOWER ? "↓" : NULL);
    bx_put_str(o, "better", better == BX_HIGHER ? "higher is better" : better == BX_LOWER ? "lower is better" : NULL);
    bx_put_bool(o, "sorted", sorted);
    bx_put_str(o, "direction", better == BX_LOWER ? "ascending" : "descending");
    bx_put_str(o, "href", bx_column_is_number(c) ? bx_url_sorted(t->a, t->b, info->key) : NULL);
    bx_put_str(o, "title", info->kind == BX_KIND_METRIC ? bx_rules_definition(&t->b->by, info->metric, t->a) : NULL);
    bx_put_bool(o, "marked", t->marked && info->group == BX_COLUMNS_F1);
    bx_put_str(o, "head_mark", t->all_marked ? "†" : "");
    return o;
}

/* A group of metrics says what the board's rules make of them; F1 knows no limit of detections. */
static const char *title_of(const struct board *t, enum bx_column_group g)
{
    const char *title = bx_column_groups[g].title;
    const char *rules =
        g == BX_COLUMNS_MAP || g == BX_COLUMNS_SIZE || g == BX_COLUMNS_F1 ? bx_rules_short(&t->b->by, g != BX_COLUMNS_F1, t->a) : "";
    return *rules ? bx_printf(t->a, "%s, %s", title, rules) : title;
}

static cJSON *groups_tree(const struct board *t, const char *sort)
{
    cJSON *list = bx_list(), *in = NULL, *o = NULL;
    for (size_t k = 0; k < t->n; k++) {
        enum bx_column_group g = bx_columns[t->column[k]].group;
        if (k == 0 || bx_columns[t->column[k - 1]].group != g) {
            size_t span = 1;
            while (k + span < t->n && bx_columns[t->column[k + span]].group == g)
                span++;
            o = bx_push(list, bx_tree());
            bx_put_str(o, "id", bx_printf(t->a, "g-%s", bx_column_groups[g].key));
            bx_put_str(o, "title", title_of(t, g));
            bx_put_str(o, "more", bx_column_groups[g].more);
            bx_put_num(o, "span", (double)span);
            in = bx_put(o, "columns", bx_list());
        }
        bx_push(in, column_tree(t, k, sort));
    }
    return list;
}

static cJSON *number_cell(const struct board *t, const struct bx_view_model *m, enum bx_column c)
{
    const char *text = bx_column_show(c, m, t->a);
    cJSON *n = bx_number_tree(text);
    bool in_f1 = t->marked && bx_columns[c].group == BX_COLUMNS_F1;
    if (text) {
        int missing = t->decimals[c] - decimals_of(text);
        if (missing > 0)
            cJSON_ReplaceItemInObjectCaseSensitive(
                n, "pad", cJSON_CreateString(bx_printf(t->a, "%s%.*s", decimals_of(text) ? "" : ".", missing, "000000")));
        if (m->ranked && t->best[c] && !strcmp(t->best[c], text))
            cJSON_ReplaceItemInObjectCaseSensitive(n, "best", cJSON_CreateTrue());
        if (bx_columns[c].format == BX_FORMAT_SIGNED && labs(bx_shown_tenths(bx_column_number(c, m))) >= 10)
            cJSON_ReplaceItemInObjectCaseSensitive(n, "strong", cJSON_CreateTrue());
        if (in_f1 && m->report->operating_is_max_f1 && !t->all_marked)
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
    enum bx_column c = t->column[k];
    enum bx_column_kind kind = bx_columns[c].kind;
    cJSON *o = bx_tree();
    const char *class = class_of(t, k, false), *text = kind == BX_KIND_STATUS ? NULL : bx_column_text(c, t->b, m, t->a);
    if (kind == BX_KIND_LICENSE && text && strlen(text) <= 20)
        class = bx_printf(t->a, "%s short", class);
    bx_put_str(o, "column", bx_columns[c].key);
    bx_put_str(o, "class", class);
    bx_put(o, "number", bx_column_is_number(c) ? number_cell(t, m, c) : NULL);
    bx_put_str(o, "license", kind == BX_KIND_LICENSE ? text : NULL);
    bx_put_str(o, "text", kind == BX_KIND_TEXT ? text : NULL);
    bx_put_bool(o, "empty", !text && (kind == BX_KIND_LICENSE || kind == BX_KIND_TEXT));
    cJSON *links = bx_put(o, "links", kind == BX_KIND_LINKS ? bx_tree() : NULL);
    if (kind == BX_KIND_LINKS) {
        cJSON *list = bx_put(links, "list", bx_list());
        add_link(list, "code", m->config.link_code);
        add_link(list, "paper", m->config.link_paper);
    }
    bx_put(o, "status", kind == BX_KIND_STATUS ? bx_view_status_tree(m, t->a) : NULL);
    return o;
}

/* row: its place on this page. */
static cJSON *row_tree(const struct board *t, const struct bx_view_model *m, size_t row)
{
    cJSON *o = bx_tree();
    bx_put_str(o, "slug", m->slug);
    bx_put_str(o, "name", m->name);
    bx_put(o, "pieces", bx_pieces_tree(m->name, t->a));
    bx_put_bool(o, "short", strlen(m->name) <= 26);
    bx_put_str(o, "href", bx_url_model(t->a, t->b, m));
    bx_put_bool(o, "ranked", m->ranked);
    bx_put_num(o, "rank", m->ranked ? (double)m->rank : (double)NAN);
    bx_put_bool(o, "shared", m->shared);
    bx_put_bool(o, "fallen", m->report && m->report->nfallen > 0);
    bx_put_str(o, "seen",
               m->seen && m->seen->images
                   ? bx_printf(t->a, "%s in its training data",
                               bx_show_plural(t->a, m->seen->images, "image of the test set is", "images of the test set are"))
                   : NULL);
    bx_put_str(o, "classes", bx_printf(t->a, "%s%s", bx_facets_classes(&t->facets, m), row >= FIRST_ROWS ? " late" : ""));
    cJSON *cells = bx_put(o, "cells", bx_list());
    for (size_t k = 0; k < t->n; k++)
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
    const enum bx_column *c = NULL;
    for (size_t k = 1; k < t->n; k++)
        if (!strcmp(bx_columns[t->column[k]].key, sort))
            c = &t->column[k];
    bool by_name = !strcmp(sort, "model");
    struct place *p = BX_NEW(t->a, struct place, t->b->nranked + 1);
    for (size_t i = 0; i < t->b->nranked; i++)
        p[i] = (struct place){c ? bx_column_number(*c, &t->b->models[i]) : 0, t->b->models[i].name, i,
                              c && bx_column_better(*c) == BX_LOWER, by_name};
    qsort(p, t->b->nranked, sizeof *p, by_place);
    cJSON *bodies = bx_list(), *rows = NULL;
    const char *before = NULL;
    for (size_t i = 0; i < t->b->nranked; i++) {
        const struct bx_view_model *m = &t->b->models[p[i].index];
        const char *now = by_name ? bx_printf(t->a, "%zu", i) : c ? bx_column_show(*c, m, t->a) : bx_printf(t->a, "%u", m->rank);
        now = now ? now : "";
        if (!rows || strcmp(now, before) != 0)
            rows = bx_put(bx_push(bodies, bx_tree()), "rows", bx_list());
        before = now;
        bx_push(rows, row_tree(t, m, i));
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
    bool latency = false, delta = false, elsewhere = false, seen = false;
    for (size_t k = 0; k < t->n; k++) {
        latency |= t->column[k] == BX_COLUMN_LATENCY;
        delta |= t->column[k] == BX_COLUMN_DELTA;
        seen |= t->column[k] == BX_COLUMN_UNSEEN;
    }
    for (size_t i = 0; i < t->b->nmodels; i++)
        elsewhere |= t->b->models[i].current && t->b->models[i].current->other_machine;
    add_note(notes, "Size.",
             bx_rules_own_sizes(&t->b->by) ? bx_printf(t->a, "By area in the image: %s.", bx_rules_size_words(&t->b->by, t->a))
                                           : "By area in the image: small up to 32² px, medium up to 96² px, large above.");
    const char *interval = bx_view_interval_words(t->b, t->a), *resolution = bx_view_resolution_words(t->b, t->a);
    if (interval)
        add_note(notes, t->b->certain ? "±." : "Intervals.", interval);
    if (resolution)
        add_note(notes, "Resolution.", resolution);
    static const char at[] = "At the model’s operating confidence, IoU 0.50, mean over classes.";
    add_note(notes, "F1.",
             t->all_marked ? "IoU 0.50, mean over classes. † No model declares an operating confidence: at the one where its F1 is highest."
             : t->marked   ? bx_printf(t->a, "%s † It declares none: at the confidence where its F1 is highest.", at)
                           : at);
    if (seen)
        add_note(notes, "unseen.",
                 "mAP without the images of the test set that are in the model’s training data (§), as far as its authors published what "
                 "that is.");
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
    for (size_t k = 0; k < t->n; k++) {
        const struct bx_column_info *info = &bx_columns[t->column[k]];
        if (!info->sorted_by || !strcmp(info->key, sort))
            continue;
        cJSON *o = bx_push(list, bx_tree());
        bx_put_str(o, "href", bx_url_sorted(t->a, t->b, info->key));
        bx_put_str(o, "label", info->sorted_by);
    }
    return list;
}

static void look(struct board *t, const struct bx_view_board *b, struct bx_arena *a)
{
    *t = (struct board){.b = b, .a = a};
    for (enum bx_column_group g = 0; g < BX_NCOLUMN_GROUPS; g++)
        for (enum bx_column c = 0; c < BX_NCOLUMNS; c++)
            if (bx_columns[c].key && bx_columns[c].group == g && look_at_column(t, c))
                t->column[t->n++] = c;
    t->all_marked = true;
    for (size_t i = 0; i < b->nmodels; i++) {
        if (!bx_view_on_board(&b->models[i]) || !b->models[i].report)
            continue;
        t->marked |= b->models[i].report->operating_is_max_f1;
        t->all_marked &= b->models[i].report->operating_is_max_f1;
    }
    t->all_marked &= t->marked;
    bx_facets_look(&t->facets, b, a);
}

const char *const *bx_view_sorts(const struct bx_view_board *b, size_t *n, struct bx_arena *a)
{
    struct board t;
    look(&t, b, a);
    const char **keys = BX_NEW(a, const char *, BX_NCOLUMNS + 1);
    *n = 0;
    for (size_t k = 0; k < t.n; k++)
        if (bx_column_is_number(t.column[k]))
            keys[(*n)++] = bx_columns[t.column[k]].key;
    keys[(*n)++] = "model";
    return keys;
}

/* Letters, where those of wide scripts count for two. */
static double letters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) == 0x80 ? 0 : (unsigned char)*s >= 0xe3 ? 2 : 1;
    return (double)n;
}

/* What a column takes, in px and rather too much. */
static double width_of(const struct board *t, enum bx_column c)
{
    const double digit = 7.8, letter = 7.3, head = 6.5, arrow = 14;
    const bool number = bx_column_is_number(c);
    double w = arrow + head * letters(bx_columns[c].label);
    for (size_t i = 0; i < t->b->nmodels; i++) {
        const struct bx_view_model *m = &t->b->models[i];
        const char *text = number ? bx_column_show(c, m, t->a) : bx_column_text(c, t->b, m, t->a);
        double n = text ? letters(text) : 1;
        switch (bx_columns[c].kind) {
        case BX_KIND_STATUS:
            w = fmax(w, m->status == BX_VIEW_OK && !m->overdue ? 100 : 150);
            break;
        case BX_KIND_LINKS:
            w = fmax(w, 80);
            break;
        case BX_KIND_LICENSE:
            w = fmax(w, fmin(150, letter * n));
            break;
        default:
            w = fmax(w, (number ? digit : letter) * n);
        }
    }
    return w;
}

/* Whether the table fits into 1440 px less the gutters. */
static bool fits(const struct board *t)
{
    const double page = 1392, bold = 8, padding = 12, group = 18;
    double whole = 48, name = 120, in = 0;
    for (size_t i = 0; i < t->b->nmodels; i++)
        name = fmax(name, fmin(260, padding + 8 + bold * letters(t->b->models[i].name)));
    for (size_t k = 0; k < t->n; k++) {
        enum bx_column_group g = bx_columns[t->column[k]].group;
        in += width_of(t, t->column[k]) + padding;
        if (k + 1 == t->n || bx_columns[t->column[k + 1]].group != g) {
            whole += group + fmax(in, padding + bold * letters(title_of(t, g)));
            in = 0;
        }
    }
    return whole + name <= page;
}

/* Whose detections are of classes that the test set lacks. */
static void put_fallen(cJSON *o, const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *list = bx_put(o, "fallen", bx_list());
    for (size_t i = 0; i < b->nmodels - b->nretired; i++) {
        const struct bx_view_model *m = &b->models[i];
        const char *words = m->report ? bx_view_fallen(m, a) : NULL;
        if (!words)
            continue;
        cJSON *one = bx_push(list, bx_tree());
        bx_put_str(one, "name", m->name);
        bx_put_str(one, "href", bx_url_model(a, b, m));
        bx_put_str(one, "words", words);
    }
    bx_put_bool(o, "has_fallen", list->child != NULL);
}

void bx_tree_board(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_board *b = of->board;
    struct board t;
    look(&t, b, a);
    const char *sort = of->column ? of->column : "map";
    const char *line = !strcmp(sort, "map") ? "rank" : !strcmp(sort, "model") ? "name" : "value of the sorted column";
    cJSON *o = cJSON_GetObjectItemCaseSensitive(page, "board");
    size_t n = b->nmodels - b->nretired;
    bx_put_bool(o, "has_models", n > 0);
    bx_put(o, "verdict", bx_view_board_verdict(b, a));
    bx_put_str(o, "caption", bx_printf(a, "%s, sorted by %s", bx_show_plural(a, n, "model", "models"), bx_view_sorted_by(b, sort, a)));
    bx_put_str(o, "count", bx_show_plural(a, n, "model", "models"));
    bx_put(o, "facets", bx_facets_tree(&t.facets));
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
        if (!bx_view_on_board(m))
            continue;
        bx_push(apart, row_tree(&t, m, i));
        cJSON *r = bx_push(reasons, bx_view_status_tree(m, a));
        bx_put_str(r, "name", m->name);
        bx_put_str(r, "href", bx_url_model(a, b, m));
        bx_put_str(r, "reason", bx_view_reason(m, a));
    }
    bx_put_bool(o, "has_apart", apart->child != NULL);
    put_fallen(o, b, a);
    bx_put_bool(o, "apart_late", b->nranked >= FIRST_ROWS);
    bx_put_bool(o, "has_late", n > FIRST_ROWS);
    bx_put_bool(o, "fits", fits(&t));
    bx_put(o, "budget", bx_view_budget(b, a));
    const char *what = bx_rules_label(&b->by, BX_METRIC_MAP, a);
    bx_put_str(
        o, "rank_note",
        b->certain
            ? bx_printf(a,
                        "One plus the number of ranked models whose %s is better for sure; “ranks” goes to the last place that the test "
                        "set leaves open. = marks a shared rank.",
                        what)
            : bx_printf(a, "One plus the number of ranked models with a higher %s; = marks a shared rank.", what));
    bx_put_str(bx_put(o, "sort", bx_tree()), "line", line);
    bx_put(o, "notes", notes_tree(&t));
    bx_put(o, "sorts", sorts_tree(&t, sort));
}
