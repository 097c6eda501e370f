/* coco.c: classes over threads, precision and recall from the matches, and the means pycocotools prints. */
#include "core/metric/coco.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/parallel.h"
#include "core/metric/sums.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct bx_rules cocos = {0};
static const uint32_t coco_limits[3] = {1, 10, BX_RULES_LIMIT};
static const uint32_t no_limit[1] = {UINT32_MAX};

#define AHEAD 64 /* what is known of a detection is fetched before it is needed: they come in order of score */

/* The true positives of one range at each threshold: how many detections were counted up to each, and its index. */
struct hits {
    uint32_t *seen[BX_LANES], *place[BX_LANES];
    size_t n[BX_LANES], cap;
};

/* One worker: what it needs for a class. */
struct worker {
    struct hits hits[BX_RANGES];
    double *envelope;
    size_t envelope_cap;
    BX_APART;
};
struct job {
    const struct bx_scene *s;
    const struct bx_coco_options *o;
    struct bx_coco *c;
    const struct bx_matches *m;
    size_t *det_begin; /* [K + 1] */
    uint32_t *det;     /* by class, in descending order of score */
    struct worker *workers;
    size_t t0, nt; /* a block of thresholds */
    size_t a0, na; /* and of ranges: that of all, and na - 1 others from a0 + 1 on */
    size_t *npig;  /* [na][K] */
};

/* The plane's range, of a range of the block. */
static size_t range_of(const struct job *job, size_t a)
{
    return a ? job->a0 + a : BX_SIZE_ALL;
}

static void make_room(struct worker *w, size_t npig)
{
    if (npig <= w->envelope_cap)
        return;
    w->envelope = bx_xrealloc(w->envelope, npig, sizeof *w->envelope);
    w->envelope_cap = npig;
}

/* There are never more true positives than annotations that count. */
static void make_room_for_hits(struct hits *h, size_t npig)
{
    memset(h->n, 0, sizeof h->n);
    if (npig <= h->cap)
        return;
    for (size_t t = 0; t < BX_LANES; t++) {
        h->seen[t] = bx_xrealloc(h->seen[t], npig, sizeof *h->seen[t]);
        h->place[t] = bx_xrealloc(h->place[t], npig, sizeof *h->place[t]);
    }
    h->cap = npig;
}

static void worker_free(struct worker *w)
{
    for (size_t a = 0; a < BX_RANGES; a++)
        for (size_t t = 0; t < BX_LANES; t++) {
            free(w->hits[a].seen[t]);
            free(w->hits[a].place[t]);
        }
    free(w->envelope);
}

/* For each recall threshold i * 0.01 the number of true positives at which it is reached: the smallest n with n / npig >= threshold. */
static void recall_steps(size_t npig, size_t step[BX_RECALLS])
{
    for (size_t i = 0; i < BX_RECALLS; i++) {
        double threshold = (double)i * 0.01;
        size_t n = (size_t)(threshold * (double)npig);
        while (n > 0 && (double)(n - 1) / (double)npig >= threshold)
            n--;
        while ((double)n / (double)npig < threshold)
            n++;
        step[i] = n;
    }
}

struct curve_of { /* one class, range, limit and threshold */
    size_t plane;
    size_t at, columns; /* where recall 0 lies in the planes, and how far apart recalls are */
    size_t ntp;
    bool any;     /* is there a detection within the limit */
    size_t first; /* index of the first of them */
    const uint32_t *seen, *place;
};

static void sample_curve(struct bx_coco *c, const struct curve_of *v, const size_t step[BX_RECALLS], double *envelope, const uint32_t *det,
                         const double *score)
{
    double *precision = c->precision[v->plane], *scores = c->scores[v->plane];
    for (size_t i = v->ntp; i-- > 0;) {
        double p = (double)(i + 1) / ((double)v->seen[i] + DBL_EPSILON);
        envelope[i] = i + 1 < v->ntp && envelope[i + 1] > p ? envelope[i + 1] : p;
    }
    for (size_t r = 0; r < c->R; r++) {
        size_t n = step[r];
        double p = 0, sc = 0;
        if (n == 0 && v->any) { /* recall 0 is reached by the first detection, whatever it is */
            p = v->ntp ? envelope[0] : 0;
            sc = score[det[v->first]];
        } else if (n > 0 && n <= v->ntp) {
            p = envelope[n - 1];
            sc = score[det[v->place[n - 1]]];
        }
        precision[v->at + r * v->columns] = p;
        if (scores)
            scores[v->at + r * v->columns] = sc;
    }
}

struct slice { /* a class at one block of thresholds */
    size_t k, n;
    const uint32_t *det;
    size_t npig[BX_RANGES];
};

/* What a set of ranges adds to the count of each. */
static const uint32_t one_each[1 << BX_RANGES][BX_RANGES] = {
    {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 0}, {1, 0, 1, 0}, {0, 1, 1, 0}, {1, 1, 1, 0},
    {0, 0, 0, 1}, {1, 0, 0, 1}, {0, 1, 0, 1}, {1, 1, 0, 1}, {0, 0, 1, 1}, {1, 0, 1, 1}, {0, 1, 1, 1}, {1, 1, 1, 1}};

/* Where the true positives of a limit lie, for every range and threshold of the block, and how many detections counted before each: one
 * walk over the detections in order of score. A detection that meets nothing, as most do, costs one addition. */
static void find_hits(const struct job *job, struct worker *w, const struct slice *b, size_t limit)
{
    const struct bx_matches *m = job->m;
    uint64_t full = ((uint64_t)1 << job->nt) - 1;
    uint32_t common[BX_RANGES] = {0}, except[BX_RANGES][BX_LANES] = {{0}}; /* counted, but not at this threshold */
    for (size_t a = 0; a < job->na; a++)
        make_room_for_hits(&w->hits[a], b->npig[a]);
    for (size_t i = 0; i < b->n; i++) {
        uint32_t d = b->det[i];
        if (i + AHEAD < b->n)
            __builtin_prefetch(&m->place[b->det[i + AHEAD]]);
        const struct bx_place *p = &m->place[d];
        if (p->within > limit)
            continue;
        if (!p->hit) {
            for (size_t a = 0; a < BX_RANGES; a++)
                common[a] += one_each[p->ranges][a];
            continue;
        }
        struct bx_met met = m->met[p->hit - 1];
        for (size_t a = 0; a < job->na; a++) {
            uint64_t out = met.out >> (BX_LANES * a) & full, tp = met.tp >> (BX_LANES * a) & full;
            struct hits *h = &w->hits[a];
            if (out == full)
                continue;
            common[a]++;
            for (; out; out &= out - 1)
                except[a][__builtin_ctzll(out)]++;
            for (; tp; tp &= tp - 1) {
                size_t t = (size_t)__builtin_ctzll(tp);
                h->place[t][h->n[t]] = (uint32_t)i;
                h->seen[t][h->n[t]++] = common[a] - except[a][t];
            }
        }
    }
}

/* Where class k's recall at the block's threshold t lies in the planes of its range a. */
static size_t recall_at(const struct job *job, size_t a, size_t t, size_t k)
{
    const struct bx_coco *c = job->c;
    const size_t range = range_of(job, a);
    return (job->t0 + t) * c->columns[range] + c->column[range * c->K + k];
}

/* Recall alone needs the number of hits: for every range and limit in one pass over the detections that hit something. */
static void count_hits(const struct job *job, const struct slice *b)
{
    struct bx_coco *c = job->c;
    const struct bx_matches *m = job->m;
    if (c->M < 2)
        return;
    uint32_t(*hits)[BX_RANGES * BX_LANES] = bx_xrealloc(NULL, c->M, sizeof *hits); /* of each limit alone, without those below it */
    memset(hits, 0, c->M * sizeof *hits);
    for (size_t i = 0; i < b->n; i++) {
        uint32_t d = b->det[i];
        if (i + AHEAD < b->n)
            __builtin_prefetch(&m->place[b->det[i + AHEAD]]);
        const struct bx_place *p = &m->place[d];
        for (uint64_t tp = p->hit && p->within < c->M ? m->met[p->hit - 1].tp : 0; tp; tp &= tp - 1)
            hits[p->within][__builtin_ctzll(tp)]++;
    }
    for (size_t mi = 0; mi + 1 < c->M; mi++)
        for (size_t i = 0; i < BX_RANGES * BX_LANES; i++) {
            size_t a = i / BX_LANES, t = i % BX_LANES;
            hits[mi][i] += mi ? hits[mi - 1][i] : 0;
            if (a < job->na && t < job->nt && b->npig[a])
                c->recall[range_of(job, a) * c->M + mi][recall_at(job, a, t, b->k)] = (double)hits[mi][i] / (double)b->npig[a];
        }
    free(hits);
}

static void accumulate(const struct job *job, struct worker *w, const struct slice *b, size_t mi, size_t step[BX_RANGES][BX_RECALLS])
{
    struct bx_coco *c = job->c;
    size_t first = 0;
    while (first < b->n && job->m->place[b->det[first]].within > mi)
        first++;
    find_hits(job, w, b, mi);
    for (size_t a = 0; a < job->na; a++)
        for (size_t t = 0; b->npig[a] && t < job->nt; t++) {
            const struct hits *h = &w->hits[a];
            const size_t plane = range_of(job, a) * c->M + mi, n = c->columns[range_of(job, a)], at = recall_at(job, a, t, b->k);
            c->recall[plane][at] = (double)h->n[t] / (double)b->npig[a];
            struct curve_of v = {plane, at % n + (job->t0 + t) * c->R * n, n, h->n[t], first < b->n, first, h->seen[t], h->place[t]};
            sample_curve(c, &v, step[a], w->envelope, b->det, job->s->d->score);
        }
}

static void run_class(void *context, size_t k, size_t worker)
{
    const struct job *job = context;
    struct bx_coco *c = job->c;
    struct worker *w = &job->workers[worker];
    struct slice b = {.k = k, .n = job->det_begin[k + 1] - job->det_begin[k], .det = job->det + job->det_begin[k]};
    size_t step[BX_RANGES][BX_RECALLS];
    for (size_t a = 0; a < job->na; a++) {
        b.npig[a] = job->npig[a * c->K + k];
        if (b.npig[a])
            recall_steps(b.npig[a], step[a]);
    }
    if (!b.npig[BX_SIZE_ALL]) /* the range that holds the others */
        return;
    make_room(w, b.npig[BX_SIZE_ALL]);
    for (size_t mi = job->o->arrays ? 0 : c->M - 1; mi < c->M; mi++)
        accumulate(job, w, &b, mi, step);
    if (!job->o->arrays)
        count_hits(job, &b);
}

static double *undefined(struct bx_arena *a, size_t n)
{
    double *v = BX_NEW(a, double, n);
    for (size_t i = 0; i < n; i++)
        v[i] = -1;
    return v;
}

static void make_lists(struct bx_coco *c, struct bx_arena *a)
{
    size_t planes = c->A * c->M;
    c->precision = BX_NEW(a, double *, planes);
    c->scores = BX_NEW(a, double *, planes);
    c->recall = BX_NEW(a, double *, planes);
    c->npig = BX_NEW(a, size_t, c->A * c->K);
    c->columns = BX_NEW(a, size_t, c->A);
    c->column = BX_NEW(a, uint32_t, c->A * c->K);
}

/* The planes of a range, whose annotations have been counted: a file may name a million classes and have a few. */
static void make_planes(const struct bx_coco_options *o, struct bx_coco *c, size_t range, struct bx_arena *a)
{
    for (size_t k = range * c->K; k < (range + 1) * c->K; k++)
        c->column[k] = c->npig[k] ? (uint32_t)c->columns[range]++ : BX_COCO_NONE;
    size_t n = c->T * c->columns[range];
    for (size_t m = 0; m < c->M; m++) {
        size_t p = range * c->M + m;
        c->recall[p] = undefined(a, n);
        if (o->arrays || m == c->M - 1)
            c->precision[p] = undefined(a, n * c->R);
        if (o->arrays && !o->lvis)
            c->scores[p] = undefined(a, n * c->R);
    }
}

/* The columns of detections in their orders, and what becomes of each: 20 bytes a detection, of which sorting lends 16. Where they were
 * matched before they are sorted, all but `place` lie where the matched geometry lay. */
struct orders {
    uint32_t *all, *by_class;
    struct bx_by_image by_image;
    size_t *class_begin;
    struct bx_place *place;
    char *spent; /* [nd][SPENT] */
};

/* Does every image have its detections in descending order of score, as most programs write them, and none of a class that is unknown? */
static bool sorted_by_image(const struct bx_scene *s)
{
    const double *score = s->d->score;
    const size_t *begin = s->d->image_begin;
    for (size_t i = 0; i < s->nimages; i++)
        for (size_t d = begin[i]; d < begin[i + 1]; d++)
            if (s->det_class[d] >= s->t->nclasses || isnan(score[d]) || (d > begin[i] && score[d] > score[d - 1]))
                return false;
    return true;
}

/* The detections of the test set's classes, best first; of equal scores in pycocotools' order: by image, and within an image in the order
 * of the file, or with one class for all by class first. */
static void sort_detections(const struct bx_scene *s, struct bx_coco *c, const struct bx_coco_options *options, struct orders *o,
                            struct bx_arena *a)
{
    size_t n = s->nd;
    uint64_t *entry, *entry2;
    if (o->spent) {
        entry = (uint64_t *)(void *)o->spent;
        entry2 = entry + n;
        o->all = (uint32_t *)(entry2 + n);
        o->by_class = o->all + n;
    } else {
        _Static_assert(sizeof *o->place == sizeof(uint64_t), "places lie where entries to sort lay");
        entry = BX_NEW_LARGE(a, uint64_t, n);
        entry2 = BX_NEW_LARGE(a, uint64_t, n);
        o->all = BX_NEW_LARGE(a, uint32_t, n);
        o->place = (struct bx_place *)entry;
        o->by_class = (uint32_t *)entry2;
        o->by_image.det = o->by_class + n;
    }
    struct bx_sort_room room = {.entry = entry, .entry2 = entry2, .cap = n};
    if (options->agnostic) {
        struct bx_groups g;
        bx_scene_groups(s, BX_ONE_CLASS_COCO, true, &g, a);
        c->norder = g.det_begin[1];
        memcpy(o->all, g.det, c->norder * sizeof *o->all);
    } else
        for (size_t d = 0; d < s->nd; d++) {
            o->all[c->norder] = (uint32_t)d;
            c->norder += s->det_class[d] < s->t->nclasses;
        }
    bx_sort_by_score_parallel(o->all, c->norder, s->d->score, &room, options->threads);
}

static void group_detections(const struct bx_scene *s, const struct bx_coco *c, bool agnostic, struct orders *o, struct bx_arena *a)
{
    o->class_begin = BX_NEW(a, size_t, c->K + 1);
    o->by_image.det_begin = s->d->image_begin;
    if (o->spent || (!agnostic && sorted_by_image(s)))
        o->by_image.det = NULL;
    else {
        o->by_image.det_begin = BX_NEW(a, size_t, s->nimages + 1);
        bx_group_by(o->all, c->norder, bx_scene_images(s, a), s->nimages, o->by_image.det_begin, o->by_image.det);
    }
    if (agnostic) {
        o->class_begin[1] = c->norder;
        memcpy(o->by_class, o->all, c->norder * sizeof *o->by_class);
    } else
        bx_group_all_by(o->all, c->norder, s->det_class, s->nd, c->K, o->class_begin, o->by_class);
}

static void group_annotations(const struct bx_scene *s, struct bx_by_image *l, struct bx_arena *a)
{
    const struct bx_testset *t = s->t;
    uint32_t *by_class = BX_NEW(a, uint32_t, s->ng);
    bx_group_by(NULL, s->ng, t->ann_class, t->nclasses, BX_NEW(a, size_t, t->nclasses + 1), by_class);
    l->ann = BX_NEW(a, uint32_t, s->ng);
    l->ann_begin = BX_NEW(a, size_t, s->nimages + 1);
    bx_group_by(by_class, s->ng, s->ann_image, s->nimages, l->ann_begin, l->ann);
}

static void match_block(struct job *job, const struct orders *o, struct bx_matches *m, struct bx_arena *a)
{
    const struct bx_coco *c = job->c;
    struct bx_match_rules rules = {.nranges = job->na,
                                   .limits = c->max_dets,
                                   .nlimits = c->M,
                                   .beyond = job->o->matches,
                                   .crowds = !job->o->lvis,
                                   .agnostic = job->o->agnostic,
                                   .relative = job->o->relative,
                                   .niou = job->nt};
    memcpy(rules.iou, c->iou + job->t0, rules.niou * sizeof *rules.iou);
    memcpy(rules.range, bx_size_range, sizeof rules.range);
    for (size_t i = 1; job->o->sizes && i < job->na; i++) {
        const struct bx_size_bin *bin = &job->o->sizes[job->a0 + i - 1];
        rules.range[i][0] = bin->lo;
        rules.range[i][1] = bin->hi;
    }
    job->c->rules[m - c->matches] = rules;
    bx_match(job->s, &rules, &o->by_image, job->o->threads, m, job->npig, a);
    for (size_t i = 0; i < job->na; i++)
        memcpy(c->npig + range_of(job, i) * c->K, job->npig + i * c->K, c->K * sizeof *c->npig);
    job->m = m;
}

static void enter_block(struct job *job, size_t t0, size_t a0)
{
    const struct bx_coco *c = job->c;
    job->t0 = t0;
    job->a0 = a0;
    job->nt = c->T - t0 < BX_LANES ? c->T - t0 : BX_LANES;
    job->na = c->A - a0 < BX_RANGES ? c->A - a0 : BX_RANGES;
}

static void run_block(struct job *job, const struct orders *o, size_t workers, struct bx_arena *a, struct bx_arena *planes)
{
    struct bx_matches *m = &job->c->matches[job->a0 / (BX_RANGES - 1)];
    if (!o->spent) {
        m->place = job->a0 && job->o->matches ? BX_NEW_LARGE(a, struct bx_place, job->s->nd) : o->place;
        memset(m->place, 0, job->s->nd * sizeof *m->place);
        match_block(job, o, m, a);
    }
    for (size_t i = job->a0 ? 1 : 0; !job->t0 && i < job->na; i++)
        make_planes(job->o, job->c, range_of(job, i), planes);
    bx_parallel(workers, job->c->K, run_class, job);
}

/* A detection's geometry, as it lies in memory: room for two entries to sort and two indices. */
#define SPENT (2 * sizeof(uint64_t) + 2 * sizeof(uint32_t))
static void *geometry_of(const struct bx_detections *d)
{
    _Static_assert(4 * sizeof *d->box >= SPENT && sizeof *d->mask_text >= SPENT, "each holds what is put in its place");
    return !d->mask_text || !d->box_given ? (void *)d->box : d->mask_text; /* boxes that were not given beside masks are not there */
}

/* Most files have each image's detections best first: those can be matched as they lie, and then nothing but their scores and classes is
 * asked for. One time over all, that is. */
static void match_before_sorting(struct job *job, struct orders *o, struct bx_arena *a)
{
    const struct bx_scene *s = job->s;
    const struct bx_coco *c = job->c;
    if (!job->o->spend || job->o->agnostic || c->T > BX_LANES || c->A > BX_RANGES || !s->nd || !sorted_by_image(s))
        return;
    enter_block(job, 0, 0);
    o->by_image.det_begin = s->d->image_begin;
    job->c->matches[0].place = BX_NEW_LARGE(a, struct bx_place, s->nd);
    match_block(job, o, &job->c->matches[0], a);
    o->spent = geometry_of(s->d);
}

void bx_coco_rules(const struct bx_rules *r, struct bx_coco_options *o, uint32_t limits[3])
{
    if (bx_rules_own_ious(r))
        o->niou = bx_rules_ious(r, &o->iou);
    if (bx_rules_own_sizes(r)) {
        o->nsizes = bx_rules_sizes(r, &o->sizes);
        o->relative = r->relative;
    }
    o->lvis = r->lvis; /* the scene knows its limit */
    if (r->lvis || bx_rules_limit(r) == BX_RULES_LIMIT)
        return;
    for (size_t i = 0; i < 2 && coco_limits[i] < bx_rules_limit(r); i++)
        limits[o->nmax_dets++] = coco_limits[i];
    limits[o->nmax_dets++] = bx_rules_limit(r);
    o->max_dets = limits;
}

bool bx_coco_keeps(const struct bx_coco_options *o, double iou)
{
    const double *grid = o->iou;
    size_t n = o->iou ? o->niou : bx_rules_ious(&cocos, &grid);
    for (size_t t = 0; t < n && n <= BX_LANES; t++)
        if (grid[t] == iou)
            return true;
    return false;
}

void bx_coco_eval(const struct bx_scene *s, const struct bx_coco_options *o, struct bx_coco *c, struct bx_arena *a)
{
    struct job job = {.s = s, .o = o, .c = c};
    struct bx_arena scratch = {0};
    struct orders orders = {0};
    const uint32_t *limits = o->max_dets ? o->max_dets : o->lvis ? no_limit : coco_limits;
    const double *iou = o->iou;
    *c = (struct bx_coco){.T = o->iou ? o->niou : bx_rules_ious(&cocos, &iou), .R = BX_RECALLS, .A = o->sizes ? 1 + o->nsizes : BX_NSIZES};
    c->M = o->max_dets ? o->nmax_dets : o->lvis ? 1 : 3;
    c->iou = bx_memdup(a, iou, c->T * sizeof *c->iou);
    c->max_dets = bx_memdup(a, limits, c->M * sizeof *c->max_dets);
    c->K = o->agnostic ? 1 : s->t->nclasses;
    make_lists(c, a);
    struct bx_arena *kept = o->matches ? a : &scratch;
    job.npig = BX_NEW(&scratch, size_t, BX_RANGES * c->K);
    group_annotations(s, &orders.by_image, &scratch);
    match_before_sorting(&job, &orders, kept);
    sort_detections(s, c, o, &orders, kept);
    group_detections(s, c, o->agnostic, &orders, kept);
    job.det_begin = orders.class_begin;
    job.det = orders.by_class;
    size_t workers = bx_workers(o->threads, c->K);
    job.workers = bx_xrealloc(NULL, workers, sizeof *job.workers);
    memset(job.workers, 0, workers * sizeof *job.workers);
    for (size_t t0 = 0; t0 < c->T; t0 += BX_LANES)
        for (size_t a0 = 0; a0 == 0 || a0 + 1 < c->A; a0 += BX_RANGES - 1) {
            enter_block(&job, t0, a0);
            run_block(&job, &orders, workers, kept, a);
        }
    for (size_t i = 0; i < workers; i++)
        worker_free(&job.workers[i]);
    free(job.workers);
    if (!o->matches)
        memset(c->matches, 0, sizeof c->matches);
    else {
        c->order = orders.all;
        c->match_begin = orders.class_begin;
        c->match_det = orders.by_class;
    }
    bx_arena_release(&scratch);
}

const struct bx_coco *bx_coco_half(const struct bx_scene *s, const struct bx_coco_options *o, const struct bx_coco *c, struct bx_coco *own,
                                   struct bx_arena *a)
{
    struct bx_coco_options half = *o;
    if (c->match_begin && bx_coco_threshold(c, 0.5) != BX_COCO_ANY)
        return c;
    half.iou = &(const double){0.5};
    half.niou = 1;
    half.arrays = false;
    half.matches = true;
    bx_coco_eval(s, &half, own, a);
    return own;
}

double bx_coco_mean_precision(const struct bx_coco *c, size_t t0, size_t t1, size_t r, int64_t k)
{
    double sum = 0;
    size_t n = 0;
    for (size_t t = t0; t < t1; t++)
        for (size_t i = k < 0 ? 0 : (size_t)k; i < (k < 0 ? c->K : (size_t)k + 1); i++)
            if (c->npig[i]) {
                sum += bx_coco_precision(c, t, r, i);
                n++;
            }
    return n ? sum / (double)n : (double)NAN;
}

size_t bx_coco_threshold(const struct bx_coco *c, double iou)
{
    for (size_t t = 0; t < c->T; t++)
        if (c->iou[t] == iou)
            return t;
    return BX_COCO_ANY;
}

/* The defined values of a plane's rows, of the classes in ks (NULL: all), in C order. */
static double mean_of(const struct bx_coco *c, const double *v, size_t size, size_t rows, const size_t *ks, size_t nk)
{
    const size_t columns = c->columns[size];
    const uint32_t *column = c->column + size * c->K;
    double *room = bx_xrealloc(NULL, rows * (ks ? nk : columns), sizeof *room);
    size_t n = 0;
    if (!ks)
        for (size_t i = 0; i < rows * columns; i++) {
            room[n] = v[i];
            n += v[i] > -1;
        }
    else
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < nk; j++)
                if (column[ks[j]] != BX_COCO_NONE && v[i * columns + column[ks[j]]] > -1)
                    room[n++] = v[i * columns + column[ks[j]]];
    double mean = n ? bx_mean(room, n) : -1;
    free(room);
    return mean;
}

double bx_coco_ap(const struct bx_coco *c, size_t t, enum bx_size size, int64_t k)
{
    const double *plane = c->precision[(size_t)size * c->M + c->M - 1];
    size_t kk = (size_t)k, row = c->R * c->columns[size];
    return mean_of(c, t == BX_COCO_ANY ? plane : plane + t * row, size, (t == BX_COCO_ANY ? c->T : 1) * c->R, k < 0 ? NULL : &kk, 1);
}

double bx_coco_ap_of(const struct bx_coco *c, enum bx_size size, const size_t *ks, size_t nk)
{
    return mean_of(c, c->precision[(size_t)size * c->M + c->M - 1], size, c->T * c->R, ks, nk);
}

double bx_coco_ar(const struct bx_coco *c, enum bx_size size, size_t m, int64_t k)
{
    size_t kk = (size_t)k;
    return mean_of(c, c->recall[(size_t)size * c->M + m], size, c->T, k < 0 ? NULL : &kk, 1);
}

static void put_f64(unsigned char *p, double v)
{
    uint64_t b;
    memcpy(&b, &v, sizeof b);
    for (int i = 0; i < 8; i++)
        p[i] = (unsigned char)(b >> (8 * i));
}

void bx_coco_hash(const struct bx_coco *c, char which, char hex[65])
{
    double **planes = which == 'p' ? c->precision : which == 's' ? c->scores : c->recall;
    size_t rows = c->T * (which == 'r' ? 1 : c->R), np = c->A * c->M, fill = 0;
    struct bx_sha256 *sha = bx_sha256_new();
    unsigned char block[8192], digest[32];
    for (size_t i = 0; i < rows * c->K; i++)
        for (size_t p = 0, k = i % c->K, row = i / c->K; p < np; p++) {
            size_t range = p / c->M;
            uint32_t column = c->column[range * c->K + k];
            put_f64(block + fill, column == BX_COCO_NONE ? -1 : planes[p][row * c->columns[range] + column]);
            fill += 8;
            if (fill == sizeof block) {
                bx_sha256_add(sha, block, fill);
                fill = 0;
            }
        }
    bx_sha256_add(sha, block, fill);
    bx_sha256_end(sha, digest);
    bx_hex(hex, digest, 32);
}
