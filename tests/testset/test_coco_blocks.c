/* What is read of a COCO file depends neither on the blocks it is read in nor on how many read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/testset/labels.h"
#include "tests/random.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define H        40
#define W        50
#define IMAGES   24
#define MOST     700 /* annotations of a file */

/* What a file is like. */
enum {
    POLYGONS = 1,
    RUNS = 2,         /* run lengths, as text and as numbers */
    CORNERS = 4,      /* oriented boxes */
    KEYS = 8,         /* image ids are strings */
    IMAGES_LAST = 16, /* listed behind the annotations */
    DECEIVING = 32,   /* texts and lists that look like the end of an annotation */
    COMPLETE = 64,    /* what pycocotools needs is always there */
    REPEATED = 128,   /* ids of annotations */
    SPACED = 256,     /* on many lines */
    FEDERATED = 512   /* LVIS */
};
static const struct kind {
    const char *name;
    unsigned has;
    bool reference, boxes_only, lvis;
} kinds[] = {
    {"boxes", 0, false, false, false},
    {"polygons", POLYGONS, false, false, false},
    {"polygons and run lengths", POLYGONS | RUNS | SPACED, false, false, false},
    {"polygons that are not drawn", POLYGONS | RUNS, false, true, false},
    {"oriented boxes", CORNERS, false, false, false},
    {"image ids are strings", POLYGONS | KEYS, false, false, false},
    {"images behind annotations", POLYGONS | IMAGES_LAST, false, false, false},
    {"string ids of images behind annotations", KEYS | IMAGES_LAST, false, false, false},
    {"what deceives", POLYGONS | DECEIVING, false, false, false},
    {"as pycocotools has it", POLYGONS | RUNS | COMPLETE | REPEATED, true, false, false},
    {"repeated ids", REPEATED | SPACED, false, false, false},
    {"LVIS", POLYGONS | FEDERATED | COMPLETE, false, false, true},
};

static void add_id(struct bx_buf *b, const struct kind *k, uint32_t id)
{
    bx_buf_addf(b, k->has & KEYS ? "\"image\\u0020%u\"" : "%u", id);
}

static void add_images(struct bx_buf *b, const struct kind *k)
{
    bx_buf_adds(b, "\"images\":[");
    for (uint32_t i = 0; i < IMAGES; i++) {
        bx_buf_addf(b, "%s{\"file_name\":\"%u.jpg\",\"width\":%d,\"height\":%d,\"id\":", i ? "," : "", i, W, H);
        add_id(b, k, i * 7 % IMAGES);
        bx_buf_adds(b, k->has & FEDERATED ? ",\"neg_category_ids\":[3],\"not_exhaustive_category_ids\":[2,9]}" : "}");
    }
    bx_buf_adds(b, "]");
}

static void add_runs(struct bx_buf *b)
{
    struct bx_arena a = {0};
    uint32_t counts[] = {any(44), 44, 76 + 32 * any(10), any(500), any(500), 0};
    for (size_t i = 0; i + 1 < COUNT(counts); i++)
        counts[COUNT(counts) - 1] += counts[i];
    counts[COUNT(counts) - 1] = H * W - counts[COUNT(counts) - 1];
    struct bx_rle r = {H, W, COUNT(counts), counts};
    const char *text = bx_rle_to_string(&r, &a);
    bx_buf_addf(b, "{\"size\":[%d,%d],\"counts\":", H, W);
    if (any(2))
        bx_buf_add_json_string(b, text, strlen(text));
    else
        bx_buf_addf(b, "[%u,%u,%u,%u,%u,%u]", counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]);
    bx_buf_adds(b, "}");
    bx_arena_release(&a);
}

static void add_numbers(struct bx_buf *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        bx_buf_addf(b, any(20) ? "%s%u.%02u" : "%s%u.%02ue0", i ? "," : "[", any(W), any(100));
    bx_buf_adds(b, "]");
}

static void add_annotation(struct bx_buf *b, const struct kind *k, uint32_t i)
{
    static const char *const deceiving[] = {",\"note\":\"},{\"", ",\"parts\":[{\"a\":1},{\"b\":2},{\"image_id\":3,\"category_id\":1}]",
                                            ",\"} ,{\":0"};
    const char *space = k->has & SPACED ? "\n  " : "";
    bool all = k->has & COMPLETE, segmented = k->has & (POLYGONS | RUNS) && any(8);
    bx_buf_addf(b, "{%s\"category_id\":%u,%s\"image_id\": ", space, 1 + any(any(30) ? 3 : 5), space);
    add_id(b, k, any(any(30) ? IMAGES : IMAGES + 3));
    if (all || any(4))
        bx_buf_addf(b, ",\"id\":%u", k->has & REPEATED && any(5) == 0 ? any(i + 1) : i);
    if (all || !segmented || any(4)) {
        bx_buf_addf(b, ",%s\"bbox\":", space);
        add_numbers(b, 4);
    }
    if (all || any(3))
        bx_buf_addf(b, ",\"area\":%u.5", any(1000));
    if (all || any(3))
        bx_buf_addf(b, ",\"iscrowd\":%u", any(8) == 0);
    if (segmented && k->has & RUNS && any(2)) {
        bx_buf_adds(b, ",\"segmentation\":");
        add_runs(b);
    } else if (segmented) {
        bx_buf_addf(b, ",%s\"segmentation\":[", space);
        for (uint32_t n = 1 + any(2); n > 0; n--) {
            add_numbers(b, 2 * (3 + any(5)));
            bx_buf_adds(b, n > 1 ? "," : "]");
        }
    }
    if (k->has & CORNERS && any(6)) {
        bx_buf_adds(b, ",\"obb\":");
        add_numbers(b, 8);
    }
    if (k->has & DECEIVING && any(40) == 0)
        bx_buf_adds(b, deceiving[any(COUNT(deceiving))]);
    bx_buf_addf(b, "%s}", space);
}

/* fault: stands for the '{' of annotation `wrong`. */
static void make_file(struct bx_buf *b, const struct kind *k, uint32_t n, const char *fault, uint32_t wrong)
{
    bx_buf_clear(b);
    bx_buf_adds(b, "{\"info\":{\"x\":[{},{}]},");
    if (!(k->has & IMAGES_LAST)) {
        add_images(b, k);
        bx_buf_adds(b, ",");
    }
    bx_buf_adds(b, "\"annotations\":[");
    for (uint32_t i = 0; i < n; i++) {
        BX_CLEANUP_BUF struct bx_buf one = {0};
        add_annotation(&one, k, i);
        bx_buf_addf(b, "%s%s%s", i ? k->has & SPACED ? " ,\n" : "," : "", fault && i == wrong ? fault : "{", one.p + 1);
    }
    bx_buf_adds(b, "],\"licenses\":[{},{}],");
    if (k->has & IMAGES_LAST) {
        add_images(b, k);
        bx_buf_adds(b, ",");
    }
    const char *more = k->has & FEDERATED ? ",\"frequency\":\"c\"" : "";
    bx_buf_adds(b, "\"categories\":[");
    for (int id = 3; id >= 1; id--)
        bx_buf_addf(b, "{\"id\":%d,\"name\":\"class %d\"%s}%s", id, id, more, id > 1 ? "," : "]}");
}

static struct bx_testset_options options(const struct kind *k)
{
    return (struct bx_testset_options){
        .format = "coco", .reference = k->reference, .boxes_only = k->boxes_only, .lvis = k->lvis, .threads = 1};
}

static bool same(const void *a, const void *b, size_t size)
{
    return !a == !b && (!a || !size || !memcmp(a, b, size));
}
#define SAME(column, n)                                                                                                                    \
    if (!same(p->column, q->column, (n) * sizeof *p->column))                                                                              \
    return #column

static const char *difference_of_images(const struct bx_testset *p, const struct bx_testset *q)
{
    SAME(image_id, p->nimages);
    SAME(image_w, p->nimages);
    SAME(image_h, p->nimages);
    SAME(image_position, p->nimages);
    SAME(image_nnegative, p->nimages);
    SAME(image_nnonexhaustive, p->nimages);
    if (!p->image_key != !q->image_key)
        return "image_key";
    for (size_t i = 0; i < p->nimages; i++)
        if (strcmp(p->image_file[i], q->image_file[i]) != 0 || (p->image_key && strcmp(p->image_key[i], q->image_key[i]) != 0))
            return "image_file";
    return NULL;
}

static const char *difference(const struct bx_testset *p, const struct bx_testset *q)
{
    if (p->nclasses != q->nclasses || p->nimages != q->nimages || p->nanns != q->nanns || p->unknown != q->unknown ||
        p->repeated != q->repeated || p->nnotes != q->nnotes)
        return "how many there are";
    SAME(class_id, p->nclasses);
    SAME(class_stray, p->nclasses);
    SAME(class_frequency, p->nclasses);
    SAME(ann_begin, p->nimages + 1);
    SAME(ann_class, p->nanns);
    SAME(ann_flags, p->nanns);
    SAME(ann_area, p->nanns);
    SAME(ann_id, p->nanns);
    SAME(ann_box, 4 * p->nanns);
    SAME(ann_obb, 8 * p->nanns);
    if (!p->ann_mask != !q->ann_mask)
        return "ann_mask";
    for (size_t i = 0; p->ann_mask && i < p->nanns; i++)
        if (p->ann_mask[i].h != q->ann_mask[i].h || p->ann_mask[i].w != q->ann_mask[i].w || p->ann_mask[i].n != q->ann_mask[i].n ||
            !same(p->ann_mask[i].counts, q->ann_mask[i].counts, p->ann_mask[i].n * sizeof *p->ann_mask[i].counts))
            return "a mask";
    for (size_t i = 0; i < p->nnotes; i++)
        if (strcmp(p->notes[i].text, q->notes[i].text) != 0)
            return "a note";
    return difference_of_images(p, q);
}

static const size_t blocks[] = {20, 300, 3000, 20000, 1 << 20};

static void what_is_read_depends_neither_on_blocks_nor_on_threads(void **state)
{
    (void)state;
    BX_CLEANUP_BUF struct bx_buf b = {0};
    for (size_t i = 0; i < 2 * COUNT(kinds); i++) {
        const struct kind *k = &kinds[i / 2];
        struct bx_testset_options o = options(k);
        struct bx_arena a = {0};
        struct bx_testset want;
        struct bx_err e = {0};
        make_file(&b, k, i % 2 ? MOST : any(40), NULL, 0);
        put("gt.json", b.p);
        const char *path = in(&a, "gt.json");
        if (!bx_testset_read(path, &o, &want, &a, &e))
            fail_msg("%s: %s", k->name, e.text);
        assert_int_equal(want.nimages, IMAGES);
        if (i % 2)
            assert_in_range(want.nanns, MOST / 2, MOST - 1);
        for (size_t n = 0; n < COUNT(blocks); n++)
            for (o.threads = 1; o.threads <= 3; o.threads++) {
                struct bx_arena again = {0};
                struct bx_testset t;
                o.block_bytes = blocks[n];
                if (!bx_testset_read(path, &o, &t, &again, &e))
                    fail_msg("%s, blocks of %zu, %d threads: %s", k->name, blocks[n], o.threads, e.text);
                const char *differs = difference(&want, &t);
                if (differs)
                    fail_msg("%s, blocks of %zu, %d threads: found another reading of %s", k->name, blocks[n], o.threads, differs);
                bx_arena_release(&again);
            }
        bx_arena_release(&a);
    }
}

static void an_error_is_told_alike(void **state)
{
    (void)state;
    /* The first are errors of this annotation, whatever it is; what is wrong with a polygon is told of the first in the images' order. */
    static const char *const faults[] = {
        "{\"id\":1.5,",
        "{\"bbox\":[1,2,3],",
        "{\"category_id\":1},{",
        "{\"image_id\":1},{",
        "{\"iscrowd\":\"x\",",
        "{\"image_id\":{},",
        "{1:2,",
        "{\"x\":\"\x01\",",
        "} {",
        "]",
        "{\"image_id\":0,\"category_id\":1,\"bbox\":[0,0,1,1],\"area\":1,\"iscrowd\":0,\"id\":1,\"segmentation\":[[1,2,3]]},{",
    };
    enum { OF_THIS_ANNOTATION = 8 };
    static const uint32_t places[] = {0, 1, 100, 299};
    BX_CLEANUP_BUF struct bx_buf b = {0};
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (size_t f = 0; f < COUNT(faults); f++) {
            const struct kind *k = &kinds[i];
            uint32_t wrong = places[(i + f) % COUNT(places)];
            struct bx_testset_options o = options(k);
            struct bx_arena a = {0};
            struct bx_testset t;
            struct bx_err want = {0};
            char element[40];
            bool last = f == COUNT(faults) - 1;
            if (last && (k->has & KEYS || !(k->has & POLYGONS) || k->boxes_only))
                continue;
            make_file(&b, k, 300, faults[f], wrong);
            put("gt.json", b.p);
            const char *path = in(&a, "gt.json");
            if (bx_testset_read(path, &o, &t, &a, &want))
                fail_msg("%s: read with '%s' in annotation %u", k->name, faults[f], wrong);
            snprintf(element, sizeof element, "annotations[%u]: ", wrong);
            if ((f < OF_THIS_ANNOTATION || last) && strncmp(want.text, element, strlen(element)) != 0)
                fail_msg("%s: '%s', expected '%s' in front", k->name, want.text, element);
            for (size_t n = 0; n < COUNT(blocks); n++)
                for (o.threads = 1; o.threads <= 3; o.threads++) {
                    struct bx_err e = {0};
                    o.block_bytes = blocks[n];
                    if (bx_testset_read(path, &o, &t, &a, &e) || strcmp(e.text, want.text) != 0 || e.code != want.code)
                        fail_msg("%s, blocks of %zu, %d threads: '%s', expected '%s'", k->name, blocks[n], o.threads, e.text, want.text);
                }
            bx_arena_release(&a);
        }
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_read_depends_neither_on_blocks_nor_on_threads),
        T(an_error_is_told_alike),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
