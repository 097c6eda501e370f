/* YOLO sets as Ultralytics, Roboflow and people by hand write them: what is read, what is noted, what is refused and where
 * (FORMATS 3.1, 3.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/testset/labels.h"
#include <unistd.h>

static const struct bx_testset_options detect = {.task = BX_DETECT}, segment = {.task = BX_SEGMENT}, obb = {.task = BX_OBB};

static void boxes_are_scaled_to_pixels(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put("data.yaml", "test: images\nnames: [cat, dog]\n");
    put_image("images/b.png", "plain.png");
    put_image("images/a.JPG", "exif6.jpg");
    put_image("images/empty.png", "plain.png");
    put("labels/b.txt", "1 0.5 0.5 0.25 0.5\r\n\n0.0 0.25 .5 0.5 1\n");
    put("labels/a.txt", "\xEF\xBB\xBF"
                        "0 0.5 0.5 1 1");
    read_or_fail("data.yaml", detect, &t, &a);
    assert_int_equal(t.nimages, 3);
    assert_string_equal(t.image_file[0], "a.JPG");
    assert_true(t.image_w[0] == 20 && t.image_h[0] == 40 && t.image_orientation[0] == 6);
    assert_int_equal(t.nanns, 3);
    box_is(&t, 0, 0, 0, 20, 40);
    box_is(&t, 1, 15, 5, 10, 10);
    box_is(&t, 2, 0, 0, 20, 20);
    assert_true(t.ann_class[1] == 1 && t.ann_class[2] == 0 && t.ann_area[1] == 100);
    assert_true(t.ann_begin[1] == 1 && t.ann_begin[2] == 3 && t.ann_begin[3] == 3);
    assert_true(noted(&t, "1 image has no label file (first: "));
    assert_true(noted(&t, "EXIF orientation"));
    bx_arena_release(&a);
}

static void polygons_and_corners(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put("data.yaml", "test: images\nnames: {0: a}\n");
    put_image("images/a.png", "plain.png");
    put("labels/a.txt", "0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n");
    read_or_fail("", segment, &t, &a);
    box_is(&t, 0, 10, 5, 20, 10);
    assert_true(t.ann_area[0] == 200);
    assert_int_equal(bx_rle_area(&t.ann_mask[0]), 200);
    assert_true(bx_testset_has(&t, BX_GEOM_MASK) && !bx_testset_has(&t, BX_GEOM_OBB));
    read_or_fail("", obb, &t, &a);
    static const double corners[] = {10, 5, 30, 5, 30, 15, 10, 15};
    assert_memory_equal(t.ann_obb, corners, sizeof corners);
    assert_true(bx_testset_has(&t, BX_GEOM_OBB) && !t.ann_mask);
    read_or_fail("", detect, &t, &a);
    box_is(&t, 0, 10, 5, 20, 10);
    assert_true(noted(&t, "1 line is a polygon (first: "));
    bx_arena_release(&a);
}

static void mixed_lines_are_read_line_by_line(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put("data.yaml", "test: images\nnames: [a]\n");
    put_image("images/a.png", "plain.png");
    put("labels/a.txt", "0 0.5 0.5 0.5 0.5\n0 0 0 0.5 0 0.5 0.5\n");
    read_or_fail("", segment, &t, &a);
    assert_int_equal(t.nanns, 2);
    box_is(&t, 0, 10, 5, 20, 10);
    box_is(&t, 1, 0, 0, 20, 10);
    assert_false(bx_testset_has(&t, BX_GEOM_MASK));
    assert_true(noted(&t, "1 line is a box, not a polygon (first: "));
    char digest[BX_DIGEST_SIZE];
    struct bx_err e = {0};
    assert_false(bx_testset_digest(&t, BX_GEOM_MASK, digest, &e));
    assert_non_null(strstr(e.text, "annotation 1 (image 'a.png') has no mask"));
    bx_arena_release(&a);
}

static void nothing_is_dropped_in_silence(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put("data.yaml", "test: images\nnames: [a]\n");
    put_image("images/a.png", "plain.png");
    put_image("images/tiny.bmp", "plain.bmp");
    put("labels/a.txt", "0 0.5 0.5 0.5 0.5\n0 0.5 0.5 0.5 0.5\n0 0.5 0.5 1.2 0.5\n0 0.5 0.5 0 0.5\n");
    put("labels/tiny.txt", "0 0.5 0.5 0.5 0.5\n");
    put("labels/gone.txt", "0 0.5 0.5 0.5 0.5\n");
    put("labels/classes.txt", "a\n");
    read_or_fail("", detect, &t, &a);
    assert_int_equal(t.nanns, 5);
    assert_true(noted(&t, "1 line repeats another of its file (first: "));
    assert_true(noted(&t, "1 line has values outside the image"));
    assert_true(noted(&t, "a.txt:3"));
    assert_true(noted(&t, "1 box has no area (first: "));
    assert_true(noted(&t, "1 label file has no image in this split (first: "));
    bx_arena_release(&a);
}

static void bad_lines_are_refused_at_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *line, *said;
        enum bx_task task;
    } table[] = {
        {"0 0.5 0.5 0.5", "a.txt:2: found 4 numbers", BX_DETECT},
        {"0 0.5 0.5 0.5 0.5 0.9", "a.txt:2: found 6 numbers", BX_DETECT},
        {"0 0.5 0.5 0.5 0.5 0.9", "are these predictions?", BX_DETECT},
        {"0 .1 .1 .2 .2 .3 .3 .4", "found 8 numbers", BX_SEGMENT},
        {"0 .1 .1 .2 .2 .3 .3", "expected 9 (class and four corners)", BX_OBB},
        {"7 0.5 0.5 0.5 0.5", "a.txt:2:1: class 7, expected a whole number from 0 to 1", BX_DETECT},
        {"-1 0.5 0.5 0.5 0.5", "class -1", BX_DETECT},
        {"0.5 0.5 0.5 0.5 0.5", "class 0.5", BX_DETECT},
        {"cat 0.5 0.5 0.5 0.5", "a.txt:2:1: found 'cat', expected a number", BX_DETECT},
        {"0 0.5 0,5 0.5 0.5", "a.txt:2:7: found '0,5', expected a number", BX_DETECT},
        {"0 nan 0.5 0.5 0.5", "found 'nan'", BX_DETECT},
        {"0 1e999 0.5 0.5 0.5", "found '1e999'", BX_DETECT},
        {"0 0x1 0.5 0.5 0.5", "found '0x1'", BX_DETECT},
    };
    put("data.yaml", "test: images\nnames: [a, b]\n");
    put_image("images/a.png", "plain.png");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[200];
        snprintf(text, sizeof text, "\n%s\n", table[i].line);
        put("labels/a.txt", text);
        refused("data.yaml", (struct bx_testset_options){.task = table[i].task}, table[i].said);
    }
}

static void classes_are_text_whatever_they_look_like(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *names[3];
    } table[] = {
        {"names: [yes, 'no', 1]", {"yes", "no", "1"}},
        {"names:\n  2: third\n  0: first\n  1: second", {"first", "second", "third"}},
        {"nc: 3\nnames: [\n  a, # one\n  \"b c\",\n  'it''s']", {"a", "b c", "it's"}},
        {"nc: 3", {"class_0", "class_1", "class_2"}},
        {"names:\n- null\n- ~\n- 1.0", {"null", "~", "1.0"}},
        {"x: &n [u, v, w]\nnames: *n", {"u", "v", "w"}},
    };
    put_image("images/a.png", "plain.png");
    put("labels/a.txt", "2 0.5 0.5 0.5 0.5\n");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        char text[300];
        snprintf(text, sizeof text, "train: x\nval: y\ntest: images\n%s\n", table[i].yaml);
        put("data.yaml", text);
        read_or_fail("data.yaml", detect, &t, &a);
        assert_int_equal(t.nclasses, 3);
        for (size_t k = 0; k < 3; k++)
            assert_string_equal(t.class_name[k], table[i].names[k]);
        bx_arena_release(&a);
    }
}

static void bad_yaml_is_refused_at_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *said;
    } table[] = {
        {"", "found nothing, expected a mapping"},
        {"- a", "found a list, expected a mapping"},
        {"test: images\nnames: [a", "not YAML"},
        {"test: images\n\tnames: [a]", "data.yaml:2:1: not YAML"},
        {"test: images", "found neither 'names' nor 'nc'"},
        {"test: images\nnames: a", "data.yaml:2:8: names is a scalar"},
        {"test: images\nnames: []", "names is empty"},
        {"test: images\nnames: [[a]]", "found a list, expected a class name"},
        {"test: images\nnc: 2\nnames: [a]", "data.yaml:2:5: nc is 2, but names has 1"},
        {"test: images\nnc: -1", "nc must be the number of classes"},
        {"test: images\nnames: {0: a, x: b}", "data.yaml:2:15: class index 'x' in names, expected a whole number"},
        {"test: images\nnames: {0: a, 1000000: b}", "class index '1000000' in names"},
        {"test: images\nnc: 2\nnames: {0: a, 5: b, 7: c}", "data.yaml:2:5: nc is 2, but names has 8"},
        {" path: .\ntest: images\nnames: [a]", "data.yaml:2:1: not YAML: "},
        {"test: images\nnames: [a]\n---\nnc: 1\n", "data.yaml:3:1: found a second document, expected one"},
        {"test: images\nnames:\n- a\n- \"b\n", "data.yaml:"},
        {"test: images\nnames: [a]\nx: \xE9\n", "data.yaml:3:4: not YAML: "},
        {"test: images\nna", "data.yaml:2:3: not YAML: "},
        {"test: images\nnames: {0: a, 0: b}", "class index 0 is there twice"},
        {"test: images\nnames: [a]\nnames: [b]", "key 'names' is there twice"},
        {"test: images\nnames: [a]\nkpt_shape: [17, 3]", "key point sets are not supported"},
        {"train: images\nnames: [a]", "has no 'test' split; it has 'train'"},
        {"test:\ntrain: images\nnames: [a]", "has no 'test' split; it has 'train'"},
        {"test: [images, {a: b}]\nnames: [a]", "expected a folder or a list file"},
        {"test: nowhere\nnames: [a]", "nowhere' is not there"},
        {"test: ../nowhere/pics\nnames: [a]", "found neither '"},
        {"test: labels\nnames: [a]", "holds no images"},
        {"test: images\nnames: [\"a\\nb\"]", "holds a control character"},
    };
    put_image("images/a.png", "plain.png");
    put("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        put("data.yaml", table[i].yaml);
        refused("data.yaml", detect, table[i].said);
    }
}

/* Which part is read: the test split, else the validation split, and that is said; never the training split unasked. */
static void the_test_split_or_else_val(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *asked;
        bool test_only;
        const char *split, *said; /* split NULL: refused, and that is said */
    } table[] = {
        {"test: images\nval: images\n", NULL, true, "test", NULL},
        {"test: images\nval: images\n", "val", true, "val", "validation split: results may be optimistic"},
        {"train: images\nval: images\n", "valid", true, "val", "validation split: results may be optimistic"},
        {"train: images\nvalid: images\n", "val", true, "valid", "validation split: results may be optimistic"},
        {"train: images\nval: images\n", NULL, true, "val", "has no 'test' split; it has 'val', 'train'): val is read"},
        {"train: images\nvalidation: images\n", NULL, true, "validation", "validation split: results may be optimistic"},
        {"test: ../test/images\nval: images\n", NULL, true, "val", "'): val is read"}, /* as an export without that part has it */
        {"test: empty\nval: images\n", NULL, true, "val", "holds no images): val is read"},
        {"train: images\n", NULL, false, NULL, "has no 'test' split; it has 'train'"},
        {"train: images\nval: images\n", "test", false, NULL,
         "has no 'test' split; it has 'val', 'train'"}, /* who asks gets that or nothing */
        {"train: images\n", "train", true, NULL, "split 'train': models have seen its images"},
        {"train: images\n", "train", false, "train", "training split: models have seen these images"},
        {"test: images\n", "tset", false, NULL, "split 'tset', expected test, val or train"},
        {"test: [images, {a: b}]\nval: images\n", NULL, false, NULL, "expected a folder or a list file"}, /* a mistake is no absence */
    };
    put_image("images/a.png", "plain.png");
    put("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
    put("empty/readme.md", "");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        struct bx_testset_options o = {.split = table[i].asked, .test_only = table[i].test_only};
        put("data.yaml", bx_printf(&a, "%snames: [a]\n", table[i].yaml));
        if (table[i].split) {
            read_or_fail("data.yaml", o, &t, &a);
            assert_string_equal(t.split, table[i].split);
            const char *said = table[i].said;
            if (said ? !noted(&t, said) : t.nnotes > 0)
                fail_msg("row %zu: not told '%s', but %zu notes", i, said ? said : "nothing", t.nnotes);
        } else
            refused("data.yaml", o, table[i].said);
        bx_arena_release(&a);
    }
}

static void aliases_do_not_explode(void **state)
{
    (void)state;
    put("data.yaml", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                     "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f "
                     "[*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\nnames: *f\ntest: images\n");
    refused("data.yaml", detect, "expected a class name");
    put("data.yaml", "names: &a [*a]\ntest: images\n");
    refused("data.yaml", detect, "data.yaml:");
}

/* One labelled image, wherever the layout puts it. */
static void one_box(const char *path, struct bx_testset_options o)
{
    struct bx_arena a = {0};
    struct bx_testset t;
    read_or_fail(path, o, &t, &a);
    if (t.nimages != 1 || t.nanns != 1)
        fail_msg("%s: %zu images, %zu annotations", path, t.nimages, t.nanns);
    bx_arena_release(&a);
}

static void paths_are_found_as_ultralytics_finds_them(void **state)
{
    (void)state;
    static const struct {
        const char *yaml_at, *yaml, *image, *label;
    } table[] = {
        {"data.yaml", "test: ../test/images", "test/images/a.png", "test/labels/a.txt"},     /* Roboflow's wrong "../" */
        {"sub/data.yaml", "test: ../test/images", "test/images/a.png", "test/labels/a.txt"}, /* and a right one */
        {"data.yaml", "path: set\ntest: images/test", "set/images/test/a.png", "set/labels/test/a.txt"},
        {"set/data.yaml", "path: set\ntest: images", "set/images/a.png", "set/labels/a.txt"},  /* path counted from the parent */
        {"data.yaml", "path: /no/such/machine\ntest: images", "images/a.png", "labels/a.txt"}, /* somebody else's machine */
        {"data.yaml", "test: [images/x]", "images/x/y/a.png", "labels/x/y/a.txt"},             /* recursive */
        {"data.yaml", "test: images", "images/images/a.png", "images/labels/a.txt"},           /* the last /images/ */
        {"data.yaml", "test: pics", "pics/a.b.png", "pics/a.b.txt"},                           /* no /images/: beside; a.b.png -> a.b.txt */
        {"data.yaml", "test: images", "images/a.PNG", "labels/a.txt"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char yaml[200];
        empty_folder(NULL);
        snprintf(yaml, sizeof yaml, "%s\nnames: [a]\n", table[i].yaml);
        put(table[i].yaml_at, yaml);
        put_image(table[i].image, "plain.png");
        put(table[i].label, "0 0.5 0.5 0.5 0.5\n");
        one_box(table[i].yaml_at, detect);
    }
    /* val may be called validation; a folder of images may be given. */
    put("data.yaml", "validation: images\nnames: [a]\n");
    one_box("data.yaml", (struct bx_testset_options){.split = "val"});
    struct bx_arena a = {0};
    put("data.yaml", "test: nowhere\nnames: [a]\n");
    one_box("data.yaml", (struct bx_testset_options){.images = in(&a, "images")});
    put("coco8.yaml", "test: images\nnames: [a]\n");
    unlink(in(&a, "data.yaml"));
    one_box("", detect);
    bx_arena_release(&a);
}

static void list_files_are_read(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put("data.yaml", "test: lists/test.txt\nnames: [a]\n");
    put_image("images/a.png", "plain.png");
    put_image("lists/images/b.png", "plain.png");
    put_image("images/c.png", "plain.png");
    put("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
    put("lists/labels/b.txt", "0 0.5 0.5 0.5 0.5\n");
    put("lists/test.txt", "images/a.png\r\n\n./images/b.png\nimages/a.png");
    read_or_fail("data.yaml", detect, &t, &a);
    assert_int_equal(t.nimages, 2);
    assert_int_equal(t.nanns, 2);
    assert_string_equal(t.image_file[0], "images/a.png");
    assert_string_equal(t.image_file[1], "lists/images/b.png");
    assert_true(noted(&t, "named more than once"));
    put("lists/test.txt", "images/a.png\nimages/gone.png\n");
    refused("data.yaml", detect, "test.txt:2: image '");
    put("lists/test.txt", "images/a.png\nnotes.doc\n");
    refused("data.yaml", detect, "test.txt:2: found 'notes.doc', expected the path of an image");
    bx_arena_release(&a);
}

static void images_that_are_none_are_refused(void **state)
{
    (void)state;
    put("data.yaml", "test: images\nnames: [a]\n");
    put_image("images/a.png", "plain.png");
    put("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
    put("images/b.jpg", "version https://git-lfs.github.com/spec/v1\n");
    refused("data.yaml", detect, "b.jpg: found a Git LFS pointer");
    put("images/b.jpg", "");
    refused("data.yaml", detect, "b.jpg: found an empty file");
    put("images/b.tif", "II*\0");
    refused("data.yaml", detect, "b.jpg");
}

static void a_set_without_any_label_is_refused(void **state)
{
    (void)state;
    put("data.yaml", "test: images\nnames: [a]\n");
    put_image("images/a.png", "plain.png");
    refused("data.yaml", detect, "none of the 1 images has a label file");
}

static void formats_are_recognised(void **state)
{
    (void)state;
    refused("nothing", detect, "is not there");
    refused("", detect, "found neither data.yaml, classes.txt or obj.data, nor .xml files, nor ");
    put("x.txt", "");
    refused("x.txt", detect, "expected a .yaml file (YOLO), a .csv file (Open Images), a .json file (COCO) or a folder");
    refused("x.txt", (struct bx_testset_options){.format = "kitti"}, "test set format 'kitti', expected one of auto, yolo, voc, dota, ");
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(boxes_are_scaled_to_pixels),
        T(polygons_and_corners),
        T(mixed_lines_are_read_line_by_line),
        T(nothing_is_dropped_in_silence),
        T(bad_lines_are_refused_at_their_place),
        T(classes_are_text_whatever_they_look_like),
        T(bad_yaml_is_refused_at_its_place),
        T(the_test_split_or_else_val),
        T(aliases_do_not_explode),
        T(paths_are_found_as_ultralytics_finds_them),
        T(list_files_are_read),
        T(images_that_are_none_are_refused),
        T(a_set_without_any_label_is_refused),
        T(formats_are_recognised),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
