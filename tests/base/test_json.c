/* The pull reader as its callers use it: typed reads, what is skipped, the first error and its place. The verdicts are in
 * test_json_suite.c. */
#include "core/base/buf.h"
#include "core/base/json_reader.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void a_results_file_is_read_as_asked(void **state)
{
    (void)state;
    static const char text[] =
        "[{\"image_id\": 42, \"extra\": {\"deep\": [1, \"]\", null]}, \"category_id\": 18.0,\n"
        "  \"bbox\": [258.15, 41.29, 348.26, 243.78], \"score\": 0.236, \"na\\u006de\": \"caf\xC3\xA9 \\ud83d\\ude00\"}]";
    struct bx_err e = {0};
    struct bx_json r;
    struct bx_slice key, name = {0};
    int64_t image = 0, category = 0;
    double box[4] = {0}, score = 0;
    size_t n = 0;
    bool named = false;
    bx_json_init(&r, "f", text, sizeof text - 1, 0, &e);
    assert_true(bx_json_array(&r));
    while (bx_json_element(&r)) {
        assert_true(bx_json_object(&r));
        while (bx_json_key(&r, &key)) {
            if (bx_slice_is(key, "image_id")) {
                bx_json_int(&r, &image);
            } else if (bx_slice_is(key, "category_id")) {
                bx_json_int(&r, &category);
            } else if (bx_slice_is(key, "score")) {
                bx_json_double(&r, &score);
            } else if (bx_slice_is(key, "bbox")) {
                assert_true(bx_json_array(&r));
                while (bx_json_element(&r))
                    bx_json_double(&r, &box[n++]);
            } else if (bx_slice_is(key, "name")) {
                named = bx_json_string(&r, &name) && bx_slice_is(name, "caf\xC3\xA9 \xF0\x9F\x98\x80");
            } else {
                assert_true(bx_slice_is(key, "extra"));
                bx_json_skip(&r);
            }
        }
    }
    assert_true(bx_json_end(&r));
    assert_int_equal(image, 42);
    assert_int_equal(category, 18);
    assert_int_equal(n, 4);
    assert_true(box[0] == 258.15 && box[3] == 243.78 && score == 0.236 && named);
}

enum want { INT, DOUBLE, STRING, BOOL, NUL, OBJECT, ARRAY, SKIP, KEYS, ELEMENTS };

/* One read of the kind, then the end. */
static bool attempt(const char *text, size_t n, enum want want, unsigned flags, struct bx_err *e)
{
    struct bx_json r;
    struct bx_slice s;
    int64_t i;
    double d;
    bool b;
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, text, n);
    bx_json_init(&r, "f", exact, n, flags, e);
    switch (want) {
    case INT:
        bx_json_int(&r, &i);
        break;
    case DOUBLE:
        bx_json_double(&r, &d);
        break;
    case STRING:
        bx_json_string(&r, &s);
        break;
    case BOOL:
        bx_json_bool(&r, &b);
        break;
    case NUL:
        bx_json_null(&r);
        break;
    case OBJECT:
        bx_json_object(&r);
        break;
    case ARRAY:
        bx_json_array(&r);
        break;
    case SKIP:
        bx_json_skip(&r);
        break;
    case KEYS:
        bx_json_object(&r);
        while (bx_json_key(&r, &s))
            bx_json_skip(&r);
        break;
    case ELEMENTS:
        bx_json_array(&r);
        while (bx_json_element(&r))
            bx_json_skip(&r);
        break;
    }
    bool ok = bx_json_end(&r);
    free(exact);
    return ok;
}

static void errors_name_place_found_and_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum want want;
        const char *error;
    } cases[] = {
        {"\"x\"", INT, "f:1:1: found '\"', expected a whole number"},
        {"1.5", INT, "f:1:1: found 1.5, expected a whole number of at most 63 bits"},
        {"9223372036854775808", INT, "f:1:1: found 9223372036854775808, expected a whole number of at most 63 bits"},
        {"1e19", INT, "f:1:1: found 1e19, expected a whole number of at most 63 bits"},
        {"\n  {", DOUBLE, "f:2:3: found '{', expected a number"},
        {"-", DOUBLE, "f:1:2: found the end of the file, expected a digit behind '-'"},
        {"-x", DOUBLE, "f:1:2: found 'x', expected a digit behind '-'"},
        {"01", DOUBLE, "f:1:1: found a number with a leading zero"},
        {"1.", DOUBLE, "f:1:3: found the end of the file, expected a digit behind '.'"},
        {"1.e5", DOUBLE, "f:1:3: found 'e5', expected a digit behind '.'"},
        {"1e", DOUBLE, "f:1:3: found the end of the file, expected a digit in the exponent"},
        {"-1e400", DOUBLE, "f:1:1: found -1e400, expected a number below 1.8e308"},
        {"NaN", DOUBLE, "f:1:1: found 'NaN', expected a number"},
        {"1 2", DOUBLE, "f:1:3: found '2', expected nothing more"},
        {"5", STRING, "f:1:1: found '5', expected a string"},
        {"\"abc", STRING, "f:1:5: found the end of the file in a string, expected '\"'"},
        {"\"a\\", STRING, "f:1:4: found the end of the file in a string, expected '\"'"},
        {"\"a\\x\"", STRING, "f:1:3: found an unknown escape, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u"},
        {"\"\\u12g4\"", STRING, "f:1:2: found '\\u' without four hexadecimal digits"},
        {"\"\\ud800x\"", STRING, "f:1:2: found half of a surrogate pair, '\\ud800', expected both"},
        {"\"\\udc00\"", STRING, "f:1:2: found half of a surrogate pair, '\\udc00', expected both"},
        {"\"\\ud800\\u0041\"", STRING, "f:1:2: found half of a surrogate pair, '\\ud800', expected both"},
        {"\"a\tb\"", STRING, "f:1:3: found control character 0x09 in a string, expected it escaped"},
        {"\"a\xC0\"", STRING, "f:1:3: found byte 0xC0, which is not valid UTF-8 here"},
        {"tru", BOOL, "f:1:1: found 'tru', expected true or false"},
        {"nul", NUL, "f:1:1: found 'nul', expected null"},
        {"[", OBJECT, "f:1:1: found '[', expected an object"},
        {"", ARRAY, "f:1:1: found the end of the file, expected an array"},
        {"[", ARRAY, "f:1:2: found the end of the file, expected ']'"},
        {"{", OBJECT, "f:1:2: found the end of the file, expected '}'"},
        {"{\"a\" 1}", KEYS, "f:1:6: found '1', expected ':'"},
        {"{\"a\": 1 \"b\": 2}", KEYS, "f:1:9: found '\"', expected ',' or '}'"},
        {"{\"a\": 1,}", KEYS, "f:1:8: found a comma before '}', expected none"},
        {"{,}", KEYS, "f:1:2: found ',', expected a key in double quotes"},
        {"{1: 2}", KEYS, "f:1:2: found '1', expected a key in double quotes"},
        {"{\"a\": 1]", KEYS, "f:1:8: found ']', expected ',' or '}'"},
        {"[1 2]", ELEMENTS, "f:1:4: found '2', expected ',' or ']'"},
        {"[1,]", ELEMENTS, "f:1:3: found a comma before ']', expected none"},
        {"[1,\n\n 2}", ELEMENTS, "f:3:3: found '}', expected ',' or ']'"},
        {"[[1, {\"a\": tr}]]", ELEMENTS, "f:1:12: found 'tr', expected a value"},
        {"[1, // x\n2]", ELEMENTS, "f:1:5: found '/', expected a value"},
        {"\x01", SKIP, "f:1:1: found byte 0x01, expected a value"},
        {"\xE2\x80\xAE", SKIP, "f:1:1: found byte 0xE2, expected a value"},
        {"\xC3\xA9", SKIP, "f:1:1: found '\xC3\xA9', expected a value"},
        {"\xFF\xFE{\0", SKIP, "f:1:1: found a UTF-16 byte order mark, expected JSON in UTF-8"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_err e = {0};
        assert_false(attempt(cases[i].text, strlen(cases[i].text), cases[i].want, 0, &e));
        assert_string_equal(e.text, cases[i].error);
        assert_int_equal(e.code, BX_DATA);
    }
}

static void whole_numbers_come_in_every_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"1.0", 1},
        {"1e2", 100},
        {"1.5e1", 15},
        {"120e-1", 12},
        {"0e99999999999", 0},
        {"0.000", 0},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"9007199254740993", INT64_C(9007199254740993)},
        {"1.00000000000000000000000000", 1},
        {"9223372036854775807.000", INT64_MAX},
        {"12345678", 12345678},
        {"1234567890123456", INT64_C(1234567890123456)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_err e = {0};
        struct bx_json r;
        int64_t v = -1;
        bx_json_init(&r, "f", cases[i].text, strlen(cases[i].text), 0, &e);
        if (!bx_json_int(&r, &v) || !bx_json_end(&r))
            fail_msg("%s", e.text);
        assert_true(v == cases[i].value);
    }
    static const char *const bad[] = {"0.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e400", "1.00000000000000000000000001",
                                      "true"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct bx_err e = {0};
        assert_false(attempt(bad[i], strlen(bad[i]), INT, 0, &e));
    }
}

/* Objects in objects are entered, but what is called "skip". */
static void read_objects(struct bx_json *r)
{
    struct bx_slice key;
    bx_json_object(r);
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "skip") || bx_json_peek(r) != BX_JSON_OBJECT)
            bx_json_skip(r);
        else
            read_objects(r);
    }
}

static void a_key_stands_once_where_that_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says; /* NULL: nothing */
    } cases[] = {
        {"{}", NULL},
        {"{\"a\":1,\"b\":2,\"A\":3,\"\":4}", NULL},
        {"{\"a\":1,\"b\":2,\"a\":3}", "f:1:14: found the key 'a' twice"},
        {"{\"a\":1,\n \"\\u0061\":3}", "f:2:2: found the key 'a' twice"},
        {"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1},\"c\":{}}", NULL},
        {"{\"a\":{\"b\":1},\"b\":{},\"a\":1}", "f:1:21: found the key 'a' twice"},
        {"{\"a\":{\"b\":{},\"c\":{},\"b\":1}}", "f:1:21: found the key 'b' twice"},
        {"{\"skip\":{\"a\":1,\"a\":2},\"a\":{\"skip\":[{\"a\":1,\"a\":2}]}}", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (unsigned once = 0; once < 2; once++) {
            struct bx_err e = {0};
            struct bx_json r;
            bx_json_init(&r, "f", cases[i].text, strlen(cases[i].text), once ? BX_JSON_KEYS_ONCE : 0, &e);
            read_objects(&r);
            if (bx_json_end(&r) != (!once || !cases[i].says) || strcmp(e.text, once && cases[i].says ? cases[i].says : "") != 0)
                fail_msg("%s: %s", cases[i].text, e.text);
        }
    for (int n = BX_JSON_KEYS; n <= BX_JSON_KEYS + 1; n++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        struct bx_err e = {0};
        struct bx_json r;
        for (int i = 0; i < n; i++)
            bx_buf_addf(&b, "%s\"%d\":0", i ? "," : "{", i);
        bx_buf_addc(&b, '}');
        bx_json_init(&r, "f", b.p, b.n, BX_JSON_KEYS_ONCE, &e);
        read_objects(&r);
        assert_int_equal(bx_json_end(&r), n == BX_JSON_KEYS);
    }
}

static void flags_allow_what_they_say_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned flags;
        bool ok;
    } cases[] = {
        {"[NaN, Infinity, -Infinity]", BX_JSON_ALLOW_NAN, true},
        {"[NaN]", 0, false},
        {"[NaN]", BX_JSON_COMMENTS, false},
        {"[nan]", BX_JSON_ALLOW_NAN, false},
        {"[+Infinity]", BX_JSON_ALLOW_NAN, false},
        {"[-NaN]", BX_JSON_ALLOW_NAN, false},
        {"[Inf]", BX_JSON_ALLOW_NAN, false},
        {"/**/[1,//\n2/***/,]//", BX_JSON_COMMENTS, true},
        {"[1,,]", BX_JSON_COMMENTS, false},
        {"[,]", BX_JSON_COMMENTS, false},
        {"{,}", BX_JSON_COMMENTS, false},
        {"[1]/*", BX_JSON_COMMENTS, false},
        {"[1]/", BX_JSON_COMMENTS, false},
        {"/*/[1]", BX_JSON_COMMENTS, false},
        {"[1] # x", BX_JSON_COMMENTS, false},
        {"[1,]", BX_JSON_ALLOW_NAN, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_err e = {0};
        if (attempt(cases[i].text, strlen(cases[i].text), SKIP, cases[i].flags, &e) != cases[i].ok)
            fail_msg("%s: %s", cases[i].text, e.text);
    }
    struct bx_err e = {0};
    struct bx_json r;
    double v[3] = {0};
    size_t n = 0;
    bx_json_init(&r, "f", "[NaN,Infinity,-Infinity]", 24, BX_JSON_ALLOW_NAN, &e);
    bx_json_array(&r);
    while (bx_json_element(&r))
        bx_json_double(&r, &v[n++]);
    assert_true(bx_json_end(&r) && n == 3 && isnan(v[0]) && isinf(v[1]) && v[1] > 0 && isinf(v[2]) && v[2] < 0);
}

static void the_first_error_sticks(void **state)
{
    (void)state;
    struct bx_err e = {0};
    struct bx_json r;
    struct bx_slice s;
    double d;
    bx_json_init(&r, "f", "[1, x, y]", 9, 0, &e);
    bx_json_array(&r);
    while (bx_json_element(&r))
        bx_json_double(&r, &d);
    assert_false(bx_json_object(&r) || bx_json_array(&r) || bx_json_key(&r, &s) || bx_json_element(&r) || bx_json_double(&r, &d) ||
                 bx_json_string(&r, &s) || bx_json_skip(&r) || bx_json_null(&r) || bx_json_raw(&r, &s));
    assert_int_equal(bx_json_peek(&r), BX_JSON_BAD);
    assert_false(bx_json_fail(&r, NULL, "later"));
    assert_false(bx_json_end(&r));
    assert_string_equal(e.text, "f:1:5: found 'x', expected a number");
}

static void the_caller_may_complain_at_a_place(void **state)
{
    (void)state;
    static const char text[] = "[\n  {\"id\": -5}]";
    struct bx_err e = {0};
    struct bx_json r;
    struct bx_slice key;
    int64_t id;
    bx_json_init(&r, "gt.json", text, sizeof text - 1, 0, &e);
    assert_true(bx_json_array(&r) && bx_json_element(&r) && bx_json_object(&r) && bx_json_key(&r, &key));
    assert_int_equal(bx_json_peek(&r), BX_JSON_NUMBER);
    const char *at = r.p;
    assert_true(bx_json_int(&r, &id));
    assert_false(bx_json_fail(&r, at, "annotations[%d].id: found %d, expected 0 or more", 0, -5));
    bx_json_release(&r);
    bx_json_release(NULL);
    assert_string_equal(e.text, "gt.json:2:10: annotations[0].id: found -5, expected 0 or more");
}

static void raw_gives_the_text_of_a_value(void **state)
{
    (void)state;
    static const char text[] = " [ {\"a\" : [1,2]} , \"x\\n\" , 1.50 ]";
    static const char *const raw[] = {"{\"a\" : [1,2]}", "\"x\\n\"", "1.50"};
    struct bx_err e = {0};
    struct bx_json r;
    struct bx_slice s;
    size_t n = 0;
    bx_json_init(&r, "f", text, sizeof text - 1, 0, &e);
    assert_true(bx_json_array(&r));
    while (bx_json_element(&r)) {
        assert_true(bx_json_raw(&r, &s));
        assert_true(bx_slice_is(s, raw[n]));
        n++;
    }
    assert_int_equal(n, 3);
    assert_true(bx_json_end(&r));
}

static void peek_names_every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum bx_json_kind kind;
    } cases[] = {{"{}", BX_JSON_OBJECT}, {" []", BX_JSON_ARRAY}, {"\"\"", BX_JSON_STRING}, {"-1", BX_JSON_NUMBER},
                 {"7", BX_JSON_NUMBER},  {"true", BX_JSON_TRUE}, {"false", BX_JSON_FALSE}, {"null", BX_JSON_NULL},
                 {"", BX_JSON_END},      {" \n", BX_JSON_END},   {"x", BX_JSON_BAD},       {"NaN", BX_JSON_BAD}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_err e = {0};
        struct bx_json r;
        bx_json_init(&r, "f", cases[i].text, strlen(cases[i].text), 0, &e);
        assert_int_equal(bx_json_peek(&r), cases[i].kind);
        bx_json_release(&r);
    }
}

static void nesting_is_limited(void **state)
{
    (void)state;
    char text[2 * BX_JSON_DEPTH + 2];
    for (size_t depth = BX_JSON_DEPTH; depth <= BX_JSON_DEPTH + 1; depth++) {
        struct bx_err e = {0};
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(attempt(text, 2 * depth, SKIP, 0, &e), depth == BX_JSON_DEPTH);
        if (depth > BX_JSON_DEPTH)
            assert_string_equal(e.text, "f:1:513: found more than 512 levels of nesting");
    }
}

static void lenient_numbers_are_what_other_formats_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
        size_t used;
    } cases[] = {
        {"+1.5", 1.5, 4}, {".5", 0.5, 2},       {"5.", 5, 2},
        {"007", 7, 3},    {"1e5x", 1e5, 3},     {"1ex", 1, 1},
        {"1e+", 1, 1},    {"-.25e1 ", -2.5, 6}, {"0.123456789012345678901 ", 0.123456789012345678901, 23},
    };
    static const char *const bad[] = {"", "-", "+", ".", "e5", "x", " 1", "nan", "inf", "1e999", "-.e5"};
    double v;
    const char *after;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *end = cases[i].text + strlen(cases[i].text);
        assert_true(bx_number_parse(cases[i].text, end, &v, &after));
        assert_true(v == cases[i].value);
        assert_int_equal(after - cases[i].text, cases[i].used);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(bx_number_parse(bad[i], bad[i] + strlen(bad[i]), &v, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_results_file_is_read_as_asked),
        cmocka_unit_test(errors_name_place_found_and_expected),
        cmocka_unit_test(whole_numbers_come_in_every_spelling),
        cmocka_unit_test(a_key_stands_once_where_that_is_asked_for),
        cmocka_unit_test(flags_allow_what_they_say_and_no_more),
        cmocka_unit_test(the_first_error_sticks),
        cmocka_unit_test(the_caller_may_complain_at_a_place),
        cmocka_unit_test(raw_gives_the_text_of_a_value),
        cmocka_unit_test(peek_names_every_kind),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(lenient_numbers_are_what_other_formats_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
