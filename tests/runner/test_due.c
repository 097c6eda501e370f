/* What is due, as CONTRACTS 5 has it: never evaluated, changed, too old; failed: the next night, after three failures weekly; a time in the
 * future. */
#include "core/runner/due.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka last: it needs the three above */
#include <cmocka.h>

#define DAY INT64_C(86400000)
#define NOW (INT64_C(20000) * DAY)

struct row {
    const char *name;
    struct bx_due_facts f;
    enum bx_due_kind kind;
    bool afresh, clock_warning;
    const char *why; /* part of it */
};
/* clang-format off */
static const struct row rows[] = {
    {"never evaluated", {.now = NOW}, BX_DUE_RUN, false, false, "never"},
    {"another version was", {.now = NOW, .other_version = true}, BX_DUE_RUN, false, false, "config or files"},
    {"on other images", {.now = NOW, .other_images = true}, BX_DUE_RUN, false, false, "images changed"},
    {"current", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW - DAY}, BX_DUE_NOT, false, false, "1.0 days ago"},
    {"current for ever without max_age", {.now = NOW, .complete = true, .scored = true, .complete_time = 1}, BX_DUE_NOT, false, false, ""},
    {"older than max_age", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW - 8 * DAY, .max_age = 7 * 86400.0}, BX_DUE_RUN, false, false, "8.0 days"},
    {"younger than max_age", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW - 6 * DAY, .max_age = 7 * 86400.0}, BX_DUE_NOT, false, false, ""},
    {"labels changed", {.now = NOW, .complete = true, .complete_time = NOW - DAY}, BX_DUE_RESCORE, false, false, "labels"},
    {"stopped", {.now = NOW, .partial = 7, .images = 60}, BX_DUE_RUN, false, false, "7 of 60"},
    {"a second evaluation was stopped", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW - DAY, .partial = 7, .images = 60}, BX_DUE_RUN, false, false, "7 of 60"},
    {"failed once", {.now = NOW, .failures = 1, .failed_time = NOW - 1}, BX_DUE_RUN, false, false, "the last time"},
    {"failed twice", {.now = NOW, .failures = 2, .failed_time = NOW - 1}, BX_DUE_RUN, false, false, "the last time"},
    {"failed three times", {.now = NOW, .failures = 3, .failed_time = NOW - DAY}, BX_DUE_WAIT, false, false, "weekly"},
    {"failed three times, six days on", {.now = NOW, .failures = 3, .failed_time = NOW - 6 * DAY}, BX_DUE_WAIT, false, false, ""},
    {"failed three times, a week on", {.now = NOW, .failures = 3, .failed_time = NOW - 7 * DAY}, BX_DUE_RUN, false, false, "weekly try"},
    {"failed three times, a nightly week on that began a little earlier", {.now = NOW, .failures = 3, .failed_time = NOW - 7 * DAY + 60000}, BX_DUE_RUN, false, false, ""},
    {"failed three times, retry", {.now = NOW, .failures = 3, .failed_time = NOW - 1, .retry = true}, BX_DUE_RUN, false, false, "retry"},
    {"failed beside good numbers", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW - 9 * DAY, .failures = 1, .failed_time = NOW - DAY}, BX_DUE_RUN, false, false, ""},
    {"failed in the future", {.now = NOW, .failures = 5, .failed_time = NOW + DAY}, BX_DUE_RUN, false, true, "future"},
    {"evaluated in the future", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW + DAY}, BX_DUE_RUN, false, true, "future"},
    {"evaluated by a clock a minute fast", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW + 60000}, BX_DUE_NOT, false, false, ""},
    {"force", {.now = NOW, .complete = true, .scored = true, .complete_time = NOW, .partial = 3, .force = true}, BX_DUE_RUN, true, false, "asked for"},
    {"force a waiting one", {.now = NOW, .failures = 9, .failed_time = NOW, .force = true}, BX_DUE_RUN, true, false, "asked for"},
};
/* clang-format on */

static void test_a_row(void **state)
{
    const struct row *r = *state;
    struct bx_due d;
    bx_due_decide(&r->f, &d);
    assert_int_equal(d.kind, r->kind);
    assert_int_equal(d.afresh, r->afresh);
    assert_int_equal(d.clock_warning, r->clock_warning);
    if (!strstr(d.why, r->why))
        fail_msg("'%s' does not say '%s'", d.why, r->why);
    assert_true(d.why[0] != '\0');
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    static struct CMUnitTest tests[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){rows[i].name, test_a_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
