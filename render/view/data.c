/* data.c: the board and its models as CSV and JSON, with all digits. */
#include "core/base/buf.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *status_word(const struct bx_view_model *m)
{
    static const char *const words[] = {[BX_VIEW_OK] = "ok",           [BX_VIEW_PARTIAL] = "partial", [BX_VIEW_FAILED] = "failed",
                                        [BX_VIEW_CHANGED] = "changed", [BX_VIEW_NEVER] = "never run", [BX_VIEW_RETIRED] = "retired"};
    return words[m->status];
}

static void cell_text(struct bx_buf *out, const char *s, bool first)
{
    if (!first)
        bx_buf_addc(out, ',');
    if (s)
        bx_buf_add_csv(out, s, strlen(s));
}

static void cell_number(struct bx_buf *out, double v)
{
    bx_buf_addc(out, ',');
    if (isfinite(v))
        bx_buf_add_double(out, v);
}

void bx_view_board_csv(const struct bx_view_board *b, struct bx_buf *out, struct bx_arena *a)
{
    bx_buf_adds(out, "rank,slug,name,family,license,status,numbers_of,latency_ms,parameters,flops,input_width,input_height,reported_map,"
                     "declared_confidence,code,paper,weights,test_set");
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++) {
        bx_buf_addc(out, ',');
        bx_buf_add_csv(out, bx_metrics[i].name, strlen(bx_metrics[i].name));
    }
    bx_buf_adds(out, "\r\n");
    for (size_t k = 0; k < b->nmodels - b->nretired; k++) {
        const struct bx_view_model *m = &b->models[k];
        cell_text(out, m->ranked ? bx_printf(a, "%u", m->rank) : "", true);
        cell_text(out, m->slug, false);
        cell_text(out, m->name, false);
        cell_text(out, m->config.family, false);
        cell_text(out, m->config.license, false);
        cell_text(out, status_word(m), false);
        cell_text(out, m->current ? bx_show_iso(a, m->current->ended_ms) : NULL, false);
        cell_number(out, m->latency_ms);
        cell_number(out, m->config.parameters);
        cell_number(out, m->config.flops);
        cell_number(out, m->config.input_w ? m->config.input_w : (double)NAN);
        cell_number(out, m->config.input_h ? m->config.input_h : (double)NAN);
        cell_number(out, m->reported_map);
        cell_number(out, m->config.operating_confidence);
        cell_text(out, m->config.link_code, false);
        cell_text(out, m->config.link_paper, false);
        cell_text(out, m->config.link_weights, false);
        cell_text(out, b->digest, false);
        for (enum bx_metric i = 0; i < BX_NMETRICS; i++)
            cell_number(out, bx_view_get(m, i));
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
    cJSON *o = bx_tree();
    bx_put_str(o, "slug", m->slug);
    bx_put_str(o, "name", m->name);
    bx_put_num(o, "rank", m->ranked ? (double)m->rank : (double)NAN);
    bx_put_bool(o, "ranked", m->ranked);
    bx_put_str(o, "status", status_word(m));
    bx_put_str(o, "family", m->config.family);
    bx_put_str(o, "license", m->config.license);
    cJSON *links = bx_put(o, "links", bx_tree());
    bx_put_str(links, "code", m->config.link_code);
    bx_put_str(links, "paper", m->config.link_paper);
    bx_put_str(links, "weights", m->config.link_weights);
    bx_put_num(o, "parameters", m->config.parameters);
    bx_put_num(o, "flops", m->config.flops);
    bx_put_num(o, "input_width", m->config.input_w ? m->config.input_w : (double)NAN);
    bx_put_num(o, "input_height", m->config.input_h ? m->config.input_h : (double)NAN);
    bx_put_num(o, "latency_ms", m->latency_ms);
    bx_put_num(o, "reported_map", m->reported_map);
    put_reported(o, b, m);
    cJSON *tags = bx_put(o, "tags", bx_list());
    for (size_t i = 0; i < m->config.ntags; i++)
        bx_push(tags, cJSON_CreateString(m->config.tags[i]));
    bx_put_num(o, "declared_confidence", m->config.operating_confidence);
    bx_put_str(o, "numbers_of", m->current ? bx_show_iso(a, m->current->ended_ms) : NULL);
    bx_put_str(o, "evaluation", m->current ? m->current->id : NULL);
    bx_put_str(o, "version", m->current ? m->current->version : m->version);
    bx_put(o, "metrics", metrics_tree(m->report, -1));
    return o;
}

static cJSON *head_tree(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = bx_tree();
    bx_put_num(o, "format", 1);
    bx_put_str(o, "board", b->slug);
    bx_put_str(o, "title", b->title);
    bx_put_str(o, "geometry", bx_geometry_name(b->geometry));
    bx_put_str(o, "protocol", bx_rules_protocol(&b->by, a));
    bx_put_str(o, "test_set", b->digest);
    bx_put_num(o, "images", (double)b->nimages);
    bx_put_str(o, "as_of", b->as_of_ms ? bx_show_iso(a, b->as_of_ms) : NULL);
    return o;
}

cJSON *bx_view_board_json(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = head_tree(b, a);
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
            if (!isfinite(v))
                continue;
            cell_text(out, c < 0 ? NULL : b->classes[c].name, true);
            cell_text(out, bx_metrics[i].name, false);
            cell_number(out, v);
            cell_text(out, bx_unit_name(bx_metrics[i].unit), false);
            bx_buf_adds(out, "\r\n");
        }
}

/* A float in as few digits as read back to the same float. */
static cJSON *floats(const float *v, size_t n)
{
    cJSON *list = bx_list();
    for (size_t i = 0; i < n; i++) {
        char text[32];
        int digits = 5;
        do
            snprintf(text, sizeof text, "%.*g", ++digits, (double)v[i]);
        while (digits < 9 && strtof(text, NULL) != v[i]);
        bx_push(list, cJSON_CreateNumber(strtod(text, NULL)));
    }
    return list;
}

static cJSON *curves_tree(const struct bx_view_board *b, const struct bx_report *r)
{
    cJSON *list = bx_list();
    for (size_t i = 0; r && i < r->ncurves; i++) {
        const struct bx_curve *c = &r->curves[i];
        cJSON *o = bx_push(list, bx_tree());
        bx_put_str(o, "name", c->name);
        bx_put_str(o, "class", c->class_index >= 0 && (size_t)c->class_index < b->nclasses ? b->classes[c->class_index].name : NULL);
        bx_put(o, "x", floats(c->x, c->n));
        bx_put(o, "y", floats(c->y, c->n));
    }
    return list;
}

cJSON *bx_view_model_json(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    cJSON *o = head_tree(b, a);
    bx_put(o, "model", model_tree(b, m, a));
    cJSON *classes = bx_put(o, "classes", bx_list());
    for (size_t c = 0; m->report && c < b->nclasses; c++) {
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
        bx_put_str(h, "reason", e->reason);
        bx_put_str(h, "version", e->version);
        bx_put_num(h, "map", e->map);
    }
    return o;
}
