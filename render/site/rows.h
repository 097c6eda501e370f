/*
 * rows.h: which rows the live site shows, so that another database in place of its own is noticed before it takes them away. The site's
 * manifest notes of each row the board, the model, and the evaluation whose numbers it has.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "render/publish/publish.h"
#include "render/view/view.h"

struct bx_rows {
    struct bx_row {
        const char *board, *model, *evaluation;
        bool known; /* it is there now, or is rightly not */
    } * at;
    size_t n;
};
/* Those of the site in this folder; none when there is no site. */
bool bx_rows_read(const char *output, struct bx_rows *r, struct bx_arena *a, struct bx_err *e);
/*
 * A row is rightly not there when its model is off the board (its config went, or names others), or when the database knows the
 * evaluation all the same: it has lost nothing, and other reasons stand on the page.
 */
void bx_rows_look(struct bx_rows *r, const struct bx_view_board *b);
/* When all boards were looked at: false, BX_DB, when rows are missed. */
bool bx_rows_missed(const struct bx_rows *r, const char *output, const char *database, struct bx_arena *a, struct bx_err *e);
void bx_rows_note(struct bx_publish *p, const struct bx_view_board *b, struct bx_arena *a);
