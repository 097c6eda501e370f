/* figure.c: see figure.h. */
#include "render/site/figure.h"
#include "render/view/json.h"
#include "render/view/pages.h"
#include <string.h>

enum { LONG_TABLE = 24 };

/* A plot of models can be followed: where each stands, a link lies over the picture. */
struct drawing {
    const struct bx_drawn_into *to;
    const struct bx_view_board *board;
    const struct bx_site_plot *plot;
    const struct bx_chart_table *table;
    cJSON *layers;
    struct bx_arena *a;
};

/* "Fast: ms 2.7, mAP 39.0" */
static const char *spot_title(const struct bx_chart_table *t, size_t item, struct bx_arena *a)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->rows[i].item != item)
            continue;
        const char *title = t->rows[i].cells[0];
        for (size_t c = 1; c < t->cols; c++)
            title = bx_printf(a, "%s%s %s %s", title, c == 1 ? ":" : ",", t->head[c], t->rows[i].cells[c]);
        return title;
    }
    return "";
}

static void put_layer(const struct drawing *d, const struct bx_made *m, bool wide)
{
    if (!d->plot->item || !m->nspots)
        return;
    cJSON *layer = bx_push(d->layers, bx_tree());
    bx_put_str(layer, "width_class", wide ? "at-wide" : "at-narrow");
    bx_put_num(layer, "width", m->width);
    bx_put_num(layer, "height", m->height);
    cJSON *links = bx_put(layer, "links", bx_list());
    for (size_t i = 0; i < m->nspots; i++) {
        const struct bx_chart_spot *s = &m->spots[i];
        cJSON *link = bx_push(links, bx_tree());
        bx_put_str(link, "href", bx_url_model(d->a, d->board, &d->board->models[d->plot->item[s->item]]));
        bx_put_str(link, "title", spot_title(d->table, s->item, d->a));
        bx_put_num(link, "x", s->x);
        bx_put_num(link, "y", s->y);
    }
}

static bool make(const struct drawing *d, struct bx_chart_style style, const char *name, struct bx_made *m, struct bx_err *e)
{
    struct bx_chart_image image = {0};
    char *path = bx_alloc(d->a, BX_ASSET_SIZE, 1);
    const char *ext = style.format == BX_CHART_PNG ? "png" : "svg";
    if (!bx_chart_draw(&d->plot->plot, style, &image, e))
        return bx_wrap(e, "plot '%s'", name);
    bool ok = d->to->publish ? bx_publish_asset(d->to->publish, name, ext, image.bytes.p, image.bytes.n, path, e)
                             : bx_asset_path(name, ext, image.bytes.p, image.bytes.n, path, e);
    *m = (struct bx_made){.path = path,
                          .width = image.width,
                          .height = image.height,
                          .spots = bx_memdup(d->a, image.spots, image.nspots * sizeof *image.spots),
                          .nspots = image.nspots};
    bx_chart_image_free(&image);
    return ok;
}

static bool draw(const struct drawing *d, struct bx_chart_style style, const char *name, cJSON *into, struct bx_err *e)
{
    static const char *const whats[] = {[BX_CHART_SVG] = "svg", [BX_CHART_PNG] = "png"};
    struct bx_inputs *in = d->to->inputs;
    struct bx_made made;
    uint8_t key[32];
    if (in)
        bx_inputs_key(in, whats[style.format], name, d->to->input, key);
    const struct bx_made *m = in ? bx_inputs_keep(in, d->to->publish, key) : NULL;
    if (!m) {
        if (!make(d, style, name, &made, e))
            return false;
        m = &made;
        if (in)
            bx_inputs_made(in, d->to->publish, key, m);
    }
    if (style.format == BX_CHART_SVG)
        put_layer(d, m, style.width == BX_CHART_WIDE);
    bx_put_str(into, "src", m->path);
    bx_put_num(into, "width", m->width);
    bx_put_num(into, "height", m->height);
    return true;
}

/* The narrow one is the <img>, the wide one, where there is one, a source. Each follows the page's colours by itself. */
static bool draw_all(const struct drawing *d, const char *name, cJSON *figure, struct bx_err *e)
{
    cJSON *list = bx_put(figure, "sources", bx_list());
    if (!bx_chart_narrow_only(d->plot->plot.kind)) {
        cJSON *s = bx_push(list, bx_tree());
        bx_put_str(s, "media", "(min-width:744px)");
        if (!draw(d, (struct bx_chart_style){BX_CHART_BOTH, BX_CHART_WIDE, BX_CHART_SVG}, bx_printf(d->a, "%s-wide", name), s, e))
            return false;
    }
    return draw(d, (struct bx_chart_style){BX_CHART_BOTH, BX_CHART_NARROW, BX_CHART_SVG}, name, figure, e);
}

static cJSON *table_tree(const struct bx_view_board *b, const struct bx_site_plot *plot, const struct bx_chart_table *t, struct bx_arena *a)
{
    cJSON *o = bx_tree(), *head = bx_put(o, "head", bx_list()), *rows = bx_put(o, "rows", bx_list());
    for (size_t c = 0; c < t->cols; c++) {
        cJSON *h = bx_push(head, bx_tree());
        bx_put_str(h, "text", t->head[c]);
        bx_put_bool(h, "num", c > 0 || !t->names);
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct bx_chart_row *row = &t->rows[i];
        cJSON *r = bx_push(rows, bx_tree());
        bx_put_bool(r, "strong", row->strong);
        cJSON *cells = bx_put(r, "cells", bx_list());
        bool model = plot->item && row->item != SIZE_MAX;
        for (size_t c = 0; c < t->cols; c++) {
            cJSON *x = bx_push(cells, bx_tree());
            bool name = c == 0 && t->names;
            bx_put_str(x, "text", row->cells[c]);
            bx_put_bool(x, "num", !name);
            bx_put_str(x, "href", name && model ? bx_url_model(a, b, &b->models[plot->item[row->item]]) : NULL);
        }
    }
    return o;
}

bool bx_site_figure(const struct bx_drawn_into *f, const struct bx_view_board *b, const struct bx_site_plot *plot, const char *name,
                    cJSON **tree, struct bx_arena *a, struct bx_err *e)
{
    struct bx_chart_words words;
    bx_chart_words(&plot->plot, a, &words);
    const char *stem = bx_printf(a, "%s-%s", name, plot->info->name);
    cJSON *o = bx_tree();
    bx_put_str(o, "id", plot->info->name);
    bx_put_str(o, "title", words.title);
    bx_put_str(o, "finding", words.finding);
    bx_put_str(o, "note", plot->info->note);
    bx_put_str(o, "alt", words.alt);
    bx_put(o, "table", table_tree(b, plot, &words.table, a));
    bx_put_bool(o, "long", words.table.n > LONG_TABLE);
    struct drawing d = {f, b, plot, &words.table, bx_put(o, "layers", bx_list()), a};
    bool ok = draw_all(&d, stem, o, e);
    if (ok && plot->info->png) {
        cJSON *image = bx_tree();
        ok = draw(&d, (struct bx_chart_style){BX_CHART_LIGHT, BX_CHART_WIDE, BX_CHART_PNG}, stem, image, e);
        if (ok)
            bx_put_str(o, "png", cJSON_GetObjectItemCaseSensitive(image, "src")->valuestring);
        cJSON_Delete(image);
    } else {
        bx_put_str(o, "png", NULL);
    }
    if (!ok) {
        cJSON_Delete(o);
        return false;
    }
    *tree = o;
    return true;
}
