/* columns.h: what a board's columns hold of a model (core/data/columns.def). */
#pragma once
#include "core/data/columns.h"
#include "render/view/view.h"

#define NUMBER_OF(id) double bx_number_##id(const struct bx_view_model *m);
#define TEXT_OF(id)   const char *bx_text_##id(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a);
#define DECLARE_METRIC(id)
#define DECLARE_NUMBER(id)   NUMBER_OF(id)
#define DECLARE_TEXT(id)     TEXT_OF(id)
#define DECLARE_LINK(id)     TEXT_OF(id)
#define DECLARE_OF_BOARD(id) TEXT_OF(id)
#define DECLARE_LICENSE(id)  TEXT_OF(id)
#define DECLARE_STATUS(id)   TEXT_OF(id)
#define DECLARE_LINKS(id)
#define COLUMN(ID, id, kind, ...) DECLARE_##kind(id)
#include "core/data/columns.def"
#undef NUMBER_OF
#undef TEXT_OF
#undef DECLARE_METRIC
#undef DECLARE_NUMBER
#undef DECLARE_TEXT
#undef DECLARE_LINK
#undef DECLARE_OF_BOARD
#undef DECLARE_LICENSE
#undef DECLARE_STATUS
#undef DECLARE_LINKS

double bx_column_number(enum bx_column c, const struct bx_view_model *m); /* in its own unit; NaN: none, or a text */
const char *bx_column_text(enum bx_column c, const struct bx_view_board *b, const struct bx_view_model *m,
                           struct bx_arena *a);                                            /* NULL: none, or a number */
char *bx_column_show(enum bx_column c, const struct bx_view_model *m, struct bx_arena *a); /* a number, as the page shows it; NULL: none */

/* What the rows of the page of such a column are sorted by, in words. */
const char *bx_view_sorted_by(const struct bx_view_board *b, const char *column, struct bx_arena *a);
