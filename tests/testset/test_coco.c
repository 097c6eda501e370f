/* COCO files as tools and people leave them, each beside the plain form of the same set: what is read, what is said, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/testset/labels.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct bx_testset_options boxes = {.format = "auto", .boxes_only = true}, masks = {.format = "auto", .task = BX_SEGMENT},
                                       any = {.format = "auto", .masks_optional = true};

/* The parts of a file of two images, one class and two boxes. */
struct parts {
    const char *first, *second; /* images: all but their ids */
    const char *category;
    const char *annotation; /* the first; the second is plain */
};
static const struct parts plain = {
    "\"file_name\": \"im1.png\", \"width\": 40, \"height\": 20",
    "\"file_name\": \"im2.png\", \"width\": 40, \"height\": 20",
    "{\"id\": 3, \"name\": \"7\"}",
    "\"id\": 1, \"image_id\": 1, \"category_id\": 3, \"bbox\": [1, 2, 14.5, 9.25], \"area\": 134.125, \"iscrowd\": 0",
};

static void put_coco(const char *name, const struct parts *p)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_addf(
        &b,
        "{\"images\": [{\"id\": 1, %s}, {\"id\": 2, %s}], \"categories\": [%s], \"annotations\": [{%s}, {\"id\": 2, \"image_id\": 2, "
        "\"category_id\": 3, \"bbox\": [0, 0, 5, 5], \"area\": 25, \"iscrowd\": 0}]}",
        p->first ? p->first : plain.first, p->second ? p->second : plain.second, p->category ? p->category : plain.category,
        p->annotation ? p->annotation : plain.annotation);
    put(name, bx_buf_str(&b));
}

static void digests(const char *name, const struct bx_testset_options *o, char out[2][BX_DIGEST_SIZE], const char *note)
{
    struct bx_arena a = {0};
    struct bx_testset t;
    struct bx_err e = {0};
    read_or_fail(name, *o, &t, &a);
    if (note && !noted(&t, note))
        fail_msg("%s: no note says '%s', but %s", name, note, t.nnotes ? t.notes[0].text : "there is none");
    if (!bx_testset_digest(&t, BX_GEOM_BOX, out[0], &e) || !bx_testset_images_digest(&t, out[1], &e))
        fail_msg("%s", e.text);
    bx_arena_release(&a);
}

static void same_as_plain(const char *name, const char *what, const char *note)
{
    char x[2][BX_DIGEST_SIZE], y[2][BX_DIGEST_SIZE];
    put_coco("plain.json", &plain);
    digests("plain.json", &boxes, x, NULL);
    digests(name, &boxes, y, note);
    if (strcmp(x[0], y[0]) != 0 || strcmp(x[1], y[1]) != 0)
        fail_msg("%s: another set than the plain one", what);
    digests(name, &any, y, NULL);
    if (strcmp(x[0], y[0]) != 0)
        fail_msg("%s: another set where masks are looked at", what);
}

static void two_images(const char *below)
{
    char name[100];
    for (int i = 1; i <= 2; i++) {
        snprintf(name, sizeof name, "%sim%d.png", below, i);
        put_image(name, "plain.png");
    }
}

#define BOX "\"bbox\": [1, 2, 14.5, 9.25]"
#define IDS "\"id\": 1, \"image_id\": 1, \"category_id\": 3"

static void what_is_written_otherwise_means_the_same(void **state)
{
    (void)state;
    static const struct {
        struct parts p;
        const char *note;
    } table[] = {
        /* numbers as text */
        {{.annotation = IDS ", \"bbox\": [1, 2, \"14.5\", \"9.25\"], \"area\": 134.125, \"iscrowd\": 0"}, NULL},
        {{.annotation = IDS ", \"bbox\": [\"1\", \" 2\", \"14.50\", \"+9.25 \"], \"area\": \"134.125\", \"iscrowd\": \"0\""}, NULL},
        {{.annotation = "\"id\": \"1\", \"image_id\": \"1\", \"category_id\": \"03\", " BOX ", \"area\": \"1.34125e2\""}, NULL},
        {{.first = "\"file_name\": \"im1.png\", \"width\": \"40\", \"height\": \"20\"", .category = "{\"id\": \"3\", \"name\": \"7\"}"},
         NULL},
        /* names that are no text */
        {{.category = "{\"id\": 3, \"name\": 7}"}, NULL},
        {{.category = "{\"id\": 3, \"name\": 7, \"supercategory\": 1}"}, NULL},
        /* null stands for what is not there */
        {{.annotation = IDS ", " BOX ", \"area\": null, \"iscrowd\": null, \"segmentation\": null"}, NULL},
        {{.annotation = "\"id\": null, \"image_id\": 1, \"category_id\": 3, " BOX ", \"obb\": null"}, NULL},
        {{.annotation = IDS ", \"bbox\": null, \"segmentation\": [[1, 2, 15.5, 2, 15.5, 11.25, 1, 11.25]], \"area\": 134.125"}, NULL},
        {{.category = "{\"id\": 3, \"name\": \"7\", \"supercategory\": null}"}, NULL},
        {{.annotation = IDS ", " BOX ", \"iscrowd\": false"}, NULL},
        /* sizes that are not known */
        {{.first = "\"file_name\": \"im1.png\", \"width\": -1, \"height\": -1"},
         "1 image has no width and height in the file (first: im1.png)"},
        {{.first = "\"file_name\": \"im1.png\""}, "1 image has no width"},
        {{.first = "\"file_name\": \"im1.png\", \"width\": null, \"height\": null"}, "1 image has no width"},
        {{.first = "\"file_name\": \"im1.png\", \"width\": 0, \"height\": 0"}, "1 image has no width"},
        {{.first = "\"file_name\": \"im1.png\", \"width\": 40"}, "1 image has no width"},
        {{.first = "\"file_name\": \"im1.png\", \"width\": \"-1\", \"height\": 20"}, "1 image has no width"},
        /* areas that are not known */
        {{.annotation = IDS ", " BOX ", \"area\": -1"}, "1 annotation has an area below 0 (first: annotations[0]): its area is taken"},
        {{.annotation = IDS ", " BOX ", \"area\": \"-1.0\""}, "1 annotation has an area below 0"},
        /* a segmentation that is no mask */
        {{.annotation = IDS ", " BOX ", \"area\": 134.125, \"segmentation\": [1, 2, 15.5, 2, 15.5, 11.25]"}, NULL},
        {{.annotation = IDS ", " BOX ", \"segmentation\": [1, 2, 14.5, 9.25]"}, "1 segmentation cannot be a mask"},
        {{.annotation = IDS ", " BOX ", \"segmentation\": [[1, 2, 14.5, 9.25]]"}, "annotations[0]: "},
        {{.annotation = IDS ", " BOX ", \"segmentation\": [[1, 2, 3, 4], [3, 4, 5, 6]]"}, "found a polygon of 4 numbers"},
        {{.annotation = IDS ", " BOX ", \"segmentation\": [[]]"}, "found a polygon of 0 numbers"},
        {{.annotation = IDS ", " BOX ", \"segmentation\": {}"}, "cannot be a mask"},
        {{.annotation = IDS ", " BOX ", \"segmentation\": \"none\""}, "cannot be a mask"},
        {{.annotation = IDS ", " BOX ", \"segmentation\": {\"size\": [2, 2], \"counts\": [4]}"}, "found a mask of 2 x 2 pixels"},
        {{.annotation = IDS ", " BOX ", \"segmentation\": [[[1, 2], [3, 4], [5, 5]]]"}, "cannot be a mask"},
        {{.annotation = IDS ", " BOX ", \"area\": 134.125, \"segmentation\": []"}, NULL},
    };
    two_images("");
    for (size_t i = 0; i < COUNT(table); i++) {
        char what[30];
        snprintf(what, sizeof what, "row %zu", i);
        put_coco("gt.json", &table[i].p);
        same_as_plain("gt.json", what, table[i].note);
    }
}

static void images_are_found_under_the_names_of_other_machines(void **state)
{
    (void)state;
#define SIZE ", \"width\": 40, \"height\": 20"
    static const struct {
        const char *folder, *file, *first, *second, *note;
    } table[] = {
        {"images/", "gt.json", "\"file_name\": \"images\\\\im1.png\"", "\"file_name\": \"images\\\\im2.png\"",
         "2 images are named with '\\'"},
        {"", "gt.json", "\"file_name\": \"images\\\\im1.png\"", "\"file_name\": \"im2.png\"", "1 image is not where the file names it"},
        {"", "gt.json", "\"file_name\": \"im1.PNG\"", "\"file_name\": \"im2.png\"", "1 image is named with another case of the extension"},
        {"images/", "gt.json", "\"file_name\": \"x/im1.PNG\"", "\"file_name\": \"im2.png\"", "last parts"},
        {"a/b/", "gt.json", "\"file_name\": \"a\\\\b/im1.png\"", "\"file_name\": \"a/b/im2.png\"", "named with '\\'"},
        {"test/", "gt.json", "\"file_name\": \"/home/you/set/test/im1.png\"", "\"file_name\": \"/home/you/set/test/im2.png\"",
         "2 images are not where the file names them (first: test/im1.png)"},
        {"images/", "gt.json", "\"file_name\": \"C:\\\\Users\\\\you\\\\pics\\\\im1.png\"", "\"file_name\": \"C:/Users/you/pics/im2.png\"",
         "found by the last parts"},
        {"images/", "gt.json", "\"file_name\": \"/data/upload/3/im1.png\"", "\"file_name\": \"/data/local-files/?d=x/im2.png\"",
         "last parts"},
        {"images/", "annotations/gt.json", "\"file_name\": \"wrong/im1.png\"", "\"file_name\": \"../im2.png\"", "last parts"},
        {"val2017/", "gt.json", "\"coco_url\": \"http://x.org/val2017/im1.png\"", "\"coco_url\": \"http://x.org/val2017/im2.png\"",
         "last parts"},
        {"", "gt.json", "\"coco_url\": \"http://x.org/val2017/im1.png\"", "\"file_name\": \"\", \"coco_url\": \"http://x.org/im2.png\"",
         NULL},
        {"", "gt.json", "\"file_name\": null, \"coco_url\": \"https://x.org/a/im1.png?token=%2F1/2#x\"",
         "\"file_name\": \"https://y.org/im2.png\"", "2 images"},
        {"val2017/", "annotations/lvis_v1_val.json", "\"coco_url\": \"http://x.org/val2017/im1.png\"",
         "\"coco_url\": \"http://x.org/val2017/im2.png\"", "last parts"},
        {"data/", "labels.json", "\"file_name\": \"im1.png\"", "\"file_name\": \"im2.png\"", NULL},
        {"val/", "annotations/val.json", "\"file_name\": \"im1.png\"", "\"file_name\": \"im2.png\"", NULL},
        {"images/default/", "annotations/instances_default.json", "\"file_name\": \"im1.png\"", "\"file_name\": \"im2.png\"", NULL},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        char first[200], second[200], x[2][BX_DIGEST_SIZE], y[2][BX_DIGEST_SIZE];
        empty_folder(NULL);
        two_images("");
        put_coco("plain.json", &plain);
        struct bx_testset_options o = boxes;
        digests("plain.json", &o, x, NULL);
        empty_folder(NULL);
        /* The images' bytes hold their names (put_image), so that they are made where they were and moved. */
        two_images("");
        for (int k = 1; k <= 2; k++) {
            struct bx_arena a = {0};
            struct bx_err e = {0};
            char name[100];
            snprintf(name, sizeof name, "im%d.png", k);
            assert_true(bx_mkdirs(in(&a, table[i].folder), &e));
            assert_int_equal(rename(in(&a, name), bx_path_join(&a, in(&a, table[i].folder), name)), 0);
            bx_arena_release(&a);
        }
        snprintf(first, sizeof first, "%s" SIZE, table[i].first);
        snprintf(second, sizeof second, "%s" SIZE, table[i].second);
        put_coco(table[i].file, &(struct parts){.first = first, .second = second});
        digests(table[i].file, &o, y, table[i].note);
        if (strcmp(x[0], y[0]) != 0)
            fail_msg("row %zu: another set than the plain one", i);
    }
}

/* A folder in the layout of COCO itself, CVAT, Label Studio, FiftyOne, Roboflow. */
static void the_file_is_found_in_its_folder(void **state)
{
    (void)state;
    static const struct {
        const char *file, *images, *other, *split, *says;
    } table[] = {
        {"annotations.json", "", NULL, NULL, NULL},
        {"test/_annotations.coco.json", "test/", "train/_annotations.coco.json", NULL, "test"},
        {"valid/_annotations.coco.json", "valid/", "train/_annotations.coco.json", NULL, "valid"},
        {"annotations/instances_val2017.json", "val2017/", "annotations/instances_train2017.json", NULL, "val"},
        {"annotations/instances_val2017.json", "images/val2017/", "annotations/captions_val2017.json", "val", "val"},
        {"annotations/instances_default.json", "images/", NULL, NULL, NULL},
        {"annotations/my_own.json", "images/", NULL, NULL, NULL},
        {"result.json", "images/", NULL, NULL, NULL},
        {"labels.json", "data/", NULL, NULL, NULL},
        {"test.json", "images/", "train.json", NULL, "test"},
        {"annotations/test_annotations.json", "images/", "annotations/val_annotations.json", NULL, "test"},
        {"dataset.json", "", NULL, NULL, NULL}, /* labelme2coco */
        {"annotations.json", "JPEGImages/", NULL, NULL, NULL},
        {"test/annotations/instances.json", "test/images/", "train/annotations/instances.json", NULL, "test"}, /* Supervisely */
        {"val/annotations/instances.json", "val/img/", "train/annotations/instances.json", NULL, "val"},
        {"annotations/coco.json", "photos/", NULL, NULL, NULL},
        {"archive/data/annotations/instances_val2017.json", "archive/data/val2017/", NULL, NULL, "val"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        struct bx_testset_options o = boxes;
        empty_folder(NULL);
        two_images(table[i].images);
        put_coco(table[i].file, &plain);
        if (table[i].other)
            put(table[i].other, "{}");
        o.split = table[i].split;
        read_or_fail("", o, &t, &a);
        if (t.nanns != 2 || !t.split != !table[i].says || (t.split && strcmp(t.split, table[i].says) != 0))
            fail_msg("row %zu: %zu annotations, split %s", i, t.nanns, t.split ? t.split : "none");
        bx_arena_release(&a);
    }
    empty_folder(NULL);
    put("annotations/instances_train2017.json", "{}");
    refused("", boxes, "found neither data.yaml");
}

static void a_named_folder_is_searched_too(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    two_images("elsewhere/sub/");
    put_coco("gt.json", &(struct parts){.first = "\"file_name\": \"D:\\\\x\\\\sub\\\\im1.png\"", .second = "\"file_name\": \"im2.png\""});
    read_or_fail("gt.json", (struct bx_testset_options){.boxes_only = true, .images = in(&a, "elsewhere/sub")}, &t, &a);
    assert_string_equal(t.image_file[0], "im1.png");
    refused("gt.json", (struct bx_testset_options){.boxes_only = true, .images = in(&a, "elsewhere")}, "1 of 2 images are not there");
    bx_arena_release(&a);
}

/* Cut to their last parts, two names may become one. */
static void one_file_is_not_taken_for_two_images(void **state)
{
    (void)state;
    two_images("");
    put_coco("gt.json", &(struct parts){.first = "\"file_name\": \"/a/im1.png\"", .second = "\"file_name\": \"/b/im1.png\""});
    refused("gt.json", boxes, "only 'im1.png' is there in '");
    put_coco("gt.json", &(struct parts){.first = "\"file_name\": \"im1.png\"", .second = "\"file_name\": \"b\\\\im1.png\""});
    refused("gt.json", boxes, "for both 'im1.png' and 'b\\im1.png', expected an image for each");
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    BX_CLEANUP_BUF struct bx_buf b = {0};
    two_images("");
    put_coco("gt.json", &plain);
    bx_buf_adds(&b, "\xEF\xBB\xBF");
    assert_true(bx_file_read(in(&a, "gt.json"), 1 << 20, &b, &e));
    put_bytes("gt.json", b.p, b.n);
    same_as_plain("gt.json", "byte order mark", NULL);
    put_bytes("gt.json", "\xFF\xFE{\0}\0", 6);
    refused("gt.json", boxes, "gt.json:1:1: found a UTF-16 byte order mark, expected JSON in UTF-8");
    put_bytes("gt.json", "{\0}\0", 4);
    refused("gt.json", boxes, "gt.json:1:1: found UTF-16 text, expected JSON in UTF-8");
    bx_arena_release(&a);
}

/* What pycocotools 2.0.11 draws, and what it refuses: frPyObjects and merge on a 20 x 30 image, areas from there. */
static void masks_are_refused_where_pycocotools_refuses(void **state)
{
    (void)state;
#define RING "[2, 2, 10, 2, 10, 9, 2, 9]"
    static const struct {
        const char *segmentation;
        int64_t area; /* -1: refused */
        int64_t reference;
        const char *said;
    } table[] = {
        {"[" RING "]", 56, 56, NULL},
        {"[" RING ", [15, 10]]", 56, 56, "1 segmentation has a ring of fewer than three points"},
        {"[" RING ", [15, 10, 18, 12]]", 56, 56, "fewer than three points"},
        {"[" RING ", []]", 56, 56, "fewer than three points"},
        {"[" RING ", [15, 10, 3]]", 56, 56, "fewer than three points"},
        {"[[15, 10], " RING "]", 56, -1, "fewer than three points"}, /* the first decides there */
        {"[[15, 10, 18, 12], " RING "]", 56, -1, "fewer than three points"},
        {"[[2, 2, 10, 2, 10, 9, 2]]", 27, 27, "half a point"},
        {"[[2, 2, 10, 2, 10]]", 0, 0, "half a point"},
        {"[[\"2\", \"2\", \"10\", \"2\", \"10\", \"9\"]]", 27, 27, NULL},
        {"[[3, 4, 5, 6]]", -1, -1, "annotations[0]: "},
        {"{\"size\": [20, 30], \"counts\": [10, 56]}", 56, 56, "run lengths that end too early"},
        {"{\"size\": [20, 30], \"counts\": [10, 56, 1]}", 56, 56, "run lengths that end too early"},
        {"{\"size\": [20, 30], \"counts\": []}", 0, 0, "run lengths that end too early"},
        {"{\"size\": [20, 30], \"counts\": \":h1\"}", 56, 56, "run lengths that end too early"},
        {"{\"size\": [20, 30], \"counts\": [10, 56, 600]}", -1, 56, "600"},
        {"[[15, 10]]", -1, -1, "found a polygon of 2 numbers"},
        {"[[]]", -1, -1, "found a polygon of 0 numbers"},
        {"[3, 4, 5, 6]", -1, -1, "flat list"},
        {RING, -1, -1, "flat list"},
        {"[[[2, 2], [10, 2], [10, 9], [2, 9], [1, 3]]]", -1, -1, "expected a number"},
        {"[" RING ", null]", -1, -1, "annotations[0]: "},
    };
    put_image("a.png", "plain.png");
    for (size_t i = 0; i < COUNT(table); i++)
        for (int reference = 0; reference < 2; reference++) {
            struct bx_arena a = {0};
            struct bx_testset t;
            struct bx_err e = {0};
            char text[500];
            snprintf(text, sizeof text,
                     "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\", \"width\": 30, \"height\": 20}], \"categories\": [{\"id\": 1, "
                     "\"name\": \"x\"}], \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 1, 2, 2], "
                     "\"area\": 4, \"iscrowd\": 0, \"segmentation\": %s}]}",
                     table[i].segmentation);
            put("gt.json", text);
            const struct bx_testset_options o = {.format = "coco", .task = BX_SEGMENT, .reference = reference};
            int64_t want = reference ? table[i].reference : table[i].area;
            bool ok = bx_testset_read(in(&a, "gt.json"), &o, &t, &a, &e);
            if (ok != (want >= 0))
                fail_msg("row %zu: %s", i, ok ? "read" : e.text);
            if (ok && (int64_t)bx_rle_area(&t.ann_mask[0]) != want)
                fail_msg("row %zu: %llu pixels, expected %lld", i, (unsigned long long)bx_rle_area(&t.ann_mask[0]), (long long)want);
            if (ok && table[i].said && want == table[i].area && !(reference && table[i].segmentation[0] == '{') &&
                !noted(&t, table[i].said))
                fail_msg("row %zu: no note says '%s'", i, table[i].said);
            if (!ok && !reference && !strstr(e.text, table[i].said))
                fail_msg("row %zu: %s", i, e.text);
            bx_arena_release(&a);
        }
}

static void polygons_of_images_without_a_size_are_drawn(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    two_images("");
    put_image("im1.png", "exif6.jpg"); /* shown as 20 x 40 */
    put_coco("gt.json", &(struct parts){.first = "\"file_name\": \"im1.png\", \"width\": -1, \"height\": -1",
                                        .annotation = IDS ", " BOX ", \"segmentation\": [[2, 22, 10, 22, 10, 29, 2, 29]]"});
    read_or_fail("gt.json", masks, &t, &a);
    assert_true(t.image_w[0] == 20 && t.image_h[0] == 40 && t.ann_mask[0].h == 40 && bx_rle_area(&t.ann_mask[0]) == 56);
    bx_arena_release(&a);
}

static void faults_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        struct parts p;
        const char *said;
    } table[] = {
        {{.annotation = IDS ", \"bbox\": [1, 2, \"wide\", 3]"}, "annotations[0]: gt.json:1:"},
        {{.annotation = IDS ", \"bbox\": [1, 2, \"wide\", 3]"}, "found the text 'wide', expected a number"},
        {{.annotation = IDS ", \"bbox\": [1, 2, \"\", 3]"}, "found the text '', expected a number"},
        {{.annotation = IDS ", \"bbox\": [1, 2, \"1,5\", 3]"}, "found the text '1,5', expected a number"},
        {{.annotation = IDS ", \"bbox\": [1, 2, \"nan\", 3]"}, "found the text 'nan', expected a number"},
        {{.annotation = IDS ", \"bbox\": [1, 2, null, 3]"}, "found 'null', expected a number"},
        {{.annotation = IDS ", \"segmentation\": [1, 2, 3, 4]"}, "found a segmentation that is a flat list"},
        {{.annotation = "\"id\": \"1.5\", \"image_id\": 1, \"category_id\": 3, " BOX}, "found the text '1.5', expected a whole number"},
        {{.annotation = "\"image_id\": null, \"category_id\": 3, " BOX}, "found an annotation without 'image_id'"},
        {{.annotation = "\"image_id\": 1, \"category_id\": null, " BOX}, "found an annotation without 'category_id'"},
        {{.annotation = "\"image_id\": \"one\", \"category_id\": 3, " BOX}, "found 'one' as an image id, expected a number as before"},
        {{.category = "{\"id\": null, \"name\": \"x\"}"}, "found a category without 'id'"},
        {{.first = "\"width\": 40, \"height\": 20"}, "images[0]: found neither 'file_name' nor 'coco_url'"},
        {{.first = "\"file_name\": \"im1.png\", \"width\": 40.5, \"height\": 20"}, "found a width or height of 40.5 pixels"},
        {{.first = "\"file_name\": \"im1.png\", \"width\": \"wide\", \"height\": 20"}, "found the text 'wide', expected a number"},
    };
    two_images("");
    for (size_t i = 0; i < COUNT(table); i++) {
        put_coco("gt.json", &table[i].p);
        refused("gt.json", boxes, strstr(table[i].said, "gt.json") ? "annotations[0]" : table[i].said);
    }
}

/* What says no place is left out and said, wherever it stands; the others keep their image, class and shape. */
static void annotations_without_a_place_are_left_out(void **state)
{
    (void)state;
    static const char *const nothing[] = {"\"bbox\": null", "\"segmentation\": []", "\"bbox\": [], \"segmentation\": []",
                                          "\"caption\": \"x\""};
    static const char *const good[] = {
        "{\"id\": 11, \"image_id\": 1, \"category_id\": 3, \"bbox\": [0, 0, 5, 5], \"area\": 25, \"obb\": [0, 0, 5, 0, 5, 5, 0, 5], "
        "\"segmentation\": [[0, 0, 5, 0, 5, 5, 0, 5]]}",
        "{\"id\": 12, \"image_id\": 2, \"category_id\": 3, \"bbox\": [1, 1, 4, 2], \"area\": 8, \"obb\": [1, 1, 5, 1, 5, 3, 1, 3], "
        "\"segmentation\": [[1, 1, 5, 1, 5, 3, 1, 3]]}"};
    two_images("");
    for (size_t i = 0; i < COUNT(nothing); i++)
        for (unsigned where = 0; where < 8; where++) { /* in front of, between and behind the good ones */
            struct bx_arena a = {0};
            struct bx_testset t;
            BX_CLEANUP_BUF struct bx_buf b = {0};
            char note[100];
            size_t n = 0;
            bx_buf_addf(&b, "{\"images\": [{\"id\": 1, %s}, {\"id\": 2, %s}], \"categories\": [%s], \"annotations\": [", plain.first,
                        plain.second, plain.category);
            for (unsigned k = 0; k < 3; k++) {
                if (where & 1u << k) {
                    bx_buf_addf(&b, "{\"id\": %u, \"image_id\": %u, \"category_id\": 3, %s},", k + 1, 1 + k / 2, nothing[i]);
                    n++;
                }
                if (k < 2)
                    bx_buf_addf(&b, "%s%s", good[k], k == 0 || where & 4 ? "," : "");
            }
            while (b.n && b.p[b.n - 1] == ',')
                b.n--;
            bx_buf_addf(&b, "]}");
            put("gt.json", bx_buf_str(&b));
            for (int m = 0; m < 2; m++) {
                read_or_fail("gt.json", m ? masks : boxes, &t, &a);
                assert_true(t.nanns == 2 && t.ann_begin[0] == 0 && t.ann_begin[1] == 1 && t.ann_begin[2] == 2);
                for (size_t k = 0; k < 2; k++) {
                    assert_true(t.ann_id[k] == (int64_t)k + 11 && t.ann_class[k] == 0 && t.ann_flags[k] == 0);
                    assert_true(t.ann_box[4 * k + 2] == (k ? 4 : 5) && t.ann_area[k] == (k ? 8 : 25) && t.ann_obb[8 * k] == (double)k);
                    assert_true(!m || bx_rle_area(&t.ann_mask[k]) == (k ? 8 : 25));
                }
                snprintf(note, sizeof note, "%zu annotation%s neither 'bbox' nor 'segmentation'", n, n == 1 ? " has" : "s have");
                assert_int_equal(noted(&t, note), n > 0);
            }
            bx_arena_release(&a);
        }
    put("gt.json", "{\"images\": [{\"id\": 1, \"file_name\": \"im1.png\"}], \"categories\": [{\"id\": 3, \"name\": \"x\"}], "
                   "\"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 3}]}");
    refused("gt.json", boxes, "in any of its 1 annotations (the first: annotations[0])");
    struct bx_testset_options reference = boxes;
    reference.reference = true;
    put_coco("gt.json", &(struct parts){.annotation = IDS ", \"area\": 1, \"iscrowd\": 0"});
    refused("gt.json", reference, "annotations[0]: found neither 'bbox' nor 'segmentation'");
}

static void ids_of_images_may_be_spelled_both_ways(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    two_images("");
    put("gt.json",
        "{\"images\": [{\"id\": \"1\", \"file_name\": \"im1.png\"}, {\"id\": 2, \"file_name\": \"im2.png\"}], \"categories\": [{\"id\": 1, "
        "\"name\": \"x\"}], \"annotations\": [{\"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 1, 1]}, {\"image_id\": \"2\", "
        "\"category_id\": 1, \"bbox\": [0, 0, 2, 2]}]}");
    read_or_fail("gt.json", boxes, &t, &a);
    assert_true(t.nimages == 2 && t.nanns == 2 && t.ann_begin[1] == 1 && t.unknown == 0);
    bx_arena_release(&a);
}

static void an_lvis_file_read_as_coco_says_what_that_means(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("im1.png", "plain.png");
    put("gt.json",
        "{\"images\": [{\"id\": 1, \"coco_url\": \"http://images.cocodataset.org/val2017/im1.png\", \"width\": 40, \"height\": 20, "
        "\"neg_category_ids\": [2], \"not_exhaustive_category_ids\": []}], \"categories\": [{\"id\": 1, \"name\": \"x\", "
        "\"frequency\": \"r\"}], \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 1, 1]}]}");
    read_or_fail("gt.json", boxes, &t, &a);
    assert_true(noted(&t, "this is an LVIS file"));
    struct bx_testset_options lvis = boxes;
    lvis.lvis = true;
    read_or_fail("gt.json", lvis, &t, &a);
    assert_false(noted(&t, "this is an LVIS file"));
    bx_arena_release(&a);
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_written_otherwise_means_the_same),
        T(images_are_found_under_the_names_of_other_machines),
        T(the_file_is_found_in_its_folder),
        T(a_named_folder_is_searched_too),
        T(one_file_is_not_taken_for_two_images),
        T(a_byte_order_mark_is_passed_over),
        T(masks_are_refused_where_pycocotools_refuses),
        T(polygons_of_images_without_a_size_are_drawn),
        T(faults_are_told_with_their_place),
        T(annotations_without_a_place_are_left_out),
        T(ids_of_images_may_be_spelled_both_ways),
        T(an_lvis_file_read_as_coco_says_what_that_means),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
