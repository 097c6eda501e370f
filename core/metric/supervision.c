/* supervision.c: assignment by IoU, for all sizes and thresholds in one word (bit 16*size + threshold). */
#include "core/metric/supervision.h"
#include "core/metric/near.h"
#include "core/metric/order.h"
#include "core/base/parallel.h"
#include <stdlib.h>
#include <string.h>

#define LANES      16
#define T          BX_SV_THRESHOLDS
#define LEAST_IOU  0.5 /* the lowest threshold: what lies below it need not be known */
#define LANE       (((uint64_t)1 << T) - 1)
#define EVERYWHERE (LANE | LANE << LANES | LANE << 2 * LANES | LANE << 3 * LANES)

static const uint32_t limits[BX_SV_LIMITS] = {1, 10, 100};

struct pair {
    float iou;
    uint32_t target, prediction; /* places in their image and class */
    uint64_t lanes;              /* thresholds it reaches */
};
struct room {
    struct pair *pair;
    size_t pair_cap, item_cap;
    float *iou;
    uint64_t *target_used, *target_in, *tp, *beside;
    uint32_t *order;
    struct bx_sort_room sort;
    struct bx_near near;
    struct bx_near_row row;
    BX_APART;
};
struct job {
    const struct bx_scene *s;
    const uint32_t *image; /* of each detection */
    struct bx_groups groups;
    struct bx_sv *v;
    struct room *rooms;
    float threshold[T];
};
/* The targets and predictions of one class on one image. */
struct cell {
    const uint32_t *target, *prediction;
    size_t nt, np, k;
};

/* small < 1024 <= medium < 9216 <= large, and "all" */
static uint64_t sizes_of(double area)
{
    int size = area < 1024 ? BX_SIZE_SMALL : area < 9216 ? BX_SIZE_MEDIUM : BX_SIZE_LARGE;
    return LANE | LANE << (LANES * size);
}

static uint64_t lanes_of(const struct job *job, float iou)
{
    uint64_t w = 0;
    for (unsigned t = 0; t < T; t++)
        w |= (uint64_t)(iou >= job->threshold[t]) << t;
    return w | w << LANES | w << 2 * LANES | w << 3 * LANES;
}

static void need_items(struct room *r, size_t n)
{
    if (n <= r->item_cap)
        return;
    r->iou = bx_xrealloc(r->iou, n, sizeof *r->iou);
    r->target_used = bx_xrealloc(r->target_used, n, sizeof *r->target_used);
    r->target_in = bx_xrealloc(r->target_in, n, sizeof *r->target_in);
    r->tp = bx_xrealloc(r->tp, n, sizeof *r->tp);
    r->beside = bx_xrealloc(r->beside, n, sizeof *r->beside);
    r->order = bx_xrealloc(r->order, n, sizeof *r->order);
    r->item_cap = n;
}

static void room_free(struct room *r)
{
    free(r->pair);
    free(r->iou);
    free(r->target_used);
    free(r->target_in);
    free(r->tp);
    free(r->beside);
    free(r->order);
    bx_sort_room_free(&r->sort);
    bx_near_free(&r->near);
    bx_near_row_free(&r->row);
}

static size_t find_pairs(const struct job *job, const struct cell *c, struct room *r)
{
    size_t n = 0;
    bx_near_make_long(&r->near, job->s, c->target, c->nt);
    for (size_t p = 0; c->nt && p < c->np; p++) {
        bx_near_row(&r->near, job->s, c->prediction[p], c->target, c->nt, &r->row);
        bx_scene_iou32(job->s, c->prediction[p], r->row.ann, r->row.n, LEAST_IOU, r->iou);
        for (size_t i = 0; i < r->row.n; i++) {
            if (!(r->iou[i] >= job->threshold[0]))
                continue;
            r->pair = bx_grow(r->pair, &r->pair_cap, n + 1, sizeof *r->pair);
            r->pair[n++] = (struct pair){r->iou[i], (uint32_t)bx_near_place(&r->near, &r->row, i), (uint32_t)p, lanes_of(job, r->iou[i])};
        }
    }
    return n;
}

static int best_first(const void *pa, const void *pb)
{
    const struct pair *a = pa, *b = pb;
    if (a->iou != b->iou)
        return a->iou > b->iou ? -1 : 1;
    if (a->target != b->target)
        return a->target < b->target ? -1 : 1;
    return a->prediction < b->prediction ? -1 : a->prediction > b->prediction;
}

/* First with the targets of the size in question, then the still free predictions with the others. */
static void assign(const struct cell *c, struct room *r, size_t npairs)
{
    memset(r->target_used, 0, c->nt * sizeof *r->target_used);
    memset(r->tp, 0, c->np * sizeof *r->tp);
    memset(r->beside, 0, c->np * sizeof *r->beside);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < npairs; i++) {
            const struct pair *p = &r->pair[i];
            uint64_t take = p->lanes & ~r->target_used[p->target] & ~r->tp[p->prediction] & ~r->beside[p->prediction];
            take &= pass ? ~r->target_in[p->target] : r->target_in[p->target];
            r->target_used[p->target] |= take;
            if (pass)
                r->beside[p->prediction] |= take;
            else
                r->tp[p->prediction] |= take;
        }
}

static void add_lanes(uint32_t *counts, size_t stride, uint64_t bits)
{
    for (; bits; bits &= bits - 1) {
        size_t b = (size_t)__builtin_ctzll(bits);
        counts[b / LANES * stride + b % LANES]++;
    }
}

static void count(const struct job *job, const struct cell *c, struct room *r)
{
    struct bx_sv *v = job->v;
    size_t stride = v->K * T;
    uint32_t *tp = v->tp + c->k * T, *fp = v->fp + c->k * T, *fn = v->fn + c->k * T;
    uint64_t any = 0;
    for (size_t t = 0; t < c->nt; t++) {
        for (size_t b = 0; b < BX_NSIZES; b++)
            v->support[b * v->K + c->k] += (uint32_t)(r->target_in[t] >> (LANES * b) & 1);
        add_lanes(fn, stride, r->target_in[t]);
        any |= r->target_in[t];
    }
    for (size_t p = 0; p < c->np; p++) {
        uint64_t wrong = sizes_of(bx_scene_size(job->s, c->prediction[p])) & ~r->tp[p] & ~r->beside[p];
        add_lanes(tp, stride, r->tp[p]);
        add_lanes(fp, stride, wrong);
        any |= r->tp[p] | wrong;
    }
    for (size_t b = 0; b < BX_NSIZES; b++)
        if (any >> (LANES * b) & LANE)
            v->present[b * v->K + c->k] = 1;
}

/* Average recall: by descending score, each prediction takes the free target of highest IoU, of equals the later. */
static void recall(const struct job *job, const struct cell *c, struct room *r, size_t npairs)
{
    struct bx_sv *v = job->v;
    size_t stride = v->K * T;
    for (size_t t = 0; t < c->nt; t++) {
        if (job->s->t->ann_flags[c->target[t]] & (BX_ANN_CROWD | BX_ANN_IGNORE))
            r->target_in[t] = 0;
        for (size_t b = 0; b < BX_NSIZES; b++)
            v->targets[b * v->K + c->k] += (uint32_t)(r->target_in[t] >> (LANES * b) & 1);
    }
    if (!npairs)
        return;
    memcpy(r->order, c->prediction, c->np * sizeof *r->order);
    bx_sort_by_score32(r->order, c->np, job->s->d->score, &r->sort);
    memset(r->target_used, 0, c->nt * sizeof *r->target_used);
    for (uint32_t rank = 0; rank < c->np && rank < limits[BX_SV_LIMITS - 1]; rank++) {
        uint64_t open = EVERYWHERE, hit = 0;
        bx_scene_iou32(job->s, r->order[rank], c->target, c->nt, LEAST_IOU, r->iou);
        while (open) {
            size_t best = SIZE_MAX;
            for (size_t t = 0; t < c->nt; t++)
                if (r->iou[t] >= job->threshold[0] && (best == SIZE_MAX || r->iou[t] >= r->iou[best]))
                    best = t;
            if (best == SIZE_MAX)
                break;
            uint64_t take = lanes_of(job, r->iou[best]) & r->target_in[best] & ~r->target_used[best] & open;
            r->target_used[best] |= take;
            hit |= take;
            open &= ~take;
            r->iou[best] = -1;
        }
        for (size_t m = 0; m < BX_SV_LIMITS; m++)
            if (rank < limits[m])
                add_lanes(v->hits + m * BX_NSIZES * stride + c->k * T, stride, hit);
    }
}

static void run_cell(const struct job *job, const struct cell *c, struct room *r)
{
    need_items(r, c->nt > c->np ? c->nt : c->np);
    for (size_t t = 0; t < c->nt; t++)
        r->target_in[t] = sizes_of(job->s->t->ann_area[c->target[t]]);
    size_t npairs = find_pairs(job, c, r);
    if (npairs > 1)
        qsort(r->pair, npairs, sizeof *r->pair, best_first);
    assign(c, r, npairs);
    count(job, c, r);
    recall(job, c, r, npairs);
}

static size_t run_length(const uint32_t *item, size_t n, const uint32_t *image_of, uint32_t image)
{
    size_t i = 0;
    while (i < n && image_of[item[i]] == image)
        i++;
    return i;
}

static void run_class(void *context, size_t k, size_t worker)
{
    struct job *job = context;
    const struct bx_groups *g = &job->groups;
    const struct bx_scene *s = job->s;
    const uint32_t *t = g->ann + g->ann_begin[k], *t_end = g->ann + g->ann_begin[k + 1];
    const uint32_t *p = g->det + g->det_begin[k], *p_end = g->det + g->det_begin[k + 1];
    while (t < t_end || p < p_end) {
        uint32_t image = t < t_end ? s->ann_image[*t] : UINT32_MAX;
        if (p < p_end && job->image[*p] < image)
            image = job->image[*p];
        struct cell c = {t, p, run_length(t, (size_t)(t_end - t), s->ann_image, image),
                         run_length(p, (size_t)(p_end - p), job->image, image), k};
        run_cell(job, &c, &job->rooms[worker]);
        t += c.nt;
        p += c.np;
    }
    struct bx_sv *v = job->v;
    for (size_t b = 0; b < BX_NSIZES; b++)
        for (size_t i = 0; i < T; i++) /* what was counted as missed were all targets */
            v->fn[(b * v->K + k) * T + i] -= v->tp[(b * v->K + k) * T + i];
}

void bx_sv_eval(const struct bx_scene *s, bool agnostic, int threads, struct bx_sv *v, struct bx_arena *a)
{
    static const double linspace[T] = {0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95};
    struct job job = {.s = s, .v = v, .image = bx_scene_images(s, a)};
    for (size_t t = 0; t < T; t++)
        job.threshold[t] = (float)linspace[t];
    bx_scene_groups(s, agnostic ? BX_ONE_CLASS : BX_BY_CLASS, false, &job.groups, a);
    size_t K = job.groups.nclasses, n = BX_NSIZES * K;
    *v = (struct bx_sv){K,
                        BX_NEW(a, uint32_t, n * T),
                        BX_NEW(a, uint32_t, n * T),
                        BX_NEW(a, uint32_t, n * T),
                        BX_NEW(a, uint32_t, n),
                        BX_NEW(a, uint8_t, n),
                        BX_NEW(a, uint32_t, BX_SV_LIMITS * n * T),
                        BX_NEW(a, uint32_t, n)};
    size_t workers = bx_workers(threads, K);
    job.rooms = bx_xrealloc(NULL, workers, sizeof *job.rooms);
    memset(job.rooms, 0, workers * sizeof *job.rooms);
    bx_parallel(workers, K, run_class, &job);
    for (size_t i = 0; i < workers; i++)
        room_free(&job.rooms[i]);
    free(job.rooms);
}

static double score(enum bx_sv_metric m, double tp, double fp, double fn)
{
    double n = m == BX_SV_F1 ? 2 * tp : tp;
    double d = m == BX_SV_F1 ? 2 * tp + fp + fn : m == BX_SV_PRECISION ? tp + fp : tp + fn;
    return d > 0 ? n / d : 0;
}

double bx_sv_class(const struct bx_sv *v, enum bx_sv_metric m, enum bx_size size, size_t k, size_t t)
{
    size_t i = ((size_t)size * v->K + k) * T + t;
    return score(m, v->tp[i], v->fp[i], v->fn[i]);
}

double bx_sv_overall(const struct bx_sv *v, enum bx_sv_metric m, enum bx_sv_averaging how, enum bx_size size, size_t t)
{
    double sum = 0, weight = 0, tp = 0, fp = 0, fn = 0;
    for (size_t k = 0; k < v->K; k++) {
        size_t c = (size_t)size * v->K + k;
        if (!v->present[c])
            continue;
        double w = how == BX_SV_WEIGHTED ? v->support[c] : 1;
        sum += bx_sv_class(v, m, size, k, t) * w;
        weight += w;
        tp += v->tp[c * T + t];
        fp += v->fp[c * T + t];
        fn += v->fn[c * T + t];
    }
    if (how == BX_SV_MICRO)
        return score(m, tp, fp, fn);
    return weight > 0 ? sum / weight : 0;
}

double bx_sv_class_recall(const struct bx_sv *v, size_t limit, enum bx_size size, size_t k, size_t t)
{
    size_t c = (size_t)size * v->K + k;
    return v->targets[c] ? (double)v->hits[(limit * BX_NSIZES * v->K + c) * T + t] / v->targets[c] : 0;
}

double bx_sv_mar(const struct bx_sv *v, size_t limit, enum bx_size size)
{
    double sum = 0;
    size_t n = 0;
    for (size_t k = 0; k < v->K; k++) {
        if (!v->targets[(size_t)size * v->K + k])
            continue;
        double mean = 0;
        for (size_t t = 0; t < T; t++)
            mean += bx_sv_class_recall(v, limit, size, k, t);
        sum += mean / T;
        n++;
    }
    return n ? sum / (double)n : 0;
}
