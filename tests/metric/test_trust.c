/* Resamples are what they are said to be: the weights' known answers, an evaluation with the images copied, intervals and ranks by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/metric/bootstrap.h"
#include "core/metric/curves.h"
#include "core/data/trust.h"
#include "core/metric/weights.h"
#include "tests/build.h"
#include "tests/random.h"
#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Random123's known answers. */
static void philox(void **state)
{
    (void)state;
    static const uint32_t rows[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t c[4];
        memcpy(c, rows[i] + 2, sizeof c);
        bx_philox(rows[i][0], rows[i][1], c);
        assert_memory_equal(c, rows[i] + 6, sizeof c);
    }
}

static void weights_follow_from_the_digest(void **state)
{
    (void)state;
    static const uint8_t expected[] = {1, 0, 0, 1, 0, 2, 0, 1, 0, 1, 0, 2, 3};
    const uint64_t of = bx_weights_seed("604879f7d5e1fcfe476033f8af6277cdc797a2e6c86708fd90e2174e2b4f2d0c");
    uint8_t w[COUNT(expected) * 4], more[COUNT(expected) * 64];
    assert_true(of == UINT64_C(0x0d87f5c3af2bb9a5));
    bx_weights(of, COUNT(expected), 0, 4, w);
    bx_weights(of, COUNT(expected), 0, 64, more);
    uint32_t sum = 0;
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(w[4 * i], expected[i]);
        for (size_t b = 0; b < 4; b++)
            assert_int_equal(w[4 * i + b], more[64 * i + b]);
    }
    for (size_t i = 0; i < sizeof more; i++)
        sum += more[i];
    assert_in_range(sum, sizeof more * 9 / 10, sizeof more * 11 / 10); /* 832 draws of mean 1, SD 0.035 */
}

enum { IMAGES = 24, OBJECTS = 150, FOUND = 500 };
static const char *const classes[] = {"a", "b", "rare"};

/* Objects of three sizes, crowds and difficult ones among them; no two scores alike. */
static void make_random(struct gt *g, struct dt *d)
{
    for (uint32_t i = 0; i < OBJECTS; i++) {
        const double side = (double[]){20, 60, 150}[any(3)];
        g[i] = (struct gt){any(IMAGES), i < 3 ? 2 : any(2), {any(300), any(300), side, side + any(20)}, 0, 0};
        g[i].flags = any(12) ? 0 : any(2) ? BX_ANN_CROWD : BX_ANN_IGNORE;
    }
    for (uint32_t i = 0; i < FOUND; i++) {
        const struct gt *near = &g[any(OBJECTS)];
        d[i] = (struct dt){any(4) ? near->image : any(IMAGES), any(5) ? near->class_index : any(3), {0}, (i + 0.5) / FOUND};
        for (int k = 0; k < 4; k++)
            d[i].box[k] = near->box[k] * (1 + (any(200) - 100.) / 700);
    }
}

struct made {
    struct bx_testset t;
    struct bx_detections d;
    uint32_t *class_of;
    struct bx_scene s;
    struct bx_coco c;
};

static void evaluate(struct made *m, size_t images, const struct gt *g, size_t ng, const struct dt *d, size_t nd, int threads,
                     struct bx_arena *a)
{
    struct bx_err e;
    m->t = build_testset(a, classes, 3, images, g, ng);
    m->d = build_detections(a, classes, images, d, nd);
    m->class_of = BX_NEW(a, uint32_t, m->d.nnames);
    assert_true(bx_classmap_resolve(&m->d, &m->t, NULL, 0, m->class_of, &e));
    assert_true(bx_scene_make(
        &(struct bx_metric_input){.testset = &m->t, .detections = &m->d, .class_of = m->class_of, .geometry = BX_GEOM_BOX}, &m->s, a, &e));
    bx_coco_eval(&m->s, &(struct bx_coco_options){.matches = true, .threads = threads}, &m->c, a);
}

/* Of a subset, place says where its images are in the whole set of IMAGES. */
static void resample(struct made *m, int threads, const uint32_t *place, struct bx_boot *b, struct bx_arena *a)
{
    const struct bx_boot_options o = {.seed = bx_weights_seed("any"),
                                      .resamples = 70,
                                      .confidence = 0.4,
                                      .classes = true,
                                      .image = place,
                                      .whole = IMAGES,
                                      .threads = threads};
    bx_bootstrap(&m->s, &m->c, &m->c, &o, b, a);
}

static bool near(double x, double y)
{
    return (isnan(x) && (isnan(y) || y == -1)) || fabs(x - y) < 1e-10;
}

/* Each resample is an evaluation of a test set in which the images stand as often as the weights say: each copy under a score a hair less,
 * so that copies follow one another. */
static void resamples_are_evaluations(uint32_t step)
{
    static struct gt g[OBJECTS], many[OBJECTS * 13];
    static struct dt d[FOUND], found[FOUND * 13];
    size_t objects = 0, detections = 0;
    const size_t images = IMAGES / step;
    uint32_t place[IMAGES];
    make_random(g, d);
    for (size_t i = 0; i < OBJECTS; i++)
        if (g[i].image % step == 0) {
            g[objects] = g[i];
            g[objects++].image /= step;
        }
    for (size_t i = 0; i < FOUND; i++)
        if (d[i].image % step == 0) {
            d[detections] = d[i];
            d[detections++].image /= step;
        }
    for (uint32_t i = 0; i < images; i++)
        place[i] = i * step;
    struct bx_arena a = {0};
    struct made m;
    struct bx_boot boot;
    uint8_t w[IMAGES * 72];
    evaluate(&m, images, g, objects, d, detections, 1, &a);
    resample(&m, 1, step > 1 ? place : NULL, &boot, &a);
    bx_weights(bx_weights_seed("any"), IMAGES, 0, 72, w);
    for (size_t b = 0; b < boot.B; b++) {
        uint32_t first[IMAGES + 1] = {0};
        size_t ng = 0, nd = 0;
        struct bx_arena own = {0};
        struct made copy;
        for (size_t i = 0; i < images; i++)
            first[i + 1] = first[i] + w[place[i] * 72 + b];
        for (size_t i = 0; i < objects; i++)
            for (uint32_t k = first[g[i].image]; k < first[g[i].image + 1]; k++) {
                many[ng] = g[i];
                many[ng++].image = k;
            }
        for (size_t i = 0; i < detections; i++)
            for (uint32_t k = first[d[i].image]; k < first[d[i].image + 1]; k++) {
                found[nd] = d[i];
                found[nd].image = k;
                found[nd++].score -= (k - first[d[i].image]) * 1e-6;
            }
        evaluate(&copy, first[images], many, ng, found, nd, 1, &own);
        assert_true(near(boot.value[BX_BOOT_AP][b], bx_coco_ap(&copy.c, BX_COCO_ANY, BX_SIZE_ALL, -1)));
        assert_true(near(boot.value[BX_BOOT_AP50][b], bx_coco_ap(&copy.c, 0, BX_SIZE_ALL, -1)));
        assert_true(near(boot.value[BX_BOOT_AP75][b], bx_coco_ap(&copy.c, 5, BX_SIZE_ALL, -1)));
        for (size_t z = BX_SIZE_SMALL; z < BX_NSIZES; z++)
            assert_true(near(boot.value[BX_BOOT_SIZES + z - 1][b], bx_coco_ap(&copy.c, BX_COCO_ANY, (enum bx_size)z, -1)));
        for (size_t k = 0; k < 3; k++)
            assert_true(near(boot.of_class[k][b], bx_coco_ap(&copy.c, BX_COCO_ANY, BX_SIZE_ALL, (int64_t)k)));
        const uint8_t *verdict = bx_verdicts(&copy.s, &copy.c, 0, BX_SIZE_ALL, &own);
        const struct bx_counts *n = bx_counts_at(&copy.s, &copy.c, verdict, BX_SIZE_ALL, 0.4, &own);
        assert_true(near(boot.value[BX_BOOT_F1][b], bx_counts_macro(&copy.c, BX_SIZE_ALL, n, bx_counts_f1)));
        assert_true(near(boot.value[BX_BOOT_RECALL][b], bx_counts_macro(&copy.c, BX_SIZE_ALL, n, bx_counts_recall)));
        bx_arena_release(&own);
    }
    bx_arena_release(&a);
}

static void a_resample_is_an_evaluation(void **state)
{
    (void)state;
    resamples_are_evaluations(1);
    resamples_are_evaluations(2); /* every second image: their weights stay */
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    static struct gt g[OBJECTS];
    static struct dt d[FOUND];
    make_random(g, d);
    struct bx_arena a = {0};
    struct made m;
    struct bx_boot one, four;
    evaluate(&m, IMAGES, g, OBJECTS, d, FOUND, 1, &a);
    resample(&m, 1, NULL, &one, &a);
    evaluate(&m, IMAGES, g, OBJECTS, d, FOUND, 4, &a);
    resample(&m, 4, NULL, &four, &a);
    for (size_t i = 0; i < one.nmetrics; i++)
        assert_memory_equal(one.value[i], four.value[i], one.B * sizeof(double));
    for (size_t k = 0; k < 3; k++)
        assert_memory_equal(one.of_class[k], four.of_class[k], one.B * sizeof(double));
    bx_arena_release(&a);
}

static void intervals(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 3, 4}, less[] = {0, 1, 2, 3}, thin[] = {1, 2, 3, NAN}, mixed[] = {2, 1, 4, 3};
    struct bx_interval v = bx_interval(2, x, 4);
    const double sd = sqrt(5. / 3);
    assert_true(v.there && v.mean == 2.5 && fabs(v.sd - sd) < 1e-15 && v.estimate == 2);
    assert_true(fabs(v.lo - (2 - BX_Z95 * sd)) < 1e-15 && fabs(v.hi - (2 + BX_Z95 * sd)) < 1e-15);
    assert_false(bx_interval(2, thin, 4).there);
    assert_false(bx_interval(NAN, x, 4).there);
    struct bx_difference same = bx_difference(2, x, 2, x, 4), better = bx_difference(2, x, 1, less, 4),
                         none = bx_difference(2, x, 2, mixed, 4);
    assert_true(same.z == 0 && same.p == 1 && same.superiority == 0.5);
    assert_true(isinf(better.z) && better.z > 0 && better.p == 0 && better.superiority == 1);
    assert_true(none.z == 0 && none.p == 1 && none.superiority == 0.5);
    /* the estimate and the mean disagree in sign */
    struct bx_difference odd = bx_difference(1, x, 2, less, 4);
    assert_true(odd.p == 0 || odd.z <= 0);
}

static void ranks(void **state)
{
    (void)state;
    enum { B = 200 };
    static double r[4][B];
    for (size_t b = 0; b < B; b++) {
        const double noise = (any(1000) - 500.) / 5000;
        r[0][b] = 0.9 + noise;
        r[1][b] = 0.5 + noise + (any(1000) - 500.) / 5000; /* not told apart from the next */
        r[2][b] = 0.49 + noise + (any(1000) - 500.) / 5000;
        r[3][b] = 0.1 + noise;
    }
    const double value[] = {0.49, NAN, 0.9, 0.1, 0.5, 0.3};
    const double *const resamples[] = {r[2], r[0], r[0], r[3], r[1], NULL};
    struct bx_rank rank[6];
    uint8_t certain[36];
    bx_ranks(value, resamples, 6, B, rank, certain);
    /* 0.9 is over 0.5, 0.49 and 0.1, and these two over 0.1; 0.3, without resamples, is over none and under none: what stands above it may
     * be first, too, down the table */
    static const struct bx_rank expected[6] = {{1, 4}, {0, 0}, {1, 2}, {4, 5}, {1, 4}, {1, 5}};
    for (size_t i = 0; i < 6; i++)
        if (rank[i].lo != expected[i].lo || rank[i].hi != expected[i].hi)
            fail_msg("model %zu: found %u to %u", i, rank[i].lo, rank[i].hi);
    assert_true(certain[2 * 6 + 3] && certain[2 * 6 + 0] && certain[4 * 6 + 3] && !certain[4 * 6 + 0] && !certain[3 * 6 + 2]);
    struct bx_rank one;
    bx_ranks(value, resamples, 1, B, &one, NULL);
    assert_true(one.lo == 1 && one.hi == 1);
    bx_ranks(NULL, NULL, 0, B, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(philox),
                                       cmocka_unit_test(weights_follow_from_the_digest),
                                       cmocka_unit_test(a_resample_is_an_evaluation),
                                       cmocka_unit_test(threads_change_no_bit),
                                       cmocka_unit_test(intervals),
                                       cmocka_unit_test(ranks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
