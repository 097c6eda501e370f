/* seen.h: images of a board that models may have been trained on: out of the store, and as a tree of a model's page. */
#pragma once
#include "core/store/store.h"
#include "render/view/json.h"
#include "render/view/view.h"

/* What all models of a board share. */
struct bx_seen_on {
    struct bx_store *st;
    const struct bx_board_row *board;
    struct bx_rules scored; /* the board's, with its images by name */
    struct bx_seen_in *in;  /* manifests that were met */
    size_t n, cap;
    struct bx_arena *a;
};
void bx_view_seen_on(struct bx_seen_on *on, struct bx_store *st, const struct bx_board_row *board, const struct bx_testset *t,
                     struct bx_arena *a);
/* detections: whose numbers are shown; NULL: none are. *out NULL: its config names no manifest. */
bool bx_view_load_seen(struct bx_seen_on *on, const struct bx_model_row *row, const char *detections, const struct bx_view_seen **out,
                       struct bx_err *e);

/* Into a model's tree. */
void bx_put_seen(cJSON *o, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);
