/* The shipped data set is one set in five forms: COCO, YOLO boxes, polygons and oriented boxes, and VOC. What each can say, they say alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/testset/compare.h"
#include "core/testset/read.h"
#include <math.h>

#define SHAPES TESTS_DIR "/data/shapes/"

static struct bx_arena arena;
static struct bx_testset coco;

static void load(const char *path, enum bx_task task, const char *split, struct bx_testset *t)
{
    struct bx_testset_options o = {.task = task, .split = split, .need_images = true};
    struct bx_err e = {0};
    if (!bx_testset_read(path, &o, t, &arena, &e))
        fail_msg("%s", e.text);
}

static int load_coco(void **state)
{
    (void)state;
    struct bx_testset_options o = {.task = BX_SEGMENT, .need_images = true};
    struct bx_err e = {0};
    return bx_testset_read(SHAPES "test/annotations.json", &o, &coco, &arena, &e) ? 0 : -1;
}
static int release(void **state)
{
    (void)state;
    bx_arena_release(&arena);
    return 0;
}

static size_t crowds(const struct bx_testset *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->nanns; i++)
        n += (t->ann_flags[i] & BX_ANN_CROWD) != 0;
    return n;
}

/* All images and classes are in both, sizes and orders as they should be; what is left is told by the caller. */
static struct bx_testset_diff against_coco(const struct bx_testset *t, bool class_order)
{
    struct bx_testset_diff d;
    struct bx_err e = {0};
    if (!bx_testset_compare(&coco, t, &d, &arena, &e))
        fail_msg("%s", e.text);
    assert_int_equal(d.images_both, 60);
    assert_int_equal(d.images_only[0] + d.images_only[1] + d.renamed + d.resized, 0);
    assert_int_equal(d.classes_both, 5);
    assert_int_equal(d.classes_only[0] + d.classes_only[1], 0);
    assert_int_equal(d.class_order, class_order);
    assert_false(d.image_order);
    assert_int_equal(d.unpaired[1], 0);
    assert_int_equal(d.reordered, 0);
    return d;
}

/* YOLO knows no crowds: they are what is missing, and nothing else is. */
static void yolo_boxes(void **state)
{
    (void)state;
    struct bx_testset t;
    load(SHAPES, BX_DETECT, NULL, &t);
    struct bx_testset_diff d = against_coco(&t, false);
    assert_int_equal(d.unpaired[0], crowds(&coco));
    assert_true(d.box.largest < 0.002); /* six decimals of at most 640 pixels, and COCO's two */
}

static void yolo_polygons(void **state)
{
    (void)state;
    struct bx_testset t;
    load(SHAPES "test-seg", BX_SEGMENT, NULL, &t);
    struct bx_testset_diff d = against_coco(&t, false);
    assert_int_equal(d.unpaired[0], crowds(&coco));
    assert_int_equal(d.mask.n, t.nanns);
    assert_true(d.mask.sum / (double)d.mask.n < 0.02 && d.mask.largest < 0.2); /* holes and parts hang together by a seam there */
}

static void yolo_oriented_boxes(void **state)
{
    (void)state;
    struct bx_testset t;
    load(SHAPES "test-obb", BX_OBB, NULL, &t);
    struct bx_testset_diff d = against_coco(&t, false);
    assert_int_equal(d.unpaired[0], crowds(&coco));
    assert_true(bx_testset_has(&t, BX_GEOM_OBB));
    assert_true(d.box.sum / (double)d.box.n < 5); /* it is of the whole shape's axes: around the visible box, not equal to it */
}

static void voc(void **state)
{
    (void)state;
    struct bx_testset t;
    load(SHAPES "test/voc", BX_DETECT, NULL, &t);
    struct bx_testset_diff d = against_coco(&t, true); /* by name, where COCO has its ids */
    assert_int_equal(d.unpaired[0], 0);
    assert_int_equal(d.flags, crowds(&coco)); /* crowds are "difficult" there */
    assert_true(d.box.largest <= 0.5 + 1e-9); /* whole pixels */
}

static void the_other_splits(void **state)
{
    (void)state;
    static const char *const splits[][3] = {{"train", "train/annotations.json", "12"}, {"val", "valid/annotations.json", "12"}};
    for (size_t i = 0; i < 2; i++) {
        struct bx_testset one, two;
        struct bx_testset_diff d;
        struct bx_err e = {0};
        char path[1000];
        snprintf(path, sizeof path, SHAPES "%s", splits[i][1]);
        load(path, BX_DETECT, NULL, &one);
        load(SHAPES, BX_DETECT, splits[i][0], &two);
        assert_true(bx_testset_compare(&one, &two, &d, &arena, &e));
        assert_int_equal(d.images_both, 12);
        assert_int_equal(d.images_only[0] + d.images_only[1], 0);
        assert_int_equal(d.unpaired[0], crowds(&one));
        assert_int_equal(d.unpaired[1], 0);
        assert_true(d.box.largest < 0.002);
    }
}

static void a_set_equals_itself(void **state)
{
    (void)state;
    struct bx_testset_diff d = against_coco(&coco, false);
    assert_true(d.same_digest[BX_GEOM_BOX] && d.same_digest[BX_GEOM_MASK] && !d.digest[BX_GEOM_OBB]);
    assert_int_equal(d.paired, coco.nanns);
    assert_true(d.box.largest == 0 && d.area.largest == 0 && d.mask.largest == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yolo_boxes), cmocka_unit_test(yolo_polygons),    cmocka_unit_test(yolo_oriented_boxes),
        cmocka_unit_test(voc),        cmocka_unit_test(the_other_splits), cmocka_unit_test(a_set_equals_itself),
    };
    return cmocka_run_group_tests(tests, load_coco, release);
}
