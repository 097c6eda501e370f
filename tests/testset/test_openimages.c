/* Open Images: columns by their names, shares of the image as displayed, classes by what they are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/testset/labels.h"

#define HEADER                                   "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
#define ROW(image, label, x0, x1, y0, y1, group) image ",xclick," label ",1," x0 "," x1 "," y0 "," y1 ",0,0," group ",0,0\n"

static const struct bx_testset_options any = {.format = "auto"};

static void boxes_are_shares_of_the_image(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("0a.png", "plain.png"); /* 40 x 20 */
    put_image("0b.jpg", "exif6.jpg"); /* 20 x 40 as displayed */
    put_image("0c.png", "plain.png");
    put("class-descriptions-boxable.csv", "/m/01,Car\n/m/02,\"Lamp, \"\"tall\"\"\"\n/m/03,Unused\n");
    put("test-annotations-bbox.csv",
        HEADER ROW("0b", "/m/02", "0.25", "0.75", "0.5", "1", "0") ROW("0a", "/m/01", "0", "0.5", "0.1", "0.6", "1")
            ROW("ff", "/m/01", "0", "1", "0", "1", "0") ROW("0b", "/m/01", "0.5", "0.25", "0", "0.5", "-1")
                ROW("0b", "/m/09", "0", "1.25", "0.5", "0.5", "0"));
    read_or_fail("", any, &t, &a);
    assert_int_equal(t.nimages, 3);
    assert_int_equal(t.nanns, 4);
    assert_int_equal(t.nclasses, 3);
    assert_string_equal(t.class_name[0], "/m/09");
    assert_string_equal(t.class_name[1], "Car");
    assert_string_equal(t.class_name[2], "Lamp, \"tall\"");
    box_is(&t, 0, 0, 2, 20, 10);
    box_is(&t, 1, 5, 20, 10, 20);
    box_is(&t, 2, 5, 0, 5, 20);
    box_is(&t, 3, 0, 20, 25, 0);
    assert_true(t.ann_flags[0] == BX_ANN_CROWD && !t.ann_flags[1] && !t.ann_flags[2]);
    assert_true(t.ann_class[0] == 1 && t.ann_class[1] == 2 && t.ann_class[3] == 0 && t.ann_line[1] == 2);
    assert_true(noted(&t, "1 box is of an image that is not there (first: test-annotations-bbox.csv:4): left out"));
    assert_true(noted(&t, "1 box ends before it begins (first: test-annotations-bbox.csv:5)"));
    assert_true(noted(&t, "1 box lies outside the image") && noted(&t, "1 box has no area"));
    assert_true(noted(&t, "1 class is not in the class descriptions (first: /m/09)"));
    assert_true(noted(&t, "1 image has no box"));
    bx_arena_release(&a);
}

static void columns_go_by_name_and_files_lie_where_they_lie(void **state)
{
    (void)state;
    static const struct {
        const char *at, *split, *image, *csv, *text, *said; /* said: the error; or NULL */
    } table[] = {
        {"boxes.csv", NULL, "0a.png", "boxes.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"), NULL},
        {"", NULL, "0a.png", "boxes.csv", "YMax,YMin,XMax,XMin,LabelName,ImageID\r\n1,0,1,0,x,0a\r\n", NULL},
        {"", NULL, "0a.png", "boxes.csv",
         "\xEF\xBB\xBF\"ImageID\",\"LabelName\",\"XMin\",\"XMax\",\"YMin\",\"YMax\"\n\"0a\",\"x\",\"0\",\"1\",\"0\",\"1\"", NULL},
        {"", NULL, "0a.png", "boxes.csv", "imageid,labelname,xmin,xmax,ymin,ymax\n0a,x,0,1,0,1\n\n", NULL},
        {"", NULL, "images/0a.JPG", "boxes.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"), NULL},
        {"", NULL, "images/test/0a.png", "boxes.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"), NULL},
        {"", NULL, "test/0a.png", "boxes.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"), NULL},
        {"", NULL, "data/0a.png", "labels/detections.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"), NULL},
        {"", "val", "validation/0a.png", "csv_folder/validation-annotations-bbox.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"),
         NULL},
        {"labels/detections.csv", NULL, "data/0a.png", "labels/detections.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"), NULL},
        {"b.csv", NULL, "0a.png", "b.csv", "ImageID,LabelName,XMin,XMax,YMin\n", "b.csv:1: found no column 'YMax'"},
        {"b.csv", NULL, "0a.png", "b.csv", "", "b.csv:1: found no column 'ImageID'"},
        {"", NULL, "0a.png", "b.csv", "a,b\n1,2\n", "found neither"},
        {"b.csv", NULL, "0a.png", "b.csv", HEADER "0a,x\n", "b.csv:2: found 2 cells, expected 8 or more"},
        {"b.csv", NULL, "0a.png", "b.csv", HEADER ROW("0a", "x", "12", "30", "4", "9", "0"),
         "b.csv:2: found '12' as XMin, expected a share of the image"},
        {"b.csv", NULL, "0a.png", "b.csv", HEADER ROW("0a", "x", "0", "nan", "0", "1", "0"), "found 'nan' as XMax"},
        {"b.csv", NULL, "0a.png", "b.csv", HEADER ROW("0a", "", "0", "1", "0", "1", "0"), "b.csv:2: found a LabelName that is empty"},
        {"b.csv", NULL, "0a.png", "b.csv", HEADER ROW("", "x", "0", "1", "0", "1", "0"), "b.csv:2: found an ImageID of 0 bytes"},
        {"b.csv", NULL, "0a.png", "b.csv", HEADER ROW("0b", "x", "0", "1", "0", "1", "0"), "its only box is not of an image that is there"},
        {"b.csv", NULL, "0a.png", "b.csv", HEADER ROW("0a", "x", "q", "1", "0", "1", "0") ROW("0a", "x", "0", "1", "0", "r", "0"),
         "(the first of 2 faults in 1 of 1 files)"},
        {"b.csv", NULL, "x/y.txt", "b.csv", HEADER, "found no images in"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        const struct bx_testset_options o = {.split = table[i].split};
        empty_folder(NULL);
        put_image(table[i].image, "plain.png");
        put(table[i].csv, table[i].text);
        if (table[i].said)
            refused(table[i].at, o, table[i].said);
        else {
            read_or_fail(table[i].at, o, &t, &a);
            assert_int_equal(t.nanns, 1);
            box_is(&t, 0, 0, 0, 40, 20);
        }
        bx_arena_release(&a);
    }
    put_image("0a.png", "plain.png");
    put("train-annotations-bbox.csv", HEADER);
    refused("", (struct bx_testset_options){.format = "openimages"},
            "found no CSV of the split 'test', there are 'b.csv', 'train-annotations-bbox.csv'");
}

static void splits_are_told_by_file_names(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("0a.png", "plain.png");
    put("train-annotations-bbox.csv", HEADER);
    put("validation-annotations-bbox.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"));
    read_or_fail("", any, &t, &a);
    assert_string_equal(t.split, "validation");
    assert_true(noted(&t, "no test split"));
    put("oidv6-test-annotations-bbox.csv", HEADER ROW("0a", "x", "0", "1", "0", "1", "0"));
    read_or_fail("", any, &t, &a);
    assert_string_equal(t.split, "test");
    bx_arena_release(&a);
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(boxes_are_shares_of_the_image),
        T(columns_go_by_name_and_files_lie_where_they_lie),
        T(splits_are_told_by_file_names),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
