/* bootstrap.c: 64 resamples side by side; a class's detections are gone through forwards for totals and backwards for precision. */
#include "core/metric/bootstrap.h"
#include "core/base/parallel.h"
#include "core/metric/curves.h"
#include "core/metric/weights.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LANES 64
#define UNIT  0x1p-42 /* of precision, and so of its sums */

/* A detection that counts at some threshold. */
struct step {
    uint32_t image; /* its row of weights */
    uint16_t seen, tp;
};
/* One class in one range of sizes: its detections in order of score up to the last true positive, and what there is to find. */
struct program {
    struct step *step;
    size_t n;
    uint32_t *image, *objects; /* [nimages] rows of weights, and objects that count there */
    size_t nimages;
};
/* What a block of resamples comes to, summed over the classes that one worker had. */
struct sums {
    int64_t ap[1 + BX_COCO_SIZES][LANES], at50[LANES], at75[LANES];
    uint32_t classes[1 + BX_COCO_SIZES][LANES];
    int64_t f1[LANES], precision[LANES], recall[LANES]; /* in units, too */
    uint64_t tp[LANES], fp[LANES], fn[LANES];
    uint32_t counted[LANES]; /* classes with objects at IoU 0.5 */
};
struct room {
    struct sums sums;
    int32_t common[LANES], npig[LANES]; /* detections seen, but for the exceptions */
    int32_t except[BX_LANES][LANES];    /* of each threshold */
    double found[BX_LANES][LANES];
    double envelope[BX_LANES][LANES], reached[BX_LANES][LANES], sum[BX_LANES][LANES];
    BX_APART;
};
struct job {
    const struct bx_scene *s;
    const struct bx_coco *c, *half;
    const struct bx_boot_options *o;
    const uint32_t *image_of; /* [nd] */
    struct program *program;  /* [A][K] */
    struct program *counts;   /* [K] at IoU 0.5 and from the confidence on: seen, and found */
    size_t t50, t75, half_t;
    uint8_t *weight; /* [images of the whole][LANES] */
    struct room *rooms;
    struct bx_boot *out;
    size_t b0, lanes;
};

static uint32_t row_of(const struct job *j, size_t image)
{
    return j->o->image ? j->o->image[image] : (uint32_t)image;
}

/* Of a range: the matches that keep it, and its lane there. */
static const struct bx_matches *matches_of(const struct bx_coco *c, size_t range, unsigned *shift)
{
    size_t set = range ? (range - 1) / (BX_RANGES - 1) : 0;
    *shift = (unsigned)(BX_LANES * (range ? 1 + (range - 1) % (BX_RANGES - 1) : 0));
    return &c->matches[set];
}

static bool counts(const struct job *j, const struct bx_coco *c, size_t range, size_t g)
{
    const size_t per = BX_RANGES - 1, set = range ? (range - 1) / per : 0;
    return bx_match_counts(j->s, &c->rules[set], g) >> (range ? 1 + (range - 1) % per : 0) & 1;
}

static struct step step_of(const struct job *j, const struct bx_coco *c, uint32_t d, size_t range)
{
    unsigned shift;
    const struct bx_matches *m = matches_of(c, range, &shift);
    const struct bx_met met = bx_match_of(m, d);
    const uint16_t full = (uint16_t)(m->everywhere >> shift);
    return (struct step){row_of(j, j->image_of[d]), (uint16_t)(~(met.out >> shift) & full), (uint16_t)(met.tp >> shift & full)};
}

static void find_steps(const struct job *j, size_t k, size_t range, struct program *p, struct bx_arena *a)
{
    const struct bx_coco *c = j->c;
    const uint32_t *det = c->match_det + c->match_begin[k];
    size_t n = c->match_begin[k + 1] - c->match_begin[k], last = 0;
    unsigned shift;
    const struct bx_place *place = matches_of(c, range, &shift)->place;
    p->step = bx_alloc_large(a, n, sizeof *p->step);
    for (size_t i = 0; i < n; i++) {
        if (place[det[i]].within >= c->M)
            continue;
        struct step x = step_of(j, c, det[i], range);
        if (x.seen)
            p->step[p->n++] = x;
        last = x.tp ? p->n : last;
    }
    p->n = last;
}

/* Image by image; twice, because each class's list is as long as it is. */
static void find_objects(const struct job *j, const struct bx_coco *c, size_t range, struct program *of, struct bx_arena *a)
{
    const struct bx_testset *t = j->s->t;
    const size_t K = c->K;
    uint32_t *count = BX_NEW(a, uint32_t, K), *touched = BX_NEW(a, uint32_t, K);
    size_t *cap = BX_NEW(a, size_t, K);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < j->s->nimages; i++) {
            size_t n = 0;
            for (size_t g = t->ann_begin[i]; g < t->ann_begin[i + 1]; g++) {
                size_t k = K == 1 && t->nclasses != 1 ? 0 : t->ann_class[g];
                if (counts(j, c, range, g) && !count[k]++)
                    touched[n++] = (uint32_t)k;
            }
            for (size_t x = 0; x < n; x++) {
                struct program *p = &of[touched[x]];
                if (pass) {
                    p->image[p->nimages] = row_of(j, i);
                    p->objects[p->nimages++] = count[touched[x]];
                } else
                    cap[touched[x]]++;
                count[touched[x]] = 0;
            }
        }
        for (size_t k = 0; k < K && !pass; k++) {
            of[k].image = BX_NEW(a, uint32_t, cap[k]);
            of[k].objects = BX_NEW(a, uint32_t, cap[k]);
        }
    }
}

/* How many of the recall thresholds i * 0.01 are not above tp / npig; none before the first true positive. In f64 throughout, without a
 * branch: it is done for 64 resamples at once. */
static inline double thresholds_reached(double tp, double npig)
{
    double x = tp / npig, i = (double)(int32_t)(x * 100);
    i -= i * 0.01 > x ? 1. : 0.;
    i += (i + 1) * 0.01 <= x ? 1. : 0.;
    i = i > BX_RECALLS - 1 ? BX_RECALLS - 1 : i;
    return tp > 0 ? i + 1 : 0;
}

static void count_objects(const struct job *j, const struct program *p, int32_t *npig)
{
    memset(npig, 0, LANES * sizeof *npig);
    for (size_t i = 0; i < p->nimages; i++) {
        const uint8_t *w = j->weight + (size_t)p->image[i] * LANES;
        for (int l = 0; l < LANES; l++)
            npig[l] += (int32_t)(p->objects[i] * w[l]);
    }
}

/* Forwards: how often each threshold has seen and found something once all is gone through. */
static void add_up(const struct job *j, const struct program *p, size_t T, struct room *r)
{
    const uint16_t full = (uint16_t)((1u << T) - 1);
    memset(r->common, 0, sizeof r->common);
    memset(r->except, 0, T * sizeof *r->except);
    memset(r->found, 0, T * sizeof *r->found);
    for (size_t i = 0; i < p->n; i++) {
        const struct step x = p->step[i];
        const uint8_t *w = j->weight + (size_t)x.image * LANES;
        for (int l = 0; l < LANES; l++)
            r->common[l] += w[l];
        for (unsigned rest = full & ~x.seen; rest; rest &= rest - 1)
            for (int l = 0, t = __builtin_ctz(rest); l < LANES; l++)
                r->except[t][l] += w[l];
        for (unsigned rest = x.tp; rest; rest &= rest - 1)
            for (int l = 0, t = __builtin_ctz(rest); l < LANES; l++)
                r->found[t][l] += w[l];
    }
}

/* A true positive and its copies, the last of which has the highest precision of them: what they are worth at one threshold. */
static void take(struct room *r, unsigned t, const double *restrict npig, const double *restrict seen, const double *restrict w)
{
    double *restrict tp = r->found[t], *restrict envelope = r->envelope[t], *restrict reached = r->reached[t], *restrict sum = r->sum[t];
    const int32_t *restrict except = r->except[t];
    for (int l = 0; l < LANES; l++) {
        double p = tp[l] / (seen[l] - (double)except[l] + DBL_EPSILON), e = envelope[l];
        p = (p + 1536) - 1536; /* to whole units */
        p = p > e ? p : e;
        p = w[l] > 0 ? p : e;
        double before = tp[l] - w[l], u = thresholds_reached(before, npig[l]);
        sum[l] += (reached[l] - u) * p;
        envelope[l] = p;
        reached[l] = u;
        tp[l] = before;
    }
}

/* Backwards: the sum over recall thresholds of the highest precision from there on. */
static void go_back(const struct job *j, const struct program *p, size_t T, struct room *r)
{
    const uint16_t full = (uint16_t)((1u << T) - 1);
    double npig[LANES];
    for (int l = 0; l < LANES; l++)
        npig[l] = r->npig[l] ? r->npig[l] : 1;
    memset(r->sum, 0, T * sizeof *r->sum);
    memset(r->envelope, 0, T * sizeof *r->envelope);
    for (size_t t = 0; t < T; t++)
        for (int l = 0; l < LANES; l++)
            r->reached[t][l] = thresholds_reached(r->found[t][l], npig[l]);
    for (size_t i = p->n; i-- > 0;) {
        const struct step x = p->step[i];
        const uint8_t *w = j->weight + (size_t)x.image * LANES;
        double seen[LANES], weight[LANES];
        for (int l = 0; l < LANES && x.tp; l++) {
            seen[l] = r->common[l];
            weight[l] = w[l];
        }
        for (unsigned rest = x.tp; rest; rest &= rest - 1)
            take(r, (unsigned)__builtin_ctz(rest), npig, seen, weight);
        for (int l = 0; l < LANES; l++)
            r->common[l] -= w[l];
        for (unsigned rest = full & ~x.seen; rest; rest &= rest - 1)
            for (int l = 0, t = __builtin_ctz(rest); l < LANES; l++)
                r->except[t][l] -= w[l];
    }
}

static void add_class(const struct job *j, size_t k, size_t range, struct room *r)
{
    const size_t T = j->c->T;
    struct sums *s = &r->sums;
    double *of_class = range == BX_SIZE_ALL && j->out->of_class ? j->out->of_class[k] : NULL;
    for (int l = 0; l < LANES; l++) {
        if (!r->npig[l])
            continue;
        int64_t all = 0;
        for (size_t t = 0; t < T; t++)
            all += (int64_t)(r->sum[t][l] / UNIT);
        s->ap[range][l] += all;
        s->classes[range][l]++;
        if (range == BX_SIZE_ALL && j->t50 != BX_COCO_ANY)
            s->at50[l] += (int64_t)(r->sum[j->t50][l] / UNIT);
        if (range == BX_SIZE_ALL && j->t75 != BX_COCO_ANY)
            s->at75[l] += (int64_t)(r->sum[j->t75][l] / UNIT);
        if (of_class && (size_t)l < j->lanes)
            of_class[j->b0 + (size_t)l] = (double)all * UNIT / (double)(T * BX_RECALLS);
    }
}

static int64_t units(double x)
{
    return (int64_t)rint(x / UNIT);
}

/* Linear in the weights: an image that stands twice counts twice. */
static void add_counts(const struct job *j, size_t k, struct room *r)
{
    const struct program *p = &j->counts[k];
    struct sums *s = &r->sums;
    int32_t tp[LANES] = {0}, fp[LANES] = {0};
    count_objects(j, p, r->npig);
    for (size_t i = 0; i < p->n; i++) {
        const uint8_t *w = j->weight + (size_t)p->step[i].image * LANES;
        int32_t *to = p->step[i].tp ? tp : fp;
        for (int l = 0; l < LANES; l++)
            to[l] += w[l];
    }
    for (int l = 0; l < LANES; l++) {
        if (!r->npig[l])
            continue;
        const struct bx_counts n = {(uint64_t)tp[l], (uint64_t)fp[l], (uint64_t)(r->npig[l] - tp[l])};
        s->counted[l]++;
        s->f1[l] += units(bx_counts_f1(&n));
        s->precision[l] += units(bx_counts_precision(&n));
        s->recall[l] += units(bx_counts_recall(&n));
        s->tp[l] += n.tp;
        s->fp[l] += n.fp;
        s->fn[l] += n.fn;
    }
}

static void run_class(void *context, size_t k, size_t worker)
{
    const struct job *j = context;
    struct room *r = &j->rooms[worker];
    for (size_t range = 0; range < j->c->A; range++) {
        const struct program *p = &j->program[range * j->c->K + k];
        if (!p->nimages)
            continue;
        count_objects(j, p, r->npig);
        add_up(j, p, j->c->T, r);
        go_back(j, p, j->c->T, r);
        add_class(j, k, range, r);
    }
    if (j->counts && j->counts[k].nimages)
        add_counts(j, k, r);
}

static double mean(int64_t sum, uint64_t of)
{
    return of ? (double)sum * UNIT / (double)of : (double)NAN;
}

/* Whole numbers: the order of the workers is no matter. */
static void put_block(const struct job *j, size_t workers)
{
    struct bx_boot *out = j->out;
    const size_t T = j->c->T;
    for (size_t l = 0; l < j->lanes; l++) {
        const size_t b = j->b0 + l;
        int64_t sum[BX_BOOT_METRICS] = {0};
        uint64_t of[BX_BOOT_METRICS] = {0}, tp = 0, fp = 0, fn = 0;
        for (size_t w = 0; w < workers; w++) {
            const struct sums *s = &j->rooms[w].sums;
            for (size_t range = 0; range < j->c->A; range++) {
                size_t m = range ? BX_BOOT_SIZES + range - 1 : BX_BOOT_AP;
                sum[m] += s->ap[range][l];
                of[m] += (uint64_t)s->classes[range][l] * T * BX_RECALLS;
            }
            const int64_t more[BX_BOOT_SIZES] = {0, s->at50[l], s->at75[l], s->f1[l], s->precision[l], s->recall[l], 0};
            for (size_t m = BX_BOOT_AP50; m < BX_BOOT_SIZES; m++)
                sum[m] += more[m];
            of[BX_BOOT_AP50] += j->t50 == BX_COCO_ANY ? 0 : (uint64_t)s->classes[0][l] * BX_RECALLS;
            of[BX_BOOT_AP75] += j->t75 == BX_COCO_ANY ? 0 : (uint64_t)s->classes[0][l] * BX_RECALLS;
            for (size_t m = BX_BOOT_F1; m <= BX_BOOT_RECALL; m++)
                of[m] += s->counted[l];
            tp += s->tp[l];
            fp += s->fp[l];
            fn += s->fn[l];
        }
        for (size_t m = 0; m < out->nmetrics; m++)
            out->value[m][b] = mean(sum[m], of[m]);
        const struct bx_counts all = {tp, fp, fn};
        out->value[BX_BOOT_F1_MICRO][b] = of[BX_BOOT_F1] ? bx_counts_f1(&all) : (double)NAN;
    }
}

static void find_counts(struct job *j, struct bx_arena *a)
{
    const struct bx_coco *c = j->half;
    j->counts = BX_NEW(a, struct program, c->K);
    find_objects(j, c, BX_SIZE_ALL, j->counts, a);
    for (size_t k = 0; k < c->K; k++) {
        struct program *p = &j->counts[k];
        p->step = bx_alloc_large(a, c->match_begin[k + 1] - c->match_begin[k], sizeof *p->step);
        for (size_t i = c->match_begin[k]; i < c->match_begin[k + 1]; i++) {
            uint32_t d = c->match_det[i];
            struct step x = step_of(j, c, d, BX_SIZE_ALL);
            x.seen = x.seen >> j->half_t & 1;
            x.tp = x.tp >> j->half_t & 1;
            if (x.seen && j->s->d->score[d] >= j->o->confidence)
                p->step[p->n++] = x;
        }
    }
}

void bx_bootstrap(const struct bx_scene *s, const struct bx_coco *c, const struct bx_coco *half, const struct bx_boot_options *o,
                  struct bx_boot *out, struct bx_arena *a)
{
    struct bx_arena scratch = {0};
    struct job j = {.s = s, .c = c, .half = half, .o = o, .out = out};
    const size_t whole = o->whole ? o->whole : s->nimages, workers = bx_workers(o->threads, c->K);
    *out = (struct bx_boot){.B = o->resamples ? o->resamples : BX_RESAMPLES, .nmetrics = BX_BOOT_SIZES + c->A - 1, .K = c->K};
    for (size_t m = 0; m < out->nmetrics; m++)
        out->value[m] = BX_NEW(a, double, out->B);
    j.image_of = bx_scene_images(s, &scratch);
    j.t50 = bx_coco_threshold(c, 0.5);
    j.t75 = bx_coco_threshold(c, 0.75);
    j.half_t = bx_coco_threshold(half, 0.5);
    j.program = BX_NEW(&scratch, struct program, c->A * c->K);
    for (size_t range = 0; range < c->A; range++) {
        find_objects(&j, c, range, j.program + range * c->K, &scratch);
        for (size_t k = 0; k < c->K; k++)
            if (j.program[range * c->K + k].nimages)
                find_steps(&j, k, range, &j.program[range * c->K + k], &scratch);
    }
    if (!isnan(o->confidence))
        find_counts(&j, &scratch);
    if (o->classes)
        out->of_class = BX_NEW(a, double *, c->K);
    for (size_t k = 0; k < c->K && o->classes; k++) {
        if (!j.program[k].nimages)
            continue;
        out->of_class[k] = BX_NEW(a, double, out->B);
        for (size_t b = 0; b < out->B; b++)
            out->of_class[k][b] = NAN;
    }
    j.rooms = bx_alloc_large(&scratch, workers, sizeof *j.rooms);
    j.weight = bx_alloc_large(&scratch, whole * LANES, 1);
    for (j.b0 = 0; j.b0 < out->B && !(o->stop && *o->stop); j.b0 += LANES) {
        j.lanes = out->B - j.b0 < LANES ? out->B - j.b0 : LANES;
        bx_weights(o->seed, whole, (uint32_t)j.b0, LANES, j.weight);
        for (size_t w = 0; w < workers; w++)
            memset(&j.rooms[w].sums, 0, sizeof j.rooms[w].sums);
        bx_parallel(workers, c->K, run_class, &j);
        put_block(&j, workers);
    }
    bx_arena_release(&scratch);
}
