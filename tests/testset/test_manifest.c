/* What a manifest says is what comes back of it; what is none is refused, with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/testset/manifest.h"
#include <string.h>

#define HEAD "{\"format\": 1, \"boxscore\": \"image manifest\", \"hash\": \"dct256x2/1\"}\n"
#define SHA  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH SHA SHA

static void test_comes_back(void **unused)
{
    (void)unused;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_hashed at[2] = {{.sha = {9, 1}, .name = "b/\"x\".jpg"}, {.sha = {2}, .picture.flat = true, .name = "a.png"}};
    for (unsigned k = 0; k < BX_NHASHES; k++)
        for (unsigned i = 0; i < BX_HASH_TERMS / 64; i++)
            at[0].picture.hash[k].bits[i] = 0x0123456789abcdefu * (7 * k + i + 1);
    const struct bx_hashed first = at[0];
    struct bx_manifest m = {"mine", at, 2}, back;
    for (int named = 0; named < 2; named++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        bx_manifest_write(&m, named, &b);
        assert_int_equal(strstr(bx_buf_str(&b), "a.png") != NULL, named);
        if (!bx_manifest_parse("m", b.p, b.n, &back, &a, &e))
            fail_msg("%s", e.text);
        assert_int_equal(back.n, 2);
        assert_string_equal(back.title, "mine");
        assert_true(back.at[0].picture.flat); /* by sha256 */
        assert_memory_equal(back.at[1].sha, first.sha, 32);
        assert_memory_equal(&back.at[1].picture.hash, &first.picture.hash, sizeof first.picture.hash);
        assert_false(back.at[1].picture.flat);
        if (named)
            assert_string_equal(back.at[1].name, "b/\"x\".jpg");
        else
            assert_null(back.at[1].name);
    }
    bx_arena_release(&a);
}

/* A bit's place is told to everybody: manifest.h. */
static void test_order_of_bits(void **unused)
{
    (void)unused;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_manifest m;
    const char text[] = HEAD "{\"sha256\": \"" SHA "\", \"hash\": \"01000000000000000080000000000000"
                             "00000000000000000000000000000000"
                             "02000000000000000000000000000000"
                             "00000000000000000000000000000080"
                             "\"}";
    if (!bx_manifest_parse("m", text, sizeof text - 1, &m, &a, &e))
        fail_msg("%s", e.text);
    assert_int_equal(m.at[0].picture.hash[0].bits[0], 1);
    assert_int_equal(m.at[0].picture.hash[0].bits[1], 0x8000);
    assert_int_equal(m.at[0].picture.hash[1].bits[0], 2);
    assert_true(m.at[0].picture.hash[1].bits[3] == (uint64_t)1 << 63);
    bx_arena_release(&a);
}

static const struct {
    const char *text, *says; /* NULL: it is read */
} malformed[] = {
    {"", "'m' is empty, expected a manifest"},
    {"\n  \n", "'m' is empty, expected a manifest"},
    {"{\"images\": []}\n", "'m', line 1: found no head of a manifest, expected {\"format\": 1"},
    {"[1]\n", "'m', line 1"},
    {"{\"format\": 2, \"boxscore\": \"image manifest\"}\n", "found format 2, expected 1"},
    {"{\"format\": 1, \"boxscore\": \"image manifest\", \"hash\": \"phash\"}\n", "found hashes 'phash', expected 'dct256x2/1'"},
    {"{\"format\": 1, \"boxscore\": \"image manifest\"}\n", "line 1: found no head"},
    {HEAD "{\"sha256\": \"" SHA "\"}\n", "'m', line 2"},
    {HEAD "{\"hash\": null}\n", "an image has no 'sha256'"},
    {HEAD "{\"sha256\": \"" SHA "\", \"hash\": \"" SHA "\"}\n", "'hash' is no 128 hexadecimal digits"},
    {HEAD "{\"sha256\": \"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\", \"hash\": null}\n",
     "'sha256' is no 64 hexadecimal digits"},
    {HEAD "{\"sha256\": 7, \"hash\": null}\n", "'m', line 2"},
    {HEAD "\n{\"sha256\": \"" SHA "\", \"hash\": null}\n{\"sha256\"", "'m', line 4"},
    {HEAD "{\"sha256\": \"" SHA "\", \"hash\": null, \"sha256\": \"" SHA "\"}\n", "'m', line 2"},
    {HEAD "{\"sha256\": \"" SHA "\", \"hash\": null} x\n", "'m', line 2"},
    {HEAD "{\"sha256\": \"" SHA "\", \"hash\": null, \"name\": \"a\\u0000b\"}\n", "holds a NUL"},
    {HEAD, NULL},
    {"\xef\xbb\xbf" HEAD "\r\n{\"sha256\": \"" SHA "\", \"hash\": \"" HASH "\", \"taken\": [1, {}], \"name\": null}\r\n", NULL},
};

static void test_malformed(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_manifest m;
        bool ok = bx_manifest_parse("m", malformed[i].text, strlen(malformed[i].text), &m, &a, &e);
        if (ok != !malformed[i].says)
            fail_msg("%zu: %s", i, ok ? "it is read" : e.text);
        if (!ok && !strstr(e.text, malformed[i].says))
            fail_msg("%zu: '%s', expected '%s'", i, e.text, malformed[i].says);
        bx_arena_release(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_order_of_bits),
        cmocka_unit_test(test_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
