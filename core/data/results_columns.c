/* results_columns.c: one stable counting sort, a column at a time, where a file is not in the order of the images. */
#include "core/data/results_columns.h"
#include <stdlib.h>
#include <string.h>

void bx_result_runs_add(struct bx_result_runs *r, struct bx_result_run more)
{
    struct bx_result_run *last = r->n ? &r->run[r->n - 1] : NULL;
    if (last && last->image == more.image) {
        last->length += more.length;
        return;
    }
    r->run = bx_grow(r->run, &r->cap, r->n + 1, sizeof *r->run);
    r->run[r->n++] = more;
}

void bx_result_runs_free(struct bx_result_runs *r)
{
    free(r->run);
    *r = (struct bx_result_runs){0};
}

/* Each column with the size of its elements. */
#define COLUMNS 7
struct column {
    void *at;
    size_t size;
};
static void list_columns(const struct bx_result_columns *c, struct column list[COLUMNS])
{
    memcpy(list,
           (struct column[COLUMNS]){{c->name, sizeof *c->name},
                                    {c->score, sizeof *c->score},
                                    {c->box, 4 * sizeof *c->box},
                                    {c->obb, 8 * sizeof *c->obb},
                                    {c->mask, sizeof *c->mask},
                                    {c->mask_text, sizeof *c->mask_text},
                                    {c->derived, sizeof *c->derived}},
           COLUMNS * sizeof *list);
}

void bx_result_columns_make(struct bx_result_columns *c, enum bx_geometry g, bool lazy, size_t cap, struct bx_arena *a)
{
    *c = (struct bx_result_columns){0};
    c->name = bx_alloc_large(a, cap, sizeof *c->name);
    c->score = bx_alloc_large(a, cap, sizeof *c->score);
    c->box = bx_alloc_large(a, cap, 4 * sizeof *c->box);
    c->derived = BX_NEW(a, uint8_t, cap);
    if (lazy)
        c->mask_text = bx_alloc_large(a, cap, sizeof *c->mask_text);
    else if (g != BX_GEOM_OBB)
        c->mask = BX_NEW(a, struct bx_rle, cap);
    if (g == BX_GEOM_OBB)
        c->obb = bx_alloc_large(a, cap, 8 * sizeof *c->obb);
}

void bx_result_columns_copy(const struct bx_result_columns *to, size_t first, const struct bx_result_columns *from,
                            struct bx_result_written w)
{
    struct column read[COLUMNS], put[COLUMNS];
    list_columns(from, read);
    list_columns(to, put);
    for (size_t i = 0; i < COLUMNS; i++) { /* but for columns that would only be touched to hold 0 */
        const void *at = read[i].at;
        if (at && (at != from->mask || w.any_mask) && (at != from->box || !from->mask_text || w.any_given) &&
            (at != from->derived || !w.all_given))
            memcpy((char *)put[i].at + first * put[i].size, at, from->n * put[i].size);
    }
}

/* Put a column in the order of `from`: its i-th element is the old one at from[i]. */
static void reorder(const struct column *c, const uint32_t *from, size_t n)
{
    if (!c->at)
        return;
    char *old = bx_xrealloc(NULL, n, c->size), *to = c->at;
    memcpy(old, c->at, n * c->size);
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * c->size, old + from[i] * c->size, c->size);
    free(old);
}

void bx_result_columns_sort(const struct bx_result_columns *c, struct bx_result_runs *r, const size_t *begin, size_t nimages)
{
    size_t *next = bx_xrealloc(NULL, nimages + 1, sizeof *next);
    uint32_t *from = bx_xrealloc(NULL, c->n, sizeof *from), at = 0;
    struct column list[COLUMNS];
    memcpy(next, begin, (nimages + 1) * sizeof *next);
    for (size_t i = 0; i < r->n; i++)
        for (uint32_t k = 0; k < r->run[i].length; k++)
            from[next[r->run[i].image]++] = at++;
    bx_result_runs_free(r);
    list_columns(c, list);
    for (size_t i = 0; i < COLUMNS; i++)
        reorder(&list[i], from, c->n);
    free(from);
    free(next);
}
