/* The byte string, its escapers named after their contexts, shortest doubles, and the arena below. */
#include "core/base/arena.h"
#include "core/base/buf.h"
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct escape {
    const char *in, *out;
};

static void check(void (*add)(struct bx_buf *, const char *, size_t), const struct escape *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct bx_buf b = {0};
        add(&b, cases[i].in, strlen(cases[i].in));
        assert_string_equal(bx_buf_str(&b), cases[i].out);
        bx_buf_free(&b);
    }
}

static void html_escapes_what_ends_text_or_an_attribute(void **state)
{
    (void)state;
    static const struct escape cases[] = {{"", ""},
                                          {"plain", "plain"},
                                          {"<script>alert('&\"')</script>", "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;"},
                                          {"\xC3\xA9", "\xC3\xA9"}};
    check(bx_buf_add_html, cases, COUNT(cases));
}

static void json_strings_are_valid_whatever_comes(void **state)
{
    (void)state;
    static const struct escape cases[] = {
        {"", "\"\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\b\f\n\r\t\x01\x1F\x7F", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\""},
        {"\xC3\xA9\xF0\x9F\x98\x80", "\"\xC3\xA9\xF0\x9F\x98\x80\""},
        {"x\xFFy\xC3", "\"x\xEF\xBF\xBDy\xEF\xBF\xBD\""},
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    check(bx_buf_add_json_string, cases, COUNT(cases));
    struct bx_buf b = {0};
    bx_buf_add_json_string(&b, "a\0b", 3);
    assert_string_equal(bx_buf_str(&b), "\"a\\u0000b\"");
    bx_buf_free(&b);
}

static void url_segments_never_leave_their_folder(void **state)
{
    (void)state;
    static const struct escape cases[] = {
        {"a-b_c.d~9", "a-b_c.d~9"},        {"a/b?c#d%", "a%2Fb%3Fc%23d%25"}, {"..", "%2E%2E"}, {".", "%2E"}, {"...", "..."},
        {" \xC3\xA9:@", "%20%C3%A9%3A%40"}};
    check(bx_buf_add_url_segment, cases, COUNT(cases));
}

static void csv_cells_are_quoted_and_no_formulas(void **state)
{
    (void)state;
    static const struct escape cases[] = {
        {"plain", "plain"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"a\nb", "\"a\nb\""},
        {"=1+1", "\"'=1+1\""},
        {"@x", "\"'@x\""},
        {"+x", "\"'+x\""},
        {"-x", "\"'-x\""},
        {"-1.5", "-1.5"},
        {"+3e-7", "+3e-7"},
        {"-", "\"'-\""},
        {"\tx", "\"'\tx\""},
        {" x", "\" x\""},
        {"-1+cmd|' /C calc'!A0", "\"'-1+cmd|' /C calc'!A0\""},
        {"", ""},
    };
    check(bx_buf_add_csv, cases, COUNT(cases));
}

/* Expected: what Python's json.dumps and JavaScript's String() agree on; layout by ECMAScript's rules. */
static void doubles_are_as_short_as_they_can_be(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {1e15, "1000000000000000"},
        {123456789012345680.0, "123456789012345680"},
        {1e21, "1e+21"},
        {1e20, "100000000000000000000"},
        {1e-6, "0.000001"},
        {1e-7, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {9007199254740993.0, "9007199254740992"},
        {0.1 + 0.2, "0.30000000000000004"},
        {0x1p-44, "5.684341886080802e-14"},
        {9.5367431640625e-07, "9.5367431640625e-7"},
        {0x1p-1022, "2.2250738585072014e-308"},
        {4.35, "4.35"},
        {(double)0.1f, "0.10000000149011612"},
        {(double)NAN, "null"},
        {(double)INFINITY, "null"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_buf b = {0};
        bx_buf_add_double(&b, cases[i].v);
        assert_string_equal(bx_buf_str(&b), cases[i].text);
        bx_buf_free(&b);
    }
}

/* Powers of two are where the distance to the neighbours differs above and below. */
static void powers_of_two_read_back_and_nothing_shorter_does(void **state)
{
    (void)state;
    for (int e = -1074; e <= 1023; e++) {
        double v = ldexp(1, e);
        struct bx_buf b = {0};
        bx_buf_add_double(&b, v);
        assert_true(strtod(bx_buf_str(&b), NULL) == v);
        char shorter[40];
        int digits = 0;
        bool significant = false;
        for (const char *p = bx_buf_str(&b); *p && *p != 'e'; p++)
            if (*p >= '0' && *p <= '9' && (significant |= *p != '0'))
                digits++;
        for (int d = 1; d < 17 && d < digits; d++) {
            snprintf(shorter, sizeof shorter, "%.*e", d - 1, v);
            if (e < 50 && strtod(shorter, NULL) == v && d < digits)
                fail_msg("%s has a shorter form: %s", bx_buf_str(&b), shorter);
        }
        bx_buf_free(&b);
    }
}

static uint64_t next_random(void)
{
    static uint64_t seed = 88172645463325252u;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Against the C library, digit by digit: numbers of 1 to 17 digits, of all sizes that pages show, their neighbours, and any bits at all. */
static void doubles_are_the_fewest_digits_that_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < 60000; i++) {
        char text[40], expected[40];
        uint64_t bits = next_random();
        double v;
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)(bits >> (i % 54 + 8)), i % 3 ? -(int)(bits % 24) : (int)(bits % 12));
        v = strtod(text, NULL);
        if (i % 4 == 1)
            v = nextafter(v, i % 8 == 1 ? 0 : 1e30);
        if (i % 4 == 2)
            memcpy(&v, &bits, sizeof v);
        v = fabs(v);
        if (!isfinite(v) || v < 1e-300)
            continue;
        int n = 0;
        do
            snprintf(expected, sizeof expected, "%.*e", n++, v);
        while (strtod(expected, NULL) != v);
        struct bx_buf b = {0};
        bx_buf_add_double(&b, v);
        int digits = 0, zeros = 0;
        for (const char *p = bx_buf_str(&b); *p && *p != 'e'; p++) {
            if (*p == '.' || (!digits && *p == '0'))
                continue;
            digits++;
            zeros = *p == '0' ? zeros + 1 : 0;
        }
        assert_true(strtod(bx_buf_str(&b), NULL) == v);
        assert_true(digits - zeros <= n);
        bx_buf_free(&b);
    }
}

/* Against the C library again: floats of every size, in and beyond [0, 1], where curves live, their neighbours, and any bits. */
static void floats_are_the_fewest_digits_that_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint32_t bits = (uint32_t)next_random();
        float v;
        if (i % 4 == 0)
            v = (float)(bits % 100001) / 100000.f;
        else if (i % 4 == 1)
            v = nextafterf((float)(bits % 1001) / 1000.f, i % 8 == 1 ? 0.f : 1.f);
        else if (i % 4 == 2)
            v = (float)(bits >> 8) * 0x1p-24f;
        else
            memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        char text[40];
        int digits = 5;
        do
            snprintf(text, sizeof text, "%.*g", ++digits, (double)v);
        while (digits < 9 && strtof(text, NULL) != v);
        if (bx_float_short(v) != strtod(text, NULL))
            fail_msg("%a: %.17g, expected %s", (double)v, bx_float_short(v), text);
    }
}

static void numbers_ignore_the_locale(void **state)
{
    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) {
        print_message("skipped: locale de_DE.UTF-8 not found\n");
        skip();
    }
    struct bx_buf b = {0};
    bx_buf_add_double(&b, 0.25);
    assert_string_equal(bx_buf_str(&b), "0.25");
    bx_buf_free(&b);
    setlocale(LC_ALL, "C");
}

static void a_buffer_grows_and_ends_in_a_nul(void **state)
{
    (void)state;
    struct bx_buf b = {0};
    assert_string_equal(bx_buf_str(&b), "");
    bx_buf_free(NULL);
    for (int i = 0; i < 1000; i++)
        bx_buf_addf(&b, "%d,", i);
    assert_int_equal(b.n, strlen(b.p));
    assert_int_equal(b.n, 10 * 2 + 90 * 3 + 900 * 4);
    bx_buf_clear(&b);
    assert_string_equal(bx_buf_str(&b), "");
    char *big = malloc(100001);
    assert_non_null(big);
    memset(big, 'x', 100000);
    big[100000] = '\0';
    bx_buf_addf(&b, "<%s>", big);
    assert_int_equal(b.n, 100002);
    assert_int_equal(b.p[100001], '>');
    free(big);
    bx_buf_free(&b);
}

static void an_arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    for (size_t i = 0; i < 2000; i++) {
        size_t n = i * 37 % 5000;
        unsigned char *p = bx_alloc(&a, n, 1);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xEE, n);
    }
    assert_string_equal(bx_printf(&a, "%s-%d", "x", 7), "x-7");
    assert_null(bx_strdup(&a, NULL));
    assert_string_equal(bx_strndup(&a, "abcdef", 3), "abc");
    bx_arena_release(&a);
    assert_null(a.head);
    bx_arena_release(&a);
}

static void popped_memory_is_zero_when_it_comes_again(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_arena_mark empty = bx_arena_mark(&a);
    char *kept = bx_strdup(&a, "kept");
    for (int round = 0; round < 3; round++) {
        struct bx_arena_mark m = bx_arena_mark(&a);
        for (int i = 0; i < 100; i++) {
            unsigned char *p = bx_alloc(&a, 3000, 1);
            for (size_t k = 0; k < 3000; k++)
                assert_int_equal(p[k], 0);
            memset(p, 0xEE, 3000);
        }
        bx_arena_pop(&a, m);
    }
    assert_string_equal(kept, "kept");
    bx_arena_pop(&a, empty);
    assert_null(a.head);
}

static void growing_doubles_the_room(void **state)
{
    (void)state;
    size_t cap = 0;
    int *p = NULL;
    for (size_t i = 0; i < 1000; i++) {
        p = bx_grow(p, &cap, i + 1, sizeof *p);
        p[i] = (int)i;
    }
    assert_int_equal(cap, 1024);
    assert_int_equal(p[999], 999);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_escapes_what_ends_text_or_an_attribute),
        cmocka_unit_test(json_strings_are_valid_whatever_comes),
        cmocka_unit_test(url_segments_never_leave_their_folder),
        cmocka_unit_test(csv_cells_are_quoted_and_no_formulas),
        cmocka_unit_test(doubles_are_as_short_as_they_can_be),
        cmocka_unit_test(powers_of_two_read_back_and_nothing_shorter_does),
        cmocka_unit_test(doubles_are_the_fewest_digits_that_read_back),
        cmocka_unit_test(floats_are_the_fewest_digits_that_read_back),
        cmocka_unit_test(numbers_ignore_the_locale),
        cmocka_unit_test(a_buffer_grows_and_ends_in_a_nul),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(popped_memory_is_zero_when_it_comes_again),
        cmocka_unit_test(growing_doubles_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
