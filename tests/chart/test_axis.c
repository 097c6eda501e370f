/* Ticks stand at 1, 2 or 5 times a power of ten; numbers are written the same everywhere. */
#include "render/chart/axis.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void ticks_stand_at_nice_places(void **state)
{
    (void)state;
    static const struct {
        double lo, hi;
        bool log;
        size_t most;
        const char *expected;
    } cases[] = {
        {0, 1, false, 5, "0 0.5 1.0"},
        {0, 1, false, 6, "0 0.2 0.4 0.6 0.8 1.0"},
        {0, 100, false, 6, "0 20 40 60 80 100"},
        {35, 55.6, false, 7, "35 40 45 50 55"},
        {37.4, 55, false, 5, "40 45 50 55"},
        {-3, 3, false, 7, "−3 −2 −1 0 1 2 3"},
        {0, 0.00012, false, 4, "0 5·10⁻⁵ 0.00010"},
        {0, 3e6, false, 4, "0 10⁶ 2·10⁶ 3·10⁶"},
        {1.9, 60, true, 9, "2 5 10 20 50"},
        {0.4, 60, true, 9, "0.5 1 2 5 10 20 50"},
        {0.001, 1000, true, 8, "0.001 0.01 0.1 1 10 100 1000"},
        {1, 1e9, true, 5, "1 100 10000 10⁶ 10⁸"},
        {50, 60, true, 6, "50 55 60"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_axis a = {.lo = cases[i].lo, .hi = cases[i].hi, .log = cases[i].log, .at_lo = 0, .at_hi = 100};
        bx_axis_ticks(&a, cases[i].most);
        char got[400] = "", text[BX_NUMBER];
        for (size_t k = 0, n = 0; k < a.n; k++)
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", k ? " " : "", bx_tick_text(text, a.tick[k], bx_tick_decimals(&a, k)));
        assert_string_equal(got, cases[i].expected);
    }
}

static void every_range_has_between_two_and_the_allowed_number_of_ticks(void **state)
{
    (void)state;
    for (int e = -9; e <= 12; e++)
        for (int m = 1; m <= 99; m += 7)
            for (size_t most = 4; most <= 9; most++) {
                struct bx_axis a = {.lo = 0, .hi = m * pow(10, e)};
                bx_axis_ticks(&a, most);
                assert_in_range(a.n, 2, most);
                for (size_t i = 1; i < a.n; i++) {
                    double step = a.tick[i] - a.tick[i - 1], unit = step / pow(10, floor(log10(step) + 1e-9));
                    assert_true(fabs(unit - 1) < 1e-6 || fabs(unit - 2) < 1e-6 || fabs(unit - 5) < 1e-6);
                }
                struct bx_axis log = {.lo = pow(10, e), .hi = m * 1.5 * pow(10, e + m % 5), .log = true};
                bx_axis_ticks(&log, most);
                assert_in_range(log.n, 1, most);
            }
}

static void axes_hold_their_data(void **state)
{
    (void)state;
    static const double cases[][2] = {{0, 0}, {100, 100}, {37.4, 55}, {0, 100}, {54, 54.0001}, {99.9, 100}, {1e-9, 2e-9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_axis a = {.at_lo = 300, .at_hi = 30};
        bx_axis_around(&a, cases[i][0], cases[i][1], .06, 0, 100, 6);
        assert_true(a.lo < a.hi && a.lo >= 0 && a.lo <= cases[i][0] && a.hi >= cases[i][1]);
        assert_true(a.n >= 1);
    }
    static const double logs[][2] = {{1, 1}, {2.7, 55.2}, {1e-12, 1e12}, {5, 5.0001}};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        struct bx_axis a = {.at_lo = 0, .at_hi = 600};
        bx_axis_around_log(&a, logs[i][0], logs[i][1], 8);
        assert_true(a.lo > 0 && a.lo < logs[i][0] && a.hi > logs[i][1] && a.n >= 1);
        double from = bx_axis_at(&a, logs[i][0]), to = bx_axis_at(&a, logs[i][1]);
        assert_true(from > 5 && to < 595 && from <= to);
    }
}

/* Every pair of these as a range, every one as a value: ticks are numbers within the range that rise, positions are on the axis, texts are
 * numbers. float-cast-overflow of the sanitizers sees what is out of range on the way. */
static const double odd[] = {
    NAN,   INFINITY, -INFINITY,          0,     -0.0,    5e-324,  -5e-324, 1e-310, 1e-300, 1e-12, .5, .5000000000000001, 1, -1,
    99.95, 1e15,     1000000000000000.1, 1e300, DBL_MAX, -DBL_MAX};
enum { ODD = sizeof odd / sizeof *odd };

static void check_axis(const struct bx_axis *a)
{
    assert_true(a->n <= BX_TICKS);
    for (size_t i = 0; i < a->n; i++) {
        char text[BX_NUMBER];
        double at = bx_axis_at(a, a->tick[i]);
        assert_true(isfinite(a->tick[i]) && at >= 0 && at <= 600);
        assert_true(i == 0 || a->tick[i] > a->tick[i - 1]);
        bx_tick_text(text, a->tick[i], bx_tick_decimals(a, i));
        assert_true(*text && !strstr(text, "inf") && !strstr(text, "nan") && strncmp(text, "0·", 3) != 0);
    }
    for (size_t k = 0; k < ODD; k++) {
        double at = bx_axis_at(a, odd[k]);
        assert_true(at >= 0 && at <= 600);
    }
}

static void odd_numbers_stay_on_the_axis(void **state)
{
    (void)state;
    for (size_t i = 0; i < ODD; i++) {
        char text[BX_NUMBER];
        bx_tick_text(text, odd[i], 1);
        assert_true(*text && !strstr(text, "nan") && !strstr(text, "inf"));
        for (size_t most = 2; most <= 9; most += 7) {
            double step = bx_nice_step(odd[i], most);
            assert_true(step > 0 && isfinite(step));
            for (size_t k = 0; k < ODD; k++) {
                struct bx_axis a = {.at_hi = 600}, log = {.at_hi = 600}, bare = {.lo = odd[i], .hi = odd[k], .at_hi = 600};
                bx_axis_around(&a, odd[i], odd[k], .06, 0, 100, most);
                assert_true(a.lo >= 0 && a.hi <= 100 && a.lo < a.hi);
                check_axis(&a);
                bx_axis_around_log(&log, odd[i], odd[k], most);
                assert_true(log.lo > 0 && log.lo < log.hi && isfinite(log.hi));
                check_axis(&log);
                if (!(bare.lo < bare.hi) || !isfinite(bare.lo) || !isfinite(bare.hi))
                    continue;
                bx_axis_ticks(&bare, most);
                check_axis(&bare);
                bare.log = bare.lo > 0;
                bx_axis_ticks(&bare, most);
                check_axis(&bare);
            }
        }
    }
    static const struct {
        double v;
        const char *expected;
    } texts[] = {{9999999.9, "10⁷"}, {DBL_MAX, "2·10³⁰⁸"}, {5e-324, "0"}, {-3e-7, "−3·10⁻⁷"}, {INFINITY, "–"}, {NAN, "–"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[BX_NUMBER];
        assert_string_equal(bx_tick_text(text, texts[i].v, 1), texts[i].expected);
    }
}

static void numbers_are_written_alike_everywhere(void **state)
{
    (void)state;
    static const struct {
        double v;
        int decimals;
        const char *expected;
    } cases[] = {
        {47.36, 1, "47.4"}, {-0.04, 1, "0.0"},        {-1.25, 2, "−1.25"}, {NAN, 1, "–"}, {INFINITY, 1, "–"},
        {0, 0, "0"},        {1e300, 1, "1.000e+300"}, {0.125, 2, "0.12"},  {2.5, 0, "2"},
    };
    const char *locales[] = {"C", "de_DE.UTF-8", "C"};
    for (size_t l = 0; l < 3; l++) {
        setlocale(LC_ALL, locales[l]);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            char text[BX_NUMBER];
            assert_string_equal(bx_fixed(text, cases[i].v, cases[i].decimals), cases[i].expected);
        }
    }
    char text[BX_NUMBER];
    assert_string_equal(bx_percent(text, .4736), "47.4");
    assert_string_equal(bx_cost(text, 413.1), "413");
    assert_string_equal(bx_cost(text, 8.13), "8.1");
    assert_string_equal(bx_cost(text, .5312), "0.53");
    assert_string_equal(bx_cost(text, .0413), "0.041");
    assert_string_equal(bx_cost(text, NAN), "–");
    assert_string_equal(bx_iou(text, .75), ".75");
    assert_string_equal(bx_iou(text, NAN), ".50:.95");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_stand_at_nice_places),
        cmocka_unit_test(every_range_has_between_two_and_the_allowed_number_of_ticks),
        cmocka_unit_test(axes_hold_their_data),
        cmocka_unit_test(odd_numbers_stay_on_the_axis),
        cmocka_unit_test(numbers_are_written_alike_everywhere),
    };
    return cmocka_run_group_tests_name("chart_axis", tests, NULL, NULL);
}
