/* curves.c: what each confidence threshold would give. */
#include "core/metric/curves.h"
#include <math.h>
#include <string.h>

#define AHEAD 24

double bx_counts_precision(const struct bx_counts *n)
{
    return n->tp ? (double)n->tp / (double)(n->tp + n->fp) : 0;
}

double bx_counts_recall(const struct bx_counts *n)
{
    return n->tp ? (double)n->tp / (double)(n->tp + n->fn) : 0;
}

double bx_counts_f1(const struct bx_counts *n)
{
    return n->tp ? 2 * (double)n->tp / (double)(2 * n->tp + n->fp + n->fn) : 0;
}

uint8_t *bx_verdicts(const struct bx_scene *s, const struct bx_coco *c, size_t t, enum bx_size size, struct bx_arena *a)
{
    const size_t at_once = BX_RANGES - 1, block = size ? ((size_t)size - 1) / at_once : 0, range = (size_t)size - block * at_once;
    const struct bx_matches *m = &c->matches[block];
    uint8_t *v = BX_NEW(a, uint8_t, s->nd);
    unsigned bit = (unsigned)(BX_LANES * range + t);
    for (size_t d = 0; d < s->nd; d++)
        if (m->place[d].hit) {
            const struct bx_met *met = &m->met[m->place[d].hit - 1];
            v[d] = met->tp >> bit & 1 ? BX_TRUE_POSITIVE : met->out >> bit & 1 ? BX_NOT_COUNTED : BX_FALSE_POSITIVE;
        } else
            v[d] = m->place[d].ranges >> range & 1 ? BX_FALSE_POSITIVE : BX_NOT_COUNTED;
    return v;
}

/* Sums over classes that change one at a time, in whole units of a power of two: exact in any order, so that the same counts always give
 * the same sum. 2^49 units to 1, or fewer where so many classes would be more than 63 bits hold. */
static double units_to_one(size_t classes)
{
    double units = 0x1p49;
    while (units * (double)classes > 0x1p62)
        units /= 2;
    return units;
}

struct sums {
    int64_t precision, recall, f1;
};

static struct sums sums_of(const struct bx_counts *n, bool all, double units)
{
    struct sums s = {0, 0, (int64_t)(bx_counts_f1(n) * units)};
    if (all) {
        s.precision = (int64_t)(bx_counts_precision(n) * units);
        s.recall = (int64_t)(bx_counts_recall(n) * units);
    }
    return s;
}

static void count_one(struct bx_counts *n, bool hit)
{
    n->tp += hit;
    n->fp += !hit;
    n->fn -= hit;
}

static void put_point(struct bx_confidence_curve *out, const struct bx_confidence_point *p)
{
    if (out->best == SIZE_MAX || p->f1 > out->max.f1) {
        out->best = out->n;
        out->max = *p;
    }
    if (out->micro_best == SIZE_MAX || p->micro_f1 > out->micro_max.micro_f1) {
        out->micro_best = out->n;
        out->micro_max = *p;
    }
    if (out->point)
        out->point[out->n] = *p;
    out->n++;
}

void bx_confidence(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size, bool points,
                   struct bx_confidence_curve *out, struct bx_arena *a)
{
    const size_t *npig = c->npig + (size_t)size * c->K;
    const double *score = s->d->score;
    const uint32_t *order = c->order;
    size_t n = c->norder, classes = 0;
    while (n && isnan(score[order[n - 1]]))
        n--;
    *out = (struct bx_confidence_curve){.best = SIZE_MAX, .micro_best = SIZE_MAX};
    if (points)
        out->point = BX_NEW_LARGE(a, struct bx_confidence_point, n); /* at most; what is not used takes no memory */
    struct bx_counts *by_class = BX_NEW(a, struct bx_counts, c->K), all = {0, 0, 0};
    struct sums *of_class = BX_NEW(a, struct sums, c->K), sum = {0, 0, 0};
    for (size_t k = 0; k < c->K; k++) {
        by_class[k].fn = npig[k];
        all.fn += npig[k];
        classes += npig[k] > 0;
    }
    const double units = units_to_one(c->K), over = 1 / units / (double)(classes ? classes : 1);
    bool counted = false; /* has any detection of this score counted */
    for (size_t i = 0; i < n; i++) {
        uint32_t d = order[i];
        if (i + AHEAD < n) {
            __builtin_prefetch(&score[order[i + AHEAD]]);
            __builtin_prefetch(&s->det_class[order[i + AHEAD]]);
            __builtin_prefetch(&verdicts[order[i + AHEAD]]);
        }
        size_t k = c->K == 1 ? 0 : s->det_class[d];
        if (verdicts[d] != BX_NOT_COUNTED) {
            bool hit = verdicts[d] == BX_TRUE_POSITIVE;
            count_one(&by_class[k], hit);
            count_one(&all, hit);
            counted = true;
            if (npig[k] && by_class[k].tp) { /* before the first hit all three stay 0 */
                struct sums now = sums_of(&by_class[k], points, units);
                sum.precision += now.precision - of_class[k].precision;
                sum.recall += now.recall - of_class[k].recall;
                sum.f1 += now.f1 - of_class[k].f1;
                of_class[k] = now;
            }
        }
        if (!counted || (i + 1 < n && score[d] == score[order[i + 1]]))
            continue;
        counted = false;
        struct bx_confidence_point p = {.score = score[d], .precision = NAN, .recall = NAN, .micro_precision = NAN, .micro_recall = NAN};
        p.f1 = (double)sum.f1 * over;
        p.micro_f1 = bx_counts_f1(&all);
        if (points) {
            p.precision = (double)sum.precision * over;
            p.recall = (double)sum.recall * over;
            p.micro_precision = bx_counts_precision(&all);
            p.micro_recall = bx_counts_recall(&all);
        }
        put_point(out, &p);
    }
}

double bx_counts_macro(const struct bx_coco *c, enum bx_size size, const struct bx_counts *n, double (*f)(const struct bx_counts *))
{
    double sum = 0;
    size_t classes = 0;
    for (size_t k = 0; k < c->K; k++)
        if (c->npig[(size_t)size * c->K + k]) {
            sum += f(&n[k]);
            classes++;
        }
    return classes ? sum / (double)classes : (double)NAN;
}

struct bx_counts *bx_counts_at(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size,
                               double confidence, struct bx_arena *a)
{
    struct bx_counts *out = BX_NEW(a, struct bx_counts, c->K);
    for (size_t k = 0; k < c->K; k++) {
        for (size_t i = c->match_begin[k]; i < c->match_begin[k + 1]; i++) {
            uint32_t d = c->match_det[i];
            if (!(s->d->score[d] >= confidence))
                break;
            out[k].tp += verdicts[d] == BX_TRUE_POSITIVE;
            out[k].fp += verdicts[d] == BX_FALSE_POSITIVE;
        }
        out[k].fn = c->npig[(size_t)size * c->K + k] - out[k].tp;
    }
    return out;
}

bool bx_class_max_f1(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size, size_t k, double *f1,
                     double *confidence)
{
    struct bx_counts n = {0, 0, c->npig[(size_t)size * c->K + k]};
    bool found = false;
    if (!n.fn)
        return false;
    for (size_t i = c->match_begin[k]; i < c->match_begin[k + 1]; i++) {
        uint32_t d = c->match_det[i];
        double score = s->d->score[d];
        if (isnan(score))
            break;
        if (verdicts[d] == BX_NOT_COUNTED)
            continue;
        bool hit = verdicts[d] == BX_TRUE_POSITIVE;
        n.tp += hit;
        n.fp += !hit;
        n.fn -= hit;
        bool last_of_score = true;
        for (size_t j = i + 1; j < c->match_begin[k + 1] && s->d->score[c->match_det[j]] == score && last_of_score; j++)
            last_of_score = verdicts[c->match_det[j]] == BX_NOT_COUNTED;
        if (last_of_score && (!found || bx_counts_f1(&n) > *f1)) {
            *f1 = bx_counts_f1(&n);
            *confidence = score;
            found = true;
        }
    }
    return found;
}
