/* url.c: where each page is. */
#include "core/base/buf.h"
#include "render/view/columns.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <string.h>

#define PAGE(id, kind, nav, of, figures, path, title, description) [BX_PAGE_##id] = path,
static const char *const paths[BX_NPAGES] = {
#include "render/view/pages.def"
};

static const char *word(const char *name, size_t n, const struct bx_page_of *of, struct bx_arena *a)
{
    const struct {
        const char *name, *text;
    } words[] = {{"board", of->board ? of->board->slug : NULL},
                 {"title", of->board ? of->board->title : NULL},
                 {"column", of->column},
                 {"by", of->board && of->column ? bx_view_sorted_by(of->board, of->column, a) : NULL},
                 {"model", of->model ? of->model->slug : NULL},
                 {"name", of->model ? of->model->name : NULL},
                 {"old", of->formerly},
                 {"own", of->own ? of->own->name : NULL},
                 {"label", of->own ? of->own->label : NULL},
                 {"run", of->run ? bx_printf(a, "%.8s", of->run->id) : NULL},
                 {"date", of->run ? bx_printf(a, "%.10s", bx_show_iso(a, of->run->started_ms)) : NULL}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].name) == n && !memcmp(words[i].name, name, n))
            return words[i].text;
    return NULL;
}

char *bx_page_text(struct bx_arena *a, const char *pattern, const struct bx_page_of *of)
{
    struct bx_buf BX_CLEANUP_BUF out = {0};
    for (const char *p = pattern; *p; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL, *text = end ? word(p + 1, (size_t)(end - p - 1), of, a) : NULL;
        if (!text) {
            bx_buf_addc(&out, *p);
            continue;
        }
        bx_buf_adds(&out, text);
        p = end;
    }
    return bx_strdup(a, bx_buf_str(&out));
}

static char *url(struct bx_arena *a, enum bx_page page, const struct bx_page_of *of)
{
    return bx_page_text(a, paths[page], of);
}

char *bx_url_board(struct bx_arena *a, const struct bx_view_board *b)
{
    return url(a, BX_PAGE_BOARD, &(struct bx_page_of){.board = b});
}

char *bx_url_sorted(struct bx_arena *a, const struct bx_view_board *b, const char *column)
{
    return url(a, strcmp(column, "map") != 0 ? BX_PAGE_SORTED : BX_PAGE_BOARD, &(struct bx_page_of){.board = b, .column = column});
}

char *bx_url_model(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m)
{
    return url(a, BX_PAGE_MODEL, &(struct bx_page_of){.board = b, .model = m});
}

char *bx_url_place(struct bx_arena *a, const char *board, const char *model)
{
    const struct bx_view_board b = {.slug = board};
    const struct bx_view_model m = {.slug = model};
    return model ? bx_url_model(a, &b, &m) : bx_url_board(a, &b);
}

char *bx_url_run(struct bx_arena *a, const struct bx_view_run *r)
{
    return url(a, BX_PAGE_RUN, &(struct bx_page_of){.run = r});
}

char *bx_url_data(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m, const char *ext)
{
    return m ? bx_printf(a, "data/%s/%s.%s", b->slug, m->slug, ext) : bx_printf(a, "data/%s.%s", b->slug, ext);
}
