/* Strings of strangers: UTF-8, what is dangerous in a line, reasons for the site, suggestions, slugs, times, durations, hex. */
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void utf8_is_judged_as_rfc_3629_says(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        bool valid, control;
    } cases[] = {
        {"", true, false},
        {"plain ~", true, false},
        {"caf\xC3\xA9 \xE6\x97\xA5 \xF0\x9F\x98\x80", true, false},
        {"\xC0\x80", false, true},         /* overlong */
        {"\xE0\x9F\xBF", false, true},     /* overlong */
        {"\xF0\x8F\xBF\xBF", false, true}, /* overlong */
        {"\xED\xA0\x80", false, true},     /* surrogate */
        {"\xF4\x90\x80\x80", false, true}, /* above U+10FFFF */
        {"\xF4\x8F\xBF\xBF", true, false}, /* U+10FFFF */
        {"\xC3", false, true},             /* cut */
        {"\xE6\x97", false, true},
        {"\x80", false, true},
        {"\xFF", false, true},
        {"a\nb", true, true},
        {"a\x1B[31m", true, true},
        {"\x7F", true, true},
        {"\xC2\x85", true, true},      /* NEL */
        {"\xC2\xA0", true, false},     /* no-break space */
        {"\xE2\x80\xA8", true, true},  /* line separator */
        {"\xE2\x80\xAE", true, true},  /* right-to-left override */
        {"\xE2\x81\xA6", true, true},  /* isolate */
        {"\xE2\x80\x8D", true, false}, /* zero width joiner: emoji, Indic scripts */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(bx_utf8_valid(cases[i].s, strlen(cases[i].s)), cases[i].valid);
        assert_int_equal(bx_has_control(cases[i].s, strlen(cases[i].s)), cases[i].control);
    }
    assert_true(bx_has_control("a\0b", 3));
}

/* On a terminal: nothing that moves the cursor, turns the line or cannot be seen; and a cell is as wide as is said. */
static void names_are_visible(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        size_t width, most;
    } cases[] = {
        {"caf\xC3\xA9", "caf\xC3\xA9  |", 6, 9},
        {"a\x1B[31mb", "a\\u001b[31mb|", 0, 20},
        {"a\xE2\x80\xAE"
         "b",
         "a\\u202eb|", 0, 20}, /* right-to-left override */
        {"a\xE2\x80\x8B"
         "b",
         "a\\u200bb|", 0, 20}, /* zero width space */
        {"a\xEF\xBB\xBF"
         "b",
         "a\\ufeffb|", 0, 20}, /* byte order mark */
        {"a\xD8\x9C"
         "b",
         "a\\u061cb|", 0, 20}, /* Arabic letter mark */
        {"a\xE2\x80\x8D"
         "b",
         "a\\u200db|", 0, 20}, /* zero width joiner */
        {"\xFF", "\\xff|", 0, 20},
        {"abcdef", "abc\xE2\x80\xA6  |", 6, 4},
        {"abcd", "abcd|", 0, 4},
        {"", "  |", 2, 4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_buf b = {0};
        bx_buf_add_cell(&b, cases[i].in, cases[i].width, cases[i].most);
        bx_buf_addc(&b, '|');
        assert_string_equal(bx_buf_str(&b), cases[i].out);
        bx_buf_free(&b);
    }
}

static void cutting_keeps_characters_whole(void **state)
{
    (void)state;
    static const char s[] = "a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80z";
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t n = 0; n < COUNT(kept); n++)
        assert_int_equal(bx_utf8_cut(s, n), kept[n]);
}

static void reasons_are_one_clean_line(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"exited with status 1", "exited with status 1"},
        {"cannot open '/home/me/models/w.bin': No such file", "cannot open 'w.bin': No such file"},
        {"cannot open '/home/my models/w.bin': No such file", "cannot open 'w.bin': No such file"},
        {"  File \"/usr/lib/python3/x.py\", line 3", "File \"x.py\", line 3"},
        {"/opt/run.sh: line 2: /usr/bin/nope: not found", "run.sh: line 2: nope: not found"},
        {"/home/me/", "me"},
        {"/", "/"},
        {"wrote to /tmp/a/b/ and (/tmp/c)", "wrote to b and (c)"},
        {"see https://example.org/a/b?c=/d for help", "see https://example.org/a/b?c=/d for help"},
        {"file:///home/me/x", "file:x"},
        {"37/60 images, and/or models/x.bin", "37/60 images, and/or models/x.bin"},
        {"path=/etc/passwd", "path=passwd"},
        {"a\nb\r\n\tc\x1B[0m", "a b c [0m"},
        {"x\xE2\x80\xAEy", "x y"},
        {"bad \xFF byte", "bad \xEF\xBF\xBD byte"},
        {"", ""},
        {"\n\n", ""},
        {"/home/me/a\nb", "a b"},
        {"'/home/evil\xE2\x80\xAE"
         "dir/x\x01y'",
         "'x y'"},
    };
    char out[304];
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(bx_reason_clean(out, cases[i].in), cases[i].out);
}

static void long_reasons_are_cut_at_a_character(void **state)
{
    (void)state;
    char in[2000], out[304];
    for (size_t shift = 0; shift < 4; shift++) {
        size_t n = 0;
        while (n < shift)
            in[n++] = 'x';
        for (; n + 4 < sizeof in; n += 3)
            memcpy(in + n, "\xE6\x97\xA5", 3);
        in[n] = '\0';
        bx_reason_clean(out, in);
        assert_true(strlen(out) <= 300 && strlen(out) > 290);
        assert_true(bx_utf8_valid(out, strlen(out)));
        assert_string_equal(out + strlen(out) - 3, "\xE2\x80\xA6");
    }
    memset(in, 'a', 300);
    in[300] = '\0';
    assert_string_equal(bx_reason_clean(out, in), in);
    memset(in, 'b', 301);
    in[0] = '/';
    in[301] = '\0';
    assert_string_equal(bx_reason_clean(out, in), in + 1);
}

static void the_nearest_word_is_named_only_when_near(void **state)
{
    (void)state;
    static const char *const words[] = {"name", "license", "links", "task", "tags", "operating_confidence", "format"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"licence", "license"}, {"lisence", "license"},
        {"License", "license"}, {"nmae", "name"},
        {"link", "links"},      {"opperating_confidense", "operating_confidence"},
        {"xyz", NULL},          {"colour", NULL},
        {"tas", "task"},        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = bx_nearest(cases[i].word, words, COUNT(words));
        if (cases[i].nearest)
            assert_string_equal(got ? got : "nothing", cases[i].nearest);
        else
            assert_null(got);
    }
    char *huge = malloc(1 << 20);
    assert_non_null(huge);
    memset(huge, 'a', (1 << 20) - 1);
    huge[(1 << 20) - 1] = '\0';
    assert_null(bx_nearest(huge, words, COUNT(words)));
    free(huge);
}

static void words_agree_with_their_number(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *words, *said;
    } cases[] = {
        {0, "{line is a box|lines are boxes}, not {a polygon|polygons}", "lines are boxes, not polygons"},
        {1, "{line is a box|lines are boxes}, not {a polygon|polygons}", "line is a box, not a polygon"},
        {2, "{line is a box|lines are boxes}, not {a polygon|polygons}", "lines are boxes, not polygons"},
        {1, "box{|es}", "box"},
        {2, "box{|es}", "boxes"},
        {1, "", ""},
        {1, "{}|{a}", "{}|{a}"},
        {1, "{a|b", "{a|b"},
    };
    struct bx_arena a = {0};
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(bx_agree(&a, cases[i].n, cases[i].words), cases[i].said);
    bx_arena_release(&a);
    assert_string_equal(bx_plural(0), "s");
    assert_string_equal(bx_plural(1), "");
    assert_string_equal(bx_plural(2), "s");
}

static void slugs_are_plain(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "0", "fast-blobs", "yolo11n.v2_x", "a.b..c"};
    static const char *const bad[] = {"", "A", ".a", "-a", "_a", "a b", "a/b", "\xC3\xA9", "a\n"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(bx_slug_valid(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(bx_slug_valid(bad[i]));
    char s[66];
    memset(s, 'a', 65);
    s[65] = '\0';
    assert_false(bx_slug_valid(s));
    s[64] = '\0';
    assert_true(bx_slug_valid(s));
}

static void times_are_utc_milliseconds(void **state)
{
    (void)state;
    /* date -u -d … +%s */
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00.000Z", 0},
        {"2026-11-23T04:12:05.123Z", INT64_C(1795407125123)},
        {"2000-02-29T23:59:59.999Z", INT64_C(951868799999)},
        {"1969-12-31T23:59:59.999Z", -1},
        {"0001-01-01T00:00:00.000Z", INT64_C(-62135596800000)},
        {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
    };
    char out[25];
    int64_t ms;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bx_time_format(out, cases[i].ms);
        assert_string_equal(out, cases[i].text);
        assert_true(bx_time_parse(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
    assert_true(bx_time_parse("2026-11-23", &ms) && ms == INT64_C(1795392000000));
    assert_true(bx_time_parse("2026-11-23T04:12:05Z", &ms) && ms == INT64_C(1795407125000));
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-13-01",
                                      "2026-02-29",
                                      "2026-00-10",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T04:12:05",
                                      "2026-11-23 ",
                                      "2026-11-23T04:12:05.Z",
                                      "2026-11-23T04:12:05Z ",
                                      "-026-11-23"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(bx_time_parse(bad[i], &ms));
    bx_time_format(out, INT64_MAX);
    assert_string_equal(out, "9999-12-31T23:59:59.999Z");
    bx_time_format(out, INT64_MIN);
    assert_string_equal(out, "0000-01-01T00:00:00.000Z");
}

static void now_can_be_fixed(void **state)
{
    (void)state;
    setenv("BOXSCORE_NOW", "1795407125123", 1);
    assert_int_equal(bx_time_now(), INT64_C(1795407125123));
    unsetenv("BOXSCORE_NOW");
    assert_true(bx_time_now() > INT64_C(1700000000000));
    int64_t a = bx_time_monotonic(), b = bx_time_monotonic();
    assert_true(b >= a);
}

static void durations_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        double seconds;
    } cases[] = {{"90", 90}, {"90s", 90}, {"5m", 300}, {"6h", 21600}, {"7d", 604800}, {"1.5h", 5400}, {"0", 0}};
    static const char *const bad[] = {"", "s", "5w", "5 m", "-5s", "+5", "1h30m", "NaN", "inf", "1e999", "5mm"};
    double v;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(bx_duration_parse(cases[i].s, &v) && v == cases[i].seconds);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(bx_duration_parse(bad[i], &v));
}

static void hex_goes_both_ways(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0, 0x1F, 0xA0, 0xFF}, back[4] = {0};
    char hex[9];
    bx_hex(hex, bytes, 4);
    assert_string_equal(hex, "001fa0ff");
    assert_true(bx_unhex(back, "001FA0ff", 4));
    assert_memory_equal(back, bytes, 4);
    assert_false(bx_unhex(back, "001fa0f", 4));
    assert_false(bx_unhex(back, "001fa0fff", 4));
    assert_false(bx_unhex(back, "001fa0fg", 4));
    assert_false(bx_unhex(back, "", 4));
}

static void errors_wrap_and_are_cut_at_a_character(void **state)
{
    (void)state;
    struct bx_err e = {0};
    assert_false(bx_fail(&e, BX_DATA, "found %d", 3));
    assert_false(bx_wrap(&e, "file '%s'", "x"));
    assert_string_equal(e.text, "file 'x': found 3");
    assert_int_equal(e.code, BX_DATA);
    assert_false(bx_wrap(&e, "%s again", e.text)); /* its own text as an argument */
    assert_string_equal(e.text, "file 'x': found 3 again: file 'x': found 3");
    char name[1200];
    for (size_t i = 0; i + 3 < sizeof name; i += 3)
        memcpy(name + i, "\xE6\x97\xA5", 4);
    bx_fail(&e, BX_IO, "x%s", name);
    assert_true(strlen(e.text) < sizeof e.text && strlen(e.text) > 500);
    assert_true(bx_utf8_valid(e.text, strlen(e.text)));
    bx_fail(&e, BX_DATA, "the reason");
    bx_wrap(&e, "y%s", name); /* the reason survives a long context */
    assert_true(bx_utf8_valid(e.text, strlen(e.text)));
    assert_string_equal(e.text + strlen(e.text) - strlen(": the reason"), ": the reason");
    bx_fail(&e, BX_DATA, "found '%.3s'", "a\x1B[31m\n\xE2\x80\xAE");
    assert_string_equal(e.text, "found 'a\\u001b['");
    bx_wrap(&e, "'\xC3\xA9%.2s'", "\xE6\x97\xA5"); /* a character cut in two */
    assert_string_equal(e.text, "'\xC3\xA9\\xe6\\x97': found 'a\\u001b['");
    assert_false(bx_fail(NULL, BX_IO, "nobody listens"));
    static const struct {
        enum bx_code code;
        int status;
    } codes[] = {{BX_OK, 0}, {BX_TIMEOUT, 1}, {BX_USAGE, 2}, {BX_CONFIG, 3}, {BX_DATA, 3},
                 {BX_IO, 4}, {BX_NET, 4},     {BX_DB, 4},    {BX_BUSY, 5},   {BX_INTERRUPTED, 130}};
    for (size_t i = 0; i < COUNT(codes); i++)
        assert_int_equal(bx_exit_status(codes[i].code), codes[i].status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_judged_as_rfc_3629_says),
        cmocka_unit_test(names_are_visible),
        cmocka_unit_test(cutting_keeps_characters_whole),
        cmocka_unit_test(reasons_are_one_clean_line),
        cmocka_unit_test(long_reasons_are_cut_at_a_character),
        cmocka_unit_test(the_nearest_word_is_named_only_when_near),
        cmocka_unit_test(words_agree_with_their_number),
        cmocka_unit_test(slugs_are_plain),
        cmocka_unit_test(times_are_utc_milliseconds),
        cmocka_unit_test(now_can_be_fixed),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(errors_wrap_and_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
