/* page.c: what every page has. */
#include "core/base/text.h"
#include "core/data/split.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

static char *root_of(const char *path, struct bx_arena *a)
{
    char *root = bx_strdup(a, "");
    for (const char *p = path; *p; p++)
        if (*p == '/')
            root = bx_printf(a, "%s../", root);
    return root;
}

static void add_nav(cJSON *nav, const char *label, const char *href, bool current)
{
    cJSON *o = bx_push(nav, bx_tree());
    bx_put_str(o, "label", label);
    bx_put_str(o, "href", href);
    bx_put_bool(o, "current", current);
}

/* Where there are several boards, each goes by its title. */
static cJSON *nav_tree(const struct bx_page_of *of, const char *kind, struct bx_arena *a)
{
    bool several = of->all->n > 1;
    cJSON *nav = bx_list();
    for (enum bx_page i = 0; i < BX_NPAGES; i++) {
        const struct bx_page_info *p = &bx_pages[i];
        if (p->nav && (p->of == BX_OF_BOARD ? of->board != NULL : p->of != BX_OF_SEVERAL || several))
            add_nav(nav, several && i == BX_PAGE_BOARD ? of->board->title : p->nav, bx_page_text(a, p->path, of), !strcmp(kind, p->kind));
    }
    for (size_t i = 0; i < of->all->nown; i++) {
        const struct bx_page_of own = {.own = &of->all->own[i]};
        add_nav(nav, own.own->label, bx_page_text(a, bx_pages[BX_PAGE_OWN].path, &own), of->own == own.own);
    }
    return nav;
}

/* "11 ranked (1 overdue), 1 failed, 1 never run" */
static char *standing(const struct bx_view_board *b, struct bx_arena *a)
{
    static const char *const words[] = {[BX_VIEW_OK] = "without numbers", [BX_VIEW_PARTIAL] = "partial", [BX_VIEW_FAILED] = "failed",
                                        [BX_VIEW_CHANGED] = "changed",    [BX_VIEW_NEVER] = "never run", [BX_VIEW_RETIRED] = NULL};
    size_t count[BX_VIEW_RETIRED + 1] = {0}, overdue = 0;
    for (size_t i = 0; i < b->nmodels; i++) {
        count[b->models[i].status] += !b->models[i].ranked;
        overdue += b->models[i].ranked && b->models[i].overdue;
    }
    char *s = bx_printf(a, "%zu ranked", b->nranked);
    if (overdue)
        s = bx_printf(a, "%s (%zu overdue)", s, overdue);
    for (size_t k = 0; k < BX_VIEW_RETIRED; k++)
        if (count[k])
            s = bx_printf(a, "%s, %zu %s", s, count[k], words[k]);
    return s;
}

static cJSON *test_set_tree(const struct bx_view_board *b, struct bx_arena *a)
{
    if (!b->digest)
        return NULL;
    cJSON *o = bx_tree();
    const char *hex = strrchr(b->digest, '-');
    bx_put_str(o, "digest", b->digest);
    bx_put_str(o, "digest_short", bx_strndup(a, hex ? hex + 1 : b->digest, strnlen(hex ? hex + 1 : b->digest, 8)));
    bx_put_str(o, "split", b->split);
    bx_put_str(o, "geometry", bx_show_geometry(b->geometry));
    bx_put_str(o, "images", bx_show_plural(a, b->nimages, "image", "images"));
    bx_put_str(o, "objects", bx_show_plural(a, b->nobjects, "object", "objects"));
    bx_put_str(o, "classes", bx_show_plural(a, b->nscored, "class", "classes"));
    cJSON *list = bx_put(o, "class_list", bx_list());
    size_t left = 0; /* of a private board's that are scored not all are shown */
    for (size_t i = 0; i < b->nclasses; i++)
        left += !b->classes[i].left_out;
    for (size_t i = 0; i < b->nclasses; i++) {
        if (b->classes[i].left_out)
            continue;
        cJSON *c = bx_push(list, bx_tree());
        bx_put_str(c, "name", b->classes[i].name);
        bx_put_bool(c, "last", --left == 0);
    }
    return o;
}

/* What stands above all of the board's pages, or NULL. */
static const char *notice(const struct bx_view_board *b, struct bx_arena *a)
{
    int64_t last = 0;
    for (size_t i = 0; i < b->nmodels; i++) {
        const struct bx_view_evaluation *v = b->models[i].current;
        last = v && v->ended_ms > last ? v->ended_ms : last;
    }
    const char *numbers = last ? bx_printf(a, "Its last numbers are of %s.", bx_show_date(a, last)) : "It never had numbers.";
    if (b->retired)
        return bx_printf(a, "Retired: this is no longer one of this site’s boards. %s", numbers);
    return b->problem ? bx_printf(a, "The last night could not read this board: %s. %s", b->problem, numbers) : NULL;
}

/* What must be known of a split that is no test split stands on every page: of a board's on its own, of all boards' on the others. */
static cJSON *cautions_tree(const struct bx_view_board *b, const struct bx_view_overview *all, struct bx_arena *a)
{
    cJSON *list = bx_list();
    for (size_t i = 0; i < (b ? 1 : all->n); i++) {
        enum bx_split kind = bx_split_kind(b ? b->split : all->boards[i].split);
        const char *text = bx_split_caution(kind);
        if (!text)
            continue;
        cJSON *o = bx_push(list, bx_tree());
        const bool of_board = !b && all->n > 1; /* its title begins the sentence */
        bx_put_str(o, "board", of_board ? all->boards[i].title : NULL);
        bx_put_str(o, "text", bx_printf(a, "%c%s.", of_board ? *text : toupper((unsigned char)*text), text + 1));
        bx_put_bool(o, "grave", kind == BX_SPLIT_TRAIN);
    }
    return list;
}

static cJSON *board_tree(const struct bx_view_board *b, struct bx_arena *a)
{
    cJSON *o = bx_tree();
    bx_put_str(o, "slug", b->slug);
    bx_put_str(o, "title", b->title);
    bx_put_str(o, "href", bx_url_board(a, b));
    bx_put_str(o, "tonight", standing(b, a));
    bx_put_str(o, "machine", b->machine);
    bx_put_str(o, "notice", notice(b, a));
    bx_put_str(o, "rules", b->rules && *b->rules ? b->rules : NULL);
    bx_put(o, "test_set", test_set_tree(b, a));
    cJSON *data = bx_put(o, "data", bx_tree());
    bx_put_str(data, "csv", bx_url_data(a, b, NULL, "csv"));
    bx_put_str(data, "json", bx_url_data(a, b, NULL, "json"));
    return o;
}

cJSON *bx_view_frame(const struct bx_view_site *s, enum bx_page id, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct bx_page_info *info = &bx_pages[id];
    const struct bx_view_board *b = of->board;
    const struct bx_view_overview *all = of->all;
    const char *site_title = all->n > 1 ? "boxscore" : all->boards[0].title;
    const char *path = bx_page_text(a, info->path, of), *title = bx_page_text(a, info->title, of);
    cJSON *page = bx_tree();
    bx_put_num(page, "context", BX_CONTEXT_VERSION);
    bx_put_str(page, "root", root_of(path, a));
    cJSON *p = bx_put(page, "page", bx_tree());
    bx_put_str(p, "path", path);
    bx_put_str(p, "kind", info->kind);
    bx_put_str(p, "title", strstr(info->title, "{title}") ? title : bx_printf(a, "%s · %s", title, b ? b->title : site_title));
    bx_put_str(p, "heading", info->of == BX_OF_SORTS ? bx_page_text(a, bx_pages[BX_PAGE_BOARD].title, of) : title);
    bx_put_str(p, "description", bx_page_text(a, info->description, of));
    bool one = !strcmp(info->kind, "board"), of_night = one || !strcmp(info->kind, "boards") || !strcmp(info->kind, "runs");
    bx_put_bool(p, "of_night", of_night);
    bx_put_bool(p, "of_boards", of_night && !one && all->n > 1);
    cJSON *site = bx_put(page, "site", bx_tree());
    bx_put_str(site, "title", site_title);
    bx_put_bool(site, "several", all->n > 1);
    bx_put_str(site, "generator", s->generator);
    bx_put_str(site, "stale_after", bx_show_duration(a, all->stale_after_ms));
    bx_put_num(site, "stale_after_ms", (double)all->stale_after_ms);
    cJSON *as_of = bx_put(site, "as_of", all->as_of_ms ? bx_tree() : NULL);
    if (all->as_of_ms) {
        bx_put_str(as_of, "iso", bx_show_iso(a, all->as_of_ms));
        bx_put_num(as_of, "ms", (double)all->as_of_ms);
        bx_put_str(as_of, "date", bx_show_date(a, all->as_of_ms));
        bx_put_str(as_of, "time", bx_show_clock(a, all->as_of_ms));
    }
    bx_put(site, "assets", cJSON_Duplicate(s->assets, true));
    bx_put(page, "nav", nav_tree(of, info->kind, a));
    bx_put(page, "board", b ? board_tree(b, a) : bx_view_first_board(all, a));
    bx_put(page, "cautions", cautions_tree(b, all, a));
    return page;
}

cJSON *bx_view_page(const struct bx_view_site *s, enum bx_page id, const struct bx_page_of *of, struct bx_arena *a)
{
    cJSON *page = bx_view_frame(s, id, of, a);
    bx_pages[id].tree(page, of, a);
    return page;
}
