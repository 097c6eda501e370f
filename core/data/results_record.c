/* results_record.c: one detection of a COCO results file: by its usual spelling, or with the pull reader, which has the last word. */
#include "core/data/results_record.h"
#include <math.h>
#include <string.h>

static bool read_image_id(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d)
{
    struct bx_image_id id;
    const char *at = r->p;
    if (!bx_image_id_read(r, &id))
        return false;
    d->has_image = true;
    if (!id.is_key && d->image < v->t->nimages && !v->image.key && v->t->image_id[d->image] == id.number)
        return true; /* the same as the detection before, most often */
    d->image = id.is_key ? bx_ids_find_key(&v->image, id.key) : bx_ids_find(&v->image, id.number);
    if (d->image != BX_NO_INDEX)
        return true;
    if (id.is_key)
        return bx_json_fail(r, at, "found the image id '%.*s', expected one of the test set's", (int)(id.key.n < 80 ? id.key.n : 80),
                            id.key.p);
    return bx_json_fail(r, at, "found the image id %lld, expected one of the test set's", (long long)id.number);
}

static bool read_mask(struct bx_json *r, const struct bx_record_rules *v, const struct bx_record *d, struct bx_segmentation *out,
                      struct bx_arena *a)
{
    struct bx_segmentation_rules rules = {
        .h = v->t->image_h[d->image], .w = v->t->image_w[d->image], .draw = true, .reference = v->o->reference};
    rules.compressed_only = v->o->reference && !v->boxes;
    rules.crossings = v->o->reference ? 0 : bx_segmentation_bound(rules.h, rules.w);
    rules.lazy = v->lazy;
    return bx_segmentation_read(r, &rules, out, a);
}

bool bx_record_mask(struct bx_json *r, const struct bx_record_rules *v, const struct bx_record *d, struct bx_segmentation *out,
                    struct bx_arena *a)
{
    struct bx_json q = *r;
    q.scratch = NULL;
    q.scratch_cap = 0;
    q.p = d->segmentation.p;
    q.end = q.p + d->segmentation.n;
    bool ok = read_mask(&q, v, d, out, a);
    bx_json_release(&q);
    r->failed = r->failed || q.failed;
    return ok;
}

static void clear(struct bx_record *d)
{
    d->has_image = d->has_category = d->has_score = d->has_box = d->has_obb = d->seg_read = false;
    d->segmentation.p = NULL;
}

/* Compressed run lengths of the image's size: they stay where they are. False for whatever is wrong with them. */
static bool take_run_lengths(const struct bx_record_rules *v, const struct bx_quick *q, struct bx_record *d)
{
    uint32_t h = v->t->image_h[d->image], w = v->t->image_w[d->image];
    uint64_t sum;
    if (q->size[0] != h || q->size[1] != w || !bx_rle_text_scan(q->counts, q->counts_end, h, w, &d->seg.text, &sum) ||
        sum != (uint64_t)h * w || sum >= UINT32_MAX ||
        (d->seg.text.n > bx_rle_most_runs(h, w) && bx_rle_text_runs(q->counts, d->seg.text.n) > bx_rle_most_runs(h, w)))
        return false;
    d->seg.present = true;
    d->seg.polygon = false;
    for (int i = 0; i < 4; i++)
        d->seg.hull[i] = d->seg.text.box[i];
    return true;
}

/* Drawn or unpacked at once where image and use are known. */
static void read_segmentation(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    if (v->o->geometry == BX_GEOM_MASK && d->has_image)
        d->seg_read = read_mask(r, v, d, &d->seg, a);
    else if (v->o->geometry != BX_GEOM_OBB)
        bx_json_raw(r, &d->segmentation);
    else
        bx_json_skip(r);
}

static bool quick_image(const struct bx_record_rules *v, const struct bx_quick *q, struct bx_record *d)
{
    if (!(q->seen & (v->image.key ? BX_QUICK_KEY : BX_QUICK_IMAGE)))
        return false;
    if (v->image.key) {
        struct bx_slice key = {q->key, (size_t)(q->key_end - q->key)};
        if (d->image >= v->t->nimages || !bx_slice_is(key, v->t->image_key[d->image]))
            d->image = bx_ids_find_key(&v->image, key);
    } else if (d->image >= v->t->nimages || v->t->image_id[d->image] != q->image)
        d->image = bx_ids_find(&v->image, q->image);
    d->has_image = d->image != BX_NO_INDEX;
    return d->has_image;
}

/* false: nothing was read, the pull reader must see the detection (or has seen what is wrong: r->failed). */
static bool read_quickly(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    enum { NEEDED = BX_QUICK_CATEGORY | BX_QUICK_SCORE };
    struct bx_quick q;
    bool segmentation;
    d->form.no_rle = !v->lazy;
    const char *begin = r->p, *p = bx_quick_begin(begin, r->end, &q, &segmentation, &d->form);
    clear(d);
    while (p && segmentation) {
        quick_image(v, &q, d);
        r->p = p;
        read_segmentation(r, v, d, a);
        if (r->failed)
            return false;
        p = bx_quick_resume(r->p, r->end, &q, &segmentation);
    }
    bool usual = p && (q.seen & NEEDED) == NEEDED && quick_image(v, &q, d);
    if (usual && q.seen & BX_QUICK_RLE)
        usual = d->seg_read = v->lazy && take_run_lengths(v, &q, d);
    if (usual && q.seen & BX_QUICK_LISTS && v->o->geometry != BX_GEOM_OBB)
        d->segmentation = (struct bx_slice){q.lists, (size_t)(q.lists_end - q.lists)};
    if (!usual || (!v->o->reference && (q.seen & BX_QUICK_BOX) && (q.box[2] < 0 || q.box[3] < 0))) {
        r->p = begin;
        return false;
    }
    r->p = p;
    d->has_category = d->has_score = true;
    d->category = q.category;
    d->score = q.score;
    d->has_box = q.seen & BX_QUICK_BOX;
    d->has_obb = (q.seen & BX_QUICK_OBB) && v->o->geometry != BX_GEOM_MASK;
    if (d->has_box)
        memcpy(d->box, q.box, sizeof d->box);
    if (d->has_obb)
        memcpy(d->obb, q.obb, sizeof d->obb);
    return true;
}

static bool read_score(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d)
{
    const char *at = r->p;
    d->has_score = bx_json_double(r, &d->score);
    if (d->has_score && !v->o->reference && !isfinite(d->score))
        return bx_json_fail(r, at, "found the score %g, expected a finite number", d->score);
    return d->has_score;
}

static bool read_thoroughly(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    struct bx_slice key;
    clear(d);
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "image_id"))
            read_image_id(r, v, d);
        else if (bx_slice_is(key, "category_id"))
            d->has_category = bx_json_int(r, &d->category);
        else if (bx_slice_is(key, "score"))
            read_score(r, v, d);
        else if (bx_slice_is(key, "bbox"))
            bx_box_read(r, v->o->reference, d->box, &d->has_box);
        else if (bx_slice_is(key, "segmentation"))
            read_segmentation(r, v, d, a);
        else if (bx_slice_is(key, "obb") && v->o->geometry != BX_GEOM_MASK)
            bx_obb_read(r, d->obb, &d->has_obb);
        else
            bx_json_skip(r);
    }
    return !r->failed;
}

bool bx_record_read(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    const char *at = r->p;
    if (!read_quickly(r, v, d, a) && (r->failed || !read_thoroughly(r, v, d, a)))
        return false;
    const char *missing = !d->has_image ? "image_id" : !d->has_category ? "category_id" : !d->has_score ? "score" : NULL;
    return !missing || bx_json_fail(r, at, "found a detection without '%s'", missing);
}
