/* License expressions: the grammar of SPDX 2.3 annex D, and what is proposed for what people write instead. */
#include "core/registry/spdx.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct bx_arena arena;

static void valid_expressions_come_back_in_the_lists_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"MIT", "MIT"},
        {"apache-2.0", "Apache-2.0"},
        {"  MIT  ", "MIT"},
        {"AGPL-3.0-only OR LicenseRef-Enterprise", "AGPL-3.0-only OR LicenseRef-Enterprise"},
        {"GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
        {"gpl-2.0-or-later with classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"},
        {"Apache-2.0 WITH LLVM-exception AND MIT", "Apache-2.0 WITH LLVM-exception AND MIT"},
        {"(MIT)", "(MIT)"},
        {"MIT AND (LGPL-2.1-or-later OR BSD-3-Clause)", "MIT AND (LGPL-2.1-or-later OR BSD-3-Clause)"},
        {"((MIT OR ISC)AND(Zlib))", "((MIT OR ISC) AND (Zlib))"},
        {"CDDL-1.0+", "CDDL-1.0+"},
        {"Apache-1.1+ or mit", "Apache-1.1+ OR MIT"},
        {"DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2", "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2"},
        {"CC-BY-NC-4.0", "CC-BY-NC-4.0"},
        {"0BSD", "0BSD"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_spdx s = bx_spdx_parse(cases[i].in, &arena);
        assert_string_equal(s.problem ? s.problem : "", "");
        assert_string_equal(s.canonical, cases[i].out);
        assert_null(s.warning);
    }
}

static void deprecated_identifiers_are_valid_with_a_remark(void **state)
{
    (void)state;
    static const struct {
        const char *in, *warning;
    } cases[] = {
        {"AGPL-3.0", "'AGPL-3.0' is deprecated, say 'AGPL-3.0-only' or 'AGPL-3.0-or-later'"},
        {"MIT OR gpl-2.0", "'GPL-2.0' is deprecated, say 'GPL-2.0-only' or 'GPL-2.0-or-later'"},
        {"Nunit", "'Nunit' is deprecated, say 'zlib-acknowledgement'"},
        {"Net-SNMP", "'Net-SNMP' is deprecated"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_spdx s = bx_spdx_parse(cases[i].in, &arena);
        assert_non_null(s.canonical);
        assert_string_equal(s.warning ? s.warning : "", cases[i].warning);
    }
}

static void others_are_told_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *in, *problem;
    } cases[] = {
        {"", "found the end, expected a license identifier or '('"},
        {"   ", "found the end, expected a license identifier or '('"},
        {"Apache 2.0", "unknown license 'Apache 2.0', did you mean 'Apache-2.0'?"},
        {"Apache License 2.0", "unknown license 'Apache License 2.0', did you mean 'Apache-2.0'?"},
        {"Aapche-2.0", "unknown license 'Aapche-2.0', did you mean 'Apache-2.0'?"},
        {"Apache2", "unknown license 'Apache2', did you mean 'Apache-2.0'?"},
        {"GPL 2.0", "unknown license 'GPL 2.0', did you mean 'GPL-2.0-only'?"},
        {"GPLv3", "unknown license 'GPLv3', did you mean 'GPL-3.0-only'?"},
        {"AGPL", "unknown license 'AGPL', did you mean 'AGPL-3.0-only'?"},
        {"BSD", "unknown license 'BSD', did you mean 'BSD-3-Clause'?"},
        {"CC BY-NC 4.0", "unknown license 'CC BY-NC 4.0', did you mean 'CC-BY-NC-4.0'?"},
        {"mit license", "unknown license 'mit license', did you mean 'MIT'?"},
        {"proprietary", "unknown license 'proprietary', did you mean 'LicenseRef-Proprietary'?"},
        {"Frobnicate-7", "unknown license 'Frobnicate-7', expected an identifier of https://spdx.org/licenses/ or 'LicenseRef-…'"},
        {"MIT OR Apache 2.0", "unknown license 'Apache', did you mean 'Apache-2.0'?"},
        {"GPL-2.0-only WITH Classpath-exception",
         "unknown license exception 'Classpath-exception', did you mean 'Classpath-exception-2.0'?"},
        {"MIT WITH", "found the end, expected the identifier of an exception"},
        {"MIT AND", "found the end, expected a license identifier or '('"},
        {"AND MIT", "found 'AND', expected a license identifier or '('"},
        {"MIT OR OR ISC", "found 'OR', expected a license identifier or '('"},
        {"MIT MIT", "found 'MIT', expected AND, OR, WITH or the end"},
        {"MIT And ISC", "found 'And', expected AND, OR, WITH or the end"},
        {"(MIT", "found the end, expected AND, OR or ')'"},
        {"MIT)", "found ')', expected AND, OR, WITH or the end"},
        {"()", "found ')', expected a license identifier or '('"},
        {"(MIT OR ISC) WITH LLVM-exception", "found 'WITH', expected AND, OR, WITH or the end"},
        {"MIT +", "unknown license 'MIT +', did you mean 'MIT'?"},
        {"LicenseRef-x+", "found '+' behind 'LicenseRef-x', expected it behind an identifier of the license list only"},
        {"LicenseRef-", "unknown license 'LicenseRef-', expected an identifier of https://spdx.org/licenses/ or 'LicenseRef-…'"},
        {"DocumentRef-a:b", "unknown license 'DocumentRef-a:b', expected an identifier of https://spdx.org/licenses/ or 'LicenseRef-…'"},
        {"MIT\xC3\xA9", "found '\xC3\xA9', expected AND, OR, WITH or the end"},
        {"<script>", "found '<', expected a license identifier or '('"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_spdx s = bx_spdx_parse(cases[i].in, &arena);
        assert_null(s.canonical);
        assert_string_equal(s.problem ? s.problem : "", cases[i].problem);
    }
}

static void nesting_and_length_are_limited(void **state)
{
    (void)state;
    char s[1200];
    memset(s, '(', 33);
    s[33] = '\0';
    assert_string_equal(bx_spdx_parse(s, &arena).problem, "found '(', expected at most 32 levels of parentheses");
    memset(s, 'a', 1100);
    s[1100] = '\0';
    assert_string_equal(bx_spdx_parse(s, &arena).problem, "found more than 1000 bytes, expected a license expression");
    s[999] = '\0';
    assert_null(bx_spdx_parse(s, &arena).canonical);
}

static void every_listed_identifier_is_found(void **state)
{
    (void)state;
    assert_true(bx_spdx_nlicenses > 700 && bx_spdx_nexceptions > 60);
    for (size_t i = 0; i < bx_spdx_nlicenses; i++) {
        if (i)
            assert_true(strcasecmp(bx_spdx_licenses[i - 1], bx_spdx_licenses[i]) < 0);
        assert_string_equal(bx_spdx_parse(bx_spdx_licenses[i], &arena).canonical, bx_spdx_licenses[i]);
    }
    for (size_t i = 0; i < bx_spdx_nexceptions; i++) {
        char text[128];
        if (i)
            assert_true(strcasecmp(bx_spdx_exceptions[i - 1], bx_spdx_exceptions[i]) < 0);
        snprintf(text, sizeof text, "MIT WITH %s", bx_spdx_exceptions[i]);
        assert_string_equal(bx_spdx_parse(text, &arena).canonical, text);
    }
}

/* What the list proposes instead of a deprecated identifier is itself valid and not deprecated. */
static void what_is_proposed_is_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < bx_spdx_ndeprecated; i++) {
        if (!bx_spdx_deprecated[i].use)
            continue;
        char text[200];
        snprintf(text, sizeof text, "%s", bx_spdx_deprecated[i].use);
        for (char *part = text, *next; part; part = next) {
            next = strstr(part, "' or '");
            if (next) {
                *next = '\0';
                next += strlen("' or '");
            }
            struct bx_spdx s = bx_spdx_parse(part, &arena);
            assert_string_equal(s.canonical ? s.canonical : s.problem, part);
            assert_null(s.warning);
        }
    }
}

static int teardown(void **state)
{
    (void)state;
    bx_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_expressions_come_back_in_the_lists_spelling),
        cmocka_unit_test(deprecated_identifiers_are_valid_with_a_remark),
        cmocka_unit_test(others_are_told_what_is_wrong),
        cmocka_unit_test(nesting_and_length_are_limited),
        cmocka_unit_test(every_listed_identifier_is_found),
        cmocka_unit_test(what_is_proposed_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
