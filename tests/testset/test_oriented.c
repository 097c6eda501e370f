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

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_quadrilateral_is_an_oriented_box_where_that_is_the_task),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
