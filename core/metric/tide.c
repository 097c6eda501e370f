/* tide.c: bins of errors, and AP with the errors of one bin mended. Scratch lives in its own arena. */
#include "core/metric/tide.h"
#include "core/metric/order.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POSITIVE   0.5
#define BACKGROUND 0.1
#define LIMIT      100 /* detections an image, over all classes */
#define NOBODY     UINT32_MAX

const char *const bx_tide_names[BX_TIDE_ERRORS] = {"Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"};

/* One detection, in TIDE's order: images as the file lists them, within an image by score. */
struct point {
    double score;
    uint32_t class_index, target; /* target: the annotation a Loc or Cls error aims at, if nobody hit it */
    uint8_t error;                /* BX_TIDE_ERRORS: a hit */
    bool ignored;
};
struct work {
    const struct bx_scene *s;
    struct point *points;
    size_t n;
    uint32_t *best;                         /* [ng] the point that would be mended for this annotation */
    uint8_t *used;                          /* [ng] */
    size_t *positives, *unmatched, *missed; /* [nclasses] annotations; those not hit; those no error aims at */
    struct bx_tide *out;
    struct bx_arena *a;
    /* one image */
    uint32_t *det, *gts, *regions;
    size_t ndet, ngts, nregions, det_cap, gt_cap;
    double *iou; /* [ndet][ngts] */
    size_t iou_cap;
    double *region_iou;
    struct bx_sort_room sort;
};

static void enter_image(struct work *w, size_t image)
{
    const struct bx_scene *s = w->s;
    size_t d0 = s->d->image_begin[image], d1 = s->d->image_begin[image + 1], g0 = s->t->ann_begin[image], g1 = s->t->ann_begin[image + 1];
    if (d1 - d0 > w->det_cap) {
        w->det_cap = d1 - d0;
        w->det = bx_xrealloc(w->det, w->det_cap, sizeof *w->det);
    }
    if (g1 - g0 > w->gt_cap) {
        w->gt_cap = g1 - g0;
        w->gts = bx_xrealloc(w->gts, w->gt_cap, sizeof *w->gts);
        w->regions = bx_xrealloc(w->regions, w->gt_cap, sizeof *w->regions);
        w->region_iou = bx_xrealloc(w->region_iou, w->gt_cap, sizeof *w->region_iou);
    }
    w->ndet = w->ngts = w->nregions = 0;
    for (size_t d = d0; d < d1; d++)
        if (s->det_class[d] < s->nclasses)
            w->det[w->ndet++] = (uint32_t)d;
    for (size_t g = g0; g < g1; g++)
        if (s->t->ann_flags[g] & (BX_ANN_CROWD | BX_ANN_IGNORE))
            w->regions[w->nregions++] = (uint32_t)g;
        else
            w->gts[w->ngts++] = (uint32_t)g;
    bx_sort_by_score_python(w->det, w->ndet, s->d->score, &w->sort);
    if (w->ndet > LIMIT)
        w->ndet = LIMIT;
    if (w->ndet * w->ngts > w->iou_cap) {
        w->iou_cap = w->ndet * w->ngts;
        w->iou = bx_xrealloc(w->iou, w->iou_cap, sizeof *w->iou);
    }
    for (size_t i = 0; w->ngts && i < w->ndet; i++)
        bx_scene_iou(s, w->det[i], w->gts, w->ngts, false, w->iou + i * w->ngts);
}

/* The first annotation of highest IoU among those that are (or, with `other`, are not) of the class; unused ones alone, used ones alone, or
 * either. */
enum which { ANY, UNUSED, USED };
static double best_of(const struct work *w, size_t i, bool any_class, bool other, enum which which, uint32_t *at)
{
    const double *iou = w->iou + i * w->ngts;
    double best = 0;
    *at = NOBODY;
    for (size_t j = 0; j < w->ngts; j++) {
        uint32_t g = w->gts[j];
        bool same = w->s->t->ann_class[g] == w->s->det_class[w->det[i]];
        if ((!any_class && same == other) || (which == UNUSED && w->used[g]) || (which == USED && !w->used[g]))
            continue;
        if (iou[j] > best) {
            best = iou[j];
            *at = g;
        }
    }
    return best;
}

static bool in_region(const struct work *w, size_t i)
{
    if (!w->nregions)
        return false;
    bx_scene_iou(w->s, w->det[i], w->regions, w->nregions, true, w->region_iou);
    for (size_t j = 0; j < w->nregions; j++)
        if (w->s->t->ann_class[w->regions[j]] == w->s->det_class[w->det[i]] && w->region_iou[j] > POSITIVE)
            return true;
    return false;
}

/* Of the errors aimed at one annotation that nobody hit the first of highest score can be mended. */
static void aim(struct work *w, struct point *p, uint32_t gt)
{
    if (w->used[gt])
        return;
    p->target = gt;
    uint32_t before = w->best[gt];
    if (before == NOBODY || w->points[before].score < p->score)
        w->best[gt] = (uint32_t)(p - w->points);
}

static enum bx_tide_error bin(struct work *w, size_t i, struct point *p)
{
    uint32_t at;
    if (!w->ngts)
        return BX_TIDE_BKG;
    double own = best_of(w, i, false, false, ANY, &at);
    if (own >= BACKGROUND && own <= POSITIVE) {
        aim(w, p, at);
        return BX_TIDE_LOC;
    }
    if (best_of(w, i, false, true, ANY, &at) >= POSITIVE) {
        aim(w, p, at);
        return BX_TIDE_CLS;
    }
    if (best_of(w, i, false, false, USED, &at) >= POSITIVE)
        return BX_TIDE_DUPE;
    return best_of(w, i, true, false, ANY, &at) <= BACKGROUND ? BX_TIDE_BKG : BX_TIDE_BOTH;
}

static void add_image(struct work *w, size_t image)
{
    enter_image(w, image);
    struct point *p = w->points + w->n;
    for (size_t i = 0; i < w->ndet; i++) {
        uint32_t d = w->det[i], at;
        p[i] = (struct point){w->s->d->score[d], w->s->det_class[d], NOBODY, 0, false};
        if (w->ngts && best_of(w, i, false, false, UNUSED, &at) >= POSITIVE) {
            w->used[at] = 1;
            p[i].error = BX_TIDE_ERRORS;
        }
    }
    w->n += w->ndet;
    for (size_t i = 0; i < w->ndet; i++) {
        if (p[i].error == BX_TIDE_ERRORS)
            continue;
        p[i].ignored = in_region(w, i);
        p[i].error = (uint8_t)bin(w, i, &p[i]);
        w->out->count[p[i].error]++;
    }
    for (size_t j = 0; j < w->ngts; j++) {
        uint32_t g = w->gts[j], k = w->s->t->ann_class[g];
        w->positives[k]++;
        w->unmatched[k] += !w->used[g];
        w->missed[k] += !w->used[g] && w->best[g] == NOBODY;
    }
}

/* A list of data points in TIDE's order of insertion, to take AP of. */
struct list {
    double *score;
    uint32_t *class_index;
    bool *hit;
    size_t n;
};

static void push(struct list *l, double score, uint32_t class_index, bool hit)
{
    l->score[l->n] = score;
    l->class_index[l->n] = class_index;
    l->hit[l->n++] = hit;
}

/* COCO's 101 points, but on the grid i/100, and sums as Python's sum() makes them. */
static double class_ap(const uint32_t *order, size_t n, const struct list *l, size_t positives, double *precision, double *recall)
{
    size_t hits = 0;
    if (!positives)
        return 0;
    for (size_t i = 0; i < n; i++) {
        hits += l->hit[order[i]];
        precision[i] = (double)hits / (double)(i + 1);
        recall[i] = (double)hits / (double)positives;
    }
    for (size_t i = n; i-- > 1;)
        if (precision[i] > precision[i - 1])
            precision[i - 1] = precision[i];
    double sum = 0;
    size_t at = 0;
    for (int r = 0; r <= 100; r++) {
        while (at < n && recall[at] < r / 100.0)
            at++;
        sum += at < n ? precision[at] : 0;
    }
    return sum / 101 * 100;
}

static double mean_ap(struct work *w, const struct list *l, const size_t *positives)
{
    struct bx_arena_mark mark = bx_arena_mark(w->a);
    size_t K = w->s->nclasses, classes = 0;
    size_t *begin = BX_NEW(w->a, size_t, K + 1);
    uint32_t *order = BX_NEW(w->a, uint32_t, l->n);
    double *precision = BX_NEW(w->a, double, l->n), *recall = BX_NEW(w->a, double, l->n), sum = 0;
    bx_group_by(NULL, l->n, l->class_index, K, begin, order);
    for (size_t k = 0; k < K; k++) {
        size_t n = begin[k + 1] - begin[k];
        if (!n && !positives[k])
            continue;
        bx_sort_by_score_python(order + begin[k], n, l->score, &w->sort);
        sum += class_ap(order + begin[k], n, l, positives[k], precision, recall);
        classes++;
    }
    bx_arena_pop(w->a, mark);
    return classes ? sum / (double)classes : 0;
}

/* Fixed AP: what remains of the errors first, then the hits. `mended`: BX_TIDE_ERRORS for none. */
static double fixed_ap(struct work *w, struct list *l, enum bx_tide_error mended, bool clean_scores, const size_t *positives)
{
    l->n = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct point *p = &w->points[i];
        if (p->error == BX_TIDE_ERRORS)
            continue;
        if (p->error != mended) {
            if (!p->ignored)
                push(l, clean_scores ? 0 : p->score, p->class_index, false);
        } else if (p->target != NOBODY && w->best[p->target] == i)
            push(l, p->score, w->s->t->ann_class[p->target], true);
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->points[i].error == BX_TIDE_ERRORS)
            push(l, clean_scores ? 1 : w->points[i].score, w->points[i].class_index, true);
    return mean_ap(w, l, positives);
}

static double base_ap(struct work *w, struct list *l)
{
    l->n = 0;
    for (size_t i = 0; i < w->n; i++)
        if (!w->points[i].ignored)
            push(l, w->points[i].score, w->points[i].class_index, w->points[i].error == BX_TIDE_ERRORS);
    return mean_ap(w, l, w->positives);
}

static size_t *less(struct work *w, const size_t *of, const size_t *by)
{
    size_t *v = BX_NEW(w->a, size_t, w->s->nclasses);
    for (size_t k = 0; k < w->s->nclasses; k++)
        v[k] = of[k] - by[k];
    return v;
}

static void add_strays(struct work *w)
{
    const struct bx_testset *t = w->s->t;
    for (size_t k = 0; t->class_stray && k < t->nclasses; k++) {
        w->positives[k] += t->class_stray[k];
        w->unmatched[k] += t->class_stray[k];
        w->missed[k] += t->class_stray[k];
    }
}

static void work_free(struct work *w)
{
    free(w->det);
    free(w->gts);
    free(w->regions);
    free(w->region_iou);
    free(w->iou);
    bx_sort_room_free(&w->sort);
}

void bx_tide(const struct bx_scene *s, struct bx_tide *out, struct bx_arena *a)
{
    struct bx_arena_mark mark = bx_arena_mark(a);
    *out = (struct bx_tide){0};
    struct work w = {.s = s, .out = out, .a = a};
    w.points = BX_NEW(a, struct point, s->nd);
    w.best = BX_NEW(a, uint32_t, s->ng);
    w.used = BX_NEW(a, uint8_t, s->ng);
    memset(w.best, 0xFF, s->ng * sizeof *w.best);
    w.positives = BX_NEW(a, size_t, s->nclasses);
    w.unmatched = BX_NEW(a, size_t, s->nclasses);
    w.missed = BX_NEW(a, size_t, s->nclasses);
    uint32_t *order = BX_NEW(a, uint32_t, s->nimages);
    for (uint32_t i = 0; i < s->nimages; i++)
        order[s->t->image_position ? s->t->image_position[i] : i] = i;
    for (size_t i = 0; i < s->nimages; i++)
        add_image(&w, order[i]);
    add_strays(&w);
    struct list l = {BX_NEW(a, double, w.n), BX_NEW(a, uint32_t, w.n), BX_NEW(a, bool, w.n), 0};
    out->ap50 = base_ap(&w, &l);
    const size_t *found = less(&w, w.positives, w.missed), *matched = less(&w, w.positives, w.unmatched);
    for (enum bx_tide_error e = BX_TIDE_CLS; e < BX_TIDE_ERRORS; e++)
        out->dap[e] = fmax(fixed_ap(&w, &l, e, false, e == BX_TIDE_MISS ? found : w.positives) - out->ap50, 0);
    out->false_positives = fixed_ap(&w, &l, BX_TIDE_ERRORS, true, w.positives) - out->ap50;
    out->false_negatives = fixed_ap(&w, &l, BX_TIDE_ERRORS, false, matched) - out->ap50;
    for (size_t k = 0; k < s->nclasses; k++)
        out->count[BX_TIDE_MISS] += w.missed[k];
    work_free(&w);
    bx_arena_pop(a, mark);
}
