/* Mustache: the specification's own tests, what strict mode adds, and templates that mean harm. */
#include "core/base/file.h"
#include "render/template/template.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct result {
    bool ok;
    struct bx_buf out;
    struct bx_err err;
};

/* `partials` is an object name → text; the template itself is called "page". */
static struct result render(enum bx_template_mode mode, const char *text, const cJSON *partials, const cJSON *data)
{
    struct result r = {0};
    struct bx_templates *ts = bx_templates_new(mode);
    r.ok = bx_templates_add(ts, "page", text, strlen(text), &r.err);
    for (const cJSON *p = partials ? partials->child : NULL; r.ok && p; p = p->next)
        r.ok = bx_templates_add(ts, p->string, p->valuestring, strlen(p->valuestring), &r.err);
    r.ok = r.ok && bx_template_render(ts, "page", data, &r.out, &r.err);
    bx_templates_free(ts);
    return r;
}

static struct result render_json(enum bx_template_mode mode, const char *text, const char *partials, const char *data)
{
    cJSON *p = partials ? cJSON_Parse(partials) : NULL, *d = cJSON_Parse(data);
    assert_non_null(d);
    struct result r = render(mode, text, p, d);
    cJSON_Delete(p);
    cJSON_Delete(d);
    return r;
}

static cJSON *suite(const char *module)
{
    const char *shared = getenv("SHARED");
    struct bx_buf BX_CLEANUP_BUF text = {0};
    struct bx_arena a = {0};
    struct bx_err e = {0};
    char *path = bx_printf(&a, "%s/suites/mustache/%s.json", shared ? shared : "", module);
    cJSON *j = NULL;
    if (shared && bx_path_exists(path)) {
        assert_true(bx_file_read(path, 1 << 20, &text, &e));
        j = cJSON_Parse(bx_buf_str(&text));
        assert_non_null(j);
    } else {
        print_message("skipped: the Mustache specification's tests are not beside the checkout\n");
    }
    bx_arena_release(&a);
    return j;
}

static void run_suite(const char *module)
{
    cJSON *j = suite(module);
    if (!j) {
        skip();
        return;
    }
    int failed = 0;
    for (const cJSON *t = cJSON_GetObjectItemCaseSensitive(j, "tests")->child; t; t = t->next) {
        const char *expected = cJSON_GetObjectItemCaseSensitive(t, "expected")->valuestring;
        struct result r = render(BX_TEMPLATE_SPEC, cJSON_GetObjectItemCaseSensitive(t, "template")->valuestring,
                                 cJSON_GetObjectItemCaseSensitive(t, "partials"), cJSON_GetObjectItemCaseSensitive(t, "data"));
        if (!r.ok || strcmp(bx_buf_str(&r.out), expected) != 0) {
            print_error("%s: %s\n  got      %s\n  expected %s\n", module, cJSON_GetObjectItemCaseSensitive(t, "name")->valuestring,
                        r.ok ? bx_buf_str(&r.out) : r.err.text, expected);
            failed++;
        }
        bx_buf_free(&r.out);
    }
    cJSON_Delete(j);
    assert_int_equal(failed, 0);
}

static void spec_comments(void **state)
{
    (void)state;
    run_suite("comments");
}
static void spec_delimiters(void **state)
{
    (void)state;
    run_suite("delimiters");
}
static void spec_interpolation(void **state)
{
    (void)state;
    run_suite("interpolation");
}
static void spec_inverted(void **state)
{
    (void)state;
    run_suite("inverted");
}
static void spec_partials(void **state)
{
    (void)state;
    run_suite("partials");
}
static void spec_sections(void **state)
{
    (void)state;
    run_suite("sections");
}
static void spec_inheritance(void **state)
{
    (void)state;
    run_suite("~inheritance");
}

/* In strict mode every test of the suite either gives what the specification says, or an error that says what is missing. */
static void strict_mode_never_gives_other_text_than_the_specification(void **state)
{
    (void)state;
    static const char *const modules[] = {"comments", "delimiters", "interpolation", "inverted", "partials", "sections", "~inheritance"};
    static const char *const missing[] = {"Basic Context Miss Interpolation",
                                          "Triple Mustache Context Miss Interpolation",
                                          "Ampersand Context Miss Interpolation",
                                          "Dotted Names - Broken Chains",
                                          "Dotted Names - Broken Chain Resolution",
                                          "Context Misses",
                                          "Context",
                                          "Failed Lookup",
                                          "Dotted Names - Context Precedence"};
    size_t seen = 0;
    for (size_t m = 0; m < sizeof modules / sizeof *modules; m++) {
        cJSON *j = suite(modules[m]);
        if (!j) {
            skip();
            return;
        }
        for (const cJSON *t = cJSON_GetObjectItemCaseSensitive(j, "tests")->child; t; t = t->next) {
            const char *name = cJSON_GetObjectItemCaseSensitive(t, "name")->valuestring;
            struct result r = render(BX_TEMPLATE_STRICT, cJSON_GetObjectItemCaseSensitive(t, "template")->valuestring,
                                     cJSON_GetObjectItemCaseSensitive(t, "partials"), cJSON_GetObjectItemCaseSensitive(t, "data"));
            if (r.ok)
                assert_string_equal(bx_buf_str(&r.out), cJSON_GetObjectItemCaseSensitive(t, "expected")->valuestring);
            else
                assert_true(strstr(r.err.text, "resolves to nothing") || strstr(r.err.text, "there is no template"));
            for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
                if (!strcmp(name, missing[i])) {
                    if (i != 6) /* "Context" is a name of tests in several modules */
                        assert_false(r.ok);
                    seen++;
                }
            bx_buf_free(&r.out);
        }
        cJSON_Delete(j);
    }
    assert_true(seen >= 9);
}

static void texts_that_are_rendered(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *partials, *data, *expected;
    } cases[] = {
        {"escaped by default", "{{x}}|{{{x}}}|{{&x}}", NULL, "{\"x\":\"<a href='b'>&\\\"\"}",
         "&lt;a href=&#39;b&#39;&gt;&amp;&quot;|<a href='b'>&\"|<a href='b'>&\""},
        {"numbers are short", "{{a}} {{b}} {{c}}", NULL, "{\"a\":0.1,\"b\":5000,\"c\":-1.5e300}", "0.1 5000 -1.5e+300"},
        {"booleans", "{{a}}{{b}}", NULL, "{\"a\":true,\"b\":false}", "truefalse"},
        {"zero is a value, not a lack", "{{#n}}yes {{.}}{{/n}}", NULL, "{\"n\":0}", "yes 0"},
        {"an empty text is false", "{{#s}}yes{{/s}}{{^s}}no{{/s}}", NULL, "{\"s\":\"\"}", "no"},
        {"null is known and prints nothing", "[{{x}}{{#x}}yes{{/x}}{{^x}}no{{/x}}]", NULL, "{\"x\":null}", "[no]"},
        {"names are case-sensitive", "{{a}}{{A}}", NULL, "{\"a\":1,\"A\":2}", "12"},
        {"a list of lists", "{{#l}}({{#.}}{{.}},{{/.}}){{/l}}", NULL, "{\"l\":[[1,2],[3]]}", "(1,2,)(3,)"},
        {"an inner name hides an outer one", "{{#o}}{{x}}{{/o}}{{x}}", NULL, "{\"x\":1,\"o\":{\"x\":2}}", "21"},
        {"a value is never read as a template", "{{x}}", NULL, "{\"x\":\"{{y}} {{=<% %>=}}\"}", "{{y}} {{=&lt;% %&gt;=}}"},
        {"delimiters", "{{=<% %>=}}<% x %>{{x}}<%={{ }}=%>{{x}}", NULL, "{\"x\":1}", "1{{x}}1"},
        {"a partial is indented as its tag", "a\n  {{>p}}\nb\n", "{\"p\":\"1\\n2\\n\"}", "{}", "a\n  1\n  2\nb\n"},
        {"a value's own lines are not indented", "  {{>p}}\n", "{\"p\":\"{{{x}}}!\\n\"}", "{\"x\":\"1\\n2\"}", "  1\n2!\n"},
        {"layout", "{{<base}}{{$title}}T{{/title}}{{$body}}\n  <p>{{x}}</p>\n{{/body}}{{/base}}\n",
         "{\"base\":\"<h1>{{$title}}none{{/title}}</h1>\\n<main>\\n  {{$body}}\\n  {{/body}}\\n</main>\\n\"}", "{\"x\":1}",
         "<h1>T</h1>\n<main>\n  <p>1</p>\n</main>\n"},
        {"CR LF", "a\r\n{{#x}}\r\nb\r\n{{/x}}\r\nc", NULL, "{\"x\":true}", "a\r\nb\r\nc"},
        {"empty", "", NULL, "{}", ""},
        {"single braces are text", "{ } {x} }} a{b", NULL, "{}", "{ } {x} }} a{b"},
        {"not ASCII", "{{日本}} {{ключ.é}}", NULL, "{\"日本\":\"東京\",\"ключ\":{\"é\":\"ü\"}}", "東京 ü"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct result r = render_json(BX_TEMPLATE_STRICT, cases[i].text, cases[i].partials, cases[i].data);
        if (!r.ok || strcmp(bx_buf_str(&r.out), cases[i].expected) != 0)
            fail_msg("%s: got '%s', expected '%s'", cases[i].name, r.ok ? bx_buf_str(&r.out) : r.err.text, cases[i].expected);
        bx_buf_free(&r.out);
    }
}

static void mistakes_are_named_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *partials, *data, *expected;
    } cases[] = {
        {"a\n  {{modles}}", NULL, "{\"models\":[]}", "page:2:3: 'modles' resolves to nothing; the nearest name here is 'models'"},
        {"{{#row}}\n{{nmae}}{{/row}}", NULL, "{\"row\":{\"name\":1}}",
         "page:2:1: 'nmae' resolves to nothing; the nearest name here is 'name'"},
        {"{{a.bb}}", NULL, "{\"a\":{\"bbb\":1},\"bb\":2}", "page:1:1: 'a.bb' resolves to nothing; the nearest name here is 'bbb'"},
        {"{{a.b.c}}", NULL, "{\"a\":{\"b\":null}}", "page:1:1: 'a.b.c' resolves to nothing"},
        {"{{^rows}}none{{/rows}}", NULL, "{\"zz\":1}", "page:1:1: 'rows' resolves to nothing"},
        {"{{#rows}}{{/rows}}", NULL, "[]", "page:1:1: 'rows' resolves to nothing"},
        {"{{>heda}}", "{\"head\":\"\"}", "{}", "page:1:1: there is no template 'heda'; the nearest is 'head'"},
        {"{{>p}}", "{\"p\":\"\\n\\n {{x}}\"}", "{}", "p:3:2: 'x' resolves to nothing"},
        {"{{<p}}{{$b}}\n{{x}}{{/b}}{{/p}}", "{\"p\":\"{{$b}}{{/b}}\"}", "{}", "page:2:1: 'x' resolves to nothing"},
        {"{{x}}", NULL, "{\"x\":{\"y\":1}}", "page:1:1: 'x' is an object, expected a text or a number"},
        {"{{x}}", NULL, "{\"x\":[1]}", "page:1:1: 'x' is a list, expected a text or a number"},
        {"{{#a}}\n{{/b}}", NULL, "{\"a\":1}", "page:2:1: found closing tag 'b', expected 'a' (opened in line 1)"},
        {"\n{{#a}}", NULL, "{\"a\":1}", "page:2:1: 'a' is never closed"},
        {"{{/a}}", NULL, "{}", "page:1:1: closes what is not open: 'a'"},
        {"ab {{x", NULL, "{}", "page:1:4: this tag is never closed"},
        {"{{ }}", NULL, "{}", "page:1:1: this tag has no name"},
        {"{{=<<=}}", NULL, "{}", "page:1:1: expected two delimiters, separated by a space, found '<<'"},
        {"{{>page}}", NULL, "{}", "page:1:1: 'page' is more than 200 elements deep (does it hold itself?)"},
        {"{{<p}}{{$a}}{{$a}}{{/a}}{{/a}}{{/p}}", "{\"p\":\"{{$a}}{{/a}}\"}", "{}",
         "page:1:13: 'a' is more than 200 elements deep (does it hold itself?)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct result r = render_json(BX_TEMPLATE_STRICT, cases[i].text, cases[i].partials, cases[i].data);
        if (r.ok)
            fail_msg("'%s' was rendered: '%s'", cases[i].text, bx_buf_str(&r.out));
        assert_string_equal(r.err.text, cases[i].expected);
        assert_int_equal(r.err.code, BX_CONFIG);
        bx_buf_free(&r.out);
    }
}

static char *repeat(const char *s, size_t n)
{
    struct bx_buf b = {0};
    for (size_t i = 0; i < n; i++)
        bx_buf_adds(&b, s);
    return b.p;
}

static void nesting_output_and_work_have_limits(void **state)
{
    (void)state;
    char *deep = repeat("{{#a}}", 101);
    struct result r = render_json(BX_TEMPLATE_SPEC, deep, NULL, "{}");
    assert_false(r.ok);
    assert_non_null(strstr(r.err.text, "more than 100 elements"));
    free(deep);
    bx_buf_free(&r.out);

    /* ten times a list of ten inside itself: 10^10 visits without a byte of output */
    char *open = repeat("{{#a}}", 10), *close = repeat("{{/a}}", 10);
    struct bx_buf t = {0};
    bx_buf_addf(&t, "%s{{!}}%s", open, close);
    r = render_json(BX_TEMPLATE_SPEC, bx_buf_str(&t), NULL, "{\"a\":[1,1,1,1,1,1,1,1,1,1]}");
    assert_false(r.ok);
    assert_non_null(strstr(r.err.text, "steps"));
    bx_buf_free(&r.out);

    /* and 10^6 times a kilobyte */
    char *kilo = repeat("0123456789abcdef", 64);
    bx_buf_clear(&t);
    bx_buf_addf(&t, "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}%s{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}", kilo);
    r = render_json(BX_TEMPLATE_SPEC, bx_buf_str(&t), NULL, "{\"a\":[1,1,1,1,1,1,1,1,1,1]}");
    assert_false(r.ok);
    assert_non_null(strstr(r.err.text, "larger than 256 MiB"));
    bx_buf_free(&r.out);
    bx_buf_free(&t);
    free(open);
    free(close);
    free(kilo);
}

/* Mutations of templates that use everything: whatever comes out, it comes out, and nothing is read or written where it should not
 * (AddressSanitizer watches). The generator is fixed, so a failure can be run again. */
static void mangled_templates_never_crash(void **state)
{
    (void)state;
    static const char *const seeds[] = {
        "{{<base}}{{$t}}x {{a.b}}{{/t}}\n  {{$u}}\n   {{#l}}\n    {{.}}\n   {{/l}}\n{{/u}}{{/base}}\n{{>page}}",
        "{{=<% %>=}}<%#l%> <%.%> <%/l%><%={{ }}=%>\n {{! comment }}\n{{^x}}\n{{{a.b}}}{{&a}}\n{{/x}}\n",
        "  {{>base}}\n\t{{#l}}{{>base}}{{/l}} {{$t}}\n  a\n b{{$u}}{{/u}}\n{{/t}}\r\n",
    };
    static const char *const pieces[] = {"{{",        "}}",        "{{{",  "}}}", "{{#l}}", "{{/l}}", "{{$t}}",    "{{/t}}", "{{<base}}",
                                         "{{/base}}", "{{=| |=}}", "|",    "\n",  "  ",     "\r\n",   "{{>base}}", "{{.}}",  "{{a.}}",
                                         "{{.a}}",    "{{..}}",    "\x80", "{{!", "=",      "{{^x}}", "{{/x}}"};
    cJSON *data = cJSON_Parse("{\"a\":{\"b\":\"<&>\"},\"l\":[1,\"two\",[3],{\"x\":null}],\"x\":false}");
    cJSON *partials = cJSON_Parse("{\"base\":\"<{{$t}}\\n  one\\n  {{$u}}\\n    two\\n  {{/u}}\\n{{/t}}>\\n\"}");
    uint64_t seed = 88172645463325252u;
    const char *rounds = getenv("BX_FUZZ_ROUNDS");
    for (long round = rounds ? strtol(rounds, NULL, 10) : 20000; round > 0; round--) {
        struct bx_buf t = {0};
        bx_buf_adds(&t, seeds[(unsigned long)round % 3]);
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        for (unsigned k = 0; k < 1 + seed % 6; k++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            size_t at = (size_t)(seed >> 8) % (t.n + 1), cut = (size_t)(seed >> 40) % 8;
            struct bx_buf next = {0};
            bx_buf_add(&next, t.p, at);
            if (seed & 1)
                bx_buf_adds(&next, pieces[(seed >> 20) % (sizeof pieces / sizeof *pieces)]);
            size_t rest = at + (seed & 2 ? cut : 0);
            if (rest < t.n)
                bx_buf_add(&next, t.p + rest, t.n - rest);
            bx_buf_free(&t);
            t = next;
        }
        struct result r = render(round & 1 ? BX_TEMPLATE_SPEC : BX_TEMPLATE_STRICT, bx_buf_str(&t), partials, data);
        if (!r.ok)
            assert_true(r.err.text[0]);
        bx_buf_free(&r.out);
        bx_buf_free(&t);
    }
    cJSON_Delete(partials);
    cJSON_Delete(data);
}

static void a_folder_is_loaded_with_its_partials(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    char dir[] = "/tmp/boxscore-template-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct bx_templates *ts = bx_templates_new(BX_TEMPLATE_STRICT);
    assert_false(bx_templates_load(ts, dir, &e));
    assert_non_null(strstr(e.text, "holds no *.mustache file"));
    assert_true(bx_mkdirs(bx_path_join(&a, dir, "part"), &e));
    assert_true(bx_file_write(bx_path_join(&a, dir, "page.mustache"), "{{> part/head}}!", 16, &e));
    assert_true(bx_file_write(bx_path_join(&a, dir, "part/head.mustache"), "hi", 2, &e));
    assert_true(bx_file_write(bx_path_join(&a, dir, "style.css"), "{{", 2, &e));
    assert_true(bx_templates_load(ts, dir, &e));
    assert_true(bx_templates_has(ts, "part/head"));
    assert_false(bx_templates_has(ts, "style"));
    struct bx_buf out = {0};
    assert_true(bx_template_render(ts, "page", NULL, &out, &e));
    assert_string_equal(bx_buf_str(&out), "hi!");
    assert_false(bx_template_render(ts, "pgae", NULL, &out, &e));
    bx_buf_free(&out);
    bx_templates_free(ts);
    assert_true(bx_remove_tree(dir, &e));
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spec_comments),
        cmocka_unit_test(spec_delimiters),
        cmocka_unit_test(spec_interpolation),
        cmocka_unit_test(spec_inverted),
        cmocka_unit_test(spec_partials),
        cmocka_unit_test(spec_sections),
        cmocka_unit_test(spec_inheritance),
        cmocka_unit_test(strict_mode_never_gives_other_text_than_the_specification),
        cmocka_unit_test(texts_that_are_rendered),
        cmocka_unit_test(mistakes_are_named_with_their_place),
        cmocka_unit_test(nesting_output_and_work_have_limits),
        cmocka_unit_test(mangled_templates_never_crash),
        cmocka_unit_test(a_folder_is_loaded_with_its_partials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
