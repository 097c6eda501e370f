/* results_record.c: one detection of a COCO results file: by its usual spelling, or with the pull reader, which has the last word. */
#include "core/data/results_record.h"
#include <math.h>
#include <string.h>

static bool same_slice(struct bx_slice a, struct bx_slice b)
{
    return a.n == b.n && !memcmp(a.p, b.p, a.n);
}

/* By its number; false: no image has it. */
static bool find_number(const struct bx_record_rules *v, struct bx_record *d, int64_t number)
{
    d->file.n = 0;
    if (d->counted && d->number == number && d->image != BX_NO_INDEX)
        return true; /* the same as the detection before, most often */
    d->image = bx_join_number(&v->join, number, &d->rule);
    d->counted = true;
    d->number = number;
    return d->image != BX_NO_INDEX;
}

static bool find_key(const struct bx_record_rules *v, struct bx_record *d, struct bx_slice key)
{
    d->counted = false;
    d->file.n = 0;
    if (d->image < v->t->nimages && d->rule == BX_JOIN_ID && v->t->image_key && bx_slice_is(key, v->t->image_key[d->image]))
        return true;
    d->image = bx_join_key(&v->join, key, &d->rule);
    return d->image != BX_NO_INDEX;
}

/* `text`: as it stands in the file, which is kept; `name`: what it says. */
static bool find_file(const struct bx_record_rules *v, struct bx_record *d, struct bx_slice text, struct bx_slice name)
{
    if (d->file.n && d->image != BX_NO_INDEX && same_slice(d->file, text)) { /* as the element before, most often */
        d->file = text; /* which is near: pages of the file that were read may be given back */
        return true;
    }
    if (d->lost.n && same_slice(d->lost, text)) {
        d->lost = text;
        return false;
    }
    enum bx_join_rule rule;
    size_t i = bx_join_name(&v->join, name, &rule);
    if (i == BX_NO_INDEX) {
        d->lost = text;
        return false;
    }
    d->image = i;
    d->rule = rule;
    d->counted = false;
    d->file = text;
    return true;
}

static void forget_image(struct bx_record *d)
{
    d->image = BX_NO_INDEX;
    d->rule = BX_JOIN_NONE;
    d->file.n = 0;
    d->counted = false;
}

static bool unknown_image(struct bx_json *r, const char *at, const struct bx_image_id *id)
{
    if (id->is_key)
        return bx_json_fail(r, at, "found the image id '%.*s', expected one of the test set's", (int)(id->key.n < 80 ? id->key.n : 80),
                            id->key.p);
    return bx_json_fail(r, at, "found the image id %lld, expected one of the test set's", (long long)id->number);
}

/* Where a file name has found the image, what its id is does not matter. */
static bool read_image_id(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d)
{
    struct bx_image_id id;
    bx_json_peek(r); /* past white space */
    const char *at = r->p;
    if (!bx_image_id_read(r, &id))
        return false;
    d->has_image = true;
    if (d->by_file || (id.is_key ? find_key(v, d, id.key) : find_number(v, d, id.number)))
        return true;
    if (!d->who.p)
        d->who = (struct bx_slice){at, (size_t)(r->p - at)};
    return !v->join.ids_alone || v->o->strays || unknown_image(r, at, &id);
}

static bool read_file_name(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d)
{
    struct bx_slice name;
    if (v->join.ids_alone || bx_json_peek(r) != BX_JSON_STRING)
        return bx_json_skip(r);
    const char *at = r->p; /* peeking went past white space */
    if (!bx_json_string(r, &name))
        return false;
    const struct bx_slice token = {at, (size_t)(r->p - at)}, text = {at + 1, token.n - 2};
    if (name.n && find_file(v, d, text, name))
        d->by_file = true;
    else if (name.n) {
        d->who = token;
        if (!d->has_image)
            forget_image(d);
    }
    d->has_image = d->has_image || name.n;
    return true;
}

static bool read_mask(struct bx_json *r, const struct bx_record_rules *v, const struct bx_record *d, struct bx_segmentation *out,
                      struct bx_arena *a)
{
    struct bx_segmentation_rules rules = {
        .h = v->t->image_h[d->image], .w = v->t->image_w[d->image], .draw = true, .reference = v->o->reference};
    rules.compressed_only = v->o->reference && !v->boxes;
    rules.crossings = v->o->reference ? 0 : bx_segmentation_bound(rules.h, rules.w);
    rules.lazy = v->lazy;
    rules.loose = !v->o->reference;
    return bx_segmentation_read(r, &rules, out, a);
}

bool bx_record_mask(struct bx_json *r, const struct bx_record_rules *v, const struct bx_record *d, struct bx_segmentation *out,
                    struct bx_arena *a, struct bx_err *why)
{
    struct bx_json q = *r;
    q.err = v->o->reference ? r->err : why;
    q.scratch = NULL;
    q.scratch_cap = 0;
    q.p = d->segmentation.p;
    q.end = q.p + d->segmentation.n;
    bool ok = read_mask(&q, v, d, out, a);
    bx_json_release(&q);
    r->failed = r->failed || (q.failed && v->o->reference);
    return ok;
}

static void clear(struct bx_record *d)
{
    d->has_image = d->has_category = d->has_score = d->has_box = d->has_obb = d->seg_read = d->by_file = d->negative = false;
    d->segmentation.p = d->who.p = NULL;
    d->name.n = 0;
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

/* Drawn or unpacked at once where image and use are known; the text is kept, in case that a file name tells another image. */
static void read_segmentation(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    const char *at = r->p;
    if (v->o->geometry == BX_GEOM_MASK && d->has_image && d->image != BX_NO_INDEX && (d->by_file || d->ids_only || v->join.ids_alone)) {
        struct bx_err unsaid, *e = r->err;
        const int depth = r->depth;
        const bool first = r->first;
        r->err = v->o->reference ? e : &unsaid;
        d->seg_image = d->image;
        d->seg_read = read_mask(r, v, d, &d->seg, a);
        r->err = e;
        if (d->seg_read) {
            d->segmentation = (struct bx_slice){at, (size_t)(r->p - at)};
            return;
        }
        if (v->o->reference)
            return;
        r->p = at; /* what is no mask is one's own loss, if it is JSON: bx_record_mask says why */
        r->depth = depth;
        r->first = first;
        r->failed = false;
    }
    bx_json_raw(r, &d->segmentation);
}

static bool quick_image(const struct bx_record_rules *v, const struct bx_quick *q, struct bx_record *d)
{
    if (q->seen & BX_QUICK_FILE && !v->join.ids_alone && q->file_end > q->file) {
        const struct bx_slice file = {q->file, (size_t)(q->file_end - q->file)};
        if (find_file(v, d, file, file))
            return d->has_image = d->by_file = true;
    }
    if (q->seen & BX_QUICK_KEY) {
        const struct bx_slice key = {q->key, (size_t)(q->key_end - q->key)};
        d->has_image = find_key(v, d, key);
    } else if (q->seen & BX_QUICK_IMAGE)
        d->has_image = find_number(v, d, q->image);
    else
        d->has_image = false;
    return d->has_image;
}

/* Nobody turns a box more than once around: who does writes degrees. */
static bool in_radians(const double rbox[5])
{
    return fabs(rbox[4]) < 6.3;
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
    bool usual = p && (q.seen & NEEDED) == NEEDED && (!(q.seen & BX_QUICK_RBOX) || in_radians(q.rbox)) && quick_image(v, &q, d);
    if (usual && q.seen & BX_QUICK_RLE) {
        usual = d->seg_read = v->lazy && take_run_lengths(v, &q, d);
        d->seg_image = d->image;
    }
    if (usual && q.seen & BX_QUICK_LISTS)
        d->segmentation = (struct bx_slice){q.lists, (size_t)(q.lists_end - q.lists)};
    if (!usual || (!v->o->reference && (q.seen & BX_QUICK_BOX) && (q.box[2] < 0 || q.box[3] < 0))) {
        r->p = begin;
        return false;
    }
    r->p = p;
    d->ids_only = !(q.seen & BX_QUICK_FILE);
    d->has_category = d->has_score = true;
    d->category = q.category;
    d->score = q.score;
    d->has_box = q.seen & BX_QUICK_BOX;
    d->has_obb = (q.seen & (BX_QUICK_OBB | BX_QUICK_RBOX)) && v->o->geometry != BX_GEOM_MASK;
    if (d->has_box)
        memcpy(d->box, q.box, sizeof d->box);
    if (d->has_obb && q.seen & BX_QUICK_OBB)
        memcpy(d->obb, q.obb, sizeof d->obb);
    else if (d->has_obb)
        bx_turned_corners(q.rbox, d->obb);
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

/* A negative size is none, but under `reference`. */
static bool read_box(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d)
{
    if (!bx_box_read(r, true, d->box, &d->has_box))
        return false;
    d->negative = d->has_box && !v->o->reference && !(d->box[2] >= 0 && d->box[3] >= 0);
    d->has_box = d->has_box && !d->negative;
    return true;
}

/* What tools that do not write COCO's members call them. */
static bool is_one_of(struct bx_slice key, const char *const *names)
{
    while (*names && !bx_slice_is(key, *names))
        names++;
    return *names;
}
static const char *const file_keys[] = {"file_name", "filename", "image_name", "image", "image_path", NULL};
static const char *const class_keys[] = {"category_name", "class_name", "label", "class", "category", NULL};

/* A class by name, or by a number under another name than category_id. */
static bool read_class(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, bool *other, int64_t *number,
                       struct bx_arena *a)
{
    enum bx_json_kind kind = bx_json_peek(r);
    const char *at = r->p;
    if (kind == BX_JSON_NUMBER && !v->o->reference) {
        double value;
        *other = bx_json_double(r, &value) && value == floor(value) && fabs(value) < 1e15;
        *number = *other ? (int64_t)value : 0;
        return !r->failed;
    }
    if (kind != BX_JSON_STRING || !v->names)
        return bx_json_skip(r);
    if (!bx_json_string(r, &d->name))
        return false;
    if (d->name.n && d->name.n == (size_t)(r->p - at) - 2)
        d->name.p = at + 1; /* as it stands in the text, which stays */
    else if (d->name.n)
        d->name.p = bx_strndup(a, d->name.p, d->name.n);
    return true;
}

/* A number; or, as some have it, a name. */
static bool read_category(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    if (bx_json_peek(r) == BX_JSON_STRING && v->names) {
        bool ignored;
        int64_t number;
        struct bx_err unsaid;
        struct bx_json ahead = *r;
        ahead.scratch = NULL;
        ahead.scratch_cap = 0;
        ahead.err = &unsaid;
        bool is_number = bx_json_int(&ahead, &number);
        bx_json_release(&ahead);
        if (!is_number)
            return read_class(r, v, d, &ignored, &number, a);
    }
    if (bx_json_peek(r) == BX_JSON_NULL && !v->o->reference)
        return bx_json_null(r);
    return d->has_category = bx_json_int(r, &d->category);
}

static bool read_turned(struct bx_json *r, const struct bx_record_rules *v, double rbox[5], bool *has)
{
    bx_json_peek(r); /* past white space */
    const char *at = r->p;
    return bx_json_numbers(r, rbox, 5, has, "[centre x, centre y, width, height, radians]") &&
           (!*has || v->o->reference || in_radians(rbox) ||
            bx_json_fail(r, at, "found the angle %g, expected radians: degrees are to be converted", rbox[4]));
}

static bool read_thoroughly(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    struct bx_slice key;
    bool corners = false, turned = false, named = false, other = false;
    int64_t other_category = 0;
    double rbox[5];
    clear(d);
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "image_id"))
            read_image_id(r, v, d);
        else if (is_one_of(key, file_keys))
            named = read_file_name(r, v, d) || named;
        else if (bx_slice_is(key, "category_id"))
            read_category(r, v, d, a);
        else if (is_one_of(key, class_keys))
            read_class(r, v, d, &other, &other_category, a);
        else if (bx_slice_is(key, "score"))
            read_score(r, v, d);
        else if (bx_slice_is(key, "bbox"))
            read_box(r, v, d);
        else if (bx_slice_is(key, "segmentation"))
            read_segmentation(r, v, d, a);
        else if ((bx_slice_is(key, "obb") || bx_slice_is(key, "poly")) && v->o->geometry != BX_GEOM_MASK && !corners)
            bx_obb_read(r, d->obb, &corners);
        else if (bx_slice_is(key, "rbox") && v->o->geometry != BX_GEOM_MASK)
            read_turned(r, v, rbox, &turned);
        else
            bx_json_skip(r);
    }
    if (turned && !corners)
        bx_turned_corners(rbox, d->obb);
    d->has_obb = corners || turned;
    if (!d->has_category && (d->has_category = other))
        d->category = other_category;
    d->ids_only = !named;
    return !r->failed;
}

bool bx_record_read(struct bx_json *r, const struct bx_record_rules *v, struct bx_record *d, struct bx_arena *a)
{
    const char *at = r->p;
    if (!read_quickly(r, v, d, a) && (r->failed || !read_thoroughly(r, v, d, a)))
        return false;
    d->seg_read = d->seg_read && (d->seg_image == d->image || !d->segmentation.p);
    const char *missing = !d->has_image ? "image_id" : !d->has_category && !d->name.n ? "category_id" : !d->has_score ? "score" : NULL;
    return !missing || bx_json_fail(r, at, "found a detection without '%s'", missing);
}
