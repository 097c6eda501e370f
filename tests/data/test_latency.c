/* What is said of latencies: the median as the middle of the sorted ones, quantiles as numpy.quantile gives them. */
#include "core/data/latency.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_first_three_never_count(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        int64_t ns[8];
        double ms;
    } table[] = {{0, {0}, NAN},
                 {3, {1000000, 1000000, 1000000}, NAN},
                 {4, {900000000, 800000000, 700000000, 5000000}, 5},
                 {5, {900000000, 800000000, 700000000, 6000000, 5000001}, 5.5000005},
                 {8, {1, 1, 1, 9000000, 7000000, 8000000, 6000000, 100000000}, 8}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        double got = bx_latency_median(table[i].ns, table[i].n, &a);
        if (!(isnan(table[i].ms) ? isnan(got) : got == table[i].ms))
            fail_msg("row %zu: found %.17g, expected %.17g", i, got, table[i].ms);
        bx_arena_release(&a);
    }
}

static void quantiles_are_interpolated(void **state)
{
    (void)state;
    static const double ms[] = {99, 99, 99, 4, 1, 3, 2};
    static const struct {
        double q, ms;
    } table[] = {{0, 1}, {.25, 1.75}, {.5, 2.5}, {.95, 3.85}, {1, 4}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        assert_true(fabs(bx_latency_quantile(ms, 7, table[i].q, &a) - table[i].ms) < 1e-12);
        bx_arena_release(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_three_never_count),
        cmocka_unit_test(quantiles_are_interpolated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
