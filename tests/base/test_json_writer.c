/* The JSON writer: where commas, spaces and line breaks go, which numbers come out, and that a long text passes on whole. */
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void everything(struct bx_jw *w)
{
    bx_jw_object(w, NULL);
    bx_jw_str(w, "s", "a\"b");
    bx_jw_str(w, "none", NULL);
    bx_jw_num(w, "x", 0.1);
    bx_jw_num(w, "nan", NAN);
    bx_jw_int(w, "least", INT64_MIN);
    bx_jw_uint(w, "most", UINT64_MAX);
    bx_jw_uint(w, "zero", 0);
    bx_jw_bool(w, "yes", true);
    bx_jw_null(w, "null");
    bx_jw_object(w, "empty");
    bx_jw_object_end(w);
    bx_jw_array(w, "list");
    bx_jw_array_end(w);
    bx_jw_nums(w, "box", (const double[]){1, 2.5}, 2);
    bx_jw_key(w, "alone");
    bx_jw_array(w, NULL);
    bx_jw_raw(w, NULL, "[7]", 3);
    bx_jw_bool(w, NULL, false);
    bx_jw_array_end(w);
    bx_jw_object_end(w);
}

static void members_are_parted_by_commas_and_spaces_only_when_asked(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "{\"s\":\"a\\\"b\",\"none\":null,\"x\":0.1,\"nan\":null,\"least\":-9223372036854775808,\"most\":18446744073709551615,\"zero\":0,"
        "\"yes\":true,\"null\":null,\"empty\":{},\"list\":[],\"box\":[1,2.5],\"alone\":[[7],false]}",
        "{\"s\": \"a\\\"b\", \"none\": null, \"x\": 0.1, \"nan\": null, \"least\": -9223372036854775808, \"most\": 18446744073709551615, "
        "\"zero\": 0, \"yes\": true, \"null\": null, \"empty\": {}, \"list\": [], \"box\": [1, 2.5], \"alone\": [[7], false]}",
    };
    for (int spaced = 0; spaced < 2; spaced++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        struct bx_jw w = {.out = &b, .spaced = spaced};
        everything(&w);
        assert_string_equal(bx_buf_str(&b), expected[spaced]);
    }
}

static void a_line_begins_before_a_member_or_a_closing_bracket(void **state)
{
    (void)state;
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_line(&w, 2);
    bx_jw_uint(&w, "a", 1);
    bx_jw_uint(&w, "b", 2);
    bx_jw_line(&w, 2);
    bx_jw_array(&w, "c");
    for (unsigned i = 0; i < 2; i++) {
        bx_jw_line(&w, 4);
        bx_jw_uint(&w, NULL, i);
    }
    bx_jw_line(&w, 0);
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    assert_string_equal(bx_buf_str(&b), "{\n  \"a\": 1, \"b\": 2,\n  \"c\": [\n    0,\n    1\n]}");
}

static void a_long_text_passes_on_whole(void **state)
{
    (void)state;
    enum { N = 400000 };
    BX_CLEANUP_BUF struct bx_buf b = {0};
    char *text = NULL;
    size_t n = 0, most = 0;
    FILE *f = open_memstream(&text, &n);
    struct bx_jw w = {.out = &b, .to = f};
    bx_jw_array(&w, NULL);
    for (unsigned i = 0; i < N; i++) {
        bx_jw_uint(&w, NULL, i);
        most = b.n > most ? b.n : most;
    }
    bx_jw_array_end(&w);
    fwrite(b.p, 1, b.n, f);
    fclose(f);
    assert_true(most < (2u << 20));
    struct bx_json r;
    struct bx_err e = {0};
    int64_t v;
    unsigned i = 0;
    bx_json_init(&r, "text", text, n, 0, &e);
    assert_true(bx_json_array(&r));
    for (; bx_json_element(&r) && bx_json_int(&r, &v); i++)
        assert_int_equal(v, i);
    assert_true(bx_json_end(&r));
    assert_int_equal(i, N);
    free(text);
}

static void a_text_gets_lines_and_keeps_its_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"{\"a\":[1,2.50],\"b\":{},\"c\":[]}", "{\n  \"a\": [\n    1,\n    2.50\n  ],\n  \"b\": {},\n  \"c\": []\n}"},
        {"{\"a,{\\\"\" : \"]}\"}", "{\n  \"a,{\\\"\": \"]}\"\n}"},
        {"]]{\"a\\", "\n]\n]{\n  \"a\\"}, /* no JSON */
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        bx_json_indent(&b, cases[i].from, strlen(cases[i].from));
        assert_string_equal(bx_buf_str(&b), cases[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_parted_by_commas_and_spaces_only_when_asked),
        cmocka_unit_test(a_line_begins_before_a_member_or_a_closing_bracket),
        cmocka_unit_test(a_long_text_passes_on_whole),
        cmocka_unit_test(a_text_gets_lines_and_keeps_its_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
