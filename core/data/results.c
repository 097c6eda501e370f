/* results.c: a COCO results file → detections. One pass over the text, straight into columns; a large file in several parts at once. Where
 * the file is not in the order of the images, one stable counting sort, a column at a time. */
#include "core/data/results.h"
#include "core/base/json_blocks.h"
#include "core/base/parallel.h"
#include "core/data/results_names.h"
#include "core/data/results_object.h"
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
    const struct bx_classmap_pair *categories; /* the caller's, or the file's own */
    size_t ncategories;
    struct bx_ids class;
    struct columns c;
    struct runs runs;
    const char **names, **told;      /* told: the known ones alone, for all threads: the other list moves as it grows */
    size_t nnames, known, names_cap; /* known: classes with a name; categories the test set does not have follow */
    struct bx_name_table name_table; /* of the known ones */
    struct bx_extra_names extra;
    uint32_t *extra_name; /* [extra.n] places in `names` */
    size_t extra_cap;
    struct bx_arena *a;
    bool any_mask, all_given;
    bool boxes_alone;          /* a box is all that is asked for */
    bool named, numbered, met; /* there are classes by name; all of them have numbers, too; one of them is known */
    const char *kind;
    size_t elements; /* in the blocks before */
    struct bx_growing_ids strays;
    struct bx_results_said said;
};

/* One thread's reading of a block of the list. Its detections go to columns of its own, until it is known how many came before. */
struct part {
    struct reading *v;
    struct bx_arena a, columns;
    struct bx_record record;
    struct columns c; /* .n: read so far */
    struct runs runs;
    size_t cap;
    struct bx_extra_names extra;  /* categories the test set does not have, in order of first use here */
    struct bx_growing_ids strays; /* numbers that are none of its images */
    int64_t last_category;
    uint32_t last_name;
    bool any_mask, any_given, all_given, named, numbered, met;
    size_t elements;
    struct bx_results_said said; /* of the block */
    struct bx_err why; /* the last mask is none; here, since clearing it for each detection costs more than all else that is done */
    BX_APART;
};

/* The categories' numbers in terms of names: of the test set, or those of the given table. */
static void make_names(struct reading *v)
{
    const struct bx_testset *t = v->rules.t;
    v->nnames = v->known = v->categories ? v->ncategories : t->nclasses;
    v->names = bx_grow(NULL, &v->names_cap, v->known + 1, sizeof *v->names);
    int64_t *ids = BX_NEW(v->a, int64_t, v->known);
    for (size_t i = 0; i < v->known; i++) {
        ids[i] = v->categories ? strtoll(v->categories[i].from, NULL, 10) : t->class_id[i];
        const char *to = v->categories ? v->categories[i].to : t->class_name[i];
        v->names[i] = bx_strdup(v->a, to ? to : v->categories[i].from);
    }
    v->told = bx_memdup(v->a, v->names, v->known * sizeof *v->names);
    bx_ids_make(&v->class, ids, NULL, v->known, v->a);
    bx_name_table_fill(&v->name_table, v->told, v->known);
}

static uint32_t name_of_number(struct part *q, int64_t category)
{
    if (q->c.n && !q->named && category == q->last_category)
        return q->last_name;
    size_t name = bx_ids_find(&q->v->class, category);
    if (name == BX_NO_INDEX)
        name = q->v->known + bx_extra_number(&q->extra, category);
    q->last_category = category;
    q->last_name = (uint32_t)name;
    return (uint32_t)name;
}

/* By its name, where it has one; a name that is a number, and no class of the test set, is a number. */
static uint32_t name_of(struct part *q, const struct bx_record *d)
{
    const struct reading *v = q->v;
    int64_t number;
    if (!d->name.n)
        return name_of_number(q, d->category);
    q->named = true;
    q->numbered = q->numbered && d->has_category;
    size_t name = bx_name_find(&v->name_table, v->told, d->name.p, d->name.n);
    if (name == SIZE_MAX && bx_image_id_number(d->name, &number))
        return name_of_number(q, d->has_category ? d->category : number);
    if (name == SIZE_MAX)
        return (uint32_t)v->known + bx_extra_text(&q->extra, bx_name_shown(d->name), &q->a);
    q->met = true;
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

/* What the geometry wants and the element does not have, as pycocotools would miss it; NULL: it is all there. */
static const char *lacks(const struct part *q, bool shaped, bool masked)
{
    const struct bx_record *d = &q->record;
    switch (q->v->o->geometry) {
    case BX_GEOM_OBB:
        return d->has_obb ? NULL : "'obb'";
    case BX_GEOM_MASK:
        return masked ? NULL : "'segmentation'";
    default:
        return shaped ? NULL : d->negative ? "a 'bbox' of no negative size" : "'bbox'";
    }
}

static bool left_out(struct part *q, const char *what)
{
    struct bx_results_said *s = &q->said;
    if (!s->shapeless++) {
        s->shape = what;
        s->first_shapeless = q->elements;
    }
    return true;
}

/* The box that is scored or sorts by size, and the mask. Under `reference` the first element decides what all are, as in pycocotools'
 * loadRes. *lacking: what the element has not. */
static bool resolve(struct part *q, struct bx_json *r, const char *at, double box[4], struct bx_segmentation *seg, bool *given,
                    const char **lacking)
{
    struct bx_record *d = &q->record;
    enum bx_geometry g = q->v->o->geometry;
    if (q->v->boxes_alone && d->has_box) {
        memcpy(box, d->box, sizeof d->box);
        return *given = true;
    }
    bool reference = q->v->o->reference, box_kind = reference ? q->v->rules.boxes : d->has_box, has_mask = d->segmentation.p || d->seg_read;
    memcpy(box, d->box, sizeof d->box);
    *given = box_kind;
    if (reference && box_kind && !d->has_box)
        return bx_json_fail(r, at, "found a detection without 'bbox', expected one as the first detection has it");
    if (g == BX_GEOM_OBB && !d->has_obb && d->segmentation.p && !reference)
        d->has_obb = bx_quadrilateral(d->segmentation, d->obb);
    bool read = has_mask && (g == BX_GEOM_MASK || (g == BX_GEOM_BOX && !box_kind));
    bool bad = false;
    if (read && d->seg_read)
        *seg = d->seg;
    else if (read && !bx_record_mask(r, &q->v->rules, d, seg, &q->a, &q->why)) {
        if (reference)
            return false;
        *seg = (struct bx_segmentation){0};
        bad = true;
    }
    bool shaped = d->has_box || d->has_obb || seg->present;
    if (!box_kind && seg->present && !(reference && d->has_box))
        memcpy(box, seg->hull, sizeof seg->hull);
    else if (!d->has_box && d->has_obb)
        bx_points_box(d->obb, 4, box);
    *lacking = lacks(q, shaped, seg->present || (reference && box_kind));
    if (*lacking && bad && !q->said.shapeless)
        *lacking = bx_printf(&q->a, "a 'segmentation' that can be a mask (%s)", q->why.text);
    if (*lacking && reference)
        return bx_json_fail(r, at, "found a detection without %s", *lacking);
    if (g == BX_GEOM_MASK && !*lacking && !seg->present) {
        const struct bx_testset *t = q->v->rules.t;
        seg->mask = bx_rle_from_box(box, t->image_h[d->image], t->image_w[d->image], &q->a);
    }
    return true;
}

/* An image that the test set does not have; some are named. */
static void stray(struct part *q)
{
    struct bx_results_said *s = &q->said;
    struct bx_slice who = q->record.who;
    s->joined[BX_JOIN_NONE]++;
    if (q->record.counted)
        bx_growing_ids_add(&q->strays, q->record.number);
    if (s->nexamples == BX_SAID_EXAMPLES || !who.p)
        return;
    for (size_t i = 0; i < s->nexamples; i++)
        if (!strncmp(s->example[i], who.p, who.n) && !s->example[i][who.n])
            return;
    s->example[s->nexamples++] = bx_strndup(&q->a, who.p, who.n < 200 ? who.n : 200);
}

static bool add(struct part *q, struct bx_json *r, const char *at)
{
    const struct bx_record *d = &q->record;
    const struct columns *c = &q->c;
    struct bx_segmentation seg = {0};
    double box[4];
    bool given;
    const char *lacking = NULL;
    if (d->image == BX_NO_INDEX) {
        stray(q);
        return true;
    }
    if (!resolve(q, r, at, box, &seg, &given, &lacking))
        return false;
    if (lacking)
        return left_out(q, lacking);
    if (c->n == q->cap)
        return bx_json_fail(r, at, "found more detections than the file can hold");
    size_t i = c->n;
    q->said.joined[d->rule]++;
    add_run(&q->runs, (struct run){(uint32_t)d->image, 1});
    c->name[i] = name_of(q, d);
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

/* A name that the test set does not have: new in the file, or known to be like one of the test set's. */
static uint32_t name_of_extra(struct reading *v, const struct bx_extra_name *x)
{
    size_t before = v->extra.n;
    uint32_t k =
        x->text ? bx_extra_text(&v->extra, (struct bx_slice){x->text, strlen(x->text)}, v->a) : bx_extra_number(&v->extra, x->number);
    if (v->extra.n == before)
        return v->extra_name[k];
    size_t like = x->text ? bx_name_alike((struct bx_slice){x->text, strlen(x->text)}, v->told, v->known) : SIZE_MAX;
    v->extra_name = bx_grow(v->extra_name, &v->extra_cap, k + 1, sizeof *v->extra_name);
    v->extra_name[k] = (uint32_t)(like == SIZE_MAX ? v->nnames : like);
    v->met = v->met || like != SIZE_MAX;
    if (like == SIZE_MAX) {
        v->names = bx_grow(v->names, &v->names_cap, v->nnames + 1, sizeof *v->names);
        v->names[v->nnames++] = x->text ? v->extra.at[k].text : bx_printf(v->a, "category %lld", (long long)x->number);
    }
    return v->extra_name[k];
}

/* A part's own numbers for the categories that the test set does not have → those of the whole file. */
static void join_names(struct reading *v, const struct part *q)
{
    uint32_t *map = bx_xrealloc(NULL, q->extra.n + 1, sizeof *map);
    for (size_t i = 0; i < q->extra.n; i++)
        map[i] = name_of_extra(v, &q->extra.at[i]);
    for (size_t i = 0; q->extra.n && i < q->c.n; i++)
        if (q->c.name[i] >= v->known)
            q->c.name[i] = map[q->c.name[i] - v->known];
    v->named = v->named || q->named;
    v->numbered = v->numbered && q->numbered;
    v->met = v->met || q->met;
    free(map);
}

static bool read_element(void *context, size_t worker, struct bx_json *r)
{
    struct part *q = (struct part *)context + worker;
    const char *at = r->p;
    bool ok = bx_record_read(r, &q->v->rules, &q->record, &q->a) && add(q, r, at);
    q->elements++;
    return ok;
}

static void enter_block(void *context, size_t worker, size_t bytes)
{
    struct part *q = (struct part *)context + worker;
    size_t need = bytes / LEAST_BYTES + 1;
    q->record.image = BX_NO_INDEX;           /* and so nothing is known of the element before */
    q->record.file.n = q->record.lost.n = 0; /* pages of a block before may be given back */
    q->record.counted = false;
    bx_extra_names_free(&q->extra);
    bx_growing_ids_free(&q->strays);
    if (q->any_mask) /* what is not written must be 0 */
        memset(q->c.mask, 0, q->c.n * sizeof *q->c.mask);
    if (!q->all_given)
        memset(q->c.derived, 0, q->c.n);
    q->c.n = q->runs.n = q->elements = 0;
    q->said = (struct bx_results_said){0};
    q->any_mask = q->any_given = q->named = q->met = false;
    q->all_given = q->numbered = true;
    if (need > q->cap) {
        bx_arena_release(&q->columns);
        make_columns(q->v, &q->c, need, &q->columns);
        q->cap = need;
    }
}

static void join_said(struct reading *v, const struct part *q)
{
    struct bx_results_said *to = &v->said;
    const struct bx_results_said *s = &q->said;
    for (int i = 0; i < BX_JOIN_RULES; i++)
        to->joined[i] += s->joined[i];
    if (s->shapeless && !to->shapeless) {
        to->shape = s->shape;
        to->first_shapeless = v->elements + s->first_shapeless;
    }
    to->shapeless += s->shapeless;
    for (size_t i = 0; i < s->nexamples && to->nexamples < BX_SAID_EXAMPLES; i++) {
        bool told = false;
        for (size_t k = 0; k < to->nexamples; k++)
            told = told || !strcmp(to->example[k], s->example[i]);
        if (!told)
            to->example[to->nexamples++] = s->example[i];
    }
    for (size_t i = 0; i < q->strays.n; i++)
        bx_growing_ids_add(&v->strays, q->strays.id[i]);
    v->elements += q->elements;
}

static size_t join_block(void *context, size_t worker)
{
    struct part *q = (struct part *)context + worker;
    struct reading *v = q->v;
    size_t first = v->c.n;
    join_names(v, q);
    join_said(v, q);
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
    bx_extra_names_free(&v->extra);
    bx_growing_ids_free(&v->strays);
    v->runs.n = 0;
    v->any_mask = v->named = v->met = false;
    v->all_given = v->numbered = true;
    v->elements = 0;
    v->said = (struct bx_results_said){.kind = v->kind};
}

static struct part *make_parts(struct reading *v, size_t n)
{
    struct part *parts = bx_xrealloc(NULL, n, sizeof *parts);
    for (size_t i = 0; i < n; i++)
        parts[i] = (struct part){.v = v, .record.image = BX_NO_INDEX, .all_given = true, .numbered = true};
    return parts;
}

static void parts_free(struct part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bx_arena_release(&parts[i].a);
        bx_arena_release(&parts[i].columns);
        bx_extra_names_free(&parts[i].extra);
        bx_growing_ids_free(&parts[i].strays);
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

/* The numbers behind the names. */
static void say(const struct reading *v)
{
    *v->o->said = v->said;
    if (v->categories || v->named)
        return;
    int64_t *category = BX_NEW(v->a, int64_t, v->nnames);
    for (size_t i = 0; i < v->nnames; i++)
        category[i] = i < v->known ? v->rules.t->class_id[i] : v->extra.at[i - v->known].number;
    v->o->said->category = category;
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

/* Nothing is left of what the file has: it is about other images, or has another geometry. */
static bool something_left(const struct reading *v, const char *name, struct bx_err *e)
{
    const struct bx_results_said *s = &v->said;
    const struct bx_testset *t = v->rules.t;
    if (v->c.n || !v->elements)
        return true;
    if (s->shapeless)
        return bx_fail(e, BX_DATA, "%s: element %zu: found a detection without %s, as are all %zu", name, s->first_shapeless, s->shape,
                       v->elements);
    return bx_fail(e, BX_DATA, "%s: found the image id %s, and no detection on an image of the test set, expected %s '%s'%s", name,
                   s->nexamples ? s->example[0] : "''", t->own_ids ? "file names or stems as of" : "its ids, or file names as",
                   t->nimages ? t->image_file[0] : "", t->own_ids ? " (its images have no ids)" : "");
}

static size_t strays_found(const struct reading *v, enum bx_join_rule rule)
{
    struct bx_join j = v->rules.join;
    size_t n = 0;
    j.number = rule;
    for (size_t i = 0; i < v->strays.n; i++)
        n += bx_join_number(&j, v->strays.id[i], &rule) != BX_NO_INDEX;
    return n;
}

/* Numbers that are no ids may be stems; and where the test set's ids are our own, and nothing else says whose they are, places. */
static enum bx_join_rule other_rule(const struct reading *v)
{
    const struct bx_join *j = &v->rules.join;
    const struct bx_results_said *s = &v->said;
    size_t all = v->strays.n;
    if (!all || j->ids_alone || j->own_image)
        return j->number;
    if (j->number == BX_JOIN_ID)
        return strays_found(v, BX_JOIN_STEM) == all ? BX_JOIN_STEM : BX_JOIN_ID;
    bool told = s->joined[BX_JOIN_FILE] || s->joined[BX_JOIN_STEM] || s->joined[BX_JOIN_ID];
    return j->t->own_ids && !told && !j->nstems && strays_found(v, BX_JOIN_PLACE) == all ? BX_JOIN_PLACE : j->number;
}

static bool read_under(struct reading *v, const struct bx_json *list, enum bx_join_rule rule, struct bx_err *e)
{
    struct bx_json r = *list;
    v->rules.join.number = rule;
    r.err = e;
    bool ok = read_list(v, &r);
    return bx_json_end(&r) && ok;
}

/* Again by another rule, if that leaves fewer detections out; and by numbers, if not one of the names is a class. */
static bool read_as_meant(struct reading *v, const struct bx_json *list, struct bx_err *e)
{
    enum bx_join_rule first = v->rules.join.number;
    v->rules.names = !v->o->reference && !v->o->categories;
    if (!read_under(v, list, first, e))
        return false;
    if (v->named && v->numbered && !v->met) {
        v->rules.names = false;
        if (!read_under(v, list, first, e))
            return false;
    }
    enum bx_join_rule other = other_rule(v);
    size_t strays = v->said.joined[BX_JOIN_NONE];
    struct bx_err unsaid = {0};
    if (other == first || (read_under(v, list, other, &unsaid) && v->said.joined[BX_JOIN_NONE] < strays))
        return true;
    return read_under(v, list, first, e);
}

/* The images that the file lists are told by their file names, if one of them is the test set's. */
static void own_images(struct reading *v, const struct bx_results_object *o)
{
    struct bx_join *j = &v->rules.join;
    size_t found = 0;
    uint32_t *own = BX_NEW(v->a, uint32_t, o->nimages);
    for (size_t i = 0; i < o->nimages; i++) {
        enum bx_join_rule rule;
        size_t image = bx_join_name(j, (struct bx_slice){o->image_file[i], strlen(o->image_file[i])}, &rule);
        own[i] = image == BX_NO_INDEX ? BX_JOIN_LAST : (uint32_t)image;
        found += image != BX_NO_INDEX;
    }
    if (!found)
        return;
    j->own_image = own;
    bx_ids_make(&j->own, bx_memdup(v->a, o->image_id, o->nimages * sizeof *o->image_id), NULL, o->nimages, v->a);
}

/* The list: the text itself, or that of a COCO object, whose tables tell what its numbers mean unless the caller does. r: behind its '['.
 */
static bool find_list(struct reading *v, struct bx_json *r)
{
    struct bx_results_object o;
    if (bx_json_peek(r) != BX_JSON_OBJECT)
        return bx_json_array(r);
    const char *at = r->p;
    bool ok = bx_results_object_read(r, &o, v->a) && bx_json_end(r);
    if (ok && !o.has_list)
        ok = bx_json_fail(
            r, at,
            "found an object without a list 'annotations' or 'predictions', expected a list of detections, or a COCO object with it");
    if (ok && !v->o->reference) {
        v->kind = "COCO results within a COCO object";
        own_images(v, &o);
        if (o.ncategories && !v->categories) {
            v->categories = bx_memdup(v->a, o.categories, o.ncategories * sizeof *o.categories);
            v->ncategories = o.ncategories;
        }
    }
    if (ok) { /* places stay those of the whole text */
        r->p = o.list.p;
        r->end = o.list.p + o.list.n;
    }
    bx_results_object_free(&o);
    return ok && bx_json_array(r);
}

bool bx_results_read(const char *name, const char *data, size_t n, const struct bx_testset *t, const struct bx_results_options *o,
                     struct bx_detections *d, struct bx_arena *a, struct bx_err *e)
{
    struct reading v = {.rules = {.t = t, .o = o}, .o = o, .a = a, .kind = "COCO results"};
    struct bx_json r;
    v.categories = o->categories;
    v.ncategories = o->ncategories;
    bx_json_init(&r, name, data, n, o->reference ? BX_JSON_ALLOW_NAN : BX_JSON_TEXT_NUMBERS, e);
    bx_join_make(&v.rules.join, t, o->reference, a);
    bool ok = find_list(&v, &r);
    if (ok) {
        v.rules.lazy = o->lazy_masks && o->geometry == BX_GEOM_MASK;
        v.boxes_alone = o->geometry == BX_GEOM_BOX && !o->reference;
        make_names(&v);
        v.rules.boxes = o->reference && first_has_box(&v, &r);
        ok = read_as_meant(&v, &r, e) && something_left(&v, name, e);
    } else
        bx_json_release(&r);
    if (ok)
        finish(&v, d);
    if (ok && o->said)
        say(&v);
    free(v.names);
    free_runs(&v.runs);
    bx_extra_names_free(&v.extra);
    free(v.extra_name);
    bx_name_table_free(&v.name_table);
    bx_growing_ids_free(&v.strays);
    bx_join_free(&v.rules.join);
    return ok;
}
