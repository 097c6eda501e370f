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
};

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

static void add_image(const struct bx_scene *s, size_t image, double confidence, float least, struct room *r, struct bx_confusion *c)
{
    size_t first = s->t->ann_begin[image], nt = s->t->ann_begin[image + 1] - first, np = 0, pairs = 0, background = c->n - 1;
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
        c->count[s->t->ann_class[r->targets[p->target]] * c->n + s->det_class[r->predictions[p->prediction]]]++;
    }
    for (size_t t = 0; t < nt; t++)
        if (!r->target_used[t])
            c->count[s->t->ann_class[r->targets[t]] * c->n + background]++;
    for (size_t p = 0; p < np; p++)
        if (!r->prediction_used[p])
            c->count[background * c->n + s->det_class[r->predictions[p]]]++;
}

void bx_confusion(const struct bx_scene *s, double confidence, double iou, struct bx_confusion *c, struct bx_arena *a)
{
    struct room r = {0};
    c->n = s->t->nclasses + 1;
    c->count = BX_NEW(a, uint64_t, c->n * c->n);
    for (size_t i = 0; i < s->nimages; i++)
        add_image(s, i, confidence, (float)iou, &r, c);
    free(r.pair);
    free(r.targets);
    free(r.predictions);
    free(r.target_used);
    free(r.prediction_used);
    free(r.iou);
    bx_near_free(&r.near);
    bx_near_row_free(&r.row);
}
