/* columns.c: see columns.h. */
#include "render/view/columns.h"
#include "render/view/number.h"
#include <math.h>
#include <string.h>

static const struct {
    double (*number)(const struct bx_view_model *m);
    const char *(*text)(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);
} holds[BX_NCOLUMNS] = {
#define HOLDS_METRIC(ID, id)
#define HOLDS_NUMBER(ID, id)   [BX_COLUMN_##ID] = {.number = bx_number_##id},
#define HOLDS_TEXT(ID, id)     [BX_COLUMN_##ID] = {.text = bx_text_##id},
#define HOLDS_LINK(ID, id)     HOLDS_TEXT(ID, id)
#define HOLDS_OF_BOARD(ID, id) HOLDS_TEXT(ID, id)
#define HOLDS_LICENSE(ID, id)  HOLDS_TEXT(ID, id)
#define HOLDS_STATUS(ID, id)   HOLDS_TEXT(ID, id)
#define HOLDS_LINKS(ID, id)
#define COLUMN(ID, id, kind, ...) HOLDS_##kind(ID, id)
#include "core/data/columns.def"
};

double bx_column_number(enum bx_column c, const struct bx_view_model *m)
{
    if (bx_columns[c].kind == BX_KIND_METRIC)
        return bx_view_get(m, bx_columns[c].metric);
    return holds[c].number ? holds[c].number(m) : (double)NAN;
}

const char *bx_column_text(enum bx_column c, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    return holds[c].text ? holds[c].text(b, m, a) : NULL;
}

static char *show_pixels(const struct bx_view_model *m, struct bx_arena *a)
{
    const struct bx_model *c = &m->config;
    return c->input_w == c->input_h ? bx_printf(a, "%u", c->input_w) : bx_printf(a, "%u×%u", c->input_w, c->input_h);
}

char *bx_column_show(enum bx_column c, const struct bx_view_model *m, struct bx_arena *a)
{
    double v = bx_column_number(c, m);
    if (!isfinite(v))
        return NULL;
    if (bx_columns[c].kind == BX_KIND_METRIC)
        return bx_show_metric(a, bx_columns[c].metric, v);
    switch (bx_columns[c].format) {
    case BX_FORMAT_PERCENT:
        return bx_show_percent(a, v);
    case BX_FORMAT_SIGNED:
        return bx_show_signed(a, v);
    case BX_FORMAT_MILLIONS:
        return bx_show_cost(a, v / 1e6);
    case BX_FORMAT_BILLIONS:
        return bx_show_cost(a, v / 1e9);
    case BX_FORMAT_PIXELS:
        return show_pixels(m, a);
    case BX_FORMAT_METRIC:
    case BX_FORMAT_COST:
        break;
    }
    return bx_show_cost(a, v);
}

/* ---- numbers ---- */

static double pixels(unsigned n)
{
    return n ? n : (double)NAN;
}

double bx_number_rank(const struct bx_view_model *m)
{
    return m->ranked ? (double)m->rank : (double)NAN;
}

double bx_number_unseen(const struct bx_view_model *m)
{
    return m->seen && m->seen->report ? bx_report_get(m->seen->report, BX_METRIC_MAP, -1) : (double)NAN;
}

double bx_number_seen_images(const struct bx_view_model *m)
{
    return m->seen && m->seen->nknown ? (double)m->seen->images : (double)NAN;
}

double bx_number_rank_last(const struct bx_view_model *m)
{
    return m->ranked ? (double)m->rank_last : (double)NAN;
}

double bx_number_map_half(const struct bx_view_model *m)
{
    return m->interval.there ? BX_Z95 * m->interval.sd : (double)NAN;
}

double bx_number_latency(const struct bx_view_model *m)
{
    return m->latency_ms;
}

double bx_number_parameters(const struct bx_view_model *m)
{
    return m->config.parameters;
}

double bx_number_flops(const struct bx_view_model *m)
{
    return m->config.flops;
}

double bx_number_input(const struct bx_view_model *m) /* to sort by */
{
    return m->config.input_w ? sqrt((double)m->config.input_w * m->config.input_h) : (double)NAN;
}

double bx_number_input_width(const struct bx_view_model *m)
{
    return pixels(m->config.input_w);
}

double bx_number_input_height(const struct bx_view_model *m)
{
    return pixels(m->config.input_h);
}

double bx_number_reported(const struct bx_view_model *m)
{
    return m->reported_map;
}

double bx_number_delta(const struct bx_view_model *m)
{
    return bx_view_get(m, BX_METRIC_MAP) - m->reported_map;
}

double bx_number_declared(const struct bx_view_model *m)
{
    return m->config.operating_confidence;
}

/* ---- texts ---- */

#define TEXT(id, value)                                                                                                                    \
    const char *bx_text_##id(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)                             \
    {                                                                                                                                      \
        (void)b, (void)m, (void)a;                                                                                                         \
        return value;                                                                                                                      \
    }
TEXT(slug, m->slug)
TEXT(ranks, !b->certain || !m->ranked ? NULL
            : m->rank == m->rank_last ? bx_printf(a, "%u", m->rank)
                                      : bx_printf(a, "%u–%u", m->rank, m->rank_last))
TEXT(name, m->name)
TEXT(family, m->config.family)
TEXT(license, m->config.license)
TEXT(numbers_of, m->current ? bx_show_iso(a, m->current->ended_ms) : NULL)
TEXT(code, m->config.link_code)
TEXT(paper, m->config.link_paper)
TEXT(weights, m->config.link_weights)
TEXT(test_set, b->digest)

const char *bx_text_status(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    static const char *const words[] = {[BX_VIEW_OK] = "ok",           [BX_VIEW_PARTIAL] = "partial", [BX_VIEW_FAILED] = "failed",
                                        [BX_VIEW_CHANGED] = "changed", [BX_VIEW_NEVER] = "never run", [BX_VIEW_RETIRED] = "retired"};
    (void)b, (void)a;
    return words[m->status];
}

const char *bx_view_sorted_by(const struct bx_view_board *b, const char *column, struct bx_arena *a)
{
    for (enum bx_column c = 0; c < BX_NCOLUMNS; c++) {
        const struct bx_column_info *info = &bx_columns[c];
        if (info->key && !strcmp(info->key, column))
            return info->kind == BX_KIND_METRIC ? bx_rules_label(&b->by, info->metric, a) : info->sorted_by ? info->sorted_by : info->label;
    }
    return "name";
}
