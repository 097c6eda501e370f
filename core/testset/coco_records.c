/* coco_records.c: the three lists of a COCO instances file → records. */
#include "core/testset/coco_records.h"
#include "core/base/banned.h"
#include "core/base/json_blocks.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include "core/data/ids.h"
#include "core/data/segmentation.h"

/* null stands for a member that is not there. */
static bool absent(struct bx_json *r)
{
    return bx_json_peek(r) == BX_JSON_NULL && bx_json_null(r);
}

/* A number, or a truth value, where a text belongs is its spelling: classes may be called 0 and 1. */
static const char *text(struct bx_json *r, struct bx_arena *a)
{
    struct bx_slice s;
    enum bx_json_kind kind = bx_json_peek(r);
    const char *at = r->p;
    if (kind == BX_JSON_NULL)
        return bx_json_null(r), NULL;
    bool plain = kind == BX_JSON_NUMBER || kind == BX_JSON_TRUE || kind == BX_JSON_FALSE;
    if (plain ? !bx_json_raw(r, &s) : !bx_json_string(r, &s))
        return NULL;
    if (memchr(s.p, 0, s.n)) {
        bx_json_fail(r, at, "found a text with a NUL character");
        return NULL;
    }
    return bx_strndup(a, s.p, s.n);
}

static int64_t *id_list(struct bx_json *r, size_t *n, struct bx_arena *a)
{
    int64_t *v = NULL, *kept;
    size_t cap = 0;
    *n = 0;
    bool ok = !absent(r) && bx_json_array(r);
    while (ok && bx_json_element(r)) {
        v = bx_grow(v, &cap, *n + 1, sizeof *v);
        ok = bx_json_int(r, &v[*n]);
        *n += ok;
    }
    kept = bx_memdup(a, v, *n * sizeof *v);
    free(v);
    return kept;
}

/* An image id, number or string; one file has only one kind, which it may spell as the other: 12 and "12". */
static void image_id(struct bx_json *r, struct bx_coco_file *f, bool first, int64_t *number, const char **key, struct bx_arena *a)
{
    struct bx_image_id id;
    const char *at = r->p;
    if (!bx_image_id_read(r, &id))
        return;
    if (first)
        f->keys = id.is_key;
    if (f->keys)
        *key = id.is_key ? bx_strndup(a, id.key.p, id.key.n) : bx_printf(a, "%lld", (long long)id.number);
    else if (!id.is_key)
        *number = id.number;
    else if (!bx_image_id_number(id.key, number))
        bx_json_fail(r, at, "found '%.*s' as an image id, expected a number as before", id.key.n < 40 ? (int)id.key.n : 40, id.key.p);
}

static void side(struct bx_json *r, uint32_t *out)
{
    double v;
    const char *at = r->p;
    if (absent(r) || !bx_json_double(r, &v))
        return;
    if (v < 0) /* "not known", as tools write it that never opened the image */
        *out = 0;
    else if (!(v <= UINT32_MAX) || v != (double)(uint32_t)v)
        bx_json_fail(r, at, "found a width or height of %.17g pixels, expected a whole number of at most 4294967295", v);
    else
        *out = (uint32_t)v;
}

enum { MOST_TAGS = 1000, DEEPEST_TAG = 3 }; /* of an image */

static void add_tag(struct bx_coco_image *m, const char *key, struct bx_slice text, struct bx_arena *a)
{
    const size_t n = text.n < 1000 ? text.n : 1000; /* far too long, and then refused */
    if (m->ntags == MOST_TAGS || memchr(text.p, 0, n))
        return;
    if (m->ntags == m->tag_cap) {
        const char **more = BX_NEW(a, const char *, m->tag_cap = 2 * m->tag_cap + 4);
        if (m->ntags)
            memcpy(more, m->tags, m->ntags * sizeof *more);
        m->tags = more;
    }
    m->tags[m->ntags++] = key && n ? bx_printf(a, "%s: %.*s", key, (int)n, text.p) : bx_strndup(a, n ? text.p : key, n ? n : strlen(key));
}

/* `key`: of the map that it stands in; NULL: of none. */
static void tags(struct bx_json *r, struct bx_coco_image *m, const char *key, int depth, struct bx_arena *a)
{
    struct bx_slice s;
    bool yes = false;
    switch (depth ? bx_json_peek(r) : BX_JSON_NULL) {
    case BX_JSON_STRING:
        if (bx_json_string(r, &s) && s.n)
            add_tag(m, key, s, a);
        break;
    case BX_JSON_NUMBER:
        if (bx_json_raw(r, &s))
            add_tag(m, key, s, a);
        break;
    case BX_JSON_TRUE:
        if (bx_json_bool(r, &yes) && key)
            add_tag(m, key, (struct bx_slice){key, 0}, a);
        break;
    case BX_JSON_ARRAY:
        for (bool ok = bx_json_array(r); ok && bx_json_element(r);)
            tags(r, m, key, depth - 1, a);
        break;
    case BX_JSON_OBJECT:
        for (bool ok = bx_json_object(r); ok && bx_json_key(r, &s);)
            tags(r, m, memchr(s.p, 0, s.n) ? "" : bx_strndup(a, s.p, s.n < 1000 ? s.n : 1000), depth - 1, a);
        break;
    default:
        bx_json_skip(r);
    }
}

/* Roboflow's own place for them. */
static void user_tags(struct bx_json *r, struct bx_coco_image *m, struct bx_arena *a)
{
    struct bx_slice key;
    if (bx_json_peek(r) != BX_JSON_OBJECT)
        bx_json_skip(r);
    else
        for (bool ok = bx_json_object(r); ok && bx_json_key(r, &key);)
            if (bx_slice_is(key, "user_tags"))
                tags(r, m, NULL, DEEPEST_TAG, a);
            else
                bx_json_skip(r);
}

static void read_image(struct bx_json *r, struct bx_coco_file *f, const struct bx_testset_options *o, struct bx_arena *a)
{
    struct bx_coco_image m = {0};
    struct bx_slice key;
    bool has_id = false, negative = false, nonexhaustive = false;
    const char *at = r->p;
    if (!bx_json_object(r))
        return;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "id")) {
            has_id = !absent(r);
            if (has_id)
                image_id(r, f, f->nimages == 0 && f->nannotations == 0, &m.id, &m.key, a);
        } else if (bx_slice_is(key, "file_name"))
            m.file = text(r, a);
        else if (bx_slice_is(key, "coco_url") && bx_json_peek(r) == BX_JSON_STRING)
            m.url = text(r, a);
        else if (bx_slice_is(key, "width"))
            side(r, &m.w);
        else if (bx_slice_is(key, "height"))
            side(r, &m.h);
        else if (bx_slice_is(key, "tags") || bx_slice_is(key, "attributes"))
            tags(r, &m, NULL, DEEPEST_TAG, a);
        else if (bx_slice_is(key, "extra"))
            user_tags(r, &m, a);
        else if (o->lvis && bx_slice_is(key, "neg_category_ids")) {
            m.negative = id_list(r, &m.nnegative, a);
            negative = true;
        } else if (o->lvis && bx_slice_is(key, "not_exhaustive_category_ids")) {
            m.nonexhaustive = id_list(r, &m.nnonexhaustive, a);
            nonexhaustive = true;
        } else {
            f->federated = f->federated || (!o->lvis && bx_slice_is(key, "neg_category_ids"));
            bx_json_skip(r);
        }
    }
    if (!r->failed && !has_id)
        bx_json_fail(r, at, "found an image without 'id'");
    if (!r->failed && o->lvis && !(negative && nonexhaustive))
        bx_json_fail(r, at, "found an image without '%s', expected it in an LVIS file",
                     negative ? "not_exhaustive_category_ids" : "neg_category_ids");
    if (m.file && !*m.file)
        m.file = NULL;
    if (!m.w || !m.h)
        m.w = m.h = 0;
    m.place = (size_t)(at - r->start);
    f->images = bx_grow(f->images, &f->image_cap, f->nimages + 1, sizeof *f->images);
    f->images[f->nimages++] = m;
}

static void read_category(struct bx_json *r, struct bx_coco_file *f, const struct bx_testset_options *o, struct bx_arena *a)
{
    struct bx_coco_category c = {0};
    struct bx_slice key;
    bool has_id = false;
    const char *at = r->p;
    if (!bx_json_object(r))
        return;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "id"))
            has_id = !absent(r) && bx_json_int(r, &c.id);
        else if (bx_slice_is(key, "name"))
            c.name = text(r, a);
        else if (bx_slice_is(key, "supercategory") && bx_json_peek(r) == BX_JSON_STRING)
            c.group = text(r, a);
        else if (o->lvis && bx_slice_is(key, "frequency")) {
            struct bx_slice s;
            const char *here = r->p;
            if (!bx_json_string(r, &s))
                return;
            if (s.n != 1 || !strchr("rcf", s.p[0])) {
                bx_json_fail(r, here, "found the frequency '%.*s', expected r, c or f", (int)(s.n < 40 ? s.n : 40), s.p);
                return;
            }
            c.frequency = s.p[0];
        } else
            bx_json_skip(r);
    }
    if (!r->failed && !has_id)
        bx_json_fail(r, at, "found a category without 'id'");
    if (!r->failed && o->lvis && !c.frequency)
        bx_json_fail(r, at, "found a category without 'frequency', expected it in an LVIS file");
    c.place = (size_t)(at - r->start);
    f->categories = bx_grow(f->categories, &f->category_cap, f->ncategories + 1, sizeof *f->categories);
    f->categories[f->ncategories++] = c;
}

static bool flag(struct bx_json *r, bool *out)
{
    int64_t v = 0;
    enum bx_json_kind kind = bx_json_peek(r);
    if (kind == BX_JSON_TRUE || kind == BX_JSON_FALSE)
        return bx_json_bool(r, out);
    if (absent(r) || !bx_json_int(r, &v))
        return false;
    *out = v != 0;
    return true;
}

static bool complete(struct bx_json *r, struct bx_coco_annotation *n, const struct bx_testset_options *o, const char *at)
{
    if (o->reference && !o->bare && !o->lvis && !n->has_crowd)
        return bx_json_fail(r, at, "found an annotation without 'iscrowd', which pycocotools needs");
    if (o->reference && !o->bare && (!n->has_area || !n->has_id))
        return bx_json_fail(r, at, "found an annotation without '%s', which pycocotools needs", n->has_id ? "area" : "id");
    n->no_area = !o->reference && !o->lvis && n->has_area && !(n->area >= 0); /* "not known", as of a side */
    n->has_area = n->has_area && !n->no_area;
    return o->reference || !n->has_box || bx_box_fits(r, at, n->box);
}

/* An annotation in its usual spelling; false, and nothing read, for all else. */
static bool read_annotation_quickly(struct bx_json *r, struct bx_coco_file *f, struct bx_coco_annotation *n)
{
    enum { NEEDED = BX_QUICK_IMAGE | BX_QUICK_CATEGORY };
    struct bx_quick q;
    bool segmentation = false, any = f->nimages || f->nannotations;
    f->form.no_rle = true;
    const char *p = any && !f->keys ? bx_quick_begin(r->p, r->end, &q, &segmentation, &f->form) : NULL;
    if (!p || segmentation || (q.seen & NEEDED) != NEEDED || (q.seen & (BX_QUICK_OBB | BX_QUICK_SCORE))) {
        *n = (struct bx_coco_annotation){0};
        return false;
    }
    if (q.seen & BX_QUICK_LISTS)
        n->segmentation = (struct bx_slice){q.lists, (size_t)(q.lists_end - q.lists)};
    n->image = q.image;
    n->category = q.category;
    n->has_id = q.seen & BX_QUICK_ID;
    n->id = n->has_id ? q.id : 0;
    n->has_area = q.seen & BX_QUICK_AREA;
    n->area = n->has_area ? q.area : 0;
    n->has_crowd = q.seen & BX_QUICK_CROWD;
    n->crowd = n->has_crowd && q.crowd != 0;
    n->has_box = q.seen & BX_QUICK_BOX;
    if (n->has_box)
        memcpy(n->box, q.box, sizeof n->box);
    r->p = p;
    return true;
}

static void read_annotation_thoroughly(struct bx_json *r, struct bx_coco_file *f, const struct bx_testset_options *o, struct bx_arena *a,
                                       struct bx_coco_annotation *out)
{
    struct bx_coco_annotation n = {0};
    struct bx_slice key;
    double obb[8];
    bool has_image = false, has_category = false, has_obb = false;
    if (bx_json_peek(r) == BX_JSON_BAD)
        return;
    const char *at = r->p;
    if (!bx_json_object(r))
        return;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "id"))
            n.has_id = !absent(r) && bx_json_int(r, &n.id);
        else if (bx_slice_is(key, "image_id")) {
            has_image = !absent(r);
            if (has_image)
                image_id(r, f, f->nimages == 0 && f->nannotations == 0, &n.image, &n.image_key, a);
        } else if (bx_slice_is(key, "category_id"))
            has_category = !absent(r) && bx_json_int(r, &n.category);
        else if (bx_slice_is(key, "bbox"))
            bx_box_read(r, true, n.box, &n.has_box);
        else if (bx_slice_is(key, "area"))
            n.has_area = !absent(r) && bx_json_double(r, &n.area);
        else if (bx_slice_is(key, "iscrowd"))
            n.has_crowd = flag(r, &n.crowd);
        else if (o->lvis && bx_slice_is(key, "ignore"))
            flag(r, &n.ignore);
        else if (bx_slice_is(key, "obb")) {
            bx_obb_read(r, obb, &has_obb);
            if (has_obb)
                n.obb = bx_memdup(a, obb, sizeof obb);
        } else if (bx_slice_is(key, "segmentation"))
            bx_json_raw(r, &n.segmentation);
        else
            bx_json_skip(r);
    }
    if (!r->failed && (!has_image || !has_category))
        bx_json_fail(r, at, "found an annotation without '%s'", has_image ? "category_id" : "image_id");
    *out = n;
}

static void read_annotation(struct bx_json *r, struct bx_coco_file *f, const struct bx_testset_options *o, struct bx_arena *a)
{
    struct bx_coco_annotation n = {0};
    const char *at = r->p;
    if (!read_annotation_quickly(r, f, &n))
        read_annotation_thoroughly(r, f, o, a, &n);
    if (r->failed || !complete(r, &n, o, at))
        return;
    n.place = (size_t)(at - r->start);
    double corners[8];
    if (o->task == BX_OBB && !n.obb && n.segmentation.p && bx_quadrilateral(n.segmentation, corners))
        n.obb = bx_memdup(a, corners, sizeof corners);
    f->annotations = bx_grow(f->annotations, &f->annotation_cap, f->nannotations + 1, sizeof *f->annotations);
    f->annotations[f->nannotations++] = n;
}

/* What a file says of itself may be anything: a text that can be shown is taken, and nothing is asked of the rest. */
static const char *said(struct bx_json *r, struct bx_arena *a)
{
    enum { MOST = 300 };
    struct bx_slice s;
    if (bx_json_peek(r) != BX_JSON_STRING)
        return bx_json_skip(r), NULL;
    return bx_json_string(r, &s) && s.n && s.n <= MOST && !bx_has_control(s.p, s.n) ? bx_strndup(a, s.p, s.n) : NULL;
}

static void read_info(struct bx_json *r, struct bx_coco_file *f, struct bx_arena *a)
{
    struct bx_slice key;
    const char *page = NULL, *description = NULL;
    if (bx_json_peek(r) != BX_JSON_OBJECT) {
        bx_json_skip(r);
        return;
    }
    bx_json_object(r);
    while (bx_json_key(r, &key))
        if (bx_slice_is(key, "url"))
            page = said(r, a);
        else if (bx_slice_is(key, "description"))
            description = said(r, a);
        else
            bx_json_skip(r);
    f->page = page ? page : description;
}

/* All that are listed: an image may have any of them. */
static void read_licenses(struct bx_json *r, struct bx_coco_file *f, struct bx_arena *a)
{
    enum { MOST = 500 };
    BX_CLEANUP_BUF struct bx_buf all = {0};
    struct bx_slice key;
    if (bx_json_peek(r) != BX_JSON_ARRAY) {
        bx_json_skip(r);
        return;
    }
    bx_json_array(r);
    while (bx_json_element(r)) {
        const char *name = NULL;
        if (bx_json_peek(r) != BX_JSON_OBJECT) {
            bx_json_skip(r);
            continue;
        }
        bx_json_object(r);
        while (bx_json_key(r, &key))
            if (bx_slice_is(key, "name"))
                name = said(r, a);
            else
                bx_json_skip(r);
        if (name && all.n + strlen(name) < MOST)
            bx_buf_addf(&all, "%s%s", all.n ? ", " : "", name);
    }
    f->license = all.n ? bx_strdup(a, bx_buf_str(&all)) : NULL;
}

/* Lists are read from front to back: the place before is mostly near. */
struct lines {
    const char *data;
    size_t at, line;
};

static void to_line(struct lines *l, size_t *place)
{
    if (*place < l->at)
        *l = (struct lines){l->data, 0, 1};
    const char *p = l->data + l->at, *end = l->data + *place;
    for (const char *nl; (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1)
        l->line++;
    l->at = *place;
    size_t line = l->line;
    for (; strchr(" \t\r\n", *end); end++) /* before the value */
        line += *end == '\n';
    *place = line;
}

void bx_coco_lines(struct bx_coco_file *f, const char *data)
{
    struct lines l = {data, 0, 1};
    for (size_t i = 0; i < f->nimages; i++)
        to_line(&l, &f->images[i].place);
    for (size_t i = 0; i < f->ncategories; i++)
        to_line(&l, &f->categories[i].place);
    for (size_t i = 0; i < f->nannotations; i++)
        to_line(&l, &f->annotations[i].place);
}

void bx_coco_file_free(struct bx_coco_file *f)
{
    free(f->images);
    free(f->categories);
    free(f->annotations);
    *f = (struct bx_coco_file){0};
}

/* The annotations, the bulk of a file, are read by several threads: each into records of its own, which are then put behind those before.
 */
struct part {
    struct bx_coco_file f; /* the annotations of a block */
    struct bx_coco_file *whole;
    const struct bx_testset_options *o;
    struct bx_arena a, *to;
    BX_APART;
};

static bool read_element(void *context, size_t worker, struct bx_json *r)
{
    struct part *q = (struct part *)context + worker;
    read_annotation(r, &q->f, q->o, &q->a);
    return !r->failed;
}

static void enter_block(void *context, size_t worker, size_t bytes)
{
    struct part *q = (struct part *)context + worker;
    (void)bytes;
    q->f.nannotations = 0;
    q->f.nimages = q->whole->nimages;
    q->f.keys = q->whole->keys;
}

static size_t join_block(void *context, size_t worker)
{
    struct part *q = (struct part *)context + worker;
    struct bx_coco_file *f = q->whole;
    f->annotations = bx_grow(f->annotations, &f->annotation_cap, f->nannotations + q->f.nannotations, sizeof *f->annotations);
    if (q->f.nannotations)
        memcpy(f->annotations + f->nannotations, q->f.annotations, q->f.nannotations * sizeof *f->annotations);
    f->nannotations += q->f.nannotations;
    bx_arena_adopt(q->to, &q->a);
    return 0;
}

#define BLOCK ((size_t)1 << 20)

/* False, and nothing read: one reader must have them all. */
static bool read_annotations_in_blocks(struct bx_json *r, struct bx_coco_file *f, const struct bx_testset_options *o, struct bx_arena *a,
                                       size_t *elements)
{
    size_t block = o->block_bytes ? o->block_bytes : BLOCK, workers = bx_workers(o->threads, (size_t)(r->end - r->p) / block + 1);
    if ((workers < 2 && !o->block_bytes) || !f->nimages) /* what kind the image ids are is not known yet */
        return false;
    struct part *parts = bx_xrealloc(NULL, workers, sizeof *parts);
    for (size_t i = 0; i < workers; i++)
        parts[i] = (struct part){.whole = f, .o = o, .to = a};
    const struct bx_blocks_reader reader = {.context = parts, .enter = enter_block, .element = read_element, .join = join_block};
    enum bx_blocks_outcome outcome = bx_blocks_read(r, block, workers, &reader, elements);
    if (outcome == BX_BLOCKS_DECEIVED)
        f->nannotations = *elements = 0;
    for (size_t i = 0; i < workers; i++) {
        free(parts[i].f.annotations);
        bx_arena_release(&parts[i].a);
    }
    free(parts);
    return outcome != BX_BLOCKS_DECEIVED;
}

bool bx_coco_file_read(const char *name, const char *data, size_t n, const struct bx_testset_options *o, struct bx_coco_file *f,
                       struct bx_arena *a, struct bx_err *e)
{
    static const struct {
        const char *name;
        void (*read)(struct bx_json *, struct bx_coco_file *, const struct bx_testset_options *, struct bx_arena *);
    } lists[] = {{"images", read_image}, {"categories", read_category}, {"annotations", read_annotation}};
    struct bx_json r;
    struct bx_slice key;
    bool seen[3] = {false, false, false};
    *f = (struct bx_coco_file){0};
    bx_json_init(&r, name, data, n, BX_COCO_JSON, e);
    if (bx_json_object(&r))
        while (bx_json_key(&r, &key)) {
            size_t which = 0;
            while (which < 3 && !bx_slice_is(key, lists[which].name))
                which++;
            if (which == 3) {
                if (bx_slice_is(key, "info"))
                    read_info(&r, f, a);
                else if (bx_slice_is(key, "licenses"))
                    read_licenses(&r, f, a);
                else
                    bx_json_skip(&r);
                continue;
            }
            if (seen[which]) {
                bx_json_fail(&r, NULL, "found '%s' a second time", lists[which].name);
                break;
            }
            seen[which] = true;
            size_t i = 0;
            if (!absent(&r) && bx_json_array(&r) && !(lists[which].read == read_annotation && read_annotations_in_blocks(&r, f, o, a, &i)))
                for (; bx_json_element(&r); i += !r.failed)
                    lists[which].read(&r, f, o, a);
            if (r.failed)
                bx_wrap(e, "%s[%zu]", lists[which].name, i);
        }
    if (!r.failed && !seen[0])
        bx_json_fail(&r, data, "found no 'images', expected COCO annotations");
    if (!r.failed && !seen[1])
        bx_json_fail(&r, data, "found no 'categories', expected COCO annotations");
    if (!r.failed && !seen[2] && !o->reference)
        bx_json_fail(&r, data, "found no 'annotations', expected COCO annotations");
    if (bx_json_end(&r))
        return true;
    bx_coco_file_free(f);
    return false;
}
