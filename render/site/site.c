/* site.c: which pages there are, and how each is made. */
#include "render/site/site.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "render/publish/publish.h"
#include "render/site/figure.h"
#include "render/site/whole.h"
#include "render/site/workers.h"
#include "render/site/rows.h"
#include "render/site/templates.h"
#include "render/template/template.h"
#include "render/view/input.h"
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
    struct bx_arena arena;    /* what lives as long as the rendering */
    struct bx_arena scratch;  /* a page */
    const char *const *slugs; /* of the retired boards, then of the others */
    size_t nboards, ngone;
    struct bx_view_overview all;
    struct bx_arena board_arena;         /* one board at a time is loaded whole */
    struct bx_view_board board;          /* slug NULL: none */
    cJSON *front_figures, *more_figures; /* its plots, drawn once for all pages that show them */
    struct bx_view_site view;
    struct bx_templates *templates;
    struct bx_publish *publish; /* NULL: nothing is written */
    struct bx_inputs *inputs;   /* as NULL */
    uint8_t board_input[32];    /* of the board that is loaded, and: */
    uint8_t (*model_input)[32]; /* of each of its models; the board arena's */
    uint8_t models_input[32];   /* of all of them */
    cJSON *assets;
    struct page *pages; /* of the board that is loaded, or of the site */
    size_t npages, cap;
    size_t total; /* of all boards and the site */
    struct bx_rows rows;
    struct bx_progress progress;
    size_t written;
};

static void site_free(struct site *s)
{
    bx_publish_end(s->publish);
    bx_inputs_free(s->inputs);
    bx_templates_free(s->templates);
    cJSON_Delete(s->assets);
    cJSON_Delete(s->front_figures);
    cJSON_Delete(s->more_figures);
    free(s->pages);
    bx_arena_release(&s->scratch);
    bx_arena_release(&s->board_arena);
    bx_arena_release(&s->arena);
}

static struct bx_template_folders folders(const struct site *s)
{
    return (struct bx_template_folders){s->o->templates, s->o->shipped};
}

static bool load_templates(struct site *s, struct bx_err *e)
{
    const struct bx_template_folders f = folders(s);
    s->templates = bx_templates_new(BX_TEMPLATE_STRICT);
    return bx_folders_load(&f, s->templates, &s->arena, e) && bx_folders_pages(&f, &s->all.own, &s->all.nown, &s->arena, e);
}

static bool add_assets(struct site *s, struct bx_err *e)
{
    const struct bx_template_folders f = folders(s);
    s->assets = bx_tree();
    return bx_folders_assets(&f, s->publish, s->assets, &s->arena, e);
}

/* ---- the list of pages ---- */

static void add_page(struct site *s, enum bx_page page, struct bx_page_of of)
{
    struct bx_arena *a = s->board.slug ? &s->board_arena : &s->arena;
    of.all = &s->all;
    of.board = s->board.slug ? &s->board : NULL;
    s->pages = bx_grow(s->pages, &s->cap, s->npages + 1, sizeof *s->pages);
    s->pages[s->npages++] = (struct page){page, of, bx_page_text(a, bx_pages[page].path, &of)};
}

static void list_one(struct site *s, enum bx_page page)
{
    add_page(s, page, (struct bx_page_of){0});
}

static void list_only(struct site *s, enum bx_page page)
{
    if (s->nboards == 1 && !s->board.retired)
        list_one(s, page);
}

static void list_several(struct site *s, enum bx_page page)
{
    if (s->nboards > 1)
        list_one(s, page);
}

static void list_sorts(struct site *s, enum bx_page page)
{
    size_t n;
    const char *const *sorts = bx_view_sorts(&s->board, &n, &s->board_arena);
    for (size_t i = 1; i < n; i++) /* the first is the board itself */
        add_page(s, page, (struct bx_page_of){.column = sorts[i]});
}

static void list_models(struct site *s, enum bx_page page)
{
    for (size_t i = 0; i < s->board.nmodels; i++)
        add_page(s, page, (struct bx_page_of){.model = &s->board.models[i]});
}

static bool is_current(const struct bx_view_board *b, const char *slug)
{
    for (size_t i = 0; i < b->nmodels; i++)
        if (!strcmp(b->models[i].slug, slug))
            return true;
    return false;
}

/* Of those that were called so: a merged store may have one under several of its names. */
static const struct bx_view_model *who_was(const struct bx_view_board *b, const char *slug)
{
    const struct bx_view_model *found = NULL;
    for (size_t i = 0; i < b->nmodels; i++)
        for (size_t k = 0; k < b->models[i].config.nformerly; k++)
            if (!strcmp(b->models[i].config.formerly[k], slug) && (!found || (!bx_view_on_board(found) && bx_view_on_board(&b->models[i]))))
                found = &b->models[i];
    return found;
}

/* A page's address is for ever: where a renamed model used to be, a page leads to where it is. */
static void list_formerly(struct site *s, enum bx_page page)
{
    for (size_t i = 0; i < s->board.nmodels; i++) {
        const struct bx_view_model *m = &s->board.models[i];
        for (size_t k = 0; k < m->config.nformerly; k++)
            if (!is_current(&s->board, m->config.formerly[k]) && who_was(&s->board, m->config.formerly[k]) == m)
                add_page(s, page, (struct bx_page_of){.model = m, .formerly = m->config.formerly[k]});
    }
}

static void list_runs(struct site *s, enum bx_page page)
{
    for (size_t i = 0; i < s->all.nruns; i++)
        add_page(s, page, (struct bx_page_of){.run = &s->all.runs[i]});
}

static void list_own(struct site *s, enum bx_page page)
{
    for (size_t i = 0; i < s->all.nown; i++)
        add_page(s, page, (struct bx_page_of){.own = &s->all.own[i]});
}

/* Those of the board that is loaded, or those of the site. */
static void list_pages(struct site *s, bool board)
{
    static const struct {
        bool board;
        void (*list)(struct site *, enum bx_page);
    } of[BX_NOF] = {
        [BX_OF_ONLY] = {true, list_only},         [BX_OF_SEVERAL] = {false, list_several}, [BX_OF_SITE] = {false, list_one},
        [BX_OF_BOARD] = {true, list_one},         [BX_OF_SORTS] = {true, list_sorts},      [BX_OF_MODELS] = {true, list_models},
        [BX_OF_FORMERLY] = {true, list_formerly}, [BX_OF_RUNS] = {false, list_runs},       [BX_OF_OWN] = {false, list_own},
    };
    s->npages = 0;
    for (enum bx_page i = 0; i < BX_NPAGES; i++)
        if (of[bx_pages[i].of].board == board)
            of[bx_pages[i].of].list(s, i);
}

/* ---- inputs ---- */

static void mix(const uint8_t a[32], const uint8_t b[32], uint8_t out[32])
{
    uint8_t both[64];
    memcpy(both, a, 32);
    memcpy(both + 32, b, 32);
    bx_sha256(both, sizeof both, out);
}

static void find_inputs(struct site *s)
{
    const struct bx_view_board *b = &s->board;
    s->model_input = bx_alloc(&s->board_arena, (b->nmodels + 1) * sizeof *s->model_input, 1);
    bx_view_board_input(b, s->board_input);
    for (size_t i = 0; i < b->nmodels; i++)
        bx_view_model_input(&b->models[i], s->model_input[i]);
    bx_sha256(s->model_input, b->nmodels * sizeof *s->model_input, s->models_input);
}

/* ---- figures ---- */

/* Each plot's figure goes to the list of its place; where that is NULL it is not kept. */
static bool draw_plots(struct site *s, const struct bx_view_board *b, const struct bx_view_model *m, cJSON *const to[], struct bx_err *e)
{
    size_t n;
    const struct bx_site_plot *plots = bx_site_plots(b, m, &n, &s->scratch);
    struct bx_drawn_into figures = {.publish = s->publish, .inputs = s->inputs};
    if (s->inputs)
        mix(s->board_input, m ? s->model_input[m - b->models] : s->models_input, figures.input);
    for (size_t i = 0; i < n; i++) {
        cJSON *tree;
        if (!bx_site_figure(&figures, b, &plots[i], m ? m->slug : b->slug, &tree, &s->scratch, e))
            return false;
        bx_push(to[plots[i].info->place], tree);
    }
    return true;
}

static bool board_figures(struct site *s, struct bx_err *e)
{
    if (s->front_figures)
        return true;
    bx_warn_models(&s->board);
    bx_warn_classes(&s->board);
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

/* Adds the file, and remembers what it was made from. */
static bool add(struct site *s, const char *path, const struct bx_buf *bytes, const uint8_t key[32], struct bx_err *e)
{
    if (!bx_publish_add(s->publish, path, bx_buf_str(bytes), bytes->n, e))
        return false;
    bx_inputs_made(s->inputs, s->publish, key, &(struct bx_made){.path = path});
    return true;
}

static void digest_tree(const cJSON *tree, uint8_t out[32])
{
    struct bx_buf BX_CLEANUP_BUF bytes = {0};
    bx_tree_bytes(tree, &bytes);
    bx_sha256(bytes.p, bytes.n, out);
}

/* A run that asked 500 models is cheaper to look at than its tree to make, and all runs but the last are as they were. */
static void digest_run(struct site *s, const struct page *p, uint8_t out[32])
{
    uint8_t own[32];
    cJSON *frame = bx_view_frame(&s->view, p->page, &p->of, &s->scratch);
    digest_tree(frame, out);
    cJSON_Delete(frame);
    bx_view_run_input(&s->all, p->of.run, own);
    mix(out, own, out);
}

/* A page is what its template makes of its tree. */
static bool make_page(struct site *s, const struct page *p, cJSON **tree, struct bx_err *e)
{
    struct bx_buf BX_CLEANUP_BUF html = {0};
    const char *template = p->of.own ? p->of.own->template : bx_pages[p->page].kind;
    uint8_t input[32], texts[32], key[32];
    if (p->of.run)
        digest_run(s, p, input);
    else if (make_tree(s, p, tree, e))
        digest_tree(*tree, input);
    else
        return false;
    bx_template_input(s->templates, template, texts);
    mix(input, texts, input);
    bx_inputs_key(s->inputs, "page", p->path, input, key);
    if (bx_inputs_keep(s->inputs, s->publish, key))
        return true;
    return (*tree || make_tree(s, p, tree, e)) &&
           (bx_template_render(s->templates, template, *tree, &html, e) || bx_wrap(e, "template folder '%s'", s->o->templates)) &&
           add(s, p->path, &html, key, e);
}

static bool write_page(struct site *s, const struct page *p, struct bx_err *e)
{
    cJSON *tree = NULL;
    struct bx_arena_mark mark = bx_arena_mark(&s->scratch);
    bool ok = make_page(s, p, &tree, e);
    cJSON_Delete(tree);
    bx_arena_pop(&s->scratch, mark);
    return ok || bx_wrap(e, "page '%s'", p->path);
}

/* A board's (m NULL) or a model's numbers with all digits: under the page's name, but as data. */
static bool write_data(struct site *s, const struct bx_view_model *m, struct bx_err *e)
{
    static const char *const kinds[] = {"csv", "json"};
    const struct bx_view_board *b = &s->board;
    struct bx_arena *a = &s->scratch;
    struct bx_arena_mark mark = bx_arena_mark(a);
    uint8_t input[32], key[32];
    mix(s->board_input, m ? s->model_input[m - b->models] : s->models_input, input);
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof kinds / sizeof *kinds; i++) {
        struct bx_buf BX_CLEANUP_BUF text = {0};
        const char *path = bx_url_data(a, b, m, kinds[i]);
        const char *of_night = m || !b->as_of_ms ? path : bx_printf(a, "%s %lld", path, (long long)b->as_of_ms);
        bx_inputs_key(s->inputs, "data", of_night, input, key);
        if (bx_inputs_keep(s->inputs, s->publish, key))
            continue;
        if (i == 0 && m)
            bx_view_model_csv(b, m, &text, a);
        else if (i == 0)
            bx_view_board_csv(b, &text, a);
        else {
            cJSON *tree = m ? bx_view_model_json(b, m, a) : bx_view_board_json(b, a);
            bx_tree_print(tree, &text);
            cJSON_Delete(tree);
        }
        ok = add(s, path, &text, key, e);
    }
    bx_arena_pop(a, mark);
    return ok;
}

/* ---- the whole ---- */

static void drop_board(struct site *s)
{
    cJSON_Delete(s->front_figures);
    cJSON_Delete(s->more_figures);
    s->front_figures = s->more_figures = NULL;
    s->board = (struct bx_view_board){0};
    s->npages = 0;
    bx_arena_release(&s->board_arena);
}

static bool load_board(struct site *s, size_t i, struct bx_err *e)
{
    bool loaded = s->board.slug && !strcmp(s->board.slug, s->slugs[i]); /* the only one stays */
    if (!loaded)
        drop_board(s);
    if (!loaded && !bx_view_read(s->o->database, s->slugs[i], s->o->max_age_ms, &s->board, &s->board_arena, e))
        return false;
    list_pages(s, true);
    return true;
}

/* Where there is one board alone, the frame of the site's pages is that board's. */
static void list_site(struct site *s)
{
    if (s->nboards > 1)
        drop_board(s);
    list_pages(s, false);
}

/* A look at every board, for the pages that speak of others than their own. */
static bool site_load(struct site *s, struct bx_err *e)
{
    s->view = (struct bx_view_site){.generator = "boxscore " BX_VERSION};
    if (!bx_view_slugs(s->o->database, &s->slugs, &s->ngone, &s->nboards, &s->arena, e))
        return false;
    s->all.nstored = s->nboards;
    s->all.stale_after_ms = s->o->stale_after_ms;
    if (s->o->board) {
        s->slugs = &s->o->board;
        s->nboards = 1;
        s->ngone = 0;
    }
    s->all.boards = BX_NEW(&s->arena, struct bx_view_glance, s->nboards);
    for (size_t i = 0; i < s->ngone + s->nboards; i++) {
        if (!load_board(s, i, e))
            return false;
        bx_rows_look(&s->rows, &s->board);
        if (i >= s->ngone)
            bx_view_overview_add(&s->all, &s->board, &s->arena);
        s->total += s->npages;
    }
    list_site(s);
    s->total += s->npages;
    return true;
}

/* The pages that were listed; of a board then its data, and that of its models. */
static bool write_one(void *self, size_t i, struct bx_err *e)
{
    struct site *s = self;
    if (i < s->npages)
        return write_page(s, &s->pages[i], e);
    return write_data(s, i == s->npages ? NULL : &s->board.models[i - s->npages - 1], e);
}

static bool write_listed(struct site *s, size_t data, struct bx_err *e)
{
    const struct bx_site_work w = {s->publish, s->inputs, &s->progress, s->written, s->npages, write_one, s};
    if (!bx_site_work(&w, s->npages + data, e))
        return false;
    s->written += s->npages;
    return true;
}

static bool write_boards(struct site *s, struct bx_err *e)
{
    for (size_t i = 0; i < s->ngone + s->nboards; i++) {
        if (!load_board(s, i, e))
            return false;
        find_inputs(s);
        if (!board_figures(s, e) || !write_listed(s, 1 + s->board.nmodels, e))
            return false;
        bx_rows_note(s->publish, &s->board, &s->arena);
    }
    list_site(s);
    return write_listed(s, 0, e);
}

static bool site_write(struct site *s, struct bx_site_result *r, struct bx_err *e)
{
    const struct bx_template_folders f = folders(s);
    uint8_t before[32], after[32];
    s->inputs = bx_inputs_open(s->o->output);
    const bool settled = bx_whole_key(s->o, s->inputs, before);
    if (!load_templates(s, e) || !bx_rows_read(s->o->output, &s->rows, &s->arena, e) || !site_load(s, e) ||
        !(s->o->allow_removal || bx_rows_missed(&s->rows, s->o->output, s->o->database, &s->arena, e)) ||
        !bx_publish_begin(&s->publish, s->o->output, e) || !add_assets(s, e) || !bx_folders_static(&f, s->publish, &s->arena, e))
        return false;
    s->view.assets = s->assets;
    bx_progress_begin(&s->progress, "site", "pages", s->total);
    bool ok = write_boards(s, e);
    bx_progress_end(&s->progress);
    if (!ok || !bx_publish_commit(s->publish, e))
        return false;
    bx_whole_key(s->o, s->inputs, after);
    if (settled && !memcmp(before, after, sizeof before)) /* nobody wrote there meanwhile */
        bx_inputs_whole(s->inputs, after, s->written);
    bx_inputs_write(s->inputs);
    struct bx_publish_counts c = bx_publish_counts(s->publish);
    *r = (struct bx_site_result){
        .pages = s->written, .files = c.files, .bytes = c.bytes, .linked = c.linked, .kept = bx_inputs_kept(s->inputs)};
    return true;
}

bool bx_site_render(const struct bx_site_options *o, struct bx_site_result *r, struct bx_err *e)
{
    struct site s = {.o = o};
    bool ok = site_write(&s, r, e);
    site_free(&s);
    return ok;
}

bool bx_site_made(const char *output)
{
    struct bx_arena a = {0};
    bool made = bx_path_exists(bx_path_join(&a, output, BX_SITE_MANIFEST));
    bx_arena_release(&a);
    return made;
}

/* The page of that path among those listed; the others' paths are kept, for the nearest of them. */
static const struct page *find_page(struct site *s, const char *path, const char ***paths, size_t *n, size_t *cap)
{
    for (size_t i = 0; i < s->npages; i++) {
        if (!strcmp(s->pages[i].path, path))
            return &s->pages[i];
        *paths = bx_grow(*paths, cap, *n + 1, sizeof **paths);
        (*paths)[(*n)++] = bx_strdup(&s->arena, s->pages[i].path);
    }
    return NULL;
}

static bool dump(struct site *s, const char *path, struct bx_buf *out, struct bx_err *e)
{
    const char **paths = NULL;
    size_t n = 0, cap = 0;
    const struct page *page = NULL;
    bool ok = load_templates(s, e) && site_load(s, e) && add_assets(s, e);
    s->view.assets = s->assets;
    for (size_t i = 0; ok && i < s->ngone + s->nboards && !page; i++) {
        ok = load_board(s, i, e);
        page = ok ? find_page(s, path, &paths, &n, &cap) : NULL;
    }
    if (ok && !page) {
        list_site(s);
        page = find_page(s, path, &paths, &n, &cap);
    }
    if (ok && !page) {
        const char *near = bx_nearest(path, paths, n);
        ok = bx_fail(e, BX_USAGE, "there is no page '%s'%s%s%s", path, near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
    }
    free(paths);
    cJSON *tree = NULL;
    ok = ok && make_tree(s, page, &tree, e);
    if (ok)
        bx_tree_print(tree, out);
    cJSON_Delete(tree);
    return ok;
}

bool bx_site_dump(const struct bx_site_options *o, const char *page, struct bx_buf *out, struct bx_err *e)
{
    struct site s = {.o = o};
    bool ok = dump(&s, page, out, e);
    site_free(&s);
    return ok;
}
