/* The shipped data set is one set in five forms: COCO, YOLO boxes, polygons and oriented boxes, and VOC; and written here in the others.
 * What each can say, they say alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/testset/compare.h"
#include "tests/testset/labels.h"
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
    make_folder(state);
    struct bx_testset_options o = {.task = BX_SEGMENT, .need_images = true};
    struct bx_err e = {0};
    return bx_testset_read(SHAPES "test/annotations.json", &o, &coco, &arena, &e) ? 0 : -1;
}
static int release(void **state)
{
    bx_arena_release(&arena);
    return remove_folder(state);
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

/* Written with all their digits, and read beside the same images. */
static void load_written(const char *name, enum bx_task task, struct bx_testset *t)
{
    struct bx_testset_options o = {.task = task, .images = SHAPES "test/images", .need_images = true};
    struct bx_err e = {0};
    if (!bx_testset_read(in(&arena, name), &o, t, &arena, &e))
        fail_msg("%s", e.text);
}

static void put_all(const char *in_folder, const char *image, const char *extension, struct bx_buf *b)
{
    put(bx_printf(&arena, "%s/%s%s", in_folder, bx_path_stem(&arena, image), extension), bx_buf_str(b));
    bx_buf_clear(b);
}

/* COCO with `classes` in their order as categories, of what is no crowd in t: corners as a segmentation, or boxes. */
static void write_coco(const struct bx_testset *t, const char *const *classes, const size_t *class_of, size_t nclasses, bool corners)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_adds(&b, "{\"images\": [");
    for (size_t i = 0; i < t->nimages; i++)
        bx_buf_addf(&b, "%s{\"id\": %zu, \"file_name\": \"%s\", \"width\": %u, \"height\": %u}", i ? ", " : "", i + 1, t->image_file[i],
                    t->image_w[i], t->image_h[i]);
    bx_buf_adds(&b, "], \"categories\": [");
    for (size_t i = 0; i < nclasses; i++)
        bx_buf_addf(&b, "%s{\"id\": %zu, \"name\": \"%s\"}", i ? ", " : "", i + 1, classes[i]);
    bx_buf_adds(&b, "], \"annotations\": [");
    bool any = false;
    for (size_t i = 0; i < t->nimages; i++)
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++) {
            if (t->ann_flags[k])
                continue;
            const double *v = corners ? t->ann_obb + 8 * k : t->ann_box + 4 * k;
            bx_buf_addf(&b, "%s{\"id\": %zu, \"image_id\": %zu, \"category_id\": %zu, \"%s\": [%s", any ? ",\n" : "", k + 1, i + 1,
                        class_of[t->ann_class[k]] + 1, corners ? "segmentation" : "bbox", corners ? "[" : "");
            for (size_t c = 0; c < (corners ? 8 : 4); c++)
                bx_buf_addf(&b, "%s%.17g", c ? ", " : "", v[c]);
            bx_buf_adds(&b, corners ? "]]}" : "]}");
            any = true;
        }
    bx_buf_adds(&b, "]}");
    put("written/annotations.json", bx_buf_str(&b));
}

static void same_digest(const struct bx_testset *t, const struct bx_testset *u, enum bx_geometry g)
{
    char one[BX_DIGEST_SIZE], other[BX_DIGEST_SIZE];
    struct bx_err e = {0};
    assert_true(bx_testset_digest(t, g, one, &e) && bx_testset_digest(u, g, other, &e));
    assert_string_equal(one, other);
}

static void oriented_boxes_in_every_form(void **state)
{
    (void)state;
    struct bx_testset yolo, t, u;
    BX_CLEANUP_BUF struct bx_buf dota = {0}, xml = {0};
    static const char *const by_name[] = {"disc", "ring", "square", "star", "triangle"};
    static const char *const corner[] = {"x_left_top",     "y_left_top",     "x_right_top",   "y_right_top",
                                         "x_right_bottom", "y_right_bottom", "x_left_bottom", "y_left_bottom"};
    size_t place[5];
    load(SHAPES "test-obb", BX_OBB, NULL, &yolo);
    for (size_t c = 0; c < 5; c++)
        for (place[c] = 0; strcmp(by_name[place[c]], yolo.class_name[c]) != 0;)
            place[c]++;
    write_coco(&yolo, by_name, place, 5, true);
    for (size_t i = 0; i < yolo.nimages; i++) {
        bx_buf_adds(&dota, "imagesource:none\ngsd:1\n");
        bx_buf_addf(&xml, "<annotation><size><width>%u</width><height>%u</height></size>", yolo.image_w[i], yolo.image_h[i]);
        for (size_t k = yolo.ann_begin[i]; k < yolo.ann_begin[i + 1]; k++) {
            const char *name = yolo.class_name[yolo.ann_class[k]];
            bx_buf_addf(&xml, "<object><name>%s</name><robndbox>", name);
            for (size_t c = 0; c < 8; c++) {
                bx_buf_addf(&dota, "%.17g ", yolo.ann_obb[8 * k + c]);
                bx_buf_addf(&xml, "<%s>%.17g</%s>", corner[c], yolo.ann_obb[8 * k + c], corner[c]);
            }
            bx_buf_addf(&dota, "%s 0\n", name);
            bx_buf_adds(&xml, "</robndbox></object>");
        }
        bx_buf_adds(&xml, "</annotation>");
        put_all("dota/labelTxt", yolo.image_file[i], ".txt", &dota);
        put_all("voc", yolo.image_file[i], ".xml", &xml);
    }
    load_written("written", BX_OBB, &t);
    load_written("dota", BX_OBB, &u);
    same_digest(&t, &u, BX_GEOM_OBB);
    load_written("voc", BX_OBB, &u);
    same_digest(&t, &u, BX_GEOM_OBB);
}

/* Its classes are its own, and it has no crowd of one class: the same boxes under its names, crowds apart. */
static void visdrone(void **state)
{
    (void)state;
    static const char *const names[] = {"pedestrian", "people",   "bicycle",         "car", "van",
                                        "truck",      "tricycle", "awning-tricycle", "bus", "motor"};
    static const size_t place[] = {3, 0, 9, 4, 8};
    struct bx_testset t, u;
    BX_CLEANUP_BUF struct bx_buf b = {0};
    write_coco(&coco, names, place, 10, false);
    for (size_t i = 0; i < coco.nimages; i++) {
        for (size_t k = coco.ann_begin[i]; k < coco.ann_begin[i + 1]; k++) {
            const double *v = coco.ann_box + 4 * k;
            if (!coco.ann_flags[k])
                bx_buf_addf(&b, "%.17g,%.17g,%.17g,%.17g,1,%zu,0,0\n", v[0], v[1], v[2], v[3], place[coco.ann_class[k]] + 1);
        }
        put_all("visdrone/annotations", coco.image_file[i], ".txt", &b);
    }
    load_written("written", BX_DETECT, &t);
    load_written("visdrone", BX_DETECT, &u);
    same_digest(&t, &u, BX_GEOM_BOX);
}

/* Shares of the image round when they are made; a crowd is a group. */
static void open_images(void **state)
{
    (void)state;
    struct bx_testset t;
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_adds(&b, "ImageID,LabelName,XMin,XMax,YMin,YMax,IsGroupOf\n");
    for (size_t i = 0; i < coco.nimages; i++)
        for (size_t k = coco.ann_begin[i]; k < coco.ann_begin[i + 1]; k++) {
            const double *v = coco.ann_box + 4 * k, w = coco.image_w[i], h = coco.image_h[i];
            bx_buf_addf(&b, "%s,/m/%u,%.17g,%.17g,%.17g,%.17g,%d\n", bx_path_stem(&arena, coco.image_file[i]), coco.ann_class[k], v[0] / w,
                        (v[0] + v[2]) / w, v[1] / h, (v[1] + v[3]) / h, (coco.ann_flags[k] & BX_ANN_CROWD) != 0);
        }
    put("oi/test-annotations-bbox.csv", bx_buf_str(&b));
    bx_buf_clear(&b);
    for (size_t c = 0; c < coco.nclasses; c++)
        bx_buf_addf(&b, "/m/%zu,%s\n", c, coco.class_name[c]);
    put("oi/class-descriptions.csv", bx_buf_str(&b));
    load_written("oi", BX_DETECT, &t);
    struct bx_testset_diff d = against_coco(&t, true);
    assert_int_equal(d.unpaired[0] + d.flags, 0);
    assert_true(d.box.largest < 1e-9);
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
        cmocka_unit_test(yolo_boxes),
        cmocka_unit_test(yolo_polygons),
        cmocka_unit_test(yolo_oriented_boxes),
        cmocka_unit_test(oriented_boxes_in_every_form),
        cmocka_unit_test(visdrone),
        cmocka_unit_test(open_images),
        cmocka_unit_test(voc),
        cmocka_unit_test(the_other_splits),
        cmocka_unit_test(a_set_equals_itself),
    };
    return cmocka_run_group_tests(tests, load_coco, release);
}
