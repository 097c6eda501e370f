/* The pull reader's verdicts on JSONTestSuite, and the exact doubles of parse-number-fxx-test-data. Both are read where they lie ($SHARED).
 */
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct bx_arena arena;

/* The text on the heap, without a byte behind it: AddressSanitizer sees a read past the end. */
static char *exact_copy(const char *p, size_t n)
{
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    if (n)
        memcpy(copy, p, n);
    return copy;
}

/* The whole value by the typed calls, as a tree builder would, instead of by skipping. */
static void walk(struct bx_json *r)
{
    struct bx_slice s;
    double d;
    bool b;
    switch (bx_json_peek(r)) {
    case BX_JSON_OBJECT:
        if (bx_json_object(r))
            while (bx_json_key(r, &s))
                walk(r);
        break;
    case BX_JSON_ARRAY:
        if (bx_json_array(r))
            while (bx_json_element(r))
                walk(r);
        break;
    case BX_JSON_STRING:
        bx_json_string(r, &s);
        break;
    case BX_JSON_NUMBER:
        bx_json_double(r, &d);
        break;
    case BX_JSON_TRUE:
    case BX_JSON_FALSE:
        bx_json_bool(r, &b);
        break;
    case BX_JSON_NULL:
        bx_json_null(r);
        break;
    case BX_JSON_END:
        bx_json_fail(r, NULL, "found no value");
        break;
    case BX_JSON_BAD:
        break;
    }
}

static bool verdict(const char *data, size_t n, bool skip, struct bx_err *e)
{
    struct bx_json r;
    bx_json_init(&r, "test", data, n, 0, e);
    if (skip)
        bx_json_skip(&r);
    else
        walk(&r);
    return bx_json_end(&r);
}

static void gives_the_verdicts_of_json_test_suite(void **state)
{
    (void)state;
    const char *shared = getenv("SHARED"), *dir = bx_printf(&arena, "%s/suites/json/test_parsing", shared ? shared : "");
    if (!shared || !bx_path_is_dir(dir)) {
        print_message("skipped: %s not found\n", dir);
        skip();
    }
    const char *json[] = {"json"};
    char **names;
    size_t n, wrong = 0;
    struct bx_err e = {0};
    assert_true(bx_dir_list(dir, false, json, 1, &arena, &names, &n, &e));
    assert_true(n >= 318);
    for (size_t i = 0; i < n; i++) {
        struct bx_buf text = {0};
        assert_true(bx_file_read(bx_path_join(&arena, dir, names[i]), 1 << 24, &text, &e));
        char *copy = exact_copy(bx_buf_str(&text), text.n);
        for (int skipping = 0; skipping < 2; skipping++) {
            e = (struct bx_err){0};
            bool ok = verdict(copy, text.n, skipping, &e);
            if ((names[i][0] == 'y' && !ok) || (names[i][0] == 'n' && ok)) {
                print_message("%s: %s %s\n", names[i], ok ? "accepted" : "refused:", e.text);
                wrong++;
            }
            assert_true(ok || strstr(e.text, "test:") == e.text);
        }
        free(copy);
        bx_buf_free(&text);
    }
    assert_int_equal(wrong, 0);
}

static bool is_json_number(const char *s)
{
    s += *s == '-';
    if (*s < '0' || *s > '9' || (*s == '0' && s[1] >= '0' && s[1] <= '9'))
        return false;
    s += strspn(s, "0123456789");
    if (*s == '.') {
        size_t digits = strspn(++s, "0123456789");
        if (!digits)
            return false;
        s += digits;
    }
    if (*s == 'e' || *s == 'E') {
        s += 1 + (s[1] == '-' || s[1] == '+');
        size_t digits = strspn(s, "0123456789");
        if (!digits)
            return false;
        s += digits;
    }
    return !*s;
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* Returns whether both readers give these bits; infinity in the file means that ours refuse the number as too large. */
static bool check_number(const char *text, uint64_t want)
{
    size_t n = strlen(text);
    char *copy = exact_copy(text, n);
    const char *after = NULL;
    double v = 0;
    bool large = (want & INT64_MAX) == UINT64_C(0x7FF0000000000000);
    bool lenient = bx_number_parse(copy, copy + n, &v, &after);
    bool ok = large ? !lenient : lenient && after == copy + n && bits_of(v) == want;
    if (is_json_number(text)) {
        struct bx_err e = {0};
        struct bx_json r;
        v = 0;
        bx_json_init(&r, "test", copy, n, 0, &e);
        bool read = bx_json_double(&r, &v) && bx_json_end(&r);
        bx_json_release(&r);
        ok = ok && (large ? !read : read && bits_of(v) == want);
    }
    if (!ok)
        print_message("%s: got %a, expected the bits %016llx\n", text, v, (unsigned long long)want);
    free(copy);
    return ok;
}

static void reads_the_exact_doubles_of_the_number_suites(void **state)
{
    (void)state;
    static const char *const files[] = {"google-wuffs.txt", "lemire-fast-float.txt", "more-test-cases.txt", "tencent-rapidjson.txt"};
    const char *shared = getenv("SHARED");
    size_t wrong = 0, seen = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = bx_printf(&arena, "%s/suites/numbers/%s", shared ? shared : "", files[i]);
        FILE *f = shared ? fopen(path, "r") : NULL;
        if (!f) {
            print_message("skipped: %s not found\n", path);
            skip();
        }
        char *line = NULL;
        size_t cap = 0;
        for (ssize_t n; (n = getline(&line, &cap, f)) > 0;) {
            line[n - (line[n - 1] == '\n')] = '\0';
            char *text = line + strlen("0000 00000000 0000000000000000 ");
            if (n < 33 || strpbrk(text, "nN")) /* "inf" and "nan" as words */
                continue;
            seen++;
            wrong += !check_number(text, strtoull(line + 14, NULL, 16));
        }
        free(line);
        fclose(f);
    }
    assert_true(seen > 17000);
    assert_int_equal(wrong, 0);
}

static uint64_t random_state = 88172645463325252u;
static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(2685821657736338717);
}

/* Every finite double, written in as many digits as are needed or more, is read back bit for bit. */
static void random_doubles_survive_text(void **state)
{
    (void)state;
    char text[64];
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = random_bits();
        if (i % 3 == 0) /* the range of coordinates and confidences */
            bits = (bits & ~(UINT64_C(0x7FF) << 52)) | (UINT64_C(1003) + bits % 40) << 52;
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        snprintf(text, sizeof text, "%.*e", 16 + i % 9, v);
        assert_true(check_number(text, bits));
        struct bx_buf shortest = {0};
        bx_buf_add_double(&shortest, v);
        assert_true(check_number(bx_buf_str(&shortest), bits));
        assert_true(shortest.n <= 25);
        bx_buf_free(&shortest);
    }
}

/* Random digits, points and exponents, also long ones near a tie: the same as strtod. */
static void random_decimals_agree_with_strtod(void **state)
{
    (void)state;
    char text[1200];
    for (int i = 0; i < 200000; i++) {
        size_t n = 0, digits = 1 + random_bits() % (i % 50 ? 24 : 900);
        bool point = random_bits() % 2;
        if (random_bits() % 4 == 0)
            text[n++] = '-';
        text[n++] = (char)('1' + random_bits() % 9);
        if (point)
            text[n++] = '.';
        if (i % 7 == 0) { /* half way between two doubles, exactly or nearly */
            double a = (double)(random_bits() >> 10) * 0x1p-20;
            n = (size_t)snprintf(text, sizeof text, "%.80f", a);
            text[n - 1] = (char)('0' + random_bits() % 10);
        } else {
            for (size_t d = 0; d < digits; d++)
                text[n++] = (char)('0' + random_bits() % 10);
        }
        if (random_bits() % 2)
            n += (size_t)snprintf(text + n, 8, "e%d", (int)(random_bits() % 700) - 350);
        text[n] = '\0';
        assert_true(check_number(text, bits_of(strtod(text, NULL))));
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
        cmocka_unit_test(gives_the_verdicts_of_json_test_suite),
        cmocka_unit_test(reads_the_exact_doubles_of_the_number_suites),
        cmocka_unit_test(random_doubles_survive_text),
        cmocka_unit_test(random_decimals_agree_with_strtod),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
