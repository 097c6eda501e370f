/* Average precision and recall on small sets, by hand. */
#include "tests/metric/made.h"
#include "core/metric/coco.h"
#include "core/metric/confusion.h"
#include "core/metric/curves.h"
#include "core/metric/sums.h"
#include <stdlib.h>

#define NEAR 1e-12
#define SQUARE                                                                                                                             \
    {                                                                                                                                      \
        10, 10, 50, 50                                                                                                                     \
    }
#define HALF                                                                                                                               \
    {                                                                                                                                      \
        10, 10, 50, 25                                                                                                                     \
    } /* IoU 0.5 with SQUARE */
#define ELSEWHERE                                                                                                                          \
    {                                                                                                                                      \
        200, 200, 50, 50                                                                                                                   \
    }

struct example {
    const char *name;
    struct gt g[4];
    size_t ng;
    struct dt d[4];
    size_t nd;
    double ap, ap50, ap75, ar1, ar100; /* -1: not defined */
};
static const struct example examples[] = {
    {"a perfect detection", {{0, 0, SQUARE, 0, 0}}, 1, {{0, 0, SQUARE, .9}}, 1, 1, 1, 1, 1, 1},
    {"no detection", {{0, 0, SQUARE, 0, 0}}, 1, {{0, 0, {0, 0, 0, 0}, 0}}, 0, 0, 0, 0, 0, 0},
    {"no annotation", {{0, 0, SQUARE, 0, 0}}, 0, {{0, 0, SQUARE, .9}}, 1, -1, -1, -1, -1, -1},
    {"a detection at IoU 0.5 counts at the first threshold only", {{0, 0, SQUARE, 0, 0}}, 1, {{0, 0, HALF, .9}}, 1, .1, 1, 0, .1, .1},
    {"a false positive above a hit halves precision",
     {{0, 0, SQUARE, 0, 0}},
     1,
     {{0, 0, ELSEWHERE, .9}, {0, 0, SQUARE, .8}},
     2,
     .5,
     .5,
     .5,
     0,
     1},
    {"a false positive below a hit costs nothing",
     {{0, 0, SQUARE, 0, 0}},
     1,
     {{0, 0, ELSEWHERE, .7}, {0, 0, SQUARE, .8}},
     2,
     1,
     1,
     1,
     1,
     1},
    {"a second detection of one object is false",
     {{0, 0, SQUARE, 0, 0}, {0, 0, ELSEWHERE, 0, 0}},
     2,
     {{0, 0, SQUARE, .9}, {0, 0, SQUARE, .8}, {0, 0, ELSEWHERE, .7}},
     3,
     (51 + 50 * 2 / 3.) / 101,
     (51 + 50 * 2 / 3.) / 101,
     (51 + 50 * 2 / 3.) / 101,
     .5,
     1},
    {"one of two objects found: recall stops at one half",
     {{0, 0, SQUARE, 0, 0}, {0, 0, ELSEWHERE, 0, 0}},
     2,
     {{0, 0, SQUARE, .9}},
     1,
     51 / 101.,
     51 / 101.,
     51 / 101.,
     .5,
     .5},
    {"detections in a crowd region are left out",
     {{0, 0, SQUARE, 0, 0}, {0, 0, {200, 200, 90, 90}, BX_ANN_CROWD, 0}},
     2,
     {{0, 0, {210, 210, 20, 20}, .99}, {0, 0, {240, 240, 20, 20}, .98}, {0, 0, SQUARE, .9}},
     3,
     1,
     1,
     1,
     0,
     1},
    {"an ignored object takes one detection, the next is false",
     {{0, 0, SQUARE, 0, 0}, {0, 0, ELSEWHERE, BX_ANN_IGNORE, 0}},
     2,
     {{0, 0, ELSEWHERE, .99}, {0, 0, ELSEWHERE, .98}, {0, 0, SQUARE, .9}},
     3,
     .5,
     .5,
     .5,
     0,
     1},
    {"the other class is another matter", {{0, 0, SQUARE, 0, 0}}, 1, {{0, 1, SQUARE, .9}, {0, 0, SQUARE, .8}}, 2, 1, 1, 1, 1, 1},
    {"the other image is another matter", {{0, 0, SQUARE, 0, 0}}, 1, {{0, 0, SQUARE, .8}, {1, 0, SQUARE, .9}}, 2, .5, .5, .5, 1, 1},
};

static void close_to(const char *name, const char *what, double got, double want)
{
    if (!(fabs(got - want) <= NEAR))
        fail_msg("%s: %s: found %.17g, expected %.17g", name, what, got, want);
}

static void small_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const struct example *x = &examples[i];
        struct made m;
        struct bx_scene s;
        struct bx_coco c;
        struct bx_coco_options o = {.threads = 1};
        make(&m, 2, 2, x->g, x->ng, x->d, x->nd);
        make_scene(&m, &s);
        bx_coco_eval(&s, &o, &c, &m.arena);
        close_to(x->name, "AP", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_ALL, -1), x->ap);
        close_to(x->name, "AP50", bx_coco_ap(&c, 0, BX_SIZE_ALL, -1), x->ap50);
        close_to(x->name, "AP75", bx_coco_ap(&c, bx_coco_threshold(&c, 0.75), BX_SIZE_ALL, -1), x->ap75);
        close_to(x->name, "AR1", bx_coco_ar(&c, BX_SIZE_ALL, 0, -1), x->ar1);
        close_to(x->name, "AR100", bx_coco_ar(&c, BX_SIZE_ALL, 2, -1), x->ar100);
        bx_arena_release(&m.arena);
    }
}

static void area_1024_is_small_and_medium(void **state)
{
    (void)state;
    struct gt g[] = {{0, 0, {0, 0, 32, 32}, 0, 0}};
    struct dt d[] = {{0, 0, {0, 0, 32, 32}, .9}};
    struct made m;
    struct bx_scene s;
    struct bx_coco c;
    struct bx_coco_options o = {.threads = 1};
    make(&m, 1, 1, g, 1, d, 1);
    make_scene(&m, &s);
    bx_coco_eval(&s, &o, &c, &m.arena);
    close_to("1024", "small", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_SMALL, -1), 1);
    close_to("1024", "medium", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_MEDIUM, -1), 1);
    close_to("1024", "large", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_LARGE, -1), -1);
    bx_arena_release(&m.arena);
}

static void the_hundred_and_first_detection_is_not_looked_at(void **state)
{
    (void)state;
    struct gt g[] = {{0, 0, SQUARE, 0, 0}};
    struct dt d[101];
    for (int i = 0; i < 101; i++)
        d[i] = (struct dt){0, 0, ELSEWHERE, .5};
    memcpy(d[100].box, g[0].box, sizeof d[100].box);
    for (int limit = 100; limit <= 101; limit++) {
        struct made m;
        struct bx_scene s;
        struct bx_coco c;
        uint32_t limits[] = {(uint32_t)limit};
        struct bx_coco_options o = {.max_dets = limits, .nmax_dets = 1, .threads = 1};
        make(&m, 1, 1, g, 1, d, 101);
        make_scene(&m, &s);
        bx_coco_eval(&s, &o, &c, &m.arena);
        close_to("limit", "AR", bx_coco_ar(&c, BX_SIZE_ALL, 0, -1), limit == 101);
        bx_arena_release(&m.arena);
    }
}

/* A file may name a hundred thousand classes and have objects of two: what is kept is of those. */
static void classes_without_objects_take_no_planes(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct gt g[] = {{0, 7, SQUARE, 0, 0}, {0, MANY - 1, ELSEWHERE, 0, 100 * 100}};
    struct dt d[] = {{0, 0, SQUARE, .9}, {0, 1, ELSEWHERE, .8}};
    struct bx_scene s;
    struct bx_coco c;
    struct bx_confusion confusion;
    struct bx_coco_options o = {.threads = 1};
    struct bx_arena a = {0};
    struct bx_err e;
    const char **names = BX_NEW(&a, const char *, MANY), *two[] = {"class 7", "class 99999"};
    for (size_t k = 0; k < MANY; k++)
        names[k] = bx_printf(&a, "class %zu", k);
    struct bx_testset t = build_testset(&a, names, MANY, 1, g, 2);
    struct bx_detections dets = build_detections(&a, two, 1, d, 2);
    uint32_t class_of[2];
    assert_true(bx_classmap_resolve(&dets, &t, NULL, 0, class_of, &e));
    struct bx_metric_input in = {.testset = &t, .detections = &dets, .class_of = class_of, .geometry = BX_GEOM_BOX};
    assert_true(bx_scene_make(&in, &s, &a, &e));
    bx_coco_eval(&s, &o, &c, &a);
    assert_int_equal(c.K, MANY);
    assert_int_equal(c.columns[BX_SIZE_ALL], 2);
    assert_int_equal(c.columns[BX_SIZE_LARGE], 1);
    assert_int_equal(c.columns[BX_SIZE_MEDIUM], 1);
    assert_int_equal(c.columns[BX_SIZE_SMALL], 0);
    close_to("many", "AP", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_ALL, -1), 1);
    close_to("many", "AP of one", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_LARGE, MANY - 1), 1);
    close_to("many", "AP of another", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_LARGE, 7), -1);
    close_to("many", "AP of none", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_ALL, 8), -1);
    bx_confusion(&s, 0.5, 0.5, &confusion, &a);
    assert_int_equal(confusion.n, MANY + 1);
    assert_int_equal(confusion.ncells, 2);
    assert_true(confusion.cell[1].row == MANY - 1 && confusion.cell[1].column == MANY - 1 && confusion.cell[1].count == 1);
    bx_arena_release(&a);
}

/* A lost annotation (id 0) takes its detection with it. */
static void a_lost_annotation_is_consumed(void **state)
{
    (void)state;
    struct gt g[] = {{0, 0, SQUARE, BX_ANN_LOST, 0}, {0, 0, ELSEWHERE, 0, 0}};
    struct dt d[] = {{0, 0, SQUARE, .9}, {0, 0, ELSEWHERE, .8}};
    struct made m;
    struct bx_scene s;
    struct bx_coco c;
    struct bx_coco_options o = {.threads = 1};
    make(&m, 1, 1, g, 2, d, 2);
    make_scene(&m, &s);
    bx_coco_eval(&s, &o, &c, &m.arena);
    close_to("lost", "AR", bx_coco_ar(&c, BX_SIZE_ALL, 2, -1), .5);
    close_to("lost", "AP", bx_coco_ap(&c, BX_COCO_ANY, BX_SIZE_ALL, -1), 51 * .5 / 101);
    bx_arena_release(&m.arena);
}

static uint64_t seed = 88172645463325252u;
static double random_unit(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

static void threads_and_thresholds_change_no_bit(void **state)
{
    (void)state;
    enum { NG = 300, ND = 900, IMAGES = 12 };
    static struct gt g[NG];
    static struct dt d[ND];
    for (uint32_t i = 0; i < NG; i++)
        g[i] = (struct gt){i * IMAGES / NG,
                           (uint32_t)(random_unit() * 5),
                           {random_unit() * 100, random_unit() * 100, 5 + random_unit() * 90, 5 + random_unit() * 90},
                           random_unit() < .1 ? BX_ANN_CROWD : 0,
                           0};
    for (uint32_t i = 0; i < ND; i++) {
        d[i] = (struct dt){i * IMAGES / ND,
                           (uint32_t)(random_unit() * 5),
                           {random_unit() * 100, random_unit() * 100, 5 + random_unit() * 90, 5 + random_unit() * 90},
                           floor(random_unit() * 50) / 50};
        if (i % 3)
            memcpy(d[i].box, g[i * NG / ND].box, sizeof d[i].box);
    }
    char first[3][65], again[65];
    struct made m;
    struct bx_scene s;
    struct bx_coco c;
    make(&m, IMAGES, 5, g, NG, d, ND);
    make_scene(&m, &s);
    for (int threads = 1; threads <= 5; threads++) {
        struct bx_coco_options o = {.threads = threads, .arrays = true, .matches = threads > 2};
        bx_coco_eval(&s, &o, &c, &m.arena);
        for (int i = 0; i < 3; i++) {
            bx_coco_hash(&c, "prs"[i], threads == 1 ? first[i] : again);
            if (threads > 1)
                assert_string_equal(again, first[i]);
        }
    }
    /* Twenty thresholds run in two blocks; the first ten are the usual ones. */
    double iou[20], ap[2];
    for (size_t i = 0; i < 20; i++)
        iou[i] = i < 10 ? c.iou[i] : .3 + .01 * (double)i;
    struct bx_coco_options o = {.iou = iou, .niou = 20, .threads = 2};
    for (size_t t = 0; t < 10; t++) {
        struct bx_coco many;
        bx_coco_eval(&s, &o, &many, &m.arena);
        ap[0] = bx_coco_ap(&c, t, BX_SIZE_ALL, -1);
        ap[1] = bx_coco_ap(&many, t, BX_SIZE_ALL, -1);
        assert_true(ap[0] == ap[1]);
    }
    bx_arena_release(&m.arena);
}

/* Matched as they lie and sorted where their boxes lay, or sorted first: where detections are in order, where they are not, where some have
 * a class that the test set does not have. */
static void to_spend_the_boxes_changes_no_bit(void **state)
{
    (void)state;
    enum { NG = 200, ND = 3000, IMAGES = 10 };
    static struct gt g[NG];
    static struct dt d[ND];
    for (int kind = 0; kind < 3; kind++) {
        for (uint32_t i = 0; i < NG; i++)
            g[i] = (struct gt){i * IMAGES / NG, (uint32_t)(random_unit() * 4), {random_unit() * 100, random_unit() * 100, 40, 30}, 0, 0};
        for (uint32_t i = 0; i < ND; i++) {
            const struct gt *near = &g[i * NG / ND];
            double score = kind == 1 ? floor(random_unit() * 9) / 9 : 1 - floor(i % (ND / IMAGES) / 7.) / 99;
            d[i] = (struct dt){i * IMAGES / ND, near->class_index, {near->box[0] + random_unit() * 30, near->box[1], 40, 30}, score};
            d[i].class_index = kind == 2 && i % 17 == 0 ? 4 : d[i].class_index;
        }
        for (int threads = 1; threads <= 3; threads++) {
            struct bx_coco c[2];
            struct made m;
            struct bx_scene s;
            struct bx_confidence_curve curve[2];
            char hash[2][3][65];
            make(&m, IMAGES, 4, g, NG, d, ND);
            make_scene(&m, &s);
            for (int spend = 0; spend < 2; spend++) {
                struct bx_coco_options o = {.threads = threads, .matches = true, .arrays = true, .spend = spend};
                bx_coco_eval(&s, &o, &c[spend], &m.arena);
                for (int i = 0; i < 3; i++)
                    bx_coco_hash(&c[spend], "prs"[i], hash[spend][i]);
                bx_confidence(&s, &c[spend], bx_verdicts(&s, &c[spend], 0, BX_SIZE_ALL, &m.arena), BX_SIZE_ALL, true, &curve[spend],
                              &m.arena);
            }
            assert_int_equal(c[0].norder, c[1].norder);
            assert_memory_equal(c[0].order, c[1].order, c[0].norder * sizeof *c[0].order);
            assert_memory_equal(c[0].match_det, c[1].match_det, c[0].norder * sizeof *c[0].match_det);
            assert_memory_equal(hash[0], hash[1], sizeof hash[0]);
            assert_int_equal(curve[0].n, curve[1].n);
            assert_true(curve[0].max.f1 == curve[1].max.f1 && curve[0].max.f1 > 0);
            bx_arena_release(&m.arena);
        }
    }
}

/* 0.1 added a thousand times: what NumPy's np.sum(np.full(n, 0.1)) prints. */
static void sums_are_numpys(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double sum;
    } table[] = {{0, 0}, {7, 0.7}, {8, 0.8}, {10, 1.0}, {100, 10.000000000000002}, {128, 12.8}, {1000, 100.0}, {80800, 8080.0}};
    double *v = malloc(80800 * sizeof *v);
    for (size_t i = 0; i < 80800; i++)
        v[i] = .1;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (fabs(bx_sum(v, table[i].n) - table[i].sum) > 1e-9)
            fail_msg("sum of %zu: %.17g", table[i].n, bx_sum(v, table[i].n));
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_sets),
        cmocka_unit_test(area_1024_is_small_and_medium),
        cmocka_unit_test(the_hundred_and_first_detection_is_not_looked_at),
        cmocka_unit_test(classes_without_objects_take_no_planes),
        cmocka_unit_test(a_lost_annotation_is_consumed),
        cmocka_unit_test(threads_and_thresholds_change_no_bit),
        cmocka_unit_test(to_spend_the_boxes_changes_no_bit),
        cmocka_unit_test(sums_are_numpys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
