/* Masks whose runs may have length zero, against their pixels; and run lengths as they stand in JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/json_reader.h"
#include "core/data/rle.h"
#include <stdlib.h>
#include <string.h>
#include "tests/random.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define SIDE     40

static struct bx_arena arena;

static int release(void **state)
{
    (void)state;
    bx_arena_release(&arena);
    return 0;
}

/* Runs of at most `longest`, one in `zeros` of length zero. They fill the mask, or where `ends_early` leave the rest to the background. */
static struct bx_rle any_runs(uint32_t h, uint32_t w, uint32_t longest, uint32_t zeros, bool ends_early)
{
    uint32_t left = h * w, stop = ends_early ? any(left + 1) : 0;
    size_t n = 0, cap = left < 2000 ? 3 * (size_t)left + 40 : 6000;
    uint32_t *counts = BX_NEW(&arena, uint32_t, cap);
    while (left > stop && n + 4 < cap) {
        uint32_t run = any(zeros) == 0 ? 0 : 1 + any(longest);
        counts[n] = run < left - stop ? run : left - stop;
        left -= counts[n++];
    }
    if (left > stop)
        counts[n++] = left - stop;
    for (uint32_t more = any(3); more > 0 && any(zeros) == 0; more--)
        counts[n++] = 0;
    return (struct bx_rle){h, w, n, bx_memdup(&arena, counts, n * sizeof *counts)};
}

static struct bx_rle any_mask(uint32_t h, uint32_t w)
{
    static const uint32_t longest[] = {1, 3, 20, 600}, zeros[] = {1000000, 8, 3, 2};
    return any_runs(h, w, longest[any(COUNT(longest))], zeros[any(COUNT(zeros))], any(4) == 0);
}

static size_t draw(const struct bx_rle *r, uint8_t pixel[SIDE * SIDE])
{
    size_t at = 0, area = 0;
    memset(pixel, 0, SIDE * SIDE);
    for (size_t i = 0; i < r->n; i++)
        for (uint32_t k = 0; k < r->counts[i]; k++) {
            pixel[at++] = i % 2;
            area += i % 2;
        }
    return area;
}

static void made_plain_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n;
        uint32_t counts[8];
        size_t m;
        uint32_t plain[8];
    } table[] = {
        {"plain", 3, {2, 3, 4}, 3, {2, 3, 4}},
        {"plain, begins with foreground", 3, {0, 5, 4}, 3, {0, 5, 4}},
        {"no foreground between", 3, {2, 0, 7}, 1, {9}},
        {"no background between", 5, {1, 2, 0, 3, 3}, 3, {1, 5, 3}},
        {"nothing before a zero run", 4, {0, 0, 4, 5}, 2, {4, 5}},
        {"two zero runs", 6, {1, 2, 0, 0, 3, 3}, 4, {1, 2, 3, 3}},
        {"three zero runs", 6, {3, 0, 0, 0, 2, 4}, 2, {5, 4}},
        {"zero runs at the end", 4, {4, 5, 0, 0}, 2, {4, 5}},
        {"ends early in the background", 1, {4}, 1, {9}},
        {"ends early in the foreground", 2, {4, 3}, 3, {4, 3, 2}},
        {"ends early in a zero run", 4, {1, 3, 2, 0}, 3, {1, 3, 5}},
        {"no runs", 0, {0}, 1, {9}},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct bx_rle r = {3, 3, table[i].n, table[i].counts}, p = bx_rle_made_plain(&r, &arena);
        if (p.h != 3 || p.w != 3 || p.n != table[i].m || memcmp(p.counts, table[i].plain, p.n * sizeof *p.counts) != 0)
            fail_msg("%s: %zu runs, the first %u", table[i].name, p.n, p.counts[0]);
    }
}

static void made_plain_keeps_the_pixels(void **state)
{
    (void)state;
    size_t not_plain = 0;
    for (int round = 0; round < 4000; round++) {
        uint8_t before[SIDE * SIDE], after[SIDE * SIDE];
        struct bx_rle r = any_mask(any(SIDE + 1), any(SIDE + 1)), p = bx_rle_made_plain(&r, &arena);
        assert_true(bx_rle_plain(&p));
        assert_int_equal(draw(&r, before), draw(&p, after));
        assert_memory_equal(before, after, sizeof before);
        if (bx_rle_plain(&r)) {
            assert_int_equal(p.n, r.n);
            assert_memory_equal(p.counts, r.counts, r.n * sizeof *r.counts);
        } else
            not_plain++;
        bx_arena_release(&arena);
    }
    assert_in_range(not_plain, 1000, 3900);
}

static void intersections_are_those_of_the_pixels(void **state)
{
    (void)state;
    size_t shared = 0;
    for (int round = 0; round < 4000; round++) {
        uint8_t x[SIDE * SIDE], y[SIDE * SIDE];
        uint32_t h = any(SIDE + 1), w = any(SIDE + 1), both = 0;
        struct bx_rle p = any_mask(h, w), q = any_mask(h, w);
        draw(&p, x);
        draw(&q, y);
        for (size_t i = 0; i < sizeof x; i++)
            both += x[i] & y[i];
        assert_int_equal(bx_rle_intersection(&p, &q), both);
        assert_int_equal(bx_rle_intersection(&q, &p), both);
        assert_int_equal(bx_rle_intersection(&p, &p), bx_rle_area(&p));
        shared += both > 0;
        bx_arena_release(&arena);
    }
    assert_true(shared > 1000);
}

/* The content of a JSON string. */
static struct bx_slice escaped(const char *text, struct bx_buf *b)
{
    bx_buf_clear(b);
    bx_buf_add_json_string(b, text, strlen(text));
    return (struct bx_slice){b->p + 1, b->n - 2};
}

static void is_told_of(const struct bx_rle_text *t, const struct bx_rle *r)
{
    uint32_t *counts = BX_NEW(&arena, uint32_t, t->n);
    struct bx_rle again = bx_rle_text_counts(t, counts);
    double box[4];
    bx_rle_box(r, box);
    assert_int_equal(again.n, r->n);
    assert_memory_equal(again.counts, r->counts, r->n * sizeof *r->counts);
    assert_int_equal(again.h, r->h);
    assert_int_equal(again.w, r->w);
    assert_int_equal(t->area, bx_rle_area(r));
    assert_int_equal(t->plain, bx_rle_plain(r));
    for (int k = 0; k < 4; k++)
        assert_true(t->box[k] == box[k]);
}

static void a_text_in_json_is_read_as_the_text_itself(void **state)
{
    (void)state;
    BX_CLEANUP_BUF struct bx_buf b = {0};
    size_t with_backslash = 0;
    for (int round = 0; round < 4000; round++) {
        /* Of a small mask runs are written in a byte each, of a large one in several, any of which may be a backslash. */
        static const uint32_t sides[] = {SIDE, 2000}, longest[] = {3, 14, 300, 30000, 1000000};
        uint32_t side = sides[any(COUNT(sides))];
        struct bx_rle r = any_runs(1 + any(side), 1 + any(side), longest[any(side > SIDE ? 5 : 3)], 2 + any(20), any(4) == 0);
        const char *text = bx_rle_to_string(&r, &arena);
        struct bx_slice s = escaped(text, &b);
        char *exact = malloc(s.n + 1); /* so that one byte too far is seen: the quote may be looked at */
        struct bx_rle_text plain, scanned;
        uint64_t sum, sum2, pixels = 0;
        struct bx_err e = {0};
        memcpy(exact, s.p, s.n + 1);
        for (size_t i = 0; i < r.n; i++)
            pixels += r.counts[i];
        if (!bx_rle_text_read(text, strlen(text), r.h, r.w, &plain, &sum, &e))
            fail_msg("%s: %s", text, e.text);
        assert_true(bx_rle_text_scan(exact, exact + s.n, r.h, r.w, &scanned, &sum2));
        assert_true(sum == pixels && sum2 == pixels);
        assert_true(scanned.p == exact && scanned.n == s.n && plain.n == strlen(text));
        is_told_of(&plain, &r);
        is_told_of(&scanned, &r);
        with_backslash += strchr(text, '\\') != NULL;
        free(exact);
        bx_arena_release(&arena);
    }
    assert_true(with_backslash > 500);
}

static void other_escapes_and_bad_bytes_are_not_scanned(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"", true},      {"01", true},       {"\\\\1", true},     {"\\1", false}, {"\\", false},        {"\\\\", false}, {"\\u0031", false},
        {"\\/1", false}, {"1\\n", false},    {"1\\\"", false},    {"1 ", false},  {"1\x7F", false},     {"p", false},    {"N", false},
        {"X", false},    {"\\\\\\1", false}, {"\\\\\\\\1", true}, {"1\"", false}, {"1\xC3\xA9", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].text);
        char *exact = malloc(n + 1);
        struct bx_rle_text t;
        uint64_t sum;
        memcpy(exact, cases[i].text, n);
        exact[n] = '"';
        if (bx_rle_text_scan(exact, exact + n, 9, 9, &t, &sum) != cases[i].ok)
            fail_msg("%s", cases[i].text);
        free(exact);
    }
}

#define T(f) cmocka_unit_test_teardown(f, release)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(made_plain_by_hand),
        T(made_plain_keeps_the_pixels),
        T(intersections_are_those_of_the_pixels),
        T(a_text_in_json_is_read_as_the_text_itself),
        T(other_escapes_and_bad_bytes_are_not_scanned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
