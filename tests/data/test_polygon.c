/* What two quadrilaterals share: by hand, at every angle, and against exact intersections where they are at hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/file.h"
#include "tests/data/fuzz_polygon.c"
#include <cjson/cJSON.h>
#include <stdlib.h>

static void by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double p[8], q[8], shared;
    } table[] = {
        {"the same", {0, 0, 2, 0, 2, 2, 0, 2}, {0, 0, 2, 0, 2, 2, 0, 2}, 4},
        {"the other way round", {0, 0, 2, 0, 2, 2, 0, 2}, {0, 2, 2, 2, 2, 0, 0, 0}, 4},
        {"beginning elsewhere", {0, 0, 2, 0, 2, 2, 0, 2}, {2, 2, 0, 2, 0, 0, 2, 0}, 4},
        {"inside", {0, 0, 4, 0, 4, 4, 0, 4}, {1, 1, 2, 1, 2, 2, 1, 2}, 1},
        {"a corner", {0, 0, 2, 0, 2, 2, 0, 2}, {1, 1, 3, 1, 3, 3, 1, 3}, 1},
        {"touching", {0, 0, 2, 0, 2, 2, 0, 2}, {2, 0, 4, 0, 4, 2, 2, 2}, 0},
        {"apart", {0, 0, 1, 0, 1, 1, 0, 1}, {5, 5, 6, 5, 6, 6, 5, 6}, 0},
        {"a diamond in a square", {0, 0, 2, 0, 2, 2, 0, 2}, {1, 0, 2, 1, 1, 2, 0, 1}, 2},
        {"an octagon", {-1, -1, 1, -1, 1, 1, -1, 1}, {0, -1.5, 1.5, 0, 0, 1.5, -1.5, 0}, 3.5},
        {"a line", {0, 0, 2, 0, 2, 2, 0, 2}, {0, 0, 2, 2, 2, 2, 0, 0}, 0},
        {"a point", {0, 0, 2, 0, 2, 2, 0, 2}, {1, 1, 1, 1, 1, 1, 1, 1}, 0},
        {"an outline that crosses itself", {0, 0, 2, 2, 2, 0, 0, 2}, {0, 0, 2, 0, 2, 2, 0, 2}, 2},
        {"a dent", {0, 0, 4, 0, 4, 4, 3, 1}, {0, 0, 4, 0, 4, 4, 0, 4}, 4},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double got = bx_quad_intersection(table[i].p, table[i].q), back = bx_quad_intersection(table[i].q, table[i].p);
        if (fabs(got - table[i].shared) > 1e-12 || fabs(back - table[i].shared) > 1e-12)
            fail_msg("%s: found %.17g and %.17g, expected %.17g", table[i].name, got, back, table[i].shared);
    }
}

static void box_at(double angle, double w, double h, double dx, double q[8])
{
    static const double corner[] = {-.5, -.5, .5, -.5, .5, .5, -.5, .5};
    for (int i = 0; i < 4; i++) {
        double x = corner[2 * i] * w + dx, y = corner[2 * i + 1] * h;
        q[2 * i] = 4000 + x * cos(angle) - y * sin(angle);
        q[2 * i + 1] = 3000 + x * sin(angle) + y * cos(angle);
    }
}

/* Two boxes moved along their own axis share the same at any angle. */
static void no_angle_is_special(void **state)
{
    (void)state;
    for (int degrees = 0; degrees <= 360; degrees++) {
        double p[8], q[8], angle = degrees * acos(-1) / 180;
        for (double dx = 0; dx < 100; dx = dx * 2 + 1e-7) {
            box_at(angle, 100, 40, 0, p);
            box_at(angle, 100, 40, dx, q);
            double want = (100 - dx) * 40, got = bx_quad_intersection(p, q);
            if (fabs(got - want) > 1e-6)
                fail_msg("%d degrees, moved %g: found %.17g, expected %.17g", degrees, dx, got, want);
        }
    }
}

static void random_corners(void **state)
{
    (void)state;
    uint64_t seed = 0x853C49E6748FEA9Bu;
    uint8_t data[32];
    for (int round = 0; round < 200000; round++) {
        for (size_t i = 0; i < 16; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            int16_t v = (int16_t)((int64_t)(seed >> 40) % (round & 1 ? 40 : 20000));
            memcpy(data + 2 * i, &v, 2);
        }
        LLVMFuzzerTestOneInput(data, sizeof data);
    }
}

static void corners(const cJSON *o, double q[8])
{
    for (int i = 0; i < 4; i++)
        for (int c = 0; c < 2; c++)
            q[2 * i + c] = cJSON_GetArrayItem(cJSON_GetArrayItem(o, i), c)->valuedouble;
}

static void exact_intersections(void **state)
{
    (void)state;
    const char *shared = getenv("SHARED");
    struct bx_arena a = {0};
    struct bx_buf text = {0};
    struct bx_err e;
    if (!bx_file_read(bx_printf(&a, "%s/metrics/cases/unit_iou/expected.json", shared ? shared : "/nonexistent"), 1 << 24, &text, &e)) {
        bx_arena_release(&a);
        print_message("skipped: no oracle cases\n");
        skip();
    }
    cJSON *root = cJSON_Parse(bx_buf_str(&text)), *set;
    size_t compared = 0;
    cJSON_ArrayForEach(set, cJSON_GetObjectItemCaseSensitive(root, "obb"))
    {
        const cJSON *gt = cJSON_GetObjectItemCaseSensitive(set, "gt"), *dt = cJSON_GetObjectItemCaseSensitive(set, "dt"), *want = NULL, *m;
        cJSON_ArrayForEach(m, set) if (strstr(m->string, "_x_") && !want) want = m;
        bool by_gt = want && strstr(want->string, "gt_x_dt");
        for (int i = 0; want && i < cJSON_GetArraySize(gt); i++)
            for (int j = 0; j < cJSON_GetArraySize(dt); j++) {
                double p[8], q[8];
                corners(cJSON_GetArrayItem(gt, i), p);
                corners(cJSON_GetArrayItem(dt, j), q);
                double s = bx_quad_intersection(p, q), u = bx_quad_covered(p) + bx_quad_covered(q) - s;
                double iou = cJSON_GetArrayItem(cJSON_GetArrayItem(want, by_gt ? i : j), by_gt ? j : i)->valuedouble;
                if (fabs((u > 0 ? s / u : 0) - iou) > 1e-9)
                    fail_msg("annotation %d, detection %d: found %.17g, expected %.17g", i, j, s / u, iou);
                compared++;
            }
    }
    assert_true(compared > 0);
    cJSON_Delete(root);
    bx_buf_free(&text);
    bx_arena_release(&a);
}

#define SQUARE(x, y, s)                                                                                                                    \
    {                                                                                                                                      \
        (x), (y), (x) + (s), (y), (x) + (s), (y) + (s), (x), (y) + (s)                                                                     \
    }
/* By hand: what several cover together. */
static void covered_together(void **state)
{
    (void)state;
    static const struct {
        double q[8], quads[3][8];
        size_t n;
        double want;
    } cases[] = {
        {SQUARE(0, 0, 10), {{0}}, 0, 0},
        {SQUARE(0, 0, 10), {SQUARE(0, 0, 10)}, 1, 100},
        {SQUARE(0, 0, 10), {SQUARE(5, 5, 10), SQUARE(5, 5, 10)}, 2, 25},
        {SQUARE(0, 0, 10), {SQUARE(-5, 0, 10), SQUARE(5, 0, 10), SQUARE(2, 0, 6)}, 3, 100},
        {SQUARE(0, 0, 10), {SQUARE(20, 0, 10)}, 1, 0},
        {SQUARE(0, 0, 10), {{5, 0, 10, 5, 5, 10, 0, 5}}, 1, 50},                 /* a diamond in a square */
        {{5, 0, 10, 5, 5, 10, 0, 5}, {SQUARE(0, 0, 5), SQUARE(5, 5, 5)}, 2, 25}, /* and two quarters of one */
        {SQUARE(0, 0, 8), {{4, -4, 12, 4, 4, 12, -4, 4}}, 1, 64},
        {SQUARE(0, 0, 8), {{8, 0, 16, 8, 8, 16, 0, 8}, {0, -8, 8, 0, 0, 8, -8, 0}}, 2, 64}, /* both halves along a diagonal */
        {SQUARE(0, 0, 8), {{0, 0, 8, 8, 8, 0, 0, 8}}, 1, 32}, /* an outline that crosses itself: an hourglass */
        {SQUARE(0, 0, 0), {SQUARE(-1, -1, 10)}, 1, 0},
        {{0, 0, NAN, 0, 8, 8, 0, 8}, {SQUARE(0, 0, 8)}, 1, NAN}, /* nothing is promised, but an end */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double got = bx_quad_covered_by(cases[i].q, cases[i].quads[0], cases[i].n);
        if (!isnan(cases[i].want) && fabs(got - cases[i].want) > 1e-9)
            fail_msg("case %zu: found %.17g, expected %g", i, got, cases[i].want);
    }
}

/* Of one other it is what both share. */
static void covered_by_one(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (size_t i = 0; i < 2000; i++) {
        double q[16];
        for (size_t k = 0; k < 2; k++) {
            double at[5];
            for (size_t v = 0; v < 5; v++)
                at[v] = (double)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 40) / (1 << 24);
            double c = cos(6.3 * at[4]), s = sin(6.3 * at[4]), w = 1 + 9 * at[2], h = 1 + 9 * at[3];
            for (size_t v = 0; v < 4; v++) {
                double x = (v == 1 || v == 2) ? w : -w, y = v > 1 ? h : -h;
                q[8 * k + 2 * v] = 10 * at[0] + c * x - s * y;
                q[8 * k + 2 * v + 1] = 10 * at[1] + s * x + c * y;
            }
        }
        assert_float_equal(bx_quad_covered_by(q, q + 8, 1), bx_quad_intersection(q, q + 8), 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),          cmocka_unit_test(no_angle_is_special),
        cmocka_unit_test(random_corners),   cmocka_unit_test(exact_intersections),
        cmocka_unit_test(covered_together), cmocka_unit_test(covered_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
