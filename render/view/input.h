/*
 * input.h: what was loaded, as a digest: what has the same input is drawn and written the same way, and so need not be made again.
 *
 * Every field of the structs of view.h is in it, also what bx_view_rank filled. Not in it: what pages take from other models or boards than
 * their own, which is in their trees.
 */
#pragma once
#include "core/base/buf.h"
#include "render/view/view.h"

/* The bytes of a tree, without a number printed: equal bytes, equal trees. Appended. */
void bx_tree_bytes(const cJSON *t, struct bx_buf *out);

/* Of the board alone: its test set and rules, without models, runs, and who is best at what. */
void bx_view_board_input(const struct bx_view_board *b, uint8_t out[32]);
/* Of a model on it: its config, numbers, curves, samples and history. */
void bx_view_model_input(const struct bx_view_model *m, uint8_t out[32]);
/* Of what a run's page shows: the run, and whom it asked on all boards. */
void bx_view_run_input(const struct bx_view_overview *all, const struct bx_view_run *r, uint8_t out[32]);
