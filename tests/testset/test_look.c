/* The look at the images: sizes before and after EXIF orientation, missing files, twins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/digests.h"
#include "core/image/image.h"
#include "tests/testset/labels.h"
#include <fcntl.h>

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

/* What is known of a file that did not change is believed, and nothing else is. The cache says another SHA-256 than the file's, to tell. */
static void what_did_not_change_is_not_hashed_again(void **state)
{
    (void)state;
    static const uint8_t other[32] = {42};
    static const int64_t day = 86400000, now = INT64_C(1790000000000);
    enum what { NOTHING, TOUCHED, LARGER, DAMAGED, CUT, VERIFY };
    static const struct {
        const char *name;
        enum what happens;
        int64_t days; /* later */
        bool believed;
    } table[] = {
        {"the same night", NOTHING, 0, true},
        {"29 days later", NOTHING, 29, true},
        {"30 days later", NOTHING, 30, false},
        {"from the future", NOTHING, -1, false},
        {"touched", TOUCHED, 1, false},
        {"larger", LARGER, 1, false},
        {"a cache with another byte", DAMAGED, 1, false},
        {"a cache cut off", CUT, 1, false},
        {"--verify", VERIFY, 1, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_digests d;
        struct bx_testset t;
        struct stat st;
        char ms[32];
        empty_folder(NULL);
        put_image("a.jpg", "plain.jpg");
        annotate("a.jpg", 40, 20);
        assert_int_equal(stat(in(&a, "a.jpg"), &st), 0);
        struct bx_seen seen = {.key = bx_seen_key_of(&st), .more = {BX_IMAGE_JPEG, 40, 20, 40, 20, 1, 0}};
        memcpy(seen.sha, other, sizeof other);
        snprintf(ms, sizeof ms, "%lld", (long long)now);
        setenv("BOXSCORE_NOW", ms, 1);
        bx_digests_open(&d, in(&a, "cache"), false);
        bx_digests_add(&d, &seen, INT64_MAX);
        bx_digests_close(&d, true);
        snprintf(ms, sizeof ms, "%lld", (long long)(now + table[i].days * day));
        setenv("BOXSCORE_NOW", ms, 1);
        BX_CLEANUP_BUF struct bx_buf b = {0};
        assert_true(bx_file_read(in(&a, "cache"), 1 << 20, &b, &e));
        if (table[i].happens == TOUCHED)
            assert_int_equal(utimensat(AT_FDCWD, in(&a, "a.jpg"), NULL, 0), 0);
        else if (table[i].happens == LARGER) {
            put_image("a.jpg", "exif6.jpg");
            annotate("a.jpg", 20, 40);
        } else if (table[i].happens == DAMAGED) {
            b.p[b.n / 2] ^= 1;
            put_bytes("cache", b.p, b.n);
        } else if (table[i].happens == CUT)
            put_bytes("cache", b.p, b.n - 40);
        struct bx_testset_options o = coco;
        o.digests = in(&a, "cache");
        o.keep_digests = true;
        o.verify = table[i].happens == VERIFY;
        read_or_fail("annotations.json", o, &t, &a);
        if (!memcmp(t.image_sha[0], other, sizeof other) != table[i].believed)
            fail_msg("%s: %s", table[i].name, table[i].believed ? "hashed again" : "believed");
        bx_arena_release(&a);
    }
    unsetenv("BOXSCORE_NOW");
}

/* A file may be written again within the tick of its times: such a one is not kept. Nor is anything where nothing is to be kept. */
static void what_may_change_unseen_is_not_kept(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_digests d;
    static const int64_t second = 1000000000;
    const struct bx_seen young = {.key = {1, 2, 3, 100 * second, 99 * second}}, old = {.key = {1, 3, 3, 90 * second, 97 * second}};
    bx_digests_open(&d, in(&a, "cache"), false);
    bx_digests_add(&d, &young, 101 * second);
    bx_digests_close(&d, true);
    assert_false(bx_path_exists(in(&a, "cache")));
    bx_digests_open(&d, in(&a, "cache"), false);
    bx_digests_add(&d, &young, 101 * second);
    bx_digests_add(&d, &old, 101 * second);
    bx_digests_close(&d, false);
    assert_false(bx_path_exists(in(&a, "cache")));
    bx_digests_open(&d, in(&a, "cache"), false);
    bx_digests_add(&d, &young, 101 * second);
    bx_digests_add(&d, &old, 101 * second);
    bx_digests_close(&d, true);
    bx_digests_open(&d, in(&a, "cache"), false);
    assert_non_null(bx_digests_find(&d, &old.key));
    assert_null(bx_digests_find(&d, &young.key));
    bx_digests_close(&d, false);
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
        T(what_did_not_change_is_not_hashed_again),
        T(what_may_change_unseen_is_not_kept),
        T(classes_need_names_of_their_own),
        T(the_name_of_a_group_is_no_class),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
