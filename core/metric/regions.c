/* regions.c: what lies mostly in regions where nobody labelled. */
#include "core/metric/regions.h"
#include "core/base/file.h"
#include "core/data/polygon.h"
#include "core/metric/scene.h"
#include <stdlib.h>
#include <string.h>

/* One image's regions: each outline once, though every class has it. */
struct places {
    enum bx_geometry geometry;
    double (*quad)[8], (*hull)[4], *near; /* near: those that may cover what is asked about */
    size_t n, cap, hull_cap, near_cap;
    struct bx_rle *mask, whole; /* whole: all together */
    size_t mask_cap;
    uint32_t *counts;
    size_t counts_cap;
    struct bx_arena scratch;
};

static void quad_of_box(const double b[4], double q[8])
{
    const double x = b[0] + b[2], y = b[1] + b[3];
    memcpy(q, (double[8]){b[0], b[1], x, b[1], x, y, b[0], y}, 8 * sizeof *q);
}

static void enter(struct places *p, const struct bx_testset *t, size_t g)
{
    double quad[8];
    if (p->geometry == BX_GEOM_MASK) {
        p->mask = bx_grow(p->mask, &p->mask_cap, p->n + 1, sizeof *p->mask);
        p->mask[p->n++] = t->ann_mask[g];
        return;
    }
    if (p->geometry == BX_GEOM_OBB)
        memcpy(quad, t->ann_obb + 8 * g, sizeof quad);
    else
        quad_of_box(t->ann_box + 4 * g, quad);
    if (p->n && !memcmp(p->quad[p->n - 1], quad, sizeof quad))
        return;
    p->quad = bx_grow(p->quad, &p->cap, p->n + 1, sizeof *p->quad);
    p->hull = bx_grow(p->hull, &p->hull_cap, p->n + 1, sizeof *p->hull);
    memcpy(p->quad[p->n], quad, sizeof quad);
    bx_quad_hull(quad, p->hull[p->n++]);
}

static bool quad_lies_in(struct places *p, const double quad[8], double area)
{
    double hull[4];
    size_t n = 0;
    bx_quad_hull(quad, hull);
    for (size_t i = 0; i < p->n; i++)
        if (bx_hulls_meet(hull, p->hull[i])) {
            p->near = bx_grow(p->near, &p->near_cap, 8 * (n + 1), sizeof *p->near);
            memcpy(p->near + 8 * n++, p->quad[i], sizeof *p->quad);
        }
    return n && area > 0 && 2 * bx_quad_covered_by(quad, p->near, n) >= area;
}

static bool box_lies_in(struct places *p, const double box[4])
{
    double quad[8];
    if (!(box[2] > 0 && box[3] > 0))
        return false;
    quad_of_box(box, quad);
    return quad_lies_in(p, quad, box[2] * box[3]);
}

static bool mask_lies_in(const struct places *p, const struct bx_rle *m)
{
    if (m->h != p->whole.h || m->w != p->whole.w)
        return false;
    const uint32_t area = bx_rle_area(m);
    return area && 2 * (uint64_t)bx_rle_intersection(m, &p->whole) >= area;
}

static bool annotation_lies_in(struct places *p, const struct bx_testset *t, size_t g)
{
    if (p->geometry == BX_GEOM_MASK)
        return mask_lies_in(p, &t->ann_mask[g]);
    return p->geometry == BX_GEOM_OBB ? quad_lies_in(p, t->ann_obb + 8 * g, bx_quad_covered(t->ann_obb + 8 * g))
                                      : box_lies_in(p, t->ann_box + 4 * g);
}

static bool detection_lies_in(struct places *p, const struct bx_detections *d, size_t i)
{
    if (p->geometry == BX_GEOM_OBB)
        return quad_lies_in(p, d->obb + 8 * i, bx_quad_covered(d->obb + 8 * i));
    if (p->geometry == BX_GEOM_BOX)
        return box_lies_in(p, d->box + 4 * i);
    if (d->mask)
        return mask_lies_in(p, &d->mask[i]);
    p->counts = bx_grow(p->counts, &p->counts_cap, d->mask_text[i].n, sizeof *p->counts);
    const struct bx_rle m = bx_rle_text_counts(&d->mask_text[i], p->counts);
    return mask_lies_in(p, &m);
}

/* The regions of one image, marked as such. */
static void enter_image(struct places *p, const bool *named, const struct bx_testset *t, size_t image, bool *is_region)
{
    p->n = 0;
    for (size_t g = t->ann_begin[image]; g < t->ann_begin[image + 1]; g++)
        if ((is_region[g] = t->ann_flags[g] & BX_ANN_REGION || (named && named[t->ann_class[g]])))
            enter(p, t, g);
    if (p->geometry == BX_GEOM_MASK)
        p->whole = bx_rle_merge(p->mask, p->n, false, &p->scratch);
}

static bool there_are(const struct bx_testset *t)
{
    for (size_t g = 0; g < t->nanns; g++)
        if (t->ann_flags[g] & BX_ANN_REGION)
            return true;
    return false;
}

static bool have(const struct bx_testset *t, const struct bx_detections *d, enum bx_geometry g)
{
    if (!bx_testset_has(t, g))
        return false;
    return g == BX_GEOM_BOX || !d->n || (g == BX_GEOM_OBB ? d->obb != NULL : d->mask || d->mask_text);
}

void bx_regions_find(const struct bx_rules *r, const struct bx_testset *t, const struct bx_detections *d, enum bx_geometry g,
                     struct bx_regions *out, struct bx_arena *a)
{
    *out = (struct bx_regions){0};
    if ((!r->nregions && !there_are(t)) || !have(t, d, g))
        return;
    struct places p = {.geometry = g};
    bool *named = BX_NEW(a, bool, t->nclasses);
    for (size_t k = 0; k < t->nclasses; k++)
        for (size_t i = 0; i < r->nregions && !named[k]; i++)
            named[k] = !strcmp(t->class_name[k], r->regions[i]);
    out->anns = BX_NEW(a, bool, t->nanns);
    out->dets = BX_NEW(a, bool, d->n);
    for (size_t image = 0; image < t->nimages; image++) {
        enter_image(&p, named, t, image, out->anns);
        for (size_t k = t->ann_begin[image]; p.n && k < t->ann_begin[image + 1]; k++)
            out->anns[k] = out->anns[k] || annotation_lies_in(&p, t, k);
        for (size_t k = d->image_begin[image]; p.n && k < d->image_begin[image + 1]; k++)
            out->dets[k] = detection_lies_in(&p, d, k);
        bx_arena_release(&p.scratch);
    }
    free(p.quad);
    free(p.hull);
    free(p.near);
    free(p.mask);
    free(p.counts);
    bx_arena_release(&p.scratch);
}
