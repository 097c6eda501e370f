/* near.c: boxes in the order of a Z curve through their centres, sixteen to a box of the next level. */
#include "core/metric/near.h"
#include <math.h>
#include <stdlib.h>

#define FAN 16

static struct bx_near_box hull_of(const struct bx_scene *s, uint32_t ann)
{
    const double *h = (s->in.geometry == BX_GEOM_BOX ? s->t->ann_box : s->ann_hull) + 4 * (size_t)ann;
    return (struct bx_near_box){h[0], h[1], h[0] + h[2], h[1] + h[3]};
}

/* Comparisons that are false for NaN leave it out: it widens nothing. */
static void widen(struct bx_near_box *b, const struct bx_near_box *c)
{
    b->x0 = c->x0 < b->x0 ? c->x0 : b->x0;
    b->y0 = c->y0 < b->y0 ? c->y0 : b->y0;
    b->x1 = c->x1 > b->x1 ? c->x1 : b->x1;
    b->y1 = c->y1 > b->y1 ? c->y1 : b->y1;
}

static const struct bx_near_box nothing = {INFINITY, INFINITY, -INFINITY, -INFINITY};

/* 16 bits of v, a gap of one between each. */
static uint32_t spread(uint32_t v)
{
    v = (v | v << 8) & 0x00FF00FFu;
    v = (v | v << 4) & 0x0F0F0F0Fu;
    v = (v | v << 2) & 0x33333333u;
    return (v | v << 1) & 0x55555555u;
}

static uint32_t cell(double at, double low, double high)
{
    double v = (at - low) / (high - low) * 65535;
    return v >= 0 && v <= 65535 ? (uint32_t)v : 0; /* where all are at one place, and for what is no number, any cell will do */
}

static int ascending64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void need(struct bx_near *v, size_t n)
{
    if (n <= v->cap)
        return;
    v->item = bx_xrealloc(v->item, n, sizeof *v->item);
    v->key = bx_xrealloc(v->key, n, sizeof *v->key);
    v->box = bx_xrealloc(v->box, n + n / (FAN - 1) + 16, sizeof *v->box); /* n + n/16 + n/256 + …, each rounded up */
    v->cap = n;
}

void bx_near_make(struct bx_near *v, const struct bx_scene *s, const uint32_t *anns, size_t n)
{
    struct bx_near_box all = nothing;
    need(v, n);
    for (size_t i = 0; i < n; i++) {
        struct bx_near_box h = hull_of(s, anns[i]);
        widen(&all, &h);
    }
    for (size_t i = 0; i < n; i++) {
        struct bx_near_box h = hull_of(s, anns[i]);
        uint32_t x = cell((h.x0 + h.x1) / 2, all.x0, all.x1), y = cell((h.y0 + h.y1) / 2, all.y0, all.y1);
        v->key[i] = (uint64_t)(spread(x) | spread(y) << 1) << 32 | i;
    }
    qsort(v->key, n, sizeof *v->key, ascending64);
    for (size_t i = 0; i < n; i++) {
        v->item[i] = (uint32_t)v->key[i];
        v->box[i] = hull_of(s, anns[v->item[i]]);
    }
    v->n = n;
    v->first[0] = 0;
    v->levels = 1;
    for (size_t below = n; below > 1; v->levels++) {
        size_t from = v->first[v->levels - 1], at = from + below, groups = (below + FAN - 1) / FAN;
        v->first[v->levels] = at;
        for (size_t g = 0; g < groups; g++) {
            v->box[at + g] = nothing;
            for (size_t i = g * FAN; i < below && i < (g + 1) * FAN; i++)
                widen(&v->box[at + g], &v->box[from + i]);
        }
        below = groups;
    }
}

struct search {
    const struct bx_near *v;
    struct bx_near_box box;
    uint32_t *out;
    size_t n;
};

static void search(struct search *q, size_t level, size_t index)
{
    const struct bx_near *v = q->v;
    const struct bx_near_box *b = &v->box[v->first[level] + index];
    if (!(b->x0 <= q->box.x1 && b->x1 >= q->box.x0 && b->y0 <= q->box.y1 && b->y1 >= q->box.y0))
        return;
    if (level == 0) {
        q->out[q->n++] = v->item[index];
        return;
    }
    size_t below = v->first[level] - v->first[level - 1];
    for (size_t i = index * FAN; i < below && i < (index + 1) * FAN; i++)
        search(q, level - 1, i);
}

static int ascending32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

size_t bx_near_find(const struct bx_near *v, const struct bx_scene *s, uint32_t d, uint32_t *out)
{
    double h[4];
    bx_scene_hull(s, d, h);
    /* Supervision rounds corners to f32 before it compares: that keeps their order, so none overlap that do not here. */
    struct search q = {.v = v, .box = {h[0], h[1], h[0] + h[2], h[1] + h[3]}, .out = out};
    if (isnan(q.box.x0 + q.box.y0 + q.box.x1 + q.box.y1)) { /* what that overlaps is for the IoU to say */
        for (size_t i = 0; i < v->n; i++)
            out[i] = (uint32_t)i;
        return v->n;
    }
    if (v->n)
        search(&q, v->levels - 1, 0);
    if (q.n > 1)
        qsort(out, q.n, sizeof *out, ascending32);
    return q.n;
}

void bx_near_make_long(struct bx_near *v, const struct bx_scene *s, const uint32_t *anns, size_t n)
{
    v->n = 0;
    if (n >= BX_NEAR_LEAST)
        bx_near_make(v, s, anns, n);
}

void bx_near_row(const struct bx_near *v, const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, struct bx_near_row *row)
{
    row->n = n;
    row->ann = anns;
    if (!v->n)
        return;
    if (n > row->cap) {
        row->place = bx_xrealloc(row->place, n, sizeof *row->place);
        row->room = bx_xrealloc(row->room, n, sizeof *row->room);
        row->cap = n;
    }
    row->n = bx_near_find(v, s, d, row->place);
    for (size_t i = 0; i < row->n; i++)
        row->room[i] = anns[row->place[i]];
    row->ann = row->room;
}

void bx_near_row_free(struct bx_near_row *row)
{
    free(row->place);
    free(row->room);
    *row = (struct bx_near_row){0};
}

void bx_near_free(struct bx_near *v)
{
    free(v->item);
    free(v->key);
    free(v->box);
    *v = (struct bx_near){0};
}
