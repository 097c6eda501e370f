/* ultralytics.c: what counts, which detection finds which label, and what is confused with what, image by image. */
#include "core/metric/ultralytics.h"
#include "core/base/parallel.h"
#include "core/metric/order.h"
#include "core/metric/ul_box.h"
#include "core/metric/ul_curves.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define T BX_UL_THRESHOLDS

struct room {
    struct bx_arena a; /* of one image */
    struct bx_sort_room sort;
    BX_APART;
};
struct job {
    const struct bx_scene *s;
    const struct bx_ul_options *o;
    struct bx_ul *u;
    size_t *begin;    /* [nimages + 1] places in `label` */
    uint32_t *label;  /* annotations that count, by image; of masks the largest first */
    uint32_t *kept;   /* [nd] from each image's first place on: its detections that count, best first */
    size_t *nkept;    /* [nimages] */
    uint16_t *right;  /* [nd] thresholds at which the detection found a label */
    uint32_t *met[2]; /* [nd] at both confidences: the class that the detection was matched with, or NOTHING */
    bool *missed[2];  /* [labels] */
    struct room *rooms;
    float threshold[T];
    atomic_size_t refused; /* the first image whose masks differ in size, or SIZE_MAX */
};
#define NOTHING UINT32_MAX

/* Box, oriented box or mask of a label or a detection. */
struct shape {
    float x1, y1, x2, y2, area;
    struct bx_ul_box box;
    struct bx_rle mask;
    uint32_t pixels;
};

static bool same_pixels(const struct bx_rle *p, const struct bx_rle *q, struct bx_arena *a)
{
    if (p->h != q->h || p->w != q->w || bx_rle_area(p) != bx_rle_area(q))
        return false;
    struct bx_rle x = bx_rle_made_plain(p, a), y = bx_rle_made_plain(q, a);
    return x.n == y.n && !memcmp(x.counts, y.counts, x.n * sizeof *x.counts);
}

/* A label's shape as numbers: of a mask what its pixels have, which only tells where to look. */
struct told {
    double key[8];
    uint32_t class, label;
};
static int by_shape(const void *pa, const void *pb)
{
    const struct told *p = pa, *q = pb;
    if (p->class != q->class)
        return p->class < q->class ? -1 : 1;
    for (int i = 0; i < 8; i++)
        if (p->key[i] != q->key[i])
            return p->key[i] < q->key[i] ? -1 : 1;
    return p->label < q->label ? -1 : p->label > q->label;
}

static struct told tell(const struct bx_scene *s, uint32_t g)
{
    const struct bx_testset *t = s->t;
    struct told x = {.class = t->ann_class[g], .label = g};
    if (s->in.geometry == BX_GEOM_OBB)
        memcpy(x.key, t->ann_obb + 8 * (size_t)g, 8 * sizeof *x.key);
    else
        memcpy(x.key, (s->in.geometry == BX_GEOM_MASK ? s->ann_hull : t->ann_box) + 4 * (size_t)g, 4 * sizeof *x.key);
    if (s->in.geometry == BX_GEOM_MASK)
        x.key[4] = bx_rle_area(&t->ann_mask[g]);
    return x;
}

static bool alike(const struct told *p, const struct told *q)
{
    for (int i = 0; i < 8; i++)
        if (p->key[i] != q->key[i])
            return false;
    return p->class == q->class;
}

/* No crowds, no boxes without an extent, and of repeated labels the first: what is left of one image, at `out`. */
static size_t labels_of(const struct bx_scene *s, size_t image, uint32_t *out, struct bx_arena *a)
{
    const struct bx_testset *t = s->t;
    size_t n = 0, from = t->ann_begin[image], kept = 0;
    struct told *list = BX_NEW(a, struct told, t->ann_begin[image + 1] - from);
    bool *repeated = BX_NEW(a, bool, t->ann_begin[image + 1] - from);
    for (size_t g = from; g < t->ann_begin[image + 1]; g++) {
        const double *box = t->ann_box + 4 * g;
        if (!(t->ann_flags[g] & BX_ANN_CROWD) && (s->in.geometry == BX_GEOM_OBB || (box[2] > 0 && box[3] > 0)))
            list[n++] = tell(s, (uint32_t)g);
        else
            repeated[g - from] = true;
    }
    qsort(list, n, sizeof *list, by_shape);
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k-- > 0 && !repeated[list[i].label - from] && alike(&list[k], &list[i]);)
            repeated[list[i].label - from] =
                s->in.geometry != BX_GEOM_MASK || same_pixels(&t->ann_mask[list[k].label], &t->ann_mask[list[i].label], a);
    for (size_t g = from; g < t->ann_begin[image + 1]; g++)
        if (!repeated[g - from])
            out[kept++] = (uint32_t)g;
    return kept;
}

static void find_labels(struct job *j, struct bx_arena *a)
{
    const struct bx_scene *s = j->s;
    struct bx_arena scratch = {0};
    j->begin = BX_NEW(a, size_t, s->nimages + 1);
    j->label = BX_NEW(a, uint32_t, s->ng);
    j->u->most = 300;
    for (size_t i = 0; i < s->nimages; i++) {
        size_t n = labels_of(s, i, j->label + j->begin[i], &scratch);
        j->begin[i + 1] = j->begin[i] + n;
        j->u->most = n > j->u->most ? n : j->u->most;
        bx_arena_release(&scratch);
    }
    j->u->labels = j->begin[s->nimages];
}

/* Above the limit, of known classes, best first, no more than `most`. */
static void keep(struct job *j, size_t image, struct room *r)
{
    const struct bx_scene *s = j->s;
    size_t first = s->d->image_begin[image], n = 0;
    for (size_t d = first; d < s->d->image_begin[image + 1]; d++)
        if (s->det_class[d] < s->t->nclasses && (float)s->d->score[d] > (float)j->u->least)
            j->kept[first + n++] = (uint32_t)d;
    bx_sort_by_score32(j->kept + first, n, s->d->score, &r->sort);
    j->nkept[image] = n < j->u->most ? n : j->u->most;
}

static uint32_t class_of_label(const struct job *j, uint32_t g)
{
    return j->o->single_class ? 0 : j->s->t->ann_class[g];
}
static uint32_t class_of_detection(const struct job *j, uint32_t d)
{
    return j->o->single_class ? 0 : j->s->det_class[d];
}

static void set_corners(struct shape *x, const double box[4])
{
    x->x1 = (float)box[0];
    x->y1 = (float)box[1];
    x->x2 = (float)(box[0] + box[2]);
    x->y2 = (float)(box[1] + box[3]);
    x->area = (x->x2 - x->x1) * (x->y2 - x->y1);
}

static struct bx_rle mask_of(const struct bx_scene *s, uint32_t d, struct bx_arena *a)
{
    if (!s->d->mask_text)
        return bx_rle_made_plain(&s->d->mask[d], a);
    const struct bx_rle_text *t = &s->d->mask_text[d];
    struct bx_rle m = bx_rle_text_counts(t, BX_NEW(a, uint32_t, t->n));
    return t->plain ? m : bx_rle_made_plain(&m, a);
}

static struct bx_rle without(const struct bx_rle *m, const struct bx_rle *covered, struct bx_arena *a)
{
    uint32_t *counts = BX_NEW(a, uint32_t, covered->n + 1);
    bool first = covered->n && !covered->counts[0];
    if (covered->n)
        memcpy(counts + !first, covered->counts + first, (covered->n - first) * sizeof *counts);
    struct bx_rle both[2] = {*m, {covered->h, covered->w, first ? covered->n - 1 : covered->n + 1, counts}};
    return bx_rle_merge(both, 2, true, a);
}

struct sized {
    uint32_t pixels, label;
    size_t place;
};
static int largest_first(const void *pa, const void *pb)
{
    const struct sized *p = pa, *q = pb;
    if (p->pixels != q->pixels)
        return p->pixels > q->pixels ? -1 : 1;
    return p->place < q->place ? -1 : 1;
}

/* Smaller labels are painted over larger ones, of whatever class; each keeps what is seen of it. */
static void paint(struct job *j, uint32_t *label, struct shape *shape, size_t n, struct bx_arena *a)
{
    struct sized *order = BX_NEW(a, struct sized, n);
    struct bx_rle covered = {0};
    for (size_t i = 0; i < n; i++) {
        const struct bx_rle *m = &j->s->t->ann_mask[label[i]];
        order[i] = (struct sized){bx_rle_area(m), label[i], i};
    }
    if (!j->o->whole_masks)
        qsort(order, n, sizeof *order, largest_first);
    for (size_t i = n; i-- > 0;) {
        struct bx_rle m = bx_rle_made_plain(&j->s->t->ann_mask[order[i].label], a);
        label[i] = order[i].label;
        shape[i].mask = m;
        if (!j->o->whole_masks && covered.h == m.h && covered.w == m.w) {
            struct bx_rle seen = without(&m, &covered, a), both[2] = {m, covered};
            shape[i].mask = bx_rle_made_plain(&seen, a);
            covered = bx_rle_merge(both, 2, false, a);
        } else
            covered = m;
        shape[i].pixels = bx_rle_area(&shape[i].mask);
    }
}

static struct shape *label_shapes(struct job *j, size_t image, struct bx_arena *a)
{
    uint32_t *label = j->label + j->begin[image];
    size_t n = j->begin[image + 1] - j->begin[image];
    struct shape *out = BX_NEW(a, struct shape, n);
    if (j->s->in.geometry == BX_GEOM_MASK)
        paint(j, label, out, n, a);
    for (size_t i = 0; i < n; i++)
        if (j->s->in.geometry == BX_GEOM_OBB)
            out[i].box = bx_ul_box(j->s->t->ann_obb + 8 * (size_t)label[i]);
        else if (j->s->in.geometry == BX_GEOM_BOX)
            set_corners(&out[i], j->s->t->ann_box + 4 * (size_t)label[i]);
    return out;
}

static struct shape detection_shape(const struct job *j, uint32_t d, struct bx_arena *a)
{
    struct shape x = {0};
    if (j->s->in.geometry == BX_GEOM_MASK) {
        x.mask = mask_of(j->s, d, a);
        x.pixels = bx_rle_area(&x.mask);
    } else if (j->s->in.geometry == BX_GEOM_OBB)
        x.box = bx_ul_box(j->s->d->obb + 8 * (size_t)d);
    else
        set_corners(&x, j->s->d->box + 4 * (size_t)d);
    return x;
}

static float box_iou(const struct shape *g, const struct shape *d)
{
    float w = (g->x2 < d->x2 ? g->x2 : d->x2) - (g->x1 > d->x1 ? g->x1 : d->x1);
    float h = (g->y2 < d->y2 ? g->y2 : d->y2) - (g->y1 > d->y1 ? g->y1 : d->y1);
    float i = (w > 0 ? w : 0) * (h > 0 ? h : 0);
    return i / (((g->area + d->area) - i) + 1e-7f);
}

static float iou(const struct job *j, const struct shape *g, const struct shape *d)
{
    if (j->s->in.geometry == BX_GEOM_BOX)
        return box_iou(g, d);
    if (j->s->in.geometry == BX_GEOM_OBB)
        return bx_ul_similarity(&g->box, &d->box);
    uint32_t both = bx_rle_intersection(&d->mask, &g->mask);
    return (float)both / ((float)((uint64_t)g->pixels + d->pixels - both) + 1e-7f);
}

/* Of each threshold the free label of its class that overlaps most, of equals the first. */
static uint16_t take(const struct job *j, const float *row, size_t n, uint32_t class, const uint32_t *label, uint16_t *taken)
{
    uint16_t right = 0;
    for (size_t t = 0; t < T; t++) {
        size_t best = n;
        for (size_t g = 0; g < n; g++)
            if (class_of_label(j, label[g]) == class && !(taken[g] >> t & 1) && row[g] >= j->threshold[t] &&
                (best == n || row[g] > row[best]))
                best = g;
        if (best == n)
            continue;
        taken[best] |= (uint16_t)(1u << t);
        right |= (uint16_t)(1u << t);
    }
    return right;
}

/* Whatever the class. */
static void confuse(struct job *j, int c, uint32_t d, const float *row, size_t first, size_t n)
{
    size_t best = n;
    j->met[c][d] = NOTHING;
    if (!((float)j->s->d->score[d] > (float)j->u->confusion_confidence[c]))
        return;
    for (size_t g = 0; g < n; g++)
        if (j->missed[c][first + g] && row[g] > (float)BX_UL_CONFUSION_IOU && (best == n || row[g] > row[best]))
            best = g;
    j->met[c][d] = (uint32_t)j->s->t->nclasses;
    if (best == n)
        return;
    j->missed[c][first + best] = false;
    j->met[c][d] = class_of_label(j, j->label[first + best]);
}

static bool one_size(const struct shape *g, size_t n, const struct bx_rle *d)
{
    for (size_t i = 0; i < n; i++)
        if (g[i].mask.h != d->h || g[i].mask.w != d->w)
            return false;
    return true;
}

static void refuse(struct job *j, size_t image)
{
    size_t known = atomic_load(&j->refused);
    while (image < known && !atomic_compare_exchange_weak(&j->refused, &known, image))
        ;
}

static void match(void *context, size_t image, size_t worker)
{
    struct job *j = context;
    struct room *r = &j->rooms[worker];
    keep(j, image, r);
    const size_t first = j->begin[image], n = j->begin[image + 1] - first, from = j->s->d->image_begin[image];
    struct shape *labels = label_shapes(j, image, &r->a);
    uint16_t *taken = BX_NEW(&r->a, uint16_t, n);
    float *row = BX_NEW(&r->a, float, n);
    size_t found = 0;
    for (size_t i = 0; i < j->nkept[image]; i++) {
        uint32_t d = j->kept[from + i];
        struct bx_arena own = {0};
        struct shape x = detection_shape(j, d, &own);
        if (j->s->in.geometry == BX_GEOM_MASK && !one_size(labels, n, &x.mask))
            refuse(j, image);
        for (size_t g = 0; g < n; g++)
            row[g] = iou(j, &labels[g], &x);
        j->right[d] = take(j, row, n, class_of_detection(j, d), j->label + first, taken);
        found += j->right[d] & 1;
        for (size_t c = 0; c < j->u->nconfusions; c++)
            confuse(j, (int)c, d, row, first, n);
        bx_arena_release(&own);
    }
    j->u->image[image][0] = (uint32_t)found;
    j->u->image[image][1] = (uint32_t)(j->nkept[image] - found);
    j->u->image[image][2] = (uint32_t)(n - found);
    bx_arena_release(&r->a);
}

static int ascending(const void *pa, const void *pb)
{
    uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;
    return a < b ? -1 : a > b;
}

/* Rows: predicted, the last one nothing was; columns: true. */
static void count_confusions(const struct job *j, int c, struct bx_confusion *out, struct bx_arena *a)
{
    const struct bx_scene *s = j->s;
    const size_t n = s->t->nclasses + 1;
    uint64_t *pair = bx_xrealloc(NULL, j->u->labels + j->u->detections + 1, sizeof *pair);
    size_t at = 0;
    for (size_t i = 0; i < s->nimages; i++)
        for (size_t k = 0; k < j->nkept[i]; k++) {
            uint32_t d = j->kept[s->d->image_begin[i] + k];
            if (j->met[c][d] != NOTHING)
                pair[at++] = class_of_detection(j, d) * (uint64_t)n + j->met[c][d];
        }
    for (size_t i = 0; i < j->u->labels; i++)
        if (j->missed[c][i])
            pair[at++] = (n - 1) * (uint64_t)n + class_of_label(j, j->label[i]);
    qsort(pair, at, sizeof *pair, ascending);
    *out = (struct bx_confusion){.n = n, .cell = BX_NEW(a, struct bx_confusion_cell, at)};
    for (size_t i = 0; i < at; i++) {
        if (i && pair[i] == pair[i - 1])
            out->cell[out->ncells - 1].count++;
        else
            out->cell[out->ncells++] = (struct bx_confusion_cell){(uint32_t)(pair[i] / n), (uint32_t)(pair[i] % n), 1};
    }
    free(pair);
}

/* What the curves are made of: the detections that count, all images', best first, and the labels of each class. */
static void make_curves(const struct job *j, struct bx_arena *a)
{
    const struct bx_scene *s = j->s;
    const size_t nclasses = s->t->nclasses;
    struct bx_sort_room sort = {0};
    struct bx_ul_found f = {.nclasses = nclasses, .labels = BX_NEW(a, size_t, nclasses), .images = BX_NEW(a, size_t, nclasses)};
    size_t *last = BX_NEW(a, size_t, nclasses);
    f.item = BX_NEW(a, uint32_t, j->u->detections);
    f.score = s->d->score;
    f.right = j->right;
    uint32_t *class = BX_NEW(a, uint32_t, s->nd);
    for (size_t i = 0; i < s->nimages; i++) {
        for (size_t k = 0; k < j->nkept[i]; k++) {
            uint32_t d = j->kept[s->d->image_begin[i] + k];
            class[d] = class_of_detection(j, d);
            f.item[f.n++] = d;
        }
        for (size_t g = j->begin[i]; g < j->begin[i + 1]; g++) {
            uint32_t k = class_of_label(j, j->label[g]);
            f.labels[k]++;
            f.images[k] += last[k] != i + 1;
            last[k] = i + 1;
        }
    }
    bx_sort_by_score32(f.item, f.n, f.score, &sort);
    bx_sort_room_free(&sort);
    f.begin = BX_NEW(a, size_t, nclasses + 1);
    uint32_t *by_class = BX_NEW(a, uint32_t, f.n);
    bx_group_by(f.item, f.n, class, nclasses, f.begin, by_class);
    f.item = by_class;
    bx_ul_curves(&f, j->u, a);
}

bool bx_ul_eval(const struct bx_scene *s, const struct bx_ul_options *o, struct bx_ul *u, struct bx_arena *a, struct bx_err *e)
{
    /* linspace(0.5, 0.95, 10) as f32: the last bit of the ninth falls away */
    static const double thresholds[T] = {0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95};
    *u = (struct bx_ul){.least = s->in.geometry == BX_GEOM_OBB ? 0.01 : 0.001, .nimages = s->nimages, .nclasses = s->t->nclasses};
    u->nconfusions = o->confusions && s->in.geometry != BX_GEOM_MASK ? BX_UL_CONFUSIONS : 0;
    u->confusion_confidence[0] = 0.25;
    u->confusion_confidence[1] = u->least;
    struct job j = {.s = s, .o = o, .u = u, .kept = BX_NEW(a, uint32_t, s->nd), .right = BX_NEW(a, uint16_t, s->nd)};
    j.nkept = BX_NEW(a, size_t, s->nimages);
    u->image = bx_alloc_large(a, s->nimages + 1, sizeof *u->image);
    for (size_t t = 0; t < T; t++)
        j.threshold[t] = (float)thresholds[t];
    atomic_init(&j.refused, SIZE_MAX);
    find_labels(&j, a);
    for (size_t c = 0; c < u->nconfusions; c++) {
        j.met[c] = BX_NEW(a, uint32_t, s->nd);
        j.missed[c] = BX_NEW(a, bool, u->labels);
        memset(j.missed[c], true, u->labels);
    }
    size_t workers = bx_workers(o->threads, s->nimages);
    j.rooms = bx_xrealloc(NULL, workers, sizeof *j.rooms);
    memset(j.rooms, 0, workers * sizeof *j.rooms);
    bx_parallel(workers, s->nimages, match, &j);
    for (size_t i = 0; i < workers; i++)
        bx_sort_room_free(&j.rooms[i].sort);
    free(j.rooms);
    size_t refused = atomic_load(&j.refused);
    if (refused != SIZE_MAX)
        return bx_fail(e, BX_DATA,
                       "image '%s': found masks of different sizes, expected those of detections to be as large as those of labels",
                       s->t->image_file[refused]);
    for (size_t i = 0; i < s->nimages; i++)
        u->detections += j.nkept[i];
    for (size_t c = 0; c < u->nconfusions; c++)
        count_confusions(&j, (int)c, &u->confusion[c], a);
    make_curves(&j, a);
    return true;
}
