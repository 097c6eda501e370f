/* A resample is the evaluation of images that stand there as often as their weights say. */
#include "tests/metric/made.h"
#include "core/metric/bootstrap.h"
#include "core/metric/interval.h"
#include "core/metric/weights.h"
#include "tests/random.h"
#include <stdlib.h>

#define IMAGES    40
#define CLASSES   4
#define RESAMPLES 70 /* more than one block of lanes */

/* The three vectors of Random123's kat_vectors. */
static void philox_gives_the_known_answers(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t out[4];
        bx_philox(known[i].key, known[i].counter, out);
        assert_memory_equal(out, known[i].out, sizeof out);
    }
}

/* Each step of the distribution, by its own sum of exp(-1) / k! in long double. */
static void weights_follow_poissons_distribution(void **state)
{
    long double below = 0, term = expl(-1);
    (void)state;
    assert_int_equal(bx_poisson(0), 0);
    for (uint8_t k = 0; k < 12; k++) {
        below += term;
        term /= k + 1;
        uint32_t at = (uint32_t)floorl(below * 0x1p32L);
        assert_int_equal(bx_poisson(at - 1), k);
        assert_true(bx_poisson(at) > k);
    }
    assert_int_equal(bx_poisson(UINT32_MAX), 13);
}

static void weights_do_not_depend_on_how_many_are_drawn(void **state)
{
    static uint8_t many[7 * 64], few[7 * 8];
    uint64_t seed_of = bx_weights_seed("604879f7d5e1fcfe476033f8af6277cdc797a2e6c86708fd90e2174e2b4f2d0c");
    (void)state;
    assert_true(seed_of == UINT64_C(0x0d87f5c3af2bb9a5));
    bx_weights(seed_of, 7, 0, 64, many, 64);
    bx_weights(seed_of, 7, 12, 7, few, 8);
    for (size_t i = 0; i < 7; i++)
        assert_memory_equal(few + 8 * i, many + 64 * i + 12, 7);
}

/* w NULL: each image once. Scores are all different: of equal ones in an image and class the definition and replication may differ. */
static void make_any(struct made *m, const uint8_t *w, size_t stride)
{
    struct gt *g = calloc(IMAGES * 13 * 12, sizeof *g);
    struct dt *d = calloc(IMAGES * 13 * 40, sizeof *d);
    size_t ng = 0, nd = 0;
    uint32_t nimages = 0, serial = 0;
    seed = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < IMAGES; i++) {
        const uint32_t copies = w ? w[i * stride] : 1;
        const size_t g0 = ng, d0 = nd;
        for (uint32_t j = any(12); j > 0; j--) {
            static const double sides[] = {8, 16, 16, 32, 32, 96, 150};
            double side = sides[any(7)];
            struct gt *o = &g[ng++];
            *o = (struct gt){nimages, any(CLASSES), {any(400), any(300), side, any(2) ? side : side + any(9)}, 0, 0};
            o->flags = any(10) ? 0 : BX_ANN_CROWD;
            for (uint32_t hits = any(3); hits > 0; hits--)
                d[nd++] = (struct dt){nimages,
                                      any(6) ? o->class_index : any(CLASSES),
                                      {o->box[0] + any(5), o->box[1] + any(5), o->box[2] + any(4), o->box[3]},
                                      any(1000) / 1000.0 + ++serial * 1e-7};
        }
        for (uint32_t j = any(8); j > 0; j--)
            d[nd++] =
                (struct dt){nimages, any(CLASSES), {any(400), any(300), 10 + any(90), 10 + any(90)}, any(1000) / 1000.0 + ++serial * 1e-7};
        const size_t n = ng - g0, found = nd - d0;
        if (!copies) {
            ng = g0;
            nd = d0;
        }
        for (uint32_t c = 1; c < copies; c++) {
            for (size_t j = 0; j < n; j++) {
                g[ng] = g[g0 + j];
                g[ng++].image = nimages + c;
            }
            for (size_t j = 0; j < found; j++) {
                d[nd] = d[d0 + j];
                d[nd++].image = nimages + c;
            }
        }
        nimages += copies;
    }
    make(m, nimages, CLASSES, g, ng, d, nd);
    free(g);
    free(d);
}

static void evaluate(struct made *m, struct bx_scene *s, struct bx_coco *c)
{
    struct bx_coco_options o = {.matches = true, .threads = 1};
    make_scene(m, s);
    bx_coco_eval(s, &o, c, &m->arena);
}

static void assert_near(double found, double expected)
{
    if (expected < 0 ? !isnan(found) : !(fabs(found - expected) <= 1e-12))
        fail_msg("found %.17g, expected %.17g", found, expected);
}

static void a_resample_is_the_evaluation_of_copied_images(void **state)
{
    static uint8_t w[IMAGES * 128];
    struct made m;
    struct bx_scene s;
    struct bx_coco c;
    struct bx_bootstrap b;
    (void)state;
    make_any(&m, NULL, 0);
    evaluate(&m, &s, &c);
    bx_bootstrap(&s, &c, 7, RESAMPLES, true, 1, &b, &m.arena);
    bx_weights(7, IMAGES, 0, 128, w, 128);
    for (size_t r = 0; r < RESAMPLES; r++) {
        struct made copied;
        struct bx_scene cs;
        struct bx_coco cc;
        make_any(&copied, w + r, 128);
        evaluate(&copied, &cs, &cc);
        assert_near(b.value[BX_RE_AP][r], bx_coco_ap(&cc, BX_COCO_ANY, BX_SIZE_ALL, -1));
        assert_near(b.value[BX_RE_AP50][r], bx_coco_ap(&cc, 0, BX_SIZE_ALL, -1));
        assert_near(b.value[BX_RE_AP75][r], bx_coco_ap(&cc, 5, BX_SIZE_ALL, -1));
        assert_near(b.value[BX_RE_APS][r], bx_coco_ap(&cc, BX_COCO_ANY, BX_SIZE_SMALL, -1));
        assert_near(b.value[BX_RE_APM][r], bx_coco_ap(&cc, BX_COCO_ANY, BX_SIZE_MEDIUM, -1));
        assert_near(b.value[BX_RE_APL][r], bx_coco_ap(&cc, BX_COCO_ANY, BX_SIZE_LARGE, -1));
        for (size_t k = 0; k < CLASSES; k++)
            assert_near(b.class_ap[k][r], bx_coco_ap(&cc, BX_COCO_ANY, BX_SIZE_ALL, (int64_t)k));
        bx_arena_release(&copied.arena);
    }
    bx_arena_release(&m.arena);
}

static void bits_do_not_depend_on_threads_or_the_number_of_resamples(void **state)
{
    struct made m;
    struct bx_scene s;
    struct bx_coco c;
    struct bx_bootstrap one, three;
    (void)state;
    make_any(&m, NULL, 0);
    evaluate(&m, &s, &c);
    bx_bootstrap(&s, &c, 7, 300, true, 1, &one, &m.arena);
    bx_bootstrap(&s, &c, 7, 290, true, 3, &three, &m.arena);
    for (size_t i = 0; i < BX_RESAMPLED; i++)
        assert_memory_equal(one.value[i], three.value[i], 290 * sizeof(double));
    for (size_t k = 0; k < CLASSES; k++)
        assert_memory_equal(one.class_ap[k], three.class_ap[k], 290 * sizeof(double));
    bx_arena_release(&m.arena);
}

/* 29 of 50 reach the threshold 0.58, though 29.0 / 50 * 100 is below 58. */
static void a_threshold_met_exactly_is_reached(void **state)
{
    static struct gt g[50];
    static struct dt d[29];
    struct made m;
    struct bx_scene s;
    struct bx_coco c;
    struct bx_bootstrap b;
    uint8_t w[64];
    (void)state;
    for (uint32_t i = 0; i < 50; i++)
        g[i] = (struct gt){0, 0, {12 * i, 10, 10, 10}, 0, 0};
    for (uint32_t i = 0; i < 29; i++)
        d[i] = (struct dt){0, 0, {12 * i, 10, 10, 10}, 0.9 - i / 100.0};
    make(&m, 1, 1, g, 50, d, 29);
    evaluate(&m, &s, &c);
    bx_bootstrap(&s, &c, 1, 64, false, 1, &b, &m.arena);
    bx_weights(1, 1, 0, 64, w, 64);
    for (size_t r = 0; r < 64; r++)
        assert_near(b.value[BX_RE_AP][r], w[r] ? 59.0 / 101 : -1);
    bx_arena_release(&m.arena);
}

static void what_is_not_there_is_not_defined(void **state)
{
    static const struct gt g[] = {{0, 0, {10, 10, 20, 20}, 0, 0}, {1, 1, {10, 10, 20, 20}, BX_ANN_CROWD, 0}};
    static const struct dt d[] = {{0, 0, {10, 10, 20, 20}, 0.9}};
    struct made m;
    struct bx_scene s;
    struct bx_coco c;
    struct bx_bootstrap b;
    (void)state;
    for (size_t nd = 0; nd < 2; nd++) {
        uint8_t w[2 * 64];
        make(&m, 2, 2, g, 2, d, nd);
        evaluate(&m, &s, &c);
        bx_bootstrap(&s, &c, 1, 64, true, 1, &b, &m.arena);
        bx_weights(1, 2, 0, 64, w, 64);
        for (size_t r = 0; r < 64; r++) {
            assert_near(b.value[BX_RE_AP][r], w[r] ? (nd ? 1 - 0x1p-52 : 0) : -1);
            assert_true(isnan(b.value[BX_RE_APL][r]));
        }
        assert_null(b.class_ap[1]);
        assert_int_equal(b.images[BX_SIZE_ALL][0], 1);
        assert_int_equal(b.images[BX_SIZE_ALL][1], 0);
        assert_true(bx_bootstrap_rough(&b, BX_RE_AP));
        assert_false(bx_interval_of(b.estimate[BX_RE_AP], b.value[BX_RE_AP], 64).has); /* a third of the resamples have no object */
        bx_arena_release(&m.arena);
    }
    make(&m, 0, 1, NULL, 0, NULL, 0);
    evaluate(&m, &s, &c);
    bx_bootstrap(&s, &c, 1, 5, true, 0, &b, &m.arena);
    assert_true(isnan(b.value[BX_RE_AP][4]) && isnan(b.estimate[BX_RE_AP]));
    bx_arena_release(&m.arena);
}

static void a_difference_is_judged_by_the_nearer_of_estimate_and_mean(void **state)
{
    static const struct {
        double a, b, va[4], vb[4], z, p, superiority;
    } cases[] = {
        {0.5, 0.25, {2, 4, 2, 4}, {1, 1, 1, 1}, 0.25 * 0.8660254037844386, 0.8285930752, 1}, /* differences 1 3 1 3: mean 2, SD 2/sqrt 3 */
        {0.25, 0.5, {2, 4, 2, 4}, {1, 1, 1, 1}, 0, 1, 1},                                    /* they point another way */
        {0.5, 0.5, {1, 1, 1, 1}, {1, 1, 1, 1}, 0, 1, 0.5},
        {0.5, 0.25, {1, 1, 1, 1}, {1, 1, 1, 1}, INFINITY, 0, 0.5},
        {5, 1, {2, NAN, 2, 2}, {1, 1, 1, 1}, NAN, NAN, NAN}, /* three of four are too few */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_difference d = bx_difference_of(cases[i].a, cases[i].b, cases[i].va, cases[i].vb, 4);
        const double found[] = {d.z, d.p, d.superiority}, expected[] = {cases[i].z, cases[i].p, cases[i].superiority};
        for (size_t j = 0; j < 3; j++)
            if (!(isnan(expected[j]) ? isnan(found[j]) : found[j] == expected[j] || fabs(found[j] - expected[j]) < 1e-6))
                fail_msg("case %zu, value %zu: found %.9g, expected %.9g", i, j, found[j], expected[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_known_answers),
        cmocka_unit_test(weights_follow_poissons_distribution),
        cmocka_unit_test(weights_do_not_depend_on_how_many_are_drawn),
        cmocka_unit_test(a_resample_is_the_evaluation_of_copied_images),
        cmocka_unit_test(bits_do_not_depend_on_threads_or_the_number_of_resamples),
        cmocka_unit_test(a_threshold_met_exactly_is_reached),
        cmocka_unit_test(what_is_not_there_is_not_defined),
        cmocka_unit_test(a_difference_is_judged_by_the_nearer_of_estimate_and_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
