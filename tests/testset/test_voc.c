/* Pascal VOC: the devkit's corners, nested parts, polygons, and XML that means harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/testset/labels.h"

static const struct bx_testset_options voc = {.format = "auto"};

#define OBJECT(name, more, x0, y0, x1, y1)                                                                                                 \
    "<object><name>" name "</name>" more "<bndbox><xmin>" x0 "</xmin><ymin>" y0 "</ymin><xmax>" x1 "</xmax><ymax>" y1                      \
    "</ymax></bndbox></object>"
#define SIZE "<size><width>40</width><height>20</height><depth>3</depth></size>"

static void xml(const char *name, const char *inside)
{
    char text[4000];
    snprintf(text, sizeof text, "<?xml version=\"1.0\"?>\n<annotation><folder>x</folder><filename>other.jpg</filename>%s</annotation>\n",
             inside);
    put(name, text);
}

static void corners_count_from_one_and_are_inclusive(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("b.png", "plain.png");
    put_image("a.JPG", "plain.jpg");
    xml("b.xml", SIZE OBJECT("dog", "<difficult>1</difficult>", " 1 ", "1", "10", "5.5")
                     OBJECT("cat", "<truncated>1</truncated>", "3", "4", "3", "4"));
    xml("a.xml", SIZE);
    read_or_fail("", voc, &t, &a);
    assert_int_equal(t.nimages, 2);
    assert_string_equal(t.image_file[0], "a.JPG");
    assert_int_equal(t.nanns, 2);
    assert_string_equal(t.class_name[0], "cat");
    assert_string_equal(t.class_name[1], "dog");
    box_is(&t, 0, 0, 0, 10, 5.5);
    box_is(&t, 1, 2, 3, 1, 1);
    assert_true(t.ann_class[0] == 1 && t.ann_flags[0] == BX_ANN_IGNORE && t.ann_flags[1] == 0 && t.ann_area[0] == 55);
    struct bx_testset_options from_zero = {.voc_from_zero = true};
    read_or_fail("", from_zero, &t, &a);
    box_is(&t, 0, 1, 1, 9, 4.5);
    bx_arena_release(&a);
}

static void parts_are_no_objects(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("a.png", "plain.png");
    xml("a.xml",
        SIZE OBJECT("person", "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>",
                    "1", "1", "9", "9"));
    read_or_fail("", voc, &t, &a);
    assert_int_equal(t.nanns, 1);
    assert_int_equal(t.nclasses, 1);
    box_is(&t, 0, 0, 0, 9, 9);
    bx_arena_release(&a);
}

static void polygons_become_masks(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("a.png", "plain.png");
    xml("a.xml", SIZE "<object><name>x</name><polygon><x1>11</x1><y1>6</y1><x2>31</x2><y2>6</y2><x3>31</x3><y3>16</y3><x4>11</x4><y4>16</"
                      "y4></polygon></object>");
    read_or_fail("", voc, &t, &a);
    box_is(&t, 0, 10, 5, 20, 10);
    assert_true(t.ann_area[0] == 200);
    assert_int_equal(bx_rle_area(&t.ann_mask[0]), 200);
    bx_arena_release(&a);
}

static void images_are_found_in_the_usual_places(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    static const char *const places[][2] = {{"a.png", "a.xml"},
                                            {"JPEGImages/a.png", "Annotations/a.xml"},
                                            {"images/a.png", "labels/a.xml"},
                                            {"test/a.png", "test/a.xml"},
                                            {"other.jpg", "a.xml"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        empty_folder(NULL);
        put_image(places[i][0], "plain.png");
        xml(places[i][1], SIZE OBJECT("x", "", "1", "1", "2", "2"));
        read_or_fail(i == 2 ? "labels" : "", voc, &t, &a);
        assert_int_equal(t.nimages, 1);
    }
    empty_folder(NULL);
    put_image("JPEGImages/a.png", "plain.png");
    put_image("JPEGImages/b.png", "plain.png");
    xml("Annotations/a.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    xml("Annotations/b.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    put("ImageSets/Main/test.txt", "b\r\n");
    read_or_fail("", voc, &t, &a);
    assert_int_equal(t.nimages, 1);
    assert_string_equal(t.image_file[0], "b.png");
    assert_false(noted(&t, "have no annotation file")); /* the other image is another split's */
    put("ImageSets/Main/test.txt", "b\nc\n");
    refused("", voc, "test.txt:2: 'c' has no annotation file");
    bx_arena_release(&a);
}

static void sizes_must_agree(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("a.png", "plain.png");
    xml("a.xml", "<size><width>41</width><height>20</height></size>" OBJECT("x", "", "1", "1", "2", "2"));
    refused("", voc, "annotated as 41 x 20 pixels, but the file");
    xml("a.xml", "<size><width>0</width><height>0</height></size>" OBJECT("x", "", "1", "1", "2", "2"));
    read_or_fail("", voc, &t, &a);
    assert_true(t.image_w[0] == 40 && noted(&t, "state no size"));
    bx_arena_release(&a);
}

static void bad_files_are_refused_at_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } table[] = {
        {"", "a.xml:1:1: not XML: no element found"},
        {"<annotation>\n<object></annotation>", "a.xml:2:11: not XML: mismatched tag"},
        {"<html/>", "found <html>, expected <annotation>"},
        {"<annotation><object><name>x</name></object></annotation>", "has no <bndbox>"},
        {"<annotation>\n<object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>",
         "<object> of line 2 has no <name>"},
        {"<annotation><object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax></bndbox></object></annotation>",
         "needs xmin, ymin, xmax and ymax"},
        {"<annotation>" OBJECT("x", "", "a", "1", "2", "2") "</annotation>", "<xmin> is 'a', expected a number"},
        {"<annotation>" OBJECT("x", "", "nan", "1", "2", "2") "</annotation>", "<xmin> is 'nan'"},
        {"<annotation>" OBJECT("x", "", "5", "1", "2", "2") "</annotation>", "ends before it begins"},
        {"<annotation>" OBJECT("", "", "1", "1", "2", "2") "</annotation>", "<name> is empty"},
        {"<annotation><size><width>1.5</width></size></annotation>", "<width> is 1.5, expected a number of pixels"},
        {"<annotation><object><name>x</name><polygon><x1>1</x1><x2>2</x2></polygon></object></annotation>", "expected x1, y1, x2, y2"},
        {"<annotation><object><name>x</name><polygon><x1>1</x1><y1>2</y1></polygon></object></annotation>", "expected 3 or more points"},
        {"<annotation></annotation>", "no object in any of 1 annotation files"},
        {"<!DOCTYPE a [<!ENTITY x \"x\">]><annotation>&x;</annotation>", "declares the entity 'x'"},
        {"<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><annotation>&b;</annotation>",
         "entity declarations are refused"},
        {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><annotation>&x;</annotation>", "entity declarations are refused"},
        {"<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://127.0.0.1/\"> %x;]><annotation/>", "entity declarations are refused"},
        {"<annotation>&undefined;</annotation>", "not XML"},
    };
    put_image("a.png", "plain.png");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        put("a.xml", table[i].text);
        refused("", voc, table[i].said);
    }
    BX_CLEANUP_BUF struct bx_buf deep = {0};
    bx_buf_adds(&deep, "<annotation>");
    for (int i = 0; i < 100000; i++)
        bx_buf_adds(&deep, "<a>");
    put("a.xml", bx_buf_str(&deep));
    refused("", voc, "nested deeper than 64");
    bx_buf_clear(&deep);
    bx_buf_adds(&deep, "<annotation><object><name>");
    for (int i = 0; i < 100000; i++)
        bx_buf_adds(&deep, "xxxxxxxxxx");
    put("a.xml", bx_buf_str(&deep));
    refused("", voc, "a text is longer than");
}

static void every_file_has_its_own_image(void **state)
{
    (void)state;
    put_image("a.png", "plain.png");
    xml("a.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    xml("b.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    refused("", voc, "b.xml: no image 'b.*' and no 'other.jpg'");
    put_image("b.png", "plain.png");
    put_image("b.jpg", "plain.jpg");
    refused("", voc, "b.xml: both 'b.jpg' and 'b.png' could be its image");
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(corners_count_from_one_and_are_inclusive),
        T(parts_are_no_objects),
        T(polygons_become_masks),
        T(images_are_found_in_the_usual_places),
        T(sizes_must_agree),
        T(bad_files_are_refused_at_their_place),
        T(every_file_has_its_own_image),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
