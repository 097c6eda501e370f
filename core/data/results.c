/* results.c: a COCO results file → detections. One pass over the text, straight into columns; where the file is not in the order of the
 * images, one stable counting sort, a column at a time. */
#include "core/data/results.h"
#include "core/data/ids.h"
#include "core/data/large.h"
#include "core/data/results_quick.h"
#include "core/data/segmentation.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct record {
    bool has_image, has_category, has_score, has_box, has_obb;
    size_t image;
    int64_t category;
    double score, box[4], obb[8];
    struct bx_slice segmentation; /* its text, where it has to wait */
    struct bx_segmentation seg;   /* read at once where image and use are known: seg_read */
    bool seg_read;
};

/* No detection is written in fewer bytes: {"image_id":1,"category_id":1,"score":1,"obb":[...]} */
#define LEAST_BYTES 50
#define GIVE_BACK   ((size_t)4 << 20)

/* Columns in file order, with room for as many detections as the text can hold: memory that is not used is never touched. */
struct reading {
    const struct bx_testset *t;
    const struct bx_results_options *o;
    struct bx_arena *a;
    struct bx_ids image, class;
    size_t n, cap;
    uint32_t *image_of, *name;
    double *score, *box, *obb;
    struct bx_rle *mask;
    struct bx_rle_text *mask_text;
    char *text; /* of the lazy masks, one behind the other */
    size_t text_used, text_cap;
    uint8_t *given;
    const char **names;
    struct bx_growing_ids extra; /* categories the test set does not have; their names follow the known ones */
    size_t nnames, names_cap;
    int64_t last_category;
    uint32_t last_name;
    bool boxes; /* the kind of all elements: the first one has a box */
    bool keep_obb, keep_masks, lazy;
};

static void add_name(struct reading *v, const char *name)
{
    v->names = bx_grow(v->names, &v->names_cap, v->nnames + 1, sizeof *v->names);
    v->names[v->nnames++] = name;
}

/* The categories' numbers in terms of names: of the test set, or those of the given table. */
static void make_names(struct reading *v)
{
    const struct bx_results_options *o = v->o;
    size_t n = o->categories ? o->ncategories : v->t->nclasses;
    int64_t *ids = BX_NEW(v->a, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        ids[i] = o->categories ? strtoll(o->categories[i].from, NULL, 10) : v->t->class_id[i];
        const char *to = o->categories ? o->categories[i].to : v->t->class_name[i];
        add_name(v, bx_strdup(v->a, to ? to : o->categories[i].from));
    }
    bx_ids_make(&v->class, ids, NULL, n, v->a);
}

static uint32_t name_of(struct reading *v, int64_t category)
{
    if (v->n && category == v->last_category)
        return v->last_name;
    size_t known = bx_ids_find(&v->class, category);
    if (known == BX_NO_INDEX) {
        known = (v->o->categories ? v->o->ncategories : v->t->nclasses) + bx_growing_ids_add(&v->extra, category);
        if (known == v->nnames)
            add_name(v, bx_printf(v->a, "category %lld", (long long)category));
    }
    v->last_category = category;
    v->last_name = (uint32_t)known;
    return (uint32_t)known;
}

static bool read_image_id(struct bx_json *r, struct reading *v, struct record *d)
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

/* n numbers; an empty list stands for none. */
static bool read_numbers(struct bx_json *r, double *out, size_t n, bool *has, const char *what)
{
    const char *at = r->p;
    size_t got = 0;
    if (bx_json_peek(r) == BX_JSON_NULL)
        return bx_json_null(r);
    if (!bx_json_array(r))
        return false;
    while (bx_json_element(r)) {
        double v;
        if (!bx_json_double(r, &v))
            return false;
        if (got < n)
            out[got] = v;
        got++;
    }
    if (!r->failed && got && got != n)
        return bx_json_fail(r, at, "found %zu numbers, expected %s", got, what);
    *has = got == n;
    return !r->failed;
}

static bool read_mask(struct bx_json *r, struct reading *v, const struct record *d, struct bx_segmentation *out)
{
    struct bx_segmentation_rules rules = {
        .h = v->t->image_h[d->image], .w = v->t->image_w[d->image], .draw = true, .reference = v->o->reference};
    rules.compressed_only = v->o->reference;
    rules.lazy = v->lazy;
    return bx_segmentation_read(r, &rules, out, v->a);
}

/* A segmentation that had to wait until the whole detection was known. */
static bool read_mask_later(struct bx_json *r, struct reading *v, const struct record *d, struct bx_segmentation *out)
{
    struct bx_json q = *r;
    q.scratch = NULL;
    q.scratch_cap = 0;
    q.p = d->segmentation.p;
    q.end = q.p + d->segmentation.n;
    bool ok = read_mask(&q, v, d, out);
    bx_json_release(&q);
    r->failed = r->failed || q.failed;
    return ok;
}

static void clear(struct record *d)
{
    d->has_image = d->has_category = d->has_score = d->has_box = d->has_obb = d->seg_read = false;
    d->segmentation.p = NULL;
}

/* Compressed run lengths of the image's size, in their usual spelling; false, and nothing read, for all else and for whatever is wrong. */
static bool read_mask_quickly(struct bx_json *r, struct reading *v, struct record *d)
{
    uint32_t size[2];
    uint64_t sum;
    size_t n;
    if (!v->lazy || (size_t)(r->end - r->p) > v->text_cap - v->text_used)
        return false;
    char *text = v->text + v->text_used;
    const char *p = bx_quick_rle(r->p, r->end, size, text, &n);
    if (!p || size[0] != v->t->image_h[d->image] || size[1] != v->t->image_w[d->image])
        return false;
    d->seg.text.p = NULL;
    if (!bx_rle_text_read(text, n, size[0], size[1], &d->seg.text, &sum, NULL) || sum != (uint64_t)size[0] * size[1] || sum >= UINT32_MAX)
        return false;
    v->text_used += n;
    d->seg.present = true;
    d->seg.polygon = false;
    for (int i = 0; i < 4; i++)
        d->seg.hull[i] = d->seg.text.box[i];
    r->p = p;
    return true;
}

/* Drawn or unpacked at once where image and use are known. */
static void read_segmentation(struct bx_json *r, struct reading *v, struct record *d)
{
    if (v->o->geometry == BX_GEOM_MASK && d->has_image && read_mask_quickly(r, v, d))
        d->seg_read = true;
    else if (v->o->geometry == BX_GEOM_MASK && d->has_image)
        d->seg_read = read_mask(r, v, d, &d->seg);
    else if (v->o->geometry != BX_GEOM_OBB)
        bx_json_raw(r, &d->segmentation);
    else
        bx_json_skip(r);
}

static bool quick_image(const struct reading *v, const struct bx_quick *q, struct record *d)
{
    if (v->image.key || !(q->seen & BX_QUICK_IMAGE))
        return false;
    if (d->image >= v->t->nimages || v->t->image_id[d->image] != q->image)
        d->image = bx_ids_find(&v->image, q->image);
    d->has_image = d->image != BX_NO_INDEX;
    return d->has_image;
}

/* false: nothing was read, the pull reader must see the detection (or has seen what is wrong: r->failed). */
static bool read_quickly(struct bx_json *r, struct reading *v, struct record *d)
{
    enum { NEEDED = BX_QUICK_IMAGE | BX_QUICK_CATEGORY | BX_QUICK_SCORE };
    struct bx_quick q;
    bool segmentation;
    const char *begin = r->p, *p = bx_quick_begin(begin, r->end, &q, &segmentation);
    clear(d);
    while (p && segmentation) {
        quick_image(v, &q, d);
        r->p = p;
        read_segmentation(r, v, d);
        if (r->failed)
            return false;
        p = bx_quick_resume(r->p, r->end, &q, &segmentation);
    }
    bool usual = p && (q.seen & NEEDED) == NEEDED && quick_image(v, &q, d);
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

static bool read_record(struct bx_json *r, struct reading *v, struct record *d)
{
    struct bx_slice key;
    bool has_obb = false;
    clear(d);
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        const char *at = r->p;
        if (bx_slice_is(key, "image_id")) {
            if (!read_image_id(r, v, d))
                return false;
        } else if (bx_slice_is(key, "category_id"))
            d->has_category = bx_json_int(r, &d->category);
        else if (bx_slice_is(key, "score")) {
            d->has_score = bx_json_double(r, &d->score);
            if (d->has_score && !v->o->reference && !isfinite(d->score))
                return bx_json_fail(r, at, "found the score %g, expected a finite number", d->score);
        } else if (bx_slice_is(key, "bbox")) {
            read_numbers(r, d->box, 4, &d->has_box, "[x, y, width, height]");
            if (d->has_box && !v->o->reference && (d->box[2] < 0 || d->box[3] < 0))
                return bx_json_fail(r, at, "found a box of %g x %g pixels, expected no negative size", d->box[2], d->box[3]);
        } else if (bx_slice_is(key, "segmentation"))
            read_segmentation(r, v, d);
        else if (bx_slice_is(key, "obb") && v->o->geometry != BX_GEOM_MASK) {
            read_numbers(r, d->obb, 8, &has_obb, "[x1, y1, x2, y2, x3, y3, x4, y4]");
            d->has_obb = has_obb;
        } else
            bx_json_skip(r);
    }
    return !r->failed;
}

static bool require(struct bx_json *r, const char *at, const struct record *d)
{
    const char *missing = !d->has_image ? "image_id" : !d->has_category ? "category_id" : !d->has_score ? "score" : NULL;
    return !missing || bx_json_fail(r, at, "found a detection without '%s'", missing);
}

static void hull_of(const double q[8], double box[4])
{
    double x0 = q[0], y0 = q[1], x1 = q[0], y1 = q[1];
    for (int i = 1; i < 4; i++) {
        x0 = fmin(x0, q[2 * i]);
        x1 = fmax(x1, q[2 * i]);
        y0 = fmin(y0, q[2 * i + 1]);
        y1 = fmax(y1, q[2 * i + 1]);
    }
    memcpy(box, (double[4]){x0, y0, x1 - x0, y1 - y0}, 4 * sizeof *box);
}

/* Run lengths that came as numbers, or a mask drawn from a polygon, as text. */
static struct bx_rle_text text_of(const struct bx_rle *m, struct bx_arena *a)
{
    struct bx_rle_text t;
    uint64_t sum;
    const char *s = bx_rle_to_string(m, a);
    bx_rle_text_read(s, strlen(s), m->h, m->w, &t, &sum, NULL);
    return t;
}

/* What the geometry needs, from what there is. Under `reference` the first element decides what all are, as in pycocotools' loadRes. */
static bool add(struct bx_json *r, struct reading *v, const struct record *d, const char *at)
{
    struct bx_segmentation seg = {0};
    enum bx_geometry g = v->o->geometry;
    bool reference = v->o->reference, box_kind = d->has_box, has_mask = d->segmentation.p || d->seg_read;
    double box[4];
    memcpy(box, d->box, sizeof box);
    if (v->n == 0)
        v->boxes = box_kind;
    if (reference)
        box_kind = v->boxes;
    if (reference && box_kind && !d->has_box)
        return bx_json_fail(r, at, "found a detection without 'bbox', expected one as the first detection has it");
    bool read = has_mask && (g == BX_GEOM_MASK || !box_kind);
    if (read && d->seg_read)
        seg = d->seg;
    else if (read && !read_mask_later(r, v, d, &seg))
        return false;
    if (!box_kind && seg.present && !(reference && d->has_box))
        memcpy(box, seg.hull, sizeof box);
    else if (!d->has_box && d->has_obb)
        hull_of(d->obb, box);
    else if (!d->has_box)
        return bx_json_fail(r, at, "found a detection without '%s'",
                            g == BX_GEOM_BOX    ? "bbox"
                            : g == BX_GEOM_MASK ? "segmentation"
                                                : "obb");
    if (g == BX_GEOM_OBB && !d->has_obb)
        return bx_json_fail(r, at, "found a detection without 'obb', expected [x1, y1, x2, y2, x3, y3, x4, y4]");
    if (g == BX_GEOM_MASK && !seg.present) {
        if (!reference || !box_kind)
            return bx_json_fail(r, at, "found a detection without 'segmentation', expected a mask");
        seg.mask = bx_rle_from_box(box, v->t->image_h[d->image], v->t->image_w[d->image], v->a);
    }
    size_t n = v->n;
    uint32_t name = name_of(v, d->category);
    if (n == v->cap)
        return bx_json_fail(r, at, "found more detections than the file can hold");
    v->image_of[n] = (uint32_t)d->image;
    v->name[n] = name;
    v->score[n] = d->score;
    v->given[n] = box_kind;
    if (!v->lazy || box_kind)
        memcpy(v->box + 4 * n, box, sizeof box);
    if (v->lazy && !seg.text.p)
        seg.text = text_of(&seg.mask, v->a);
    if (v->lazy)
        v->mask_text[n] = seg.text;
    else if (v->keep_masks || (!box_kind && seg.present)) {
        if (!v->mask)
            v->mask = BX_NEW(v->a, struct bx_rle, v->cap);
        v->mask[n] = seg.mask;
    }
    if (v->keep_obb)
        memcpy(v->obb + 8 * n, d->obb, sizeof d->obb);
    v->n++;
    return true;
}

/* Put a column in the order of `from`: its i-th element is the old one at from[i]. */
static void reorder(void *column, size_t size, const uint32_t *from, size_t n)
{
    if (!column)
        return;
    char *old = bx_xrealloc(NULL, n, size), *to = column;
    memcpy(old, column, n * size);
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * size, old + from[i] * size, size);
    free(old);
}

static void sort_by_image(struct reading *v, const size_t *begin)
{
    size_t n = v->n, *next = bx_xrealloc(NULL, v->t->nimages + 1, sizeof *next);
    uint32_t *from = bx_xrealloc(NULL, n, sizeof *from);
    memcpy(next, begin, (v->t->nimages + 1) * sizeof *next);
    for (size_t i = 0; i < n; i++)
        from[next[v->image_of[i]]++] = (uint32_t)i;
    reorder(v->name, sizeof *v->name, from, n);
    reorder(v->score, sizeof *v->score, from, n);
    reorder(v->box, 4 * sizeof *v->box, from, n);
    reorder(v->obb, 8 * sizeof *v->obb, from, n);
    reorder(v->mask, sizeof *v->mask, from, n);
    reorder(v->mask_text, sizeof *v->mask_text, from, n);
    reorder(v->given, sizeof *v->given, from, n);
    free(from);
    free(next);
}

static void finish(struct reading *v, struct bx_detections *d)
{
    size_t n = v->n, images = v->t->nimages, *begin = BX_NEW(v->a, size_t, images + 1);
    bool all_given = true, ordered = true;
    for (size_t i = 0; i < n; i++) {
        begin[v->image_of[i] + 1]++;
        all_given = all_given && v->given[i];
        ordered = ordered && (i == 0 || v->image_of[i - 1] <= v->image_of[i]);
    }
    for (size_t i = 0; i < images; i++)
        begin[i + 1] += begin[i];
    if (!ordered)
        sort_by_image(v, begin);
    *d = (struct bx_detections){.nnames = v->nnames, .nimages = images, .image_begin = begin, .n = n};
    d->names = bx_memdup(v->a, v->names, v->nnames * sizeof *v->names);
    d->name = v->name;
    d->score = v->score;
    d->box = v->box;
    d->obb = v->obb;
    d->mask = v->mask;
    d->mask_text = v->mask_text;
    d->box_given = all_given ? NULL : v->given;
}

static void make_columns(struct reading *v, size_t bytes)
{
    v->cap = bytes / LEAST_BYTES + 1;
    v->image_of = bx_xrealloc(NULL, v->cap, sizeof *v->image_of);
    v->name = bx_alloc_large(v->a, v->cap, sizeof *v->name);
    v->score = bx_alloc_large(v->a, v->cap, sizeof *v->score);
    v->box = bx_alloc_large(v->a, v->cap, 4 * sizeof *v->box);
    v->given = BX_NEW(v->a, uint8_t, v->cap);
    if (v->lazy) {
        v->text = bx_alloc_large(v->a, bytes, 1);
        v->text_cap = bytes;
        v->mask_text = bx_alloc_large(v->a, v->cap, sizeof *v->mask_text);
    }
    if (v->o->geometry == BX_GEOM_OBB)
        v->obb = bx_alloc_large(v->a, v->cap, 8 * sizeof *v->obb);
}

static void reading_free(struct reading *v)
{
    free(v->image_of);
    free(v->names);
    free(v->extra.id);
    free(v->extra.slot);
}

/* Pages of the text before p are not needed again, unless for a message: then they come back from the file. */
static void give_back(const struct reading *v, const char **from, const char *p)
{
    if (!v->o->mapped || (size_t)(p - *from) < GIVE_BACK)
        return;
    size_t whole = (size_t)(p - *from) / GIVE_BACK * GIVE_BACK;
    madvise((void *)(uintptr_t)*from, whole, MADV_DONTNEED);
    *from += whole;
}

bool bx_results_read(const char *name, const char *data, size_t n, const struct bx_testset *t, const struct bx_results_options *o,
                     struct bx_detections *d, struct bx_arena *a, struct bx_err *e)
{
    struct reading v = {.t = t, .o = o, .a = a};
    struct bx_json r;
    struct record rec = {.image = BX_NO_INDEX};
    size_t element = 0;
    v.keep_obb = o->geometry == BX_GEOM_OBB;
    v.lazy = o->lazy_masks && o->geometry == BX_GEOM_MASK;
    v.keep_masks = o->geometry == BX_GEOM_MASK;
    bx_ids_make(&v.image, t->image_id, t->image_key, t->nimages, a);
    make_names(&v);
    make_columns(&v, n);
    const char *kept = data;
    bx_json_init(&r, name, data, n, o->reference ? BX_JSON_ALLOW_NAN : 0, e);
    bool list = bx_json_array(&r);
    if (list)
        for (; bx_json_element(&r); element++) {
            const char *at = r.p;
            bool read = read_quickly(&r, &v, &rec) || (!r.failed && read_record(&r, &v, &rec));
            if (!read || !require(&r, at, &rec) || !add(&r, &v, &rec, at))
                break;
            give_back(&v, &kept, r.p);
        }
    if (r.failed && list)
        bx_wrap(e, "element %zu", element);
    bool ok = bx_json_end(&r);
    if (ok)
        finish(&v, d);
    reading_free(&v);
    return ok;
}
