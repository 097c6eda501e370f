/* Oriented boxes, in every spelling that a label tool has for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/testset/labels.h"
#include <math.h>

static const struct bx_testset_options obb = {.format = "auto", .task = BX_OBB};

static void corners_are(const struct bx_testset *t, size_t k, const double want[8], double within)
{
    for (int i = 0; i < 8; i++)
        if (!(fabs(t->ann_obb[8 * k + (size_t)i] - want[i]) <= within))
            fail_msg("number %d of oriented box %zu is %.9g, expected %.9g", i, k, t->ann_obb[8 * k + (size_t)i], want[i]);
}

static void coco(const char *segmentation)
{
    char text[1000];
    snprintf(text, sizeof text,
             "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\", \"width\": 40, \"height\": 20}], \"categories\": [{\"id\": 1, \"name\": "
             "\"x\"}], \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [2, 2, 8, 8], \"iscrowd\": 0, "
             "\"segmentation\": %s}]}",
             segmentation);
    put("annotations.json", text);
}

static void a_quadrilateral_is_an_oriented_box_where_that_is_the_task(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    static const struct {
        const char *segmentation;
        bool is;
    } table[] = {
        {"[[6, 2, 10, 6, 6, 10, 2, 6]]", true},
        {"[[\"6\", \"2\", \"10.0\", 6, 6, 10, \"2\", \"6\"]]", true},
        {"[ [6.0,2,\n10,6,6,10 , 2,6] ]", true},
        {"[[6, 2, 10, 6, 6, 10, 2, 6, 6, 2]]", true}, /* closed */
        {"[[6, 2, 10, 6, 6, 10, 2, 6, 6, 3]]", false},
        {"[[6, 2, 10, 6, 6, 10]]", false},
        {"[[6, 2, 10, 6, 6, 10, 2, 6], [1, 1, 2, 1, 2, 2, 1, 2]]", false},
        {"{\"size\": [20, 40], \"counts\": [0, 8, 792]}", false},
    };
    put_image("a.png", "plain.png");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        coco(table[i].segmentation);
        read_or_fail("", obb, &t, &a);
        if (bx_testset_has(&t, BX_GEOM_OBB) != table[i].is)
            fail_msg("%s: %s", table[i].segmentation, table[i].is ? "is none" : "is one");
        if (table[i].is) {
            corners_are(&t, 0, (double[8]){6, 2, 10, 6, 6, 10, 2, 6}, 0);
            assert_true(t.ann_area[0] == 32);
        }
    }
    coco(table[0].segmentation);
    read_or_fail("", (struct bx_testset_options){.task = BX_SEGMENT}, &t, &a);
    assert_null(t.ann_obb);
    bx_arena_release(&a);
}

/* Two boxes that are one: cx, cy, w, h and an angle, clockwise as the picture is seen, are worked out by hand at right angles and at the
 * angle whose sine and cosine are 0.6 and 0.8. */
static void rolabelimg(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
#define TURNED(angle)                                                                                                                      \
    "<object><type>robndbox</type><name>x</name><robndbox><cx>20</cx><cy>10</cy><w>10</w><h>5</h><angle>" angle                            \
    "</angle></robndbox></object>"
#define UPRIGHT                                                                                                                            \
    "<object><type>bndbox</type><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>8</ymax></bndbox></object>"
    static const struct {
        const char *object;
        double corners[8], box[4], area;
    } table[] = {
        {TURNED("0"), {25, 12.5, 25, 7.5, 15, 7.5, 15, 12.5}, {15, 7.5, 10, 5}, 50},
        {TURNED("1.5707963267948966"), {17.5, 15, 22.5, 15, 22.5, 5, 17.5, 5}, {17.5, 5, 5, 10}, 50},
        {TURNED("0.6435011087932844"), {22.5, 15, 25.5, 11, 17.5, 5, 14.5, 9}, {14.5, 5, 11, 10}, 50},
        {TURNED("-0.6435011087932844"), {25.5, 9, 22.5, 5, 14.5, 11, 17.5, 15}, {14.5, 5, 11, 10}, 50},
        {UPRIGHT, {0, 0, 4, 0, 4, 8, 0, 8}, {0, 0, 4, 8}, 32},
        {"<object><name>x</name><robndbox><x_left_top>15</x_left_top><y_left_top>7</y_left_top><x_right_top>25</"
         "x_right_top><y_right_top>7</"
         "y_right_top><x_right_bottom>25</x_right_bottom><y_right_bottom>12</y_right_bottom><x_left_bottom>15</"
         "x_left_bottom><y_left_bottom>12</"
         "y_left_bottom></robndbox></object>",
         {15, 7, 25, 7, 25, 12, 15, 12},
         {15, 7, 10, 5},
         50},
        {"<object><name>x</name><polygon><x1>7</x1><y1>3</y1><x2>11</x2><y2>7</y2><x3>7</x3><y3>11</y3><x4>3</x4><y4>7</y4></polygon></"
         "object>",
         {6, 2, 10, 6, 6, 10, 2, 6},
         {2, 2, 8, 8},
         32},
    };
    put_image("a.png", "plain.png");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        put("a.xml", bx_printf(&a, "<annotation>%s</annotation>", table[i].object));
        read_or_fail("", obb, &t, &a);
        corners_are(&t, 0, table[i].corners, 1e-9);
        box_is(&t, 0, table[i].box[0], table[i].box[1], table[i].box[2], table[i].box[3]);
        assert_true(t.ann_area[0] == table[i].area);
    }
    put("a.xml", "<annotation>" UPRIGHT "\n" TURNED("0") "</annotation>");
    read_or_fail("", obb, &t, &a);
    assert_true(noted(&t, "1 object is an upright box (first: a.xml:1): its corners are taken"));
    read_or_fail("", (struct bx_testset_options){.task = BX_DETECT}, &t, &a);
    assert_true(!t.ann_obb && noted(&t, "1 object is an oriented box (first: a.xml:2): the upright box around it is taken"));
    bx_arena_release(&a);
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_quadrilateral_is_an_oriented_box_where_that_is_the_task),
        T(rolabelimg),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
