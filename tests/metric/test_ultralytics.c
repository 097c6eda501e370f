/* What ultralytics/1 says of cases small enough to be worked out by hand, from ALGORITHMS' rules: lines and trapezoids, f32, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/metric/ul_box.h"
#include "core/metric/ultralytics.h"
#include "tests/build.h"
#include "tests/random.h"
#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const classes[] = {"a", "b"};

static struct bx_ul run(struct bx_arena *a, struct bx_testset t, const struct dt *d, size_t n, struct bx_ul_options o)
{
    struct bx_detections dets = build_detections(a, classes, t.nimages, d, n);
    uint32_t *class_of = BX_NEW(a, uint32_t, dets.nnames);
    struct bx_metric_input in = {.testset = &t, .detections = &dets, .class_of = class_of, .geometry = BX_GEOM_BOX};
    struct bx_scene s;
    struct bx_ul u;
    struct bx_err e;
    assert_true(bx_classmap_resolve(&dets, &t, NULL, 0, class_of, &e));
    assert_true(bx_scene_make(&in, &s, a, &e));
    assert_true(bx_ul_eval(&s, &o, &u, a, &e));
    return u;
}

#define BOX                                                                                                                                \
    {                                                                                                                                      \
        10, 10, 20, 20                                                                                                                     \
    }
#define FAR                                                                                                                                \
    {                                                                                                                                      \
        200, 200, 20, 20                                                                                                                   \
    }

static void small_cases(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct gt g[3];
        size_t ng;
        struct dt d[4];
        size_t nd;
        double map_50, map;
        size_t labels, detections;
    } rows[] = {
        /* the last of 101 points is 0, and weighs half of a step: 1 - 0.01/2 */
        {"a perfect class", {{0, 0, BOX, 0, 0}}, 1, {{0, 0, BOX, 0.9}}, 1, 0.995, 0.995, 1, 1},
        /* precision 1 up to but not at recall 0.5: 49 steps whole, one by half */
        {"one of two found", {{0, 0, BOX, 0, 0}, {0, 0, FAR, 0, 0}}, 2, {{0, 0, BOX, 0.9}}, 1, 0.495, 0.495, 2, 1},
        {"a score of 0.001 is not above it", {{0, 0, BOX, 0, 0}}, 1, {{0, 0, BOX, 0.001}}, 1, 0, 0, 1, 0},
        {"a score of f32 above it is", {{0, 0, BOX, 0, 0}}, 1, {{0, 0, BOX, 0.0010001}}, 1, 0.995, 0.995, 1, 1},
        {"a score that is no number", {{0, 0, BOX, 0, 0}}, 1, {{0, 0, BOX, NAN}}, 1, 0, 0, 1, 0},
        {"a repeated label", {{0, 0, BOX, 0, 0}, {0, 0, BOX, 0, 0}}, 2, {{0, 0, BOX, 0.9}}, 1, 0.995, 0.995, 1, 1},
        {"the same box of another class", {{0, 0, BOX, 0, 0}, {0, 1, BOX, 0, 0}}, 2, {{0, 0, BOX, 0.9}}, 1, 0.4975, 0.4975, 2, 1},
        {"a crowd is no label", {{0, 0, BOX, 0, 0}, {0, 0, FAR, BX_ANN_CROWD, 0}}, 2, {{0, 0, BOX, 0.9}}, 1, 0.995, 0.995, 1, 1},
        {"a box without height is none", {{0, 0, BOX, 0, 0}, {0, 0, {5, 5, 9, 0}, 0, 9}}, 2, {{0, 0, BOX, 0.9}}, 1, 0.995, 0.995, 1, 1},
        {"difficult says nothing", {{0, 0, BOX, BX_ANN_IGNORE, 0}}, 1, {{0, 0, BOX, 0.9}}, 1, 0.995, 0.995, 1, 1},
        {"nothing to find", {{0}}, 0, {{0, 0, BOX, 0.9}}, 1, 0, 0, 0, 1},
        /* IoU 20*15/(20*20 + 20*15 - 20*15) = 0.75: a hit at six of ten thresholds */
        {"a loose box", {{0, 0, BOX, 0, 0}}, 1, {{0, 0, {10, 10, 20, 15}, 0.9}}, 1, 0.995, 0.995 * 6 / 10, 1, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bx_arena a = {0};
        struct bx_ul u =
            run(&a, build_testset(&a, classes, 2, 1, rows[i].g, rows[i].ng), rows[i].d, rows[i].nd, (struct bx_ul_options){.threads = 1});
        if (fabs(u.map_50 - rows[i].map_50) > 1e-12 || fabs(u.map - rows[i].map) > 1e-12 || u.labels != rows[i].labels ||
            u.detections != rows[i].detections)
            fail_msg("%s: found mAP50 %.17g, mAP50-95 %.17g, %zu labels, %zu detections", rows[i].what, u.map_50, u.map, u.labels,
                     u.detections);
        bx_arena_release(&a);
    }
}

/* 300 an image, or as many as the fullest image has labels. */
static void an_image_has_a_limit(void **state)
{
    (void)state;
    struct gt g[301];
    struct dt d[400];
    for (size_t i = 0; i < 400; i++)
        d[i] = (struct dt){0, 0, {(double)i * 30, 0, 20, 20}, 1 - (double)i / 1000};
    for (size_t i = 0; i < 301; i++)
        g[i] = (struct gt){0, 0, {(double)i * 30, 0, 20, 20}, 0, 0};
    for (size_t labels = 299; labels <= 301; labels++) {
        struct bx_arena a = {0};
        struct bx_ul u = run(&a, build_testset(&a, classes, 2, 1, g, labels), d, 400, (struct bx_ul_options){0});
        assert_int_equal(u.detections, labels < 300 ? 300 : labels);
        assert_int_equal(u.image[0][0], labels);
        bx_arena_release(&a);
    }
}

static void all_classes_as_one(void **state)
{
    (void)state;
    static const struct gt g[] = {{0, 0, BOX, 0, 0}};
    static const struct dt d[] = {{0, 1, BOX, 0.9}};
    struct bx_arena a = {0};
    struct bx_testset t = build_testset(&a, classes, 2, 1, g, 1);
    struct bx_ul each = run(&a, t, d, 1, (struct bx_ul_options){.confusions = true}),
                 one = run(&a, t, d, 1, (struct bx_ul_options){.single_class = true});
    assert_true(each.map == 0 && fabs(one.map - 0.995) < 1e-12);
    assert_int_equal(each.confusion[0].ncells, 1); /* predicted b, truly a */
    assert_int_equal(each.confusion[0].cell[0].row, 1);
    assert_int_equal(each.confusion[0].cell[0].column, 0);
    bx_arena_release(&a);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    enum { IMAGES = 40, EACH = 25 };
    struct bx_arena a = {0};
    struct gt *g = BX_NEW(&a, struct gt, IMAGES * EACH);
    struct dt *d = BX_NEW(&a, struct dt, IMAGES * EACH);
    for (uint32_t i = 0; i < IMAGES * EACH; i++) {
        g[i] = (struct gt){i / EACH, any(2), {any(300), any(300), 40, 40}, 0, 0};
        d[i] = (struct dt){i / EACH, g[i].class_index, {g[i].box[0] + any(9), g[i].box[1], 40, 40}, any(50) / 50.};
    }
    struct bx_testset t = build_testset(&a, classes, 2, IMAGES, g, IMAGES * EACH);
    struct bx_ul one = run(&a, t, d, IMAGES * EACH, (struct bx_ul_options){.threads = 1});
    struct bx_ul four = run(&a, t, d, IMAGES * EACH, (struct bx_ul_options){.threads = 4});
    assert_true(one.map > 0.1 && one.map < 0.9);
    assert_memory_equal(one.of_class, four.of_class, one.K * sizeof *one.of_class);
    assert_memory_equal(one.f1_curve, four.f1_curve, one.K * BX_UL_POINTS * sizeof(double));
    assert_memory_equal(one.image, four.image, IMAGES * sizeof *one.image);
    bx_arena_release(&a);
}

/* Equal boxes: distance clamped to 1e-7, so 1 - sqrt(1 - exp(-1e-7) + 1e-7) = 1 - sqrt(2e-7), in f32 about 0.9995. */
static void oriented_boxes(void **state)
{
    (void)state;
    static const double upright[8] = {10, 10, 50, 10, 50, 30, 10, 30}, tall[8] = {10, 10, 30, 10, 30, 50, 10, 50},
                        line[8] = {0, 0, 10, 0, 20, 0, 5, 0}, point[8] = {3, 4, 3, 4, 3, 4, 3, 4};
    struct bx_ul_box u = bx_ul_box(upright), t = bx_ul_box(tall), l = bx_ul_box(line), p = bx_ul_box(point);
    assert_true(u.x == 30 && u.y == 20 && u.w == 40 && u.h == 20 && fabsf(u.angle) < 1e-6f);
    assert_true(t.x == 20 && t.y == 30 && t.w == 40 && t.h == 20 && fabs(t.angle - M_PI / 2) < 1e-6);
    assert_true(l.x == 10 && l.y == 0 && l.w == 20 && l.h == 0);
    assert_true(p.x == 3 && p.y == 4 && p.w == 0 && p.h == 0);
    float same = bx_ul_similarity(&u, &u), apart = bx_ul_similarity(&u, &(struct bx_ul_box){3000, 20, 40, 20, 0});
    assert_true(fabs(same - (1 - sqrt(2e-7))) < 1e-4 && same < 1);
    assert_true(apart >= 0 && apart < 1e-3f);
    /* a turned rectangle comes back, whatever the corner it begins with and the way around */
    for (int turn = 0; turn < 8; turn++) {
        double q[8], c = cos(0.3), s = sin(0.3);
        for (int i = 0; i < 4; i++) {
            int k = turn < 4 ? (i + turn) % 4 : (turn - i + 4) % 4;
            double x = k == 0 || k == 3 ? -30 : 30, y = k < 2 ? -10 : 10;
            q[2 * i] = 100 + x * c - y * s;
            q[2 * i + 1] = 90 + x * s + y * c;
        }
        struct bx_ul_box b = bx_ul_box(q);
        assert_true(fabsf(b.x - 100) < 1e-3f && fabsf(b.y - 90) < 1e-3f && fabsf(b.w - 60) < 1e-3f && fabsf(b.h - 20) < 1e-3f);
        assert_true(fabsf(b.angle - 0.3f) < 1e-5f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(small_cases), cmocka_unit_test(an_image_has_a_limit),
                                       cmocka_unit_test(all_classes_as_one), cmocka_unit_test(threads_change_nothing),
                                       cmocka_unit_test(oriented_boxes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
