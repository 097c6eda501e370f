/* A library that is loaded late: what it has is found, what it lacks is said. */
#include "core/base/library.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

static void test_open(void **state)
{
    static const char *const there[] = {"cos", "sin"}, *const lacking[] = {"cos", "bx_no_such_function"};
    static const struct {
        const char *name, *const *functions, *says; /* says NULL: it opens */
    } rows[] = {
        {"libm.so.6", there, NULL},
        {"libm.so.6", lacking, "'libm.so.6' has no function bx_no_such_function"},
        {"libbx-no-such-library.so.1", there, "cannot load 'libbx-no-such-library.so.1'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct {
            double (*cos)(double), (*sin)(double);
        } table = {NULL, NULL};
        struct bx_library l = {.name = rows[i].name, .functions = rows[i].functions, .n = 2, .table = &table};
        struct bx_err e = {0};
        for (int again = 0; again < 2; again++) /* what failed once is not open */
            if (bx_library_open(&l, &e) != !rows[i].says)
                fail_msg("%s: '%s'", rows[i].name, e.text);
        if (rows[i].says) {
            assert_int_equal(e.code, BX_IO);
            assert_non_null(strstr(e.text, rows[i].says));
        } else {
            assert_true(table.cos(0.0) == 1.0);
            assert_true(table.sin(0.0) == 0.0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_open)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
