/* test_ids.c: names and numbers are found again, also those that were chosen so that a plain hash would put them all in one place. */
#include "core/data/ids.h"
#include "core/base/names.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* x ^ x >> 32 of x = id * m has its low half zero: where ids are multiplied by m and folded, these all meet. */
static int64_t meeting_at(uint64_t i, uint64_t m)
{
    uint64_t inverse = m;
    for (int k = 0; k < 6; k++)
        inverse *= 2 - m * inverse;
    return (int64_t)((i << 32 | i) * inverse);
}

static void chosen_numbers_do_not_meet(void **state)
{
    (void)state;
    enum { N = 200000 };
    const uint64_t m[] = {0x9E3779B97F4A7C15u, 1, 0x100000001B3u};
    double began = cpu_seconds();
    for (int k = 0; k < 3; k++) {
        struct bx_growing_ids ids = {0};
        for (uint64_t i = 1; i <= N; i++)
            assert_int_equal(bx_growing_ids_add(&ids, meeting_at(i, m[k])), i - 1);
        for (uint64_t i = 1; i <= N; i++)
            assert_int_equal(bx_growing_ids_add(&ids, meeting_at(i, m[k])), i - 1);
        bx_growing_ids_free(&ids);
    }
    assert_true(cpu_seconds() - began < 10);
}

static void names_are_found_again(void **state)
{
    (void)state;
    enum { N = 50000 };
    struct bx_arena a = {0};
    struct bx_name_table grown = {0}, filled = {0};
    const char **names = BX_NEW(&a, const char *, N + 2);
    assert_int_equal(bx_name_find(&grown, names, "", 0), SIZE_MAX);
    for (size_t i = 0; i < N; i++) {
        /* Every length from 0 on, and pairs that differ in their last byte alone. */
        const char *name = i ? bx_printf(&a, "%0*zu", (int)(5 + i % 40), i) : "";
        uint32_t *slot = bx_name_slot(&grown, names, i, name, strlen(name));
        assert_int_equal(*slot, 0);
        names[i] = name;
        *slot = (uint32_t)i + 1;
    }
    names[N] = names[7];
    names[N + 1] = "";
    bx_name_table_fill(&filled, names, N + 2);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(bx_name_find(&grown, names, names[i], strlen(names[i])), i);
        assert_int_equal(bx_name_find(&filled, names, names[i], strlen(names[i])), i); /* of equal ones the first */
    }
    assert_int_equal(bx_name_find(&grown, names, "x", 1), SIZE_MAX);
    assert_int_equal(bx_name_find(&grown, names, "1\0", 2), SIZE_MAX);
    bx_name_table_free(&grown);
    bx_name_table_free(&filled);
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_numbers_do_not_meet),
        cmocka_unit_test(names_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
