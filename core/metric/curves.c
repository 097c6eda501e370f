/* curves.c: what each confidence threshold would give. */
#include "core/metric/curves.h"
#include <math.h>
#include <string.h>

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
    uint8_t *v = BX_NEW(a, uint8_t, s->nd);
    unsigned bit = (unsigned)(BX_LANES * (size_t)size + t);
    for (size_t i = 0; i < c->match_begin[c->K]; i++)
        v[c->match_det[i]] = c->match_tp[i] >> bit & 1 ? BX_TRUE_POSITIVE : c->match_out[i] >> bit & 1 ? BX_NOT_COUNTED : BX_FALSE_POSITIVE;
    return v;
}

/* Sums over classes that change one at a time: a binary tree, so that the sum is always that of the current values in one fixed order. */
struct tree {
    size_t leaves;
    double *at; /* at[1] is the root */
};

static struct tree tree_new(size_t n, struct bx_arena *a)
{
    size_t leaves = 1;
    while (leaves < n)
        leaves *= 2;
    return (struct tree){leaves, BX_NEW(a, double, 2 * leaves)};
}

static void tree_set(struct tree *t, size_t i, double v)
{
    i += t->leaves;
    t->at[i] = v;
    for (i /= 2; i; i /= 2)
        t->at[i] = t->at[2 * i] + t->at[2 * i + 1];
}

static size_t counted_detections(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, uint32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->match_begin[c->K]; i++) {
        uint32_t d = c->match_det[i];
        if (verdicts[d] != BX_NOT_COUNTED && !isnan(s->d->score[d]))
            out[n++] = d;
    }
    return n;
}

static size_t first_best(const double *v, size_t n)
{
    size_t best = n ? 0 : SIZE_MAX;
    for (size_t i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    return best;
}

void bx_confidence(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size, struct bx_confidence_curve *out,
                   struct bx_arena *a)
{
    const size_t *npig = c->npig + (size_t)size * c->K;
    uint32_t *order = BX_NEW(a, uint32_t, c->match_begin[c->K]);
    size_t n = counted_detections(s, c, verdicts, order), classes = 0;
    struct bx_sort_room room = {0};
    bx_sort_by_score(order, n, s->d->score, &room);
    bx_sort_room_free(&room);
    size_t points = 0;
    for (size_t i = 0; i < n; i++)
        points += i + 1 == n || s->d->score[order[i]] != s->d->score[order[i + 1]];
    double **columns[] = {&out->score, &out->precision, &out->recall, &out->f1, &out->micro_precision, &out->micro_recall, &out->micro_f1};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        *columns[i] = BX_NEW(a, double, points);
    struct bx_counts *by_class = BX_NEW(a, struct bx_counts, c->K), all = {0, 0, 0};
    for (size_t k = 0; k < c->K; k++) {
        by_class[k].fn = npig[k];
        all.fn += npig[k];
        classes += npig[k] > 0;
    }
    struct tree p = tree_new(c->K, a), r = tree_new(c->K, a), f = tree_new(c->K, a);
    double over = classes ? (double)classes : 1;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t d = order[i];
        size_t k = c->K == 1 ? 0 : s->det_class[d];
        struct bx_counts *mine = &by_class[k];
        bool hit = verdicts[d] == BX_TRUE_POSITIVE;
        mine->tp += hit;
        mine->fp += !hit;
        mine->fn -= hit;
        all.tp += hit;
        all.fp += !hit;
        all.fn -= hit;
        if (npig[k]) {
            tree_set(&p, k, bx_counts_precision(mine));
            tree_set(&r, k, bx_counts_recall(mine));
            tree_set(&f, k, bx_counts_f1(mine));
        }
        if (i + 1 < n && s->d->score[d] == s->d->score[order[i + 1]])
            continue;
        out->score[at] = s->d->score[d];
        out->precision[at] = p.at[1] / over;
        out->recall[at] = r.at[1] / over;
        out->f1[at] = f.at[1] / over;
        out->micro_precision[at] = bx_counts_precision(&all);
        out->micro_recall[at] = bx_counts_recall(&all);
        out->micro_f1[at] = bx_counts_f1(&all);
        at++;
    }
    out->n = points;
    out->best = first_best(out->f1, points);
    out->micro_best = first_best(out->micro_f1, points);
}

struct bx_counts *bx_counts_at(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size, double confidence,
                               struct bx_arena *a)
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

bool bx_class_max_f1(const struct bx_scene *s, const struct bx_coco *c, const uint8_t *verdicts, enum bx_size size, size_t k, double *f1, double *confidence)
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
