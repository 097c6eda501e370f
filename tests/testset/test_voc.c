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
    assert_true(t.image_w[0] == 40 && noted(&t, "1 annotation file states no size (first: "));
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
        {"<annotation>" OBJECT("x", "", "1", "1", "1e10", "2") "</annotation>", "<xmax> is '1e10', expected a number"},
        {"<annotation>" OBJECT("x", "", "1", "1", "1e999", "2") "</annotation>", "<xmax> is '1e999'"},
        {"<annotation><object><name>x</name><robndbox><cx>1</cx><cy>1</cy><w>2</w><h>2</h></robndbox></object></annotation>",
         "<robndbox> needs cx, cy, w, h and angle"},
        {"<annotation><object><name>x</name><robndbox><cx>1</cx><cy>1</cy><w>2</w><h>-2</h><angle>0</angle></robndbox></object></"
         "annotation>",
         "has the sides 2 and -2"},
        {"<annotation><object><name>x</name><robndbox><cx>1</cx><cy>1</cy><w>2</w><h>2</h><angle>45</angle></robndbox></object></"
         "annotation>",
         "<angle> is 45, expected radians"},
        {"<annotation><object><name>x</name><polygon><pt><x>1</x></pt></polygon></object></annotation>", "expected 3 or more points"},
        {"<?xml version=\"1.0\" encoding=\"ebcdic-cp-us\"?>\n<annotation/>", "a.xml:1: declares the encoding 'ebcdic-cp-us'"},
        {"<?xml version=\"1.0\" encoding=\"windows-1252\"?>\n<annotation>\n\x81</annotation>", "a.xml:3: found the byte 0x81"},
        {"<?xml version=\"1.0\"?>\n<annotation>\n\xDF</annotation>", "it is not UTF-8, and declares no other encoding"},
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

/* A folder is gone through to its end: whoever mends it sees what there is to mend. */
static void all_faults_are_counted(void **state)
{
    (void)state;
    put_image("a.png", "plain.png");
    put_image("b.png", "plain.png");
    put_image("c.png", "plain.png");
    xml("a.xml", SIZE "\n" OBJECT("x", "", "one", "1", "2", "2") "\n" OBJECT("x", "", "1", "two", "2", "2"));
    xml("b.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    xml("c.xml", SIZE "<object><bndbox/></object>");
    refused("", voc, "a.xml:3:");
    refused("", voc, "<xmin> is 'one', expected a number (the first of 4 faults in 2 of 3 files)");
}

static void what_is_odd_is_read_and_told(void **state)
{
    (void)state;
    static const struct {
        const char *object, *said;
        double box[4];
        bool difficult;
    } table[] = {
        {OBJECT("x", "", "11", "6", "4", "3"),
         "1 box ends before it begins (first: a.xml:2): its corners were put in order",
         {3, 2, 8, 4},
         false},
        {OBJECT("x", "", "4", "6", "11", "3"), "put in order", {3, 2, 8, 4}, false},
        {"<object><name>x</name><bndbox><xmin>4</xmin><ymin>3</ymin><xmax>11</xmax><ymax>6</ymax></bndbox><bndbox><xmin>1</xmin><ymin>1</"
         "ymin>"
         "<xmax>2</xmax><ymax>2</ymax></bndbox></object>",
         "1 object has a second box (first: a.xml:2): the first is taken",
         {3, 2, 8, 4},
         false},
        {OBJECT("x", "<polygon><pt><x>4</x><y>3</y></pt><pt><x>11</x><y>3</y></pt><pt><x>11</x><y>6</y></pt></polygon>", "4", "3", "11",
                "6"),
         "1 polygon beside a box is not as Roboflow writes it",
         {3, 2, 8, 4},
         false},
        {OBJECT("x", "<polygon>4,3 11,3 11,6</polygon>", "4", "3", "11", "6"), "not as Roboflow", {3, 2, 8, 4}, false},
        {OBJECT("x", "<polygon><x1>4</x1><y1>3</y1><x2>b</x2></polygon>", "4", "3", "11", "6"), "not as Roboflow", {3, 2, 8, 4}, false},
        {OBJECT("x", "<difficult>Unspecified</difficult>", "4", "3", "11", "6"), "neither yes nor no", {3, 2, 8, 4}, false},
        {OBJECT("x", "<difficult/>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, false},
        {OBJECT("x", "<difficult> </difficult>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, false},
        {OBJECT("x", "<difficult>False</difficult>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, false},
        {OBJECT("x", "<difficult>No</difficult>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, false},
        {OBJECT("x", "<difficult>0.0</difficult>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, false},
        {OBJECT("x", "<difficult>TRUE</difficult>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, true},
        {OBJECT("x", "<difficult>yes</difficult>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, true},
        {OBJECT("x", "<difficult>1</difficult><difficult>0</difficult>", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, true},
        {OBJECT("x</name><name>y", "", "4", "3", "11", "6"), NULL, {3, 2, 8, 4}, false},
        {OBJECT("x", "", "4", "3.25", "3", "3.75"), "put in order", {2, 2.25, 2, 1.5}, false},
    };
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("a.png", "plain.png");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        xml("a.xml", bx_printf(&a, SIZE "%s", table[i].object));
        read_or_fail("", voc, &t, &a);
        box_is(&t, 0, table[i].box[0], table[i].box[1], table[i].box[2], table[i].box[3]);
        if (table[i].said ? !noted(&t, table[i].said) : t.nnotes > 0)
            fail_msg("%s: says '%s', expected '%s'", table[i].object, t.nnotes ? t.notes[0].text : "", table[i].said);
        assert_int_equal(t.ann_flags[0], table[i].difficult ? BX_ANN_IGNORE : 0);
        assert_string_equal(t.class_name[0], "x");
        assert_true(t.ann_area[0] == table[i].box[2] * table[i].box[3] && !t.ann_mask);
    }
    xml("a.xml", SIZE OBJECT("x", "", "4", "3", "4", "6"));
    read_or_fail("", (struct bx_testset_options){.voc_from_zero = true}, &t, &a);
    assert_true(noted(&t, "1 box has no area (first: a.xml:2): kept"));
    bx_arena_release(&a);
}

/* "ß" is DF there; other letters are as long as they are. Expected bytes: Python's codecs. */
static void files_are_read_in_the_encoding_that_they_declare(void **state)
{
    (void)state;
#define NAMED(name)                                                                                                                        \
    "<annotation><object><name>" name                                                                                                      \
    "</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>"
#define DECLARED(encoding, name) "<?xml version=\"1.0\" encoding=\"" encoding "\" ?>\n" NAMED(name)
    static const struct {
        const char *text, *name;
    } table[] = {
        {DECLARED("windows-1252", "Schlo\xDF"), "Schloß"},
        {DECLARED("Windows-1251", "\xEA\xEE\xF2"), "кот"},
        {DECLARED("ISO-8859-1", "Schlo\xDF"), "Schloß"},
        {DECLARED("latin-1", "Schlo\xDF"), "Schloß"},
        {DECLARED("iso-8859-15", "\xA4"), "€"},
        {DECLARED("GB2312", "\xC3\xA8"), "猫"},
        {DECLARED("gbk", "\x96\x7C"), "東" /* not in GB 2312 */},
        {DECLARED("gb2312", "\x96\x7C"), "東"},
        {DECLARED("big5", "\xBF\xDF"), "貓"},
        {DECLARED("Shift_JIS", "\x94\x4C\x83\x5C"), "猫ソ"},
        {DECLARED("EUC-JP", "\xC7\xAD"), "猫"},
        {DECLARED("euc-kr", "\xB0\xED"), "고"},
        {DECLARED("koi8-r", "\xCB\xCF\xD4"), "кот"},
        {DECLARED("utf-8", "猫"), "猫"},
        {DECLARED("utf-16", "猫"), "猫"}, /* what .NET's StringWriter says of what is then saved as UTF-8 */
        {"\xEF\xBB\xBF" DECLARED("utf-8", "猫"), "猫"},
        {"\xEF\xBB\xBF" DECLARED("gb2312", "猫"), "猫"},
        {"\xEF\xBB\xBF" NAMED("猫"), "猫"},
        {"<?xml version='1.0' encoding='windows-1252'?>" NAMED("\x80"), "€"},
    };
    struct bx_arena a = {0};
    struct bx_testset t;
    put_image("a.png", "plain.png");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        put("a.xml", table[i].text);
        read_or_fail("", voc, &t, &a);
        if (strcmp(t.class_name[0], table[i].name) != 0)
            fail_msg("row %zu: '%s', expected '%s'", i, t.class_name[0], table[i].name);
    }
    for (int wide = 0; wide < 4; wide++) { /* UTF-16, either end first, with a mark and without */
        static const char text[] = DECLARED("utf-16", "cat");
        char bytes[2 * sizeof text] = {0};
        size_t n = 0;
        if (wide < 2)
            n = (size_t)snprintf(bytes, 3, "%s", wide ? "\xFF\xFE" : "\xFE\xFF");
        for (size_t k = 0; text[k]; k++, n += 2)
            bytes[n + !(wide & 1)] = text[k];
        put_bytes("a.xml", bytes, n);
        read_or_fail("", voc, &t, &a);
        assert_string_equal(t.class_name[0], "cat");
    }
    bx_arena_release(&a);
}

static void every_file_has_its_own_image(void **state)
{
    (void)state;
    put_image("a.png", "plain.png");
    xml("a.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    xml("b.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    refused("", voc, "b.xml: no image 'b.*' and no 'other.jpg'");
    xml("c.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    refused("", voc, "(the first of 2 annotation files without image)");
    empty_folder(NULL);
    put_image("a.png", "plain.png");
    xml("a.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
    xml("b.xml", SIZE OBJECT("x", "", "1", "1", "2", "2"));
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
        T(sizes_must_agree),
        T(bad_files_are_refused_at_their_place),
        T(all_faults_are_counted),
        T(what_is_odd_is_read_and_told),
        T(files_are_read_in_the_encoding_that_they_declare),
        T(every_file_has_its_own_image),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
