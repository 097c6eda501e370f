/* boards.c: every board at a glance: the first page of a site that has several, and where other pages speak of them. */
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <string.h>

static cJSON *leaders_sentence(const struct bx_view_glance *g, struct bx_arena *a)
{
    enum { NAMED = 2 };
    cJSON *o = bx_tree(), *parts = bx_put(o, "parts", bx_list());
    for (size_t i = 0; i < g->nleaders && i < NAMED; i++) {
        if (i)
            bx_say(parts, g->nleaders == NAMED ? " and " : ", ");
        bx_say_name(parts, g->leaders[i].name, bx_url_place(a, g->slug, g->leaders[i].slug));
    }
    if (g->nleaders > NAMED)
        bx_say(parts, bx_printf(a, " and %zu more", g->nleaders - NAMED));
    if (!g->nleaders)
        bx_say(parts, !g->nmodels ? "no model yet" : "no complete numbers yet");
    return o;
}

static void put_classes(cJSON *o, const struct bx_view_glance *g)
{
    cJSON *list = bx_put(o, "class_list", bx_list());
    for (size_t i = 0; i < g->nclasses; i++) {
        cJSON *c = bx_push(list, bx_tree());
        bx_put_str(c, "name", g->classes[i]);
        bx_put_bool(c, "last", i + 1 == g->nclasses);
    }
}

static cJSON *glance_tree(const struct bx_view_glance *g, struct bx_arena *a)
{
    cJSON *o = bx_tree();
    const char *hex = g->digest ? strrchr(g->digest, '-') : NULL;
    bx_put_str(o, "slug", g->slug);
    bx_put_str(o, "title", g->title);
    bx_put_str(o, "href", bx_url_place(a, g->slug, NULL));
    bx_put_str(o, "split", g->split);
    bx_put_str(o, "geometry", bx_show_geometry(g->geometry));
    bx_put_str(o, "rules", g->rules && *g->rules ? g->rules : NULL);
    bx_put_str(o, "images", bx_show_plural(a, g->nimages, "image", "images"));
    bx_put_str(o, "objects", bx_show_plural(a, g->nobjects, "object", "objects"));
    bx_put_str(o, "classes", bx_show_plural(a, g->nclasses, "class", "classes"));
    put_classes(o, g);
    bx_put_str(o, "digest", g->digest);
    bx_put_str(o, "digest_short", hex ? bx_strndup(a, hex + 1, strnlen(hex + 1, 8)) : NULL);
    bx_put_str(o, "count", bx_show_count(a, (double)g->nmodels));
    bx_put_str(o, "image_count", bx_show_count(a, (double)g->nimages));
    bx_put(o, "leaders", leaders_sentence(g, a));
    bx_put(o, "map", bx_number_tree(g->nleaders ? bx_show_percent(a, g->leaders[0].map) : NULL));
    cJSON *asked = bx_put(o, "asked", g->asked_ms ? bx_tree() : NULL);
    if (g->asked_ms) {
        bx_put_str(asked, "iso", bx_show_iso(a, g->asked_ms));
        bx_put_str(asked, "date", bx_show_date(a, g->asked_ms));
    }
    cJSON *data = bx_put(o, "data", bx_tree());
    bx_put_str(data, "csv", bx_printf(a, "data/%s.csv", g->slug));
    bx_put_str(data, "json", bx_printf(a, "data/%s.json", g->slug));
    return o;
}

/* Templates of 0.1.0 know one board, also on pages of the whole site. */
cJSON *bx_view_first_board(const struct bx_view_overview *all, struct bx_arena *a)
{
    static const char *const of_set[] = {"digest", "digest_short", "split", "geometry", "images", "objects", "classes", "class_list"};
    cJSON *o = glance_tree(&all->boards[0], a);
    bx_put_str(o, "tonight", "");
    bx_put_str(o, "machine", NULL);
    bx_put_str(o, "notice", NULL);
    cJSON *t = bx_put(o, "test_set", all->boards[0].digest ? bx_tree() : NULL);
    for (size_t i = 0; all->boards[0].digest && i < sizeof of_set / sizeof *of_set; i++)
        bx_put(t, of_set[i], cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(o, of_set[i]), true));
    return o;
}

void bx_put_boards(cJSON *page, const struct bx_view_overview *all, struct bx_arena *a)
{
    cJSON *list = bx_put(page, "boards", bx_list());
    for (size_t i = 0; i < all->n; i++)
        bx_put_bool(bx_push(list, glance_tree(&all->boards[i], a)), "last", i + 1 == all->n);
}

static size_t different_models(const struct bx_view_overview *all)
{
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < all->boards[i].nplaces; k++) {
            const struct bx_view_place *p = &all->boards[i].places[k];
            bool known = p->status == BX_VIEW_RETIRED;
            for (size_t j = 0; j < i && !known; j++)
                known = bx_view_place(&all->boards[j], p->slug) != NULL;
            n += !known;
        }
    return n;
}

void bx_tree_boards(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_view_overview *all = of->all;
    size_t models = different_models(all), without = 0;
    for (size_t i = 0; i < all->n; i++)
        without += all->boards[i].nranked == 0;
    const char *more = !models             ? "There is no model yet."
                       : without == all->n ? "No model has complete numbers yet."
                       : without == 1      ? "One board has no ranked model yet."
                       : without           ? bx_printf(a, "%zu boards have no ranked model yet.", without)
                                           : "A model is asked once about the same images, however many boards score its answers.";
    bx_put_str(
        page, "summary",
        bx_printf(a, "%s, %s. %s", bx_show_plural(a, all->n, "board", "boards"), bx_show_plural(a, models, "model", "models"), more));
    bx_put_boards(page, all, a);
}

/* Where else a model stands: nothing when it is on this board alone. */
void bx_put_places(cJSON *o, const struct bx_page_of *of, struct bx_arena *a)
{
    cJSON *list = bx_put(o, "places", bx_list());
    for (size_t i = 0; i < of->all->n; i++) {
        const struct bx_view_glance *g = &of->all->boards[i];
        const struct bx_view_place *p = bx_view_place(g, of->model->slug);
        if (!p)
            continue;
        cJSON *row = bx_push(list, bx_tree());
        bool here = !strcmp(g->slug, of->board->slug);
        bx_put_str(row, "title", g->title);
        bx_put_str(row, "href", bx_url_place(a, g->slug, p->slug));
        bx_put_bool(row, "here", here);
        bx_put_str(row, "geometry", bx_show_geometry(g->geometry));
        bx_put_str(row, "rules", g->rules && *g->rules ? g->rules : NULL);
        bx_put_str(row, "rank", p->ranked ? bx_printf(a, "%u%s of %zu", p->rank, p->shared ? "=" : "", g->nranked) : NULL);
        bx_put(row, "map", bx_number_tree(bx_show_percent(a, p->map)));
    }
    bx_put_bool(o, "has_places", cJSON_GetArraySize(list) > 1);
}
