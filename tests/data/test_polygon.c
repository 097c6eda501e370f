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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(no_angle_is_special),
        cmocka_unit_test(random_corners),
        cmocka_unit_test(exact_intersections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
