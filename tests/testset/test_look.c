/* The look at the images: sizes before and after EXIF orientation, missing files, twins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/testset/labels.h"

static const struct bx_testset_options coco = {.task = BX_SEGMENT};

/* One image of w x h with one annotation: a box and a mask of the same pixels, x 2..4 and y 1..1 (3 x 1 pixels). */
static void annotate(const char *file, int w, int h)
{
    char text[1000];
    int before = 2 * h + 1, between = h - 1, after = w * h - before - 3 - 2 * between;
    snprintf(
        text, sizeof text,
        "{\"images\": [{\"id\": 1, \"file_name\": \"%s\", \"width\": %d, \"height\": %d}], \"categories\": [{\"id\": 1, \"name\": \"x\"}],"
        " \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"iscrowd\": 0, \"area\": 3, \"bbox\": [2, 1, 3, 1],"
        " \"segmentation\": {\"size\": [%d, %d], \"counts\": [%d, 1, %d, 1, %d, 1, %d]}}]}",
        file, w, h, h, w, before, between, between, after);
    put("annotations.json", text);
}

static void the_displayed_size_is_taken_as_it_is(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("a.jpg", "exif6.jpg");
    annotate("a.jpg", 20, 40);
    read_or_fail("", coco, &t, &a);
    box_is(&t, 0, 2, 1, 3, 1);
    assert_false(noted(&t, "turned"));
    bx_arena_release(&a);
}

/*
 * The same file annotated on its raw pixels, 40 x 20. Orientation 6 shows raw row 0 at the right, column 0 at the top: the pixel (x, y) is
 * shown at (19 - y, x), so pixels x 2..4, y 1 are shown at x 18, y 2..4; orientation 8 shows (x, y) at (y, 39 - x), 5 at (y, x), 7 at (19 -
 * y, 39 - x).
 */
static void the_raw_size_turns_the_annotations(void **state)
{
    (void)state;
    static const struct {
        const char *seed;
        double x, y;
    } table[] = {{"exif6.jpg", 18, 2}, {"exif8-big-endian.jpg", 1, 35}, {"exif5.png", 1, 2}, {"exif7-after-the-image.png", 18, 35}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        double box[4];
        put_image("a.jpg", table[i].seed);
        annotate("a.jpg", 40, 20);
        read_or_fail("", coco, &t, &a);
        assert_true(t.image_w[0] == 20 && t.image_h[0] == 40);
        box_is(&t, 0, table[i].x, table[i].y, 1, 3);
        assert_int_equal(bx_rle_area(&t.ann_mask[0]), 3);
        assert_true(t.ann_mask[0].h == 40 && t.ann_mask[0].w == 20);
        bx_rle_box(&t.ann_mask[0], box);
        assert_memory_equal(box, t.ann_box, sizeof box);
        assert_true(noted(&t, "1 image was annotated before its EXIF orientation was applied (first: "));
        char digest[BX_DIGEST_SIZE];
        struct bx_err e = {0};
        assert_true(bx_testset_digest(&t, BX_GEOM_MASK, digest, &e));
        bx_arena_release(&a);
    }
}

static void any_other_size_is_an_error(void **state)
{
    (void)state;
    put_image("a.jpg", "exif6.jpg");
    annotate("a.jpg", 41, 20);
    refused("", coco, "image 'a.jpg' is annotated as 41 x 20 pixels, but the file");
    put_image("a.jpg", "plain.jpg"); /* not oriented: 20 x 40 is just wrong */
    annotate("a.jpg", 20, 40);
    refused("", coco, "has 40 x 20 (EXIF orientation 1)");
}

static void missing_images_are_counted(void **state)
{
    (void)state;
    annotate("gone.jpg", 40, 20);
    refused("", coco, "1 of 1 images are not there, the first is '");
}

static void images_may_be_elsewhere(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("images/a.jpg", "plain.jpg");
    annotate("a.jpg", 40, 20);
    read_or_fail("annotations.json", coco, &t, &a);
    struct bx_testset_options given = {.images = in(&a, "images")};
    read_or_fail("annotations.json", given, &t, &a);
    bx_arena_release(&a);
}

static void twins_are_told(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put("x/data.yaml", "test: images\nnames: [a]\n");
    put("x/labels/a.txt", "0 .5 .5 .5 .5\n");
    put_image("x/images/a.png", "plain.png");
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_err e = {0};
    assert_true(bx_file_read(in(&a, "x/images/a.png"), 1 << 20, &b, &e));
    assert_true(bx_file_write(in(&a, "x/images/b.png"), b.p, b.n, &e));
    read_or_fail("x", coco, &t, &a);
    assert_true(noted(&t, "1 image is byte for byte the same as another (first: 'a.png' and 'b.png')"));
    bx_arena_release(&a);
}

static void classes_need_names_of_their_own(void **state)
{
    (void)state;
    static const struct {
        const char *names, *error;
    } bad[] = {
        {"{\"id\": 1, \"name\": \"x\"}, {\"id\": 4, \"name\": \"y\"}, {\"id\": 9, \"name\": \"x\"}", "classes 1 and 9 are both called 'x'"},
        {"{\"id\": 1, \"name\": \"\"}", "class 1 has nothing for a name"},
        {"{\"id\": 2, \"name\": \"a\\nb\"}", "class 2 has a text with control characters for a name"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": 40, \"height\": 20}], \"categories\": [%s], "
                 "\"annotations\": []}",
                 bad[i].names);
        put_image("a.jpg", "plain.jpg");
        put("annotations.json", text);
        refused("", coco, bad[i].error);
    }
}

/* As Roboflow exports: category 0 bears the group's name, and nothing belongs to it. */
static void the_name_of_a_group_is_no_class(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("a.jpg", "plain.jpg");
    put("annotations.json",
        "{\"images\": [{\"id\": 0, \"file_name\": \"a.jpg\", \"width\": 40, \"height\": 20}], \"categories\": ["
        "{\"id\": 0, \"name\": \"helmet\", \"supercategory\": \"none\"}, {\"id\": 1, \"name\": \"head\", \"supercategory\": \"helmet\"},"
        " {\"id\": 2, \"name\": \"helmet\", \"supercategory\": \"helmet\"}], \"annotations\": [{\"id\": 0, \"image_id\": 0,"
        " \"category_id\": 2, \"bbox\": [1, 2, 3, 4], \"area\": 12, \"segmentation\": [], \"iscrowd\": 0}]}");
    read_or_fail("annotations.json", coco, &t, &a);
    assert_int_equal(t.nclasses, 2);
    assert_string_equal(t.class_name[0], "head");
    assert_string_equal(t.class_name[1], "helmet");
    assert_true(noted(&t, "only names the group of the others"));
    bx_arena_release(&a);
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_displayed_size_is_taken_as_it_is),
        T(the_raw_size_turns_the_annotations),
        T(any_other_size_is_an_error),
        T(missing_images_are_counted),
        T(images_may_be_elsewhere),
        T(twins_are_told),
        T(classes_need_names_of_their_own),
        T(the_name_of_a_group_is_no_class),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
