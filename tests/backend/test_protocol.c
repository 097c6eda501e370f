/* Answer lines with bytes changed, cut and doubled at random: whatever comes, what is taken as an answer is sound, and nothing else
 * happens. */
#include "core/backend/command/command.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include "tests/backend/fuzz_protocol.c"

/* clang-format off */
static const char *const seeds[] = {
    "{\"id\":1,\"ms\":1.5,\"w\":60,\"h\":40,\"predictions\":[{\"class\":0,\"score\":0.5,\"box\":[1,2,11,22]},{\"class\":\"dog\",\"score\":1e-3,\"box\":[0,0,60,40]}]}",
    "{\"id\":1,\"predictions\":[{\"class\":1,\"score\":0.25,\"poly\":[[10,10,20,10,20,30,10,30],[40,10,50,10,50,20]]}]}",
    "{\"id\":1,\"predictions\":[{\"class\":1,\"score\":0.25,\"rle\":{\"size\":[40,60],\"counts\":[40,80,2280]}}]}",
    "{\"id\":1,\"predictions\":[{\"class\":1,\"score\":0.25,\"rle\":{\"size\":[40,60],\"counts\":\"X1`2`S2\"}}]}",
    "{\"id\":1,\"w\":40,\"h\":60,\"predictions\":[{\"class\":1,\"score\":0.25,\"obb\":[20,10,30,20,20,30,10,20],\"poly\":[[1,1,5,1,5,5]]}]}",
    "{\"id\":1,\"error\":\"cannot \\u0064ecode\"}",
    "{\"proto\":1,\"ready\":true,\"task\":\"detect\",\"names\":[\"cat\",\"dog\"],\"runner\":\"fake 1.0\"}",
};
static const char *const pieces[] = {"null", "[", "]", "{", "}", ",", ":", "\"", "-", "1e999", "NaN", "-Infinity", "4294967296", "0.0000001", "\\u0000", "\"id\":2", "\xff",
                                     "999999999999999999999", "\"box\":[1,1,0,0]", "\"poly\":[[]]", "\"counts\":\"\"", "[[[[[[[[", "\n"};
/* clang-format on */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t state = 88172645463325252u;
static size_t below(size_t n)
{ /* xorshift64: the same lines every time */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % n);
}

static size_t mutate(const char *seed, char *out, size_t cap)
{
    size_t n = strlen(seed);
    memcpy(out, seed, n);
    for (size_t times = below(4) + 1; times; times--) {
        size_t at = below(n + 1), len;
        const char *piece;
        switch (below(4)) {
        case 0: /* another byte */
            if (n)
                out[at % n] = (char)below(256);
            break;
        case 1: /* something put in */
            piece = pieces[below(COUNT(pieces))];
            len = strlen(piece);
            if (n + len < cap) {
                memmove(out + at + len, out + at, n - at);
                memcpy(out + at, piece, len);
                n += len;
            }
            break;
        case 2: /* something taken out */
            len = below(n - at + 1);
            memmove(out + at, out + at + len, n - at - len);
            n -= len;
            break;
        default: /* cut off */
            n = below(8) ? n : at;
        }
    }
    return n;
}

static void test_changed_lines_never_give_an_unsound_answer(void **unused)
{
    (void)unused;
    fuzz_taken = 0;
    for (size_t round = 0; round < 40000; round++) {
        char line[2048];
        size_t n = mutate(seeds[below(COUNT(seeds))], line, sizeof line - 1);
        uint8_t *text = bx_xrealloc(NULL, n + 1, 1);
        text[0] = (uint8_t)(1u << below(BX_NGEOMETRIES) | below(3) << 3);
        memcpy(text + 1, line, n);
        LLVMFuzzerTestOneInput(text, n + 1);
        free(text);
    }
    assert_true(fuzz_taken > 500); /* or the test would say nothing */
}

/* The one prediction of an answer for an image of 60 x 40, and what is said of it; NULL: it is taken, with a mask of so many pixels (-1:
 * none). */
/* clang-format off */
static const struct {
    const char *members, *reason;
    int64_t pixels;
} predictions[] = {
    {"\"box\":[1,2,3,4]", NULL, -1},
    {"\"box\":[1,2,3,4],\"poly\":null,\"rle\":null,\"obb\":[]", NULL, -1},
    {"\"box\":[1,2,3,4],\"box\":[5,5,6,6]", "answer:1:63: found the key 'box' twice", -1},
    {"\"box\":[1,2,3,4],\"b\\u006fx\":[5,5,6,6]", "found the key 'box' twice", -1},
    {"\"box\":[1,2,3,4],\"x\":{\"a\":1,\"a\":2}", NULL, -1},
    {"\"box\":[1,2,3]", "prediction 0: 'box': answer:1:53: found 3 numbers, expected [x1, y1, x2, y2]", 0},
    {"\"box\":[3,2,1,4]", "found [3, 2, 1, 4], expected x1 <= x2 and y1 <= y2", 0},
    {"\"box\":[1,2,NaN,4]", "'box': answer:1:", 0},
    {"\"box\":[1,2,Infinity,4]", "'box': answer:1:", 0},
    {"\"box\":[-1e308,0,1e308,0]", "too large", 0},
    {"\"box\":\"1 2 3 4\"", "'box': answer:1:", 0},
    {"\"box\":[1,2,[3],4]", "'box': answer:1:", 0},
    {"\"box\":null", "has neither 'box' nor 'obb', 'poly' or 'rle'", 0},
    {"\"poly\":[]", "has neither 'box' nor 'obb', 'poly' or 'rle'", 0},
    {"\"obb\":[1,2,3,4,5,6,7]", "prediction 0: 'obb': answer:1:53: found 7 numbers", 0},
    {"\"poly\":[[10,10,20,10,20,30,10,30]]", NULL, 200},
    {"\"poly\":[[10,10,20,10,20,30,10,30],[30,10,40,10,40,30,30,30]]", NULL, 400},
    {"\"poly\":[10,10,20,10,20,30,10,30]", "'poly': answer:1:55: found a segmentation that is a flat list", 0},
    {"\"poly\":[[10,10,20,10,20,30,10]]", "found a polygon of 7 numbers, expected an even number, at least 6", 0},
    {"\"poly\":[[10,10,20,10]]", "found a polygon of 4 numbers", 0},
    {"\"poly\":[[]]", "found a polygon of 0 numbers", 0},
    {"\"poly\":[[10,10,20,NaN,20,30]]", "'poly': answer:1:", 0},
    {"\"poly\":[[10,10,1e9,10,20,30]]", "found the coordinate 1e+09, far outside the image of 60 x 40", 0},
    {"\"poly\":{\"size\":[40,60],\"counts\":[2400]}", "'poly': answer:1:54: found run lengths, which are an 'rle'", 0},
    {"\"rle\":[[10,10,20,10,20,30,10,30]]", "'rle': answer:1:53: found polygons, which are a 'poly'", 0},
    {"\"rle\":{\"counts\":[40,80,2280],\"size\":[40,60]}", NULL, 80},
    {"\"rle\":{\"size\":[40,60],\"counts\":[0,0,40,80,2280]}", NULL, 80},
    {"\"rle\":{\"size\":[40,60],\"counts\":[40,40,0,40,2280]}", NULL, 80},
    {"\"rle\":{\"size\":[40,60],\"counts\":[2400]}", NULL, 0},
    {"\"rle\":{\"size\":[40,60],\"counts\":[]}", "'rle': answer:1:", 0},
    {"\"rle\":{\"size\":[40,60],\"counts\":[40,80]}", "'rle': answer:1:", 0},
    {"\"rle\":{\"size\":[40,60],\"counts\":[4294967296]}", "'rle': answer:1:", 0},
    {"\"rle\":{\"size\":[40,60],\"counts\":[40,80.5,2279.5]}", "'rle': answer:1:", 0},
    {"\"rle\":{\"size\":[40,60],\"counts\":\"X1`2W\\u0011\"}", "'rle': answer:1:", 0},
    {"\"rle\":{\"size\":[40,60],\"counts\":\"X1`2XW2\\u0000\"}", "'rle': answer:1:", 0},
    {"\"rle\":{\"size\":[60,40],\"counts\":[2400]}", "found a mask of 40 x 60 pixels, expected the image's 60 x 40", 0},
    {"\"rle\":{\"size\":[40],\"counts\":[2400]}", "found 1 numbers, expected [height, width]", 0},
    {"\"rle\":{\"size\":[40,60]}", "found a segmentation without 'counts'", 0},
    {"\"rle\":{\"counts\":[2400]}", "found a segmentation without 'size'", 0},
    {"\"poly\":[[10,10,20,10,20,30,10,30]],\"rle\":null", NULL, 200},
    {"\"rle\":[ ],\"poly\":[[10,10,20,10,20,30,10,30]]", NULL, 200},
    {"\"poly\":[],\"rle\":{\"size\":[40,60],\"counts\":[40,80,2280]}", NULL, 80},
    {"\"poly\":[[10,10,20,10,20,30,10,30]],\"rle\":{\"size\":[40,60],\"counts\":[40,80,2280]}", NULL, 80},
    {"\"rle\":{\"size\":[40,60],\"counts\":[40],\"counts\":[40,80,2280]}", "prediction 0: 'rle': answer:1:83: found the key 'counts' twice", 0},
    {"\"rle\":7", "'rle': answer:1:", 0},
};
/* clang-format on */

static void each_spelling_is_taken_or_refused_with_its_reason(void **unused)
{
    (void)unused;
    uint32_t w = 60, h = 40;
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h};
    const struct bx_reply_rules rules = {.geometries = 1u << BX_GEOM_BOX, .max_detections = 10, .testset = &set, .image_of = fuzz_image_of};
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(predictions); i++) {
        struct bx_arena a = {0};
        struct bx_backend b = {0};
        struct bx_names names = {.backend = &b};
        struct bx_reply r;
        BX_CLEANUP_BUF struct bx_buf line = {0};
        bx_names_add(&names, "cat", 3);
        names.declared = 1;
        bx_buf_addf(&line, "{\"id\":1,\"predictions\":[{\"class\":0,\"score\":0.5,%s}]}", predictions[i].members);
        bx_reply_parse(line.p, line.n, &rules, &names, &r, &a);
        const char *said = r.failed || r.malformed ? r.error.text : NULL, *want = predictions[i].reason;
        int64_t pixels = r.n && r.at->mask ? (int64_t)bx_rle_area(r.at->mask) : -1;
        bool broken = want && strstr(want, "twice") && !strstr(want, "prediction"); /* the line is no JSON of ours */
        bool right = r.malformed == broken && (want ? said && strstr(said, want) : !said && pixels == predictions[i].pixels);
        if (!right)
            print_message("%s: %s, %lld pixels\n", predictions[i].members, said ? said : "taken", (long long)pixels);
        wrong += !right;
        bx_names_free(&names);
        bx_arena_release(&a);
    }
    assert_int_equal(wrong, 0);
}

/* An outline that runs to and fro for ever is refused for what it would cost, before that is spent. */
static void an_outline_costs_no_more_than_its_image_allows(void **unused)
{
    (void)unused;
    uint32_t w = 4000, h = 3000;
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h};
    const struct bx_reply_rules rules = {
        .geometries = 1u << BX_GEOM_MASK, .max_detections = 10, .testset = &set, .image_of = fuzz_image_of};
    static const struct {
        int x0, x1; /* the outline runs between them */
        size_t times;
        bool taken;
    } cases[] = {{0, 4000, 100000, false}, {0, 4000, 1000, true}, {1999, 2001, 500000, true}};
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct bx_arena a = {0};
        struct bx_backend b = {0};
        struct bx_names names = {.backend = &b, .declared = 1};
        struct bx_reply r;
        BX_CLEANUP_BUF struct bx_buf line = {0};
        bx_names_add(&names, "cat", 3);
        bx_buf_adds(&line, "{\"id\":1,\"predictions\":[{\"class\":0,\"score\":0.5,\"poly\":[[0,0");
        for (size_t i = 0; i < cases[c].times; i++)
            bx_buf_addf(&line, ",%d,%zu", i % 2 ? cases[c].x0 : cases[c].x1, i * 7919 % 3000);
        bx_buf_adds(&line, "]]}]}");
        bx_reply_parse(line.p, line.n, &rules, &names, &r, &a);
        assert_int_equal(!r.failed && !r.malformed, cases[c].taken);
        if (!cases[c].taken) /* of the one outline: what all together cost is known when it is drawn */
            assert_non_null(strstr(r.error.text, "found an outline that passes "));
        bx_names_free(&names);
        bx_arena_release(&a);
    }
}

/* Of run lengths no more are taken than the image has pixels, and one; those of length zero cost what others do. */
static void run_lengths_are_as_many_as_the_image_allows(void **unused)
{
    (void)unused;
    uint32_t w = 64, h = 48;
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h};
    const struct bx_reply_rules rules = {
        .geometries = 1u << BX_GEOM_MASK, .max_detections = 200, .testset = &set, .image_of = fuzz_image_of};
    static const struct {
        const char *first, *more, *last;
        size_t times, predictions;
        const char *error;
    } cases[] = {
        {"[0", ",1", "]", 64 * 48, 1, NULL},
        {"[0", ",1", "]", 64 * 48, 30, NULL},
        {"[0", ",1", "]", 64 * 48, 200, "the masks of all predictions have more than"},
        {"[3072", ",0", "]", 64 * 48, 1, NULL},
        {"[3072", ",0", "]", 64 * 48 + 1, 1, "more than 3073 run lengths"},
        {"[3072", ",0", "]", 4000000, 1, "more than 3073 run lengths"},
        {"\"", "0", "\"", 64 * 48 + 2, 1, "run lengths"},
        {"\"", "0", "\"", 20000, 1, "more than 3073 run lengths"},
        {"\"", "0", "\"", 8000000, 1, "more than 3073 run lengths"},
    };
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct bx_arena a = {0};
        struct bx_backend b = {0};
        struct bx_names names = {.backend = &b, .declared = 1};
        struct bx_reply r;
        BX_CLEANUP_BUF struct bx_buf line = {0};
        bx_names_add(&names, "cat", 3);
        bx_buf_adds(&line, "{\"id\":1,\"predictions\":[");
        for (size_t i = 0; i < cases[c].predictions; i++) {
            bx_buf_addf(&line, "%s{\"class\":0,\"score\":0.5,\"rle\":{\"size\":[48,64],\"counts\":%s", i ? "," : "", cases[c].first);
            for (size_t k = 0; k < cases[c].times; k++)
                bx_buf_adds(&line, cases[c].more);
            bx_buf_addf(&line, "%s}}", cases[c].last);
        }
        bx_buf_adds(&line, "]}");
        bx_reply_parse(line.p, line.n, &rules, &names, &r, &a);
        if (r.malformed || r.failed != !!cases[c].error || (r.failed && !strstr(r.error.text, cases[c].error)))
            fail_msg("case %zu: %s", c, r.failed || r.malformed ? r.error.text : "taken");
        bx_names_free(&names);
        bx_arena_release(&a);
    }
}

/* Lines of 16 MB where every prediction is wrong, or all after the first few: only the first wrong one is told. */
static void an_answer_takes_no_time_whatever_is_wrong_with_it(void **unused)
{
    (void)unused;
    uint32_t w = 60, h = 40;
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h};
    const struct bx_reply_rules rules = {.geometries = 1u << BX_GEOM_BOX, .max_detections = 10, .testset = &set, .image_of = fuzz_image_of};
    static const struct {
        const char *first, *rest, *reason;
        size_t nfirst;
    } cases[] = {
        {"", "\"box\":[2,1,1]", "prediction 0: 'box': answer:1:", 0},
        {"", "\"obb\":[2,1,1]", "prediction 0: 'obb': answer:1:", 0},
        {"\"box\":[1,1,2,2]", "\"box\":[2,1,1]", "prediction 9: 'box': answer:1:", 9},
        {"\"box\":[1,1,2,2]", "\"box\":[2,1,1]", "at most 10 are allowed", 10},
    };
    clock_t begin = clock();
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct bx_arena a = {0};
        struct bx_backend b = {0};
        struct bx_names names = {.backend = &b, .declared = 1};
        struct bx_reply r;
        BX_CLEANUP_BUF struct bx_buf line = {0};
        bx_names_add(&names, "cat", 3);
        bx_buf_adds(&line, "{\"id\":1,\"predictions\":[");
        for (size_t i = 0; line.n < 16000000; i++)
            bx_buf_addf(&line, "%s{\"class\":0,\"score\":0.5,%s}", i ? "," : "", i < cases[c].nfirst ? cases[c].first : cases[c].rest);
        bx_buf_adds(&line, "]}");
        bx_reply_parse(line.p, line.n, &rules, &names, &r, &a);
        assert_true(r.failed && !r.malformed);
        if (!strstr(r.error.text, cases[c].reason))
            fail_msg("%s: %s", cases[c].rest, r.error.text);
        bx_names_free(&names);
        bx_arena_release(&a);
    }
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 20); /* once it was minutes for each */
}

/* 200 kB and 2.5 MB of polygons on an image of 200 x 150: from side to side, from top to bottom, and as very many rings. */
static void an_answer_takes_no_time_whatever_its_outlines(void **unused)
{
    (void)unused;
    uint32_t w = 200, h = 150;
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h};
    const struct bx_reply_rules rules = {
        .geometries = 1u << BX_GEOM_MASK, .max_detections = 10, .testset = &set, .image_of = fuzz_image_of};
    static const size_t sizes[] = {200000, 2500000};
    clock_t begin = clock();
    for (size_t c = 0; c < 6; c++) {
        struct bx_arena a = {0};
        struct bx_backend b = {0};
        struct bx_names names = {.backend = &b, .declared = 1};
        struct bx_reply r;
        BX_CLEANUP_BUF struct bx_buf line = {0};
        bx_names_add(&names, "cat", 3);
        bx_buf_adds(&line, "{\"id\":1,\"predictions\":[{\"class\":0,\"score\":0.5,\"poly\":[[0,0,1,0,1,1");
        for (size_t i = 0; line.n < sizes[c / 3]; i++)
            if (c % 3 == 0)
                bx_buf_addf(&line, ",%d,%zu", i % 2 ? 0 : 199, below(150));
            else if (c % 3 == 1)
                bx_buf_addf(&line, ",%zu,%d", below(200), i % 2 ? 0 : 149);
            else {
                size_t x = below(198), y = below(148);
                bx_buf_addf(&line, "],[%zu,%zu,%zu,%zu,%zu,%zu", x, y, x + 2, y, x, y + 2);
            }
        bx_buf_adds(&line, "]]}]}");
        bx_reply_parse(line.p, line.n, &rules, &names, &r, &a);
        assert_false(r.malformed);
        bx_names_free(&names);
        bx_arena_release(&a);
    }
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 6); /* once it was minutes; sanitizers and a busy machine take their share */
}

static void masks_that_nobody_scores_are_checked_and_not_drawn(void **unused)
{
    (void)unused;
    uint32_t w = 60, h = 40;
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h};
    static const struct {
        const char *members;
        bool taken, mask;
    } table[] = {
        {"\"box\":[1,2,3,4],\"poly\":[[10,10,20,10,20,30]]", true, false},
        {"\"box\":[1,2,3,4],\"rle\":{\"size\":[40,60],\"counts\":[40,80,2280]}", true, false},
        {"\"box\":[1,2,3,4],\"poly\":[[10,10,20,10,1e9,30]]", false, false},
        {"\"box\":[1,2,3,4],\"rle\":{\"size\":[40,60],\"counts\":[40,80]}", false, false},
        {"\"poly\":[[10,10,20,10,20,30,10,30]]", true, true}, /* its box is the mask's */
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct bx_reply_rules rules = {
            .geometries = 1u << BX_GEOM_BOX, .max_detections = 10, .testset = &set, .image_of = fuzz_image_of};
        struct bx_arena a = {0};
        struct bx_backend b = {0};
        struct bx_names names = {.backend = &b, .declared = 1};
        struct bx_reply r;
        BX_CLEANUP_BUF struct bx_buf line = {0};
        bx_names_add(&names, "cat", 3);
        bx_buf_addf(&line, "{\"id\":1,\"predictions\":[{\"class\":0,\"score\":0.5,%s}]}", table[i].members);
        bx_reply_parse(line.p, line.n, &rules, &names, &r, &a);
        if ((!r.failed && !r.malformed) != table[i].taken || (r.n && r.at->mask) != table[i].mask)
            fail_msg("%s: %s", table[i].members, r.error.text);
        bx_names_free(&names);
        bx_arena_release(&a);
    }
}

static void test_secrets_are_taken_out_wherever_the_pieces_break(void **unused)
{
    (void)unused;
    const struct bx_secret secrets[] = {{"A", "abcab", true}, {"B", "abcabcX", true}, {"C", "0", false}};
    const char text[] = "ab abcab abcabcX abcabcabcab 0 abcabcabcX abca";
    const char want[] = "ab *** *** ***c*** 0 abc*** abca";
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct bx_child_log l = {.secrets = secrets, .nsecrets = 3};
        struct bx_buf got = {0};
        bx_child_log_add(&l, text, cut);
        bx_child_log_add(&l, text + cut, sizeof text - 1 - cut);
        bx_child_log_flush(&l);
        bx_child_log_read(&l, &got);
        assert_null(strstr(bx_buf_str(&got), "abcab"));
        assert_int_equal(strncmp(bx_buf_str(&got), want, 10), 0);
        bx_buf_free(&got);
        bx_child_log_free(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changed_lines_never_give_an_unsound_answer),
        cmocka_unit_test(each_spelling_is_taken_or_refused_with_its_reason),
        cmocka_unit_test(an_outline_costs_no_more_than_its_image_allows),
        cmocka_unit_test(run_lengths_are_as_many_as_the_image_allows),
        cmocka_unit_test(an_answer_takes_no_time_whatever_is_wrong_with_it),
        cmocka_unit_test(an_answer_takes_no_time_whatever_its_outlines),
        cmocka_unit_test(masks_that_nobody_scores_are_checked_and_not_drawn),
        cmocka_unit_test(test_secrets_are_taken_out_wherever_the_pieces_break),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
