/* Numbers as detections have them: the same double as strtod's, whatever stands behind them and however near the end of the text they are.
 */
#include "core/base/number.h"
#include "core/data/quick.h"
#include "tests/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Text of exactly that many bytes: one read beyond it is one too many. */
static const char *read_within(const char *text, size_t n, double *out)
{
    char *copy = malloc(n + 1);
    memcpy(copy, text, n);
    const char *behind = bx_quick_number(copy, copy + n, out);
    behind = behind ? text + (behind - copy) : NULL;
    free(copy);
    return behind;
}

static void random_numbers_agree_with_strtod(void **state)
{
    (void)state;
    static const char *const behind[] = {
        ",", "]", "}", ", 1.5, 12345678.5]", "\n]", " ,\"score\":0.123456789}", "", ".5", "/////////////////////", ":;<=>?@:;<=>?@:;<=>?@"};
    bx_number_init();
    int read = 0;
    for (int i = 0; i < 400000; i++) {
        char text[128];
        int whole = (int)(any(9)) + 1, fraction = (int)any(any(2) ? 11 : 27), zeros = any(3) ? 0 : (int)any(8);
        size_t n = 0;
        if (any(8) == 0)
            text[n++] = '-';
        for (int k = 0; k < whole; k++)
            text[n++] = (char)('0' + (k || whole == 1 ? any(10) : 1 + any(9)));
        if (fraction)
            text[n++] = '.';
        for (int k = 0; k < fraction; k++)
            text[n++] = (char)('0' + (k < zeros ? 0 : any(10)));
        text[n] = '\0';
        double expected = strtod(text, NULL), found;
        const char *more = behind[any((uint32_t)(sizeof behind / sizeof *behind))];
        if (!fraction && more[0] == '.')
            more = ",";
        memcpy(text + n, more, strlen(more) + 1);
        const char *end = read_within(text, n + strlen(more), &found);
        if (!end && whole + fraction > 19)
            continue; /* which the pull reader reads */
        read++;
        if (end != text + n || memcmp(&found, &expected, sizeof found) != 0)
            fail_msg("'%s' : found %.17g and %td bytes, expected %.17g and %zu", text, found, end ? end - text : -1, expected, n);
    }
    assert_true(read > 280000);
}

static void what_is_no_usual_number_is_left_to_the_pull_reader(void **state)
{
    (void)state;
    static const char *const unusual[] = {"",        ".5",       "1.",          "01.5",        "00.25", "-",     "+1.5",
                                          "1e5",     "1.5e3",    "12.25E-1",    "-.5",         "1.x",   "x1.5",  "NaN",
                                          "123456.", "1234567.", "1.2345678e1", "123.4567e12", "-01.5", "\".5\""};
    for (size_t i = 0; i < sizeof unusual / sizeof *unusual; i++)
        for (int padded = 0; padded < 2; padded++) {
            char text[64];
            double found;
            snprintf(text, sizeof text, padded ? "%s, 12.50, 17.25, 1.125]" : "%s", unusual[i]);
            if (read_within(text, strlen(text), &found))
                fail_msg("'%s' was read as %g", text, found);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_agree_with_strtod),
        cmocka_unit_test(what_is_no_usual_number_is_left_to_the_pull_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
