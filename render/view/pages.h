/*
 * pages.h: which pages there are (pages.def), where each is, and its context tree: loaded data → cJSON (owned by the caller, cJSON_Delete).
 * Figures are drawn elsewhere (render/site) and put into the finished tree.
 */
#pragma once
#include "render/view/view.h"

enum bx_page {
#define PAGE(id, kind, nav, of, figures, path, title, description) BX_PAGE_##id,
#include "render/view/pages.def"
    BX_NPAGES
};
enum bx_of { BX_OF_ONLY, BX_OF_SEVERAL, BX_OF_SITE, BX_OF_BOARD, BX_OF_SORTS, BX_OF_MODELS, BX_OF_FORMERLY, BX_OF_RUNS, BX_OF_OWN, BX_NOF };
enum bx_figures { BX_FIGURES_NONE, BX_FIGURES_BOARD, BX_FIGURES_MODEL };

/* What one page is of. */
struct bx_page_of {
    const struct bx_view_overview *all;
    const struct bx_view_board *board; /* NULL: of none, on a site that has several */
    const struct bx_view_model *model;
    const struct bx_view_run *run;
    const char *column;   /* by which the board is sorted; NULL: mAP */
    const char *formerly; /* the slug that the model had */
    const struct bx_view_own *own;
};
struct bx_page_info {
    const char *kind, *nav;
    enum bx_of of;
    enum bx_figures figures;
    const char *path, *title, *description; /* patterns: bx_page_text */
    void (*tree)(cJSON *page, const struct bx_page_of *of, struct bx_arena *a);
};
extern const struct bx_page_info bx_pages[BX_NPAGES];

#define PAGE(id, kind, nav, of, figures, path, title, description)                                                                         \
    void bx_tree_##kind(cJSON *page, const struct bx_page_of *of, struct bx_arena *a);
#include "render/view/pages.def"

/* A pattern of the table with its {words} put in. A path is from the site's root. */
char *bx_page_text(struct bx_arena *a, const char *pattern, const struct bx_page_of *of);

struct bx_view_site {
    const char *generator; /* "boxscore 0.1.0" */
    const cJSON *assets;   /* file name without its ending → path from the site's root */
};
/* What the trees of all pages have: "context", "root", "page", "site", "nav", "board", "cautions". */
cJSON *bx_view_frame(const struct bx_view_site *s, enum bx_page page, const struct bx_page_of *of, struct bx_arena *a);
/* The tree of a page: that, and its own. */
cJSON *bx_view_page(const struct bx_view_site *s, enum bx_page page, const struct bx_page_of *of, struct bx_arena *a);

/* Paths from the site's root, in a. */
char *bx_url_board(struct bx_arena *a, const struct bx_view_board *b);
char *bx_url_sorted(struct bx_arena *a, const struct bx_view_board *b, const char *column);
char *bx_url_model(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m);
char *bx_url_place(struct bx_arena *a, const char *board, const char *model); /* by their slugs; model NULL: the board */
char *bx_url_run(struct bx_arena *a, const struct bx_view_run *r);
char *bx_url_data(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m,
                  const char *ext); /* m NULL: the board's */

/* The board's columns that have a page of their own, in order; the first is mAP, the board itself. n: how many. */
const char *const *bx_view_sorts(const struct bx_view_board *b, size_t *n, struct bx_arena *a);

/* "boards": every board at a glance. "places" of a model: on which boards it is. */
void bx_put_boards(cJSON *page, const struct bx_view_overview *all, struct bx_arena *a);
cJSON *bx_view_first_board(const struct bx_view_overview *all, struct bx_arena *a); /* "board" of a page that is of none */
void bx_put_places(cJSON *model, const struct bx_page_of *of, struct bx_arena *a);

/* Who is the best under which bound of time; NULL: there is nothing to choose. */
cJSON *bx_view_budget(const struct bx_view_board *b, struct bx_arena *a);

/* Sentences made from data. */
cJSON *bx_view_board_verdict(const struct bx_view_board *b, struct bx_arena *a);
cJSON *bx_view_plots_verdict(const struct bx_view_board *b, struct bx_arena *a);
cJSON *bx_view_model_verdict(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);

/* What part/status shows: of a model on the board, and of one evaluation. */
cJSON *bx_view_status_tree(const struct bx_view_model *m, struct bx_arena *a);
cJSON *bx_view_outcome_tree(enum bx_view_status status);
const char *bx_view_reason(const struct bx_view_model *m, struct bx_arena *a); /* why it is not ranked */

/* Detections of classes that the test set lacks, in words; NULL: there are none. */
const char *bx_view_fallen(const struct bx_view_model *m, struct bx_arena *a);

/* The files under data/, with all digits. Appended to out. */
struct bx_buf;
void bx_view_board_csv(const struct bx_view_board *b, struct bx_buf *out, struct bx_arena *a);
cJSON *bx_view_board_json(const struct bx_view_board *b, struct bx_arena *a);
void bx_view_model_csv(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_buf *out, struct bx_arena *a);
cJSON *bx_view_model_json(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);
