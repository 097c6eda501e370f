/* detections.c: the builder that puts answers in order, and the class map. Their canonical bytes are in detections_bytes.c. */
#include "core/data/detections.h"
#include "core/base/names.h"
#include <stdlib.h>
#include <string.h>

struct bx_detections_builder {
    size_t n, cap;
    struct item {
        size_t image;
        uint32_t name;
        bool box_given, has_obb, has_mask;
        double score, box[4];
        size_t obb, mask; /* places in the pools */
    } * items;
    double *obbs;
    size_t nobbs, obbs_cap;
    struct bx_rle *masks; /* counts: offset into the pool until finish */
    size_t *mask_at;
    size_t nmasks, masks_cap, mask_at_cap;
    uint32_t *counts;
    size_t ncounts, counts_cap;
    char **names;
    size_t nnames, names_cap;
    struct bx_name_table table; /* of the names */
};

struct bx_detections_builder *bx_detections_builder_new(void)
{
    struct bx_detections_builder *b = bx_xrealloc(NULL, 1, sizeof *b);
    memset(b, 0, sizeof *b);
    return b;
}

void bx_detections_builder_free(struct bx_detections_builder *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->nnames; i++)
        free(b->names[i]);
    free(b->names);
    bx_name_table_free(&b->table);
    free(b->items);
    free(b->obbs);
    free(b->masks);
    free(b->mask_at);
    free(b->counts);
    free(b);
}

uint32_t bx_detections_builder_name(struct bx_detections_builder *b, const char *name, size_t n)
{
    uint32_t *slot = bx_name_slot(&b->table, (const char *const *)b->names, b->nnames, name, n);
    if (*slot)
        return *slot - 1;
    *slot = (uint32_t)b->nnames + 1;
    b->names = bx_grow(b->names, &b->names_cap, b->nnames + 1, sizeof *b->names);
    char *copy = bx_xrealloc(NULL, n + 1, 1);
    memcpy(copy, name, n);
    copy[n] = 0;
    b->names[b->nnames] = copy;
    return (uint32_t)b->nnames++;
}

void bx_detections_builder_add(struct bx_detections_builder *b, size_t image, const struct bx_detection *d)
{
    b->items = bx_grow(b->items, &b->cap, b->n + 1, sizeof *b->items);
    struct item *item = &b->items[b->n++];
    *item = (struct item){.image = image, .name = d->name, .box_given = d->box_given, .score = d->score};
    memcpy(item->box, d->box, sizeof item->box);
    if (d->obb) {
        b->obbs = bx_grow(b->obbs, &b->obbs_cap, b->nobbs + 8, sizeof *b->obbs);
        memcpy(b->obbs + b->nobbs, d->obb, 8 * sizeof *d->obb);
        item->has_obb = true;
        item->obb = b->nobbs;
        b->nobbs += 8;
    }
    if (d->mask && d->mask->h) {
        b->masks = bx_grow(b->masks, &b->masks_cap, b->nmasks + 1, sizeof *b->masks);
        b->mask_at = bx_grow(b->mask_at, &b->mask_at_cap, b->nmasks + 1, sizeof *b->mask_at);
        b->counts = bx_grow(b->counts, &b->counts_cap, b->ncounts + d->mask->n, sizeof *b->counts);
        if (d->mask->n)
            memcpy(b->counts + b->ncounts, d->mask->counts, d->mask->n * sizeof *b->counts);
        b->masks[b->nmasks] = *d->mask;
        b->mask_at[b->nmasks] = b->ncounts;
        b->ncounts += d->mask->n;
        item->has_mask = true;
        item->mask = b->nmasks++;
    }
}

/* Where each item goes: a counting sort by image, which keeps the order answered. Items of images that do not exist go nowhere. */
static size_t *places(const struct bx_detections_builder *b, size_t nimages, size_t *begin)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->items[i].image < nimages)
            begin[b->items[i].image + 1]++;
    for (size_t i = 0; i < nimages; i++)
        begin[i + 1] += begin[i];
    size_t *next = bx_xrealloc(NULL, nimages + 1, sizeof *next);
    memcpy(next, begin, (nimages + 1) * sizeof *next);
    size_t *at = bx_xrealloc(NULL, b->n + 1, sizeof *at);
    for (size_t i = 0; i < b->n; i++)
        at[i] = b->items[i].image < nimages ? next[b->items[i].image]++ : SIZE_MAX;
    free(next);
    return at;
}

/* Names are numbered by first use in the final order, and those never used are dropped: the same answers give the same columns and digest,
 * however many sittings and restarts they came from. */
static void renumber(struct bx_detections *d, const char *const *names, size_t nnames, struct bx_arena *a)
{
    uint32_t *to = bx_xrealloc(NULL, nnames + 1, sizeof *to);
    memset(to, 0xff, (nnames + 1) * sizeof *to);
    d->names = BX_NEW(a, const char *, nnames);
    d->nnames = 0;
    for (size_t i = 0; i < d->n; i++) {
        uint32_t name = d->name[i];
        if (to[name] == UINT32_MAX) {
            to[name] = (uint32_t)d->nnames;
            d->names[d->nnames++] = bx_strdup(a, names[name]);
        }
        d->name[i] = to[name];
    }
    free(to);
}

void bx_detections_builder_finish(struct bx_detections_builder *b, size_t nimages, struct bx_detections *out, struct bx_arena *a)
{
    *out = (struct bx_detections){.nimages = nimages, .image_begin = BX_NEW(a, size_t, nimages + 1)};
    size_t *at = places(b, nimages, out->image_begin);
    size_t n = out->n = out->image_begin[nimages];
    out->name = BX_NEW(a, uint32_t, n);
    out->score = BX_NEW(a, double, n);
    out->box = BX_NEW(a, double, 4 * n);
    uint32_t *counts = b->nmasks ? bx_memdup(a, b->counts, b->ncounts * sizeof *counts) : NULL;
    for (size_t i = 0; i < b->n; i++) {
        const struct item *item = &b->items[i];
        size_t k = at[i];
        if (k == SIZE_MAX)
            continue;
        out->name[k] = item->name;
        out->score[k] = item->score;
        memcpy(out->box + 4 * k, item->box, sizeof item->box);
        if (item->has_obb) {
            if (!out->obb)
                out->obb = BX_NEW(a, double, 8 * n);
            memcpy(out->obb + 8 * k, b->obbs + item->obb, 8 * sizeof *out->obb);
        }
        if (item->has_mask) {
            if (!out->mask)
                out->mask = BX_NEW(a, struct bx_rle, n);
            out->mask[k] = b->masks[item->mask];
            out->mask[k].counts = counts + b->mask_at[item->mask];
        }
        if (!item->box_given && !out->box_given) {
            out->box_given = BX_NEW(a, uint8_t, n);
            memset(out->box_given, 1, n);
        }
        if (!item->box_given)
            out->box_given[k] = 0;
    }
    free(at);
    renumber(out, (const char *const *)b->names, b->nnames, a);
    bx_detections_builder_free(b);
}

void bx_detections_settle(struct bx_detections *d, struct bx_arena *a)
{
    bool mask = false, derived = false;
    for (size_t i = 0; d->mask && i < d->n && !mask; i++)
        mask = d->mask[i].h != 0;
    for (size_t i = 0; d->box_given && i < d->n && !derived; i++)
        derived = !d->box_given[i];
    if (!mask)
        d->mask = NULL;
    if (!derived)
        d->box_given = NULL;
    if (!d->n)
        d->obb = NULL;
    d->mapped = false;
    renumber(d, d->names, d->nnames, a);
}

static uint32_t name_in(const struct bx_name_table *t, const char *const *names, const char *name)
{
    size_t i = bx_name_find(t, names, name, strlen(name));
    return i == SIZE_MAX ? BX_UNMAPPED : (uint32_t)i;
}

bool bx_classmap_resolve(const struct bx_detections *d, const struct bx_testset *t, const struct bx_classmap_pair *pairs, size_t npairs,
                         uint32_t *to, struct bx_err *e)
{
    const char *const *classes = (const char *const *)t->class_name;
    struct bx_name_table of_classes = {0}, own = {0};
    bool ok = true;
    bx_name_table_fill(&of_classes, classes, t->nclasses);
    bx_name_table_fill(&own, d->names, d->nnames);
    for (size_t i = 0; i < d->nnames; i++)
        to[i] = name_in(&of_classes, classes, d->names[i]);
    for (size_t p = 0; ok && p < npairs; p++) {
        uint32_t class = pairs[p].to ? name_in(&of_classes, classes, pairs[p].to) : BX_UNMAPPED, i = name_in(&own, d->names, pairs[p].from);
        if (pairs[p].to && class == BX_UNMAPPED)
            ok = bx_fail(e, BX_CONFIG, "class map: '%s' is to be '%s', and the test set has no such class", pairs[p].from, pairs[p].to);
        else if (i != BX_UNMAPPED)
            to[i] = class;
    }
    bx_name_table_free(&of_classes);
    bx_name_table_free(&own);
    return ok;
}

static bool any_corner(const double obb[8])
{
    for (int i = 0; i < 8; i++)
        if (obb[i] != 0)
            return true;
    return false;
}

unsigned bx_detections_geometries(const struct bx_detections *d)
{
    bool mask = !d->n || d->mask, obb = !d->n || d->obb;
    for (size_t i = 0; i < d->n && (mask || obb); i++) {
        mask = mask && d->mask[i].h;
        obb = obb && any_corner(d->obb + 8 * i);
    }
    return 1u << BX_GEOM_BOX | (mask ? 1u << BX_GEOM_MASK : 0) | (obb ? 1u << BX_GEOM_OBB : 0);
}
