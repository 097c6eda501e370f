/* words.c: see words.h. */
#include "render/chart/words.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *bx_count_word(struct bx_arena *a, size_t n, bool capital)
{
    static const char *const words[] = {"no",    "one",   "two",  "three", "four",   "five",  "six",
                                        "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    if (n >= sizeof words / sizeof *words)
        return bx_printf(a, "%zu", n);
    char *word = bx_strdup(a, words[n]);
    if (capital)
        word[0] = (char)(word[0] - 'a' + 'A');
    return word;
}

char *bx_fixed_text(struct bx_arena *a, double v, int decimals)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_fixed(text, v, decimals));
}

char *bx_cost_text(struct bx_arena *a, double v)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_cost(text, v));
}

char *bx_percent_text(struct bx_arena *a, double fraction)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_percent(text, fraction));
}

char *bx_keep(struct bx_arena *a, struct bx_buf *b)
{
    char *text = bx_strndup(a, bx_buf_str(b), b->n);
    bx_buf_free(b);
    return text;
}

void bx_table_make(struct bx_chart_table *t, struct bx_arena *a, const char *const *head, size_t cols, size_t rows, bool names)
{
    *t = (struct bx_chart_table){.cols = cols, .names = names, .n = rows};
    t->head = bx_alloc(a, cols, sizeof *t->head);
    t->rows = BX_NEW(a, struct bx_chart_row, rows);
    memcpy(t->head, head, cols * sizeof *head);
    for (size_t i = 0; i < rows; i++) {
        t->rows[i].cells = bx_alloc(a, cols, sizeof *t->rows[i].cells);
        t->rows[i].item = SIZE_MAX;
        for (size_t c = 0; c < cols; c++)
            t->rows[i].cells[c] = "–";
    }
}

const char *bx_name_of(const char *name)
{
    return name && *name ? name : "(no name)";
}

const char *bx_iou_text(struct bx_arena *a, double iou)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_iou(text, iou));
}
