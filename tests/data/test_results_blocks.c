/* What is read of a results file depends neither on the blocks it is read in nor on how many read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "core/data/results.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/build.h"
#include "tests/random.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define H        40
#define W        50
#define IMAGES   6
#define MOST     400 /* detections of a text */

static const int64_t class_id[] = {1, 2, 5}, image_id[IMAGES] = {3, 10, 11, 500, 501, 70000};
static struct bx_arena kept;
static const char *const names[] = {"a", "b", "c"};
static struct bx_testset testset;

static int make_testset(void **state)
{
    (void)state;
    testset = build_testset(&kept, names, COUNT(names), IMAGES, NULL, 0);
    memcpy(testset.class_id, class_id, sizeof class_id);
    memcpy(testset.image_id, image_id, sizeof image_id);
    for (size_t i = 0; i < IMAGES; i++) {
        testset.image_w[i] = W;
        testset.image_h[i] = H;
    }
    return 0;
}
static int release_testset(void **state)
{
    (void)state;
    bx_arena_release(&kept);
    return 0;
}

/* What the elements of a text are like. */
enum {
    BOX = 1,        /* some have a box */
    ALL_BOXES = 2,  /* all have one */
    POLYGONS = 4,   /* segmentations of this kind, and the next two */
    TEXTS = 8,      /* compressed run lengths */
    COUNTS = 16,    /* run lengths as numbers */
    CORNERS = 32,   /* oriented boxes */
    ORDERED = 64,   /* by image */
    DECEIVING = 128 /* texts and lists that look like the end of an element */
};
#define SEGMENTATIONS (POLYGONS | TEXTS | COUNTS)
static const struct kind {
    const char *name;
    enum bx_geometry geometry;
    bool lazy, reference;
    unsigned has;
} kinds[] = {
    {"boxes", BX_GEOM_BOX, false, false, ALL_BOXES},
    {"boxes in the order of images", BX_GEOM_BOX, false, false, ALL_BOXES | ORDERED},
    {"boxes, some of masks", BX_GEOM_BOX, false, false, BOX | SEGMENTATIONS},
    {"boxes, some of oriented boxes", BX_GEOM_BOX, false, false, BOX | CORNERS},
    {"boxes beside what deceives", BX_GEOM_BOX, false, false, ALL_BOXES | DECEIVING},
    {"boxes as pycocotools has them", BX_GEOM_BOX, false, true, ALL_BOXES | TEXTS},
    {"masks", BX_GEOM_MASK, false, false, BOX | SEGMENTATIONS},
    {"masks that deceive", BX_GEOM_MASK, false, false, SEGMENTATIONS | DECEIVING},
    {"masks alone, as pycocotools has them", BX_GEOM_MASK, false, true, TEXTS},
    {"masks as text", BX_GEOM_MASK, true, false, BOX | SEGMENTATIONS},
    {"masks as text, of one kind", BX_GEOM_MASK, true, false, TEXTS},
    {"masks as text, in the order of images", BX_GEOM_MASK, true, false, ALL_BOXES | TEXTS | ORDERED},
    {"masks as text that deceive", BX_GEOM_MASK, true, false, BOX | TEXTS | POLYGONS | DECEIVING},
    {"masks as text, as pycocotools has them", BX_GEOM_MASK, true, true, ALL_BOXES | TEXTS},
    {"oriented boxes", BX_GEOM_OBB, false, false, BOX | CORNERS},
    {"oriented boxes beside masks", BX_GEOM_OBB, false, false, CORNERS | SEGMENTATIONS},
};

/* How elements are spelled; it stays the same for a while. */
struct spelling {
    uint32_t left, first; /* first: the member that comes first */
    bool backwards;
    const char *comma, *colon, *open, *more;
};

static void change_spelling(struct spelling *s)
{
    static const char *const commas[] = {",", ", ", " ,\n\t"}, *const colons[] = {":", ": ", " : "}, *const opens[] = {"", " "},
                             *const more[] = {NULL, NULL, "\"id\":7", "\"area\":1.5,\"iscrowd\":0", "\"other\":[{}]"};
    *s = (struct spelling){1 + any(40), any(6), any(2), commas[any(3)], colons[any(3)], opens[any(2)], more[any(COUNT(more))]};
}

static void add_number(struct bx_buf *b)
{
    static const char *const odd[] = {"0", "0.0", "1e1", "1.5E-3", "12.345678901234567", "5e-324", "17"};
    if (any(20) == 0)
        bx_buf_adds(b, odd[any(COUNT(odd))]);
    else
        bx_buf_addf(b, "%u.%02u", any(W), any(100));
}
static void add_numbers(struct bx_buf *b, const struct spelling *s, uint32_t n)
{
    bx_buf_addf(b, "[%s", s->open);
    for (uint32_t i = 0; i < n; i++) {
        bx_buf_adds(b, i ? s->comma : "");
        add_number(b);
    }
    bx_buf_adds(b, "]");
}

/* Runs that fill the mask; some have length zero, many make a backslash. */
static size_t any_runs(uint32_t counts[H * W])
{
    uint32_t left = H * W;
    size_t n = 0;
    while (left && n + 1 < H * W) {
        uint32_t run = any(12) == 0 ? 0 : any(3) ? 12 + 32 * any(8) : any(60);
        counts[n] = run < left ? run : left;
        left -= counts[n++];
    }
    return n;
}

static void add_segmentation(struct bx_buf *b, const struct spelling *s, unsigned kind)
{
    if (kind == POLYGONS) {
        uint32_t n = 1 + any(2);
        bx_buf_addf(b, "[%s", s->open);
        for (uint32_t i = 0; i < n; i++) {
            bx_buf_adds(b, i ? s->comma : "");
            add_numbers(b, s, 2 * (3 + any(4)));
        }
        bx_buf_adds(b, "]");
        return;
    }
    struct bx_arena a = {0};
    uint32_t counts[H * W];
    struct bx_rle r = {H, W, any_runs(counts), counts};
    bx_buf_addf(b, "{%s\"size\"%s[%d%s%d]%s\"counts\"%s", s->open, s->colon, H, s->comma, W, s->comma, s->colon);
    if (kind == TEXTS) {
        const char *text = bx_rle_to_string(&r, &a);
        bx_buf_add_json_string(b, text, strlen(text));
    }
    for (size_t i = 0; kind == COUNTS && i < r.n; i++)
        bx_buf_addf(b, "%s%u", i ? s->comma : "[", counts[i]);
    bx_buf_adds(b, kind == COUNTS ? "]}" : "}");
    bx_arena_release(&a);
}

static unsigned one_of(unsigned set)
{
    unsigned bit;
    do
        bit = (unsigned)POLYGONS << any(3);
    while (!(set & bit));
    return bit;
}

static void add_element(struct bx_buf *b, const struct kind *k, const struct spelling *s, int64_t image, int64_t category)
{
    static const char *const deceiving[] = {"\"note\":\"},{\"", "\"parts\":[{\"a\":1},{\"b\":2},{\"image_id\":3}]", "\"},{\":0"};
    struct bx_buf m[6] = {{0}};
    size_t n = 0;
    bool box = (k->has & ALL_BOXES) || ((k->has & BOX) && any(2)),
         segmented = (k->has & SEGMENTATIONS) && (!box || k->geometry == BX_GEOM_MASK || any(2));
    bx_buf_addf(&m[0], "\"image_id\"%s%lld", s->colon, (long long)image);
    bx_buf_addf(&m[1], "\"category_id\"%s%lld", s->colon, (long long)category);
    bx_buf_addf(&m[2], "\"score\"%s0.%03u", s->colon, any(1000));
    if (box) {
        bx_buf_addf(&m[3], "\"bbox\"%s", s->colon);
        add_numbers(&m[3], s, 4);
    }
    if (segmented) {
        bx_buf_addf(&m[4], "\"segmentation\"%s", s->colon);
        add_segmentation(&m[4], s, one_of(k->has));
    } else if (k->has & CORNERS) {
        bx_buf_addf(&m[4], "\"obb\"%s", s->colon);
        add_numbers(&m[4], s, 8);
    }
    if (segmented && (k->has & CORNERS)) {
        bx_buf_addf(&m[5], "\"obb\"%s", s->colon);
        add_numbers(&m[5], s, 8);
    } else if ((k->has & DECEIVING) && any(30) == 0)
        bx_buf_adds(&m[5], deceiving[any(COUNT(deceiving))]);
    else if (s->more)
        bx_buf_adds(&m[5], s->more);
    bx_buf_addf(b, "{%s", s->open);
    for (size_t i = 0; i < COUNT(m); i++) {
        size_t at = (s->first + (s->backwards ? COUNT(m) - i : i)) % COUNT(m);
        if (m[at].n)
            bx_buf_addf(b, "%s%s", n++ ? s->comma : "", m[at].p);
        bx_buf_free(&m[at]);
    }
    bx_buf_adds(b, "}");
}

struct text {
    struct bx_buf b;
    size_t n, nnames, at[MOST]; /* at: where each element begins */
    int64_t category[MOST], unknown[MOST];
};

/* Categories that the test set does not have come one after the other and again, so that each block meets other ones first. */
static void make_text(struct text *t, const struct kind *k, size_t n)
{
    struct spelling s = {0};
    *t = (struct text){.n = n, .nnames = COUNT(names)};
    bx_buf_adds(&t->b, any(2) ? "[" : " [\n");
    for (size_t i = 0; i < n; i++) {
        int64_t image = image_id[k->has & ORDERED ? i * IMAGES / n : any(IMAGES)];
        int64_t category = any(3) ? class_id[any(COUNT(class_id))] : 1000 - (int64_t)any((uint32_t)i / 10 + 1);
        size_t u = 0;
        while (u < t->nnames - COUNT(names) && t->unknown[u] != category)
            u++;
        if (category > 5 && u == t->nnames - COUNT(names))
            t->unknown[t->nnames++ - COUNT(names)] = category;
        t->category[i] = category;
        if (!s.left--)
            change_spelling(&s);
        bx_buf_adds(&t->b, i ? s.comma : "");
        t->at[i] = t->b.n;
        add_element(&t->b, k, &s, image, category);
    }
    bx_buf_adds(&t->b, any(2) ? "]" : "\n ]\n");
}

static bool same(const void *a, const void *b, size_t size)
{
    return !a == !b && (!a || !size || !memcmp(a, b, size));
}

static const char *difference_of_masks(const struct bx_detections *p, const struct bx_detections *q)
{
    if (!p->mask != !q->mask || !p->mask_text != !q->mask_text)
        return "the kind of masks";
    for (size_t i = 0; p->mask && i < p->n; i++)
        if (p->mask[i].h != q->mask[i].h || p->mask[i].w != q->mask[i].w || p->mask[i].n != q->mask[i].n ||
            !same(p->mask[i].counts, q->mask[i].counts, p->mask[i].n * sizeof *p->mask[i].counts))
            return "a mask";
    for (size_t i = 0; p->mask_text && i < p->n; i++) {
        const struct bx_rle_text *x = &p->mask_text[i], *y = &q->mask_text[i];
        if (x->h != y->h || x->w != y->w || x->n != y->n || x->area != y->area || x->plain != y->plain || x->escaped != y->escaped ||
            !same(x->box, y->box, sizeof x->box) || !same(x->p, y->p, x->n))
            return "a mask's text";
    }
    return NULL;
}

static const char *difference(const struct bx_detections *p, const struct bx_detections *q)
{
    if (p->n != q->n || p->nimages != q->nimages || p->nnames != q->nnames)
        return "how many there are";
    for (size_t i = 0; i < p->nnames; i++)
        if (strcmp(p->names[i], q->names[i]) != 0)
            return "a name";
    if (!same(p->image_begin, q->image_begin, (p->nimages + 1) * sizeof *p->image_begin))
        return "where images begin";
    if (!same(p->name, q->name, p->n * sizeof *p->name))
        return "names";
    if (!same(p->score, q->score, p->n * sizeof *p->score))
        return "scores";
    if (!same(p->obb, q->obb, 8 * p->n * sizeof *p->obb))
        return "oriented boxes";
    if (!same(p->box_given, q->box_given, p->n))
        return "which boxes were given";
    for (size_t i = 0; i < p->n; i++) /* beside a mask as text there is a box only where it was given */
        if (!(p->mask_text && p->box_given && !p->box_given[i]) && !same(p->box + 4 * i, q->box + 4 * i, 4 * sizeof *p->box))
            return "a box";
    return difference_of_masks(p, q);
}

/* Each image's in the order of the text, under the names of their categories, which are in order of first use. */
static void is_what_was_written(const struct text *t, const struct bx_detections *d)
{
    assert_int_equal(d->n, t->n);
    assert_int_equal(d->nnames, t->nnames);
    for (size_t i = 0; i < t->nnames; i++) {
        char name[40];
        snprintf(name, sizeof name, "category %lld", i < COUNT(names) ? 0 : (long long)t->unknown[i - COUNT(names)]);
        assert_string_equal(d->names[i], i < COUNT(names) ? names[i] : name);
    }
    size_t used[COUNT(names) + MOST] = {0}, written[COUNT(names) + MOST] = {0};
    for (size_t i = 0; i < t->n; i++) {
        size_t k = 0;
        while (k < COUNT(names) ? class_id[k] != t->category[i] : t->unknown[k - COUNT(names)] != t->category[i])
            k++;
        written[k]++;
        used[d->name[i]]++;
    }
    assert_memory_equal(used, written, sizeof used);
}

static const size_t blocks[] = {20, 300, 3000, 20000, 1 << 20};

static void what_is_read_depends_neither_on_blocks_nor_on_threads(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(kinds); i++) {
        const struct kind *k = &kinds[i / 2];
        struct bx_results_options o = {.reference = k->reference, .lazy_masks = k->lazy, .geometry = k->geometry, .threads = 1};
        struct bx_detections want;
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct text t;
        make_text(&t, k, i % 2 ? MOST : 1 + any(60));
        if (!bx_results_read("f", t.b.p, t.b.n, &testset, &o, &want, &a, &e))
            fail_msg("%s: %s", k->name, e.text);
        is_what_was_written(&t, &want);
        for (size_t n = 0; n < COUNT(blocks); n++)
            for (o.threads = 1; o.threads <= 3; o.threads++) {
                struct bx_arena b = {0};
                struct bx_detections d;
                o.block_bytes = blocks[n];
                if (!bx_results_read("f", t.b.p, t.b.n, &testset, &o, &d, &b, &e))
                    fail_msg("%s, blocks of %zu, %d threads: %s", k->name, blocks[n], o.threads, e.text);
                const char *differs = difference(&want, &d);
                if (differs)
                    fail_msg("%s, blocks of %zu, %d threads: found another reading of %s", k->name, blocks[n], o.threads, differs);
                bx_arena_release(&b);
            }
        bx_arena_release(&a);
        bx_buf_free(&t.b);
    }
}

static void texts_hold_what_is_hard_to_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct text t;
        make_text(&t, &kinds[i], MOST);
        assert_true(t.nnames > COUNT(names) + 20);
        if (kinds[i].has & TEXTS)
            assert_non_null(strstr(t.b.p, "\\\\"));
        if (kinds[i].has & DECEIVING)
            assert_non_null(strstr(t.b.p, "\"},{\""));
        bx_buf_free(&t.b);
    }
}

static void an_error_is_told_alike(void **state)
{
    (void)state;
    /* In place of the element's '{'. The first are errors of this element, whatever it is. */
    static const char *const faults[] = {"{\"image_id\":4},{",
                                         "{\"image_id\":3},{",
                                         "{\"score\":\"x\",",
                                         "{\"score\":nan,",
                                         "{\"bbox\":[1,2,3],",
                                         "{\"bbox\":{},",
                                         "{1:2,",
                                         "{\"x\":[{}],\"category_id\":{},",
                                         "{ }, {",
                                         "{\"x\":\"\x01\",",
                                         "} {",
                                         "]",
                                         "{\"category_id\":[3],"};
    enum { OF_THIS_ELEMENT = 10 };
    static const size_t places[] = {0, 1, 17, 60, 119};
    for (size_t i = 0; i < COUNT(kinds); i += 2)
        for (size_t f = 0; f < COUNT(faults); f++) {
            const struct kind *k = &kinds[i];
            size_t wrong = places[(i + f) % COUNT(places)];
            struct bx_results_options o = {.reference = k->reference, .lazy_masks = k->lazy, .geometry = k->geometry, .threads = 1};
            BX_CLEANUP_BUF struct bx_buf b = {0};
            struct bx_arena a = {0};
            struct bx_detections d;
            struct bx_err want = {0};
            struct text t;
            char element[40];
            make_text(&t, k, 120);
            bx_buf_add(&b, t.b.p, t.at[wrong]);
            bx_buf_adds(&b, faults[f]);
            bx_buf_add(&b, t.b.p + t.at[wrong] + 1, t.b.n - t.at[wrong] - 1);
            snprintf(element, sizeof element, "element %zu: ", wrong);
            assert_false(bx_results_read("f", b.p, b.n, &testset, &o, &d, &a, &want));
            if (f < OF_THIS_ELEMENT && strncmp(want.text, element, strlen(element)) != 0)
                fail_msg("%s: '%s', expected '%s' in front", k->name, want.text, element);
            for (size_t n = 0; n < COUNT(blocks); n++)
                for (o.threads = 1; o.threads <= 3; o.threads++) {
                    struct bx_err e = {0};
                    o.block_bytes = blocks[n];
                    assert_false(bx_results_read("f", b.p, b.n, &testset, &o, &d, &a, &e));
                    if (strcmp(e.text, want.text) != 0 || e.code != want.code)
                        fail_msg("%s, blocks of %zu, %d threads: '%s', expected '%s'", k->name, blocks[n], o.threads, e.text, want.text);
                }
            bx_arena_release(&a);
            bx_buf_free(&t.b);
        }
}

static void an_empty_list_is_no_detections(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (int threads = 1; threads <= 3; threads++) {
            struct bx_results_options o = {
                .lazy_masks = kinds[i].lazy, .geometry = kinds[i].geometry, .threads = threads, .block_bytes = 1};
            struct bx_detections d;
            struct bx_arena a = {0};
            struct bx_err e = {0};
            assert_true(bx_results_read("f", " [ ] ", 5, &testset, &o, &d, &a, &e));
            assert_int_equal(d.n, 0);
            assert_int_equal(d.nnames, COUNT(names));
            assert_int_equal(d.image_begin[IMAGES], 0);
            assert_false(bx_results_read("f", "[] {}", 5, &testset, &o, &d, &a, &e));
            bx_arena_release(&a);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_hold_what_is_hard_to_read),
        cmocka_unit_test(what_is_read_depends_neither_on_blocks_nor_on_threads),
        cmocka_unit_test(an_error_is_told_alike),
        cmocka_unit_test(an_empty_list_is_no_detections),
    };
    return cmocka_run_group_tests(tests, make_testset, release_testset);
}
