/* scope.c: columns without what the rules leave out. */
#include "core/metric/scope.h"
#include "core/base/file.h"
#include "core/metric/regions.h"
#include "core/metric/scene.h"
#include <stdlib.h>
#include <string.h>

/* Which elements of a column stay. */
struct picked {
    uint32_t *index;
    size_t n, cap;
};

static void pick(struct picked *p, size_t i)
{
    p->index = bx_grow(p->index, &p->cap, p->n + 1, sizeof *p->index);
    p->index[p->n++] = (uint32_t)i;
}

static void *column(const void *from, const struct picked *p, size_t size, struct bx_arena *a)
{
    if (!from)
        return NULL;
    char *out = bx_alloc(a, p->n, size);
    for (size_t i = 0; i < p->n; i++)
        memcpy(out + i * size, (const char *)from + p->index[i] * size, size);
    return out;
}
#define COLUMN(of, p, per) (of) = column((of), (p), (per) * sizeof *(of), a)

static bool named(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

static void pick_images(const struct bx_rules *r, const struct bx_testset *t, struct picked *images, struct bx_arena *a)
{
    bool *scored = BX_NEW(a, bool, t->nimages);
    bx_rules_pick(r, t, scored, NULL);
    for (size_t i = 0; i < t->nimages; i++)
        if (scored[i])
            pick(images, i);
}

/* What an ignored object can do: take a detection whose IoU with it is some threshold. */
struct excuse {
    const struct bx_testset *t;
    const struct bx_detections *d;
    enum bx_geometry geometry;
    bool unsure;  /* under `reference` IoU keeps to no bound, and may be no number */
    double least; /* of all thresholds */
    const bool *ignored;
    struct bx_regions regions;
    struct shape {
        double hull[4], area;
    } * shape; /* of one image's detections of scored classes */
    uint32_t *class_of;
    size_t n, cap, class_cap, reached_cap;
    uint32_t *reached; /* classes that one object can excuse */
    bool *is_reached;  /* [nclasses] false between objects */
};

static void shape_of_mask(const struct bx_rle *m, struct shape *out)
{
    bx_rle_box(m, out->hull);
    out->area = bx_rle_area(m);
}

static void shape_of_quad(const double *q, struct shape *out)
{
    bx_quad_hull(q, out->hull);
    out->area = bx_quad_covered(q);
}

static void shape_of_box(const double *b, struct shape *out)
{
    memcpy(out->hull, b, sizeof out->hull);
    out->area = b[2] * b[3];
}

static void shape_of_text(const struct bx_rle_text *m, struct shape *out)
{
    *out = (struct shape){{m->box[0], m->box[1], m->box[2], m->box[3]}, m->area};
}

static void enter_image(struct excuse *x, const uint32_t *class_of, size_t image)
{
    const struct bx_detections *d = x->d;
    x->n = 0;
    for (size_t i = d->image_begin[image]; i < d->image_begin[image + 1]; i++) {
        if (class_of[d->name[i]] >= x->t->nclasses)
            continue;
        x->shape = bx_grow(x->shape, &x->cap, x->n + 1, sizeof *x->shape);
        x->class_of = bx_grow(x->class_of, &x->class_cap, x->n + 1, sizeof *x->class_of);
        x->class_of[x->n] = class_of[d->name[i]];
        struct shape *at = &x->shape[x->n++];
        if (x->unsure)
            continue;
        if (x->geometry == BX_GEOM_BOX)
            shape_of_box(d->box + 4 * i, at);
        else if (x->geometry == BX_GEOM_OBB)
            shape_of_quad(d->obb + 8 * i, at);
        else if (d->mask)
            shape_of_mask(&d->mask[i], at);
        else
            shape_of_text(&d->mask_text[i], at);
    }
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The classes of the image's detections that object g can excuse, ascending. */
static size_t reach(struct excuse *x, size_t g)
{
    const struct bx_testset *t = x->t;
    struct shape own = {0};
    size_t n = 0;
    if (x->n && !x->unsure) {
        if (x->geometry == BX_GEOM_BOX)
            shape_of_box(t->ann_box + 4 * g, &own);
        else if (x->geometry == BX_GEOM_OBB)
            shape_of_quad(t->ann_obb + 8 * g, &own);
        else
            shape_of_mask(&t->ann_mask[g], &own);
    }
    for (size_t i = 0; i < x->n; i++) {
        uint32_t k = x->class_of[i];
        if (x->is_reached[k])
            continue;
        const struct shape *d = &x->shape[i];
        if (!x->unsure && (!bx_hulls_meet(d->hull, own.hull) ||
                           bx_iou_bound(d->hull, d->area, own.hull, own.area, t->ann_flags[g] & BX_ANN_CROWD) < x->least - 1e-6))
            continue;
        x->is_reached[k] = true;
        x->reached = bx_grow(x->reached, &x->reached_cap, n + 1, sizeof *x->reached);
        x->reached[n++] = k;
    }
    if (n)
        qsort(x->reached, n, sizeof *x->reached, ascending);
    for (size_t i = 0; i < n; i++)
        x->is_reached[x->reached[i]] = false;
    return n;
}

static void excuse_free(struct excuse *x)
{
    free(x->shape);
    free(x->class_of);
    free(x->reached);
}

/* Those of one image that stay, then those of ignored classes once for each class that has a detection there which they can excuse: to the
 * others they are nothing. So there are never more of them than detections come near, and export's ground truth says the same. */
static void pick_annotations(const struct bx_scope *s, struct excuse *x, size_t image, struct picked *anns, struct picked *classes)
{
    const struct bx_testset *t = x->t;
    for (size_t g = t->ann_begin[image]; g < t->ann_begin[image + 1]; g++)
        if (!(x->regions.anns && x->regions.anns[g]) && (!s->scored || s->scored[t->ann_class[g]])) {
            pick(anns, g);
            pick(classes, t->ann_class[g]);
        }
    for (size_t g = t->ann_begin[image]; x->ignored && g < t->ann_begin[image + 1]; g++)
        for (size_t i = 0, n = x->ignored[t->ann_class[g]] && !(x->regions.anns && x->regions.anns[g]) ? reach(x, g) : 0; i < n; i++) {
            pick(anns, g);
            pick(classes, x->reached[i]);
        }
}

/* TIDE goes by the places in the file's own list: those of the images that stay, closed up. */
static uint32_t *positions(const struct bx_testset *t, const struct picked *images, struct bx_arena *a)
{
    if (!t->image_position)
        return NULL;
    uint32_t *at = BX_NEW(a, uint32_t, t->nimages), *out = BX_NEW(a, uint32_t, images->n), n = 0;
    for (size_t i = 0; i < images->n; i++)
        at[t->image_position[images->index[i]]] = (uint32_t)i + 1;
    for (size_t p = 0; p < t->nimages; p++)
        if (at[p])
            out[at[p] - 1] = n++;
    return out;
}

static void make_testset(struct bx_scope *s, struct excuse *x, const struct picked *images, bool all_images, struct bx_arena *a)
{
    const struct bx_testset *t = x->t;
    const bool *ignored = x->ignored;
    struct bx_testset *v = &s->own_testset;
    struct picked anns = {0}, classes = {0};
    *v = *t;
    v->nimages = images->n;
    v->ann_begin = BX_NEW(a, size_t, images->n + 1);
    for (size_t i = 0; i < images->n; i++) {
        if (ignored)
            enter_image(x, s->class_of, images->index[i]);
        pick_annotations(s, x, images->index[i], &anns, &classes);
        v->ann_begin[i + 1] = anns.n;
    }
    v->nanns = anns.n;
    v->ann_class = bx_memdup(a, classes.index, classes.n * sizeof *classes.index);
    COLUMN(v->ann_flags, &anns, 1);
    for (size_t i = 0; ignored && i < anns.n; i++)
        if (ignored[t->ann_class[anns.index[i]]])
            v->ann_flags[i] |= BX_ANN_IGNORE;
    COLUMN(v->ann_area, &anns, 1);
    COLUMN(v->ann_id, &anns, 1);
    COLUMN(v->ann_box, &anns, 4);
    COLUMN(v->ann_obb, &anns, 8);
    COLUMN(v->ann_mask, &anns, 1);
    free(anns.index);
    free(classes.index);
    if (v->class_stray) {
        v->class_stray = BX_NEW(a, uint32_t, t->nclasses);
        for (size_t k = 0; all_images && k < t->nclasses; k++)
            v->class_stray[k] = !s->scored || s->scored[k] ? t->class_stray[k] : 0;
    }
    s->testset = v;
    if (all_images)
        return;
    COLUMN(v->image_file, images, 1);
    COLUMN(v->image_id, images, 1);
    COLUMN(v->image_key, images, 1);
    COLUMN(v->image_w, images, 1);
    COLUMN(v->image_h, images, 1);
    COLUMN(v->image_orientation, images, 1);
    COLUMN(v->image_sha, images, 1);
    COLUMN(v->image_negative, images, 1);
    COLUMN(v->image_nnegative, images, 1);
    COLUMN(v->image_nonexhaustive, images, 1);
    COLUMN(v->image_nnonexhaustive, images, 1);
    v->image_position = positions(t, images, a);
}

static void make_detections(struct bx_scope *s, const struct bx_detections *d, const struct picked *images, const bool *out,
                            struct bx_arena *a)
{
    struct bx_detections *v = &s->own_detections;
    struct picked kept = {0};
    *v = *d;
    v->nimages = images->n;
    v->image_begin = BX_NEW(a, size_t, images->n + 1);
    for (size_t i = 0; i < images->n; i++) {
        for (size_t j = d->image_begin[images->index[i]]; j < d->image_begin[images->index[i] + 1]; j++)
            if (!out || !out[j])
                pick(&kept, j);
        v->image_begin[i + 1] = kept.n;
    }
    v->n = kept.n;
    COLUMN(v->name, &kept, 1);
    COLUMN(v->score, &kept, 1);
    COLUMN(v->box, &kept, 4);
    COLUMN(v->obb, &kept, 8);
    COLUMN(v->mask, &kept, 1);
    COLUMN(v->mask_text, &kept, 1);
    COLUMN(v->box_given, &kept, 1);
    free(kept.index);
    s->detections = v;
}

/* Which classes are scored, and where the model's names lead then. */
static void choose_classes(struct bx_scope *s, const struct bx_rules *r, const struct bx_testset *t, const struct bx_detections *d,
                           struct bx_arena *a)
{
    bool *scored = BX_NEW(a, bool, t->nclasses);
    uint32_t *class_of = BX_NEW(a, uint32_t, d->nnames);
    bx_rules_pick(r, t, NULL, scored);
    for (size_t i = 0; i < d->nnames; i++)
        class_of[i] = s->class_of[i] < t->nclasses && scored[s->class_of[i]] ? s->class_of[i] : BX_UNMAPPED;
    s->scored = scored;
    s->class_of = class_of;
}

/* F1 is at IoU 0.5 whatever the grid. A geometry that is not there is no reason to look: the scene says so. */
static struct excuse excuses(const struct bx_rules *r, const struct bx_testset *t, const struct bx_detections *d, enum bx_geometry g,
                             bool reference, struct bx_arena *a)
{
    const double *iou;
    const size_t n = bx_rules_ious(r, &iou);
    struct excuse x = {.t = t, .d = d, .geometry = g, .unsure = reference, .least = 0.5};
    for (size_t i = 0; i < n; i++)
        x.least = iou[i] < x.least ? iou[i] : x.least;
    if (g != BX_GEOM_BOX)
        x.unsure = x.unsure || !bx_testset_has(t, g) || (g == BX_GEOM_OBB ? !d->obb : !d->mask && !d->mask_text);
    x.is_reached = BX_NEW(a, bool, t->nclasses);
    return x;
}

bool bx_scope_make(const struct bx_rules *r, const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                   enum bx_geometry geometry, bool reference, struct bx_scope *out, struct bx_arena *a, struct bx_err *e)
{
    struct picked images = {0};
    bool *ignored = r->nignore ? BX_NEW(a, bool, t->nclasses) : NULL;
    *out = (struct bx_scope){.testset = t, .detections = d, .class_of = class_of};
    if (!bx_rules_fit(r, t, e))
        return false;
    struct bx_regions regions;
    bx_regions_find(r, t, d, geometry, &regions, a);
    if (!r->nclasses && !r->nignore && !r->nregions && !r->nimages && !regions.anns)
        return true;
    for (size_t k = 0; ignored && k < t->nclasses; k++)
        ignored[k] = named(t->class_name[k], r->ignore, r->nignore);
    if (r->nclasses || r->nignore || r->nregions)
        choose_classes(out, r, t, d, a);
    pick_images(r, t, &images, a);
    struct excuse x = excuses(r, t, d, geometry, reference, a);
    x.ignored = ignored;
    x.regions = regions;
    make_testset(out, &x, &images, !r->nimages, a);
    excuse_free(&x);
    if (r->nimages || regions.dets)
        make_detections(out, d, &images, regions.dets, a);
    if (r->nimages)
        out->image = bx_memdup(a, images.index, images.n * sizeof *images.index);
    free(images.index);
    return true;
}
