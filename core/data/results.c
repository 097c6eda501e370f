/* results.c: a COCO results file → detections. One pass over the text, straight into columns; a large file in several parts at once. Where
 * the file is not in the order of the images, one stable counting sort, a column at a time. */
#include "core/data/results.h"
#include "core/base/json_blocks.h"
#include "core/base/parallel.h"
#include "core/data/results_record.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No detection is written in fewer bytes: {"image_id":1,"category_id":1,"score":1,"obb":[...]} */
#define LEAST_BYTES 50
#define BLOCK       ((size_t)1 << 20)

/* Columns in file order, with room for as many detections as the text can hold: memory that is not used is never touched. */
struct columns {
    size_t n;
    uint32_t *name;
    double *score, *box, *obb;
    struct bx_rle *mask;
    struct bx_rle_text *mask_text;
    uint8_t *derived; /* 1: the box was not given; touched only where one was not */
};

/* Whose the detections are, in file order: most files have an image's one behind the other. */
struct runs {
    struct run {
        uint32_t image, length;
    } * run;
    size_t n, cap;
};
struct reading {
    struct bx_record_rules rules;
    const struct bx_results_options *o;
    struct bx_ids class;
    struct columns c;
    struct runs runs;
    const char **names;
    size_t nnames, known, names_cap; /* known: classes with a name; categories the test set does not have follow */
    struct bx_growing_ids extra;
    struct bx_arena *a;
    bool any_mask, all_given;
};

/* One thread's reading of a block of the list. Its detections go to columns of its own, until it is known how many came before. */
struct part {
    struct reading *v;
    struct bx_arena a, columns;
    struct bx_record record;
    struct columns c; /* .n: read so far */
    struct runs runs;
    size_t cap;
    struct bx_growing_ids extra; /* categories the test set does not have, in order of first use here */
    int64_t last_category;
    uint32_t last_name;
    bool any_mask, any_given, all_given;
    BX_APART;
};

/* The categories' numbers in terms of names: of the test set, or those of the given table. */
static void make_names(struct reading *v)
{
    const struct bx_results_options *o = v->o;
    const struct bx_testset *t = v->rules.t;
    v->nnames = v->known = o->categories ? o->ncategories : t->nclasses;
    v->names = bx_grow(NULL, &v->names_cap, v->known + 1, sizeof *v->names);
    int64_t *ids = BX_NEW(v->a, int64_t, v->known);
    for (size_t i = 0; i < v->known; i++) {
        ids[i] = o->categories ? strtoll(o->categories[i].from, NULL, 10) : t->class_id[i];
        const char *to = o->categories ? o->categories[i].to : t->class_name[i];
        v->names[i] = bx_strdup(v->a, to ? to : o->categories[i].from);
    }
    bx_ids_make(&v->class, ids, NULL, v->known, v->a);
}

static uint32_t name_of(struct part *q, int64_t category)
{
    if (q->c.n && category == q->last_category)
        return q->last_name;
    size_t name = bx_ids_find(&q->v->class, category);
    if (name == BX_NO_INDEX)
        name = q->v->known + bx_growing_ids_add(&q->extra, category);
    q->last_category = category;
    q->last_name = (uint32_t)name;
    return (uint32_t)name;
}

static void add_run(struct runs *r, struct run more)
{
    struct run *last = r->n ? &r->run[r->n - 1] : NULL;
    if (last && last->image == more.image) {
        last->length += more.length;
        return;
    }
    r->run = bx_grow(r->run, &r->cap, r->n + 1, sizeof *r->run);
    r->run[r->n++] = more;
}

static void free_runs(struct runs *r)
{
    free(r->run);
    *r = (struct runs){0};
}

/* Run lengths that came as numbers, or a mask drawn from a polygon, as text. */
static struct bx_rle_text text_of(const struct bx_rle *m, struct bx_arena *a)
{
    struct bx_rle_text t = {.h = m->h, .w = m->w};
    struct bx_err unsaid; /* what was written can be read; 2^30 bytes of it are more than memory holds of such a file */
    uint64_t sum;
    const char *s = bx_rle_to_string(m, a);
    bx_rle_text_read(s, strlen(s), m->h, m->w, &t, &sum, &unsaid);
    return t;
}

/* The box that is scored or sorts by size, and the mask. Under `reference` the first element decides what all are, as in pycocotools'
 * loadRes. */
static bool resolve(struct part *q, struct bx_json *r, const char *at, double box[4], struct bx_segmentation *seg, bool *given)
{
    const struct bx_record *d = &q->record;
    enum bx_geometry g = q->v->o->geometry;
    bool reference = q->v->o->reference, box_kind = reference ? q->v->rules.boxes : d->has_box, has_mask = d->segmentation.p || d->seg_read;
    memcpy(box, d->box, sizeof d->box);
    *given = box_kind;
    if (reference && box_kind && !d->has_box)
        return bx_json_fail(r, at, "found a detection without 'bbox', expected one as the first detection has it");
    bool read = has_mask && (g == BX_GEOM_MASK || !box_kind);
    if (read && d->seg_read)
        *seg = d->seg;
    else if (read && !bx_record_mask(r, &q->v->rules, d, seg, &q->a))
        return false;
    if (!box_kind && seg->present && !(reference && d->has_box))
        memcpy(box, seg->hull, sizeof seg->hull);
    else if (!d->has_box && d->has_obb)
        bx_points_box(d->obb, 4, box);
    else if (!d->has_box)
        return bx_json_fail(r, at, "found a detection without '%s'",
                            g == BX_GEOM_BOX    ? "bbox"
                            : g == BX_GEOM_MASK ? "segmentation"
                                                : "obb");
    if (g == BX_GEOM_OBB && !d->has_obb)
        return bx_json_fail(r, at, "found a detection without 'obb', expected [x1, y1, x2, y2, x3, y3, x4, y4]");
    if (g == BX_GEOM_MASK && !seg->present) {
        const struct bx_testset *t = q->v->rules.t;
        if (!reference || !box_kind)
            return bx_json_fail(r, at, "found a detection without 'segmentation', expected a mask");
        seg->mask = bx_rle_from_box(box, t->image_h[d->image], t->image_w[d->image], &q->a);
    }
    return true;
}

static bool add(struct part *q, struct bx_json *r, const char *at)
{
    const struct bx_record *d = &q->record;
    const struct columns *c = &q->c;
    struct bx_segmentation seg = {0};
    double box[4];
    bool given;
    if (!resolve(q, r, at, box, &seg, &given))
        return false;
    if (c->n == q->cap)
        return bx_json_fail(r, at, "found more detections than the file can hold");
    size_t i = c->n;
    add_run(&q->runs, (struct run){(uint32_t)d->image, 1});
    c->name[i] = name_of(q, d->category);
    c->score[i] = d->score;
    if (!given) {
        c->derived[i] = 1;
        q->all_given = false;
    }
    if (!c->mask_text || given)
        memcpy(c->box + 4 * i, box, sizeof box);
    else if (q->columns.head) /* room that was used before */
        memset(c->box + 4 * i, 0, sizeof box);
    q->any_given = q->any_given || given;
    if (c->mask_text)
        c->mask_text[i] = seg.text.p ? seg.text : text_of(&seg.mask, &q->a);
    if (c->mask && (seg.present || q->v->o->geometry == BX_GEOM_MASK)) {
        c->mask[i] = seg.mask;
        q->any_mask = true;
    }
    if (c->obb)
        memcpy(c->obb + 8 * i, d->obb, sizeof d->obb);
    q->c.n++;
    return true;
}

/* Each column with the size of its elements. */
#define COLUMNS 7
struct column {
    void *at;
    size_t size;
};
static void list_columns(const struct columns *c, struct column list[COLUMNS])
{
    memcpy(list,
           (struct column[COLUMNS]){{c->name, sizeof *c->name},
                                    {c->score, sizeof *c->score},
                                    {c->box, 4 * sizeof *c->box},
                                    {c->obb, 8 * sizeof *c->obb},
                                    {c->mask, sizeof *c->mask},
                                    {c->mask_text, sizeof *c->mask_text},
                                    {c->derived, sizeof *c->derived}},
           COLUMNS * sizeof *list);
}

static void make_columns(const struct reading *v, struct columns *c, size_t cap, struct bx_arena *a)
{
    enum bx_geometry g = v->o->geometry;
    *c = (struct columns){0};
    c->name = bx_alloc_large(a, cap, sizeof *c->name);
    c->score = bx_alloc_large(a, cap, sizeof *c->score);
    c->box = bx_alloc_large(a, cap, 4 * sizeof *c->box);
    c->derived = BX_NEW(a, uint8_t, cap);
    if (v->rules.lazy)
        c->mask_text = bx_alloc_large(a, cap, sizeof *c->mask_text);
    else if (g != BX_GEOM_OBB)
        c->mask = BX_NEW(a, struct bx_rle, cap);
    if (g == BX_GEOM_OBB)
        c->obb = bx_alloc_large(a, cap, 8 * sizeof *c->obb);
}

/* A part's own numbers for the categories that the test set does not have → those of the whole file. */
static void join_names(struct reading *v, const struct part *q)
{
    uint32_t *map = bx_xrealloc(NULL, q->extra.n + 1, sizeof *map);
    for (size_t i = 0; i < q->extra.n; i++) {
        size_t name = v->known + bx_growing_ids_add(&v->extra, q->extra.id[i]);
        if (name == v->nnames) {
            v->names = bx_grow(v->names, &v->names_cap, name + 1, sizeof *v->names);
            v->names[v->nnames++] = bx_printf(v->a, "category %lld", (long long)q->extra.id[i]);
        }
        map[i] = (uint32_t)name;
    }
    for (size_t i = 0; q->extra.n && i < q->c.n; i++)
        if (q->c.name[i] >= v->known)
            q->c.name[i] = map[q->c.name[i] - v->known];
    free(map);
}

static bool read_element(void *context, size_t worker, struct bx_json *r)
{
    struct part *q = (struct part *)context + worker;
    const char *at = r->p;
    return bx_record_read(r, &q->v->rules, &q->record, &q->a) && add(q, r, at);
}

static void enter_block(void *context, size_t worker, size_t bytes)
{
    struct part *q = (struct part *)context + worker;
    size_t need = bytes / LEAST_BYTES + 1;
    q->record.image = BX_NO_INDEX;
    bx_growing_ids_free(&q->extra);
    if (q->any_mask) /* what is not written must be 0 */
        memset(q->c.mask, 0, q->c.n * sizeof *q->c.mask);
    if (!q->all_given)
        memset(q->c.derived, 0, q->c.n);
    q->c.n = q->runs.n = 0;
    q->any_mask = q->any_given = false;
    q->all_given = true;
    if (need > q->cap) {
        bx_arena_release(&q->columns);
        make_columns(q->v, &q->c, need, &q->columns);
        q->cap = need;
    }
}

static size_t join_block(void *context, size_t worker)
{
    struct part *q = (struct part *)context + worker;
    struct reading *v = q->v;
    size_t first = v->c.n;
    join_names(v, q);
    bx_arena_adopt(v->a, &q->a);
    for (size_t i = 0; i < q->runs.n; i++)
        add_run(&v->runs, q->runs.run[i]);
    v->all_given = v->all_given && q->all_given;
    v->any_mask = v->any_mask || q->any_mask;
    v->c.n += q->c.n;
    return first;
}

static void copy_block(void *context, size_t worker, size_t first)
{
    struct part *q = (struct part *)context + worker;
    struct column from[COLUMNS], to[COLUMNS];
    list_columns(&q->c, from);
    list_columns(&q->v->c, to);
    for (size_t i = 0; i < COLUMNS; i++) { /* but for columns that would only be touched to hold 0 */
        const void *at = from[i].at;
        if (at && (at != q->c.mask || q->any_mask) && (at != q->c.box || !q->c.mask_text || q->any_given) &&
            (at != q->c.derived || !q->all_given))
            memcpy((char *)to[i].at + first * to[i].size, at, q->c.n * to[i].size);
    }
}

static void begin(struct reading *v, const struct bx_json *list)
{
    make_columns(v, &v->c, (size_t)(list->end - list->p) / LEAST_BYTES + 1, v->a);
    v->nnames = v->known;
    bx_growing_ids_free(&v->extra);
    v->runs.n = 0;
    v->any_mask = false;
    v->all_given = true;
}

static struct part *make_parts(struct reading *v, size_t n)
{
    struct part *parts = bx_xrealloc(NULL, n, sizeof *parts);
    for (size_t i = 0; i < n; i++)
        parts[i] = (struct part){.v = v, .record.image = BX_NO_INDEX, .all_given = true};
    return parts;
}

static void parts_free(struct part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bx_arena_release(&parts[i].a);
        bx_arena_release(&parts[i].columns);
        bx_growing_ids_free(&parts[i].extra);
        free_runs(&parts[i].runs);
    }
    free(parts);
}

/* In one go, straight into the columns. */
static void read_alone(struct reading *v, struct bx_json *list, size_t *elements)
{
    begin(v, list);
    struct part *q = make_parts(v, 1);
    q->c = v->c;
    q->cap = (size_t)(list->end - list->p) / LEAST_BYTES + 1;
    bx_blocks_read_alone(
        list, &(struct bx_blocks_reader){.context = q, .element = read_element, .join = join_block, .mapped = v->o->mapped}, elements);
    parts_free(q, 1);
}

static bool read_list(struct reading *v, struct bx_json *list)
{
    size_t block = v->o->block_bytes ? v->o->block_bytes : BLOCK, elements = 0;
    size_t workers = bx_workers(v->o->threads, (size_t)(list->end - list->p) / block + 1);
    enum bx_blocks_outcome outcome = BX_BLOCKS_DECEIVED;
    if (workers > 1 || v->o->block_bytes) {
        begin(v, list);
        struct part *parts = make_parts(v, workers);
        const struct bx_blocks_reader reader = {parts, enter_block, read_element, join_block, copy_block, v->o->mapped};
        outcome = bx_blocks_read(list, block, workers, &reader, &elements);
        parts_free(parts, workers);
    }
    if (outcome == BX_BLOCKS_DECEIVED)
        read_alone(v, list, &elements);
    return !list->failed || bx_wrap(list->err, "element %zu", elements);
}

/* Put a column in the order of `from`: its i-th element is the old one at from[i]. */
static void reorder(const struct column *c, const uint32_t *from, size_t n)
{
    if (!c->at)
        return;
    char *old = bx_xrealloc(NULL, n, c->size), *to = c->at;
    memcpy(old, c->at, n * c->size);
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * c->size, old + from[i] * c->size, c->size);
    free(old);
}

/* The runs are freed before the columns need room: in a file of no order they are as many as the detections. */
static void sort_by_image(const struct columns *c, struct runs *r, const size_t *begin, size_t nimages)
{
    size_t *next = bx_xrealloc(NULL, nimages + 1, sizeof *next);
    uint32_t *from = bx_xrealloc(NULL, c->n, sizeof *from), at = 0;
    struct column list[COLUMNS];
    memcpy(next, begin, (nimages + 1) * sizeof *next);
    for (size_t i = 0; i < r->n; i++)
        for (uint32_t k = 0; k < r->run[i].length; k++)
            from[next[r->run[i].image]++] = at++;
    free_runs(r);
    list_columns(c, list);
    for (size_t i = 0; i < COLUMNS; i++)
        reorder(&list[i], from, c->n);
    free(from);
    free(next);
}

static void finish(struct reading *v, struct bx_detections *d)
{
    struct columns *c = &v->c;
    size_t images = v->rules.t->nimages, *begin = BX_NEW(v->a, size_t, images + 1);
    bool ordered = true;
    for (size_t i = 0; i < v->runs.n; i++) {
        begin[v->runs.run[i].image + 1] += v->runs.run[i].length;
        ordered = ordered && (i == 0 || v->runs.run[i - 1].image <= v->runs.run[i].image);
    }
    for (size_t i = 0; i < images; i++)
        begin[i + 1] += begin[i];
    if (v->all_given)
        c->derived = NULL;
    if (!ordered)
        sort_by_image(c, &v->runs, begin, images);
    *d = (struct bx_detections){.nnames = v->nnames, .nimages = images, .image_begin = begin, .n = c->n};
    d->names = bx_memdup(v->a, v->names, v->nnames * sizeof *v->names);
    d->name = c->name;
    d->score = c->score;
    d->box = c->box;
    d->obb = c->obb;
    d->mask = v->any_mask || v->o->geometry == BX_GEOM_MASK ? c->mask : NULL;
    d->mask_text = c->mask_text;
    d->mapped = v->o->mapped;
    d->box_given = c->derived;
    for (size_t i = 0; c->derived && i < c->n; i++)
        d->box_given[i] = !c->derived[i];
}

/* Has the first element a box? What is wrong with it is said when it is read again. */
static bool first_has_box(const struct reading *v, const struct bx_json *list)
{
    struct bx_err unsaid;
    struct bx_json r = *list;
    struct bx_arena scratch = {0};
    struct bx_record d = {.image = BX_NO_INDEX};
    r.err = &unsaid;
    struct bx_record_rules rules = v->rules;
    rules.boxes = true; /* which accepts more */
    bool has = bx_json_element(&r) && bx_record_read(&r, &rules, &d, &scratch) && d.has_box;
    bx_json_release(&r);
    bx_arena_release(&scratch);
    return has;
}

bool bx_results_read(const char *name, const char *data, size_t n, const struct bx_testset *t, const struct bx_results_options *o,
                     struct bx_detections *d, struct bx_arena *a, struct bx_err *e)
{
    struct reading v = {.rules = {.t = t, .o = o}, .o = o, .a = a};
    struct bx_json r;
    bx_json_init(&r, name, data, n, o->reference ? BX_JSON_ALLOW_NAN : 0, e);
    if (!bx_json_array(&r)) {
        bx_json_release(&r);
        return false;
    }
    v.rules.lazy = o->lazy_masks && o->geometry == BX_GEOM_MASK;
    bx_ids_make(&v.rules.image, t->image_id, t->image_key, t->nimages, a);
    make_names(&v);
    v.rules.boxes = o->reference && first_has_box(&v, &r);
    bool ok = read_list(&v, &r);
    ok = bx_json_end(&r) && ok;
    if (ok)
        finish(&v, d);
    free(v.names);
    free_runs(&v.runs);
    bx_growing_ids_free(&v.extra);
    return ok;
}
