/* data.c: the board and its models as CSV and JSON, with all digits. */
#include "core/base/buf.h"
#include "render/view/columns.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <string.h>

static void cell_text(struct bx_buf *out, const char *s)
{
    if (s)
        bx_buf_add_csv(out, s, strlen(s));
}

static void cell_number(struct bx_buf *out, double v)
{
    if (isfinite(v))
        bx_buf_add_double(out, v);
}

static void csv_columns(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_buf *out, struct bx_arena *a)
{
    bool first = true;
    for (enum bx_column c = 0; c < BX_NCOLUMNS; c++) {
        if (!bx_columns[c].name)
            continue;
        if (!first)
            bx_buf_addc(out, ',');
        first = false;
        if (bx_column_is_number(c))
            cell_number(out, bx_column_number(c, m));
        else
            cell_text(out, bx_column_text(c, b, m, a));
    }
}

void bx_view_board_csv(const struct bx_view_board *b, struct bx_buf *out, struct bx_arena *a)
{
    const char *gap = "";
    for (enum bx_column c = 0; c < BX_NCOLUMNS; c++)
        if (bx_columns[c].name) {
            bx_buf_addf(out, "%s%s", gap, bx_columns[c].name);
            gap = ",";
        }
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++)
        if (bx_rules_give(&b->by, i))
            bx_buf_addf(out, ",%s", bx_metrics[i].name);
    bx_buf_adds(out, "\r\n");
    for (size_t k = 0; k < b->nmodels - b->nretired; k++) {
        const struct bx_view_model *m = &b->models[k];
        csv_columns(b, m, out, a);
        for (enum bx_metric i = 0; i < BX_NMETRICS; i++)
            if (bx_rules_give(&b->by, i)) {
                bx_buf_addc(out, ',');
                cell_number(out, bx_view_get(m, i));
            }
        bx_buf_adds(out, "\r\n");
    }
}

static cJSON *metrics_tree(const struct bx_report *r, int32_t class_index)
{
    cJSON *o = bx_tree();
    for (enum bx_metric i = 0; r && i < BX_NMETRICS; i++) {
        double v = bx_report_get(r, i, class_index);
        if (isfinite(v))
            bx_put_num(o, bx_metrics[i].name, v);
    }
    return o;
}

static void put_reported(cJSON *o, const struct bx_view_board *b, const struct bx_view_model *m)
{
    cJSON *list = bx_put(o, "reported", bx_list());
    const struct bx_reported *r = NULL;
    while ((r = bx_view_reported(b, m, r))) {
        cJSON *one = bx_push(list, bx_tree());
        bx_put_str(one, "test_set", r->test_set);
        bx_put_str(one, "metric", r->metric);
        bx_put_num(one, "value", r->value);
        bx_put_str(one, "source", r->source);
    }
}

static cJSON *model_tree(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    cJSON *o = bx_tree(), *links = bx_tree();
    for (enum bx_column c = 0; c < BX_NCOLUMNS; c++) {
        const struct bx_column_info *info = &bx_columns[c];
        if (!info->name || info->kind == BX_KIND_OF_BOARD)
            continue;
        if (bx_column_is_number(c))
            bx_put_num(o, info->name, bx_column_number(c, m));
        else
            bx_put_str(info->kind == BX_KIND_LINK ? links : o, info->name, bx_column_text(c, b, m, a));
    }
    bx_put(o, "links", links);
    bx_put_bool(o, "ranked", m->ranked);
    put_reported(o, b, m);
    cJSON *tags = bx_put(o, "tags", bx_list());
    for (size_t i = 0; i < m->config.ntags; i++)
        bx_push(tags, cJSON_CreateString(m->config.tags[i]));
    bx_put_str(o, "evaluation", m->current ? m->current->id : NULL);
    bx_put_str(o, "version", m->current ? m->current->version : m->version);
    bx_put(o, "metrics", metrics_tree(m->report, -1));
    cJSON *slices = bx_put(o, "slices", bx_list());
    for (size_t i = 0; i < m->nslices; i++) {
        cJSON *s = bx_push(slices, bx_tree());
        bx_put_str(s, "tag", m->slices[i].tag);
        bx_put_num(s, "images", (double)m->slices[i].nimages);
        bx_put(s, "metrics", metrics_tree(m->slices[i].report, -1));
    }
    return o;
}

static cJSON *head_tree(const struct bx_view_board *b, int format, struct bx_arena *a)
{
    cJSON *o = bx_tree();
    bx_put_num(o, "format", format);
    bx_put_str(o, "board", b->slug);
    bx_put_str(o, "title", b->title);
    bx_put_str(o, "geometry", bx_geometry_name(b->geometry));
    bx_put_str(o, "protocol", bx_rules_protocol(&b->by, a));
    bx_put_str(o, "test_set", b->digest);
    bx_put_str(o, "split", b->split);
    bx_put_num(o, "images", (double)b->nimages);
    bx_put_str(o, "ranked_by", b->certain ? "intervals" : "value");
    bx_put_bool(o, "rough", b->certain && bx_view_rough(b));
    return o;
}

cJSON *bx_view_board_json(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = head_tree(b, 1, a);
    bx_put_str(o, "as_of",
               b->as_of_ms ? bx_show_iso(a, b->as_of_ms) : NULL); /* the board's alone: a model's file is as old as its numbers */
    cJSON *list = bx_put(o, "models", bx_list());
    for (size_t i = 0; i < b->nmodels - b->nretired; i++)
        bx_push(list, model_tree(b, &b->models[i], a));
    return o;
}

void bx_view_model_csv(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_buf *out, struct bx_arena *a)
{
    (void)a;
    bx_buf_adds(out, "class,metric,value,unit\r\n");
    for (int32_t c = -1; m->report && c < (int32_t)b->nclasses; c++)
        for (enum bx_metric i = 0; i < BX_NMETRICS; i++) {
            double v = bx_report_get(m->report, i, c);
            if (!isfinite(v) || (c >= 0 && b->classes[c].left_out))
                continue;
            cell_text(out, c < 0 ? NULL : b->classes[c].name);
            bx_buf_addf(out, ",%s,", bx_metrics[i].name);
            cell_number(out, v);
            bx_buf_addf(out, ",%s\r\n", bx_unit_name(bx_metrics[i].unit));
        }
}

static cJSON *floats(const float *v, size_t n)
{
    cJSON *list = bx_list();
    for (size_t i = 0; i < n; i++)
        bx_push(list, cJSON_CreateNumber(bx_float_short(v[i])));
    return list;
}

/* Curves over the same x stand together: all classes are read at the same recalls. */
static cJSON *curves_tree(const struct bx_view_board *b, const struct bx_report *r)
{
    cJSON *list = bx_list(), *of = NULL;
    const struct bx_curve *first = NULL;
    for (size_t i = 0; r && i < r->ncurves; i++) {
        const struct bx_curve *c = &r->curves[i];
        if (!first || first->n != c->n || (c->n && memcmp(first->x, c->x, c->n * sizeof *c->x) != 0)) {
            cJSON *group = bx_push(list, bx_tree());
            bx_put(group, "x", floats(c->x, c->n));
            of = bx_put(group, "of", bx_list());
            first = c;
        }
        cJSON *o = bx_push(of, bx_tree());
        bx_put_str(o, "name", c->name);
        bx_put_str(o, "class", c->class_index >= 0 && (size_t)c->class_index < b->nclasses ? b->classes[c->class_index].name : NULL);
        bx_put(o, "y", floats(c->y, c->n));
    }
    return list;
}

cJSON *bx_view_model_json(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    cJSON *o = head_tree(b, 2, a); /* 1: each curve had its own x */
    bx_put(o, "model", model_tree(b, m, a));
    cJSON *classes = bx_put(o, "classes", bx_list());
    for (size_t c = 0; m->report && c < b->nclasses; c++) {
        if (b->classes[c].left_out)
            continue;
        cJSON *k = bx_push(classes, bx_tree());
        bx_put_str(k, "name", b->classes[c].name);
        bx_put_num(k, "objects", (double)b->classes[c].objects);
        bx_put(k, "metrics", metrics_tree(m->report, (int32_t)c));
    }
    bx_put(o, "curves", curves_tree(b, m->report));
    cJSON *history = bx_put(o, "history", bx_list());
    for (size_t i = 0; i < m->nhistory; i++) {
        const struct bx_view_evaluation *e = &m->history[i];
        cJSON *h = bx_push(history, bx_tree());
        bx_put_str(h, "evaluation", e->id);
        bx_put_str(h, "ended", bx_show_iso(a, e->ended_ms));
        bx_put_str(h, "status", e->status == BX_VIEW_OK ? "ok" : e->status == BX_VIEW_PARTIAL ? "partial" : "failed");
        if (e->reason)
            bx_put_str(h, "reason", e->reason);
        bx_put_str(h, "version", e->version);
        bx_put_num(h, "map", e->map);
    }
    return o;
}
