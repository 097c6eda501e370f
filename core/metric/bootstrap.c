/*
 * bootstrap.c: each class and range becomes a short program, the detections that count in order of score, which is run for many resamples
 * at once. Forward it counts; backward it meets each true positive with the best precision behind it. That is rounded to a multiple of
 * 2^-42, so that sums of it are exact in any order.
 */
#include "core/metric/bootstrap.h"
#include "core/base/parallel.h"
#include "core/metric/weights.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const bx_resampled_name[BX_RESAMPLED] = {"AP", "AP50", "AP75", "APs", "APm", "APl"};

enum { LANES = 64 }; /* resamples at a time: an image's weights are one cache line */

struct step { /* a detection that counts at one threshold at least; a bit each */
    uint32_t image;
    uint16_t seen, tp;
};
struct objects { /* of a class in an image */
    uint32_t image, n[BX_NSIZES];
};
struct class_of {
    size_t objects, nobjects;
    size_t step[BX_NSIZES], nsteps[BX_NSIZES];
};
struct job {
    const struct bx_coco *c;
    struct bx_bootstrap *out;
    struct class_of *of;
    struct step *steps;
    struct objects *objects;
    struct room *rooms;
    size_t nimages, half, three_quarters; /* thresholds; BX_COCO_ANY */
    uint64_t seed;
};
struct room {                                                          /* a worker's */
    uint8_t *w;                                                        /* [nimages][LANES] */
    int32_t common[LANES], seen[BX_LANES][LANES], tp[BX_LANES][LANES]; /* seen at all thresholds; at some */
    double npig[BX_NSIZES][LANES], level[BX_LANES][LANES], best[BX_LANES][LANES], sum[BX_LANES][LANES];
    int64_t total[BX_RESAMPLED][LANES]; /* in units of 2^-42 */
    int32_t classes[BX_NSIZES][LANES];
    BX_APART;
};

/* How many of the recall thresholds i * 0.01 are at most tp / npig; none for nothing found. */
static inline double reached(double tp, double npig)
{
    double x = tp / npig;
    int32_t i = (int32_t)(x * 100);
    i += (double)(i + 1) * 0.01 <= x;
    i -= (double)i * 0.01 > x;
    return tp > 0 ? (double)(i + 1) : 0;
}

static void forward(struct room *o, const struct step *p, size_t n, uint16_t all)
{
    memset(o->common, 0, sizeof o->common);
    memset(o->seen, 0, sizeof o->seen);
    memset(o->tp, 0, sizeof o->tp);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *w = o->w + (size_t)p[i].image * LANES;
        if (p[i].seen == all)
            for (size_t l = 0; l < LANES; l++)
                o->common[l] += w[l];
        else
            for (unsigned m = p[i].seen; m; m &= m - 1) {
                int32_t *seen = o->seen[__builtin_ctz(m)];
                for (size_t l = 0; l < LANES; l++)
                    seen[l] += w[l];
            }
        for (unsigned m = p[i].tp; m; m &= m - 1) {
            int32_t *tp = o->tp[__builtin_ctz(m)];
            for (size_t l = 0; l < LANES; l++)
                tp[l] += w[l];
        }
    }
}

/* A true positive and its copies at one threshold. Precision grows within them, so the last one's is that of all. One that is not there in
 * a resample adds nothing: what precision it would have is below that of the true positive before it. */
static void meet(struct room *o, unsigned t, const uint8_t *w, const double *npig)
{
    int32_t *tp = o->tp[t];
    const int32_t *seen = o->seen[t], *common = o->common;
    double *best = o->best[t], *sum = o->sum[t], *level = o->level[t];
    for (size_t l = 0; l < LANES; l++) {
        double p = (double)tp[l] / ((double)(seen[l] + common[l]) + DBL_EPSILON);
        double b = (p > best[l] ? p : best[l]) + 1536 - 1536;
        int32_t before = tp[l] - w[l];
        double u = reached((double)before, npig[l]);
        sum[l] += (level[l] - u) * b;
        best[l] = b;
        level[l] = u;
        tp[l] = before;
    }
}

static void backward(struct room *o, const struct step *p, size_t n, uint16_t all, size_t nt, const double *npig)
{
    memset(o->best, 0, sizeof o->best);
    memset(o->sum, 0, sizeof o->sum);
    for (size_t t = 0; t < nt; t++)
        for (size_t l = 0; l < LANES; l++)
            o->level[t][l] = reached((double)o->tp[t][l], npig[l]);
    for (size_t i = n; i-- > 0;) {
        const uint8_t *w = o->w + (size_t)p[i].image * LANES;
        for (unsigned m = p[i].tp; m; m &= m - 1)
            meet(o, (unsigned)__builtin_ctz(m), w, npig);
        if (p[i].seen == all)
            for (size_t l = 0; l < LANES; l++)
                o->common[l] -= w[l];
        else
            for (unsigned m = p[i].seen; m; m &= m - 1) {
                int32_t *seen = o->seen[__builtin_ctz(m)];
                for (size_t l = 0; l < LANES; l++)
                    seen[l] -= w[l];
            }
    }
}

static void count_objects(const struct job *job, struct room *o, const struct class_of *k)
{
    memset(o->npig, 0, sizeof o->npig);
    for (size_t i = 0; i < k->nobjects; i++) {
        const struct objects *g = &job->objects[k->objects + i];
        for (size_t z = 0; z < BX_NSIZES; z++)
            for (size_t l = 0; g->n[z] && l < LANES; l++)
                o->npig[z][l] += (double)g->n[z] * o->w[(size_t)g->image * LANES + l];
    }
}

static void add_class(const struct job *job, struct room *o, size_t k, size_t z, size_t first)
{
    static const enum bx_resampled ap[BX_NSIZES] = {BX_RE_AP, BX_RE_APS, BX_RE_APM, BX_RE_APL};
    const struct bx_coco *c = job->c;
    double *each = z == BX_SIZE_ALL && job->out->class_ap ? job->out->class_ap[k] : NULL;
    for (size_t l = 0; l < LANES; l++) {
        int64_t total = 0;
        bool there = o->npig[z][l] > 0;
        for (size_t t = 0; there && t < c->T; t++) {
            int64_t s = (int64_t)(o->sum[t][l] * 0x1p42);
            total += s;
            if (z == BX_SIZE_ALL && (t == job->half || t == job->three_quarters))
                o->total[t == job->half ? BX_RE_AP50 : BX_RE_AP75][l] += s;
        }
        o->total[ap[z]][l] += total;
        o->classes[z][l] += there;
        if (each && first + l < job->out->n)
            each[first + l] = there ? (double)total * 0x1p-42 / (double)(BX_RECALLS * c->T) : (double)NAN;
    }
}

static void run_block(void *context, size_t block, size_t worker)
{
    const struct job *job = context;
    struct room *o = &job->rooms[worker];
    struct bx_bootstrap *out = job->out;
    const size_t first = block * LANES, nt = job->c->T;
    const uint16_t all = (uint16_t)((1u << nt) - 1);
    if (!o->w)
        o->w = bx_xrealloc(NULL, job->nimages + 1, LANES);
    bx_weights(job->seed, job->nimages, first, LANES, o->w, LANES);
    memset(o->total, 0, sizeof o->total);
    memset(o->classes, 0, sizeof o->classes);
    for (size_t k = 0; k < out->K; k++) {
        const struct class_of *of = &job->of[k];
        if (!of->nobjects)
            continue;
        count_objects(job, o, of);
        for (size_t z = 0; z < BX_NSIZES; z++) {
            double npig[LANES];
            if (!job->c->npig[z * out->K + k])
                continue;
            for (size_t l = 0; l < LANES; l++)
                npig[l] = o->npig[z][l] > 0 ? o->npig[z][l] : 1;
            forward(o, job->steps + of->step[z], of->nsteps[z], all);
            backward(o, job->steps + of->step[z], of->nsteps[z], all, nt, npig);
            add_class(job, o, k, z, first);
        }
    }
    static const enum bx_size size[BX_RESAMPLED] = {[BX_RE_APS] = BX_SIZE_SMALL, [BX_RE_APM] = BX_SIZE_MEDIUM, [BX_RE_APL] = BX_SIZE_LARGE};
    for (size_t i = 0; i < BX_RESAMPLED; i++)
        for (size_t l = 0; l < LANES && first + l < out->n; l++) {
            const bool one = i == BX_RE_AP50 || i == BX_RE_AP75, absent = isnan(out->estimate[i]);
            const double cells = (double)o->classes[size[i]][l] * BX_RECALLS * (one ? 1 : (double)nt);
            out->value[i][first + l] = cells > 0 && !absent ? (double)o->total[i][l] * 0x1p-42 / cells : (double)NAN;
        }
}

/* Annotations that count, by class and image. */
static void gather_objects(const struct bx_scene *s, struct job *job, struct bx_arena *a)
{
    const struct bx_testset *t = s->t;
    uint32_t *by_class = BX_NEW(a, uint32_t, s->ng);
    size_t *begin = BX_NEW(a, size_t, t->nclasses + 1), n = 0;
    bx_group_by(NULL, s->ng, t->ann_class, t->nclasses, begin, by_class);
    job->objects = BX_NEW_LARGE(a, struct objects, s->ng);
    for (size_t k = 0; k < t->nclasses; k++) {
        job->of[k].objects = n;
        for (size_t i = begin[k]; i < begin[k + 1]; i++) {
            const uint32_t g = by_class[i];
            if (t->ann_flags[g] & (BX_ANN_IGNORE | BX_ANN_CROWD))
                continue;
            if (n == job->of[k].objects || job->objects[n - 1].image != s->ann_image[g])
                job->objects[n++] = (struct objects){.image = s->ann_image[g]};
            for (size_t z = 0; z < BX_NSIZES; z++)
                job->objects[n - 1].n[z] += !(t->ann_area[g] < bx_size_range[z][0] || t->ann_area[g] > bx_size_range[z][1]);
        }
        job->of[k].nobjects = n - job->of[k].objects;
        for (size_t i = job->of[k].objects; i < n; i++)
            for (size_t z = 0; z < BX_NSIZES; z++)
                job->out->images[z][k] += job->objects[i].n[z] > 0;
    }
}

/* What follows the last true positive changes nothing. */
static void write_programs(const struct bx_scene *s, struct job *job, struct bx_arena *a)
{
    const struct bx_coco *c = job->c;
    const uint32_t *image = bx_scene_images(s, a);
    const uint64_t full = (UINT64_C(1) << c->T) - 1;
    size_t n = 0, cap = 0;
    for (size_t k = 0; k < c->K; k++)
        for (size_t z = 0; z < BX_NSIZES; z++) {
            size_t last = n;
            job->of[k].step[z] = n;
            for (size_t i = c->match_begin[k]; c->npig[z * c->K + k] && i < c->match_begin[k + 1]; i++) {
                const uint32_t d = c->match_det[i];
                if (c->matches[0].place[d].within >= c->M)
                    continue;
                struct bx_met met = bx_match_of(&c->matches[0], d);
                uint16_t tp = (uint16_t)(met.tp >> (BX_LANES * z) & full), seen = (uint16_t)(~(met.out >> (BX_LANES * z)) & full);
                if (!seen)
                    continue;
                if (n == cap)
                    job->steps = bx_xrealloc(job->steps, cap = cap ? 2 * cap : 4096, sizeof *job->steps);
                job->steps[n++] = (struct step){image[d], seen, tp};
                last = tp ? n : last;
            }
            n = last;
            job->of[k].nsteps[z] = n - job->of[k].step[z];
        }
}

static void take_estimates(const struct job *job)
{
    const struct bx_coco *c = job->c;
    const size_t t[] = {job->half, job->three_quarters};
    for (size_t i = 0; i < BX_RESAMPLED; i++) {
        double *e = &job->out->estimate[i];
        if (i == BX_RE_AP50 || i == BX_RE_AP75)
            *e = t[i - BX_RE_AP50] == BX_COCO_ANY ? -1 : bx_coco_ap(c, t[i - BX_RE_AP50], BX_SIZE_ALL, -1);
        else
            *e = bx_coco_ap(c, BX_COCO_ANY, i == BX_RE_AP ? BX_SIZE_ALL : (enum bx_size)(BX_SIZE_SMALL + (i - BX_RE_APS)), -1);
        if (*e < 0)
            *e = NAN;
    }
}

void bx_bootstrap(const struct bx_scene *s, const struct bx_coco *c, uint64_t seed, size_t resamples, bool classes, int threads,
                  struct bx_bootstrap *out, struct bx_arena *a)
{
    struct bx_arena scratch = {0};
    struct job job = {.c = c, .out = out, .nimages = s->nimages, .seed = seed};
    *out = (struct bx_bootstrap){.n = resamples, .K = c->K};
    for (size_t i = 0; i < BX_RESAMPLED; i++)
        out->value[i] = BX_NEW(a, double, resamples);
    for (size_t z = 0; z < BX_NSIZES; z++)
        out->images[z] = BX_NEW(a, size_t, c->K);
    out->class_ap = classes ? BX_NEW(a, double *, c->K) : NULL;
    for (size_t k = 0; classes && k < c->K; k++)
        out->class_ap[k] = c->npig[k] ? BX_NEW(a, double, resamples) : NULL;
    job.half = bx_coco_threshold(c, 0.5);
    job.three_quarters = bx_coco_threshold(c, 0.75);
    job.of = BX_NEW(&scratch, struct class_of, c->K);
    take_estimates(&job);
    gather_objects(s, &job, &scratch);
    write_programs(s, &job, &scratch);
    const size_t blocks = (resamples + LANES - 1) / LANES, workers = bx_workers(threads, blocks);
    job.rooms = bx_xrealloc(NULL, workers, sizeof *job.rooms);
    for (size_t i = 0; i < workers; i++)
        job.rooms[i].w = NULL;
    bx_parallel(workers, blocks, run_block, &job);
    for (size_t i = 0; i < workers; i++)
        free(job.rooms[i].w);
    free(job.rooms);
    free(job.steps);
    bx_arena_release(&scratch);
}

bool bx_bootstrap_rough(const struct bx_bootstrap *b, enum bx_resampled what)
{
    static const enum bx_size size[BX_RESAMPLED] = {[BX_RE_APS] = BX_SIZE_SMALL, [BX_RE_APM] = BX_SIZE_MEDIUM, [BX_RE_APL] = BX_SIZE_LARGE};
    size_t with = 0, enough = 0;
    for (size_t k = 0; k < b->K; k++) {
        with += b->images[size[what]][k] > 0;
        enough += b->images[size[what]][k] >= BX_ENOUGH_IMAGES;
    }
    return 2 * enough < with;
}
