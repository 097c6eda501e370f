/* coco.c: COCO and LVIS instances → a test set: what belongs to no image or class is left out, the rest is put in evaluation order. */
#include "core/testset/readers.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/data/ids.h"
#include "core/data/segmentation.h"
#include "core/data/tags.h"
#include "core/image/image.h"
#include "core/testset/coco_records.h"
#include "core/testset/columns.h"
#include <math.h>

struct loading {
    const char *name;
    const char *data;
    size_t n;
    const struct bx_testset_options *o;
    struct bx_coco_file f;
    struct bx_testset *t;
    struct bx_arena *a;
    struct bx_err *e;
    struct bx_ids image, class;
    struct bx_tally unknown, shared, zero; /* annotations: of nothing that is listed, with an id of another, with the id 0 */
};

/* Lines are told by lint alone, which has counted them. */
static void keep_annotation(const struct loading *l, struct bx_tally *y, struct bx_arena *a, size_t i)
{
    if (l->o->faulty)
        bx_tally_keep(y, a, bx_path_base(l->name), l->f.annotations[i].place, bx_printf(a, "annotations[%zu]", i));
}

static void note_annotation(const struct loading *l, struct bx_tally *y, struct bx_arena *a, size_t i)
{
    bx_tally_add(y, "annotations[%zu]", i);
    keep_annotation(l, y, a, i);
}

static int by_image_id(const void *pa, const void *pb)
{
    const struct bx_coco_image *a = *(struct bx_coco_image *const *)pa, *b = *(struct bx_coco_image *const *)pb;
    int c = a->key && b->key ? strcmp(a->key, b->key) : a->id < b->id ? -1 : a->id > b->id;
    return c ? c : a < b ? -1 : a > b;
}

static int by_category_id(const void *pa, const void *pb)
{
    const struct bx_coco_category *a = *(struct bx_coco_category *const *)pa, *b = *(struct bx_coco_category *const *)pb;
    return a->id != b->id ? (a->id < b->id ? -1 : 1) : a < b ? -1 : a > b;
}

static const char *image_name(const struct bx_coco_image *m, struct bx_arena *a)
{
    return m->key ? m->key : bx_printf(a, "%lld", (long long)m->id);
}

static size_t image_index(const struct loading *l, int64_t id, const char *key)
{
    return key ? bx_ids_find_key(&l->image, (struct bx_slice){key, strlen(key)}) : bx_ids_find(&l->image, id);
}

/* The order of the file; a repeated id stands where it was first. */
static void put_positions(struct loading *l)
{
    uint32_t *position = l->t->image_position, next = 0;
    memset(position, 0xFF, l->t->nimages * sizeof *position);
    for (size_t i = 0; i < l->f.nimages; i++) {
        uint32_t *p = &position[image_index(l, l->f.images[i].id, l->f.images[i].key)];
        if (*p == UINT32_MAX)
            *p = next++;
    }
}

static void put_tags(struct loading *l, struct bx_coco_image *const *order)
{
    struct bx_tag_collector c = {0};
    struct bx_tags *tags = BX_NEW(l->a, struct bx_tags, 1);
    for (size_t i = 0; i < l->t->nimages; i++)
        for (size_t k = 0; k < order[i]->ntags; k++)
            bx_tags_add(&c, i, order[i]->tags[k], strlen(order[i]->tags[k]));
    const bool any = c.n || c.refused;
    bx_tags_finish(&c, l->t->nimages, tags, l->a);
    l->t->tags = any ? tags : NULL;
}

/* A repeated id is one image, with what its last entry says. Two files under one id are two images that nothing can tell apart: refused. */
static bool put_images(struct loading *l)
{
    struct bx_testset *t = l->t;
    struct bx_coco_file *f = &l->f;
    struct bx_coco_image **order = BX_NEW(l->a, struct bx_coco_image *, f->nimages);
    struct bx_tally repeated = {0};
    size_t n = 0;
    for (size_t i = 0; i < f->nimages; i++)
        order[i] = &f->images[i];
    qsort(order, f->nimages, sizeof *order, by_image_id);
    for (size_t i = 0; i < f->nimages; i++) {
        bool same = n && (f->keys ? !strcmp(order[n - 1]->key, order[i]->key) : order[n - 1]->id == order[i]->id);
        if (same)
            bx_tally_why(&repeated, l->a, bx_path_base(l->name), l->o->faulty ? order[i]->place : 0,
                         bx_printf(l->a, "images[%zu]", (size_t)(order[i] - f->images)));
        if (same && !l->o->reference && order[i]->file && order[n - 1]->file && strcmp(order[i]->file, order[n - 1]->file) != 0)
            return bx_fail(l->e, BX_DATA, "%s: images[%zu]: found the id %s a second time, for '%s' and '%s'", l->name,
                           (size_t)(order[i] - f->images), image_name(order[i], l->a), order[n - 1]->file, order[i]->file);
        order[n - same] = order[i];
        n += !same;
    }
    bx_testset_told(t, l->a, BX_SEVERITY_WARNING, &repeated, "{image is|images are} listed under an id of another entry",
                    "one image, of which the last entry counts");
    t->nimages = n;
    t->image_id = BX_NEW(l->a, int64_t, n);
    t->image_file = BX_NEW(l->a, const char *, n);
    t->image_w = BX_NEW(l->a, uint32_t, n);
    t->image_h = BX_NEW(l->a, uint32_t, n);
    if (f->keys)
        t->image_key = BX_NEW(l->a, const char *, n);
    if (l->o->lvis) {
        t->image_negative = BX_NEW(l->a, uint32_t *, n);
        t->image_nnegative = BX_NEW(l->a, size_t, n);
        t->image_nonexhaustive = BX_NEW(l->a, uint32_t *, n);
        t->image_nnonexhaustive = BX_NEW(l->a, size_t, n);
    }
    t->image_position = BX_NEW(l->a, uint32_t, n);
    t->image_line = l->o->faulty ? BX_NEW(l->a, uint32_t, n) : NULL;
    for (size_t i = 0; i < n; i++) {
        const char *file = order[i]->file ? order[i]->file : order[i]->url;
        if (!file && l->o->need_images)
            return bx_fail(l->e, BX_DATA, "%s: images[%zu]: found neither 'file_name' nor 'coco_url'", l->name,
                           (size_t)(order[i] - f->images));
        t->image_id[i] = f->keys ? (int64_t)i + 1 : order[i]->id;
        t->image_file[i] = file ? file : image_name(order[i], l->a);
        if (t->image_line)
            t->image_line[i] = (uint32_t)order[i]->place;
        t->image_w[i] = order[i]->w;
        t->image_h[i] = order[i]->h;
        if (f->keys)
            t->image_key[i] = order[i]->key;
    }
    bx_ids_make(&l->image, t->image_id, t->image_key, n, l->a);
    put_positions(l);
    put_tags(l, order);
    return true;
}

/* Roboflow's exports begin with a category that nothing belongs to: it bears the group's name, which the others have as their
 * supercategory. A board must not list it as a class; a file scored alone keeps it, as pycocotools does. */
static bool is_placeholder(const struct loading *l, const struct bx_coco_category *c)
{
    const struct bx_coco_file *f = &l->f;
    bool named = false;
    if (!l->o->need_images || l->o->reference || l->o->lvis || !c->name || !c->group || strcmp(c->group, "none") != 0)
        return false;
    for (size_t i = 0; i < f->ncategories && !named; i++)
        named = &f->categories[i] != c && f->categories[i].group && !strcmp(f->categories[i].group, c->name);
    for (size_t i = 0; i < f->nannotations && named; i++)
        named = f->annotations[i].category != c->id;
    return named;
}

static bool put_classes(struct loading *l)
{
    struct bx_testset *t = l->t;
    struct bx_coco_file *f = &l->f;
    struct bx_coco_category **order = BX_NEW(l->a, struct bx_coco_category *, f->ncategories);
    size_t n = 0, listed = 0;
    for (size_t i = 0; i < f->ncategories; i++) {
        if (is_placeholder(l, &f->categories[i]))
            bx_testset_note(t, l->a, "category %lld ('%s') only names the group of the others and has no annotations: it was left out",
                            (long long)f->categories[i].id, f->categories[i].name);
        else
            order[listed++] = &f->categories[i];
    }
    qsort(order, listed, sizeof *order, by_category_id);
    for (size_t i = 0; i < listed; i++) {
        bool same = n && order[n - 1]->id == order[i]->id;
        if (same && !l->o->reference)
            return bx_fail(l->e, BX_DATA, "%s: categories[%zu]: found the id %lld a second time", l->name,
                           (size_t)(order[i] - f->categories), (long long)order[i]->id);
        order[n - same] = order[i];
        n += !same;
    }
    t->nclasses = n;
    t->class_id = BX_NEW(l->a, int64_t, n);
    t->class_name = BX_NEW(l->a, const char *, n);
    t->class_line = l->o->faulty ? BX_NEW(l->a, uint32_t, n) : NULL;
    if (l->o->lvis)
        t->class_frequency = BX_NEW(l->a, char, n);
    for (size_t k = 0; k < n; k++) {
        t->class_id[k] = order[k]->id;
        if (t->class_line)
            t->class_line[k] = (uint32_t)order[k]->place;
        t->class_name[k] = order[k]->name ? order[k]->name : bx_printf(l->a, "category %lld", (long long)order[k]->id);
        if (l->o->lvis)
            t->class_frequency[k] = order[k]->frequency;
    }
    bx_ids_make(&l->class, t->class_id, NULL, n, l->a);
    return true;
}

/* Ids of classes → indices; unknown ones have no effect. */
static uint32_t *class_list(struct loading *l, const int64_t *ids, size_t n, size_t *kept)
{
    uint32_t *v = BX_NEW(l->a, uint32_t, n);
    *kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = bx_ids_find(&l->class, ids[i]);
        if (k != BX_NO_INDEX)
            v[(*kept)++] = (uint32_t)k;
    }
    return v;
}

static void put_federation(struct loading *l)
{
    struct bx_testset *t = l->t;
    for (size_t i = 0; i < l->f.nimages; i++) {
        const struct bx_coco_image *m = &l->f.images[i];
        size_t at = image_index(l, m->id, m->key);
        t->image_negative[at] = class_list(l, m->negative, m->nnegative, &t->image_nnegative[at]);
        t->image_nonexhaustive[at] = class_list(l, m->nonexhaustive, m->nnonexhaustive, &t->image_nnonexhaustive[at]);
    }
}

/* The annotations that are evaluated, by image and in file order. pycocotools looks an annotation up by its id again, so that a repeated id
 * stands for the last of its annotations, in every place (and with its image and class). */
static size_t select_annotations(struct loading *l, uint32_t *chosen, uint32_t *chosen_image)
{
    struct bx_coco_file *f = &l->f;
    struct bx_arena scratch = {0};
    size_t n = f->nannotations, kept = 0, empty = 0;
    int64_t *ids = BX_NEW(&scratch, int64_t, n);
    uint32_t *image = BX_NEW(&scratch, uint32_t, n), *order = BX_NEW(&scratch, uint32_t, n);
    size_t *begin = BX_NEW(&scratch, size_t, l->t->nimages + 2);
    l->t->class_stray = BX_NEW(l->a, uint32_t, l->t->nclasses);
    for (size_t i = 0; i < n; i++) {
        size_t m = image_index(l, f->annotations[i].image, f->annotations[i].image_key),
               k = bx_ids_find(&l->class, f->annotations[i].category);
        bool known = m != BX_NO_INDEX && (k != BX_NO_INDEX || l->o->any_category);
        if (m == BX_NO_INDEX && k != BX_NO_INDEX)
            l->t->class_stray[k] += !f->annotations[i].crowd;
        image[i] = known ? (uint32_t)m : UINT32_MAX;
        ids[i] = f->annotations[i].has_id ? f->annotations[i].id : INT64_MIN + (int64_t)i;
        if (!known)
            note_annotation(l, &l->unknown, l->a, i);
        if (known)
            begin[m + 1]++;
    }
    struct bx_ids last;
    bx_ids_make(&last, ids, NULL, n, &scratch);
    for (size_t i = 0; i < l->t->nimages; i++)
        begin[i + 1] += begin[i];
    for (size_t i = 0; i < n; i++)
        if (image[i] != UINT32_MAX)
            order[begin[image[i]]++] = (uint32_t)i;
    size_t all = n - l->unknown.n;
    for (size_t i = 0; i < all; i++) {
        size_t at = order[i], by_id = bx_ids_find(&last, ids[at]);
        double area = f->annotations[at].area;
        if (l->o->lvis && f->annotations[at].has_area && !(area > 0 && area < INFINITY)) {
            empty++;
            continue;
        }
        if (by_id != at)
            note_annotation(l, &l->shared, l->a, at);
        if (l->o->reference && !l->o->keep_repeated)
            at = by_id;
        if (image[at] == UINT32_MAX || bx_ids_find(&l->class, f->annotations[at].category) == BX_NO_INDEX)
            continue;
        chosen_image[kept] = image[at];
        chosen[kept++] = (uint32_t)at;
    }
    if (empty)
        bx_testset_note(l->t, l->a, "%zu annotation%s without an area %s left out, as LVIS has it", empty, bx_plural(empty),
                        empty == 1 ? "was" : "were");
    bx_arena_release(&scratch);
    return kept;
}

/* Stable, by image: a repeated id may have moved an annotation to another one. */
static void group_by_image(struct loading *l, const uint32_t *chosen, const uint32_t *chosen_image, size_t n, uint32_t *out)
{
    struct bx_testset *t = l->t;
    size_t *next = BX_NEW(l->a, size_t, t->nimages + 1);
    t->ann_begin = BX_NEW(l->a, size_t, t->nimages + 1);
    for (size_t i = 0; i < n; i++)
        t->ann_begin[chosen_image[i] + 1]++;
    for (size_t i = 0; i < t->nimages; i++) {
        t->ann_begin[i + 1] += t->ann_begin[i];
        next[i] = t->ann_begin[i];
    }
    for (size_t i = 0; i < n; i++)
        out[next[chosen_image[i]]++] = chosen[i];
}

/* A run of images whose annotations are put into the columns by one thread, and what that brings. */
struct run {
    const struct loading *l;
    const uint32_t *order; /* the annotations' places in the file, by image */
    size_t first, end;
    struct bx_tally shapeless, stray; /* segmentations that are no mask; with rings of no pixels */
    struct bx_tally nowhere;          /* annotations that say no place at all */
    struct bx_arena a;
    struct bx_err e;
    bool ok;
    BX_APART;
};

static bool read_segmentation(struct run *u, const struct bx_coco_annotation *n, size_t index, size_t image, struct bx_segmentation *out)
{
    const struct loading *l = u->l;
    struct bx_json r;
    struct bx_segmentation_rules rules = {
        .h = l->t->image_h[image],
        .w = l->t->image_w[image],
        .draw = !l->o->boxes_only || !n->has_area,
        .reference = l->o->reference,
        .labels = true,
    };
    bx_json_init(&r, l->name, l->data, l->n, BX_COCO_JSON, &u->e);
    r.p = n->segmentation.p;
    r.end = r.p + n->segmentation.n;
    bool ok = bx_segmentation_read(&r, &rules, out, &u->a);
    bx_json_release(&r);
    if (ok && out->stray)
        note_annotation(l, &u->stray, &u->a, index);
    if (ok)
        return true;
    bx_wrap(&u->e, "annotations[%zu]", index);
    if (!(l->o->boxes_only || l->o->masks_optional) || !(n->has_box || n->obb))
        return false;
    bx_tally_add(&u->shapeless, "%s", u->e.text); /* why */
    keep_annotation(l, &u->shapeless, &u->a, index);
    *out = (struct bx_segmentation){0};
    return true;
}

/* The class of a row that drop_rows takes out again. */
#define NO_ROW UINT32_MAX

static bool put_annotation(struct run *u, size_t i, size_t source, size_t image)
{
    const struct loading *l = u->l;
    struct bx_testset *t = l->t;
    const struct bx_coco_annotation *n = &l->f.annotations[source];
    struct bx_segmentation seg = {0};
    double *box = t->ann_box + 4 * i;
    bool wanted = n->segmentation.p && (!l->o->boxes_only || !n->has_box || !n->has_area);
    if (wanted && !read_segmentation(u, n, source, image, &seg))
        return false;
    if (n->has_box)
        memcpy(box, n->box, sizeof n->box);
    else if (seg.present)
        memcpy(box, seg.hull, sizeof seg.hull);
    else if (n->obb)
        bx_points_box(n->obb, 4, box);
    else if (l->o->reference) /* pycocotools ends with a KeyError */
        return bx_fail(&u->e, BX_DATA, "%s: annotations[%zu]: found neither 'bbox' nor 'segmentation'", l->name, source);
    else {
        note_annotation(l, &u->nowhere, &u->a, source);
        t->ann_class[i] = NO_ROW;
        return true;
    }
    if (t->ann_mask)
        t->ann_mask[i] = seg.mask;
    for (size_t c = 0; t->ann_obb && c < 8; c++)
        t->ann_obb[8 * i + c] = n->obb ? n->obb[c] : NAN;
    if (t->ann_line)
        t->ann_line[i] = (uint32_t)n->place;
    t->ann_class[i] = (uint32_t)bx_ids_find(&l->class, n->category);
    t->ann_id[i] = n->has_id ? n->id : (int64_t)source + 1;
    t->ann_area[i] = n->has_area ? n->area : n->obb ? bx_points_area(n->obb, 4) : seg.mask.n ? bx_rle_area(&seg.mask) : box[2] * box[3];
    t->ann_flags[i] = (uint8_t)((n->crowd && !l->o->lvis ? BX_ANN_CROWD : 0) | (n->ignore ? BX_ANN_IGNORE : 0));
    if (l->o->reference && n->has_id && n->id == 0)
        t->ann_flags[i] |= BX_ANN_LOST;
    return true;
}

static void put_run(void *context, size_t i, size_t worker)
{
    struct run *u = (struct run *)context + i;
    const size_t *begin = u->l->t->ann_begin;
    (void)worker;
    u->ok = true;
    for (size_t image = u->first; image < u->end && u->ok; image++)
        for (size_t n = begin[image]; n < begin[image + 1] && u->ok; n++)
            u->ok = put_annotation(u, n, u->order[n], image);
}

/* What says no place, which other tools write for a whole image or a caption, is no object. */
static void drop_rows(struct bx_testset *t)
{
    size_t kept = 0, i = 0;
    for (size_t image = 0; image < t->nimages; image++) {
        size_t end = t->ann_begin[image + 1];
        t->ann_begin[image] = kept;
        for (; i < end; i++) {
            if (t->ann_class[i] == NO_ROW)
                continue;
            t->ann_class[kept] = t->ann_class[i];
            t->ann_flags[kept] = t->ann_flags[i];
            t->ann_area[kept] = t->ann_area[i];
            t->ann_id[kept] = t->ann_id[i];
            if (t->ann_line)
                t->ann_line[kept] = t->ann_line[i];
            memmove(t->ann_box + 4 * kept, t->ann_box + 4 * i, 4 * sizeof *t->ann_box);
            if (t->ann_obb)
                memmove(t->ann_obb + 8 * kept, t->ann_obb + 8 * i, 8 * sizeof *t->ann_obb);
            if (t->ann_mask)
                t->ann_mask[kept] = t->ann_mask[i];
            kept++;
        }
    }
    t->nanns = t->ann_begin[t->nimages] = kept;
}

#define MOST_RUNS 64
#define LEAST_RUN 256 /* annotations that are worth a thread */

/* The first annotation that is wrong is the one that is told, whatever thread came upon it. */
static bool put_all(struct loading *l, const uint32_t *order)
{
    struct bx_testset *t = l->t;
    struct bx_tally shapeless = {0}, stray = {0}, nowhere = {0};
    size_t n = t->nanns / LEAST_RUN + 1;
    n = n < MOST_RUNS ? n : MOST_RUNS;
    struct run *runs = bx_xrealloc(NULL, n, sizeof *runs);
    for (size_t i = 0; i < n; i++)
        runs[i] = (struct run){.l = l, .order = order, .first = t->nimages * i / n, .end = t->nimages * (i + 1) / n};
    bx_parallel(bx_workers(l->o->threads, n), n, put_run, runs);
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        if (ok && !runs[i].ok)
            *l->e = runs[i].e;
        ok = ok && runs[i].ok;
        bx_tally_join(&shapeless, &runs[i].shapeless, l->a);
        bx_tally_join(&stray, &runs[i].stray, l->a);
        bx_tally_join(&nowhere, &runs[i].nowhere, l->a);
        bx_arena_adopt(l->a, &runs[i].a);
    }
    free(runs);
    if (ok && nowhere.n && nowhere.n == t->nanns)
        ok = bx_fail(l->e, BX_DATA, "%s: found neither 'bbox' nor 'segmentation' in any of its %zu annotations (the first: %s)", l->name,
                     t->nanns, nowhere.first);
    if (ok) {
        if (nowhere.n)
            drop_rows(t);
        bx_testset_told(t, l->a, BX_SEVERITY_WARNING, &nowhere, "{annotation has|annotations have} neither 'bbox' nor 'segmentation'",
                        "left out");
        bx_testset_told(t, l->a, BX_SEVERITY_WARNING, &shapeless, "{segmentation|segmentations} cannot be a mask",
                        "{its box is|their boxes are} taken");
        bx_testset_told(
            t, l->a, BX_SEVERITY_NOTE, &stray,
            "{segmentation has|segmentations have} a ring of fewer than three points, half a point, or run lengths that end too early",
            "there are no pixels, as pycocotools draws it");
    }
    return ok;
}

static bool put_annotations(struct loading *l)
{
    struct bx_testset *t = l->t;
    struct bx_tally no_area = {0};
    size_t n = l->f.nannotations;
    uint32_t *chosen = BX_NEW(l->a, uint32_t, n), *image = BX_NEW(l->a, uint32_t, n), *order = BX_NEW(l->a, uint32_t, n);
    bool obb = false, masks = false;
    n = select_annotations(l, chosen, image);
    group_by_image(l, chosen, image, n, order);
    for (size_t i = 0; i < n; i++) {
        obb = obb || l->f.annotations[order[i]].obb;
        masks = masks || (l->f.annotations[order[i]].segmentation.p && !l->o->boxes_only);
        if (l->f.annotations[order[i]].has_id && l->f.annotations[order[i]].id == 0)
            note_annotation(l, &l->zero, l->a, order[i]);
        if (l->f.annotations[order[i]].no_area)
            note_annotation(l, &no_area, l->a, order[i]);
    }
    t->nanns = n;
    t->ann_class = BX_NEW(l->a, uint32_t, n);
    t->ann_flags = BX_NEW(l->a, uint8_t, n);
    t->ann_area = BX_NEW(l->a, double, n);
    t->ann_id = BX_NEW(l->a, int64_t, n);
    t->ann_line = l->o->faulty ? BX_NEW(l->a, uint32_t, n) : NULL;
    t->ann_box = BX_NEW(l->a, double, 4 * n);
    t->ann_obb = obb ? BX_NEW(l->a, double, 8 * n) : NULL;
    t->ann_mask = masks ? BX_NEW(l->a, struct bx_rle, n) : NULL;
    if (!put_all(l, order))
        return false;
    t->unknown = l->unknown.n;
    t->repeated = l->shared.n;
    bx_testset_told(t, l->a, BX_SEVERITY_WARNING, &l->unknown,
                    "{annotation|annotations} of an image or a category that the file does not list", "left out");
    bx_testset_told(t, l->a, BX_SEVERITY_NOTE, &no_area, "{annotation has|annotations have} an area below 0",
                    "{its area is|their areas are} taken as if {it was|they were} not there");
    bx_testset_told(t, l->a, BX_SEVERITY_NOTE, &l->shared, "{annotation shares|annotations share} an id with a later one",
                    l->o->reference ? "pycocotools evaluates the later one instead"
                                    : "each counts for itself here, pycocotools would evaluate the later one instead");
    bx_testset_told(t, l->a, BX_SEVERITY_NOTE, &l->zero, "{annotation has|annotations have} the id 0",
                    l->o->reference ? "pycocotools never counts {it|them} as found"
                                    : "{it counts|they count} here, and pycocotools would never count {it|them} as found");
    return true;
}

/* Polygons are drawn on the image: where the file does not say its size, the image does. What that cannot be asked is told later, by
 * whoever looks at all of them. */
static void measure(struct loading *l)
{
    struct bx_testset *t = l->t;
    struct bx_tally measured = {0};
    for (size_t i = 0; i < t->nimages && (l->o->need_images || l->o->look_if_there); i++) {
        if (t->image_w[i] && t->image_h[i])
            continue;
        struct bx_map m;
        struct bx_image_info info;
        struct bx_err ignored;
        struct bx_arena_mark mark = bx_arena_mark(l->a);
        const char *path = bx_path_join(l->a, t->image_root, t->image_file[i]);
        if (bx_map_open(&m, path, NULL)) {
            if (bx_image_info(path, m.data, m.n, &info, &ignored)) {
                t->image_w[i] = info.w;
                t->image_h[i] = info.h;
                bx_tally_at(&measured, l->a, t->image_file[i], 0);
            }
            bx_map_close(&m);
        } else
            bx_arena_pop(l->a, mark);
    }
    bx_testset_told(t, l->a, BX_SEVERITY_NOTE, &measured, "{image has|images have} no width and height in the file",
                    "taken from the {image|images}");
}

bool bx_testset_read_coco(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    struct bx_map map;
    if (bx_path_is_dir(path))
        return bx_fail(e, BX_DATA, "%s: found no %s, expected COCO annotations (name the file)", path, bx_formats[BX_FORMAT_coco].sign);
    if (!bx_map_open(&map, path, e))
        return false;
    *t = (struct bx_testset){.source = bx_strdup(a, path)};
    struct loading l = {.name = path, .data = map.data, .n = map.n, .o = o, .t = t, .a = a, .e = e};
    bool ok = bx_coco_file_read(path, map.data, map.n, o, &l.f, a, e);
    if (ok) {
        t->page = l.f.page;
        t->license = l.f.license;
        if (o->faulty)
            bx_coco_lines(&l.f, map.data);
        ok = put_images(&l) && put_classes(&l);
        if (ok && l.f.federated && !o->reference) {
            bx_testset_note(
                t, a,
                "this is an LVIS file, in which not every class was looked for in every image (neg_category_ids): read as COCO, "
                "what is found and was not looked for counts as wrong; --protocol lvis, or a board's \"protocol\": \"lvis\", counts it as "
                "LVIS does");
            t->notes[t->nnotes - 1].severity = BX_SEVERITY_WARNING;
        }
        if (ok && o->lvis)
            put_federation(&l);
        ok = ok && bx_coco_place(t, o, path, a, e);
        if (ok)
            measure(&l);
        ok = ok && put_annotations(&l);
        bx_coco_file_free(&l.f);
    }
    bx_map_close(&map);
    return ok;
}
