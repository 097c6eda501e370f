/* words.h: small things that all words of plots are made with. */
#pragma once
#include "render/chart/axis.h"
#include "render/chart/chart.h"

const char *bx_count_word(struct bx_arena *a, size_t n, bool capital); /* "six"; digits from 13 on */
char *bx_percent_text(struct bx_arena *a, double fraction);            /* "47.4"; "–" */
char *bx_cost_text(struct bx_arena *a, double v);                      /* "118", "8.1" */
char *bx_fixed_text(struct bx_arena *a, double v, int decimals);
const char *bx_iou_text(struct bx_arena *a, double iou); /* ".75"; ".50:.95" for NaN */
const char *bx_name_of(const char *name);                /* "(no name)" for none */
char *bx_keep(struct bx_arena *a, struct bx_buf *b);     /* the buffer's text; frees the buffer */

/* An empty table of `rows` rows; every cell is "–" until it is set. */
void bx_table_make(struct bx_chart_table *t, struct bx_arena *a, const char *const *head, size_t cols, size_t rows, bool names);
