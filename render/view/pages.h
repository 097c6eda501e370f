/*
 * pages.h: one function a page: loaded data → the page's context tree (owned by the caller, cJSON_Delete). What all pages share
 * ("context", "root", "page", "site", "nav") is added by bx_view_page. Figures are drawn elsewhere (site.h) and handed in as trees, or NULL
 * for none.
 */
#pragma once
#include "render/view/view.h"

struct bx_view_site {
    const char *generator; /* "boxscore 0.1.0" */
    const cJSON *assets;   /* file name without its ending → path from the site's root */
    const struct bx_view_board *board;
};

/* "b/shapes/index.html", "b/shapes/m/fast.html", …: paths from the site's root, in a. */
char *bx_url_board(struct bx_arena *a, const struct bx_view_board *b);
char *bx_url_sorted(struct bx_arena *a, const struct bx_view_board *b, const char *column);
char *bx_url_model(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m);
char *bx_url_run(struct bx_arena *a, const struct bx_view_run *r);
char *bx_url_data(struct bx_arena *a, const struct bx_view_board *b, const struct bx_view_model *m,
                  const char *ext); /* m NULL: the board's */

/* The tree of a page at `path`: kind is "board", "plots", "model", "runs", "run", "methodology", "faq"; it has "board" with the facts all
 * pages may use. */
cJSON *bx_view_page(const struct bx_view_site *s, const char *path, const char *kind, const char *title, const char *description,
                    struct bx_arena *a);

/* The board's columns that have a page of their own, in order; the first is mAP, the board itself. n: how many. */
const char *const *bx_view_sorts(const struct bx_view_board *b, size_t *n, struct bx_arena *a);

void bx_view_board_page(cJSON *page, const struct bx_view_board *b, const char *sort, struct bx_arena *a); /* sort NULL: by mAP */
void bx_view_model_page(cJSON *page, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);
void bx_view_methodology_page(cJSON *page, const struct bx_view_board *b, struct bx_arena *a);
void bx_view_runs_page(cJSON *page, const struct bx_view_board *b, struct bx_arena *a);
void bx_view_run_page(cJSON *page, const struct bx_view_board *b, const struct bx_view_run *r, struct bx_arena *a);

/* Sentences made from data. */
cJSON *bx_view_board_verdict(const struct bx_view_board *b, struct bx_arena *a);
cJSON *bx_view_plots_verdict(const struct bx_view_board *b, struct bx_arena *a);
cJSON *bx_view_model_verdict(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);

/* What part/status shows: of a model on the board, and of one evaluation. */
cJSON *bx_view_status_tree(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);
cJSON *bx_view_outcome_tree(const struct bx_view_evaluation *e, struct bx_arena *a);
const char *bx_view_reason(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a); /* why it is not ranked */

/* The files under data/, with all digits. Appended to out. */
struct bx_buf;
void bx_view_board_csv(const struct bx_view_board *b, struct bx_buf *out, struct bx_arena *a);
cJSON *bx_view_board_json(const struct bx_view_board *b, struct bx_arena *a);
void bx_view_model_csv(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_buf *out, struct bx_arena *a);
cJSON *bx_view_model_json(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);
