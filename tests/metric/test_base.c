/* Category numbers that count from another number than the test set's: told by precision, and only where all of them fit. */
#include "core/metric/base.h"
#include "tests/build.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { IMAGES = 12 };

/* Three classes, an object of each on every image; detections of them, exact, whose numbers are those of the classes and `shift`, but for
 * the classes in `missing` (bits), which are never detected. */
static bool guess(int64_t first, int64_t shift, unsigned missing, size_t images, bool coco, struct bx_base_guess *g)
{
    static const char *const own[] = {"a", "b", "c"}, *const cocos[] = {"person", "airplane", "toothbrush"};
    struct bx_arena a = {0};
    struct gt gt[3 * IMAGES];
    struct dt dt[3 * IMAGES];
    const char *names[3];
    int64_t numbers[3] = {0};
    size_t n = 0;
    for (uint32_t i = 0; i < images; i++)
        for (uint32_t k = 0; k < 3; k++) {
            const double box[4] = {10 + 100 * k, 20, 30, 40};
            gt[3 * i + k] = (struct gt){.image = i, .class_index = k};
            memcpy(gt[3 * i + k].box, box, sizeof box);
            if (missing >> k & 1)
                continue;
            dt[n] = (struct dt){.image = i, .class_index = k, .score = 0.5};
            memcpy(dt[n++].box, box, sizeof box);
        }
    struct bx_testset t = build_testset(&a, coco ? cocos : own, 3, images, gt, 3 * images);
    for (int k = 0; k < 3; k++) {
        t.class_id[k] = first + k;
        names[k] = bx_printf(&a, "category %d", k);
    }
    struct bx_detections d = build_detections(&a, names, images, dt, n);
    uint32_t class_of[3];
    static const int64_t at[] = {1, 5, 90};
    for (size_t i = 0; i < d.nnames; i++) {
        int64_t k = d.names[i][9] - '0';
        numbers[i] = coco ? at[k] : first + k + shift;
        class_of[i] = numbers[i] >= first && numbers[i] < first + 3 ? (uint32_t)(numbers[i] - first) : BX_UNMAPPED;
    }
    const struct bx_metric_input in = {.testset = &t, .detections = &d, .class_of = class_of, .geometry = BX_GEOM_BOX};
    bool meant = bx_base_guess(&in, numbers, g);
    bx_arena_release(&a);
    return meant;
}

static void a_base_that_fits_much_better_is_meant(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t first, shift;
        unsigned missing;
        size_t images;
        bool coco, meant;
        enum bx_base base;
        size_t unknown;
    } table[] = {
        {"as they are, from 0", 0, 0, 0, IMAGES, false, false, 0, 0},
        {"as they are, from 1", 1, 0, 0, IMAGES, false, false, 0, 0},
        {"from 1 on a set from 0", 0, 1, 0, IMAGES, false, true, BX_BASE_ONE, IMAGES},
        {"from 0 on a set from 1", 1, -1, 0, IMAGES, false, true, BX_BASE_ZERO, IMAGES},
        {"from 1, few objects, a number that is unknown", 0, 1, 0, 2, false, true, BX_BASE_ONE, 2},
        {"from 1, the last class never detected", 0, 1, 4, IMAGES, false, true, BX_BASE_ONE, 0},
        {"the same of too few objects to say so", 0, 1, 4, 2, false, false, 0, 0},
        {"COCO's own ids", 0, 0, 0, IMAGES, true, true, BX_BASE_COCO91, 2 * IMAGES},
        {"off by two", 0, 2, 0, IMAGES, false, false, 0, 0},
        {"the first class never detected, as they are", 0, 0, 1, IMAGES, false, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_base_guess g;
        struct bx_err e = {0};
        bool meant = guess(table[i].first, table[i].shift, table[i].missing, table[i].images, table[i].coco, &g);
        if (meant != table[i].meant || (meant && (g.base != table[i].base || g.unknown != table[i].unknown)))
            fail_msg("%s: %d, base %d, %zu unknown, %g and %g", table[i].what, meant, (int)g.base, g.unknown, g.as_is, g.meant);
        if (meant) {
            assert_false(bx_base_fail(&g, "this helps", "a name for each", &e));
            assert_non_null(strstr(e.text, "this helps"));
            assert_null(strstr(e.text, "a name for each"));
            g.first = "Platelets"; /* numbers that nobody gave: a base that fits better than another may be wrong, too */
            assert_false(bx_base_fail(&g, "this helps", "a name for each", &e));
            assert_int_equal(!strstr(e.text, "Name each: a name for each"), g.base == BX_BASE_COCO91);
            if (strlen(e.text) >= 300)
                fail_msg("%s: %zu bytes, more than a reason has: %s", table[i].what, strlen(e.text), e.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_base_that_fits_much_better_is_meant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
