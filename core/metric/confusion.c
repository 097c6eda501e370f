/* confusion.c: one greedy assignment an image, over all classes. */
#include "core/metric/confusion.h"
#include "core/metric/near.h"
#include <stdlib.h>
#include <string.h>

struct pair {
    float iou;
    bool other_class;
    uint32_t target, prediction;
};
struct room {
    struct pair *pair;
    size_t pair_cap, target_cap, prediction_cap;
    uint32_t *targets, *predictions;
    bool *target_used, *prediction_used;
    float *iou;
    struct bx_near near;
    struct bx_near_row row;
    uint64_t *event; /* row << 32 | column */
    size_t nevents, event_cap;
};

static void count(struct room *r, size_t row, size_t column)
{
    r->event = bx_grow(r->event, &r->event_cap, r->nevents + 1, sizeof *r->event);
    r->event[r->nevents++] = (uint64_t)row << 32 | column;
}

static int best_first(const void *pa, const void *pb)
{
    const struct pair *a = pa, *b = pb;
    if (a->other_class != b->other_class)
        return a->other_class ? 1 : -1;
    if (a->iou != b->iou)
        return a->iou > b->iou ? -1 : 1;
    if (a->target != b->target)
        return a->target < b->target ? -1 : 1;
    return a->prediction < b->prediction ? -1 : a->prediction > b->prediction;
}

static void make_room(struct room *r, size_t nt, size_t np)
{
    if (nt > r->target_cap) {
        r->targets = bx_xrealloc(r->targets, nt, sizeof *r->targets);
        r->target_used = bx_xrealloc(r->target_used, nt, sizeof *r->target_used);
        r->iou = bx_xrealloc(r->iou, nt, sizeof *r->iou);
        r->target_cap = nt;
    }
    if (np > r->prediction_cap) {
        r->predictions = bx_xrealloc(r->predictions, np, sizeof *r->predictions);
        r->prediction_used = bx_xrealloc(r->prediction_used, np, sizeof *r->prediction_used);
        r->prediction_cap = np;
    }
}

static void add_image(const struct bx_scene *s, size_t image, double confidence, float least, struct room *r)
{
    size_t first = s->t->ann_begin[image], nt = s->t->ann_begin[image + 1] - first, np = 0, pairs = 0, background = s->t->nclasses;
    make_room(r, nt, s->d->image_begin[image + 1] - s->d->image_begin[image]);
    for (size_t i = 0; i < nt; i++)
        r->targets[i] = (uint32_t)(first + i);
    for (size_t d = s->d->image_begin[image]; d < s->d->image_begin[image + 1]; d++)
        if (s->det_class[d] < background && s->d->score[d] >= confidence)
            r->predictions[np++] = (uint32_t)d;
    if (nt)
        memset(r->target_used, 0, nt);
    if (np)
        memset(r->prediction_used, 0, np);
    bx_near_make_long(&r->near, s, r->targets, nt);
    for (size_t p = 0; nt && p < np; p++) {
        bx_near_row(&r->near, s, r->predictions[p], r->targets, nt, &r->row);
        bx_scene_iou_rounded(s, r->predictions[p], r->row.ann, r->row.n, r->iou);
        for (size_t i = 0; i < r->row.n; i++) {
            size_t t = bx_near_place(&r->near, &r->row, i);
            if (!(r->iou[i] > least))
                continue;
            bool other = s->det_class[r->predictions[p]] != s->t->ann_class[r->targets[t]];
            r->pair = bx_grow(r->pair, &r->pair_cap, pairs + 1, sizeof *r->pair);
            r->pair[pairs++] = (struct pair){r->iou[i], other, (uint32_t)t, (uint32_t)p};
        }
    }
    if (pairs > 1)
        qsort(r->pair, pairs, sizeof *r->pair, best_first);
    for (size_t i = 0; i < pairs; i++) {
        const struct pair *p = &r->pair[i];
        if (r->target_used[p->target] || r->prediction_used[p->prediction])
            continue;
        r->target_used[p->target] = r->prediction_used[p->prediction] = true;
        count(r, s->t->ann_class[r->targets[p->target]], s->det_class[r->predictions[p->prediction]]);
    }
    for (size_t t = 0; t < nt; t++)
        if (!r->target_used[t])
            count(r, s->t->ann_class[r->targets[t]], background);
    for (size_t p = 0; p < np; p++)
        if (!r->prediction_used[p])
            count(r, background, s->det_class[r->predictions[p]]);
}

static int ascending64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Equal events are one cell: of a million classes' square few are not 0. */
static void make_cells(struct room *r, struct bx_confusion *c, struct bx_arena *a)
{
    if (r->nevents > 1)
        qsort(r->event, r->nevents, sizeof *r->event, ascending64);
    for (size_t i = 0; i < r->nevents; i++)
        c->ncells += !i || r->event[i] != r->event[i - 1];
    c->cell = BX_NEW(a, struct bx_confusion_cell, c->ncells);
    for (size_t i = 0, n = 0; i < r->nevents; i++) {
        n += !i || r->event[i] != r->event[i - 1];
        struct bx_confusion_cell *at = &c->cell[n - 1];
        *at = (struct bx_confusion_cell){(uint32_t)(r->event[i] >> 32), (uint32_t)r->event[i], at->count + 1};
    }
}

void bx_confusion(const struct bx_scene *s, double confidence, double iou, struct bx_confusion *c, struct bx_arena *a)
{
    struct room r = {0};
    *c = (struct bx_confusion){.n = s->t->nclasses + 1};
    for (size_t i = 0; i < s->nimages; i++)
        add_image(s, i, confidence, (float)iou, &r);
    make_cells(&r, c, a);
    free(r.event);
    free(r.pair);
    free(r.targets);
    free(r.predictions);
    free(r.target_used);
    free(r.prediction_used);
    free(r.iou);
    bx_near_free(&r.near);
    bx_near_row_free(&r.row);
}
