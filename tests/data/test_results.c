/* COCO results: the quick way and the thorough one read the same, in any order of images; and nothing breaks the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "tests/data/fuzz_results.c"
#include <stdlib.h>
#include <string.h>
#include "tests/random.h"

static void add_number(struct bx_buf *b)
{
    static const char *const odd[] = {
        "0", "-0", "0.0", "1e2", "1.5E-3", "123456789012345678901", "0.1234567890123456789", "9007199254740993", "5e-324", "1e-400"};
    switch (any(5)) {
    case 0:
        bx_buf_adds(b, odd[any(sizeof odd / sizeof *odd)]);
        break;
    case 1:
        bx_buf_addf(b, "%u", any(1000));
        break;
    case 2:
        bx_buf_addf(b, "%.17g", (double)any(1000000) / 7);
        break;
    default:
        bx_buf_addf(b, "%u.%02u", any(640), any(100));
    }
}

static void add_image(struct bx_buf *b, unsigned image, bool keys)
{
    if (keys)
        bx_buf_adds(b, image == 1 ? "\"first\"" : any(3) ? "\"the second picture\"" : "\"the second p\\u0069cture\"");
    else
        bx_buf_addf(b, "%u", image);
}

/* The same detections twice; the second with a member the quick reader does not know, so that the pull reader has it all. */
static void write_both(struct bx_buf *quick, struct bx_buf *thorough, size_t n, bool ordered, bool keys)
{
    bx_buf_adds(quick, "[");
    bx_buf_adds(thorough, "[");
    for (size_t i = 0; i < n; i++) {
        struct bx_buf m = {0};
        unsigned image = ordered ? (i < n / 2 ? 1 : 7) : any(2) ? 1 : 7, order = any(2);
        static const char *const files[] = {"a.jpg", "", "a long name, in any folder.png", "\\u00e9.jpg", "\xc3\xa9.jpg", "a\\\"b\\\\"};
        if (order) {
            bx_buf_adds(&m, "\"image_id\":");
            add_image(&m, image, keys);
            if (any(2))
                bx_buf_addf(&m, ", \"file_name\" : \"%s\"", files[any(8) ? any(3) : any(6)]);
            bx_buf_addf(&m, ",\"category_id\": %u,", 1 + any(4));
        }
        bx_buf_adds(&m, any(2) ? "\"bbox\":[" : " \"bbox\" : [ ");
        for (int k = 0; k < 4; k++) {
            bx_buf_adds(&m, k ? any(2) ? "," : " , " : "");
            add_number(&m);
        }
        bx_buf_adds(&m, "],\"score\":");
        add_number(&m);
        if (!order) {
            bx_buf_addf(&m, ",\n\t\"category_id\":%u,\"image_id\":", 1 + any(4));
            add_image(&m, image, keys);
        }
        if (any(4) == 0)
            bx_buf_adds(&m, ",\"area\":1.5,\"iscrowd\":0,\"id\":77");
        bx_buf_addf(quick, "%s{%s}", i ? "," : "", m.p);
        bx_buf_addf(thorough, "%s{\"x\":[{}],%s}", i ? "," : "", m.p);
        bx_buf_free(&m);
    }
    bx_buf_adds(quick, "]");
    bx_buf_adds(thorough, "]");
}

static void both_ways_read_the_same(void **state)
{
    (void)state;
    struct bx_arena set = {0};
    struct bx_testset t = two_images(&set);
    for (int round = 0; round < 400; round++) {
        static const char *keys[] = {"first", "the second picture"};
        t.image_key = round & 2 ? keys : NULL;
        struct bx_buf quick = {0}, thorough = {0};
        struct bx_results_options o = {.geometry = BX_GEOM_BOX};
        struct bx_detections p, q;
        struct bx_arena a = {0};
        struct bx_err e;
        write_both(&quick, &thorough, 1 + any(40), round & 1, round & 2);
        assert_true(bx_results_read("q", quick.p, quick.n, &t, &o, &p, &a, &e));
        assert_true(bx_results_read("t", thorough.p, thorough.n, &t, &o, &q, &a, &e));
        assert_int_equal(p.n, q.n);
        assert_int_equal(p.nnames, q.nnames);
        assert_memory_equal(p.image_begin, q.image_begin, 3 * sizeof *p.image_begin);
        assert_memory_equal(p.name, q.name, p.n * sizeof *p.name);
        assert_memory_equal(p.score, q.score, p.n * sizeof *p.score);
        assert_memory_equal(p.box, q.box, p.n * 4 * sizeof *p.box);
        bx_arena_release(&a);
        bx_buf_free(&quick);
        bx_buf_free(&thorough);
    }
    bx_arena_release(&set);
}

static void every_image_keeps_the_order_of_the_file(void **state)
{
    (void)state;
    static const char text[] = "[{\"image_id\":7,\"category_id\":1,\"bbox\":[1,0,1,1],\"score\":0.1},{\"image_id\":1,\"category_id\":2,"
                               "\"bbox\":[2,0,1,1],\"score\":0.2},"
                               "{\"image_id\":7,\"category_id\":9,\"bbox\":[3,0,1,1],\"score\":0.3},{\"image_id\":1,\"category_id\":1,"
                               "\"bbox\":[4,0,1,1],\"score\":0.4}]";
    struct bx_arena set = {0};
    const struct bx_testset t = two_images(&set);
    struct bx_results_options o = {.geometry = BX_GEOM_BOX};
    struct bx_detections d;
    struct bx_arena a = {0};
    struct bx_err e;
    assert_true(bx_results_read("t", text, sizeof text - 1, &t, &o, &d, &a, &e));
    static const double score[] = {0.2, 0.4, 0.1, 0.3}, x[] = {2, 4, 1, 3};
    assert_memory_equal(d.score, score, sizeof score);
    for (int i = 0; i < 4; i++)
        assert_true(d.box[4 * i] == x[i]);
    assert_string_equal(d.names[d.name[3]], "category 9");
    assert_null(d.box_given);
    bx_arena_release(&a);
    bx_arena_release(&set);
}

#define DT(who, n)    "{" who ",\"category_id\":1,\"bbox\":[" #n ",2,3,4],\"score\":0.5}"
#define ROW(id, file) "{\"id\":" #id ",\"file_name\":\"" file "\"}"

/* Whose a detection is. `images`: of the detections, in file order, by their x; 9: left out. */
/* A file of many blocks has every image's name in several of them. */
static void a_name_is_told_in_every_block(void **state)
{
    (void)state;
    enum { N = 400 };
    static const char *const names[] = {"a", "b"};
    struct bx_arena set = {0};
    struct bx_testset t = build_testset(&set, names, 2, 2, NULL, 0);
    struct bx_buf b = {0};
    for (int i = 0; i < N; i++)
        bx_buf_addf(&b, "%c{\"image_id\":\"x\",\"file_name\":\"00000%d.jpg\",\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5}",
                    i ? ',' : '[', 1 + i / (N / 2));
    bx_buf_addc(&b, ']');
    for (size_t block = 100; block < 3000; block += 150)
        for (int threads = 1; threads <= 3; threads++) {
            struct bx_results_said said;
            const struct bx_results_options o = {.geometry = BX_GEOM_BOX, .said = &said, .threads = threads, .block_bytes = block};
            struct bx_detections d;
            struct bx_arena a = {0};
            struct bx_err e = {0};
            assert_true(bx_results_read("t", b.p, b.n, &t, &o, &d, &a, &e));
            assert_int_equal(said.joined[BX_JOIN_FILE], N);
            assert_int_equal(d.image_begin[1], N / 2);
            bx_arena_release(&a);
        }
    bx_buf_free(&b);
    bx_arena_release(&set);
}

static void images_are_told_by_file_name_then_stem_then_id(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *files[3]; /* of the test set, ids 1, 2, 7 */
        bool own;             /* … of which no file knows */
        const char *text;
        int images[3];
        size_t joined[BX_JOIN_RULES];
        const char *error;
    } table[] = {
        {"ids", {"a.jpg", "b.jpg", "c.jpg"}, false, "[" DT("\"image_id\":7", 0) "," DT("\"image_id\":1", 1) "]", {2, 0}, {0, 0, 2}, NULL},
        {"ids of another set",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "[" DT("\"image_id\":5", 0) "," DT("\"image_id\":1", 1) "]",
         {9, 0},
         {0, 0, 1, 0, 1},
         NULL},
        {"ids that are other files' stems",
         {"7.jpg", "1.jpg", "2.jpg"},
         false,
         "[" DT("\"image_id\":7", 0) "," DT("\"image_id\":1", 1) "]",
         {2, 0},
         {0, 0, 2},
         NULL},
        {"names before ids",
         {"7.jpg", "1.jpg", "2.jpg"},
         false,
         "[" DT("\"image_id\":7,\"file_name\":\"7.jpg\"", 0) "," DT("\"file_name\":\"2.jpg\",\"image_id\":1", 1) "]",
         {0, 2},
         {2},
         NULL},
        {"an id whose name is another's",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "[" DT("\"image_id\":7,\"file_name\":\"x.jpg\"", 0) "," DT("\"file_name\":\"y\",\"image_id\":1", 1) "]",
         {2, 0},
         {0, 0, 2},
         NULL},
        {"no ids at all",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "[" DT("\"file_name\":\"c.jpg\"", 0) "," DT("\"file_name\":\"d.jpg\"", 1) "]",
         {2, 9},
         {1, 0, 0, 0, 1},
         NULL},
        {"paths",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "[" DT("\"file_name\":\"D:\\\\x\\\\c.jpg\"", 0) "," DT("\"file_name\":\"/data/b.jpg\"", 1) "]",
         {2, 1},
         {2},
         NULL},
        {"stems",
         {"a.jpg", "b.v2.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":\"c\"", 0) "," DT("\"image_id\":\"b.v2\"", 1) "," DT("\"file_name\":\"a.png\"", 2) "]",
         {2, 1, 0},
         {0, 3},
         NULL},
        {"numbers that are stems",
         {"0002.jpg", "10.jpg", "9.jpg"},
         true,
         "[" DT("\"image_id\":2", 0) "," DT("\"image_id\":10", 1) "," DT("\"image_id\":3", 2) "]",
         {0, 1, 9},
         {0, 2, 0, 0, 1},
         NULL},
        {"numbers that are no ids but stems",
         {"0005.jpg", "10.jpg", "9.jpg"},
         false,
         "[" DT("\"image_id\":5", 0) "," DT("\"image_id\":10", 1) "]",
         {0, 1},
         {0, 2},
         NULL},
        {"a number that two stems are", {"01.jpg", "001.jpg", "1.jpg"}, true, "[" DT("\"image_id\":1", 0) "]", {2}, {0, 1}, NULL},
        {"a number that only two stems are",
         {"01.jpg", "001.jpg", "5.jpg"},
         true,
         "[" DT("\"image_id\":1", 0) "," DT("\"image_id\":5", 1) "]",
         {9, 2},
         {0, 1, 0, 0, 1},
         NULL},
        {"numbers of nothing, from 1 to the last",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":3", 0) "," DT("\"image_id\":1", 1) "]",
         {2, 0},
         {0, 0, 0, 2},
         NULL},
        {"numbers of nothing, to the last: nothing is found on the first",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":2", 0) "," DT("\"image_id\":3", 1) "]",
         {1, 2},
         {0, 0, 0, 2},
         NULL},
        {"numbers of nothing, not to the last",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":1", 0) "," DT("\"image_id\":2", 1) "]",
         {0},
         {0},
         "found the image id 1, and no detection on an image of the test set, expected file names or stems as of 'a.jpg'"},
        {"numbers of nothing, from 0",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":0", 0) "," DT("\"image_id\":1", 1) "," DT("\"image_id\":2", 2) "]",
         {0},
         {0},
         "found the image id 0, and no detection"},
        {"numbers from 1 to the last, and names of other images",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":1", 0) "," DT("\"image_id\":3,\"file_name\":\"x.jpg\"", 1) "]",
         {0},
         {0},
         "found the image id 1, and no detection"},
        {"numbers from 1 to the last, and texts",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":1", 0) "," DT("\"image_id\":3", 1) "," DT("\"image_id\":\"q\"", 2) "]",
         {0},
         {0},
         "found the image id 1, and no detection"},
        {"numbers beyond",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":2", 0) "," DT("\"image_id\":4", 1) "]",
         {0},
         {0},
         "found the image id 2, and no detection on an image of the test set, expected file names or stems as of 'a.jpg'"},
        {"one name in two folders",
         {"x/a.jpg", "y/a.jpg", "c.jpg"},
         true,
         "[" DT("\"file_name\":\"z/y/a.jpg\"", 0) "," DT("\"file_name\":\"x/a\"", 1) "," DT("\"file_name\":\"a.jpg\"", 2) "]",
         {1, 0, 9},
         {1, 1, 0, 0, 1},
         NULL},
        {"a text that is a number", {"a.jpg", "b.jpg", "c.jpg"}, false, "[" DT("\"image_id\":\"7\"", 0) "]", {2}, {0, 0, 1}, NULL},
        {"tables of its own",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "{\"annotations\":[" DT("\"image_id\":1", 0) "," DT("\"image_id\":2", 1) "],\"images\":[" ROW(1, "c.jpg") "," ROW(2, "a.jpg") "]}",
         {2, 0},
         {2},
         NULL},
        {"tables of other names",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "{\"images\":[" ROW(1, "x.jpg") "," ROW(2, "y.jpg") "],\"annotations\":[" DT("\"image_id\":1", 0) "," DT("\"image_id\":2", 1) "]}",
         {0, 1},
         {0, 0, 2},
         NULL},
        {"numbers of nothing, beside names that are numbers",
         {"a.jpg", "12.jpg", "c.jpg"},
         true,
         "[" DT("\"image_id\":2", 0) "]",
         {0},
         {0},
         "found the image id 2, and no detection on an image of the test set"},
        {"a file name under other keys",
         {"a.jpg", "b.jpg", "c.jpg"},
         true,
         "[" DT("\"image\":\"c.jpg\"", 0) "," DT("\"image_path\":\"/x/b.jpg\"", 1) "," DT("\"filename\":\"a.jpg\"", 2) "]",
         {2, 1, 0},
         {3},
         NULL},
        {"an object of predictions",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "{\"model\":\"x\",\"predictions\":[" DT("\"image_id\":7", 0) "]}",
         {2},
         {0, 0, 1},
         NULL},
        {"an object without a list",
         {"a.jpg", "b.jpg", "c.jpg"},
         false,
         "{\"images\":[]}",
         {0},
         {0},
         "t:1:1: found an object without a list 'annotations'"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        static const char *const names[] = {"a", "b"};
        static int64_t ids[] = {1, 2, 7};
        struct bx_arena a = {0};
        struct bx_testset t = build_testset(&a, names, 2, 3, NULL, 0);
        struct bx_results_said said;
        const struct bx_results_options o = {.geometry = BX_GEOM_BOX, .said = &said, .places = true};
        struct bx_results_options board = o;
        struct bx_detections d;
        struct bx_err e = {0};
        board.places = false;
        t.image_id = ids;
        t.own_ids = table[i].own;
        for (int k = 0; k < 3; k++)
            t.image_file[k] = table[i].files[k];
        bool ok = bx_results_read("t", table[i].text, strlen(table[i].text), &t, &o, &d, &a, &e);
        if (ok == (table[i].error != NULL) || (!ok && !strstr(e.text, table[i].error)))
            fail_msg("%s: '%s'", table[i].what, ok ? "read" : e.text);
        if (table[i].joined[BX_JOIN_PLACE] && bx_results_read("t", table[i].text, strlen(table[i].text), &t, &board, &d, &a, &e))
            fail_msg("%s: a board takes places", table[i].what);
        for (int k = 0; ok && k < BX_JOIN_RULES; k++)
            if (said.joined[k] != table[i].joined[k])
                fail_msg("%s: %zu by rule %d, expected %zu", table[i].what, said.joined[k], k, table[i].joined[k]);
        for (size_t m = 0; ok && m < 3; m++)
            for (size_t k = d.image_begin[m]; k < d.image_begin[m + 1]; k++)
                if (table[i].images[(int)d.box[4 * k]] != (int)m)
                    fail_msg("%s: detection %g is on image %zu", table[i].what, d.box[4 * k], m);
        bx_arena_release(&a);
    }
}

/* A class by id, by name, or by what else a tool calls it; numbers that are text. What is read does not depend on the blocks. */
static void classes_are_told_by_name_then_by_number(void **state)
{
    (void)state;
#define ROW1(class, score) "{\"image_id\":1," class ",\"score\":" score ",\"bbox\":[1,2,3,4]}"
    static const struct {
        const char *text;
        const char *want[4]; /* NULL: no more */
        const char *error;
        bool numbers; /* what the ids count from can be asked */
    } table[] = {
        {"[" ROW1("\"category_id\":\"4\"", "\"0.5\"") "," ROW1("\"category_id\":\"03\"", "\" 1e-1\"") "]", {"red car", "7"}, NULL, true},
        {"[{\"image_id\":\"1\",\"category_id\":3,\"score\":1,\"bbox\":[\"1\",2,\"3.0\",\" 4\"]}]", {"7"}, NULL, true},
        {"[" ROW1("\"category_id\":9,\"category_name\":\"red car\"", "1") "]", {"red car"}, NULL, false},
        {"[" ROW1("\"label\":\"red car\"", "1") "," ROW1("\"class\":\"bus\"", "1") "," ROW1("\"class_name\":\"7\"", "1") "]",
         {"red car", "bus", "7"},
         NULL,
         false},
        {"[" ROW1("\"category_id\":\"bus\"", "1") "," ROW1("\"category_id\":null,\"category\":\"Red_Car\"", "1") "," ROW1(
             "\"category_id\":5", "1") "," ROW1("\"category_name\":\"bus\",\"category_id\":3", "1") "]",
         {"bus", "red car", "category 5", "bus"},
         NULL,
         false},
        {"[" ROW1("\"class\":3", "1") "," ROW1("\"label\":\"4\"", "1") "]", {"7", "red car"}, NULL, false},
        /* no name of the file is a class: they are in another language, and there are ids */
        {"[" ROW1("\"category_id\":4,\"category_name\":\"Auto\"", "1") "," ROW1("\"category_id\":3,\"category_name\":\"sieben\"", "1") "]",
         {"red car", "7"},
         NULL,
         true},
        {"[" ROW1("\"category_id\":3,\"label\":\"a\\u0001b\"", "1") "," ROW1("\"label\":\"7\"", "1") "]",
         {"(a name that cannot be shown)", "7"},
         NULL,
         false},
        {"[" ROW1("\"label\":\"\"", "1") "]", {NULL}, "found a detection without 'category_id'", false},
        {"[" ROW1("\"category_id\":3", "\"high\"") "]", {NULL}, "found the text 'high', expected a number", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t block = 0; block < 200; block += block ? 37 : 60) {
            static const char *const names[] = {"7", "red car"};
            static int64_t ids[] = {3, 4};
            struct bx_arena a = {0};
            struct bx_testset t = build_testset(&a, names, 2, 1, NULL, 0);
            struct bx_results_said said;
            const struct bx_results_options o = {.geometry = BX_GEOM_BOX, .said = &said, .block_bytes = block, .threads = 2};
            struct bx_detections d;
            struct bx_err e = {0};
            t.class_id = ids;
            bool ok = bx_results_read("t", table[i].text, strlen(table[i].text), &t, &o, &d, &a, &e);
            if (ok == (table[i].error != NULL) || (!ok && !strstr(e.text, table[i].error)))
                fail_msg("row %zu: '%s'", i, ok ? "read" : e.text);
            for (size_t k = 0; ok && k < d.n; k++)
                if (k == 4 || !table[i].want[k] || strcmp(d.names[d.name[k]], table[i].want[k]) != 0)
                    fail_msg("row %zu: detection %zu is of '%s'", i, k, d.names[d.name[k]]);
            if (ok && (d.n == 0 || (said.category != NULL) != table[i].numbers))
                fail_msg("row %zu: %zu detections, numbers %d", i, d.n, said.category != NULL);
            bx_arena_release(&a);
        }
}

/* One without is left out, and counted; a file of nothing else is an error. */
static void detections_without_the_geometry_are_left_out(void **state)
{
    (void)state;
    static const struct {
        enum bx_geometry g;
        const char *text;
        size_t n, shapeless, first;
        const char *error;
    } table[] = {
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":[]}]",
         1, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":[[1,1,9,1,9,9],[1,2,3,4]]}]",
         1, 1, 0, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":null},{\"image_id\":1,\"category_id\":1,\"score\":1,\"bbox\":[1,"
         "2,3,4]}]",
         0, 0, 0, "element 0: found a detection without 'segmentation', as are all 2"},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":{}},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]}]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":\"\"},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]}]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":[1,1,9,1,9,9]},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]}]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":[[1,1,9,1,9,9,1]]},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]}]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":{\"size\":[1,1],\"counts\":[1]}},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]}"
         "]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":{\"size\":[20,30],\"counts\":\"\"}},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,"
         "9]]}]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":false},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]}]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":[[[1,1],[9,1]]]},{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]}]",
         2, 1, 1, NULL},
        {BX_GEOM_MASK, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":{\"size\":[20,30],\"counts\":\"2\"}}]", 0, 0, 0,
         "found run lengths of 2 pixels, expected 30 x 20 = 600"},
        {BX_GEOM_MASK, "[{\"segmentation\":[1,1,9,1,9,9],\"image_id\":1,\"category_id\":1,\"score\":1}]", 0, 0, 0,
         "without a 'segmentation' that can be a mask (t:1:19: found a segmentation that is a flat list"},
        {BX_GEOM_MASK,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[1,1,9,1,9,9]]},{\"image_id\":1,\"category_id\":1,\"score\":1,"
         "\"segmentation\":[[1,1,9,1,9,9]}]",
         0, 0, 0, "element 1: t:1:"},
        {BX_GEOM_BOX,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"bbox\":[1,2,-3,4]},{\"image_id\":1,\"category_id\":1,\"score\":1,\"bbox\":[]},{"
         "\"image_id\":1,\"category_id\":1,\"score\":1,\"bbox\":[1,2,0,4]}]",
         1, 2, 0, NULL},
        {BX_GEOM_OBB,
         "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"rbox\":[50,40,20,10,0]},{\"image_id\":1,\"category_id\":1,\"score\":1,\"bbox\":["
         "1,2,3,4]}]",
         1, 1, 1, NULL},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"rbox\":[0,0,1,1,0],\"poly\":[60,45,60,35,40,35,40,45]}]", 1, 0, 0,
         NULL},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[60,45,60,35,40,35,40,45,60,45]]}]", 1, 0, 0, NULL},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[60,45,\"60\",35,40,35,40,45]}]", 1, 0, 0, NULL},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"poly\":[[60,45],[60,35],[40,35],[40,45]]}]", 1, 0, 0, NULL},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"obb\": [ [60,45,60,35,40,35,40,45]]}]", 1, 0, 0, NULL},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"poly\":[[60,45],[60,35],[40,35]]}]", 0, 0, 0,
         "found lists that are no four corners"},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[60,45,60,35],[40,35,40,45]]}]", 0, 0, 0,
         "without 'obb', as are all 1"},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"rbox\":[50,40,20,10,17.5]}]", 0, 0, 0,
         "found the angle 17.5, expected radians"},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"category_id\":1,\"score\":1,\"segmentation\":[[60,45,60,35,40,35,40,45]]}]", 1, 0, 0, NULL},
        {BX_GEOM_OBB, "[{\"image_id\":1,\"x\":[{}],\"category_id\":1,\"score\":1,\"poly\":[60,45,60,35,40,35,40,45],\"rbox\":[0,0,1,1,0]}]",
         1, 0, 0, NULL},
    };
    static const double corners[] = {60, 45, 60, 35, 40, 35, 40, 45}; /* the samples' own */
    for (size_t k = 0; k < 2 * sizeof table / sizeof *table; k++) {   /* masks as runs, and left as the text they are */
        const size_t i = k / 2;
        static const char *const names[] = {"a"};
        struct bx_arena a = {0};
        struct bx_testset t = build_testset(&a, names, 1, 1, NULL, 0);
        struct bx_results_said said;
        const struct bx_results_options o = {.geometry = table[i].g, .said = &said, .lazy_masks = k % 2};
        struct bx_detections d;
        struct bx_err e = {0};
        bool ok = bx_results_read("t", table[i].text, strlen(table[i].text), &t, &o, &d, &a, &e);
        if (ok == (table[i].error != NULL) || (!ok && !strstr(e.text, table[i].error)))
            fail_msg("%zu: '%s'", i, ok ? "read" : e.text);
        if (ok && (d.n != table[i].n || said.shapeless != table[i].shapeless || said.first_shapeless != table[i].first))
            fail_msg("%zu: %zu, %zu left out, the first is %zu", i, d.n, said.shapeless, said.first_shapeless);
        if (ok && table[i].g == BX_GEOM_OBB)
            assert_memory_equal(d.obb, corners, sizeof corners);
        bx_arena_release(&a);
    }
}

static const char *const seeds[] = {
    "[]",
    "[{\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5}]",
    "[{\"image_id\":7,\"category_id\":5,\"bbox\":[1,2,3,4],\"score\":NaN}]",
    "[{\"image_id\":1,\"category_id\":1,\"segmentation\":{\"size\":[20,30],\"counts\":\"T?\"},\"score\":1}]",
    "[{\"image_id\":1,\"category_id\":1,\"segmentation\":{\"size\":[20,30],\"counts\":[10,590]},\"bbox\":[0,0,1,1],\"score\":1}]",
    "[{\"score\":1,\"segmentation\":[[1,1,9,1,9,9,1,9],[3,3,5,5,20,19]],\"image_id\":1,\"category_id\":1}]",
    "[{\"image_id\":1,\"category_id\":1,\"obb\":[1,2,3,4,5,6,7,8],\"score\":1e-3, \"id\":3}]",
    "[{\"image_id\":1,\"category_id\":1,\"obb\":[[1,2],[3,4],[5,6],[7,8]],\"score\":1}]",
    "[{\"image_id\":\"1\",\"category_id\":1,\"bbox\":[],\"score\":1}]",
    "[{\"image\":\"1\",\"label\":\"ab\",\"bbox\":[\"1\",2,3,4],\"score\":\"1\"},{\"image_id\":1,\"category_id\":\"b\",\"class\":2,\"bbox\":"
    "[1,2,3,4],"
    "\"score\":1}]",
    "[{\"image_id\":\"000001\",\"file_name\":\"x/"
    "000002.jpg\",\"category_id\":1,\"rbox\":[9,9,4,2,0.1],\"poly\":[1,2,3,4,5,6,7,8],\"score\":1}]",
    "{\"images\":[{\"id\":3,\"file_name\":\"000001.jpg\"}],\"annotations\":[{\"image_id\":3,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":"
    "1}],\"categories\":[{\"id\":1,\"name\":\"b\"}]}",
};

/* A byte changed, cut off, doubled; two texts joined. */
static void neighbours_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof seeds / sizeof *seeds; s++) {
        size_t n = strlen(seeds[s]);
        for (size_t cut = 0; cut <= n; cut++) {
            char *exact = malloc(cut ? cut : 1); /* so that one byte too far is seen */
            memcpy(exact, seeds[s], cut);
            LLVMFuzzerTestOneInput((const uint8_t *)exact, cut);
            free(exact);
        }
        for (int round = 0; round < 3000; round++) {
            char *text = malloc(n + 8);
            size_t m = n;
            memcpy(text, seeds[s], n);
            for (uint32_t k = 1 + any(3); k > 0; k--) {
                size_t at = any((uint32_t)m);
                static const char pieces[] = "0123456789-+.eE[]{}\",: NI\\";
                if (any(3))
                    text[at] = any(4) ? pieces[any(sizeof pieces - 1)] : (char)any(256);
                else if (m < n + 8) {
                    memmove(text + at + 1, text + at, m - at);
                    m++;
                }
            }
            text = realloc(text, m);
            LLVMFuzzerTestOneInput((const uint8_t *)text, m);
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_read_the_same),
        cmocka_unit_test(every_image_keeps_the_order_of_the_file),
        cmocka_unit_test(a_name_is_told_in_every_block),
        cmocka_unit_test(images_are_told_by_file_name_then_stem_then_id),
        cmocka_unit_test(classes_are_told_by_name_then_by_number),
        cmocka_unit_test(detections_without_the_geometry_are_left_out),
        cmocka_unit_test(neighbours_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
