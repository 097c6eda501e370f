/* site.c: which pages there are, and how each is made. */
#include "render/site/site.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "render/publish/publish.h"
#include "render/site/figure.h"
#include "render/template/template.h"
#include "render/view/json.h"
#include "render/view/pages.h"
#include <stdlib.h>
#include <string.h>

struct page {
    enum bx_page page;
    struct bx_page_of of;
    const char *path;
};
struct site {
    const struct bx_site_options *o;
    struct bx_arena arena;   /* what lives as long as the rendering */
    struct bx_arena scratch; /* a page */
    struct bx_view_board board;
    struct bx_view_site view;
    struct bx_templates *templates;
    struct bx_publish *publish; /* NULL: nothing is written */
    cJSON *assets;
    cJSON *front_figures, *more_figures; /* the board's, drawn once for all pages that show them */
    struct page *pages;
    size_t npages, cap;
};

static void site_free(struct site *s)
{
    bx_publish_end(s->publish);
    bx_templates_free(s->templates);
    cJSON_Delete(s->assets);
    cJSON_Delete(s->front_figures);
    cJSON_Delete(s->more_figures);
    free(s->pages);
    bx_arena_release(&s->scratch);
    bx_arena_release(&s->arena);
}

/* ---- templates and assets ---- */

static bool check_template_version(struct site *s, struct bx_err *e)
{
    struct bx_buf BX_CLEANUP_BUF text = {0};
    const char *path = bx_path_join(&s->arena, s->o->templates, "template.json");
    if (!bx_path_is_dir(s->o->templates))
        return bx_fail(e, BX_CONFIG, "there is no template folder '%s'", s->o->templates);
    if (!bx_path_exists(path))
        return bx_fail(e, BX_CONFIG, "'%s' is no template folder: it holds no template.json", s->o->templates);
    if (!bx_file_read(path, 1 << 16, &text, e))
        return false;
    struct bx_json r;
    struct bx_slice key;
    int64_t context = 0;
    bx_json_init(&r, path, bx_buf_str(&text), text.n, BX_JSON_COMMENTS, e);
    if (bx_json_object(&r))
        while (bx_json_key(&r, &key)) {
            if (bx_slice_is(key, "context"))
                bx_json_int(&r, &context);
            else
                bx_json_skip(&r);
        }
    if (!bx_json_end(&r))
        return false;
    if (context != BX_CONTEXT_VERSION)
        return bx_fail(e, BX_CONFIG, "'%s' is written for context %lld, this boxscore makes context %d", path, (long long)context,
                       BX_CONTEXT_VERSION);
    return true;
}

static bool add_assets(struct site *s, struct bx_err *e)
{
    char **names;
    size_t n;
    const char *dir = bx_path_join(&s->arena, s->o->templates, "assets");
    s->assets = bx_tree();
    if (!bx_dir_list(dir, false, NULL, 0, &s->arena, &names, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF bytes = {0};
        char path[BX_ASSET_SIZE];
        const char *stem = bx_path_stem(&s->arena, names[i]), *ext = strrchr(names[i], '.');
        if (names[i][0] == '.')
            continue;
        if (!ext)
            return bx_fail(e, BX_CONFIG, "'%s/%s' has no ending, expected something like '.css'", dir, names[i]);
        if (cJSON_GetObjectItemCaseSensitive(s->assets, stem))
            return bx_fail(e, BX_CONFIG, "'%s' has two files called '%s'; pages name an asset without its ending", dir, stem);
        if (!bx_file_read(bx_path_join(&s->scratch, dir, names[i]), 16 << 20, &bytes, e))
            return false;
        if (s->publish ? !bx_publish_asset(s->publish, stem, ext + 1, bx_buf_str(&bytes), bytes.n, path, e)
                       : !bx_asset_path(stem, ext + 1, bx_buf_str(&bytes), bytes.n, path, e))
            return false;
        bx_put_str(s->assets, stem, path);
    }
    return true;
}

static bool load_templates(struct site *s, struct bx_err *e)
{
    s->templates = bx_templates_new(BX_TEMPLATE_STRICT);
    return check_template_version(s, e) && bx_templates_load(s->templates, s->o->templates, e);
}

/* ---- the list of pages ---- */

static void add_page(struct site *s, enum bx_page page, struct bx_page_of of)
{
    s->pages = bx_grow(s->pages, &s->cap, s->npages + 1, sizeof *s->pages);
    s->pages[s->npages++] = (struct page){page, of, bx_page_text(&s->arena, bx_pages[page].path, &of)};
}

static void list_one(struct site *s, enum bx_page page, const struct bx_view_board *b)
{
    add_page(s, page, (struct bx_page_of){.board = b});
}

static void list_sorts(struct site *s, enum bx_page page, const struct bx_view_board *b)
{
    size_t n;
    const char *const *sorts = bx_view_sorts(b, &n, &s->arena);
    for (size_t i = 1; i < n; i++) /* the first is the board itself */
        add_page(s, page, (struct bx_page_of){.board = b, .column = sorts[i]});
}

static void list_models(struct site *s, enum bx_page page, const struct bx_view_board *b)
{
    for (size_t i = 0; i < b->nmodels; i++)
        add_page(s, page, (struct bx_page_of){.board = b, .model = &b->models[i]});
}

static bool is_current(const struct bx_view_board *b, const char *slug)
{
    for (size_t i = 0; i < b->nmodels; i++)
        if (!strcmp(b->models[i].slug, slug))
            return true;
    return false;
}

/* A page's address is for ever: where a renamed model used to be, a page leads to where it is. */
static void list_formerly(struct site *s, enum bx_page page, const struct bx_view_board *b)
{
    for (size_t i = 0; i < b->nmodels; i++) {
        const struct bx_view_model *m = &b->models[i];
        for (size_t k = 0; k < m->config.nformerly; k++)
            if (!is_current(b, m->config.formerly[k]))
                add_page(s, page, (struct bx_page_of){.board = b, .model = m, .formerly = m->config.formerly[k]});
    }
}

static void list_runs(struct site *s, enum bx_page page, const struct bx_view_board *b)
{
    for (size_t i = 0; i < b->nruns; i++)
        add_page(s, page, (struct bx_page_of){.board = b, .run = &b->runs[i]});
}

static void list_pages(struct site *s)
{
    static void (*const list[BX_NOF])(struct site *, enum bx_page, const struct bx_view_board *) = {
        [BX_OF_SITE] = list_one,      [BX_OF_BOARD] = list_one,         [BX_OF_SORTS] = list_sorts,
        [BX_OF_MODELS] = list_models, [BX_OF_FORMERLY] = list_formerly, [BX_OF_RUNS] = list_runs,
    };
    for (enum bx_page i = 0; i < BX_NPAGES; i++)
        list[bx_pages[i].of](s, i, &s->board);
}

/* ---- figures ---- */

/* Each plot's figure goes to the list of its place; where that is NULL it is not kept. */
static bool draw_plots(struct site *s, const struct bx_view_board *b, const struct bx_view_model *m, cJSON *const to[], struct bx_err *e)
{
    size_t n;
    const struct bx_site_plot *plots = bx_site_plots(b, m, &n, &s->scratch);
    for (size_t i = 0; i < n; i++) {
        cJSON *tree;
        if (!bx_site_figure(s->publish, b, &plots[i], m ? m->slug : b->slug, &tree, &s->scratch, e))
            return false;
        bx_push(to[plots[i].info->place], tree);
    }
    return true;
}

static bool board_figures(struct site *s, struct bx_err *e)
{
    if (s->front_figures)
        return true;
    s->front_figures = bx_list();
    s->more_figures = bx_list();
    return draw_plots(s, &s->board, NULL, (cJSON *const[]){[BX_AT_FRONT] = s->front_figures, [BX_AT_PLOTS] = s->more_figures}, e);
}

static bool put_board_figures(struct site *s, cJSON *page, struct bx_err *e)
{
    if (!board_figures(s, e))
        return false;
    cJSON *board = cJSON_GetObjectItemCaseSensitive(page, "board");
    bx_put_bool(board, "has_plots", s->front_figures->child != NULL);
    bx_put(board, "plots", cJSON_Duplicate(s->front_figures, true));
    cJSON *all = bx_put(board, "all_plots", cJSON_Duplicate(s->front_figures, true));
    for (const cJSON *f = s->more_figures->child; f; f = f->next)
        bx_push(all, cJSON_Duplicate(f, true));
    return true;
}

static bool put_model_figures(struct site *s, cJSON *page, const struct bx_page_of *of, struct bx_err *e)
{
    cJSON *model = cJSON_GetObjectItemCaseSensitive(page, "model"), *curves = bx_list(), *classes = bx_list();
    bool ok = draw_plots(s, of->board, of->model, (cJSON *const[]){[BX_AT_CURVES] = curves, [BX_AT_CLASSES] = classes}, e);
    bx_put_bool(model, "has_curves", curves->child != NULL);
    bx_put(model, "curves", curves);
    bx_put(model, "class_curves", classes);
    return ok;
}

/* ---- one page ---- */

static bool make_tree(struct site *s, const struct page *p, cJSON **out, struct bx_err *e)
{
    cJSON *t = bx_view_page(&s->view, p->page, &p->of, &s->scratch);
    *out = t;
    switch (bx_pages[p->page].figures) {
    case BX_FIGURES_BOARD:
        return put_board_figures(s, t, e);
    case BX_FIGURES_MODEL:
        return put_model_figures(s, t, &p->of, e);
    case BX_FIGURES_NONE:
        break;
    }
    return true;
}

static bool write_page(struct site *s, const struct page *p, struct bx_err *e)
{
    cJSON *tree;
    struct bx_buf BX_CLEANUP_BUF html = {0};
    struct bx_arena_mark mark = bx_arena_mark(&s->scratch);
    bool ok =
        make_tree(s, p, &tree, e) &&
        (bx_template_render(s->templates, bx_pages[p->page].kind, tree, &html, e) || bx_wrap(e, "template folder '%s'", s->o->templates)) &&
        bx_publish_add(s->publish, p->path, bx_buf_str(&html), html.n, e);
    cJSON_Delete(tree);
    bx_arena_pop(&s->scratch, mark);
    return ok || bx_wrap(e, "page '%s'", p->path);
}

static bool write_json(struct site *s, const char *path, cJSON *tree, struct bx_err *e)
{
    struct bx_buf BX_CLEANUP_BUF text = {0};
    bx_tree_print(tree, &text);
    bool ok = bx_publish_add(s->publish, path, bx_buf_str(&text), text.n, e);
    cJSON_Delete(tree);
    return ok;
}

static bool write_data(struct site *s, struct bx_err *e)
{
    const struct bx_view_board *b = &s->board;
    struct bx_arena *a = &s->scratch;
    struct bx_arena_mark mark = bx_arena_mark(a);
    struct bx_buf BX_CLEANUP_BUF csv = {0};
    bx_view_board_csv(b, &csv, a);
    bool ok = bx_publish_add(s->publish, bx_url_data(a, b, NULL, "csv"), bx_buf_str(&csv), csv.n, e) &&
              write_json(s, bx_url_data(a, b, NULL, "json"), bx_view_board_json(b, a), e);
    for (size_t i = 0; ok && i < b->nmodels; i++) {
        const struct bx_view_model *m = &b->models[i];
        bx_buf_clear(&csv);
        bx_view_model_csv(b, m, &csv, a);
        ok = bx_publish_add(s->publish, bx_url_data(a, b, m, "csv"), bx_buf_str(&csv), csv.n, e) &&
             write_json(s, bx_url_data(a, b, m, "json"), bx_view_model_json(b, m, a), e);
    }
    bx_arena_pop(a, mark);
    return ok;
}

/* ---- the whole ---- */

static bool site_load(struct site *s, struct bx_err *e)
{
    if (!bx_view_read(s->o->database, s->o->board, s->o->stale_after_ms, &s->board, &s->arena, e))
        return false;
    s->view = (struct bx_view_site){.generator = "boxscore " BX_VERSION};
    list_pages(s);
    return true;
}

static bool site_write(struct site *s, struct bx_site_result *r, struct bx_err *e)
{
    if (!load_templates(s, e) || !site_load(s, e) || !bx_publish_begin(&s->publish, s->o->output, e) || !add_assets(s, e))
        return false;
    s->view.assets = s->assets;
    struct bx_progress progress;
    bx_progress_begin(&progress, "site", "pages", s->npages);
    bool ok = true;
    for (size_t i = 0; ok && i < s->npages; i++) {
        ok = write_page(s, &s->pages[i], e);
        bx_progress_set(&progress, i + 1);
    }
    bx_progress_end(&progress);
    if (!ok || !write_data(s, e) || !bx_publish_commit(s->publish, e))
        return false;
    struct bx_publish_counts c = bx_publish_counts(s->publish);
    *r = (struct bx_site_result){.pages = s->npages, .files = c.files, .bytes = c.bytes, .linked = c.linked};
    return true;
}

bool bx_site_render(const struct bx_site_options *o, struct bx_site_result *r, struct bx_err *e)
{
    struct site s = {.o = o};
    bool ok = site_write(&s, r, e);
    site_free(&s);
    return ok;
}

bool bx_site_dump(const struct bx_site_options *o, const char *page, struct bx_buf *out, struct bx_err *e)
{
    struct site s = {.o = o};
    bool ok = load_templates(&s, e) && site_load(&s, e) && add_assets(&s, e);
    s.view.assets = s.assets;
    size_t i = 0;
    while (ok && i < s.npages && strcmp(s.pages[i].path, page) != 0)
        i++;
    if (ok && i == s.npages) {
        const char **paths = BX_NEW(&s.arena, const char *, s.npages);
        for (size_t k = 0; k < s.npages; k++)
            paths[k] = s.pages[k].path;
        const char *near = bx_nearest(page, paths, s.npages);
        ok = bx_fail(e, BX_USAGE, "there is no page '%s'%s%s%s", page, near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
    }
    if (ok) {
        cJSON *tree;
        ok = make_tree(&s, &s.pages[i], &tree, e);
        if (ok)
            bx_tree_print(tree, out);
        cJSON_Delete(tree);
    }
    site_free(&s);
    return ok;
}
