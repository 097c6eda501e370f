/* scene.c: the columns every metric shares, and IoU in the two precisions the references use. */
#include "core/metric/scene.h"
#include "core/metric/order.h"
#include "core/data/polygon.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t *images_of(const size_t *begin, size_t nimages, size_t n, struct bx_arena *a)
{
    uint32_t *image = BX_NEW(a, uint32_t, n);
    for (size_t i = 0; i < nimages; i++)
        for (size_t j = begin[i]; j < begin[i + 1]; j++)
            image[j] = (uint32_t)i;
    return image;
}

static void mask_columns(struct bx_scene *s, const struct bx_rle *mask, size_t n, double **hull, double **own, bool **plain,
                         struct bx_arena *a)
{
    *hull = BX_NEW_LARGE(a, double, 4 * n);
    *own = BX_NEW_LARGE(a, double, n);
    *plain = BX_NEW(a, bool, n);
    for (size_t i = 0; i < n; i++) {
        bx_rle_box(&mask[i], *hull + 4 * i);
        (*own)[i] = bx_rle_area(&mask[i]);
        (*plain)[i] = bx_rle_plain(&mask[i]);
        s->unplain += !(*plain)[i];
    }
}

static void obb_columns(const double *obb, size_t n, double **hull, double **own, double **covered, struct bx_arena *a)
{
    *covered = BX_NEW(a, double, n);
    *hull = BX_NEW(a, double, 4 * n);
    *own = BX_NEW(a, double, n);
    for (size_t i = 0; i < n; i++) {
        bx_quad_hull(obb + 8 * i, *hull + 4 * i);
        (*own)[i] = bx_quad_area(obb + 8 * i);
        (*covered)[i] = bx_quad_covered(obb + 8 * i);
    }
}

/* Masks are sized by their pixels and boxes by the box, whatever came beside. Under `reference` pycocotools takes the box's area whenever
 * the results file has a box, and the pixel count where it only has masks, whatever is scored. */
static void detection_areas(struct bx_scene *s, struct bx_arena *a)
{
    const struct bx_detections *d = s->d;
    const bool mask = s->in.geometry == BX_GEOM_MASK;
    if (mask && !d->mask_text)
        s->det_area = s->det_size = s->det_own;
    if (d->mask_text || !s->in.reference || s->in.geometry == BX_GEOM_OBB || (!mask && !(d->box_given && d->mask)))
        return;
    s->det_area = BX_NEW(a, double, s->nd);
    for (size_t i = 0; i < s->nd; i++) {
        const double *b = d->box + 4 * i;
        const bool given = !d->box_given || d->box_given[i];
        s->det_area[i] = given || !d->mask[i].n ? b[2] * b[3] : (double)bx_rle_area(&d->mask[i]);
    }
}

#define LVIS_LIMIT 300

/* Detections that leave a trace in LVIS: among the image's 300 best, with an area, and of a class that somebody looked for on the image.
 * What use the others make of the limit counts. Misses of a class that is not annotated exhaustively are held against nobody. */
static void federate(struct bx_scene *s, struct bx_arena *a)
{
    const struct bx_testset *t = s->t;
    struct bx_sort_room sort = {0};
    enum { LOOKED_FOR = 1, UNSURE = 2 };
    uint8_t *judged = BX_NEW(a, uint8_t, t->nclasses);
    uint32_t *order = NULL;
    size_t cap = 0;
    s->det_unsure = BX_NEW(a, uint8_t, s->nd);
    for (size_t i = 0; i < s->nimages; i++) {
        size_t first = s->d->image_begin[i], n = s->d->image_begin[i + 1] - first;
        memset(judged, 0, t->nclasses);
        for (size_t g = t->ann_begin[i]; g < t->ann_begin[i + 1]; g++)
            judged[t->ann_class[g]] |= LOOKED_FOR;
        for (size_t k = 0; t->image_negative && k < t->image_nnegative[i]; k++)
            judged[t->image_negative[i][k]] |= LOOKED_FOR;
        for (size_t k = 0; t->image_nonexhaustive && k < t->image_nnonexhaustive[i]; k++)
            judged[t->image_nonexhaustive[i][k]] |= UNSURE;
        if (n > LVIS_LIMIT) {
            order = bx_grow(order, &cap, n, sizeof *order);
            for (size_t j = 0; j < n; j++)
                order[j] = (uint32_t)(first + j);
            bx_sort_by_score(order, n, s->d->score, &sort);
            for (size_t j = LVIS_LIMIT; j < n; j++)
                s->det_class[order[j]] = BX_UNMAPPED;
        }
        for (size_t d = first; d < first + n; d++) {
            uint32_t k = s->det_class[d];
            if (k >= t->nclasses || !(judged[k] & LOOKED_FOR) ||
                !(bx_scene_area(s, (uint32_t)d) > 0 && bx_scene_area(s, (uint32_t)d) < INFINITY))
                s->det_class[d] = BX_UNMAPPED;
            else
                s->det_unsure[d] = (judged[k] & UNSURE) != 0;
        }
    }
    free(order);
    bx_sort_room_free(&sort);
}

static int64_t first_without(const struct bx_testset *t, enum bx_geometry g)
{
    size_t i = 0;
    while (i + 1 < t->nanns && (g == BX_GEOM_MASK ? t->ann_mask && t->ann_mask[i].h : t->ann_obb && !isnan(t->ann_obb[8 * i])))
        i++;
    return t->ann_id[i];
}

bool bx_scene_make(const struct bx_metric_input *in, struct bx_scene *s, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_testset *t = in->testset;
    const struct bx_detections *d = in->detections;
    *s = (struct bx_scene){.in = *in, .t = t, .d = d, .nimages = t->nimages, .nd = d->n, .ng = t->nanns};
    s->nclasses = in->nclasses ? in->nclasses : t->nclasses;
    if (d->nimages != t->nimages)
        return bx_fail(e, BX_DATA, "found detections on %zu images, expected the test set's %zu", d->nimages, t->nimages);
    if (d->n >= UINT32_MAX || t->nanns >= UINT32_MAX)
        return bx_fail(e, BX_DATA, "found more than 4294967294 detections or annotations");
    const char *what = bx_geometry_name(in->geometry);
    if (in->geometry != BX_GEOM_BOX && t->nanns && !bx_testset_has(t, in->geometry))
        return bx_fail(e, BX_DATA, "%s: found annotation %lld without %s, expected one for every annotation to score %s reports",
                       t->source ? t->source : "test set", (long long)first_without(t, in->geometry), what, what);
    if (d->n && ((in->geometry == BX_GEOM_MASK && !d->mask && !d->mask_text) || (in->geometry == BX_GEOM_OBB && !d->obb)))
        return bx_fail(e, BX_DATA, "the detections have no %s, expected one each", what);
    s->ann_image = images_of(t->ann_begin, t->nimages, t->nanns, a);
    bool same = !in->lvis; /* names that are the classes themselves need no second column */
    for (size_t i = 0; i < d->nnames && same; i++)
        same = in->class_of[i] == i;
    if (same)
        s->det_class = d->name;
    else
        s->det_class = BX_NEW(a, uint32_t, d->n);
    for (size_t i = 0; i < d->n && !same; i++)
        s->det_class[i] = in->class_of[d->name[i]];
    if (in->geometry == BX_GEOM_MASK && d->mask && d->n)
        mask_columns(s, d->mask, d->n, &s->det_hull, &s->det_own, &s->det_plain, a);
    if (in->geometry == BX_GEOM_MASK && t->nanns)
        mask_columns(s, t->ann_mask, t->nanns, &s->ann_hull, &s->ann_own, &s->ann_plain, a);
    for (size_t i = 0; d->mask_text && i < d->n; i++)
        s->unplain += !d->mask_text[i].plain;
    if (in->geometry == BX_GEOM_OBB && t->nanns)
        obb_columns(t->ann_obb, t->nanns, &s->ann_hull, &s->ann_own, &s->ann_covered, a);
    detection_areas(s, a);
    if (in->lvis)
        federate(s, a);
    return true;
}

const uint32_t *bx_scene_images(const struct bx_scene *s, struct bx_arena *a)
{
    return images_of(s->d->image_begin, s->nimages, s->nd, a);
}

static size_t *group(const uint32_t *class_of, const uint32_t *image_of, size_t n, size_t nclasses, size_t nimages, enum bx_grouping how,
                     uint32_t *out, struct bx_arena *a)
{
    size_t *begin = BX_NEW(a, size_t, nclasses + 2);
    bx_group_by(NULL, n, class_of, nclasses, begin, out);
    if (how == BX_BY_CLASS)
        return begin;
    size_t kept = begin[nclasses];
    if (how == BX_ONE_CLASS) {
        kept = 0;
        for (size_t i = 0; i < n; i++)
            if (class_of[i] < nclasses)
                out[kept++] = (uint32_t)i;
    } else {
        uint32_t *by_image = BX_NEW(a, uint32_t, kept);
        size_t *image_begin = BX_NEW(a, size_t, nimages + 1);
        bx_group_by(out, kept, image_of, nimages, image_begin, by_image);
        memcpy(out, by_image, kept * sizeof *out);
    }
    begin[0] = 0;
    begin[1] = kept;
    return begin;
}

void bx_scene_groups(const struct bx_scene *s, enum bx_grouping how, bool only_testset, struct bx_groups *g, struct bx_arena *a)
{
    size_t nclasses = only_testset ? s->t->nclasses : s->nclasses;
    g->nclasses = how == BX_BY_CLASS ? nclasses : 1;
    g->det = BX_NEW(a, uint32_t, s->nd);
    g->ann = BX_NEW(a, uint32_t, s->ng);
    const uint32_t *image = how == BX_ONE_CLASS_COCO ? bx_scene_images(s, a) : NULL;
    g->det_begin = group(s->det_class, image, s->nd, nclasses, s->nimages, how, g->det, a);
    g->ann_begin = group(s->t->ann_class, s->ann_image, s->ng, nclasses, s->nimages, how, g->ann, a);
}

/* libm's fmin and fmax are calls; nothing here is NaN that matters. */
static inline double least_of(double a, double b)
{
    return a < b ? a : b;
}
static inline double most_of(double a, double b)
{
    return a > b ? a : b;
}

bool bx_hulls_meet(const double *d, const double *g)
{
    return least_of(d[2] + d[0], g[2] + g[0]) > most_of(d[0], g[0]) && least_of(d[3] + d[1], g[3] + g[1]) > most_of(d[1], g[1]);
}

static double quad_iou(const double *d, double da, const double *g, double ga, bool crowd)
{
    double i = bx_quad_intersection(d, g);
    double u = crowd ? da : da + ga - i;
    return i > 0 && u > 0 ? least_of(i / u, 1) : 0;
}

/* A detection's mask, unpacked when the first annotation needs it. */
#define SMALL_MASK 4096
struct unpacked {
    uint32_t small[SMALL_MASK], *large;
    struct bx_rle mask;
    bool done;
};

static const struct bx_rle *det_mask(const struct bx_scene *s, uint32_t d, struct unpacked *u)
{
    if (s->d->mask)
        return &s->d->mask[d];
    if (!u->done) {
        const struct bx_rle_text *t = &s->d->mask_text[d];
        if (t->n > SMALL_MASK)
            u->large = bx_xrealloc(NULL, t->n, sizeof *u->large);
        u->mask = bx_rle_text_counts(t, t->n > SMALL_MASK ? u->large : u->small);
        u->done = true;
    }
    return &u->mask;
}

void bx_scene_hull(const struct bx_scene *s, uint32_t d, double hull[4])
{
    if (s->in.geometry == BX_GEOM_BOX) {
        memcpy(hull, s->d->box + 4 * (size_t)d, 4 * sizeof *hull);
        return;
    }
    if (s->in.geometry == BX_GEOM_OBB) {
        bx_quad_hull(s->d->obb + 8 * (size_t)d, hull);
        return;
    }
    for (int i = 0; i < 4; i++)
        hull[i] = s->d->mask_text ? s->d->mask_text[d].box[i] : s->det_hull[4 * (size_t)d + (size_t)i];
}

static double own_area(const struct bx_scene *s, uint32_t d)
{
    return s->d->mask_text ? s->d->mask_text[d].area : s->det_own[d];
}

double bx_iou_bound(const double *dh, double da, const double *gh, double ga, bool crowd)
{
    double w = least_of(dh[2] + dh[0], gh[2] + gh[0]) - most_of(dh[0], gh[0]),
           h = least_of(dh[3] + dh[1], gh[3] + gh[1]) - most_of(dh[1], gh[1]);
    double i = least_of(w * h, least_of(da, ga));
    return i / (crowd ? da : da + ga - i);
}

static bool one_size(const struct bx_scene *s, uint32_t d, const struct bx_rle *g)
{
    if (s->d->mask)
        return s->d->mask[d].h == g->h && s->d->mask[d].w == g->w;
    return s->d->mask_text[d].h == g->h && s->d->mask_text[d].w == g->w;
}

/* A pair of masks; 0 when the IoU is below `least` for certain. The slack is far more than the bound's rounding. `cocoapi`: also its IoU of
 * masks that are not plain, which keeps to no bound. */
static double mask_iou(const struct bx_scene *s, uint32_t d, uint32_t g, const double *hull, bool crowd, double least, bool cocoapi,
                       struct unpacked *u)
{
    const struct bx_rle *n = &s->t->ann_mask[g];
    bool plain = s->ann_plain[g] && (s->d->mask ? s->det_plain[d] : s->d->mask_text[d].plain);
    if (!one_size(s, d, n) || (cocoapi && !plain))
        return bx_rle_iou(det_mask(s, d, u), n, crowd);
    if (least > 0 && bx_iou_bound(hull, own_area(s, d), s->ann_hull + 4 * (size_t)g, s->ann_own[g], crowd) < least - 1e-6)
        return 0;
    uint32_t both = bx_rle_intersection(det_mask(s, d, u), n);
    double da = own_area(s, d);
    return both ? (double)both / (crowd ? da : da + s->ann_own[g] - (double)both) : 0;
}

void bx_scene_iou_from(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, bool crowds, double least, double *out)
{
    const struct bx_testset *t = s->t;
    if (s->in.geometry == BX_GEOM_BOX) {
        for (size_t j = 0; j < n; j++)
            out[j] =
                bx_box_iou(s->d->box + 4 * (size_t)d, t->ann_box + 4 * (size_t)anns[j], crowds && (t->ann_flags[anns[j]] & BX_ANN_CROWD));
        return;
    }
    struct unpacked u;
    double hull[4];
    u.done = false;
    u.large = NULL;
    bx_scene_hull(s, d, hull);
    double covered = -1;
    for (size_t j = 0; j < n; j++) {
        uint32_t g = anns[j];
        bool crowd = crowds && (t->ann_flags[g] & BX_ANN_CROWD);
        if (!bx_hulls_meet(hull, s->ann_hull + 4 * (size_t)g))
            out[j] = 0;
        else if (s->in.geometry == BX_GEOM_MASK)
            out[j] = mask_iou(s, d, g, hull, crowd, least, s->in.reference, &u);
        else {
            const double *gh = s->ann_hull + 4 * (size_t)g;
            if (covered < 0)
                covered = bx_quad_covered(s->d->obb + 8 * (size_t)d);
            out[j] = least > 0 && bx_iou_bound(hull, covered, gh, s->ann_covered[g], crowd) < least - 1e-6
                         ? 0
                         : quad_iou(s->d->obb + 8 * (size_t)d, covered, t->ann_obb + 8 * (size_t)g, s->ann_covered[g], crowd);
        }
    }
    free(u.large);
}

void bx_scene_iou(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, bool crowds, double *out)
{
    bx_scene_iou_from(s, d, anns, n, crowds, 0, out);
}

static float box_iou32(const double *d, const double *g)
{
    double dx = d[0] + d[2], gx = g[0] + g[2], w = least_of(dx, gx) - most_of(d[0], g[0]);
    if (w <= 0)
        return 0;
    double dy = d[1] + d[3], gy = g[1] + g[3], h = least_of(dy, gy) - most_of(d[1], g[1]);
    if (h <= 0)
        return 0;
    double i = w * h;
    double u = ((gx - g[0]) * (gy - g[1]) + (dx - d[0]) * (dy - d[1])) - i;
    return u > 0 ? (float)(i / u) : 0;
}

static void to_f32(const double *q, double out[8])
{
    for (int i = 0; i < 8; i++)
        out[i] = (double)(float)q[i];
}

static float quad_iou32(const double *d, const double *g)
{
    double dq[8], gq[8];
    to_f32(d, dq);
    to_f32(g, gq);
    return (float)quad_iou(dq, bx_quad_covered(dq), gq, bx_quad_covered(gq), false);
}

void bx_scene_iou32(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, double least, float *out)
{
    const struct bx_testset *t = s->t;
    if (s->in.geometry == BX_GEOM_BOX) {
        for (size_t j = 0; j < n; j++)
            out[j] = box_iou32(s->d->box + 4 * (size_t)d, t->ann_box + 4 * (size_t)anns[j]);
        return;
    }
    struct unpacked u;
    double hull[4];
    u.done = false;
    u.large = NULL;
    bx_scene_hull(s, d, hull);
    for (size_t j = 0; j < n; j++) {
        uint32_t g = anns[j];
        if (!bx_hulls_meet(hull, s->ann_hull + 4 * (size_t)g))
            out[j] = 0;
        else if (s->in.geometry == BX_GEOM_MASK)
            out[j] = (float)mask_iou(s, d, g, hull, false, least, false, &u);
        else
            out[j] = quad_iou32(s->d->obb + 8 * (size_t)d, t->ann_obb + 8 * (size_t)g);
    }
    free(u.large);
}

void bx_scene_iou_rounded(const struct bx_scene *s, uint32_t d, const uint32_t *anns, size_t n, float *out)
{
    if (s->in.geometry != BX_GEOM_BOX) {
        bx_scene_iou32(s, d, anns, n, 0, out);
        return;
    }
    const double *p = s->d->box + 4 * (size_t)d;
    double dx0 = (double)(float)p[0], dy0 = (double)(float)p[1], dx1 = (double)(float)(p[0] + p[2]), dy1 = (double)(float)(p[1] + p[3]);
    for (size_t j = 0; j < n; j++) {
        const double *q = s->t->ann_box + 4 * (size_t)anns[j];
        double gx0 = (double)(float)q[0], gx1 = (double)(float)(q[0] + q[2]), w = least_of(dx1, gx1) - most_of(dx0, gx0);
        out[j] = 0;
        if (w <= 0)
            continue;
        double gy0 = (double)(float)q[1], gy1 = (double)(float)(q[1] + q[3]), h = least_of(dy1, gy1) - most_of(dy0, gy0);
        if (h <= 0)
            continue;
        double i = w * h, u = ((gx1 - gx0) * (gy1 - gy0) + (dx1 - dx0) * (dy1 - dy0)) - i;
        out[j] = u > 0 ? (float)(i / u) : 0;
    }
}
