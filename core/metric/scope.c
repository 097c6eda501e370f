/* scope.c: columns without what the rules leave out. */
#include "core/metric/scope.h"
#include "core/base/file.h"
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

/* Those of one image that stay, then those of ignored classes once for each class that has a detection there: to the others they are
 * nothing. */
static void pick_annotations(const struct bx_scope *s, const struct bx_testset *t, const bool *ignored, size_t image, const bool *detected,
                             struct picked *anns, struct picked *classes)
{
    for (size_t g = t->ann_begin[image]; g < t->ann_begin[image + 1]; g++)
        if (!s->scored || s->scored[t->ann_class[g]]) {
            pick(anns, g);
            pick(classes, t->ann_class[g]);
        }
    for (size_t g = t->ann_begin[image]; ignored && g < t->ann_begin[image + 1]; g++)
        for (size_t k = 0; ignored[t->ann_class[g]] && k < t->nclasses; k++)
            if (detected[k]) {
                pick(anns, g);
                pick(classes, k);
            }
}

static void find_detected(const struct bx_scope *s, const struct bx_testset *t, const struct bx_detections *d, size_t image, bool *detected)
{
    memset(detected, 0, t->nclasses);
    for (size_t i = d->image_begin[image]; i < d->image_begin[image + 1]; i++)
        if (s->class_of[d->name[i]] < t->nclasses)
            detected[s->class_of[d->name[i]]] = true;
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

static void make_testset(struct bx_scope *s, const struct bx_testset *t, const struct bx_detections *d, const bool *ignored,
                         const struct picked *images, bool all_images, struct bx_arena *a)
{
    struct bx_testset *v = &s->own_testset;
    struct picked anns = {0}, classes = {0};
    bool *detected = BX_NEW(a, bool, t->nclasses);
    *v = *t;
    v->nimages = images->n;
    v->ann_begin = BX_NEW(a, size_t, images->n + 1);
    for (size_t i = 0; i < images->n; i++) {
        if (ignored)
            find_detected(s, t, d, images->index[i], detected);
        pick_annotations(s, t, ignored, images->index[i], detected, &anns, &classes);
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

static void make_detections(struct bx_scope *s, const struct bx_detections *d, const struct picked *images, struct bx_arena *a)
{
    struct bx_detections *v = &s->own_detections;
    struct picked kept = {0};
    *v = *d;
    v->nimages = images->n;
    v->image_begin = BX_NEW(a, size_t, images->n + 1);
    for (size_t i = 0; i < images->n; i++) {
        for (size_t j = d->image_begin[images->index[i]]; j < d->image_begin[images->index[i] + 1]; j++)
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
    s->image = bx_memdup(a, images->index, images->n * sizeof *images->index);
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

bool bx_scope_make(const struct bx_rules *r, const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                   struct bx_scope *out, struct bx_arena *a, struct bx_err *e)
{
    struct picked images = {0};
    bool *ignored = r->nignore ? BX_NEW(a, bool, t->nclasses) : NULL;
    *out = (struct bx_scope){.testset = t, .detections = d, .class_of = class_of};
    if (!bx_rules_fit(r, t, e))
        return false;
    if (!r->nclasses && !r->nignore && !r->nimages)
        return true;
    for (size_t k = 0; ignored && k < t->nclasses; k++)
        ignored[k] = named(t->class_name[k], r->ignore, r->nignore);
    if (r->nclasses || r->nignore)
        choose_classes(out, r, t, d, a);
    pick_images(r, t, &images, a);
    make_testset(out, t, d, ignored, &images, !r->nimages, a);
    if (r->nimages)
        make_detections(out, d, &images, a);
    free(images.index);
    return true;
}
