/* The boards of the settings with their test sets: read once, shared by their images, subsets by name; and which models take part. */
#include "core/base/file.h"
#include "core/runner/boards.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

static char dir[64] = "/tmp/boxscore-test-XXXXXX";
static struct bx_arena arena;

static void put(const char *name, const char *text)
{
    struct bx_err e = {0};
    if (!bx_file_write(bx_path_join(&arena, dir, name), text, strlen(text), &e))
        fail_msg("%s", e.text);
}

#define SET(split)                                                                                                                         \
    "\"test_set\": {\"path\": \"" TESTS_DIR "/data/shapes/" split "/annotations.json\", \"images\": \"" TESTS_DIR "/data/shapes/" split    \
    "/images\", \"i_know\": true}"

static void load(const char *boards, struct bx_settings *s)
{
    struct bx_problems ps = {.arena = &arena};
    put("boxscore.json", bx_printf(&arena, "{\"format\": 1, \"boards\": [%s]}", boards));
    if (!bx_settings_load(dir, s, &arena, &ps))
        fail_msg("%s", ps.at[0].text);
    bx_problems_free(&ps);
}

static void read_all(const char *boards, struct bx_boards *b)
{
    struct bx_settings s;
    struct bx_err e = {0};
    load(boards, &s);
    if (!bx_boards_read(&s, NULL, b, &arena, &e))
        fail_msg("%s", e.text);
}

static const char four[] = "{\"slug\": \"box\", " SET(
    "valid") "},"
             "{\"slug\": \"mask\", \"task\": \"segment\", " SET(
                 "valid") "},"
                          "{\"slug\": \"other\", \"max_detections\": 5, " SET(
                              "train") "},"
                                       "{\"slug\": \"few\", \"max_detections\": 1, \"classes\": [\"ring\", \"disc\"], " SET("valid") "}";

static void test_boards_with_the_same_images_share_them(void **state)
{
    (void)state;
    struct bx_boards b;
    read_all(four, &b);
    assert_int_equal(b.n, 4);
    assert_int_equal(b.nimages, 2);
    assert_int_equal(b.at[0].images, 0);
    assert_int_equal(b.at[1].images, 0);
    assert_int_equal(b.at[2].images, 1);
    assert_int_equal(b.at[3].images, 0);
    assert_ptr_equal(b.at[0].set, b.at[3].set); /* in the same words: read once */
    assert_ptr_equal(b.images[0].set, b.at[0].set);
    assert_string_equal(b.at[0].digest, b.at[3].digest);
    assert_memory_equal(b.at[0].digest, "bx1-box-", 8);
    assert_memory_equal(b.at[1].digest, "bx1-mask-", 9);
    assert_string_equal(b.at[0].protocol, "coco/1");
    assert_string_equal(b.at[3].protocol, "coco/1;dets=1;classes=disc,ring");
    assert_string_equal(b.at[3].subset, "");
}

static void test_one_board_reads_its_own_test_set(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_boards b;
    struct bx_err e = {0};
    load("{\"slug\": \"here\", " SET("valid") "}, {\"slug\": \"gone\", \"test_set\": {\"path\": \"nowhere.json\"}}", &s);
    assert_true(bx_boards_read(&s, "here", &b, &arena, &e));
    assert_int_equal(b.n, 1);
    assert_true(bx_boards_read(&s, NULL, &b, &arena, &e));
    assert_int_equal(b.n, 1);
    assert_int_equal(b.nbad, 1);
    assert_int_equal(b.bad[0].position, 1);
    assert_non_null(strstr(b.bad[0].why.text, "board 'gone': test set: "));
    assert_false(bx_boards_read(&s, "hree", &b, &arena, &e));
    assert_int_equal(e.code, BX_USAGE);
    assert_string_equal(e.text, "there is no board 'hree', did you mean 'here'?");
    assert_false(bx_boards_read(&s, "x", &b, &arena, &e));
    assert_string_equal(e.text, "there is no board 'x', expected one of 'here', 'gone'");
}

static void test_a_subset_is_of_images_that_are_there(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        size_t n;         /* of the subset; 0: refused */
        const char *said; /* then */
    } cases[] = {
        {"two", "valid-001.jpg\nvalid-003.jpg\n", 2, NULL},

        {"written elsewhere", "valid-003.jpg\r\n\r\nvalid-001.jpg \nvalid-003.jpg", 2, NULL},
        {"one that is not there", "valid-001.jpg\nvalid-03.jpg\n", 0,
         "subset.txt:2: found 'valid-03.jpg', expected the name of an image of the test set; did you mean 'valid-003.jpg'?"},
        {"nothing", "\n\n", 0, "found no name of an image"},
    };
    const char *subset = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_settings s;
        struct bx_boards b;
        struct bx_err e = {0};
        load("{\"slug\": \"night\", \"image_subset\": \"subset.txt\", " SET("valid") "}", &s);
        put("subset.txt", cases[i].text);
        assert_true(bx_boards_read(&s, NULL, &b, &arena, &e));
        bool ok = b.n == 1;
        if (ok != (cases[i].n > 0) || (!ok && !strstr(b.bad[0].why.text, cases[i].said)))
            fail_msg("%s: '%s'", cases[i].name, ok ? "read" : b.bad[0].why.text);
        if (!ok)
            continue;
        assert_int_equal(b.at[0].board.rules.nimages, cases[i].n);
        if (cases[i].n == 2) { /* the same two: the same name */
            assert_true(!subset || !strcmp(subset, b.at[0].subset));
            subset = b.at[0].subset;
            assert_non_null(strstr(b.at[0].protocol, subset));
        }
    }
}

static void test_rules_that_the_test_set_cannot_follow_name_the_board(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_boards b;
    struct bx_err e = {0};
    load("{\"slug\": \"few\", \"classes\": [\"rings\"], " SET("valid") "}", &s);
    assert_true(bx_boards_read(&s, NULL, &b, &arena, &e));
    assert_int_equal(b.nbad, 1);
    assert_string_equal(b.bad[0].why.text, "board 'few': classes: found 'rings', expected a class of the test set; did you mean 'ring'?");
}

static void test_who_takes_part(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_boards b;
    struct bx_err ignored = {0};
    load(four, &s);
    assert_true(bx_boards_read(&s, NULL, &b, &arena, &ignored));
    static const char *mask[] = {"mask"}, *wrong[] = {"msak", "box"}, *obb[] = {"other"};
    static const struct bx_classmap_pair good[] = {{"a", "ring"}, {"b", NULL}}, bad[] = {{"a", "rings"}};
    static const struct {
        const char *name;
        struct bx_model m;
        unsigned takes; /* bits of the four */
        const char *said;
    } cases[] = {
        {"a detector", {.task = BX_DETECT}, 13, NULL},
        {"one that segments", {.task = BX_SEGMENT}, 15, NULL},
        {"on one board alone", {.task = BX_SEGMENT, .boards = mask, .nboards = 1}, 2, NULL},
        {"oriented boxes have upright ones", {.task = BX_OBB, .boards = obb, .nboards = 1}, 4, NULL},
        {"a board that is not there",
         {.task = BX_DETECT, .boards = wrong, .nboards = 1},
         0,
         "'boards': there is no board 'msak', did you mean 'mask'?"},
        {"one that is, beside it", {.task = BX_DETECT, .boards = wrong, .nboards = 2}, 1, NULL},
        {"a board that its task is not for",
         {.task = BX_DETECT, .boards = mask, .nboards = 1},
         0,
         "its task is detect, and the board 'mask', which it names, scores mask"},
        {"a class map", {.task = BX_DETECT, .class_map = good, .nclass_map = 2}, 13, NULL},
        {"a class that none has", {.task = BX_DETECT, .class_map = bad, .nclass_map = 1}, 13, "class map: 'a' is to be 'rings'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_err e = {0};
        unsigned takes = 0;
        for (size_t k = 0; k < b.n; k++)
            takes |= (unsigned)bx_board_takes(&b.at[k].board, &cases[i].m) << k;
        if (takes != cases[i].takes)
            fail_msg("%s: %x", cases[i].name, takes);
        bool ok = bx_boards_fit(&s, &b, &cases[i].m, &e);
        if (ok != !cases[i].said || (!ok && !strstr(e.text, cases[i].said)))
            fail_msg("%s: '%s'", cases[i].name, ok ? "fits" : e.text);
    }
    struct bx_err e = {0};
    load("{\"slug\": \"mask\", \"task\": \"segment\", " SET("valid") "}", &s);
    assert_false(bx_boards_fit(&s, NULL, &(struct bx_model){.task = BX_DETECT}, &e));
    assert_string_equal(e.text, "its task is detect, this board scores mask");
    load("{\"slug\": \"a\", " SET("valid") "}, {\"slug\": \"b\", " SET("train") "}", &s);
    assert_true(bx_boards_read(&s, "a", &b, &arena, &e));
    assert_true(bx_boards_fit(&s, &b, &(struct bx_model){.task = BX_DETECT, .class_map = bad, .nclass_map = 1}, &e)); /* b may have it */
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    bx_arena_release(&arena);
    return bx_remove_tree(dir, NULL) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boards_with_the_same_images_share_them),
        cmocka_unit_test(test_one_board_reads_its_own_test_set),
        cmocka_unit_test(test_a_subset_is_of_images_that_are_there),
        cmocka_unit_test(test_rules_that_the_test_set_cannot_follow_name_the_board),
        cmocka_unit_test(test_who_takes_part),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
