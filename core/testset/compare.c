/* compare.c: pairing two test sets, image by image, and measuring what is between them. */
#include "core/testset/compare.h"
#include "core/base/banned.h"
#include <math.h>

/* Annotations further apart than this, and without overlap, are not two readings of one object. */
#define NEAR_PIXELS 2.0
#define NONE        SIZE_MAX

struct compare {
    const struct bx_testset *t[2];
    struct bx_testset_diff *d;
    struct bx_arena *a;
    size_t *class_to; /* class of the first -> of the second */
    size_t *image_to; /* image of the first -> of the second */
};

struct keyed {
    const void *key;
    size_t i;
};
static int by_sha(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int c = memcmp(x->key, y->key, 32);
    return c ? c : (x->i > y->i) - (x->i < y->i);
}

/* Images with the same bytes are paired in order: the first with the first. */
static void pair_images(struct compare *c)
{
    struct keyed *s[2];
    for (int k = 0; k < 2; k++) {
        s[k] = BX_NEW(c->a, struct keyed, c->t[k]->nimages);
        for (size_t i = 0; i < c->t[k]->nimages; i++)
            s[k][i] = (struct keyed){c->t[k]->image_sha[i], i};
        qsort(s[k], c->t[k]->nimages, sizeof *s[k], by_sha);
    }
    size_t at[2] = {0, 0}, n[2] = {c->t[0]->nimages, c->t[1]->nimages};
    size_t first[2] = {NONE, NONE};
    while (at[0] < n[0] || at[1] < n[1]) {
        int order = at[0] == n[0] ? 1 : at[1] == n[1] ? -1 : memcmp(s[0][at[0]].key, s[1][at[1]].key, 32);
        if (!order) {
            c->image_to[s[0][at[0]++].i] = s[1][at[1]++].i;
            c->d->images_both++;
            continue;
        }
        int k = order < 0 ? 0 : 1;
        size_t i = s[k][at[k]++].i;
        c->d->images_only[k]++;
        first[k] = i < first[k] ? i : first[k];
    }
    for (int k = 0; k < 2; k++)
        c->d->image_only[k] = first[k] == NONE ? NULL : c->t[k]->image_file[first[k]];
    size_t last = 0;
    for (size_t i = 0; i < n[0]; i++) {
        size_t j = c->image_to[i];
        if (j == NONE)
            continue;
        c->d->image_order = c->d->image_order || j < last;
        last = j;
        c->d->renamed += strcmp(c->t[0]->image_file[i], c->t[1]->image_file[j]) != 0;
        c->d->resized += c->t[0]->image_w[i] != c->t[1]->image_w[j] || c->t[0]->image_h[i] != c->t[1]->image_h[j];
    }
}

static int by_name(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : (x->i > y->i) - (x->i < y->i);
}

static void pair_classes(struct compare *c)
{
    struct keyed *s[2];
    for (int k = 0; k < 2; k++) {
        s[k] = BX_NEW(c->a, struct keyed, c->t[k]->nclasses);
        for (size_t i = 0; i < c->t[k]->nclasses; i++)
            s[k][i] = (struct keyed){c->t[k]->class_name[i], i};
        qsort(s[k], c->t[k]->nclasses, sizeof *s[k], by_name);
    }
    size_t at[2] = {0, 0}, n[2] = {c->t[0]->nclasses, c->t[1]->nclasses};
    while (at[0] < n[0] || at[1] < n[1]) {
        int order = at[0] == n[0] ? 1 : at[1] == n[1] ? -1 : strcmp(s[0][at[0]].key, s[1][at[1]].key);
        if (!order) {
            c->class_to[s[0][at[0]++].i] = s[1][at[1]++].i;
            c->d->classes_both++;
            continue;
        }
        int k = order < 0 ? 0 : 1;
        const char *name = s[k][at[k]++].key;
        if (!c->d->classes_only[k]++)
            c->d->class_only[k] = name;
    }
    size_t last = 0;
    for (size_t i = 0; i < n[0]; i++)
        if (c->class_to[i] != NONE) {
            c->d->class_order = c->d->class_order || c->class_to[i] < last;
            last = c->class_to[i];
        }
}

/* The largest difference of any corner coordinate. */
static double apart(const double *p, const double *q)
{
    double d = 0;
    for (int i = 0; i < 2; i++) {
        d = fmax(d, fabs(p[i] - q[i]));
        d = fmax(d, fabs(p[i] + p[i + 2] - (q[i] + q[i + 2])));
    }
    return d;
}
static bool overlap(const double *p, const double *q)
{
    return p[0] < q[0] + q[2] && q[0] < p[0] + p[2] && p[1] < q[1] + q[3] && q[1] < p[1] + p[3];
}

static void deviates(struct compare *c, struct bx_deviation *v, double by, size_t image, size_t k, size_t m)
{
    v->n++;
    v->sum += by;
    if (by > v->largest) {
        v->largest = by;
        v->where = bx_printf(c->a, "%s, annotation %lld of the first and %lld of the second", c->t[0]->image_file[image],
                             (long long)c->t[0]->ann_id[k], (long long)c->t[1]->ann_id[m]);
    }
}

static void measure(struct compare *c, size_t image, size_t k, size_t m)
{
    const struct bx_testset *s = c->t[0], *t = c->t[1];
    c->d->paired++;
    deviates(c, &c->d->box, apart(s->ann_box + 4 * k, t->ann_box + 4 * m), image, k, m);
    double a = s->ann_area[k], b = t->ann_area[m], most = fmax(fabs(a), fabs(b));
    deviates(c, &c->d->area, most > 0 ? fabs(a - b) / most : 0, image, k, m);
    if (s->ann_mask && t->ann_mask && s->ann_mask[k].h && t->ann_mask[m].h)
        deviates(c, &c->d->mask, 1 - bx_rle_iou(&s->ann_mask[k], &t->ann_mask[m], false), image, k, m);
    uint8_t seen = BX_ANN_KEPT;
    if ((s->ann_flags[k] & seen) != (t->ann_flags[m] & seen) && !c->d->flags++)
        c->d->flags_at = bx_printf(c->a, "%s, annotation %lld of the first", s->image_file[image], (long long)s->ann_id[k]);
}

/* The nearest annotation of the second that is of the same class and not yet taken. */
static size_t nearest(const struct compare *c, size_t k, size_t from, size_t to, const bool *taken)
{
    const double *box = c->t[0]->ann_box + 4 * k;
    size_t best = NONE;
    double least = INFINITY;
    for (size_t m = from; m < to; m++) {
        const double *other = c->t[1]->ann_box + 4 * m;
        if (taken[m - from] || c->t[1]->ann_class[m] != c->class_to[c->t[0]->ann_class[k]])
            continue;
        double d = apart(box, other);
        if (d < least && (d <= NEAR_PIXELS || overlap(box, other))) {
            least = d;
            best = m;
        }
    }
    return best;
}

static void lone(struct compare *c, int which, size_t image, size_t k)
{
    if (!c->d->unpaired[which]++)
        c->d->unpaired_at[which] =
            bx_printf(c->a, "%s, annotation %lld", c->t[which]->image_file[image], (long long)c->t[which]->ann_id[k]);
}

static void compare_image(struct compare *c, size_t i, size_t j)
{
    const struct bx_testset *s = c->t[0], *t = c->t[1];
    size_t from = t->ann_begin[j], to = t->ann_begin[j + 1], last = 0;
    struct bx_arena scratch = {0};
    bool *taken = BX_NEW(&scratch, bool, to - from), reordered = false;
    for (size_t k = s->ann_begin[i]; k < s->ann_begin[i + 1]; k++) {
        size_t m = nearest(c, k, from, to, taken);
        if (m == NONE) {
            lone(c, 0, i, k);
            continue;
        }
        taken[m - from] = true;
        reordered = reordered || m < last;
        last = m;
        measure(c, i, k, m);
    }
    for (size_t m = from; m < to; m++)
        if (!taken[m - from])
            lone(c, 1, j, m);
    c->d->reordered += reordered;
    bx_arena_release(&scratch);
}

static bool digests(struct compare *c, struct bx_err *e)
{
    for (int g = 0; g < BX_NGEOMETRIES; g++) {
        char one[BX_DIGEST_SIZE], two[BX_DIGEST_SIZE];
        enum bx_geometry geometry = (enum bx_geometry)g;
        if (!bx_testset_has(c->t[0], geometry) || !bx_testset_has(c->t[1], geometry))
            continue;
        if (!bx_testset_digest(c->t[0], geometry, one, e) || !bx_testset_digest(c->t[1], geometry, two, e))
            return false;
        c->d->digest[g] = true;
        c->d->same_digest[g] = !strcmp(one, two);
    }
    return true;
}

bool bx_testset_compare(const struct bx_testset *a, const struct bx_testset *b, struct bx_testset_diff *d, struct bx_arena *arena,
                        struct bx_err *e)
{
    *d = (struct bx_testset_diff){.annotations = {a->nanns, b->nanns}};
    if (!a->image_sha || !b->image_sha)
        return bx_fail(e, BX_DATA, "test sets are compared by their images, and they were not looked at");
    struct compare c = {{a, b}, d, arena, BX_NEW(arena, size_t, a->nclasses), BX_NEW(arena, size_t, a->nimages)};
    for (size_t i = 0; i < a->nclasses; i++)
        c.class_to[i] = NONE;
    for (size_t i = 0; i < a->nimages; i++)
        c.image_to[i] = NONE;
    pair_classes(&c);
    pair_images(&c);
    for (size_t i = 0; i < a->nimages; i++)
        if (c.image_to[i] != NONE)
            compare_image(&c, i, c.image_to[i]);
    return digests(&c, e);
}
