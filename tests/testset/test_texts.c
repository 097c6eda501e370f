/* DOTA and VisDrone: a text file an image, an object a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/image/image.h"
#include "tests/testset/labels.h"

enum { MOST = 6 };
#define PLANE "6 2 10 6 6 10 2 6 plane 0\n"
#define CAR   "1,2,3,4,1,4,0,0\n"

/* Files as they are named, the text of labels behind a colon. */
static void lay_out(const char *const files[MOST])
{
    empty_folder(NULL);
    for (size_t i = 0; i < MOST && files[i]; i++) {
        char name[200];
        const char *colon = strchr(files[i], ':');
        snprintf(name, sizeof name, "%.*s", (int)(colon ? (size_t)(colon - files[i]) : strlen(files[i])), files[i]);
        if (colon)
            put(name, colon + 1);
        else
            put_image(name, "plain.png");
    }
}

static void sets_are_found_as_people_keep_them(void **state)
{
    (void)state;
    static const struct {
        const char *at, *split, *first; /* the first image, or "! " and the error */
        size_t nimages, nanns;
        const char *files[MOST];
    } table[] = {
        {"", NULL, "a.png", 1, 1, {"images/a.png", "labelTxt/a.txt:" PLANE}},
        {"", NULL, "a.tif", 1, 1, {"images/a.tif", "labelTxt/a.txt:" PLANE}},
        {"", NULL, "a.bmp", 1, 1, {"Images/a.bmp", "labeltxt-v1.5/a.txt:" PLANE}},
        {"", NULL, "a.png", 1, 1, {"images/a.png", "labelTxt-v1.0/labelTxt/a.txt:" PLANE}},
        {"labelTxt", NULL, "a.png", 1, 1, {"images/a.png", "labelTxt/a.txt:" PLANE}},
        {"", NULL, "part1/images/a.png", 1, 1, {"images/part1/images/a.png", "labelTxt/a.txt:" PLANE}},
        {"", NULL, "a.png", 1, 1, {"images/a.png", "annfiles/a.txt:" PLANE}},
        {"", NULL, "a.png", 1, 1, {"test/images/a.png", "test/labelTxt/a.txt:" PLANE, "train/images/b.png", "train/labelTxt/b.txt:" PLANE}},
        {"",
         "val",
         "val/a.png",
         1,
         1,
         {"images/val/a.png", "labelTxt/val/a.txt:" PLANE, "images/train/b.png", "labelTxt/train/b.txt:" PLANE}},
        {"", NULL, "a.png", 1, 1, {"a.png", "a.txt:" PLANE, "README.txt:read me first\n"}},
        {"", NULL, "a.png", 3, 1, {"images/a.png", "images/b.png", "images/c.png", "labelTxt/a.txt:" PLANE, "labelTxt/c.txt:"}},
        {"", NULL, "! b.txt: no image 'b.*' in", 0, 0, {"images/a.png", "labelTxt/a.txt:" PLANE, "labelTxt/b.txt:" PLANE}},
        {"", NULL, "! both 'a.jpg' and 'a.png' could be its image", 0, 0, {"images/a.png", "images/a.jpg", "labelTxt/a.txt:" PLANE}},
        {"", NULL, "! found no images beside the labels", 0, 0, {"labelTxt/a.txt:" PLANE}},
        {"", NULL, "a.png", 1, 1, {"images/a.png", "annotations/a.txt:" CAR}},
        {"", "val", "a.png", 1, 1, {"VisDrone2019-DET-val/images/a.png", "VisDrone2019-DET-val/annotations/a.txt:" CAR}},
        {"",
         NULL,
         "a.png",
         1,
         1,
         {"VisDrone2019-DET-test-dev/VisDrone2019-DET-test-dev/images/a.png",
          "VisDrone2019-DET-test-dev/VisDrone2019-DET-test-dev/annotations/a.txt:" CAR}},
        {"", NULL, "a.png", 1, 1, {"VisDrone2019-DET-val/images/a.png", "VisDrone2019-DET-val/annotations/a.txt:" CAR}}, /* no test split */
        {"", NULL, "! found neither", 0, 0, {"VisDrone2019-DET-train/images/a.png", "VisDrone2019-DET-train/annotations/a.txt:" CAR}},
        {"", NULL, "! found neither", 0, 0, {"images/a.png", "annotations/a.txt:hello\n"}},
        {"", NULL, "! found neither", 0, 0, {"images/a.png", "labels/a.txt:0 0.5 0.5 0.1 0.1\n"}},
    };
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        struct bx_err e = {0};
        const struct bx_testset_options o = {.task = BX_OBB, .split = table[i].split, .need_images = true};
        const char *want = table[i].first;
        lay_out(table[i].files);
        bool ok = bx_testset_read(in(&a, table[i].at), &o, &t, &a, &e);
        if (*want == '!' ? ok || !strstr(e.text, want + 2)
                         : !ok || strcmp(t.image_file[0], want) != 0 || t.nimages != table[i].nimages || t.nanns != table[i].nanns) {
            print_error("row %zu (%s, …): %s, expected %s\n", i, table[i].files[0], ok ? t.image_file[0] : e.text, want);
            wrong++;
        }
        bx_arena_release(&a);
    }
    assert_int_equal(wrong, 0);
}

static void dota(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("images/a.png", "plain.png");
    put("labelTxt/a.txt", "\xEF\xBB\xBFimagesource:GoogleEarth\r\ngsd:0.1463\r\n\r\n"
                          "6.0 2.0 10.0 6.0 6.0 10.0 2.0 6.0 plane 0\r\n"
                          "-1 -1 5 -1 5 5 -1 5 large-vehicle 1\r\n"
                          "1\t1  4 1 4 3 1 3 plane 2\r\n"
                          "1 1 4 1 4 3 1 3 harbor");
    struct bx_testset_options o = {.task = BX_OBB};
    read_or_fail("", o, &t, &a);
    assert_int_equal(t.nanns, 4);
    assert_int_equal(t.nclasses, 3);
    assert_string_equal(t.class_name[0], "harbor");
    assert_string_equal(t.class_name[1], "large-vehicle");
    assert_string_equal(t.class_name[2], "plane");
    assert_true(t.ann_class[0] == 2 && t.ann_class[1] == 1 && t.ann_class[2] == 2 && t.ann_class[3] == 0);
    assert_true(!t.ann_flags[0] && t.ann_flags[1] == BX_ANN_IGNORE && t.ann_flags[2] == BX_ANN_IGNORE && !t.ann_flags[3]);
    box_is(&t, 0, 2, 2, 8, 8);
    assert_true(t.ann_area[0] == 32 && t.ann_area[1] == 36 && t.ann_line[3] == 7 && t.image_w[0] == 40);
    assert_memory_equal(t.ann_obb, ((double[8]){6, 2, 10, 6, 6, 10, 2, 6}), 8 * sizeof(double));
    bx_arena_release(&a);
}

static void visdrone(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("images/a.png", "plain.png");
    put("annotations/a.txt", "1,2,3,4,1,4,0,0\n10,5,4,3,0,1,0,0,\n0,0,20,10,0,0,0,0\n3,3,2,2,0,11,0,0\n5,5,0,2,1,10,1,2\n");
    struct bx_testset_options o = {.task = BX_DETECT};
    read_or_fail("", o, &t, &a);
    assert_int_equal(t.nclasses, 10);
    assert_string_equal(t.class_name[0], "pedestrian");
    assert_string_equal(t.class_name[9], "motor");
    assert_int_equal(t.nanns, 2 + 10 + 1);
    box_is(&t, 0, 1, 2, 3, 4);
    assert_true(t.ann_class[0] == 3 && t.ann_flags[0] == 0 && t.ann_area[0] == 12);
    assert_true(t.ann_class[1] == 0 && t.ann_flags[1] == BX_ANN_IGNORE);
    for (size_t k = 0; k < 10; k++) { /* the region, for each class */
        box_is(&t, 2 + k, 0, 0, 20, 10);
        assert_true(t.ann_class[2 + k] == k && t.ann_flags[2 + k] == (BX_ANN_CROWD | BX_ANN_REGION));
    }
    assert_int_equal(t.ann_class[12], 9);
    assert_true(noted(&t, "1 region is to be ignored (first: a.txt:3)"));
    assert_true(noted(&t, "1 object has the score 0 (first: a.txt:2): ignored"));
    assert_true(noted(&t, "1 object is of the category 'others' (first: a.txt:4): left out"));
    assert_true(noted(&t, "1 box has no area (first: a.txt:5): kept"));
    bx_arena_release(&a);
}

static void bad_lines_are_refused_at_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *format, *text, *said;
    } table[] = {
        {"dota", PLANE "1 2 3\n", "a.txt:2: found 3 words, expected x1 y1 x2 y2 x3 y3 x4 y4 class difficult"},
        {"dota", PLANE "6 2 10 6 6 10 2 6 plane 0 0.9\n", "a.txt:2: found 11 words"},
        {"dota", PLANE "6 2 ten 6 6 10 2 6 plane 0\n", "a.txt:2: found 'ten' as a coordinate, expected a number"},
        {"dota", PLANE "6 2 nan 6 6 10 2 6 plane 0\n", "found 'nan' as a coordinate"},
        {"dota", PLANE "6 2 1e999 6 6 10 2 6 plane 0\n", "found '1e999' as a coordinate"},
        {"dota", PLANE "6 2 10 6 6 10 2 6 plane yes\n", "found 'yes' as difficult"},
        {"dota", PLANE "6 2 10 6 6 10 2 6 pl\x01ne 0\n", "holds a control character"},
        {"dota", PLANE "6 2 10 6 6 10 2 6 pl\xFFne 0\n", "not UTF-8"},
        {"dota", PLANE "x\ny\n6 2 10 6 6 10 2 6 plane z\n",
         "a.txt:2: found 1 words, expected x1 y1 x2 y2 x3 y3 x4 y4 class difficult (the first of 3 faults in 1 of 1 files)"},
        {"dota", "gsd:1\n", "found no DOTA labels"},
        {"visdrone", CAR "1,2,3\n", "a.txt:2: found 3 words, expected x,y,w,h,score,category,truncation,occlusion"},
        {"visdrone", CAR "1,2,3,4,1,12,0,0\n", "found the category 12, expected one from 0 to 11"},
        {"visdrone", CAR "1,2,3,4,1,1.5,0,0\n", "found the category 1.5"},
        {"visdrone", CAR "1,2,-3,4,1,1,0,0\n", "found the sides -3 and 4"},
        {"visdrone", CAR "1,2,3,w,1,1,0,0\n", "found 'w' as a coordinate"},
        {"visdrone", "hello\n", "found no VisDrone labels"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct bx_testset_options o = {.format = table[i].format, .task = BX_OBB};
        bool is_dota = !strcmp(table[i].format, "dota");
        empty_folder(NULL);
        put_image("images/a.png", "plain.png");
        put(is_dota ? "labelTxt/a.txt" : "annotations/a.txt", table[i].text);
        refused("", o, table[i].said);
    }
    empty_folder(NULL);
    put_image("images/a.png", "plain.png");
    put_bytes("labelTxt/a.txt", PLANE "\0", sizeof PLANE);
    refused("", (struct bx_testset_options){.task = BX_OBB}, "a.txt: found a NUL byte");
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sets_are_found_as_people_keep_them),
        T(dota),
        T(visdrone),
        T(bad_lines_are_refused_at_their_place),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
