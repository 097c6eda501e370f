/*
 * near.h: which annotations of an image may a detection overlap? For crowded images: a tree of boxes over the annotations' hulls, so that a
 * detection is compared with its neighbours alone. Only what certainly shares nothing with the detection is left out.
 */
#pragma once
#include "core/metric/scene.h"

#define BX_NEAR_LEAST 64 /* fewer annotations are compared one by one */

struct bx_near_box {
    double x0, y0, x1, y1;
};
/* {0} is empty; made again, it reuses its room. */
struct bx_near {
    size_t n, levels, first[16], cap;
    uint32_t *item;          /* [n] places in the list, neighbours together */
    uint64_t *key;           /* [n] room to make it */
    struct bx_near_box *box; /* of the items, then of each 16 of them, and so on up; level l begins at first[l] */
};
/* Over the annotations of the list, which are of one image. */
void bx_near_make(struct bx_near *v, const struct bx_scene *s, const uint32_t *anns, size_t n);
/* Places in the list, ascending, of those that detection d may overlap; room for n. */
size_t bx_near_find(const struct bx_near *v, const struct bx_scene *s, uint32_t d, uint32_t *out);
/* The same for a list that may be short: made with bx_near_make_long, which makes nothing of fewer than BX_NEAR_LEAST. Of a short list all
 * are given. `row` are the annotations there. */
void bx_near_make_long(struct bx_near *v, const struct bx_scene *s, const uint32_t *anns, size_t n);
struct bx_near_row {
    size_t n, cap;
    uint32_t *place, *room;
    const uint32_t *ann; /* [n] */
};
void bx_near_row(const struct bx_near *v, const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, struct bx_near_row *row);
static inline size_t bx_near_place(const struct bx_near *v, const struct bx_near_row *row, size_t i)
{
    return v->n ? row->place[i] : i;
}
void bx_near_row_free(struct bx_near_row *row);
void bx_near_free(struct bx_near *v);
